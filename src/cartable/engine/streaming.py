"""A plan's rows on their way: to the roster's database, into a plan file and out of it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from secrets import token_hex

from cartable.engine import describing, findings
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model import leaves
from cartable.model.decisions import Pinned
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.findings import Finding
from cartable.model.plans import ChangeKind, Kept, KeptReason

# The tables that a plan consists of, each a Parquet file of the same name in a plan file.
TABLES: tuple[str, ...] = (
    *("report", "kept", "pinned", "rekeyed", *describing.TABLES),
    *(f"change_{entity.name}" for entity in ENTITIES),
)

_PIECE = 1 << 20


class PlanRows:
    """The rows of the plan in a workspace, as `cartable.model.plans.ChangeRows`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        # Forgotten with this object: nobody can compute a record's salt again, nor learn one from another.
        self._secret = token_hex(32)

    def batches(
        self, entity: str, kind: ChangeKind, columns: Sequence[str]
    ) -> Iterator[list[tuple[object, ...]]]:
        """The rows of one kind as lists of tuples, sorted by key."""
        return self.workspace.stream(self._select(entity, kind, columns))

    def csv(
        self, entity: str, kind: ChangeKind, columns: Sequence[str], constants: Sequence[object] = ()
    ) -> Iterator[bytes]:
        """The same as RFC 4180 bytes, written by DuckDB on all cores and never parsed by Python."""
        path = self.workspace.directory / f"rows-{entity}-{kind}.csv"
        select = self._select(entity, kind, columns, constants)
        self.workspace.execute(
            f"copy ({select}) to {literal(str(path))} (format csv, header false, nullstr '')"
        )
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        finally:
            path.unlink()

    def leaves(self, entity: str, parts: Mapping[str, str]) -> Iterator[list[str]]:
        """The leaves of what additions make, computed and sorted by DuckDB on all cores."""
        kind = BY_NAME[entity]
        expressions = dict.fromkeys(leaves.PARTS, "null")
        expressions |= {name: name for name in (leaves.REASON, leaves.LINE, leaves.DIGEST)}
        expressions |= {name: literal(text) for name, text in parts.items()}
        expressions |= {field.name: quoted(field.name) for field in kind.fields}
        expressions[leaves.SALT] = self._salt(kind)
        sql = (
            f"select sha256({leaves.sql(kind, expressions)}) as leaf from {quoted('change_' + entity)} "
            f"where kind = {literal(ChangeKind.ADD)} order by leaf"
        )
        for batch in self.workspace.stream(sql):
            yield [leaf for (leaf,) in batch]

    def findings(self) -> Iterator[Finding]:
        """The findings of the check that the plan rests on."""
        return findings.findings(self.workspace)

    def kept(self) -> Iterator[Kept]:
        """The records that the plan leaves at their last good state."""
        for batch in self.workspace.stream(
            "select entity, key, reason, code, file, line, keep, why, until from kept order by entity, key"
        ):
            for entity, key, reason, code, file, *rest in batch:
                yield Kept(entity, tuple(key), KeptReason(reason), code or "", file or "", *rest)

    def pinned(self) -> Iterator[Pinned]:
        """The fields that the plan would have changed and leaves, because they are pinned."""
        for batch in self.workspace.stream(
            "select entity, id, key, field, delivered, stays, number, author, why from pinned "
            "order by entity, key, field"
        ):
            for entity, record, key, *rest in batch:
                yield Pinned(entity, record, tuple(key), *rest)

    def _select(
        self, entity: str, kind: ChangeKind, columns: Sequence[str], constants: Sequence[object] = ()
    ) -> str:
        keys = ", ".join(quoted(key) for key in BY_NAME[entity].key)
        salt = self._salt(BY_NAME[entity])
        listed = [salt if column == leaves.SALT else quoted(column) for column in columns]
        listed += [literal(str(constant)) for constant in constants]
        return (
            f"select {', '.join(listed)} from {quoted('change_' + entity)} "
            f"where kind = {literal(kind)} order by {keys}"
        )

    def _salt(self, entity: Entity) -> str:
        keys = ", ".join(quoted(key) for key in entity.key)
        parts = f"{literal(self._secret)}, {literal(entity.name)}, {keys}"
        return f"cast(md5_number(concat_ws(chr(31), {parts})) & 9223372036854775807 as bigint)"


def written(workspace: Workspace, table: str) -> Path:
    """Write one of `TABLES` to a Parquet file in the workspace's directory, and return its path."""
    path = workspace.directory / f"{table}.parquet"
    workspace.execute(f"copy (select * from {quoted(table)}) to {literal(str(path))} (format parquet)")
    return path


def taken_in(workspace: Workspace, table: str, path: Path) -> None:
    """Make one of `TABLES` of the Parquet file that `written` wrote."""
    workspace.execute(
        f"create or replace table {quoted(table)} as select * from read_parquet({literal(str(path))})"
    )
