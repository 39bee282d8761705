"""The lists that belong to a run, as the audit chain sees them: what was found, what was kept."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from cartable.model.audits import Document, canonical
from cartable.model.leaves import Tally, leaf
from cartable.store.columns import listed, quoted
from cartable.store.rosters import Roster
from cartable.store.runs import FINDING_COLUMNS, KEPT_COLUMNS, PINNED_COLUMNS

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of list.

    Args:
        name: what the chain calls it.
        columns: the run first.
        order: the column by which its rows are sorted.
        documents: columns that hold JSON.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    order: str
    documents: tuple[str, ...] = ()


FINDINGS = Listing("findings", "roster_runfinding", FINDING_COLUMNS, "number", ("record", "detail"))
KEPT = Listing("kept", "roster_kept", KEPT_COLUMNS, "id")
PINNED = Listing("pinned", "roster_pinned", PINNED_COLUMNS, "id")
LISTINGS = (FINDINGS, KEPT, PINNED)


class Passing:
    """Rows of a list on their way into its table, with their digest behind them."""

    def __init__(self, listing: Listing, rows: Iterable[tuple[object, ...]]) -> None:
        self.listing = listing
        self.tally = Tally()
        self._rows = rows

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        for row in self._rows:
            self.tally.add((_leaf(self.listing, row),))
            yield row


def of_run(run: int, passed: Iterable[Passing]) -> Document:
    """What a link tells of the lists of one run."""
    return {one.listing.name: {str(run): one.tally.told} for one in passed if one.tally.count}


def told(roster: Roster) -> Document:
    """Every list as links tell them: count and digest by name and run."""
    document: Document = {}
    for listing in LISTINGS:
        runs = {str(run): tally.told for run, tally in tallies(roster, listing)}
        if runs:
            document[listing.name] = runs
    return document


def tallies(roster: Roster, listing: Listing) -> Iterator[tuple[int, Tally]]:
    """The digest of each run's list."""
    run, tally = None, Tally()
    for batch in _batches(roster, listing):
        for number, rows in groupby(batch, itemgetter(0)):
            if run is not None and number != run:
                yield run, tally
                tally = Tally()
            run = number
            tally.add(_leaf(listing, _plain(listing, row)) for row in rows)
    if run is not None:
        yield run, tally


def _batches(roster: Roster, listing: Listing) -> Iterator[list[tuple[Any, ...]]]:
    run = quoted(listing.columns[0])
    sql = (
        f"select {listed(listing.columns)} from {quoted(listing.table)} "
        f"order by {run}, {quoted(listing.order)}"
    )
    with roster.connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while batch := cursor.fetchmany(_BATCH):
            yield batch


def _plain(listing: Listing, row: Sequence[Any]) -> Sequence[Any]:
    """The row with its JSON spelled as it was written, whatever the database makes of it."""
    return [
        _respelled(value) if name in listing.documents else value
        for name, value in zip(listing.columns, row, strict=True)
    ]


def _respelled(text: str | None) -> str | None:
    try:
        return text and canonical(json.loads(text))
    except ValueError:  # it was altered
        return text


def _leaf(listing: Listing, row: Iterable[object]) -> str:
    return leaf((listing.name, *(None if value is None else str(value) for value in row)))
