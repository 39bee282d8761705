"""What is remembered of a delivery so that the next one can be compared with it: counts, no records."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cartable.model.deliveries import Compared, Delivery
from cartable.model.vocabularies import ORG_ROLES, RoleGroup

# How many digests of ids a sketch holds: enough to tell a half from all within a few percent.
SKETCH_SIZE = 256

PEOPLE: Mapping[str, frozenset[str]] = {
    "pupils": frozenset(code.value for code in ORG_ROLES.codes if code.group is RoleGroup.STUDENTS),
    "staff": frozenset(code.value for code in ORG_ROLES.codes if code.group is RoleGroup.STAFF),
}
"""The roles of the people whose ids are looked at by themselves: in a new school year a third of the
pupils are new, so that all users together say too little."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the rows of an entity are counted.

    Args:
        entity: whose rows.
        by: the fields that tell groups apart, the school first.
        via: the field that names the record whose school it is, where the row names none itself.
    """

    entity: str
    by: tuple[str, ...]
    via: str = ""


GROUPINGS: tuple[Grouping, ...] = (
    Grouping("roles", ("orgSourcedId", "role", "grade")),
    Grouping("classes", ("orgSourcedId",)),
    Grouping("enrollments", ("orgSourcedId", "role"), via="classSourcedId"),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of an entity one school has, of one role and grade; '' where there is none."""

    school: str
    role: str
    grade: str
    rows: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the rows of a delivery look like, left-out ones included: a damaged row is not a missing one.

    Args:
        schools: names of the organisations that rows belong to, by id.
        tallies: by entity of `GROUPINGS`.
        sketches: of the entities that have ids of their own, and of `PEOPLE`, the smallest digests of
            these ids; all of them where there are no more than `SKETCH_SIZE`.
    """

    schools: Mapping[str, str] = field(default_factory=dict)
    tallies: Mapping[str, tuple[Tally, ...]] = field(default_factory=dict)
    sketches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def with_schools(self, schools: Collection[str], earlier: "Profile") -> "Profile":
        """The same with what an earlier delivery said of some schools."""
        tallies = {
            entity: (
                *(tally for tally in self.tallies.get(entity, ()) if tally.school not in schools),
                *(tally for tally in earlier.tallies.get(entity, ()) if tally.school in schools),
            )
            for entity in {**self.tallies, **earlier.tallies}
        }
        names = {school: name for school, name in earlier.schools.items() if school in schools}
        return Profile({**self.schools, **names}, tallies, self.sketches)


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier delivery that another one is compared with.

    Args:
        delivery: its files.
        profile: None for a run of an edition that kept none; then only files are compared.
        run, finished: the run that applied it and when; None and '' for one that lies in a folder.
        quarantined: schools that the run left as they were, of which the profile says what an earlier
            delivery said.
        guarded: entities whose absence a guard tells of, so that no finding need.
    """

    delivery: Delivery
    profile: Profile | None
    run: int | None = None
    finished: str = ""
    quarantined: tuple[str, ...] = ()
    guarded: frozenset[str] = frozenset()

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The fields that it delivered, by entity."""
        return {file.entity: file.columns for file in self.delivery.carriers if file.entity and file.readable}

    @property
    def compared(self) -> Compared:
        """How reports name it."""
        return Compared(self.run, self.finished) if self.run else Compared(path=self.delivery.path)


def shared(before: tuple[int, ...], after: tuple[int, ...], size: int, later: int) -> float:
    """About what share of the later ids was there before, from the sketches of both.

    The smallest digests of both together are a sample of all ids; those in both sketches are in
    both deliveries. Source: Beyer et al., On Synopses for Distinct-Value Estimation, SIGMOD 2007.

    Args:
        size, later: how many ids there were before and are now.
    """
    sample = sorted({*before, *after})[:SKETCH_SIZE]
    if not sample or not later:
        return 1.0
    alike = len(set(before).intersection(after, sample)) / len(sample)
    return min(1.0, alike * (size + later) / (1 + alike) / later)
