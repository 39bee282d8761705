"""Findings into the workspace, in batches, and out of it again, streamed."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.findings import Action, Finding, Severity
from cartable.rules.rule import Rule

# Values are stored whole up to this many characters; messages show 200 of them, JSON all. Findings are
# sorted with their values, so that longer ones would need more than little memory.
LONGEST_VALUE = 2_000
# Findings that are fetched at once: with such values they take some ten megabytes.
AT_ONCE = 4_000
# Headers likewise: one of a million characters would be stored with every finding in its column.
_LONGEST_HEADER = 200

_FINDING = {
    "code": "varchar",
    "severity": "varchar",
    "action": "varchar",
    "entity": "varchar",
    "file": "varchar",
    "line": "bigint",
    "column": "varchar",
    "field": "varchar",
    "record": ["varchar"],
    "value": "varchar",
    "detail": "varchar",
}
# The columns of `report` that make a `Finding`, in the order of its fields.
_KEPT = {
    "number": "bigint",
    "code": "varchar",
    "severity": "varchar",
    "action": "varchar",
    "file": "varchar",
    "line": "bigint",
    "column": "varchar",
    "record": ["varchar"],
    "value": "varchar",
    "detail": "varchar",
    "cause": "bigint",
}
_PULLED = {"entity": "varchar", "line": "bigint", "key": ["varchar"]}


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A finding before it has a number.

    Args:
        rule: the rule that was broken.
        entity: the entity whose file it is about; None for a file that is none of the format's.
        file: name of the file, None for the whole delivery.
        line: physical line where the row begins, the header being line 1; None for a whole file.
        column, field: header and name of the field.
        record: values of the entity's key, None where they cannot be read.
        value: what was received; cut to `LONGEST_VALUE` characters when stored.
        detail: the rule's own details, all texts.
    """

    rule: Rule
    entity: str | None = None
    file: str | None = None
    line: int | None = None
    column: str | None = None
    field: str | None = None
    record: tuple[str, ...] | None = None
    value: str | None = None
    detail: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """The values by column; ValueError where severity and action are by requirement."""
        severity, action = self.rule.outcome(self.detail.get("case", ""))
        if severity is None or action is None:
            raise ValueError(f"{self.rule.code} is by requirement: note it with its subject")
        return {
            "code": self.rule.code,
            "severity": severity.value,
            "action": action.value,
            "entity": self.entity,
            "file": self.file,
            "line": self.line,
            "column": None if self.column is None else self.column[:_LONGEST_HEADER],
            "field": self.field,
            "record": self.record,
            "value": None if self.value is None else self.value[:LONGEST_VALUE],
            "detail": json.dumps(dict(self.detail)) if self.detail else None,
        }


def add(workspace: Workspace, findings: Iterable[Found]) -> int:
    """Insert findings into the table `finding`, a batch a statement, and return how many.

    Only one batch is held in memory, so the iterable may be as long as it likes.
    """
    return workspace.insert("finding", _FINDING, (tuple(found.row().values()) for found in findings))


def pull(workspace: Workspace, entity: str, rows: Iterable[tuple[int, tuple[str, ...] | None]]) -> int:
    """Insert rows that were taken out before DuckDB saw them: (line, key or None); return how many."""
    return workspace.insert("pulled", _PULLED, ((entity, line, key) for line, key in rows))


# Findings with their numbers.
REPORT = """
create or replace table report (
    number bigint, code varchar, severity varchar, action varchar, entity varchar, file varchar,
    line bigint, "column" varchar, field varchar, record varchar[], value varchar, detail varchar,
    cause bigint
)
"""


def listed(table: str) -> str:
    """SQL: the columns that `finding_of` takes."""
    return ", ".join(f"{table}.{quoted(name)}" for name in _KEPT)


def finding_of(
    number: int,
    code: str,
    severity: str,
    action: str,
    file: str | None,
    line: int | None,
    column: str | None,
    record: list[str] | None,
    value: str | None,
    detail: str | None,
    cause: int | None,
    group: int | None = None,
) -> Finding:
    """The finding that a row of `report` is."""
    return Finding(
        number,
        code,
        Severity(severity),
        Action(action),
        file,
        line,
        column,
        None if record is None else tuple(record),
        value,
        json.loads(detail) if detail else {},
        cause,
        group,
    )


def findings(
    workspace: Workspace, limit_per_code: int | None = None, *, is_grouped: bool = False
) -> Iterator[Finding]:
    """The findings in the order of their numbers, streamed.

    Args:
        is_grouped: each with the number of its cause, of what `cartable.engine.causing` made.
        limit_per_code: at most so many of each code, the worst of them; None for all.
    """
    limit = ""
    if limit_per_code is not None:
        worst = f"list_position([{', '.join(map(literal, Severity))}], one.severity)"
        limit = (
            f"qualify row_number() over (partition by one.code order by {worst}, one.number) "
            f"<= {int(limit_per_code)}"
        )
    cause, joins = "", ""
    if is_grouped:
        cause = ", cause.number"
        joins = "left join grouped on grouped.number = one.number left join cause using (head)"
    sql = f"select {listed('one')}{cause} from report as one {joins} {limit} order by one.number"
    for batch in workspace.stream(sql, size=AT_ONCE):
        for row in batch:
            yield finding_of(*row)


def of_family(workspace: Workspace, family: str) -> Iterator[Finding]:
    """The findings whose code begins with the family's name and a dot, by number."""
    sql = f"select {listed('one')} from report as one where starts_with(code, ?) order by number"
    for batch in workspace.stream(sql, [f"{family}."]):
        for row in batch:
            yield finding_of(*row)


def by_code(workspace: Workspace) -> dict[str, int]:
    """How many findings each code has, in the order of the codes' first numbers."""
    counted = workspace.execute("select code, count(*) from report group by code order by min(number)")
    return {str(code): int(str(total)) for code, total in counted}


def recall(workspace: Workspace, kept: Iterable[Finding]) -> None:
    """Make `report` of findings that a run kept."""
    workspace.execute(REPORT)
    rows = (
        (
            found.number,
            found.code,
            found.severity,
            found.action,
            found.file,
            found.line,
            found.column,
            found.record,
            found.value,
            json.dumps(dict(found.detail)) if found.detail else None,
            found.cause,
        )
        for found in kept
    )
    workspace.insert("report", _KEPT, rows)
