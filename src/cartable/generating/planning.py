"""Which schools, districts and sessions a synthetic district has, before any of its people is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from random import Random

from cartable.generating.schools import CATCHMENT, SchoolKind

# Districts larger than this many catchments get a neighbour, and a region above both.
_CATCHMENTS_PER_DISTRICT = 7


@dataclass(frozen=True, slots=True)
class School:
    """A school to be: its kind, and how many pupils it takes."""

    kind: SchoolKind
    pupils: int


@dataclass(frozen=True, slots=True)
class Session:
    """An academic session."""

    id: str
    title: str
    type: str
    school_year: int
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Year:
    """The sessions of one school year: the year itself, its three terms, its two semesters."""

    whole: Session
    terms: tuple[Session, ...]
    semesters: tuple[Session, ...]

    @property
    def sessions(self) -> tuple[Session, ...]:
        """All of them, the year first."""
        return (self.whole, *self.terms, *self.semesters)


@dataclass(frozen=True, slots=True)
class Catchment:
    """Schools that share families; what is made and written in one go.

    Args:
        number: counts from 0.
        schools: its schools.
        opens_district: whether its district's own office is made with it.
        opens_region: whether the region above all districts is made with it.
    """

    number: int
    schools: tuple[School, ...]
    opens_district: bool
    opens_region: bool

    @property
    def district(self) -> int:
        """Number of its district, counting from 0."""
        return self.number // _CATCHMENTS_PER_DISTRICT


def year_ending(year: int) -> Year:
    """The school year that ends in `year`, of a calendar that has both terms and semesters."""

    def session(mark: str, title: str, kind: str, start: date, end: date) -> Session:
        return Session(f"Y{year}{mark}", title, kind, year, start, end)

    before = year - 1
    return Year(
        session("", f"Année scolaire {before}-{year}", "schoolYear", date(before, 9, 1), date(year, 7, 3)),
        (
            session("T1", "Trimestre 1 / Term 1", "term", date(before, 9, 1), date(before, 11, 30)),
            session("T2", "Trimestre 2 / Term 2", "term", date(before, 12, 1), date(year, 3, 6)),
            session("T3", "Trimestre 3 / Term 3", "term", date(year, 3, 7), date(year, 7, 3)),
        ),
        (
            session("S1", "Semestre 1 / Semester 1", "semester", date(before, 9, 1), date(year, 1, 24)),
            session("S2", "Semestre 2 / Semester 2", "semester", date(year, 1, 25), date(year, 7, 3)),
        ),
    )


def catchments(students: int, random: Random) -> Iterator[Catchment]:
    """Schools of the usual kinds and sizes that together take exactly that many pupils."""
    schools = _schools(students, random)
    size = len(CATCHMENT)
    groups = [tuple(schools[at : at + size]) for at in range(0, len(schools), size)]
    several = len(groups) > _CATCHMENTS_PER_DISTRICT
    for number, group in enumerate(groups):
        yield Catchment(
            number, group, number % _CATCHMENTS_PER_DISTRICT == 0, opens_region=several and number == 0
        )


def _schools(students: int, random: Random) -> list[School]:
    kinds: list[SchoolKind] = []
    weights: list[int] = []
    places = 0
    for kind in cycle(CATCHMENT):
        if places >= students and len(kinds) >= 2:
            break
        kinds.append(kind)
        places += kind.size
        weights.append(kind.size * (75 + int(50 * random.random())))
    shares = _shares(students, weights)
    return [School(kind, share) for kind, share in zip(kinds, shares, strict=True) if share]


def _shares(total: int, weights: list[int]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to `total`."""
    whole = sum(weights)
    shares: list[int] = []
    passed = given = 0
    for weight in weights:
        passed += weight
        shares.append(total * passed // whole - given)
        given += shares[-1]
    return shares
