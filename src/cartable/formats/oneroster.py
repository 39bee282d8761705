"""OneRoster 1.1 and 1.2 CSV packages. Source: 1EdTech, OneRoster CSV binding, one table a file.

Every file begins with `sourcedId`, `status` and `dateLastModified`; the order of the columns is
normative. Ends of times are exclusive, here and nowhere else in the roster.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cartable.formats import oneroster_lists as lists
from cartable.formats.format import Column, File, Format, Need
from cartable.model.entities import Entity, Field, Reference
from cartable.model.types import FieldType, Sensitivity
from cartable.model.vocabularies import GRADES, SCHOOL_YEARS, USER_FLAGS, Vocabulary

MANIFEST = "manifest.csv"
MANIFEST_HEADERS = ("propertyName", "value")
MANIFEST_VERSION = ("manifest.version", "1.0")
VERSION = "oneroster.version"
SOURCES = ("source.systemName", "source.systemCode")
"""What the manifest may say of the system that wrote the package."""
MODES = ("absent", "bulk", "delta")
"""What the manifest may say of a file."""

SECRETS = frozenset({"password"})
"""Columns that are part of the header line, and of which nothing is read."""

EXTENSION = "metadata."
"""With what the headers of columns begin that the format leaves to who writes it."""

_FIRST, _SECOND = "1.1", "1.2"
_BOTH = (_FIRST, _SECOND)
R, O = Need.REQUIRED, Need.OPTIONAL  # noqa: E741
_PERSONAL, _SPECIAL = Sensitivity.PERSONAL, Sensitivity.SPECIAL


@dataclass(frozen=True, slots=True)
class _Cell:
    """One column of one file: what it holds, whether it is needed, and in which versions."""

    field: Field
    need: Need = O
    versions: tuple[str, ...] = _BOTH


def _text(name: str, need: Need = O, sensitivity: Sensitivity = Sensitivity.NONE) -> _Cell:
    return _Cell(Field(name, FieldType.STRING, sensitivity, prose=True), need)


def _token(name: str, need: Need = O, sensitivity: Sensitivity = Sensitivity.NONE) -> _Cell:
    return _Cell(Field(name, FieldType.STRING, sensitivity), need)


def _typed(name: str, kind: FieldType, need: Need = O, sensitivity: Sensitivity = Sensitivity.NONE) -> _Cell:
    return _Cell(Field(name, kind, sensitivity), need)


def _code(name: str, need: Need, listed: Vocabulary, sensitivity: Sensitivity = Sensitivity.NONE) -> _Cell:
    return _Cell(Field(name, FieldType.ENUM, sensitivity, listed), need)


def _codes(name: str, listed: Vocabulary) -> _Cell:
    return _Cell(Field(name, FieldType.ENUM_LIST, vocabulary=listed))


def _id(name: str, need: Need = O, refers_to: str = "", kind: str | None = None) -> _Cell:
    return _Cell(Field(name, FieldType.ID, reference=Reference(refers_to, kind) if refers_to else None), need)


def _ids(name: str, refers_to: str, need: Need = O) -> _Cell:
    return _Cell(Field(name, FieldType.ID_LIST, reference=Reference(refers_to)), need)


def _flag(name: str, need: Need = O, sensitivity: Sensitivity = Sensitivity.NONE) -> _Cell:
    return _typed(name, FieldType.BOOLEAN, need, sensitivity)


def _date(name: str, need: Need = O, sensitivity: Sensitivity = Sensitivity.NONE) -> _Cell:
    return _typed(name, FieldType.DATE, need, sensitivity)


def _number(name: str, need: Need = O) -> _Cell:
    return _typed(name, FieldType.NUMBER, need)


def _only(version: str, cell: _Cell) -> _Cell:
    return replace(cell, versions=(version,))


def _either(first: _Cell, second: _Cell) -> tuple[_Cell, _Cell]:
    """A column that the two versions understand differently."""
    return _only(_FIRST, first), _only(_SECOND, second)


@dataclass(frozen=True, slots=True)
class _Table:
    """One file: its cells after the three that all have, and in which versions it is."""

    name: str
    cells: tuple[_Cell, ...]
    versions: tuple[str, ...]
    ids: _Cell
    belongs_by: str
    ends: str


_ID = _id("sourcedId", R)


def _file(
    name: str,
    *cells: _Cell | tuple[_Cell, ...],
    versions: Sequence[str] = _BOTH,
    ids: _Cell = _ID,
    belongs_by: str = "",
    ends: str = "",
) -> _Table:
    flat = [one for cell in cells for one in (cell if isinstance(cell, tuple) else (cell,))]
    return _Table(name, tuple(flat), tuple(versions), ids, belongs_by, ends)


_SCORING = (
    _only(_SECOND, _flag("inProgress")),
    _only(_SECOND, _flag("incomplete")),
    _only(_SECOND, _flag("late")),
    _only(_SECOND, _flag("missing")),
)
_SECOND_ONLY = (_SECOND,)

# In an order in which every required reference points upwards.
_TABLES: tuple[_Table, ...] = (
    _file(
        "orgs",
        _text("name", R),
        _either(_code("type", R, lists.ORG_TYPES_1_1), _code("type", R, lists.ORG_TYPES_1_2)),
        _token("identifier"),
        _id("parentSourcedId", O, "orgs"),
    ),
    _file(
        "academicSessions",
        _text("title", R),
        _either(_code("type", R, lists.SESSION_TYPES_1_1), _code("type", R, lists.SESSION_TYPES_1_2)),
        _date("startDate", R),
        _date("endDate", R),
        _id("parentSourcedId", O, "academicSessions"),
        _code("schoolYear", R, SCHOOL_YEARS),
        ends="endDate",
    ),
    _file(
        "users",
        _flag("enabledUser", R),
        _only(_FIRST, _ids("orgSourcedIds", "orgs", R)),
        _only(_FIRST, _code("role", R, lists.ROLES_1_1)),
        _token("username", R, _PERSONAL),
        _typed("userIds", FieldType.PAIRS, O, _PERSONAL),
        _text("givenName", R, _PERSONAL),
        _text("familyName", R, _PERSONAL),
        _text("middleName", O, _PERSONAL),
        _token("identifier", O, _PERSONAL),
        _typed("email", FieldType.EMAIL, O, _PERSONAL),
        # The binding leaves phone numbers free; the roster takes international ones.
        _typed("sms", FieldType.PHONE, O, _PERSONAL),
        _typed("phone", FieldType.PHONE, O, _PERSONAL),
        _ids("agentSourcedIds", "users"),
        _codes("grades", GRADES),
        _token("password", O, _PERSONAL),
        _only(_SECOND, _token("userMasterIdentifier", O, _PERSONAL)),
        _only(_SECOND, _text("preferredGivenName", O, _PERSONAL)),
        _only(_SECOND, _text("preferredMiddleName", O, _PERSONAL)),
        _only(_SECOND, _text("preferredFamilyName", O, _PERSONAL)),
        _only(_SECOND, _id("primaryOrgSourcedId", O, "orgs")),
        _only(_SECOND, _text("pronouns", O, _SPECIAL)),
    ),
    _file(
        "userProfiles",
        _id("userSourcedId", R, "users"),
        _token("profileType", R),
        _token("vendorId", R),
        _token("applicationId"),
        _text("description"),
        _token("credentialType", R),
        _token("username", R, _PERSONAL),
        _token("password", O, _PERSONAL),
        versions=_SECOND_ONLY,
        belongs_by="userSourcedId",
    ),
    _file(
        "courses",
        _id("schoolYearSourcedId", O, "academicSessions"),
        _text("title", R),
        _token("courseCode"),
        _codes("grades", GRADES),
        _id("orgSourcedId", R, "orgs"),
        _text("subjects"),
        _token("subjectCodes"),
        belongs_by="orgSourcedId",
    ),
    _file(
        "classes",
        _text("title", R),
        _codes("grades", GRADES),
        _id("courseSourcedId", R, "courses"),
        _token("classCode"),
        _either(_code("classType", R, lists.CLASS_TYPES_1_1), _code("classType", R, lists.CLASS_TYPES_1_2)),
        _text("location"),
        _id("schoolSourcedId", R, "orgs"),
        _ids("termSourcedIds", "academicSessions", R),
        _text("subjects"),
        _token("subjectCodes"),
        _text("periods"),
        belongs_by="schoolSourcedId",
    ),
    _file(
        "roles",
        _id("userSourcedId", R, "users"),
        _code("roleType", R, lists.ROLE_TYPES),
        _code("role", R, lists.ROLES_1_2),
        _date("beginDate"),
        _date("endDate"),
        _id("orgSourcedId", R, "orgs"),
        _id("userProfileSourcedId", O, "userProfiles"),
        versions=_SECOND_ONLY,
        belongs_by="orgSourcedId",
        ends="endDate",
    ),
    _file(
        "enrollments",
        _id("classSourcedId", R, "classes"),
        _id("schoolSourcedId", R, "orgs"),
        _id("userSourcedId", R, "users"),
        _either(_code("role", R, lists.ENROLLMENT_ROLES_1_1), _code("role", R, lists.ENROLLMENT_ROLES_1_2)),
        _flag("primary"),
        _date("beginDate"),
        _date("endDate"),
        belongs_by="classSourcedId",
        ends="endDate",
    ),
    _file(
        "demographics",
        _date("birthDate", O, _PERSONAL),
        _either(_code("sex", O, lists.SEXES_1_1, _PERSONAL), _code("sex", O, lists.SEXES_1_2, _PERSONAL)),
        _flag("americanIndianOrAlaskaNative", O, _SPECIAL),
        _flag("asian", O, _SPECIAL),
        _flag("blackOrAfricanAmerican", O, _SPECIAL),
        _flag("nativeHawaiianOrOtherPacificIslander", O, _SPECIAL),
        _flag("white", O, _SPECIAL),
        _flag("demographicRaceTwoOrMoreRaces", O, _SPECIAL),
        _flag("hispanicOrLatinoEthnicity", O, _SPECIAL),
        _token("countryOfBirthCode", O, _PERSONAL),
        _token("stateOfBirthAbbreviation", O, _PERSONAL),
        _text("cityOfBirth", O, _PERSONAL),
        _text("publicSchoolResidenceStatus", O, _PERSONAL),
        # Its own id is that of the person whom it describes.
        ids=_id("sourcedId", R, "users"),
        belongs_by="sourcedId",
    ),
    _file("categories", _text("title", R), _only(_SECOND, _number("weight"))),
    _file(
        "lineItems",
        _text("title", R),
        _text("description"),
        _date("assignDate", R),
        _date("dueDate", R),
        _id("classSourcedId", R, "classes"),
        _id("categorySourcedId", R, "categories"),
        _only(_FIRST, _id("gradingPeriodSourcedId", R, "academicSessions")),
        _only(_SECOND, _id("academicSessionSourcedId", R, "academicSessions")),
        _either(_number("resultValueMin", R), _number("resultValueMin")),
        _either(_number("resultValueMax", R), _number("resultValueMax")),
        _only(_SECOND, _id("schoolSourcedId", R, "orgs")),
        belongs_by="classSourcedId",
    ),
    _file(
        "results",
        _id("lineItemSourcedId", R, "lineItems"),
        _id("studentSourcedId", R, "users"),
        _either(
            _code("scoreStatus", R, lists.SCORE_STATUSES_1_1),
            _code("scoreStatus", R, lists.SCORE_STATUSES_1_2),
        ),
        _either(_number("score", R), _number("score")),
        _date("scoreDate", R),
        _text("comment", O, _PERSONAL),
        _only(_SECOND, _text("textScore", O, _PERSONAL)),
        _only(_SECOND, _id("classSourcedId", O, "classes")),
        _SCORING,
        belongs_by="studentSourcedId",
    ),
    _file(
        "scoreScales",
        _text("title", R),
        _token("type", R),
        _id("orgSourcedId", R, "orgs"),
        _id("courseSourcedId", R, "courses"),
        _id("classSourcedId", R, "classes"),
        _typed("scoreScaleValue", FieldType.PAIRS, R),
        versions=_SECOND_ONLY,
        belongs_by="orgSourcedId",
    ),
    _file(
        "lineItemLearningObjectiveIds",
        _id("lineItemSourcedId", R, "lineItems"),
        _token("source", R),
        _token("learningObjectiveId", R),
        versions=_SECOND_ONLY,
    ),
    _file(
        "lineItemScoreScales",
        _text("title"),
        _id("lineItemSourcedId", R, "lineItems"),
        _id("scoreScaleSourcedId", R, "scoreScales"),
        versions=_SECOND_ONLY,
    ),
    _file(
        "resultLearningObjectiveIds",
        _id("resultSourcedId", R, "results"),
        _token("source", R),
        _token("learningObjectiveId", R),
        _number("score"),
        _text("textScore", O, _PERSONAL),
        versions=_SECOND_ONLY,
    ),
    _file(
        "resultScoreScales",
        _text("title"),
        _id("resultSourcedId", R, "results"),
        _id("scoreScaleSourcedId", R, "scoreScales"),
        versions=_SECOND_ONLY,
    ),
    _file(
        "resources",
        _token("vendorResourceId", R),
        _text("title"),
        _either(_codes("roles", lists.ROLES_1_1), _codes("roles", lists.RESOURCE_ROLES_1_2)),
        _code("importance", O, lists.IMPORTANCES),
        _token("vendorId"),
        _token("applicationId"),
    ),
    _file(
        "classResources",
        _text("title"),
        _id("classSourcedId", R, "classes"),
        _id("resourceSourcedId", R, "resources"),
    ),
    _file(
        "courseResources",
        _text("title"),
        _id("courseSourcedId", R, "courses"),
        _id("resourceSourcedId", R, "resources"),
    ),
    _file(
        "userResources",
        _id("userSourcedId", R, "users"),
        _id("orgSourcedId", O, "orgs"),
        _id("classSourcedId", O, "classes"),
        _id("resourceSourcedId", R, "resources"),
        versions=_SECOND_ONLY,
    ),
)

_EXTENSIONS: dict[tuple[str, str], _Cell] = {
    ("users", f"{EXTENSION}microsoft.userFlags"): _codes("userFlags", USER_FLAGS),
    ("roles", f"{EXTENSION}sds.sessionSourcedId"): _id("sessionSourcedId", O, "academicSessions"),
}
"""Columns beside the format's that carry what SDS has and OneRoster has not: the field by file and header."""

