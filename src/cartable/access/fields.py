"""Groups of fields that a client sees only where it was given them; all other fields it sees.

They follow from the one table of entities: what is sensitive beyond a person's name and address there.
"""

from collections.abc import Iterable

from cartable.model.entities import BY_NAME
from cartable.model.types import FieldType, Sensitivity

Fields = frozenset[tuple[str, str]]
"""Fields by the names of their entity and themselves, as `cartable.model.entities` has them."""


def _of(entity: str, *, but: tuple[str, ...] = ()) -> Fields:
    """What an entity says of a person, beyond whom it speaks of."""
    return frozenset(
        (entity, field.name)
        for field in BY_NAME[entity].fields
        if field.sensitivity is not Sensitivity.NONE and field.name not in but
    )


GROUPS: dict[str, Fields] = {
    "birthDate": frozenset({("demographics", "birthDate")}),
    "demographics": _of("demographics", but=("birthDate",)),
    "flags": _of("userFlags"),
    "phones": frozenset(
        ("users", field.name) for field in BY_NAME["users"].fields if field.type is FieldType.PHONE
    ),
}
"""What is off until it is given, by the names that `cartable clients add --field` takes."""

DEMOGRAPHICS = frozenset({"birthDate", "demographics"})
"""The groups that only demographics have."""


def hidden(given: Iterable[str]) -> Fields:
    """The fields that a client may not see.

    Args:
        given: the groups that it was given, names of `GROUPS`.
    """
    return frozenset[tuple[str, str]]().union(
        *(fields for name, fields in GROUPS.items() if name not in set(given))
    )
