"""A plan's rows on their way: to the roster's database, into a plan file and out of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cartable.engine import findings
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.findings import Finding
from cartable.model.plans import ChangeKind

# The tables that a plan consists of, each a Parquet file of the same name in a plan file.
TABLES: tuple[str, ...] = ("report", *(f"change_{entity.name}" for entity in ENTITIES))

_PIECE = 1 << 20


class PlanRows:
    """The rows of the plan in a workspace, as `cartable.model.plans.ChangeRows`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

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

    def findings(self) -> Iterator[Finding]:
        """The findings of the check that the plan rests on."""
        return findings.findings(self.workspace)

    def _select(
        self, entity: str, kind: ChangeKind, columns: Sequence[str], constants: Sequence[object] = ()
    ) -> str:
        listed = [quoted(column) for column in columns] + [literal(str(constant)) for constant in constants]
        keys = ", ".join(quoted(key) for key in BY_NAME[entity].key)
        return (
            f"select {', '.join(listed)} from {quoted('change_' + entity)} "
            f"where kind = {literal(kind)} order by {keys}"
        )


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
