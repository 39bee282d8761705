"""A roster's digests as arrays, at the speed of the disk rather than of Python."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import TYPE_CHECKING

from cartable.model.entities import BY_NAME
from cartable.store.columns import quoted, table_of
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    import numpy as np
    from django.db.backends.base.base import BaseDatabaseWrapper
    from numpy.typing import NDArray

    Chunk = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]

# Ids a chunk: some hundred kilobytes, and few enough statements.
_STEP = 50_000
# Connections that read at once: the database's work on one chunk beside the next one's.
_READERS = 2


def digests(roster: Roster, entity: str, source: str) -> "Iterator[Chunk]":
    """Digests of all current records of an entity.

    Returns:
        Arrays of equal length: id (int64), digest (int64), active (bool), ordered by id.
    """
    table = table_of(BY_NAME[entity])
    with ExitStack() as stack:
        free: SimpleQueue[BaseDatabaseWrapper] = SimpleQueue()
        for _ in range(_READERS):
            connection = stack.enter_context(roster.reading())
            connection.inc_thread_sharing()
            free.put(connection)
        with connection.cursor() as cursor:
            # Each on its own: SQLite passes over the whole table to find both at once.
            cursor.execute(
                f"select (select min(id) from {quoted(table)}), (select max(id) from {quoted(table)})"
            )
            first, last = (number or 0 for number in cursor.fetchone())

        def read(start: int) -> "Chunk | None":
            connection = free.get()
            try:
                return _chunk(roster, connection, table, source, range(start, start + _STEP))
            finally:
                free.put(connection)

        with ThreadPoolExecutor(_READERS) as pool:
            pending: deque[Future[Chunk | None]] = deque()
            for start in range(first, last + 1, _STEP):
                pending.append(pool.submit(read, start))
                if len(pending) > _READERS:
                    yield from _present(pending.popleft())
            for future in pending:
                yield from _present(future)


def _present(future: "Future[Chunk | None]") -> "Iterator[Chunk]":
    chunk = future.result()
    if chunk is not None:
        yield chunk


def _chunk(
    roster: Roster, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range
) -> "Chunk | None":
    import numpy as np

    found = roster.driver.active_digests(connection, table, source, ids)
    if len(found) == len(ids):
        # No gap and nothing inactive, as after a first load: the ids need not be asked for.
        return np.arange(ids.start, ids.stop, dtype=np.int64), found, np.ones(len(ids), dtype=np.bool_)
    signed, digests = roster.driver.digests(connection, table, source, ids)
    return (np.abs(signed), digests, signed > 0) if len(signed) else None
