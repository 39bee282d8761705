"""The states of records as the audit chain sees them: their leaves, from the tables that hold them.

A state is a row of a current or a history table. The first state of a record was added; every later one
came when an earlier one ended, and its leaf names the record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

from cartable.model import leaves
from cartable.model.audits import Document
from cartable.model.entities import ENTITIES, Entity, Field
from cartable.model.leaves import Tally
from cartable.model.types import FieldType
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.rosters import Roster

ADDED, CHANGED = "added", "changed"

_BATCH = 20_000
_ACTIVE = Field(columns.ACTIVE, FieldType.BOOLEAN)
_RECORD, _LATER = "state_record", "is_later"
_FROM, _TO = quoted(columns.FROM_REVISION), quoted(columns.TO_REVISION)


@dataclass(slots=True)
class Group:
    """States of an entity that hold since one revision.

    Args:
        is_later: whether they came when an earlier one ended; they were added otherwise.
        first, last: smallest and largest id of their records.
    """

    revision: int
    is_later: bool
    first: int
    last: int
    tally: Tally = field(default_factory=Tally)

    @property
    def name(self) -> str:
        """What a link calls states of this kind."""
        return CHANGED if self.is_later else ADDED

    @property
    def told(self) -> Document:
        """What a link tells of them: count and digest, and of added ones between which ids they lie."""
        return self.tally.told if self.is_later else {**self.tally.told, "ids": [self.first, self.last]}


def told(roster: Roster, revision: int) -> Document:
    """All states there are, as a link tells them that says how the roster was at a revision."""
    document: Document = {}
    for entity in ENTITIES:
        for group in groups(roster, entity, revision):
            document.setdefault(entity.name, {})[group.name] = group.told
    return document


def last_id(roster: Roster, entity: Entity) -> int:
    """The largest id of a current row; 0 where there is none."""
    return int(_one(roster, f"select coalesce(max(id), 0) from {quoted(columns.table_of(entity))}")[0])


def added(roster: Roster, entity: Entity, after: int, tally: Tally) -> Document:
    """What a link tells of additions that were just made.

    Args:
        after: the largest id before.
        tally: of their leaves.
    """
    table = quoted(columns.table_of(entity))
    first, last = _one(roster, f"select min(id), max(id) from {table} where id > %s", (after,))
    return Group(0, is_later=False, first=first, last=last, tally=tally).told


def changed(roster: Roster, entity: Entity, revision: int) -> Document:
    """What a link tells of the states of a revision that came when earlier ones ended."""
    where = f"{_FROM} = {int(revision)}"
    states = _states(roster, entity, where)
    batches = _batches(roster, f"select leaf from ({states}) s where {_LATER} = 1 order by leaf")
    return leaves.tallied((leaf for (leaf,) in batch) for batch in batches).told


def groups(roster: Roster, entity: Entity, begun: int = 0) -> Iterator[Group]:
    """All states of an entity, by revision.

    Args:
        begun: the revision at which the chain began; what is older counts as of that revision.
    """
    group = None
    for batch in _every(roster, entity, begun):
        for (revision, is_later), some in groupby(batch, itemgetter(0, 1)):
            rows = list(some)
            ids = [row[3] for row in rows]
            if group is None or (group.revision, group.is_later) != (revision, bool(is_later)):
                if group:
                    yield group
                group = Group(revision, bool(is_later), ids[0], ids[0])
            group.first, group.last = min(group.first, *ids), max(group.last, *ids)
            group.tally.add(row[2] for row in rows)
    if group:
        yield group


def altered(roster: Roster, entity: Entity, group: Group, begun: int, most: int) -> list[tuple[str, ...]]:
    """Keys of a group's records, at most so many, whose values do not give the digest that planning keeps."""
    key = [[one.name for one in entity.fields].index(name) for name in entity.key]
    texts = ", ".join(_texts(roster, entity).values())
    rows = f"{_rows(entity)} union all {_rows(entity, is_history=True)}"
    sql = (
        f"select r.{quoted(columns.DIGEST)}, {texts} from ({rows}) r "
        f"where {_revision('r', begun)} = %s and r.{_LATER} = %s"
    )
    batches = _batches(roster, sql, (group.revision, int(group.is_later)))
    found = (
        tuple(str(values[place]) for place in key)
        for digest, *values in chain.from_iterable(batches)
        if leaves.record_digest(values) != digest
    )
    return list(islice(found, most))


