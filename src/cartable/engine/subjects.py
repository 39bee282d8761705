"""One entity of a delivery while it is checked: its tables, its views, and how findings are written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from cartable.engine import spelling
from cartable.engine.findings import LONGEST_VALUE, Found, add
from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import File, Need
from cartable.model.deliveries import DeliveredFile
from cartable.model.entities import Entity, Field
from cartable.model.findings import Action, Severity
from cartable.model.options import CheckOptions
from cartable.rules.catalogue import RULES
from cartable.rules.rule import Rule

# What every finding says of its row: `element` is the element of a list that is at fault,
# `cause_…` the excluded row that it follows from.
_NOTE = {
    "_line": "bigint",
    "code": "varchar",
    "severity": "varchar",
    "action": "varchar",
    "field": "varchar",
    "value": "varchar",
    "element": "varchar",
    "detail": "varchar",
    "cause_entity": "varchar",
    "cause_line": "bigint",
}


@dataclass
class Subject:
    """One entity of the delivery while it is judged.

    Its tables: `excluded_` (_line), `blanked_` (_line, field, element), `twin_` (_line: rows whose
    key an earlier row has), `shared_` (_line: rows that another source has alike in the roster), and
    where rows are suspect `suspect_` (those rows as received), `sound_` (the others) and `mended_` (the
    suspects in canonical spelling, their trimmed keys, `_damaged`).
    Its views: `canonical_` (every row, values in canonical spelling, NULL where empty or at fault, and
    `_damaged`: the fields whose value is at fault by itself) and `seen_` (less the twins).

    Args:
        layout: how the format spells the entity.
        file: the file that was delivered, None where there is none or it could not be read.
        respelled: fields whose canonical values stand in a table, see `cartable.engine.respelling`.
        suspected: fields for which it holds values that a rule may be broken by.
        traces: codes of which the byte scan saw a trace in the file.
        is_mended: whether there are `suspect_`, `sound_` and `mended_`.
        twins, excluded, blanked: how many rows the tables of these names have.
        pulled: how many of its rows were taken out before they were read.
        is_open: whether others may refer to rows that it does not have, since it is no whole.
        outside: which records there are beside its rows; None where nobody can say.
        unread: whether there are rows whose key cannot be read; known once it is settled.
    """

    workspace: Workspace
    entity: Entity
    layout: File
    file: DeliveredFile | None
    options: CheckOptions
    respelled: set[str] = field(default_factory=set)
    suspected: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    is_mended: bool = False
    twins: int = 0
    excluded: int = 0
    blanked: int = 0
    pulled: int = 0
    unread: bool = False
    is_open: bool = False
    outside: RosterReader | None = None

    def __post_init__(self) -> None:
        for name, columns in (
            ("excluded", "_line bigint"),
            ("blanked", "_line bigint, field varchar, element varchar"),
            ("twin", "_line bigint"),
            ("shared", "_line bigint"),
        ):
            self.execute(f"create or replace table {self.table(name)} ({columns})")
        if self.file is None:
            self.make_views()

    @property
    def is_packaged(self) -> bool:
        """Whether its rows are a file's own, and none of the roster's."""
        return self.layout.shape is not None

    @property
    def present(self) -> tuple[Field, ...]:
        """The fields whose column was delivered."""
        columns = set(self.file.columns) if self.file else set()
        return tuple(field for field in self.entity.fields if field.name in columns)

    def has(self, *names: str) -> bool:
        """Whether the file could be read and has these fields' columns."""
        return self.file is not None and set(names) <= set(self.file.columns)

    @property
    def rows(self) -> int:
        """How many rows were delivered."""
        return self.file.rows if self.file else 0

    def is_required(self, name: str) -> bool:
        """Whether the format asks for a value in every row."""
        return self.layout.column_of(name).need is Need.REQUIRED

    def by_requirement(self, rule: Rule, name: str) -> tuple[Severity, Action]:
        """The severity and action of a rule for one field."""
        if rule.severity is not None and rule.action is not None:
            return rule.severity, rule.action
        if self.is_required(name):
            return Severity.ERROR, Action.EXCLUDE
        return Severity.WARNING, Action.BLANK

    def table(self, kind: str) -> str:
        """One of the entity's tables or views, as an SQL identifier."""
        return quoted(f"{kind}_{self.entity.name}")

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        """Run one statement."""
        return self.workspace.execute(sql)

    def count(self, table: str) -> int:
        """How many rows a table or a `select` in brackets has."""
        return int(str(self.execute(f"select count(*) from {table}")[0][0]))

    def make_views(self) -> None:
        """(Re)make `canonical_` and `seen_` from what is known of the values by now."""
        names = ", ".join(quoted(field.name) for field in self.entity.fields)
        fields = ", ".join(
            f"{self._canonical(field)} as {quoted(field.name)}" for field in self.entity.fields
        )
        joins = " ".join(
            f"left join {self.spellings(name)} as {codes} on {codes}.received = raw.{quoted(name)}"
            for name, codes in ((name, _codes(name)) for name in sorted(self.respelled))
        )
        rows, mended = "raw", ""
        if self.is_mended:
            rows = "sound"
            # The few rows that need a close look were spelled once; the others need none.
            mended = f"union all select _line, {names}, _damaged from {self.table('mended')}"
        self.execute(
            f"create or replace view {self.table('canonical')} as select raw._line, {fields}, "
            f"cast(null as varchar[]) as _damaged from {self.table(rows)} as raw {joins} {mended}"
        )
        self._make_seen()

    def _make_seen(self) -> None:
        twins = f"anti join {self.table('twin')} as twin using (_line)" if self.twins else ""
        self.execute(
            f"create or replace view {self.table('seen')} as "
            f"select one.* from {self.table('canonical')} as one {twins}"
        )

    def spellings(self, name: str) -> str:
        """The table of a field's canonical values by the value received, as an SQL identifier."""
        return quoted(f"spelling_{self.entity.name}_{name}")

    def _canonical(self, field: Field) -> str:
        """SQL: the canonical value of a field in a row that is not suspect."""
        value = f"raw.{quoted(field.name)}"
        if field.name in self.respelled:
            codes = _codes(field.name)
            if field.type.is_list:
                return f"{codes}.spelled"
            return f"case when {codes}.received is null then {value} else {codes}.spelled end"
        if field.type.is_list:
            return "cast(null as varchar[])"
        return value if spelling.is_coded(field) else spelling.unified(field, self.options, value)

    def note(self, rule: Rule, severity: Severity, action: Action, rows: str) -> int:
        """Write findings of one rule and what becomes of their rows; return how many.

        Args:
            rows: a SELECT of `_line` and of what else is known of `_NOTE`, by name.
        """
        return self.note_all(
            f"select *, {literal(rule.code)} as code, {literal(severity)} as severity, "
            f"{literal(action)} as action from ({rows}) as told",
            {action},
        )

    def note_all(self, rows: str, actions: set[Action]) -> int:
        """Write findings of any rules and what becomes of their rows; return how many.

        Args:
            rows: as for `note`, with code, severity and action.
            actions: those that may be among them.
        """
        shape = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in _NOTE.items())
        total = self.write(
            f"create or replace temp table note as select * from (select {shape}) where false "
            f"union all by name ({rows})"
        )
        if not total:
            return 0
        headers = " ".join(
            f"when {literal(column.field)} then {literal(column.name)}"
            for column in (*self.layout.columns, *self.layout.extensions)
        )
        name = self.file.name if self.file else self.layout.name
        self.execute(
            f"""insert into finding (code, severity, action, entity, file, line, "column", field, value,
                detail, cause_entity, cause_line)
            select code, severity, action, {literal(self.entity.name)}, {literal(name)}, _line,
                case field {headers} end, field, left(value, {LONGEST_VALUE}), detail,
                cause_entity, cause_line
            from note"""
        )
        if Action.EXCLUDE in actions:
            self.exclude(f"select _line from note where action = {literal(Action.EXCLUDE)}")
        if Action.BLANK in actions:
            self.blank(f"select _line, field, element from note where action = {literal(Action.BLANK)}")
        return total

    def exclude(self, lines: str) -> None:
        """Leave rows out; each stands once in `excluded_`."""
        table = self.table("excluded")
        known = f"except (select _line from {table})" if self.excluded else ""
        self.excluded += self.write(f"insert into {table} (select distinct * from ({lines})) {known}")

    def blank(self, values: str) -> None:
        """Blank values, or elements of lists; each stands once in `blanked_`."""
        table = self.table("blanked")
        known = f"except (select _line, field, element from {table})" if self.blanked else ""
        self.blanked += self.write(f"insert into {table} (select distinct * from ({values})) {known}")

    @property
    def standing(self) -> tuple[int, int, int]:
        """How many rows are left out, values blanked and twins set aside by now."""
        return self.excluded, self.blanked, self.twins

    def return_to(self, standing: tuple[int, int, int]) -> None:
        """Forget what has become of rows since it stood so."""
        self.excluded, self.blanked, self.twins = standing
        # These tables only grow, so that a row's place says when it came.
        for kind, rows in zip(("excluded", "blanked", "twin"), standing, strict=True):
            self.execute(f"delete from {self.table(kind)} where rowid >= {rows}")
        self._make_seen()

    def add_twins(self, lines: str) -> None:
        """Set rows aside whose key an earlier row has: no query sees them."""
        self.twins += self.write(f"insert into {self.table('twin')} {lines}")
        self._make_seen()

    def set_apart(self, suspects: str) -> None:
        """Split the rows into `sound_` and `suspect_`, so that nobody passes the suspects by again.

        `raw_` becomes a view of both. That rows are deleted moves no other row's place.

        Args:
            suspects: a condition over rows of `row_`; where it is true of none, nothing happens.
        """
        raw, row, sound, suspect = map(self.table, ("raw", "row", "sound", "suspect"))
        if not self.write(f"create or replace table {suspect} as select * from {row} where {suspects}"):
            self.execute(f"drop table {suspect}")
            return
        self.execute(f"delete from {self.table('text')} where rowid in (select place from {suspect})")
        self.execute(f"create or replace view {sound} as select * exclude (place) from {row}")
        self.execute(
            f"create or replace view {raw} as "
            f"select * from {sound} union all select * exclude (place) from {suspect}"
        )
        self.is_mended = True

    def write(self, sql: str) -> int:
        """Run an INSERT or CREATE TABLE AS and return how many rows it wrote."""
        return int(str(self.execute(sql)[0][0]))


def _codes(name: str) -> str:
    """The alias of a field's table of spellings in a view."""
    return quoted(f"spelling of {name}")


def detail_of(texts: Mapping[str, str]) -> str:
    """SQL: the detail of a finding, of SQL texts by name; what is NULL becomes an empty text."""
    parts = ", ".join(f"{literal(name)}, coalesce({sql}, '')" for name, sql in texts.items())
    return f"cast(json_object({parts}) as varchar)" if parts else "null"


@contextmanager
def guarded(subject: Subject, rule: str) -> Iterator[None]:
    """A rule that crashes becomes a finding that holds the run; the others are still run."""
    try:
        yield
    except duckdb.Error as error:
        # The text of the error may quote values of people; its kind does not.
        name = subject.file.name if subject.file else subject.layout.name
        detail = {"rule": rule, "reason": type(error).__name__}
        add(subject.workspace, [Found(RULES["check.failed"], subject.entity.name, name, detail=detail)])
