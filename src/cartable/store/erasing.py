"""Takes values away so that the audit chain still verifies: of each state its leaf stays.

What is left of a state has a leaf too, so that nobody can put other values in the place of erased ones.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cartable.model.audits import Document
from cartable.model.entities import Entity
from cartable.model.leaves import Tally, leaf
from cartable.store import states
from cartable.store.rosters import Roster

_BATCH = 500
_READ = 20_000


@contextmanager
def erasing(roster: Roster, entity: Entity, rows: Sequence[int], *, is_history: bool) -> Iterator[None]:
    """Keep the leaves of rows while the block takes their values away.

    The caller is inside a transaction, and appends a link that tells what `told` says afterwards.

    Args:
        rows: ids in the entity's current table, or in its history.
    """
    present = states.present_leaves(roster, entity, is_history=is_history)
    where = f"e.entity = '{entity.name}' and e.is_history = {is_history}"
    for some in _batches(rows):
        _execute(
            roster,
            "insert into roster_erased (entity, is_history, row, leaf, remains) "
            f"select '{entity.name}', {is_history}, s.id, s.leaf, '' from ({present}) s "
            f"where s.id in ({some}) "
            f"and not exists (select 1 from roster_erased e where {where} and e.row = s.id)",
        )
    yield
    for some in _batches(rows):
        _execute(
            roster,
            f"update roster_erased as e set remains = (select s.leaf from ({present}) s where s.id = e.row) "
            f"where {where} and e.row in ({some})",
        )


def told(roster: Roster) -> Document:
    """What a link tells of all that was erased until then."""
    tally = Tally()
    with roster.connection.chunked_cursor() as cursor:
        cursor.execute(
            "select entity, is_history, row, leaf, remains from roster_erased "
            "order by entity, is_history, row"
        )
        while batch := cursor.fetchmany(_READ):
            tally.add(leaf((name, str(int(old)), str(row), *two)) for name, old, row, *two in batch)
    return {"erased": tally.told} if tally.count else {}


def changed(roster: Roster, entity: Entity, *, is_history: bool) -> int:
    """How many states are no longer what was left of them."""
    present = states.present_leaves(roster, entity, is_history=is_history)
    with roster.connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) from roster_erased e left join ({present}) s on s.id = e.row "
            f"where e.entity = '{entity.name}' and e.is_history = {is_history} "
            "and (s.leaf is null or s.leaf <> e.remains)"
        )
        return int(cursor.fetchone()[0])


def _batches(rows: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(rows), _BATCH):
        yield ", ".join(str(int(row)) for row in rows[start : start + _BATCH])


def _execute(roster: Roster, sql: str) -> None:
    with roster.connection.cursor() as cursor:
        cursor.execute(sql)
