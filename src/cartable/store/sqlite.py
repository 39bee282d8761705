"""SQLite, through Python's own driver and nothing else.

A second SQLite library in the process (DuckDB's or ADBC's) would drop the first one's file locks.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from cartable.model.entities import Field
from cartable.model.plans import ChangeRows
from cartable.model.types import FieldType
from cartable.store.columns import listed, quoted, snake
from cartable.store.drivers import Wanted

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from cartable.store.drivers import Ids

_BATCH = 10_000
_SHA256 = "cartable_sha256"
_QUOTE = "cartable_quote"
_CONTAINS = "cartable_contains"


def _literal(value: str | int) -> str:
    # Constants stand in the statement, so that rows go from the plan to the driver untouched.
    # `%` is doubled, because Django reads it as a placeholder's.
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _contains(text: str | None, part: str) -> bool:
    return text is not None and part.lower() in text.lower()


def _in_path(text: str) -> str:
    return quote(text, safe="")


def _numbers(text: str | None) -> "Ids":
    import numpy as np

    return np.fromstring(text or "", dtype=np.int64, sep=",")


class Sqlite:
    """The embedded database."""

    bytewise = "collate binary"
    serial = "integer primary key"

    def json_text(self, text: str) -> str:
        """See `Driver`."""
        # NULL stays NULL: a text is never spelled without quotation marks.
        return f"nullif(json_quote({text}), 'null')"

    def joined(self, text: str) -> str:
        """See `Driver`."""
        return f"group_concat({text}, ',')"

    def in_path(self, connection: "BaseDatabaseWrapper", text: str) -> str:
        """A function of ours, called for what needs it alone."""
        connection.connection.create_function(_QUOTE, 1, _in_path, deterministic=True)
        return f"case when {text} glob '*[^A-Za-z0-9._~-]*' then {_QUOTE}({text}) else {text} end"

    def next_day_of_text(self, day: str) -> str:
        """See `Driver`."""
        return self.next_day(day)

    def json_elements(self, document: str) -> str:
        """See `Driver`."""
        return f"json_each({document}) as elements"

    def json_document(self, text: str) -> str:
        """See `Driver`."""
        return text

    def contains(self, connection: "BaseDatabaseWrapper", text: str, part: str) -> str:
        """A function of ours: SQLite folds no letters but those of ASCII."""
        connection.connection.create_function(_CONTAINS, 2, _contains, deterministic=True)
        return f"{_CONTAINS}({text}, {part})"

    def json_field(self, document: str, *path: str) -> str:
        """See `Driver`."""
        names = "".join(f'."{name}"' for name in path)
        return f"json_extract({document}, '${names}')"

    def next_day(self, day: str) -> str:
        """Days are kept as ISO 8601 texts."""
        return f"date({day}, '+1 day')"

    def begin_reading(self, connection: "BaseDatabaseWrapper") -> None:
        """A deferred transaction: in WAL mode it holds its state from the first read on."""
        with connection.cursor() as cursor:
            cursor.execute("begin")

    def begin_verifying(self, connection: "BaseDatabaseWrapper") -> None:
        """The same; a text that was made none reads as its bytes."""
        self.begin_reading(connection)
        connection.connection.text_factory = lambda content: content.decode("utf-8", "backslashreplace")

    def lock(self, connection: "BaseDatabaseWrapper") -> None:
        """Nothing to do: the transaction began as IMMEDIATE."""

    @contextmanager
    def patient(self, connection: "BaseDatabaseWrapper", seconds: float) -> Iterator[None]:
        """See `Driver`."""
        with connection.cursor() as cursor:
            (before,) = cursor.execute("pragma busy_timeout").fetchone()
            cursor.execute(f"pragma busy_timeout = {int(seconds * 1000)}")
            try:
                yield
            finally:
                cursor.execute(f"pragma busy_timeout = {int(before)}")

    def lock_tables(self, connection: "BaseDatabaseWrapper") -> None:
        """Nothing to do: the transaction began as IMMEDIATE."""

    def scrub(self, connection: "BaseDatabaseWrapper", tables: Sequence[str]) -> None:  # noqa: ARG002
        """The whole file is written anew, without free pages, and the write-ahead log is emptied."""
        with connection.cursor() as cursor:
            cursor.execute("vacuum")
            cursor.execute("pragma wal_checkpoint(truncate)")

    def copy(self, connection: "BaseDatabaseWrapper", table: str, wanted: Wanted, rows: ChangeRows) -> int:
        """Bound tuples, as they come; a boolean is compared with its text."""
        marks = ["%s = 'true'" if field.type is FieldType.BOOLEAN else "%s" for field in wanted.fields]
        marks += ["%s"] * len(wanted.extras)
        marks += [_literal(value) for _, value in wanted.constants]
        names = [snake(name) for name in wanted.names] + [name for name, _ in wanted.constants]
        sql = f"insert into {quoted(table)} ({listed(names)}) values ({', '.join(marks)})"
        count = 0
        with connection.cursor() as cursor:
            for batch in rows.batches(wanted.entity.name, wanted.kind, wanted.names):
                cursor.executemany(sql, batch)  # type: ignore[arg-type]  # narrower than SQLite is
                count += len(batch)
        return count

    def insert(
        self,
        connection: "BaseDatabaseWrapper",
        table: str,
        columns: Sequence[str],
        rows: Iterable[tuple[object, ...]],
    ) -> None:
        """Bound tuples in batches."""
        marks = ", ".join(["%s"] * len(columns))
        sql = f"insert into {quoted(table)} ({listed(columns)}) values ({marks})"
        left = iter(rows)
        with connection.cursor() as cursor:
            while batch := list(islice(left, _BATCH)):
                cursor.executemany(sql, batch)  # type: ignore[arg-type]  # narrower than SQLite is

    def measure(self, connection: "BaseDatabaseWrapper", table: str) -> None:
        """Nothing to do: SQLite is told the order of joins."""

    def text(self, field: Field, column: str) -> str:
        """Dates are kept as ISO texts, but Django would make objects of them; booleans are spelled."""
        if field.type is FieldType.DATE:
            return f"cast({column} as text)"
        if field.type is FieldType.BOOLEAN:
            return f"case {column} when 1 then 'true' when 0 then 'false' end"
        return column

    def instant(self, column: str) -> str:
        """Django keeps them as texts, and leaves out microseconds that are none."""
        return f"case length({column}) when 19 then {column} || '.000000' else {column} end"

    def sha256(self, connection: "BaseDatabaseWrapper", text: str) -> str:
        """A function of ours: Django's own fails where a text was made none."""
        connection.connection.create_function(_SHA256, 1, _sha256, deterministic=True)
        return f"{_SHA256}(cast({text} as blob))"

    def folded(self, column: str) -> str:
        """SQLite knows no other capitals."""
        return f"lower({column})"

    def elements(self, column: str) -> str:
        """See `Driver`."""
        return f"json_each({column})"

    # Numbers leave as one text for thousands of rows, which NumPy parses: three times as fast as a
    # tuple for each row. NOT INDEXED keeps to the table itself, which lies in the order of the ids.

    def active_digests(self, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range) -> "Ids":
        """See `Driver`."""
        (digests,) = self._listings(connection, "group_concat(digest)", table, source, ids, "and active")
        return digests

    def digests(
        self, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range
    ) -> "tuple[Ids, Ids]":
        """See `Driver`."""
        lists = "group_concat(case when active then id else -id end), group_concat(digest)"
        signed, digests = self._listings(connection, lists, table, source, ids)
        return signed, digests

    def _listings(
        self,
        connection: "BaseDatabaseWrapper",
        lists: str,
        table: str,
        source: str,
        ids: range,
        condition: str = "",
    ) -> "list[Ids]":
        with connection.cursor() as cursor:
            cursor.execute(
                f"select {lists} from {quoted(table)} not indexed "
                f"where id >= %s and id < %s and source = %s {condition}",
                (ids.start, ids.stop, source),
            )
            return [_numbers(text) for text in cursor.fetchone()]
