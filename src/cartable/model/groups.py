"""Groups of fields that nobody gets unasked: exports to others and API clients name them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Group(StrEnum):
    """Fields about people that a receiver rarely needs."""

    PHONES = "phones"
    BIRTH_DATES = "birthDates"
    DEMOGRAPHICS = "demographics"
    FLAGS = "flags"


_GROUPS: Mapping[tuple[str, str], Group] = MappingProxyType(
    {
        ("users", "phone"): Group.PHONES,
        ("users", "sms"): Group.PHONES,
        ("demographics", "birthDate"): Group.BIRTH_DATES,
        **{
            ("demographics", name): Group.DEMOGRAPHICS
            for name in ("sex", "birthCity", "birthState", "birthCountry", "ethnicityCodes", "raceCodes")
        },
        ("userFlags", "flag"): Group.FLAGS,
    }
)


def group_of(entity: str, field: str) -> Group | None:
    """The group that a field of the roster is in; None for what everybody gets."""
    return _GROUPS.get((entity, field))
