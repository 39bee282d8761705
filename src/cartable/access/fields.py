"""Groups of fields that a client sees only where it was given them; all other fields it sees.

They are the groups that exports know too, `cartable.model.groups`.
"""

from collections.abc import Iterable

from cartable.model.entities import ENTITIES
from cartable.model.groups import Group, group_of

Fields = frozenset[tuple[str, str]]
"""Fields by the names of their entity and themselves, as `cartable.model.entities` has them."""


GROUPS: dict[str, Fields] = {
    group.value: frozenset(
        (entity.name, field.name)
        for entity in ENTITIES
        for field in entity.fields
        if group_of(entity.name, field.name) is group
    )
    for group in Group
}
"""What is off until it is given, by the names that `cartable clients add --field` takes."""

DEMOGRAPHICS = frozenset({Group.BIRTH_DATES.value, Group.DEMOGRAPHICS.value})
"""The groups that only demographics have."""


def hidden(given: Iterable[str]) -> Fields:
    """The fields that a client may not see.

    Args:
        given: the groups that it was given, names of `GROUPS`.
    """
    return frozenset[tuple[str, str]]().union(
        *(fields for name, fields in GROUPS.items() if name not in set(given))
    )
