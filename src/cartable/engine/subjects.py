"""One entity of a delivery while it is checked: its tables, its views, and how findings are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from cartable.engine import spelling
from cartable.engine.findings import LONGEST_VALUE, Found, add
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import File, Need
from cartable.model.deliveries import DeliveredFile
from cartable.model.entities import Entity, Field
from cartable.model.findings import Action, Severity
from cartable.model.options import CheckOptions
from cartable.rules.catalogue import RULES
from cartable.rules.rule import Rule

# What every finding says of its row, beside its rule: `element` is the element of a list that is
# at fault, `cause_…` the excluded row that this finding follows from.
_NOTE = """
create or replace temp table note (
    _line bigint, field varchar, value varchar, element varchar, detail varchar,
    cause_entity varchar, cause_line bigint
)
"""


@dataclass
class Subject:
    """One entity of the delivery while it is judged.

    Its tables: `excluded_` (_line), `blanked_` (_line, field, element), `damaged_` (_line, field:
    values at fault by themselves), `twin_` (_line: rows whose key an earlier row has). Its views:
    `canonical_` (every row, values in canonical spelling, NULL where empty or at fault) and `seen_`
    (less the twins, with `_damaged`).

    Args:
        layout: how the format spells the entity.
        file: the file that was delivered, None where there is none or it could not be read.
        dirty: fields with blanks around values; their values are trimmed wherever they are read.
        faulty: fields with values that break the rules of their type.
        respelled: fields whose canonical values stand in a table, see `cartable.engine.respelling`.
        suspected: those of them with values that a rule may be broken by.
    """

    workspace: Workspace
    entity: Entity
    layout: File
    file: DeliveredFile | None
    options: CheckOptions
    dirty: set[str] = field(default_factory=set)
    faulty: set[str] = field(default_factory=set)
    respelled: set[str] = field(default_factory=set)
    suspected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name, columns in (
            ("excluded", "_line bigint"),
            ("blanked", "_line bigint, field varchar, element varchar"),
            ("damaged", "_line bigint, field varchar"),
            ("twin", "_line bigint"),
        ):
            self.execute(f"create or replace table {self.table(name)} ({columns})")
        self.make_views()

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
        raw = self.table("raw")
        fields = ", ".join(
            f"{self._canonical(field)} as {quoted(field.name)}" for field in self.entity.fields
        )
        joins = " ".join(
            f"left join {self.spellings(name)} as {codes} on {codes}.received = raw.{quoted(name)}"
            for name, codes in ((name, _codes(name)) for name in sorted(self.respelled))
        )
        self.execute(
            f"create or replace view {self.table('canonical')} as "
            f"select raw._line, {fields} from {raw} as raw {joins}"
        )
        twins = (
            f"anti join {self.table('twin')} as twin using (_line)" if self.count(self.table("twin")) else ""
        )
        damaged, damage = "cast(null as varchar[])", ""
        if self.count(self.table("damaged")):
            damaged = "damage.fields"
            damage = (
                "left join (select _line, list(field) as fields "
                f"from {self.table('damaged')} group by _line) as damage using (_line)"
            )
        self.execute(
            f"create or replace view {self.table('seen')} as select one.*, {damaged} as _damaged "
            f"from {self.table('canonical')} as one {twins} {damage}"
        )

    def spellings(self, name: str) -> str:
        """The table of a field's canonical values by the value received, as an SQL identifier."""
        return quoted(f"spelling_{self.entity.name}_{name}")

    def _canonical(self, field: Field) -> str:
        value = f"raw.{quoted(field.name)}"
        if field.name in self.respelled:
            codes = _codes(field.name)
            if field.type.is_list:
                return f"{codes}.spelled"
            return f"case when {codes}.received is null then {value} else {codes}.spelled end"
        if field.type.is_list:
            return "cast(null as varchar[])"
        if field.name in self.dirty:
            value = spelling.without_blanks(value)
        if spelling.is_coded(field):
            return value
        spelled = spelling.unified(field, self.options, value)
        if field.name not in self.faulty:
            return spelled
        damaged = f"select _line from {self.table('damaged')} where field = {literal(field.name)}"
        return f"case when raw._line in ({damaged}) then null else {spelled} end"

    def note(self, rule: Rule, severity: Severity, action: Action, rows: str) -> int:
        """Write findings and what becomes of their rows; return how many.

        Args:
            rows: a SELECT of `_line` and of what else of `_NOTE` is known, by name.
        """
        self.execute(_NOTE)
        self.execute(f"insert into note by name {rows}")
        total = self.count("note")
        if not total:
            return 0
        headers = " ".join(
            f"when {literal(column.field)} then {literal(column.name)}" for column in self.layout.columns
        )
        name = self.file.name if self.file else self.layout.name
        self.execute(
            f"""insert into finding (code, severity, action, entity, file, line, "column", field, value,
                detail, cause_entity, cause_line)
            select {literal(rule.code)}, {literal(severity)}, {literal(action)}, {literal(self.entity.name)},
                {literal(name)}, _line, case field {headers} end, field, left(value, {LONGEST_VALUE}),
                detail, cause_entity, cause_line
            from note"""
        )
        if action is Action.EXCLUDE:
            self.exclude("select _line from note")
        elif action is Action.BLANK:
            self.blank("select _line, field, element from note")
        return total

    def exclude(self, lines: str) -> None:
        """Leave rows out; each stands once in `excluded_`."""
        excluded = self.table("excluded")
        self.execute(f"insert into {excluded} ({lines}) except (select _line from {excluded})")

    def blank(self, values: str) -> None:
        """Blank values, or elements of lists; each stands once in `blanked_`."""
        blanked = self.table("blanked")
        self.execute(f"insert into {blanked} ({values}) except (select _line, field, element from {blanked})")


def _codes(name: str) -> str:
    """The alias of a field's table of spellings in a view."""
    return quoted(f"spelling of {name}")


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
