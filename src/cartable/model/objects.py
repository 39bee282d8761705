"""The objects of OneRoster: every resource with its properties, in both versions.

What the API answers, filters, sorts, masks, takes and says of itself, and what the store publishes and keeps
of the gradebook, derives from this table.
Source: 1EdTech OneRoster 1.1 and 1.2, information model; names are those of the standard.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cartable.model.groups import Group


class Version(StrEnum):
    """An edition of the standard."""

    V1P1 = "v1p1"
    V1P2 = "v1p2"


class Kind(StrEnum):
    """How a property is kept, spelled and compared."""

    TEXT = "text"
    TRUTH = "truth"
    """The texts "true" and "false"."""
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    REFERENCE = "reference"
    """Kept as an identifier, spelled as an object."""
    TEXTS = "texts"
    """Kept as JSON, as are all below: a list of texts."""
    REFERENCES = "references"
    OBJECTS = "objects"
    OBJECT = "object"

    @property
    def is_json(self) -> bool:
        """Whether it is kept as it is spelled."""
        return self in (Kind.TEXTS, Kind.REFERENCES, Kind.OBJECTS, Kind.OBJECT)


BOTH = (Version.V1P1, Version.V1P2)
NEW = (Version.V1P2,)
OLD = (Version.V1P1,)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object.

    Args:
        name: as the standard spells it.
        kind: how it is kept and spelled.
        target: the resource whose objects it names.
        versions: the editions that have it.
        column: the published column, where it is not called as the property.
        group: what a client must have been granted.
        inside: of objects in a list, what may be asked for by a dotted path: its name, and the path in JSON.
        needed: the editions in which every object has it, so that nothing is taken from a client without it.
        codes: the texts that the standard knows; none where it takes any.
        takes_own: whether an organisation's own codes are taken besides, which begin with `ext:`.
        parts: of objects in a list, what each has.
        pattern: a regular expression that the whole of a client's text must match.
        goes_with: whether an object goes when the one goes that it names here; else that one has to stay.
    """

    name: str
    kind: Kind = Kind.TEXT
    target: str = ""
    versions: tuple[Version, ...] = BOTH
    column: str = ""
    group: Group | None = None
    inside: tuple[str, ...] = ()
    needed: tuple[Version, ...] = ()
    codes: tuple[str, ...] = ()
    takes_own: bool = False
    parts: "tuple[Property, ...]" = ()
    pattern: str = ""
    goes_with: bool = False

    @property
    def kept_as(self) -> str:
        """What the published column is called."""
        return self.column or self.name


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object.

    Args:
        name: the collection, also the key around a list of objects.
        singular: the key around one object.
        token: what `type` says in a reference to one.
        properties: all but those that every object has.
        sought: properties by which objects are looked up.
        groups: of these a client must have been granted one, to see any.
        is_written: whether clients write its objects; all others are published from the roster.
    """

    name: str
    singular: str
    token: str
    properties: tuple[Property, ...]
    sought: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    is_written: bool = False

    def of(self, version: Version) -> Iterator[Property]:
        """The properties that an edition has, in their order."""
        return (one for one in self.properties if version in one.versions)

    @property
    def columns(self) -> dict[str, Property]:
        """The published columns: name, and the first property kept there."""
        kept: dict[str, Property] = {}
        for one in self.properties:
            kept.setdefault(one.kept_as, one)
        return kept


def _needed(name: str, kind: Kind = Kind.TEXT) -> Property:
    """A property that every object has, in both editions."""
    return Property(name, kind, needed=BOTH)


def _reference(
    name: str, target: str, versions: tuple[Version, ...] = BOTH, needed: tuple[Version, ...] = ()
) -> Property:
    return Property(name, Kind.REFERENCE, target, versions, inside=("sourcedId",), needed=needed)


def _references(
    name: str, target: str, versions: tuple[Version, ...] = BOTH, needed: tuple[Version, ...] = ()
) -> Property:
    return Property(name, Kind.REFERENCES, target, versions, inside=("sourcedId",), needed=needed)


def _differing(
    name: str, old: tuple[str, ...], new: tuple[str, ...] = (), *, is_needed: bool = True
) -> tuple[Property, Property]:
    """A code that 1.1 has not all values of: kept as both editions spell it.

    Args:
        old: the codes of 1.1.
        new: those of 1.2, where they are others.
        is_needed: whether every object has it.
    """
    plain = f"plain{name[0].upper()}{name[1:]}"
    needed = BOTH if is_needed else ()
    return (
        Property(name, versions=NEW, needed=needed, codes=new or old, takes_own=True),
        Property(name, versions=OLD, column=plain, needed=needed, codes=old),
    )


_ORG_TYPES = ("department", "district", "local", "national", "school", "state")
_SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
_PLAIN_ROLES = ("administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher")
_ROLES = (
    *("aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor"),
    *("relative", "siteAdministrator", "student", "systemAdministrator", "teacher"),
)
_ENROLLED = ("administrator", "proctor", "student", "teacher")

_USER_ID = (_needed("type"), _needed("identifier"))
_ROLE = (
    Property("roleType", needed=NEW, codes=("primary", "secondary")),
    Property("role", needed=NEW, codes=_ROLES, takes_own=True),
    _reference("org", "orgs", needed=NEW),
    Property("beginDate", Kind.DATE),
    Property("endDate", Kind.DATE),
)


RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
)

_DESCRIBING = (
    *_differing("sex", ("male", "female"), ("male", "female", "unspecified", "other"), is_needed=False),
    *(Property(name, Kind.TRUTH) for name in (*RACES, "hispanicOrLatinoEthnicity")),
    Property("countryOfBirthCode"),
    Property("stateOfBirthAbbreviation"),
    Property("cityOfBirth"),
)

PUBLISHED: tuple[Resource, ...] = (
    Resource(
        "orgs",
        "org",
        "org",
        (
            _needed("name"),
            *_differing("type", _ORG_TYPES),
            _needed("identifier"),
            _reference("parent", "orgs"),
            _references("children", "orgs"),
        ),
    ),
    Resource(
        "academicSessions",
        "academicSession",
        "academicSession",
        (
            _needed("title"),
            *_differing("type", _SESSION_TYPES),
            _needed("schoolYear"),
            _needed("startDate", Kind.DATE),
            _needed("endDate", Kind.DATE),
            _reference("parent", "academicSessions"),
            _references("children", "academicSessions"),
        ),
        ("parent",),
    ),
    Resource(
        "courses",
        "course",
        "course",
        (
            _needed("title"),
            _reference("schoolYear", "academicSessions"),
            _needed("courseCode"),
            Property("grades", Kind.TEXTS),
            Property("subjects", Kind.TEXTS),
            Property("subjectCodes", Kind.TEXTS),
            _reference("org", "orgs"),
        ),
        ("org",),
    ),
    Resource(
        "classes",
        "class",
        "class",
        (
            _needed("title"),
            Property("classCode"),
            Property("classType", codes=("homeroom", "scheduled"), takes_own=True),
            _reference("course", "courses", needed=BOTH),
            _reference("school", "orgs", needed=BOTH),
            _references("terms", "academicSessions", needed=BOTH),
        ),
        ("course", "school"),
    ),
    Resource(
        "users",
        "user",
        "user",
        (
            Property("username", needed=OLD),
            Property("userIds", Kind.OBJECTS, inside=("type", "identifier"), parts=_USER_ID),
            _needed("enabledUser", Kind.TRUTH),
            _needed("givenName"),
            _needed("familyName"),
            Property("role", versions=OLD, needed=OLD, codes=_PLAIN_ROLES),
            _references("orgs", "orgs", OLD, needed=OLD),
            Property(
                "roles",
                Kind.OBJECTS,
                versions=NEW,
                inside=("roleType", "role", "org.sourcedId"),
                needed=NEW,
                parts=_ROLE,
            ),
            _reference("primaryOrg", "orgs", NEW),
            Property("identifier"),
            Property("email"),
            Property("sms", group=Group.PHONES),
            Property("phone", group=Group.PHONES),
            _references("agents", "users"),
            Property("grades", Kind.TEXTS),
            Property("metadata", Kind.OBJECT, group=Group.FLAGS),
        ),
        ("username", "email", "identifier"),
    ),
    Resource(
        "enrollments",
        "enrollment",
        "enrollment",
        (
            _reference("user", "users", needed=BOTH),
            _reference("class", "classes", needed=BOTH),
            _reference("school", "orgs", needed=BOTH),
            *_differing("role", _PLAIN_ROLES, _ENROLLED),
            Property("primary", Kind.TRUTH),
        ),
        ("class", "user", "school"),
    ),
    Resource(
        "demographics",
        "demographics",
        "demographics",
        (
            Property("birthDate", Kind.DATE, group=Group.BIRTH_DATES),
            *(replace(one, group=Group.DEMOGRAPHICS) for one in _DESCRIBING),
        ),
        groups=(Group.DEMOGRAPHICS, Group.BIRTH_DATES),
    ),
)
"""What is published from the roster."""

_SOURCE = Property("source", needed=BOTH, pattern="case|unknown|/(?!case$)(?!unknown$)[a-z0-9]+")
_OBJECTIVES = Property(
    "learningObjectiveSet",
    Kind.OBJECTS,
    versions=NEW,
    inside=("source",),
    parts=(_SOURCE, Property("learningObjectiveIds", Kind.TEXTS, needed=BOTH)),
)
_REACHED = replace(
    _OBJECTIVES,
    parts=(
        _SOURCE,
        Property(
            "learningObjectiveResults",
            Kind.OBJECTS,
            needed=BOTH,
            parts=(
                Property("learningObjectiveId", needed=BOTH),
                Property("score", Kind.NUMBER),
                Property("textScore"),
            ),
        ),
    ),
)
_METADATA = Property("metadata", Kind.OBJECT)
_RANGE = (Property("resultValueMin", Kind.NUMBER), Property("resultValueMax", Kind.NUMBER))
_STATUS = Property(
    "scoreStatus",
    pattern=r"exempt|fully graded|not submitted|partially graded|submitted|ext:[a-zA-Z0-9.\-_]+",
)
_MARKS = tuple(
    Property(name, Kind.TRUTH, versions=NEW) for name in ("inProgress", "incomplete", "late", "missing")
)
_TITLE = Property("title", needed=BOTH)

WRITTEN: tuple[Resource, ...] = (
    Resource(
        "categories",
        "category",
        "category",
        (_METADATA, _TITLE, Property("weight", Kind.NUMBER, versions=NEW)),
        is_written=True,
    ),
    Resource(
        "lineItems",
        "lineItem",
        "lineItem",
        (
            _METADATA,
            _TITLE,
            Property("description"),
            Property("assignDate", Kind.INSTANT),
            Property("dueDate", Kind.INSTANT),
            _reference("class", "classes", needed=BOTH),
            _reference("school", "orgs", NEW),
            _reference("category", "categories"),
            _reference("gradingPeriod", "academicSessions"),
            _reference("academicSession", "academicSessions", NEW),
            _reference("scoreScale", "scoreScales", NEW),
            *_RANGE,
            _OBJECTIVES,
        ),
        ("class", "category"),
        is_written=True,
    ),
    Resource(
        "results",
        "result",
        "result",
        (
            _METADATA,
            replace(_reference("lineItem", "lineItems", needed=BOTH), goes_with=True),
            _reference("student", "users", needed=BOTH),
            _reference("class", "classes", NEW),
            _reference("scoreScale", "scoreScales", NEW),
            _STATUS,
            Property("score", Kind.NUMBER),
            Property("textScore", versions=NEW),
            Property("scoreDate", Kind.DATE),
            Property("comment"),
            _REACHED,
            *_MARKS,
        ),
        ("lineItem", "student", "class"),
        is_written=True,
    ),
    Resource(
        "scoreScales",
        "scoreScale",
        "scoreScale",
        (
            _METADATA,
            _TITLE,
            Property("type", needed=BOTH),
            _reference("course", "courses"),
            _reference("class", "classes", needed=BOTH),
            Property(
                "scoreScaleValue",
                Kind.OBJECTS,
                inside=("itemValueLHS", "itemValueRHS"),
                needed=BOTH,
                parts=(Property("itemValueLHS", needed=BOTH), Property("itemValueRHS", needed=BOTH)),
            ),
        ),
        ("class",),
        is_written=True,
    ),
    Resource(
        "assessmentLineItems",
        "assessmentLineItem",
        "assessmentLineItem",
        (
            _METADATA,
            _TITLE,
            Property("description"),
            _reference("class", "classes"),
            _reference("parentAssessmentLineItem", "assessmentLineItems"),
            _reference("scoreScale", "scoreScales"),
            *_RANGE,
            _OBJECTIVES,
        ),
        ("class",),
        is_written=True,
    ),
    Resource(
        "assessmentResults",
        "assessmentResult",
        "assessmentResult",
        (
            _METADATA,
            replace(_reference("assessmentLineItem", "assessmentLineItems", needed=BOTH), goes_with=True),
            _reference("student", "users", needed=BOTH),
            Property("score", Kind.NUMBER),
            Property("textScore"),
            Property("scoreDate", Kind.DATE),
            _reference("scoreScale", "scoreScales"),
            Property("scorePercentile", Kind.NUMBER),
            _STATUS,
            Property("comment"),
            _REACHED,
            *_MARKS,
        ),
        ("assessmentLineItem", "student"),
        is_written=True,
    ),
)
"""What clients write: the gradebook."""

BY_RESOURCE: Mapping[str, Resource] = {resource.name: resource for resource in (*PUBLISHED, *WRITTEN)}