def unfollowed(roster: Roster, entity: Entity) -> list[tuple[str, ...]]:
    """Keys of earlier states that end where no later one of the same record begins."""
    current, history = quoted(columns.table_of(entity)), quoted(columns.history_of(entity))
    record = quoted(columns.RECORD)
    keys = ", ".join(f"h.{quoted(name)}" for name in columns.key_columns(entity))
    sql = (
        f"select {keys} from {history} h "
        f"where not exists (select 1 from {current} c where c.id = h.{record} and c.{_FROM} = h.{_TO}) "
        f"and not exists (select 1 from {history} n where n.{record} = h.{record} and n.{_FROM} = h.{_TO})"
    )
    with roster.connection.cursor() as cursor:
        cursor.execute(sql)
        return [tuple(map(str, row)) for row in cursor.fetchall()]


def present_leaves(roster: Roster, entity: Entity, *, is_history: bool) -> str:
    """SQL of id and leaf of every row of one of the entity's tables, as they are now."""
    return f"select r.id, {_leaf(roster, entity)} as leaf from ({_rows(entity, is_history=is_history)}) r"


def _every(roster: Roster, entity: Entity, begun: int) -> Iterator[list[tuple[Any, ...]]]:
    """Batches of revision, whether a later state (0 or 1), leaf and the record's id, in this order."""
    sql = (
        f"select {_revision('s', begun)}, {_LATER}, leaf, cast({_RECORD} as bigint) "
        f"from ({_states(roster, entity)}) s order by 1, 2, 3"
    )
    return _batches(roster, sql)


def _revision(table: str, begun: int) -> str:
    """SQL of a state's revision. Cast, because SQLite keeps in a column of numbers whatever is put there."""
    revision = f"cast({table}.{_FROM} as bigint)"
    return f"case when {revision} < {int(begun)} then {int(begun)} else {revision} end"


def _states(roster: Roster, entity: Entity, where: str = "1 = 1") -> str:
    """SQL of the states in both tables of an entity."""
    return " union all ".join(
        _leaves(roster, entity, is_history=is_history, where=where) for is_history in (False, True)
    )


def _leaves(roster: Roster, entity: Entity, *, is_history: bool, where: str) -> str:
    """SQL of states with their leaves; of one whose values were erased, the leaf that was kept of it."""
    return (
        f"select r.{_FROM}, r.{_LATER}, r.{_RECORD}, coalesce(e.leaf, {_leaf(roster, entity)}) as leaf "
        f"from ({_rows(entity, is_history=is_history, where=where)}) r left join roster_erased e "
        f"on e.entity = '{entity.name}' and e.is_history = {is_history} and e.row = r.id"
    )


def _rows(entity: Entity, *, is_history: bool = False, where: str = "1 = 1") -> str:
    """SQL of the rows of one of the entity's tables, with their record and whether an earlier one ended."""
    history = quoted(columns.history_of(entity))
    table = history if is_history else quoted(columns.table_of(entity))
    record = f"t.{quoted(columns.RECORD)}" if is_history else "t.id"
    later = (
        f"case when exists (select 1 from {history} p where p.{quoted(columns.RECORD)} = {record} "
        f"and p.{_TO} = t.{_FROM}) then 1 else 0 end"
    )
    kept = listed((*columns.TRACKED, *columns.field_columns(entity)), "t")
    return f"select t.id, {record} as {_RECORD}, {later} as {_LATER}, {kept} from {table} t where {where}"


def _leaf(roster: Roster, entity: Entity) -> str:
    """SQL of the leaf of a row `r`."""
    parts = {
        leaves.SALT: f"r.{columns.SALT}",
        leaves.SOURCE: f"r.{columns.SOURCE}",
        leaves.RECORD: f"case when r.{_LATER} = 1 then r.{_RECORD} end",
        leaves.ACTIVE: roster.driver.text(_ACTIVE, f"r.{columns.ACTIVE}"),
        leaves.REASON: f"r.{columns.REASON}",
        leaves.LINE: f"r.{columns.LINE}",
        leaves.MODIFIED: roster.driver.instant(f"r.{columns.MODIFIED}"),
        leaves.DIGEST: f"r.{columns.DIGEST}",
    }
    text = leaves.sql(entity, {**parts, **_texts(roster, entity)})
    return roster.driver.sha256(roster.connection, text)


def _texts(roster: Roster, entity: Entity) -> dict[str, str]:
    """SQL of the canonical text of each field of a row `r`."""
    driver = roster.driver
    return {field.name: driver.text(field, f"r.{quoted(snake(field.name))}") for field in entity.fields}


def _batches(roster: Roster, sql: str, parameters: tuple[int, ...] = ()) -> Iterator[list[tuple[Any, ...]]]:
    with roster.connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while batch := cursor.fetchmany(_BATCH):
            yield batch


def _one(roster: Roster, sql: str, parameters: tuple[int, ...] = ()) -> tuple[Any, ...]:
    with roster.connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
