"""What to correct: findings grouped by what one correction mends, with all that hangs on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cartable.model.findings import Action, Finding, Severity


@dataclass(frozen=True, slots=True)
class Root:
    """A finding of a cause.

    Args:
        finding: the finding itself, which follows from none.
        dependents: rows that are left out because its row is, by file in the format's order.
    """

    finding: Finding
    dependents: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    """The findings that one correction mends, or many of the same kind in one column.

    They share rule, file and column, and the value where the rule says that it is the value that is
    wrong (a code that no list has). What refers to a row that is not there has one cause, whatever
    file it stands in: the row that is missing, or the file that lacks many. What is wrong with whole
    files in the same way has one, too. An excluded row belongs to one cause
    alone: that of its own first error, else that of the first excluded row that it refers to, in the
    order of its columns. So `left_out` of all causes adds up to the rows that are left out.

    Args:
        number: counts from 1 in the order in which to correct: what stops the delivery, then what
            concerns a whole file, then what brings back most rows for one correction.
        code: of its findings.
        severity, action: the worst of its findings and of those that follow from them.
        file, column: of the first finding; None where the whole delivery, or no column, is meant.
        value: what was received, where all findings have it in common.
        findings: how many there are, those that follow from them not counted.
        places: in how many rows they are.
        rows: rows left out for such a finding of their own, by file in the format's order.
        dependents: rows left out because they refer to those, by file likewise.
        blanked: values left out for it.
        roots: the findings, as many as were asked for; those with most dependents first.
    """

    number: int
    code: str
    severity: Severity
    action: Action
    file: str | None
    column: str | None
    value: str | None
    findings: int
    places: int
    rows: Mapping[str, int]
    dependents: Mapping[str, int]
    blanked: int
    roots: tuple[Root, ...]

    @property
    def left_out(self) -> int:
        """All rows left out for it."""
        return sum(self.rows.values()) + sum(self.dependents.values())
