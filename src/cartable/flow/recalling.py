"""Tells what was applied, from what the roster keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cartable.errors import DatabaseError
from cartable.flow import checking
from cartable.flow.checking import Checked
from cartable.model.decisions import Pinned
from cartable.model.plans import Change, Kept, Run
from cartable.store import decisions, opening, queries

if TYPE_CHECKING:
    from cartable.store.rosters import Roster


@contextmanager
def opened(database: str) -> "Iterator[Roster]":
    """The roster, which must be there.

    Raises:
        DatabaseError: it is not.
    """
    see_that_there_is_one(database)
    with opening.opened(database) as roster:
        yield roster


def see_that_there_is_one(database: str) -> None:
    """Refuse to tell of a roster that is not there.

    Raises:
        DatabaseError: there is none.
    """
    if not opening.exists(database):
        raise DatabaseError(
            "There is no roster at {place}.",
            "Check --database or CARTABLE_DATABASE; the first sync makes the roster.",
            place=database,
        )


def revision(roster: "Roster") -> int:
    """The roster's revision now."""
    return queries.state(roster).revision


def runs(database: str) -> Iterator[Run]:
    """All runs, the latest first.

    Raises:
        DatabaseError: there is no roster.
    """
    with opened(database) as roster:
        yield from queries.runs(roster)


def run(database: str, number: int) -> Run:
    """One run.

    Raises:
        UsageError: there is none of that number.
        DatabaseError: there is no roster.
    """
    with opened(database) as roster:
        return queries.run(roster, number)


@contextmanager
def run_check(database: str, number: int) -> Iterator[Checked]:
    """The check that a run rests on, of what was kept of it."""
    with opened(database) as roster:
        kept = queries.run(roster, number)
        with checking.recalled(kept.input, kept.summary, queries.findings(roster, number)) as result:
            yield result


def run_changes(database: str, number: int, limit_per_kind: int | None = None) -> Iterator[Change]:
    """What a run changed, by entity, kind and key; at most so many of each kind in each entity."""
    with opened(database) as roster:
        yield from queries.run_changes(roster, queries.run(roster, number), limit_per_kind)


def run_kept(database: str, number: int) -> Iterator[Kept]:
    """What a run left as it was though its delivery said otherwise, by entity and key."""
    with opened(database) as roster:
        yield from queries.kept(roster, number)


def run_pinned(database: str, number: int) -> Iterator[Pinned]:
    """What a run left as it was pinned, by entity, key and field."""
    with opened(database) as roster:
        yield from decisions.pinned(roster, number)
