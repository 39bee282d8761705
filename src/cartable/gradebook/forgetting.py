"""What the gradebook holds on people: their results. They are destroyed, not left as tombstones."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cartable.gradebook.keeping import rows
from cartable.model.objects import WRITTEN, Resource
from cartable.store.columns import listed
from cartable.store.failures import translated
from cartable.store.publications import SOURCED_ID, column_of, table_of
from cartable.store.rosters import Roster

_AT_ONCE = 500
_STUDENT = "student"


def held(roster: Roster, people: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Every result of people, deleted ones too; `resource` says of what kind.

    Args:
        people: all sourcedIds that they ever had.

    Raises:
        DatabaseError: the database refused.
    """
    for resource in _about_people():
        names = [SOURCED_ID, "active", "modified", "client", *_columns(resource)]
        for some in _pieces(people):
            marks = ", ".join(["%s"] * len(some))
            sql = (
                f"select {listed(names)} from {table_of(resource)} where {_STUDENT} in ({marks}) "
                f"order by {SOURCED_ID}"
            )
            with translated(roster.place):
                found = rows(roster, sql, some)
            for row in found:
                yield {"resource": resource.name, **dict(zip(names, row, strict=True))}


def forget(roster: Roster, people: Iterable[str]) -> None:
    """Destroy the results of people, inside the transaction of a run."""
    identifiers = list(people)
    with roster.connection.cursor() as cursor:
        for resource in _about_people():
            for some in _pieces(identifiers):
                marks = ", ".join(["%s"] * len(some))
                cursor.execute(f"delete from {table_of(resource)} where {_STUDENT} in ({marks})", some)
        # Whatever was counted before is not so any more.
        cursor.execute("update gradebook_change set number = number + 1")


def _about_people() -> Iterator[Resource]:
    return (resource for resource in WRITTEN if _STUDENT in resource.columns)


def _columns(resource: Resource) -> list[str]:
    return [column_of(name) for name in resource.columns]


def _pieces(identifiers: Iterable[str]) -> Iterator[list[str]]:
    listing = sorted(identifiers)
    return (listing[start : start + _AT_ONCE] for start in range(0, len(listing), _AT_ONCE))
