"""PostgreSQL, by COPY in and by aggregated bytes out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cartable.model.entities import Field
from cartable.model.plans import ChangeRows
from cartable.model.types import FieldType
from cartable.store.columns import listed, quoted, snake
from cartable.store.drivers import Wanted

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from cartable.store.drivers import Ids

# Any constant of our own: it names the lock, within one database.
_TABLES_LOCK = 0x63617274


def _numbers(data: bytes | memoryview | None) -> "Ids":
    import numpy as np

    # int8send writes the most significant byte first.
    return np.frombuffer(data or b"", dtype=">i8").astype(np.int64)


class Postgresql:
    """A PostgreSQL server."""

    bytewise = 'collate "C"'
    serial = "bigint generated always as identity primary key"

    def json_text(self, text: str) -> str:
        """See `Driver`."""
        return f"to_json({text})::text"

    def joined(self, text: str) -> str:
        """See `Driver`."""
        return f"string_agg({text}, ',')"

    def in_path(self, connection: "BaseDatabaseWrapper", text: str) -> str:  # noqa: ARG002
        """Letter by letter, for what needs it alone."""
        encoded = "regexp_replace(upper(encode(convert_to(letter, 'UTF8'), 'hex')), '(..)', '%%\\1', 'g')"
        return (
            f"case when {text} ~ '[^A-Za-z0-9._~-]' then (select string_agg("
            f"case when letter ~ '[A-Za-z0-9._~-]' then letter else {encoded} end, '') "
            f"from regexp_split_to_table({text}, '') as letter) else {text} end"
        )

    def next_day_of_text(self, day: str) -> str:
        """See `Driver`."""
        return self.next_day(f"cast({day} as date)")

    def json_elements(self, document: str) -> str:
        """See `Driver`."""
        return f"json_array_elements({document}::json) as elements (value)"

    def json_document(self, text: str) -> str:
        """See `Driver`."""
        return f"{text}::json"

    def contains(self, connection: "BaseDatabaseWrapper", text: str, part: str) -> str:  # noqa: ARG002
        """See `Driver`."""
        return f"position(lower({part}) in lower({text})) > 0"

    def json_field(self, document: str, *path: str) -> str:
        """See `Driver`."""
        return f"({document} #>> '{{{','.join(path)}}}')"

    def next_day(self, day: str) -> str:
        """See `Driver`."""
        return f"to_char({day} + 1, 'YYYY-MM-DD')"

    def begin_reading(self, connection: "BaseDatabaseWrapper") -> None:
        """A snapshot, taken by the first statement."""
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")

    def begin_verifying(self, connection: "BaseDatabaseWrapper") -> None:
        """The same: the server keeps no text that is none."""
        self.begin_reading(connection)

    def lock(self, connection: "BaseDatabaseWrapper") -> None:
        """The installation's row is the lock; it goes with the transaction or with the process."""
        milliseconds = int(connection.settings_dict["BUSY_TIMEOUT"] * 1000)
        with connection.cursor() as cursor:
            cursor.execute("select set_config('lock_timeout', %s, true)", (f"{milliseconds}ms",))
            cursor.execute("select id from roster_installation for update")

    @contextmanager
    def patient(self, connection: "BaseDatabaseWrapper", seconds: float) -> Iterator[None]:
        """See `Driver`."""
        with connection.cursor() as cursor:
            cursor.execute(f"set lock_timeout = {int(seconds * 1000)}")
            try:
                yield
            finally:
                cursor.execute("reset lock_timeout")

    def lock_tables(self, connection: "BaseDatabaseWrapper") -> None:
        """There may be no table to lock yet."""
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", (_TABLES_LOCK,))

    def scrub(self, connection: "BaseDatabaseWrapper", tables: Sequence[str]) -> None:
        """The tables are written anew, and the statistics, which have samples of values."""
        with connection.cursor() as cursor:
            cursor.execute(f"vacuum (full, analyze) {listed(tables)}")

    def copy(self, connection: "BaseDatabaseWrapper", table: str, wanted: Wanted, rows: ChangeRows) -> int:
        """The plan's CSV as it comes, straight into the table."""
        names = [snake(name) for name in wanted.names] + [name for name, _ in wanted.constants]
        key = [snake(field.name) for field in wanted.fields if field.name in wanted.entity.key]
        never_null = f", force_not_null ({listed(key)})" if key else ""
        values = [value for _, value in wanted.constants]
        sql = f"copy {quoted(table)} ({listed(names)}) from stdin (format csv{never_null})"
        with connection.wrap_database_errors, connection.cursor() as cursor:
            with cursor.copy(sql) as copy:
                for chunk in rows.csv(wanted.entity.name, wanted.kind, wanted.names, values):
                    copy.write(chunk)
            return int(cursor.rowcount)

    def insert(
        self,
        connection: "BaseDatabaseWrapper",
        table: str,
        columns: Sequence[str],
        rows: Iterable[tuple[object, ...]],
    ) -> None:
        """COPY in its text format."""
        sql = f"copy {quoted(table)} ({listed(columns)}) from stdin"
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    def measure(self, connection: "BaseDatabaseWrapper", table: str) -> None:
        """Autovacuum does not see temporary tables."""
        with connection.cursor() as cursor:
            cursor.execute(f"analyze {quoted(table)}")

    def text(self, field: Field, column: str) -> str:
        """Spelled out, whatever the server's DateStyle."""
        if field.type is FieldType.DATE:
            return f"to_char({column}, 'YYYY-MM-DD')"
        if field.type is FieldType.BOOLEAN:
            return f"case {column} when true then 'true' when false then 'false' end"
        return column

    def instant(self, column: str) -> str:
        """Whatever the server's zone and DateStyle."""
        return f"to_char({column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"

    def sha256(self, connection: "BaseDatabaseWrapper", text: str) -> str:  # noqa: ARG002
        """The server's own function."""
        return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex') collate \"C\""

    def folded(self, column: str) -> str:
        """By the rules of no language."""
        return f'lower({column} collate "C")'

    def elements(self, column: str) -> str:
        """See `Driver`."""
        return f"json_array_elements_text({column}::json) as elements (value)"

    def active_digests(self, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range) -> "Ids":
        """See `Driver`."""
        (digests,) = self._one(
            connection,
            f"select string_agg(int8send(digest), '') filter (where active) from {self._by_id(table)}",
            (ids.start, ids.stop, source),
        )
        return _numbers(digests)

    def digests(
        self, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range
    ) -> "tuple[Ids, Ids]":
        """See `Driver`."""
        signed, digests = self._one(
            connection,
            "select string_agg(int8send(case when active then id else -id end), ''), "
            f"string_agg(int8send(digest), '') from {self._by_id(table)}",
            (ids.start, ids.stop, source),
        )
        return _numbers(signed), _numbers(digests)

    def _by_id(self, table: str) -> str:
        rows = f"select id, digest, active from {quoted(table)} where id >= %s and id < %s and source = %s"
        return f"({rows} order by id) as neighbours"

    def _one(
        self, connection: "BaseDatabaseWrapper", sql: str, parameters: tuple[object, ...]
    ) -> tuple[Any, ...]:
        import psycopg

        # Binary, or each byte would travel as two hexadecimal digits; Django's own cursors only do text.
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            row: tuple[Any, ...] | None = cursor.execute(sql, parameters, binary=True).fetchone()
        assert row, "an aggregate has a row"
        return row
