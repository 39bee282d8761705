"""Pages of a pull that cost the same at any depth, and all tell of one revision.

A link of ours says at which revision the pull began and after which object its page begins. Who counts
offsets goes on at the revision at which the same token began the same pull, whichever of the server's
processes answers. For a jump to an offset that
nobody has served, marks are kept: every thousandth object of a query at a revision, found in one pass.
"""

import base64
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode

from cartable.api.asking import CURSOR, Asked

T = TypeVar("T")

LONGEST = 4_000
"""Characters of a cursor."""
EVERY = 1_000
"""Objects between two marks."""
_KEPT = 500
"""Queries whose totals and marks are kept."""
HOUR = 3600.0

Key = tuple[str, str]
"""Where an object stands: what it is sorted by, and its identifier."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins.

    Args:
        revision: at which the pull began.
        after: the object before the page; None at the beginning, or where only the revision is known.
    """

    revision: int
    after: Key | None = None

    def spelled(self) -> str:
        """As a parameter."""
        text = json.dumps([self.revision, *(self.after or ())], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str) -> Cursor | None:
    """The cursor that a parameter means; None where it means none."""
    if len(text) > LONGEST:
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        revision, *after = told
        if isinstance(revision, int) and 0 <= revision < 2**62 and all(map(_is_text, after)):
            if not after:
                return Cursor(revision)
            sort, identifier = after
            return Cursor(revision, (sort, identifier))
    except (ValueError, TypeError, RecursionError):
        pass
    return None


class Numbers(Protocol):
    """What keeps numbers for all processes of a server, see `cartable.access.counting`."""

    def add(self, key: str, seconds: float, now: float, more: int = 1) -> tuple[int, float]: ...

    def keep(self, key: str, seconds: float, now: float, number: int) -> None: ...


def _is_text(value: object) -> bool:
    """Whether a database can keep it; UnicodeEncodeError, a ValueError, where half a character is in it."""
    return isinstance(value, str) and b"\0" not in value.encode()


@dataclass
class Remembered:
    """What is remembered of pulls: of totals and marks each process finds out its own.

    Args:
        clock: seconds that never run backwards, the same for all processes.
        pulls: at which revisions they began, with one added: 0 is none.
    """

    clock: Callable[[], float]
    pulls: Numbers
    _totals: "OrderedDict[object, int]" = field(default_factory=OrderedDict)
    _marks: "OrderedDict[object, list[Key]]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def total(self, query: object, count: Callable[[], int]) -> int:
        """How many objects a query finds."""
        return self._kept(self._totals, query, count)

    def mark(self, query: object, offset: int, find: Callable[[], list[Key]]) -> tuple[int, Key | None]:
        """The last mark at or before an offset: how many objects lie up to it, and the last of them."""
        if offset < EVERY:
            return 0, None
        marks = self._kept(self._marks, query, find)
        place = min(offset // EVERY, len(marks))
        return place * EVERY, marks[place - 1] if place else None

    def begin(self, pull: str, revision: int) -> None:
        """The first page was asked for."""
        self.pulls.keep(pull, HOUR, self.clock(), revision + 1)

    def begun(self, pull: str) -> int | None:
        """The revision at which the pull began within the last hour."""
        number, _ = self.pulls.add(pull, HOUR, self.clock(), 0)
        return number - 1 if number else None

    def _kept(self, among: "OrderedDict[object, T]", query: object, find: "Callable[[], T]") -> "T":
        with self._lock:
            if query in among:
                among.move_to_end(query)
                return among[query]
        found = find()
        with self._lock:
            among[query] = found
            while len(among) > _KEPT:
                among.popitem(last=False)
        return found


def links(address: str, asked: Asked, revision: int, total: int, last: Key | None) -> str:
    """The value of the header Link.

    Args:
        address: of the collection, absolute.
        last: the last object of the page.
    """

    def link(relation: str, offset: int, cursor: Cursor) -> str:
        parameters = [
            *asked.others,
            ("limit", str(asked.limit)),
            ("offset", str(offset)),
            (CURSOR, cursor.spelled()),
        ]
        return f'<{address}?{urlencode(parameters, quote_via=quote)}>; rel="{relation}"'

    here = Cursor(revision)
    told = []
    if asked.offset + asked.limit < total and last is not None:
        told.append(link("next", asked.offset + asked.limit, Cursor(revision, last)))
    if asked.offset:
        told.append(link("prev", max(0, asked.offset - asked.limit), here))
    told.append(link("first", 0, here))
    told.append(link("last", max(0, total - 1) // asked.limit * asked.limit, here))
    return ", ".join(told)
