"""What a server writes to its operator of a fault: what it was and where in the code, and nobody's data.

An exception's text and a request's address may hold a pupil's values. `CARTABLE_DEBUG=1` shows them.
"""

import logging
import os
import traceback
from pathlib import Path

_SHOWN = 6


class Formatter(logging.Formatter):
    """Writes a record in one line: when, how bad, the exception's type, the last places in the code."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if os.environ.get("CARTABLE_DEBUG") == "1":
            return super().format(record)
        told = record.name
        exception = record.exc_info[1] if record.exc_info else None
        if exception:
            frames = traceback.extract_tb(exception.__traceback__)[-_SHOWN:]
            places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
            told = f"{type(exception).__name__} at {' < '.join(places)}"
        return f"{self.formatTime(record)} {record.levelname} {told}"
