"""Protected people and classes: no delivery makes them inactive or gives them another role."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Protects(StrEnum):
    """By what a protection knows whom it is about: the words of the file."""

    USER = "user"
    CLASS = "class"
    ROLE = "role"
    USERS_LIKE = "users-like"
    CLASSES_LIKE = "classes-like"


PATTERNED: Mapping[Protects, tuple[str, tuple[str, ...]]] = {
    Protects.USERS_LIKE: ("users", ("sourcedId", "username", "email")),
    Protects.CLASSES_LIKE: ("classes", ("sourcedId", "title", "code")),
}
"""Which entity a pattern is about, and which of its fields one must be like it."""


@dataclass(frozen=True, slots=True)
class Protection:
    """One entry of the file.

    Args:
        by: what `value` is.
        value: a sourcedId, a role at an organisation, or a pattern in which `*` stands for any text and
            `?` for one character; capitals of ASCII are alike.
        why: what plans say of it.
    """

    by: Protects
    value: str
    why: str
