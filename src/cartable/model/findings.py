"""A fault in a roster is a finding: a value with a code, a place and a cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is. Source: SDS validation rules, column "Status"."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Action(StrEnum):
    """What becomes of the data. Source: SDS validation rules, column "Rule action"."""

    STOP = "stop"
    EXCLUDE = "exclude"
    BLANK = "blank"
    TRIM = "trim"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at one place.

    Args:
        number: counts from 1, roots before followers.
        code: the rule's code.
        file: name of the file, or None where the whole delivery is meant.
        line: physical line where the row begins, the header being line 1; None for a whole file.
        column: header of the column, as the format spells it.
        record: the key values of the row, or None where they cannot be read.
        value: what was received, whole; reports cut it.
        detail: what the message's template names beyond the fields above.
        cause: number of the finding that made this one follow: about the row that was left out, or the
            column that was damaged.
        group: number of the `cartable.model.causes.Cause` that it belongs to, where that is known.
    """

    number: int
    code: str
    severity: Severity
    action: Action
    file: str | None = None
    line: int | None = None
    column: str | None = None
    record: tuple[str, ...] | None = None
    value: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
    cause: int | None = None
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a check: rows of all files, values blanked, findings by severity."""

    rows: int = 0
    accepted: int = 0
    excluded: int = 0
    blanked: int = 0
    fatal: int = 0
    error: int = 0
    warning: int = 0
    info: int = 0
