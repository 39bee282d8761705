"""What records were between two revisions, and what stands in the way of making them so again.

Everything is read by sets. Streams come in batches of tuples, each stream from one state of the roster.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.plans import Change, Reason
from cartable.model.scopes import WHOLE, Scope
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.failures import translated
from cartable.store.moments import Moment, Sql, of_sources, sources
from cartable.store.rosters import Roster
from cartable.store.runs import change_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

Batches = Iterator[list[tuple[Any, ...]]]

_BATCH = 5_000
_WANTED = "roster_wanted"


def movers(roster: Roster) -> dict[int, int]:
    """The number of the run that reached each revision; a run that changed nothing repeats the one before."""
    from cartable.store.tables import Run

    with translated(roster.place):
        rows = Run._default_manager.using(roster.alias).order_by("-number").values_list("revision", "number")
        return dict(rows)


def touched(roster: Roster, entity: str, revision: int, scope: Scope = WHOLE) -> Batches:
    """The records that one revision changed: as they were before it, as it made them, as they are now.

    Args:
        scope: the part of the roster that they must belong to, before or after.

    Returns:
        Tuples: id, active before (None for what was not there), after and now (0 or 1), the reason;
        then every field before, every one after, every one now, as canonical text.
    """
    kind = BY_NAME[entity]
    sql, parameters = _between(roster, kind, (revision - 1, revision), scope)
    texts = [
        roster.driver.text(field, f"s.{quoted(prefix + snake(field.name))}")
        for prefix in "bac"
        for field in kind.fields
    ]
    head = ["s.record", *(_number(f"s.{activity}") for activity in ("was", "became", "now")), "s.reason"]
    yield from _streamed(roster, f"select {', '.join([*head, *texts])} from ({sql}) s", parameters)


def differences(
    roster: Roster, entity: str, revisions: tuple[int, int], scope: Scope = WHOLE
) -> Iterator[Change]:
    """What differs between the rosters at two revisions, the earlier one first, by key.

    Args:
        scope: the part of the roster that the records must belong to, in either.
    """
    kind = BY_NAME[entity]
    sql, parameters = _between(roster, kind, revisions, scope)
    texts = [
        roster.driver.text(field, f"s.{quoted(prefix + snake(field.name))}")
        for prefix in "ab"
        for field in kind.fields
    ]
    head = ["s.reason", _number("s.was"), _number("s.became")]
    key = listed((f"a{name}" for name in columns.key_columns(kind)), "s")
    select = f"select {', '.join([*head, *texts])} from ({sql}) s order by {key}"
    width = len(kind.fields)
    for batch in _streamed(roster, select, parameters):
        for reason, was, became, *values in batch:
            activity = (None if was is None else bool(was), bool(became))
            new, old = values[:width], values[width:]
            if any(activity) and (activity[0] != activity[1] or new != old):
                yield change_of(kind, Reason(reason), None, activity, new, old)


def _between(roster: Roster, entity: Entity, revisions: tuple[int, int], scope: Scope) -> Sql:
    """A query: the records that changed after the first revision and up to the second.

    Each field three times: `b` before it, with the first revision; `a` after it, with the second; `c`
    the current one.
    """
    first, last = revisions
    current, history = quoted(columns.table_of(entity)), quoted(columns.history_of(entity))
    start, end, record = (
        quoted(name) for name in (columns.FROM_REVISION, columns.TO_REVISION, columns.RECORD)
    )
    active, reason = quoted(columns.ACTIVE), quoted(columns.REASON)
    names = [
        (quoted(name), *(quoted(prefix + name) for prefix in "bac")) for name in columns.field_columns(entity)
    ]
    # What ended at neither revision is still the current row.
    after = "case when a.id is null then c.{0} else a.{0} end"
    fields = ", ".join(
        f"b.{name} as {b}, {after.format(name)} as {a}, c.{name} as {c}" for name, b, a, c in names
    )
    changed = f"where {start} > %s and {start} <= %s"
    sql = (
        f"select t.record, b.{active} as was, {after.format(active)} as became, c.{active} as now, "
        f"{after.format(reason)} as reason, {fields} "
        f"from (select id as record from {current} {changed} "
        f"union select {record} from {history} {changed}) t "
        # CROSS JOIN: SQLite then walks the few that changed, and looks each of them up.
        f"cross join {current} c "
        f"left join {history} b on b.{record} = t.record and b.{start} <= %s and b.{end} > %s "
        f"left join {history} a on a.{record} = t.record and a.{start} <= %s and a.{end} > %s "
        "where c.id = t.record"
    )
    parameters: list[Any] = [first, last, first, last, first, first, last, last]
    if scope.is_whole:
        return sql, parameters
    known = sources(roster)
    conditions = []
    for revision, prefix in ((first, "b"), (last, "a")):
        condition, values = Moment(revision, known).belonging(entity, scope, prefix)
        if condition:
            conditions.append(condition)
            parameters += values
    where = " or ".join(f"({condition})" for condition in conditions)
    return f"select * from ({sql}) w{where and f' where {where}'}", parameters


def holders(roster: Roster, entity: str, keys: Iterable[str]) -> Batches:
    """Who has these identifiers now: tuples of key, id, active (0 or 1)."""
    kind = BY_NAME[entity]
    (key,) = columns.key_columns(kind)
    known, of_them = of_sources(sources(roster), "r")
    sql = (
        f"select r.{quoted(key)}, r.id, {_number(f'r.{quoted(columns.ACTIVE)}')} from {_WANTED} w "
        f"cross join {quoted(columns.table_of(kind))} r where r.{quoted(key)} = w.{quoted(key)} and {known}"
    )
    with _wanted(roster, kind, (key,), ((one,) for one in keys)) as connection:
        yield from _read(connection, sql, of_them)


def former_holders(roster: Roster, entity: str, revision: int, keys: Iterable[str]) -> Batches:
    """Who had these identifiers at a revision, active or not: tuples of key and id."""
    kind = BY_NAME[entity]
    (key,) = columns.key_columns(kind)
    known, of_them = of_sources(sources(roster), "r")
    held = f"r.{quoted(key)} = w.{quoted(key)} and {known} and r.{quoted(columns.FROM_REVISION)} <= %s"
    sql = (
        f"select r.{quoted(key)}, r.id from {_WANTED} w cross join {quoted(columns.table_of(kind))} r "
        f"where {held} union all "
        f"select r.{quoted(key)}, r.{quoted(columns.RECORD)} from {_WANTED} w "
        f"cross join {quoted(columns.history_of(kind))} r "
        f"where {held} and r.{quoted(columns.TO_REVISION)} > %s"
    )
    with _wanted(roster, kind, (key,), ((one,) for one in keys)) as connection:
        yield from _read(connection, sql, [*of_them, revision, *of_them, revision, revision])


def referrers(roster: Roster, entity: str, field: Field, keys: Iterable[str], besides: int | None) -> Batches:
    """Active records that name one of these identifiers in a field: tuples of id, the field's value, the key.

    Args:
        field: of the entity. Of a list all records that have one come, whatever they name.
        besides: the revision whose records are known already, None for none.
    """
    kind = BY_NAME[entity]
    name = quoted(snake(field.name))
    held = ", ".join(f"r.{quoted(part)}" for part in columns.key_columns(kind))
    of_others = "" if besides is None else f" and r.{quoted(columns.FROM_REVISION)} <> {int(besides)}"
    table, active = quoted(columns.table_of(kind)), f"r.{quoted(columns.ACTIVE)}"
    if field.type.is_list:
        where = f"where {active} and r.{name} is not null{of_others}"
        yield from _streamed(roster, f"select r.id, r.{name}, {held} from {table} r {where}", [])
        return
    sql = f"select r.id, r.{name}, {held} from {table} r where {active}{of_others} and r.{name} in "
    with _wanted(roster, kind, (snake(field.name),), ((one,) for one in keys)) as connection:
        yield from _read(connection, f"{sql} (select w.{name} from {_WANTED} w)", [])


def later(roster: Roster, entity: str, revision: int, ids: Iterable[int]) -> Batches:
    """The states of records after a revision: tuples of id, revision, active (0 or 1), every field."""
    kind = BY_NAME[entity]
    start = quoted(columns.FROM_REVISION)
    kept = listed((columns.FROM_REVISION, columns.ACTIVE, *columns.field_columns(kind)), "r")
    texts = ", ".join(roster.driver.text(field, f"s.{quoted(snake(field.name))}") for field in kind.fields)
    tables = (columns.table_of(kind), "id"), (columns.history_of(kind), columns.RECORD)
    states = " union all ".join(
        f"select w.id as state_of, {kept} from {_WANTED} w cross join {quoted(table)} r "
        f"where r.{quoted(one)} = w.id and r.{start} > %s"
        for table, one in tables
    )
    sql = f"select s.state_of, s.{start}, {_number(f's.{quoted(columns.ACTIVE)}')}, {texts} from ({states}) s"
    with _wanted(roster, kind, ("id",), ((one,) for one in ids)) as connection:
        yield from _read(connection, sql, [revision, revision])


@contextmanager
def _wanted(
    roster: Roster, entity: Entity, names: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> "Iterator[BaseDatabaseWrapper]":
    """A connection of its own with the rows in the temporary table `_WANTED`, columns as in the entity's."""
    with roster.reading() as connection:
        with connection.cursor() as cursor:
            table = quoted(columns.table_of(entity))
            cursor.execute(f"create temporary table {_WANTED} as select {listed(names)} from {table} limit 0")
        roster.driver.insert(connection, _WANTED, names, rows)
        roster.driver.measure(connection, _WANTED)
        yield connection


def _streamed(roster: Roster, sql: str, parameters: Sequence[Any]) -> Batches:
    with roster.reading() as connection:
        yield from _read(connection, sql, parameters)


def _read(connection: "BaseDatabaseWrapper", sql: str, parameters: Sequence[Any]) -> Batches:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while batch := cursor.fetchmany(_BATCH):
            yield batch


def _number(condition: str) -> str:
    """SQL: 1 or 0, as both databases then give it; NULL stays."""
    return f"case when {condition} then 1 when not {condition} then 0 end"
