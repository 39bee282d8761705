"""Keeps what clients write: one row an object, changed in one transaction with the number of the change.

The number moves with every change, so that whatever was counted before it is known to be old. Its row is
the lock: on PostgreSQL no writer waits for a sync, on SQLite only for as long as a request may.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.transaction import atomic

from cartable.model.objects import BY_RESOURCE, WRITTEN, Kind, Resource
from cartable.store.columns import listed, quoted
from cartable.store.failures import translated
from cartable.store.publications import ACTIVE, MODIFIED, SOURCED_ID, column_of, table_of
from cartable.store.publishing import spelled
from cartable.store.rosters import Roster

CLIENT, CHANGE = "client", "change"
PATIENCE = 2.0
"""Seconds for which a writer waits for another one: all readers of its process wait with it."""

LARGEST = 1e15
"""Numbers are smaller than this, so that every one of them is spelled as JSON spells it."""

_COUNTER = "gradebook_change"
_MOVE = (
    f'insert into {_COUNTER} (id, "number") values (1, 1) '
    f'on conflict (id) do update set "number" = {_COUNTER}."number" + 1 returning "number"'
)
_MOMENT = timedelta(milliseconds=1)

Values = Mapping[str, str | None]
"""What an object says, by column, as it is kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as it is kept.

    Args:
        client: who wrote it last; None where the installation did.
    """

    is_active: bool
    modified: str
    client: int | None
    values: Values


def number(roster: Roster) -> int:
    """How many changes there have been."""
    found = rows(roster, f'select "number" from {_COUNTER}')
    return int(found[0][0]) if found else 0


@contextmanager
def changing(
    roster: Roster, client: int | None, moment: datetime, patience: float = PATIENCE
) -> "Iterator[Gradebook]":
    """The gradebook, to be changed as a whole or not at all.

    Args:
        client: who writes; None for the installation.
        patience: seconds to wait for another writer.

    Raises:
        RosterBusy: somebody else is writing, and goes on to. DatabaseError: the database refused.
    """
    with (
        translated(roster.place),
        roster.driver.patient(roster.connection, patience),
        atomic(using=roster.alias),
    ):
        # It moves before anything is written: whoever wrote nothing in the end has only made others look.
        ((counted,),) = rows(roster, _MOVE)
        yield Gradebook(roster, client, moment, int(counted))


@dataclass(frozen=True)
class Gradebook:
    """The gradebook inside a transaction that changes it.

    Args:
        change: the number of the change.
    """

    roster: Roster
    client: int | None
    moment: datetime
    change: int

    def kept(self, resource: Resource, identifier: str) -> Kept | None:
        """What is kept under a name, a tombstone too; None where there is nothing."""
        names = [column_of(name) for name in resource.columns]
        found = rows(
            self.roster,
            f"select {listed((ACTIVE, MODIFIED, CLIENT, *names))} from {table_of(resource)} "
            f"where {SOURCED_ID} = %s",
            [identifier],
        )
        if not found:
            return None
        is_active, modified, client, *values = found[0]
        return Kept(bool(is_active), modified, client, dict(zip(names, values, strict=True)))

    def keep(
        self, resource: Resource, identifier: str, values: Values, *, is_active: bool, before: Kept | None
    ) -> None:
        """Keep an object as it is now; what is as it was before stays as it is.

        Args:
            before: what was kept of it.
        """
        if before and before.is_active == is_active and before.values == values:
            return
        row: dict[str, Any] = {
            SOURCED_ID: identifier,
            ACTIVE: is_active,
            MODIFIED: self._modified(before),
            CLIENT: self.client,
            CHANGE: self.change,
            **values,
        }
        marks = ", ".join(["%s"] * len(row))
        changed = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in row if name != SOURCED_ID)
        rows(
            self.roster,
            f"insert into {table_of(resource)} ({listed(row)}) values ({marks}) "
            f"on conflict ({SOURCED_ID}) do update set {changed} returning {SOURCED_ID}",
            list(row.values()),
        )

    def bury(self, resource: Resource, identifier: str, before: Kept) -> None:
        """Make an object a tombstone, and what goes with it."""
        self.keep(resource, identifier, before.values, is_active=False, before=before)
        for other, column in _naming(resource, is_following=True):
            for one in self._active(other, column, identifier):
                kept = self.kept(other, one)
                assert kept, "it was found in this transaction"
                self.bury(other, one, kept)

    def is_needed(self, resource: Resource, identifier: str) -> bool:
        """Whether active objects name it that would not go with it."""
        return any(
            self._active(other, column, identifier, most=1)
            for other, column in _naming(resource, is_following=False)
        )

    def offered(self) -> list[str]:
        """The active categories that the installation offers."""
        table = table_of(BY_RESOURCE["categories"])
        sql = f"select {SOURCED_ID} from {table} where {CLIENT} is null and {ACTIVE} order by {SOURCED_ID}"
        return [one for (one,) in rows(self.roster, sql)]

    def has_active(self, resource: Resource, name: str, value: str) -> bool:
        """Whether an active object has a property of that value."""
        return bool(self._active(resource, column_of(name), value, most=1))

    def _active(self, resource: Resource, column: str, value: str, most: int | None = None) -> list[str]:
        limit = f" limit {most}" if most else ""
        found = rows(
            self.roster,
            f"select {SOURCED_ID} from {table_of(resource)} where {quoted(column)} = %s and {ACTIVE}{limit}",
            [value],
        )
        return [one for (one,) in found]

    def _modified(self, before: Kept | None) -> str:
        """The moment of a change: later than the last one's, whatever the clock says."""
        now = spelled(self.moment)
        if before is None or before.modified < now:
            return now
        return spelled(datetime.fromisoformat(before.modified) + _MOMENT)


def _naming(resource: Resource, *, is_following: bool) -> Iterator[tuple[Resource, str]]:
    """The resources, each with a column, whose objects may name those of a resource."""
    for other in WRITTEN:
        for name, one in other.columns.items():
            if one.kind is Kind.REFERENCE and one.target == resource.name and one.goes_with == is_following:
                yield other, column_of(name)


def spelled_number(value: float) -> str:
    """A number as it is kept."""
    return str(int(value)) if value == int(value) else repr(value)


def rows(roster: Roster, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What a statement gives."""
    with roster.connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
