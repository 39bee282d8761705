"""One DuckDB connection with its temporary directory, and the tables that the engine's steps share."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from cartable.errors import SystemFailure
from cartable.model.profiles import Profile

# Large enough that a batch costs nothing a row, small enough that it is nothing in memory: so many
# rows, or so many characters in them.
BATCH = 10_000
_BATCH_LENGTH = 4_000_000

_PREFIX, _LOCK = "cartable-work-", "lock"

# Findings as the steps write them, before they are numbered. `column` is the header, `field` the
# field's name; `detail` a JSON object of texts; `cause_entity` and `cause_line` name the excluded
# row that this finding follows from; `damage`, `damage_entity` and `damage_field` the finding about a
# whole column (or, without field, a whole file) that it follows from, `damage_line` its line where there
# is one of every row.
_FINDING = """
create table finding (
    code varchar, severity varchar, action varchar, entity varchar, file varchar, line bigint,
    "column" varchar, field varchar, record varchar[], value varchar, detail varchar,
    cause_entity varchar, cause_line bigint,
    damage varchar, damage_entity varchar, damage_field varchar, damage_line bigint
)
"""

# Rows that the byte scan took out before DuckDB saw the file. `key` holds the values of the
# entity's key in its order, or NULL where they cannot be read.
_PULLED = "create table pulled (entity varchar, line bigint, key varchar[])"

# Codes of which the byte scan saw a trace in an entity's file, see `cartable.engine.tracing`.
_TRACE = "create table trace (entity varchar, code varchar)"

# Of a plan's records, those that get a new key, and by what traits each is known to be the same.
REKEYED = "create or replace table rekeyed (entity varchar, old varchar, new varchar, traits varchar[])"


class Workspace:
    """The engine's working memory for one delivery.

    Args:
        connection: DuckDB, in memory, spilling to `directory`.
        directory: a private temporary directory, gone when the work ends.

    Attributes:
        received: where the files of the delivery lie, by name.
        profile: of the delivery, once it was asked for (`cartable.engine.profiling`).
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
        self.connection = connection
        self.directory = directory
        self.received: dict[str, Path] = {}
        self.profile: Profile | None = None

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows; for statements and small answers."""
        return self.connection.execute(sql, parameters or None).fetchall()

    def stream(
        self, sql: str, parameters: Sequence[object] = (), size: int = 20_000
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a query in batches; on a cursor of its own, so that others may run meanwhile."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql, parameters or None)
            while batch := cursor.fetchmany(size):
                yield batch
        finally:
            cursor.close()

    def insert(self, table: str, columns: Mapping[str, object], rows: Iterable[Sequence[object]]) -> int:
        """Insert rows that Python made, a batch a statement, and return how many.

        Only one batch is held in memory, so the iterable may be as long as it likes.

        Args:
            columns: names and types; `["varchar"]` is a list of texts.
            rows: values in the order of `columns`.
        """
        # One JSON text a batch, and in it a list a column, which takes half as long as an object a row:
        # parameters that are Python lists take DuckDB a thousand times longer.
        names = ", ".join(quoted(name) for name in columns)
        values = ", ".join(f"unnest(r.{quoted(name)})" for name in columns)
        shape = literal(json.dumps({name: [kind] for name, kind in columns.items()}))
        sql = (
            f"insert into {quoted(table)} ({names}) select {values} "
            f"from (select from_json(?::json, {shape}) as r)"
        )
        total, left = 0, iter(rows)
        while batch := list(_first(left)):
            by_column = zip(columns, zip(*batch, strict=True), strict=True)
            self.execute(sql, [json.dumps(dict(by_column))])
            total += len(batch)
        return total


def _first(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    """The rows of the next batch."""
    length = 0
    for row in islice(rows, BATCH):
        yield row
        length += _characters(row)
        if length > _BATCH_LENGTH:
            return


def _characters(values: Iterable[object]) -> int:
    """The characters of texts, those in lists too."""
    total = 0
    for value in values:
        if isinstance(value, str):
            total += len(value)
        elif isinstance(value, list | tuple):
            total += _characters(value)
    return total


def _half_of_the_machine() -> str:
    """Half of the physical memory, as DuckDB writes a size: it takes no percentage here."""
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 2**21}MiB"


@contextmanager
def _private_directory() -> Iterator[Path]:
    """A directory for this process alone; what killed processes left of theirs goes first.

    They hold personal data. Who works in a directory keeps its lock, whatever process namespace
    it lives in; a lock that can be had is a dead one's.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), (left / _LOCK).open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        directory = Path(name)
        unlocked = directory / f"{_LOCK}.new"
        with unlocked.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unlocked.rename(directory / _LOCK)  # nobody may find it before it is locked
            yield directory


@contextmanager
def opened(memory: str | None = None) -> Iterator[Workspace]:
    """A fresh workspace.

    Args:
        memory: DuckDB's memory limit, such as "1GB"; None leaves half the machine's.
    """
    with _private_directory() as directory:
        connection = duckdb.connect(
            ":memory:",
            config={
                "temp_directory": str(directory),
                "memory_limit": memory or _half_of_the_machine(),
                # A checkpoint might close the gaps that deleted rows leave, and move the others' places.
                "checkpoint_threshold": "1TB",
                # Nothing is fetched from outside, whatever a path in a delivery looks like.
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                # A table that is not there is an error, not a Python variable of that name.
                "python_enable_replacements": "false",
            },
        )
        try:
            connection.execute(_FINDING)
            connection.execute(_PULLED)
            connection.execute(_TRACE)
            connection.execute(REKEYED)
            yield Workspace(connection, directory)
        except duckdb.OutOfMemoryException as error:
            raise SystemFailure(
                "The memory to work in is too little for this delivery, or the disk is full.",
                "Give more memory with --memory, or make room on the disk.",
            ) from error
        finally:
            connection.close()


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
