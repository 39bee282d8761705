"""THE mapping: where each field of the roster stands in SDS v2.1 and in OneRoster 1.1 and 1.2.

Exports, what they report as lost and made up, and the page in docs/ follow from it. How codes are
spelled stands in `cartable.model.spellings`, what is made up in `cartable.model.synthesis`.
Sources: Microsoft, SDS v2.1 CSV; 1EdTech, OneRoster 1.1 and 1.2, CSV binding and information model.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cartable.formats.oneroster import EXTENSION
from cartable.formats.sds import SDS_V2_1
from cartable.model.exports import Fate, Reason
from cartable.model.spellings import FIRST, FLAGS_KEY, SECOND, VERSIONS
from cartable.words import marked

FLAGS_COLUMN = f"{EXTENSION}{FLAGS_KEY}"
"""The column of users.csv that holds a person's flags: OneRoster has no other place for them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where values of a field stand in one version of OneRoster.

    Args:
        file, columns: of the CSV package.
        path: of the REST object, by dots; `[]` after a list.
    """

    file: str
    columns: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the roster.

    Args:
        sds: the column of SDS v2.1, in the file of the entity's name; None where it has none.
        places: by version of OneRoster; a version that has none is absent.
        losses: by version, codes of `REASONS`: what may be lost there.
        note: what changes on the way though nothing is lost.
    """

    entity: str
    field: str
    sds: str | None
    places: Mapping[str, Place]
    losses: Mapping[str, tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Invention:
    """Values, or whole records, that the roster does not have and OneRoster demands.

    Args:
        file, column: of the CSV package; no column for whole records.
        reason: code of `REASONS`.
        versions: in which it is made up.
        path: of the REST object; '' where it has no such member.
    """

    file: str
    column: str
    reason: str
    versions: tuple[str, ...]
    path: str


_ROWS = (
    ("no-place", Fate.LOST, marked("There is no place for it.")),
    ("code", Fate.LOST, marked("There is no such code: the one that comes closest is written.")),
    ("no-code", Fate.LOST, marked("There is no such code: it is left empty.")),
    ("one-role", Fate.LOST, marked("A person has one role: what says another one is lost.")),
    (
        "not-primary",
        Fate.LOST,
        marked("One role in each organisation is primary: what says otherwise is lost."),
    ),
    ("one-relationship", Fate.LOST, marked("It does not say for which pupil a contact has which role.")),
    ("own-codes", Fate.LOST, marked("There is no place for an organisation's own codes.")),
    ("comma", Fate.LOST, marked("A list in a cell cannot hold an identifier with a comma.")),
    ("nobody", Fate.LOST, marked("Who has no role, no class and no pupil has no place.")),
    ("withheld", Fate.WITHHELD, marked("It goes out only where --fields asks for it.")),
    ("identifier", Fate.MADE_UP, marked("The sourcedId, where there is no number.")),
    ("digest", Fate.MADE_UP, marked("A digest of the record's key, the same in every export.")),
    ("parent", Fate.MADE_UP, marked("The innermost session that holds all of its days.")),
    (
        "school-year",
        Fate.MADE_UP,
        marked("The school year of the roster's day, for classes without a session."),
    ),
    ("course", Fate.MADE_UP, marked("A course of its own, for a class that names none.")),
    ("course-code", Fate.MADE_UP, marked("The sourcedId, where there is no code.")),
    ("subject", Fate.MADE_UP, marked("What the subject's code is called in English.")),
    ("class-type", Fate.MADE_UP, marked("It is always scheduled.")),
    ("enabled", Fate.MADE_UP, marked("It is always true.")),
    ("nameless", Fate.MADE_UP, marked("A hyphen, where there is no name.")),
    (
        "contact",
        Fate.MADE_UP,
        marked("The role of a contact in the organisations of the pupils, after the relationship."),
    ),
    (
        "member",
        Fate.MADE_UP,
        marked("The role in the class, in its organisation, for who has no role of their own."),
    ),
    ("primary-org", Fate.MADE_UP, marked("The organisation of the role that the person is known by.")),
    (
        "primary-role",
        Fate.MADE_UP,
        marked("One role in each organisation is primary: chosen where the roster does not say which one."),
    ),
    ("school", Fate.MADE_UP, marked("The organisation of the class.")),
    ("first-teacher", Fate.MADE_UP, marked("The first teacher of a class is the primary one.")),
)
REASONS: Mapping[str, Reason] = MappingProxyType(
    {code: Reason(code, fate, told) for code, fate, told in _ROWS}
)
"""Every reason by its code."""

_PLURALS = {"term": "terms", "agent": "agents", "org": "orgs"}
_REFERENCE = re.compile(r"(\w+)SourcedId(s?)")


def _path(file: str, column: str) -> str:
    """Where the objects of the API have what a file has in a column, but for exceptions."""
    if file == "roles":
        if column == "userSourcedId":
            return "users: sourcedId"
        inner = _path("", column).removeprefix(": ")
        return "" if column == "sourcedId" else f"users: roles[].{inner}"
    if named := _REFERENCE.fullmatch(column):
        member, several = named.groups()
        column = f"{_PLURALS[member]}[].sourcedId" if several else f"{member}.sourcedId"
    return f"{file}: {column}"


def _place(text: str, path: str) -> Place:
    file, *columns = text.split(" ")
    return Place(file, tuple(columns), path or _path(file, columns[0]))


def _line(
    name: str,
    place: str = "",
    *,
    first: str = "",
    second: str = "",
    path: str = "",
    losses: tuple[str, ...] = (),
    lost_first: tuple[str, ...] = (),
    lost_second: tuple[str, ...] = (),
    note: str = "",
) -> Line:
    """A line of the table.

    Args:
        name: entity and field, separated by a dot.
        place: file and columns in both versions, separated by blanks; `first` and `second` where they differ.
        path: of the REST object, where it does not follow from the column.
        losses: in both versions; `lost_first` and `lost_second` in one.
    """
    entity, field = name.split(".")
    told = {FIRST: first or place, SECOND: second or place}
    places = {version: _place(text, path) for version, text in told.items() if text}
    missing = {version: () if version in places else ("no-place",) for version in VERSIONS}
    column = SDS_V2_1.file_of(entity).column_of(field).name
    return Line(
        entity,
        field,
        column,
        places,
        {
            FIRST: (*missing[FIRST], *losses, *lost_first),
            SECOND: (*missing[SECOND], *losses, *lost_second),
        },
        note,
    )


_END = "the first day that no longer counts: a day is added"
_RACES = (
    "americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white "
    "demographicRaceTwoOrMoreRaces"
)
_CODE = ("code",)

LINES: tuple[Line, ...] = (
    _line("orgs.sourcedId", "orgs sourcedId"),
    _line("orgs.name", "orgs name"),
    _line("orgs.type", "orgs type", losses=_CODE, note="in 1.2 codes of SDS's own after `ext:`"),
    _line("orgs.parentSourcedId", "orgs parentSourcedId", note="the API has `children`, too"),
    _line("academicSessions.sourcedId", "academicSessions sourcedId"),
    _line("academicSessions.title", "academicSessions title"),
    _line(
        "academicSessions.type",
        "academicSessions type",
        losses=_CODE,
        note="`quarter` is `ext:quarter` in 1.2",
    ),
    _line("academicSessions.schoolYear", "academicSessions schoolYear"),
    _line("academicSessions.startDate", "academicSessions startDate"),
    _line("academicSessions.endDate", "academicSessions endDate", note=_END),
    _line("users.sourcedId", "users sourcedId", losses=("nobody",)),
    _line("users.username", "users username", note="whole, with a domain where it has one"),
    _line("users.givenName", "users givenName"),
    _line("users.familyName", "users familyName"),
    _line("users.activeDirectoryMatchId", "users userIds", note="of type `activeDirectory`"),
    _line("users.email", "users email"),
    _line("users.phone", "users phone"),
    _line("users.sms", "users sms"),
    _line("users.userNumber", "users identifier"),
    _line("courses.sourcedId", "courses sourcedId"),
    _line("courses.orgSourcedId", "courses orgSourcedId"),
    _line("courses.title", "courses title"),
    _line("courses.code", "courses courseCode"),
    _line("courses.schoolYearSourcedId", "courses schoolYearSourcedId"),
    _line("courses.subject", "courses subjectCodes", note="one code"),
    _line("courses.grade", "courses grades", note="one grade, as CEDS spells it"),
    _line("classes.sourcedId", "classes sourcedId"),
    _line("classes.orgSourcedId", "classes schoolSourcedId"),
    _line("classes.title", "classes title"),
    _line("classes.sessionSourcedIds", "classes termSourcedIds"),
    _line("classes.courseSourcedId", "classes courseSourcedId"),
    _line("classes.code", "classes classCode"),
    _line("roles.userSourcedId", first="users sourcedId", second="roles userSourcedId"),
    _line(
        "roles.orgSourcedId",
        first="users orgSourcedIds",
        second="roles orgSourcedId",
        lost_first=("comma",),
        note="in 1.1 the organisations of all roles, the primary one first",
    ),
    _line("roles.role", first="users role", second="roles role", losses=_CODE, lost_first=("one-role",)),
    _line("roles.sessionSourcedId"),
    _line("roles.grade", "users grades", note="the grades of all roles of a person, as CEDS spells them"),
    _line("roles.isPrimary", second="roles roleType", lost_second=("not-primary",)),
    _line("roles.roleStartDate", second="roles beginDate"),
    _line("roles.roleEndDate", second="roles endDate", note=_END),
    _line("enrollments.classSourcedId", "enrollments classSourcedId"),
    _line("enrollments.userSourcedId", "enrollments userSourcedId"),
    _line(
        "enrollments.role", "enrollments role", losses=_CODE, note="in 1.2 what does not teach after `ext:`"
    ),
    _line(
        "relationships.userSourcedId",
        "users agentSourcedIds",
        losses=("nobody", "comma"),
        note="of the contact",
    ),
    _line(
        "relationships.relationshipUserSourcedId",
        "users agentSourcedIds",
        losses=("comma",),
        note="of the pupil",
    ),
    _line(
        "relationships.relationshipRole",
        first="users role",
        second="roles role",
        losses=_CODE,
        lost_first=("one-role",),
        lost_second=("one-relationship",),
    ),
    _line("demographics.userSourcedId", "demographics sourcedId", losses=("nobody",)),
    _line("demographics.sex", "demographics sex", lost_first=("no-code",), note="`unspecified` in 1.2"),
    _line("demographics.birthDate", "demographics birthDate"),
    _line("demographics.birthCity", "demographics cityOfBirth"),
    _line("demographics.birthState", "demographics stateOfBirthAbbreviation"),
    _line(
        "demographics.birthCountry",
        "demographics countryOfBirthCode",
        note="as it is, though a code is meant",
    ),
    _line(
        "demographics.ethnicityCodes",
        "demographics hispanicOrLatinoEthnicity",
        losses=("own-codes",),
        note="`true`, or empty",
    ),
    _line(
        "demographics.raceCodes",
        f"demographics {_RACES}",
        path="demographics: the same names",
        losses=("own-codes",),
        note="`true`, or empty",
    ),
    _line("userFlags.userSourcedId", "users sourcedId", losses=("nobody",)),
    _line("userFlags.flag", f"users {FLAGS_COLUMN}", note="Microsoft's extension, a list"),
)
"""Every field of every entity, in the order of `model.entities`."""


def _made(file: str, column: str, reason: str, *versions: str, path: str | None = None) -> Invention:
    return Invention(
        file,
        column,
        reason,
        versions or VERSIONS,
        (_path(file, column) if column else file) if path is None else path,
    )


INVENTIONS: tuple[Invention, ...] = (
    _made("orgs", "identifier", "identifier"),
    _made("academicSessions", "", "school-year"),
    _made("academicSessions", "parentSourcedId", "parent"),
    _made("courses", "", "course"),
    _made("courses", "courseCode", "course-code"),
    _made("courses", "subjects", "subject", path="courses: subjects"),
    _made("classes", "courseSourcedId", "course"),
    _made("classes", "classType", "class-type"),
    _made("classes", "termSourcedIds", "school-year"),
    _made("users", "enabledUser", "enabled"),
    _made("users", "role", "contact", FIRST),
    _made("users", "role", "member", FIRST),
    _made("users", "givenName", "nameless"),
    _made("users", "familyName", "nameless"),
    _made("users", "identifier", "identifier"),
    _made("users", "primaryOrgSourcedId", "primary-org", SECOND),
    _made("roles", "", "contact", SECOND, path="users: roles[]"),
    _made("roles", "", "member", SECOND, path="users: roles[]"),
    _made("roles", "sourcedId", "digest", SECOND),
    _made("roles", "roleType", "primary-role", SECOND),
    _made("enrollments", "sourcedId", "digest"),
    _made("enrollments", "schoolSourcedId", "school"),
    _made("enrollments", "primary", "first-teacher"),
)
"""What OneRoster has and the roster has not."""


def lines(entity: str) -> Iterator[Line]:
    """The lines of an entity."""
    return (line for line in LINES if line.entity == entity)


def written(version: str) -> dict[str, tuple[str, ...]]:
    """The columns that an export fills, by file, in no order; `metadata.` columns among them."""
    found: dict[str, set[str]] = {}
    for line in LINES:
        if place := line.places.get(version):
            found.setdefault(place.file, set()).update(place.columns)
    for made in INVENTIONS:
        if version in made.versions and made.column:
            found.setdefault(made.file, set()).add(made.column)
    return {file: tuple(sorted(columns)) for file, columns in found.items()}
