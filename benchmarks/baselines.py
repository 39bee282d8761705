"""What the work is compared with, each a process of its own: `python -m benchmarks.baselines NAME …`.

`read DIR` reads a delivery's files into DuckDB text tables with line numbers and does nothing else.
`copy DIR DATABASE` then copies those rows into unindexed tables of a new SQLite file, by the
driver that a sync uses, and prints the seconds that the copy alone took.
"""

import csv
import sqlite3
import sys
import time
from pathlib import Path

import duckdb

OPTIONS = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', strict_mode=true"


def connected(scratch: Path, memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB that writes to a directory what its memory does not hold."""
    config = {"memory_limit": memory} if memory else {}
    return duckdb.connect(config={"temp_directory": str(scratch), **config})


def read(directory: Path, memory: str | None) -> duckdb.DuckDBPyConnection:
    """The delivery's files as tables named after them."""
    connection = connected(directory.with_name("scratch"), memory)
    for path in sorted(directory.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        columns = ", ".join(f"'{name}': 'varchar'" for name in header)
        connection.execute(
            f'create table "{path.stem}" as select row_number() over () + 1 as _line, * '
            f"from read_csv('{path}', {OPTIONS}, columns={{{columns}}})"
        )
    return connection


def copy(directory: Path, database: Path, memory: str | None) -> float:
    """Seconds that copying all rows into unindexed tables of `database` takes."""
    source = read(directory, memory)
    target = sqlite3.connect(database, isolation_level=None)
    target.execute("pragma journal_mode = wal")
    begun = time.perf_counter()
    target.execute("begin immediate")
    for (table,) in source.execute("select table_name from duckdb_tables()").fetchall():
        cursor = source.execute(f'select * exclude (_line) from "{table}"')
        names = [column[0] for column in cursor.description]
        target.execute(f'create table "{table}" ({", ".join(f"{n!r} text" for n in names)})')
        marks = ", ".join("?" for _ in names)
        while batch := cursor.fetchmany(20_000):
            target.executemany(f'insert into "{table}" values ({marks})', batch)
    target.execute("commit")
    return time.perf_counter() - begun


def main(name: str, *arguments: str) -> None:
    """Run one baseline."""
    if name == "read":
        read(Path(arguments[0]), arguments[1] if len(arguments) > 1 else None)
    else:
        print(copy(Path(arguments[0]), Path(arguments[1]), arguments[2] if len(arguments) > 2 else None))


if __name__ == "__main__":
    main(*sys.argv[1:])