_STATUS = _code("status", O, lists.STATUSES)
_MODIFIED = _typed("dateLastModified", FieldType.TIMESTAMP)


def _format(version: str) -> Format:
    """The files and the entities of one version."""
    files, entities = [], []
    for table in _TABLES:
        if version not in table.versions:
            continue
        cells = [cell for cell in (table.ids, _STATUS, _MODIFIED, *table.cells) if version in cell.versions]
        kept = [cell for cell in cells if cell.field.name not in SECRETS]
        more = [(name, cell) for (file, name), cell in _EXTENSIONS.items() if file == table.name]
        fields = tuple(cell.field for cell in (*kept, *(cell for _, cell in more)))
        entity = Entity(table.name, ("sourcedId",), fields, table.belongs_by, table.ends)
        entities.append(entity)
        secret = tuple(cell.field.name for cell in cells if cell.field.name in SECRETS)
        files.append(
            File(
                table.name,
                tuple(Column(cell.field.name, cell.need) for cell in kept),
                legacy=secret,
                order=tuple(cell.field.name for cell in cells) if secret else (),
                extensions=tuple(Column(cell.field.name, O, header=name) for name, cell in more),
                shape=entity,
            )
        )
    return Format(f"oneroster-{version}", f"OneRoster {version}", tuple(files), tuple(entities))


ONEROSTER_1_1 = _format(_FIRST)
ONEROSTER_1_2 = _format(_SECOND)

BY_VERSION: dict[str, Format] = {_FIRST: ONEROSTER_1_1, _SECOND: ONEROSTER_1_2}
"""The two versions, as the manifest names them."""
