"""Numbers that all processes of a server share: a file mapped into the memory of each.

They pass with the server, and cost a few microseconds where a row of the database would cost a
transaction. Each key has a counter that begins anew when its time is over. Counters lie in buckets of a
fixed table; where a bucket is full, the one whose time is over first gives way. What is not counted, but
kept for some time, lies in a file of its own.
"""

import fcntl
import hashlib
import mmap
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SLOT = struct.Struct("<16sdQ")
_SLOTS, _BUCKETS = 8, 4096
_BUCKET = _SLOT.size * _SLOTS
_EMPTY = bytes(16)
_SIZE = _BUCKET * _BUCKETS


def make(path: Path) -> None:
    """Make the file, with all counters at nothing."""
    with path.open("xb") as file:
        file.truncate(_SIZE)


class Counters:
    """Counters of one server.

    Args:
        path: the shared file, which `make` made.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._memory = mmap.mmap(self._file.fileno(), _SIZE)
        # The file's locks are between processes, this one is between threads.
        self._lock = threading.Lock()

    def close(self) -> None:
        """Count no more."""
        self._memory.close()
        self._file.close()

    def add(self, key: str, seconds: float, now: float, more: int = 1) -> tuple[int, float]:
        """Count.

        Args:
            key: what is counted.
            seconds: after how long the counter begins anew.
            now: in seconds.
            more: how many; 0 only looks.

        Returns:
            How many there are, and in how many seconds they are forgotten.
        """
        with self._bucket(key) as (name, start):
            place, ends, count = self._found(start, name, now)
            if more:
                ends, count = (ends, count + more) if count else (now + seconds, more)
                _SLOT.pack_into(self._memory, place, name, ends, count)
        return count, max(ends - now, 0.0)

    def keep(self, key: str, seconds: float, now: float, number: int) -> None:
        """Keep a number from 1 on for some seconds, in the place of a counter."""
        with self._bucket(key) as (name, start):
            place, _, _ = self._found(start, name, now)
            _SLOT.pack_into(self._memory, place, name, now + seconds, number)

    def forget(self, key: str, now: float) -> None:
        """Begin a counter anew."""
        count, _ = self.add(key, 0, now, 0)
        if count:
            self.add(key, 0, now, -count)

    @contextmanager
    def _bucket(self, key: str) -> Iterator[tuple[bytes, int]]:
        """A key's name, and where its bucket begins, which nobody else touches meanwhile."""
        name = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        start = int.from_bytes(name[:4], "little") % _BUCKETS * _BUCKET
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET, start)
            try:
                yield name, start
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET, start)

    def _found(self, start: int, name: bytes, now: float) -> tuple[int, float, int]:
        """A key's place, when its counter ends, and its count; else the place that it may take."""
        oldest, oldest_end = start, float("inf")
        for place in range(start, start + _BUCKET, _SLOT.size):
            known, ends, count = _SLOT.unpack_from(self._memory, place)
            if known == name:
                return (place, ends, count) if ends > now else (place, 0.0, 0)
            if known == _EMPTY:
                ends = 0.0
            if ends < oldest_end:
                oldest, oldest_end = place, ends
        return oldest, 0.0, 0
