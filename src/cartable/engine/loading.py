"""Loads the rows of one file into DuckDB, each with its line number."""

from pathlib import Path

import duckdb

from cartable.engine.heading import Head, Header
from cartable.engine.sifting import FILLER, Sieve
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import File
from cartable.model.entities import Entity

# DuckDB's own limit for a line; its buffers are sixteen times as long. For a longer line they need only
# hold two of it, and one thread at a time.
_LINE_SIZE = 2_000_000


def create_empty(workspace: Workspace, entity: Entity) -> None:
    """Make the tables of an entity of which no row was delivered."""
    columns = ", ".join(f"{name} varchar" for name in _names(entity))
    for kind in ("raw_", "row_"):
        workspace.execute(f"drop view if exists {quoted(kind + entity.name)}")
    workspace.execute(f"create or replace table {quoted('text_' + entity.name)} (_line bigint, {columns})")
    make_views(workspace, entity)


def _names(entity: Entity) -> list[str]:
    return [quoted(field.name) for field in entity.fields]


def make_views(workspace: Workspace, entity: Entity, line: str = "_line") -> None:
    """The rows of the table `text_` with their `place` in it and their `_line`; and without the place.

    Args:
        line: SQL: the line of a row.
    """
    names, rows = ", ".join(_names(entity)), quoted("row_" + entity.name)
    workspace.execute(
        f"create or replace view {rows} as "
        f"select rowid as place, {line} as _line, {names} from {quoted('text_' + entity.name)}"
    )
    workspace.execute(
        f"create or replace view {quoted('raw_' + entity.name)} as select * exclude (place) from {rows}"
    )


def load(workspace: Workspace, file: File, path: Path, head: Head, header: Header, sieve: Sieve) -> bool:
    """Fill the file's table; whether exactly the rows arrived that the scan had counted.

    Lines follow from the order of the rows in the table: to number rows while they are read would keep
    DuckDB to one thread.
    """
    if not sieve.kept:
        return True
    # A path may hold characters that DuckDB takes for wildcards; a link of our own holds none.
    source = workspace.directory / f"{file.entity}.csv"
    source.unlink(missing_ok=True)
    source.symlink_to(sieve.copy or path.absolute())
    places = {field: f"c{place}" for field, place in header.fields.items()}
    columns = ", ".join(
        f"{places.get(field.name, 'cast(null as varchar)')} as {quoted(field.name)}"
        for field in file.records.fields
    )
    rows, table = _rows(workspace, source, header, sieve), quoted("text_" + file.entity)
    try:
        ((arrived,),) = workspace.execute(f"create or replace table {table} as select {columns} from {rows}")
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
        return False
    finally:
        source.unlink(missing_ok=True)
    if sieve.fillers:
        told = f"{quoted(sieve.told_by)} = {literal(FILLER)}"
        ((filled,),) = workspace.execute(f"delete from {table} where {told}")
        arrived -= filled
    if arrived != sieve.kept:
        return False
    make_views(workspace, file.records, f"rowid + {head.following}")
    return True


def _rows(workspace: Workspace, source: Path, header: Header, sieve: Sieve) -> str:
    """SQL: the rows of the file as texts `c0`, `c1`, …, in their order."""
    shape = ", ".join(f"c{place}: 'varchar'" for place in range(header.width))
    line_size, buffers = _LINE_SIZE, "parallel=true"
    if sieve.longest + 2 > line_size:
        line_size = sieve.longest + 2
        buffers = f"parallel=false, buffer_size={2 * line_size}"
        # Values of megabytes are copied by every thread that works on them, in the rules too.
        workspace.execute("set threads = 1")
    return (
        f"read_csv({literal(str(source))}, auto_detect=false, header=true, delim=',', quote='\"', "
        f"escape='\"', compression='none', encoding='utf-8', strict_mode=true, null_padding=false, "
        f"{buffers}, max_line_size={line_size}, columns={{{shape}}})"
    )
