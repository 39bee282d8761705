"""What time it is: for runs, for what ends by itself, for sessions that are over.

`CARTABLE_NOW`, an ISO 8601 instant, takes the clock's place: to rehearse what a later day would bring.
"""

import os
from datetime import UTC, date, datetime

from cartable.errors import UsageError

NOW_VARIABLE = "CARTABLE_NOW"


def now() -> datetime:
    """The present instant, in UTC.

    Raises:
        UsageError: `CARTABLE_NOW` is no instant.
    """
    given = os.environ.get(NOW_VARIABLE)
    if not given:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except ValueError:
        raise UsageError(
            "CARTABLE_NOW is no instant: {value}.", "Write it as 2026-09-01T06:00:00+02:00.", value=given
        ) from None


def stamp() -> str:
    """The present instant, ISO 8601."""
    return now().isoformat(timespec="microseconds")


def today() -> date:
    """The present day where this machine is."""
    return now().astimezone().date()
