"""What is read to tell the story of a record: its states, what belongs to it, what was kept of it.

Everything is looked up by an index: keys, the history's `record`, and on current tables the people that
enrollments and contacts name (`cartable.store.columns.looked_up`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cartable.model.entities import BY_NAME
from cartable.model.plans import Kept, Run
from cartable.model.scopes import references
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.failures import translated
from cartable.store.moments import of_sources, sources
from cartable.store.rosters import Roster
from cartable.store.runs import KEPT_TOLD, kept_of, key_text, run_of

# SQLite takes a thousand parameters by default.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class State:
    """What a record was for a while.

    Args:
        record: the id of its current row.
        since: the revision that made it so.
        until: the revision that made it something else, None for the current state.
        values: every field as canonical text.
    """

    record: int
    since: int
    until: int | None
    is_active: bool
    reason: str
    line: int | None
    values: Mapping[str, str | None]


def is_known(roster: Roster, entity: str, identifier: str) -> bool:
    """Whether a record has, or ever had, the identifier."""
    return bool(records_called(roster, entity, identifier))


def records_called(roster: Roster, entity: str, identifier: str) -> list[int]:
    """Ids of the records that have or had the identifier, the one that has it first."""
    kind = BY_NAME[entity]
    (key,) = columns.key_columns(kind)
    known, of_them = of_sources(sources(roster))
    where = f"where {known} and {quoted(key)} = %s"
    has = f"select id, 0 as place from {quoted(columns.table_of(kind))} {where}"
    had = f"select {quoted(columns.RECORD)}, 1 from {quoted(columns.history_of(kind))} {where}"
    sql = f"select id from ({has} union {had}) r group by id order by min(place), id"
    return [row[0] for row in _rows(roster, sql, [*of_them, identifier] * 2)]


def states(roster: Roster, entity: str, ids: Iterable[int]) -> dict[int, list[State]]:
    """All states of records, of each the earliest first."""
    kind = BY_NAME[entity]
    head = (columns.FROM_REVISION, columns.ACTIVE, columns.REASON, columns.LINE)
    kept = listed((*head, *columns.field_columns(kind)))
    names = [field.name for field in kind.fields]
    texts = ", ".join(roster.driver.text(field, f"r.{quoted(snake(field.name))}") for field in kind.fields)
    told: dict[int, list[State]] = {}
    for some in _pieces(ids):
        marks = ", ".join(["%s"] * len(some))
        sql = (
            f"select r.record, r.until, {listed(head, 'r')}, {texts} from ("
            f"select id as record, null as until, {kept} from {quoted(columns.table_of(kind))} "
            f"where id in ({marks}) union all "
            f"select {quoted(columns.RECORD)}, {quoted(columns.TO_REVISION)}, {kept} "
            f"from {quoted(columns.history_of(kind))} where {quoted(columns.RECORD)} in ({marks})"
            f") r order by r.record, r.{quoted(columns.FROM_REVISION)}"
        )
        for record, until, since, active, reason, line, *values in _rows(roster, sql, [*some, *some]):
            of_it = dict(zip(names, values, strict=True))
            told.setdefault(record, []).append(State(record, since, until, bool(active), reason, line, of_it))
    return told


def naming(roster: Roster, entity: str, target: str, identifiers: Sequence[str]) -> list[int]:
    """Ids of the records whose key names one of these records of the target."""
    kind = BY_NAME[entity]
    known, of_them = of_sources(sources(roster))
    found: set[int] = set()
    for field in references(kind, BY_NAME[target]):
        if field.name not in kind.key:
            continue
        for some in _pieces(identifiers):
            # What the key begins with is found by the key, which begins with the source.
            first = field.name == kind.key[0]
            where = f"{quoted(snake(field.name))} in ({', '.join(['%s'] * len(some))})"
            where += f" and {known}" if first else ""
            sql = f"select id from {quoted(columns.table_of(kind))} where {where}"
            found.update(row[0] for row in _rows(roster, sql, [*some, *(of_them if first else ())]))
    return sorted(found)


def called(
    roster: Roster, entity: str, identifiers: Iterable[str], names: Sequence[str]
) -> dict[str, tuple[str | None, ...]]:
    """Fields of the records that have these identifiers now, by identifier."""
    kind = BY_NAME[entity]
    (key,) = columns.key_columns(kind)
    known, of_them = of_sources(sources(roster))
    told: dict[str, tuple[str | None, ...]] = {}
    for some in _pieces(identifiers):
        sql = (
            f"select {listed((key, *map(snake, names)))} from {quoted(columns.table_of(kind))} "
            f"where {known} and {quoted(key)} in ({', '.join(['%s'] * len(some))})"
        )
        told |= {row[0]: tuple(row[1:]) for row in _rows(roster, sql, [*of_them, *some])}
    return told


def kept(roster: Roster, entity: str, keys: Iterable[tuple[str, ...]]) -> Iterator[tuple[int, Kept]]:
    """What runs left at its last good state of records with these keys: each with the run's number."""
    for some in _pieces(map(key_text, keys)):
        sql = (
            f"select kept.run, {KEPT_TOLD} "
            f"where kept.entity = %s and kept.key in ({', '.join(['%s'] * len(some))}) order by kept.run"
        )
        for run, *row in _rows(roster, sql, [entity, *some]):
            yield run, kept_of(row)


def runs_reaching(roster: Roster, revisions: Iterable[int]) -> dict[int, Run]:
    """The runs that reached these revisions, by revision."""
    reached: dict[int, Run] = {}
    for run in _runs(roster, "revision", revisions):
        # A run that changed nothing repeats the revision of the one before it.
        reached.setdefault(run.revision, run)
    return reached


def runs_numbered(roster: Roster, numbers: Iterable[int]) -> dict[int, Run]:
    """The runs of these numbers, by number."""
    return {run.number: run for run in _runs(roster, "number", numbers)}


def _runs(roster: Roster, field: str, values: Iterable[int]) -> Iterator[Run]:
    from cartable.store.tables import Run as Row

    with translated(roster.place):
        rows = Row._default_manager.using(roster.alias).defer("profile").order_by("number")
        for some in _pieces(values):
            yield from map(run_of, rows.filter(**{f"{field}__in": some}))


def _rows(roster: Roster, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with translated(roster.place), roster.connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _pieces(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while piece := list(islice(left, _AT_ONCE)):
        yield piece
