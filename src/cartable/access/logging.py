"""The access log: what clients did, gathered in memory and written by a thread beside the answers.

No answer waits for it, and none fails where a sync keeps the database locked: what was noted is written
afterwards. Calls of the same kind within a moment are one row. Nothing of what was asked for or answered
is kept. What was noted in the last moment before a process is killed is lost. What is older than the server
was told to keep is deleted, once a day.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import Error, connections

from cartable.access.models import Entry
from cartable.store.serving import ALIAS

READ, WRITE, DELETE, TOKEN = "read", "write", "delete", "token"
_MOMENT = 1.0
_A_DAY = timedelta(days=1)

_Kind = tuple[int, str, str, int | None]


def note(client: int, action: str, collection: str, rows: int = 0, revision: int | None = None) -> None:
    """Note what a client did.

    Args:
        client: its number, see `cartable.access.authenticating.Client.id`.
        action: `READ`, `WRITE`, `DELETE` or `TOKEN`.
        collection: what it read or wrote, as the standard names it: `users`, `lineItems`.
        rows: how many rows it got or gave.
        revision: of the roster that it read.
    """
    _log().note((client, action, collection, revision), _Noted(datetime.now(UTC), 1, rows))


def end() -> None:
    """Write what was noted and is not written yet, as the process ends."""
    if _log.cache_info().currsize:
        _log().end()


@dataclass(slots=True)
class _Noted:
    """Calls of one kind, the moment of the first, and the rows of all."""

    moment: datetime
    calls: int = 0
    rows: int = 0


class _Log:
    """What was noted and is not written yet."""

    def __init__(self, alias: str, kept: timedelta) -> None:
        self._alias = alias
        self._kept = kept
        self._next_deletion = datetime.now(UTC)
        self._lock = threading.Lock()
        self._noted: dict[_Kind, _Noted] = {}
        self._is_ended = threading.Event()
        threading.Thread(target=self._run, name="access-log", daemon=True).start()

    def note(self, kind: _Kind, more: _Noted) -> None:
        with self._lock:
            known = self._noted.setdefault(kind, _Noted(more.moment))
            known.moment = min(known.moment, more.moment)
            known.calls += more.calls
            known.rows += more.rows

    def end(self) -> None:
        self._is_ended.set()
        self._write()

    def _run(self) -> None:
        while not self._is_ended.wait(_MOMENT):
            self._write()

    def _delete_what_is_old(self) -> None:
        now = datetime.now(UTC)
        if now >= self._next_deletion:
            Entry._default_manager.using(self._alias).filter(moment__lt=now - self._kept).delete()
            self._next_deletion = now + _A_DAY

    def _write(self) -> None:
        with self._lock:
            noted, self._noted = self._noted, {}
        if not noted:
            return
        entries = [
            Entry(
                client=client,
                moment=one.moment,
                action=action,
                collection=collection,
                calls=one.calls,
                rows=one.rows,
                revision=revision,
            )
            for (client, action, collection, revision), one in noted.items()
        ]
        try:
            Entry._default_manager.using(self._alias).bulk_create(entries)
            noted = {}
            self._delete_what_is_old()
        except Error:  # locked for long, or gone for a moment: it is tried again with what comes
            for kind, one in noted.items():
                self.note(kind, one)
        finally:
            connections[self._alias].close()


@cache
def _log() -> _Log:
    return _Log(ALIAS, timedelta(days=settings.LOG_DAYS))
