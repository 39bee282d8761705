"""THE table: every entity of the roster with its key and its fields.

Files, columns of the database, checks, catalogue and documentation derive from it. Entity and
field names are those of SDS and OneRoster, as they are in the standards.
"""

from dataclasses import dataclass

from cartable.model import vocabularies as lists
from cartable.model.types import FieldType, Sensitivity
from cartable.model.vocabularies import Vocabulary


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names a record of another entity by its `sourcedId`.

    Args:
        entity: the entity referred to.
        kind: the value that the target's `type` must have, where only one kind will do.
    """

    entity: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity.

    Args:
        prose: whether it is text that people read, with the typography of their language.
    """

    name: str
    type: FieldType
    sensitivity: Sensitivity = Sensitivity.NONE
    vocabulary: Vocabulary | None = None
    reference: Reference | None = None
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record.

    Args:
        name: plural noun of the standard, also the stem of its file.
        key: names of the fields that together identify a record.
        fields: all fields, keys included, in the order people read them.
        belongs_by: the field that names what a record belongs to: an organisation, a class, a person;
            empty for people, who belong to every school in which they have a role, and for what
            belongs to the whole.
        ends: the field with the day on which a record's time ends, where it has one.
    """

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    belongs_by: str = ""
    ends: str = ""

    def field(self, name: str) -> Field:
        """The field of that name; KeyError where there is none."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    @property
    def values(self) -> tuple[Field, ...]:
        """The fields that are no part of the key."""
        return tuple(field for field in self.fields if field.name not in self.key)

    @property
    def references(self) -> tuple[Field, ...]:
        """The fields that name records of other entities."""
        return tuple(field for field in self.fields if field.reference)


def _id(name: str, refers_to: str | None = None, kind: str | None = None) -> Field:
    return Field(name, FieldType.ID, reference=Reference(refers_to, kind) if refers_to else None)


def _text(name: str, sensitivity: Sensitivity = Sensitivity.NONE) -> Field:
    return Field(name, FieldType.STRING, sensitivity, prose=True)


def _token(name: str, sensitivity: Sensitivity = Sensitivity.NONE) -> Field:
    return Field(name, FieldType.STRING, sensitivity)


def _code(name: str, vocabulary: Vocabulary, sensitivity: Sensitivity = Sensitivity.NONE) -> Field:
    return Field(name, FieldType.ENUM, sensitivity, vocabulary)


def _date(name: str, sensitivity: Sensitivity = Sensitivity.NONE) -> Field:
    return Field(name, FieldType.DATE, sensitivity)


_PERSONAL, _SPECIAL = Sensitivity.PERSONAL, Sensitivity.SPECIAL

# In an order in which every required reference points upwards: checking walks it once.
ENTITIES: tuple[Entity, ...] = (
    Entity(
        "orgs",
        ("sourcedId",),
        (
            _id("sourcedId"),
            _text("name"),
            _code("type", lists.ORG_TYPES),
            _id("parentSourcedId", "orgs"),
        ),
    ),
    Entity(
        "academicSessions",
        ("sourcedId",),
        (
            _id("sourcedId"),
            _text("title"),
            _code("type", lists.SESSION_TYPES),
            _code("schoolYear", lists.SCHOOL_YEARS),
            _date("startDate"),
            _date("endDate"),
        ),
        ends="endDate",
    ),
    Entity(
        "users",
        ("sourcedId",),
        (
            _id("sourcedId"),
            _token("username", _PERSONAL),
            _text("givenName", _PERSONAL),
            _text("familyName", _PERSONAL),
            _token("activeDirectoryMatchId", _PERSONAL),
            Field("email", FieldType.EMAIL, _PERSONAL),
            Field("phone", FieldType.PHONE, _PERSONAL),
            Field("sms", FieldType.PHONE, _PERSONAL),
            _token("userNumber", _PERSONAL),
        ),
    ),
    Entity(
        "courses",
        ("sourcedId",),
        (
            _id("sourcedId"),
            _id("orgSourcedId", "orgs"),
            _text("title"),
            _token("code"),
            _id("schoolYearSourcedId", "academicSessions", kind="schoolYear"),
            _code("subject", lists.SUBJECTS),
            _code("grade", lists.GRADES),
        ),
        belongs_by="orgSourcedId",
    ),
    Entity(
        "classes",
        ("sourcedId",),
        (
            _id("sourcedId"),
            _id("orgSourcedId", "orgs"),
            _text("title"),
            Field("sessionSourcedIds", FieldType.ID_LIST, reference=Reference("academicSessions")),
            _id("courseSourcedId", "courses"),
            _token("code"),
        ),
        belongs_by="orgSourcedId",
    ),
    Entity(
        "roles",
        ("userSourcedId", "orgSourcedId", "role", "sessionSourcedId"),
        (
            _id("userSourcedId", "users"),
            _id("orgSourcedId", "orgs"),
            _code("role", lists.ORG_ROLES),
            _id("sessionSourcedId", "academicSessions"),
            _code("grade", lists.GRADES),
            Field("isPrimary", FieldType.BOOLEAN),
            _date("roleStartDate"),
            _date("roleEndDate"),
        ),
        belongs_by="orgSourcedId",
        ends="roleEndDate",
    ),
    Entity(
        "enrollments",
        ("classSourcedId", "userSourcedId", "role"),
        (
            _id("classSourcedId", "classes"),
            _id("userSourcedId", "users"),
            _code("role", lists.ENROLLMENT_ROLES),
        ),
        belongs_by="classSourcedId",
    ),
    Entity(
        "relationships",
        ("userSourcedId", "relationshipUserSourcedId"),
        (
            _id("userSourcedId", "users"),
            _id("relationshipUserSourcedId", "users"),
            _code("relationshipRole", lists.RELATIONSHIP_ROLES, _PERSONAL),
        ),
        belongs_by="userSourcedId",
    ),
    Entity(
        "demographics",
        ("userSourcedId",),
        (
            _id("userSourcedId", "users"),
            _code("sex", lists.SEXES, _PERSONAL),
            _date("birthDate", _PERSONAL),
            _text("birthCity", _PERSONAL),
            _code("birthState", lists.BIRTH_STATES, _PERSONAL),
            _text("birthCountry", _PERSONAL),
            Field("ethnicityCodes", FieldType.ENUM_LIST, _SPECIAL, lists.ETHNICITIES),
            Field("raceCodes", FieldType.ENUM_LIST, _SPECIAL, lists.RACES),
        ),
        belongs_by="userSourcedId",
    ),
    Entity(
        "userFlags",
        ("userSourcedId", "flag"),
        (
            _id("userSourcedId", "users"),
            _code("flag", lists.USER_FLAGS, _SPECIAL),
        ),
        belongs_by="userSourcedId",
    ),
)

BY_NAME: dict[str, Entity] = {entity.name: entity for entity in ENTITIES}
