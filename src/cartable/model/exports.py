"""What an export wrote, what its target could not carry, and what was made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cartable.model.scopes import Scope

TARGETS = ("sds-v2.1", "oneroster-1.1", "oneroster-1.2")
"""The formats that a roster can be exported to."""

WHOLE_BY_DEFAULT = TARGETS[:1]
"""Those in which the sensitive fields go out unasked: the roster's own."""


class Fate(StrEnum):
    """What became of values."""

    LOST = "lost"
    WITHHELD = "withheld"
    MADE_UP = "made-up"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value is lost, or how one is made up.

    Args:
        code: stable name.
        told: the sentence, a template without names.
    """

    code: str
    fate: Fate
    told: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Values of one field that differ between the roster and the export.

    Args:
        reason: code of the reason.
        file: name of the file: in the roster's format for what is lost, in the target's for what is made up.
        field: name of the field or column; '' for whole records.
        count: how many.
    """

    fate: Fate
    reason: str
    file: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export.

    Args:
        path: where it is, as the operator named it.
        format: code of the format.
        title: its name for people.
        scope: what part of the roster.
        run: number of the last run by then.
        day: the day at whose end the roster was so, where a day was asked about; else None.
        instant: ISO 8601, when the roster was so; '' for a day.
        rows: by name of file, how many records.
        differences: what is not the same, in the order of the roster's fields.
    """

    path: str
    format: str
    title: str
    scope: Scope
    run: int
    day: date | None
    instant: str
    rows: Mapping[str, int]
    differences: tuple[Difference, ...]
