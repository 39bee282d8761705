"""The types that a field of the roster can have, and how sensitive its values are."""

from enum import StrEnum


class FieldType(StrEnum):
    """How a value is compared, checked and stored. Source: SDS validation rules, table "data types"."""

    ID = "Unique ID"
    ID_LIST = "Unique ID[]"
    STRING = "String"
    ENUM = "Enum"
    ENUM_LIST = "Enum[]"
    EMAIL = "Email"
    PHONE = "Phone"
    DATE = "Date"
    BOOLEAN = "Boolean"
    # Of OneRoster alone. Source: OneRoster CSV binding 1.2, section "data types".
    NUMBER = "Number"
    TIMESTAMP = "DateTime"
    PAIRS = "Pair[]"

    @property
    def is_list(self) -> bool:
        """Whether a cell holds several values, comma-separated."""
        return self in (FieldType.ID_LIST, FieldType.ENUM_LIST)


class Sensitivity(StrEnum):
    """Whom a value is about, from nobody to a child's health or hardship."""

    NONE = "none"
    PERSONAL = "personal"
    SPECIAL = "special"
