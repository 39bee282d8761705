"""The people, classes and families of one catchment, as rows of the ten files.

Rows are made as CSV text at once, in the order of the format's columns: a district of a million
pupils has 11.6 million of them. All chance comes from one `random.Random`, whose stream is the same
on every platform.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from cartable.formats.sds import SDS_V2_1
from cartable.generating import names
from cartable.generating.planning import Catchment, School, Year
from cartable.generating.schools import OFFICE_ROLES, Calendar, Lesson

Rows = dict[str, list[str]]

# How many children a family has in these schools, and how many of its adults are on record.
_CHILDREN = (1,) * 58 + (2,) * 32 + (3,) * 10
_ADULTS = (1,) * 40 + (2,) * 60
# Share of the families that agreed to their contacts being handed on.
_CONSENT = 0.235
_RELATIONS = ("parent",) * 17 + ("guardian",) * 2 + ("relative",)
_FLAGS = ("freeLunch", "reducedLunch", "iep", "504", "ell", "lep", "giftedOrTalented", "homeless")
# Only schools that report to a statistics office of the United States' kind fill these in.
_ORIGINS = ("white", "asian", "blackOrAfricanAmerican", '"asian,white"', "demographicRaceTwoOrMoreRaces")
_CLASSES_PER_TEACHER = 5


def quoted(value: str) -> str:
    """A value as a CSV cell. Source: RFC 4180, section 2."""
    if any(mark in value for mark in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def _login(name: str) -> str:
    """A name in the letters that an e-mail address may have without further ado."""
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("đ", "d").replace("ł", "l"))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())


def _known(given: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _login(name)) for name in given)


_GIRLS, _BOYS, _FAMILIES = _known(names.GIRLS), _known(names.BOYS), _known(names.FAMILIES)
_BIRTHPLACES = tuple(",".join(map(quoted, place)) for place in names.BIRTHPLACES)
_BIRTHDAYS = tuple(f"-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29))


@dataclass(slots=True)
class Serials:
    """The next free number of each kind of record; numbers are never used twice in a district."""

    orgs: int = 1
    pupils: int = 100_001
    staff: int = 2_001
    contacts: int = 500_001
    courses: int = 1_001
    classes: int = 10_001


_FIRST = Serials()


@dataclass(slots=True)
class _Family:
    name: tuple[str, str]
    contacts: list[tuple[str, str]]  # user id, relation


@dataclass(slots=True)
class _Division:
    """Pupils taught together: the name of the group, and their part of an enrollment row."""

    name: str
    members: list[str]


# The teacher of each subject of a school who was taken on last, and how many classes that one has.
_Teachers = dict[str, tuple[str, int]]


class Population:
    """Makes one catchment after the other; the numbers of records go on from one to the next.

    Args:
        year: the sessions that roles and classes run in.
        random: where all chance comes from.
    """

    def __init__(self, year: Year, random: Random) -> None:
        self._year = year
        self._random = random.random
        self._shuffle = random.shuffle
        self._serials = Serials()
        self._rows: Rows = {}
        self._district = ""
        self._region = ""
        whole = year.whole
        self._during = (f",{whole.id},", f",{whole.start},{whole.end}")
        self._calendars = {
            Calendar.TERMS: quoted(",".join(term.id for term in year.terms)),
            Calendar.SEMESTERS: quoted(",".join(semester.id for semester in year.semesters)),
            Calendar.AUTUMN: year.semesters[0].id,
        }

    def settle(self, catchment: Catchment) -> Rows:
        """All rows of the catchment, by entity."""
        self._rows = {file.entity: [] for file in SDS_V2_1.files}
        if catchment.number == 0:
            self._sessions()
        if catchment.opens_region:
            self._region = self._org("Région des Deux-Langues", "region", "")
        if catchment.opens_district:
            self._district = self._org(
                f"District {catchment.district + 1}, écoles et schools", "district", self._region
            )
            self._office()
        town = names.TOWNS[catchment.number % len(names.TOWNS)]
        families = self._families(sum(school.pupils for school in catchment.schools))
        for school in catchment.schools:
            self._school(school, town, families)
        return self._rows

    def _sessions(self) -> None:
        self._rows["academicSessions"] = [
            f"{session.id},{quoted(session.title)},{session.type},{session.school_year},"
            f"{session.start},{session.end}"
            for session in self._year.sessions
        ]

    def _org(self, name: str, kind: str, parent: str) -> str:
        org = f"O{self._serials.orgs:05d}"
        self._serials.orgs += 1
        self._rows["orgs"].append(f"{org},{quoted(name)},{kind},{parent}")
        return org

    def _office(self) -> None:
        for role in OFFICE_ROLES:
            self._employ(self._district, (role,))

    def _employ(self, org: str, roles: tuple[str, ...]) -> str:
        """A member of staff; the first of the roles is the primary one."""
        random, number = self._random, self._serials.staff
        self._serials.staff += 1
        user = f"S{number:06d}"
        given, mark = self._given()
        family, family_mark = _FAMILIES[int(random() * len(_FAMILIES))]
        login = f"{mark}.{family_mark}.{number}@{names.STAFF_DOMAIN}"
        phone = self._phone(names.FICTION_LANDLINES) if random() < 0.3 else ""
        self._rows["users"].append(f"{user},{login},{family},{given},{login},{login},{phone},,{number}")
        session, dates = self._during
        for role in roles:
            primary = "true" if role == roles[0] else "false"
            self._rows["roles"].append(f"{user},{org},{role}{session},{primary}{dates}")
        return user

    def _given(self) -> tuple[str, str]:
        pool = _GIRLS if self._random() < 0.5 else _BOYS
        return pool[int(self._random() * len(pool))]

    def _phone(self, plans: tuple[tuple[str, int], ...]) -> str:
        start, digits = plans[int(self._random() * len(plans))]
        return f"{start}{int(self._random() * 10**digits):0{digits}d}"

    def _families(self, pupils: int) -> list[_Family]:
        """A family for each pupil to come, brothers and sisters strewn over all schools."""
        random = self._random
        places: list[_Family] = []
        while len(places) < pupils:
            family = _Family(_FAMILIES[int(random() * len(_FAMILIES))], [])
            # The first family and the first pupil see to it that no file is empty.
            if random() < _CONSENT or self._serials.contacts == _FIRST.contacts:
                for _ in range(_ADULTS[int(random() * len(_ADULTS))]):
                    family.contacts.append(self._contact(family.name))
            places.extend([family] * _CHILDREN[int(random() * len(_CHILDREN))])
        # The last family may have one child too many for the schools, never none.
        del places[pupils:]
        self._shuffle(places)
        return places

    def _contact(self, family: tuple[str, str]) -> tuple[str, str]:
        random, number = self._random, self._serials.contacts
        self._serials.contacts += 1
        user = f"C{number:06d}"
        name, mark = family if random() < 0.7 else _FAMILIES[int(random() * len(_FAMILIES))]
        given, given_mark = self._given()
        email = f"{given_mark}.{mark}.{number}@{names.FAMILY_DOMAIN}"
        mobile = self._phone(names.FICTION_MOBILES)
        self._rows["users"].append(f"{user},{email},{name},{given},,{email},{mobile},{mobile},")
        return user, _RELATIONS[int(random() * len(_RELATIONS))]

    def _school(self, school: School, town: str, families: list[_Family]) -> None:
        kind = school.kind
        patrons = names.PATRONS if kind.french else names.GROVES
        patron = patrons[int(self._random() * len(patrons))]
        org = self._org(f"{kind.prefix}{patron}{kind.suffix}, {town}", "school", self._district)
        teachers: _Teachers = {}
        # The head of a small school teaches as well: two roles, one of them primary.
        self._employ(org, (kind.staff[0], "teacher") if kind.homeroom else (kind.staff[0],))
        for role in kind.staff[1:]:
            self._employ(org, (role,))
        for at, (grade, label) in enumerate(kind.grades):
            count = school.pupils * (at + 1) // len(kind.grades) - school.pupils * at // len(kind.grades)
            if not count:
                continue
            pupils = [self._pupil(school, org, grade, families.pop()) for _ in range(count)]
            self._grade(school, org, (grade, label), pupils, teachers)

    def _pupil(self, school: School, org: str, grade: str, family: _Family) -> str:
        """One pupil with role, demographics, flags and contacts; the pupil's part of an enrollment."""
        random, rows, number = self._random, self._rows, self._serials.pupils
        self._serials.pupils = number + 1
        user = f"P{number:06d}"
        girl = random() < 0.495
        pool = _GIRLS if girl else _BOYS
        given, given_mark = pool[int(random() * len(pool))]
        name, mark = family.name
        login = f"{given_mark}.{mark}.{number}@{names.PUPIL_DOMAIN}"
        sms = self._phone(names.FICTION_MOBILES) if random() < 0.1 else ""
        rows["users"].append(f"{user},{login},{name},{given},{login},{login},,{sms},{number}")
        session, dates = self._during
        rows["roles"].append(f"{user},{org},student{session}{grade},true{dates}")
        age = 5 if grade == "kg" else 5 + int(grade)
        sex = "notSelected" if random() < 0.01 else "female" if girl else "male"
        born = f"{self._year.whole.start.year - age}{_BIRTHDAYS[int(random() * len(_BIRTHDAYS))]}"
        place = _BIRTHPLACES[int(random() * len(_BIRTHPLACES))]
        origin = ","
        if not school.kind.french and random() < 0.2:
            ethnicity = "hispanicOrLatinoEthnicity" if random() < 0.2 else ""
            origin = f"{ethnicity},{_ORIGINS[int(random() * len(_ORIGINS))]}"
        rows["demographics"].append(f"{user},{sex},{born},{place},{origin}")
        if random() < 0.12 or number == _FIRST.pupils:
            rows["userFlags"].append(f"{user},{_FLAGS[int(random() * len(_FLAGS))]}")
        for contact, relation in family.contacts:
            rows["relationships"].append(f"{user},{contact},{relation}")
        return user

    def _grade(
        self, school: School, org: str, grade: tuple[str, str], pupils: list[str], teachers: _Teachers
    ) -> None:
        """Divides the pupils of one grade and teaches them everything."""
        kind = school.kind
        divisions = -(-len(pupils) // kind.division)
        members = [f"{pupil},student" for pupil in pupils]
        label = grade[1]
        groups = [
            _Division(f"{label} {chr(65 + at)}" if at < 26 else f"{label} {at + 1}", members[at::divisions])
            for at in range(divisions)
        ]
        homerooms = [self._employ(org, ("teacher",)) for _ in groups] if kind.homeroom else []
        for lesson in kind.lessons:
            course = self._course(org, grade, lesson)
            if lesson.options:
                self._options(org, lesson, course, label, members, teachers)
                continue
            for at, group in enumerate(groups):
                # Music and sport have their own teachers, also where one teacher has all the rest.
                own = homerooms[at] if homerooms and lesson.subject in ("23", "24", "01") else ""
                self._class(
                    org, lesson, course, (lesson.title, group), own or self._teacher(org, lesson, teachers)
                )

    def _options(
        self, org: str, lesson: Lesson, course: str, label: str, members: list[str], teachers: _Teachers
    ) -> None:
        chosen: list[list[str]] = [[] for _ in lesson.options]
        random = self._random
        for member in members:
            chosen[int(random() * len(chosen))].append(member)
        for title, takers in zip(lesson.options, chosen, strict=True):
            for at in range(0, len(takers), 28):
                group = _Division(f"{label} {at // 28 + 1}", takers[at : at + 28])
                self._class(org, lesson, course, (title, group), self._teacher(org, lesson, teachers))

    def _course(self, org: str, grade: tuple[str, str], lesson: Lesson) -> str:
        course = f"M{self._serials.courses:06d}"
        self._serials.courses += 1
        code, label = grade
        self._rows["courses"].append(
            f"{course},{org},{quoted(f'{lesson.title} {label}')},{lesson.mark}{code},"
            f"{self._year.whole.id},{lesson.subject},{code}"
        )
        return course

    def _teacher(self, org: str, lesson: Lesson, teachers: _Teachers) -> str:
        """A teacher of the school and subject who still has room for a class."""
        teacher, load = teachers.get(lesson.mark, ("", _CLASSES_PER_TEACHER))
        if load == _CLASSES_PER_TEACHER:
            teacher, load = self._employ(org, ("teacher",)), 0
        teachers[lesson.mark] = (teacher, load + 1)
        return teacher

    def _class(
        self, org: str, lesson: Lesson, course: str, titled: tuple[str, _Division], teacher: str
    ) -> None:
        title, group = titled
        number = self._serials.classes
        self._serials.classes = number + 1
        start = f"K{number:06d},"
        self._rows["classes"].append(
            f"{start}{org},{quoted(f'{title}, {group.name}')},{self._calendars[lesson.calendar]},"
            f"{course},{lesson.mark}{number}"
        )
        enrollments = self._rows["enrollments"]
        enrollments.append(f"{start}{teacher},teacher")
        enrollments.extend([start + member for member in group.members])
