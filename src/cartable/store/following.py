"""Lets what clients wrote follow what it names, when that is called otherwise: inside an apply.

A record stays itself when its key changes; so do the results of a pupil and the line items of a class.
"""

from collections.abc import Iterator
from datetime import datetime

from cartable.model.entities import BY_NAME
from cartable.model.objects import WRITTEN, Kind, Resource
from cartable.store import columns
from cartable.store.columns import quoted
from cartable.store.publications import MODIFIED, column_of, table_of
from cartable.store.publishing import spelled
from cartable.store.rosters import Roster


def follow(roster: Roster, revision: int, moment: datetime) -> None:
    """Write the new identifiers of a revision into the gradebook.

    Args:
        revision: the one that the apply has made.
        moment: when it was applied.
    """
    with roster.connection.cursor() as cursor:
        cursor.execute("update gradebook_change set number = number + 1")
        if not cursor.rowcount:
            return
        for resource, name, target in _named():
            column, renamed = quoted(column_of(name)), _renamed(target, revision)
            cursor.execute(
                f"update {table_of(resource)} set {MODIFIED} = %s, "
                "change = (select number from gradebook_change), "
                f"{column} = (select max(r.is_called) from ({renamed}) r where r.was_called = {column}) "
                f"where {column} in (select r.was_called from ({renamed}) r)",
                [spelled(moment)],
            )


def _named() -> Iterator[tuple[Resource, str, str]]:
    """Every property of what clients write that names a record of the roster, with the entity."""
    for resource in WRITTEN:
        for name, one in resource.columns.items():
            if one.kind is Kind.REFERENCE and one.target in BY_NAME:
                yield resource, name, one.target


def _renamed(entity: str, revision: int) -> str:
    """SQL of what is called otherwise since a revision, and is no longer what something is called."""
    kind = BY_NAME[entity]
    table, key = columns.table_of(kind), columns.key_columns(kind)[0]
    return (
        f"select h.{key} as was_called, t.{key} as is_called from {columns.history_of(kind)} h "
        f"join {table} t on t.id = h.{columns.RECORD} "
        f"where h.{columns.TO_REVISION} = {int(revision)} and t.{columns.FROM_REVISION} = {int(revision)} "
        f"and t.{columns.ACTIVE} and h.{key} <> t.{key} "
        f"and not exists (select 1 from {table} x where x.{key} = h.{key} and x.{columns.ACTIVE})"
    )
