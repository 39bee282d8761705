"""What the databases' own exceptions mean to an operator. No value of a roster ever stands in a message."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error

from cartable import errors

# PostgreSQL's classes of errors whose messages quote values: data exceptions, broken constraints.
_QUOTING_CLASSES = ("22", "23")
_LOCK_NOT_AVAILABLE = "55P03"


def _is_busy(cause: BaseException) -> bool:
    # Extended result codes carry the primary one in their lowest byte.
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    busy = code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return busy or getattr(cause, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _reason(cause: BaseException) -> str:
    state: str | None = getattr(cause, "sqlstate", None)
    if state is None:
        # A driver may explain its reason on further lines.
        lines = (line.strip(" \t.?") for line in str(cause).splitlines())
        return "; ".join(filter(None, lines))
    if state.startswith(_QUOTING_CLASSES):
        return f"{type(cause).__name__} ({state})"
    return f"{cause.diag.message_primary} ({state})"  # type: ignore[attr-defined]  # psycopg.Error


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the database's errors into ours.

    Args:
        place: where the roster is, as it may be shown.

    Raises:
        errors.RosterBusy: another process kept the roster locked for longer than we wait.
        errors.DatabaseError: anything else that the database refused.
    """
    try:
        yield
    except Error as error:
        cause = error.__cause__ or error
        # `from None`: the driver's own text may quote a pupil's values and would be logged with ours.
        if _is_busy(cause):
            raise errors.RosterBusy(
                "Another process is writing the roster at {place}.",
                "Wait until it has finished, then try again.",
                place=place,
            ) from None
        raise errors.DatabaseError(
            "The database at {place} refused: {reason}.",
            "Check that it can be reached and written, and that there is room on its disk.",
            place=place,
            reason=_reason(cause).rstrip(".?"),
        ) from None
