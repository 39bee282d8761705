"""What is read from a roster. Streams come in batches, each from one state of the roster.

No function here writes; temporary tables are the connection's own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cartable.model.checksums import checksums_from
from cartable.model.documents import counts_from, delivery_from
from cartable.model.entities import BY_NAME, ENTITIES, Entity, Field
from cartable.model.plans import DEFAULT_SOURCE, RosterState
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.digesting import digests
from cartable.store.failures import translated
from cartable.store.rosters import Roster
from cartable.store.runs import (
    findings,
    identity,
    kept,
    last_run,
    other_sources,
    precedent,
    run,
    run_changes,
    runs,
)

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from cartable.store.drivers import Ids

__all__ = [
    "DEFAULT_SOURCE",
    "active_records",
    "digests",
    "findings",
    "kept",
    "last_run",
    "other_sources",
    "owned_by",
    "precedent",
    "records",
    "records_as_of",
    "run",
    "run_changes",
    "runs",
    "state",
]

_BATCH = 5_000
_WANTED, _WANTED_KEY, _WANTED_NAME = "roster_wanted", "roster_wanted_key", "roster_wanted_name"

Record = dict[str, str | None]


def state(roster: Roster, source: str = DEFAULT_SOURCE) -> RosterState:
    """What planning needs to know besides the records.

    Active records are not counted but summed from the runs: an apply writes nothing whose count
    differs from its plan's.
    """
    from cartable.store.tables import Installation, Run

    active = {entity.name: 0 for entity in ENTITIES}
    delivered: dict[str, set[str]] = {entity.name: set() for entity in ENTITIES}
    baseline: dict[str, tuple[str, ...]] = {}
    with translated(roster.place):
        installation = Installation._default_manager.using(roster.alias).get()
        of_source = Run._default_manager.using(roster.alias).filter(source=source).order_by("number")
        for changes, document in of_source.values_list("changes", "input").iterator(chunk_size=100):
            for name, counts in counts_from(changes).items():
                active[name] += counts.growth
            delivery = delivery_from(document)
            if not delivery.files:  # an undo, or what was set by hand
                continue
            files = [file for file in delivery.carriers if file.entity and file.readable]
            told = {str(file.entity): file.columns for file in files}
            left = {name: fields for name, fields in baseline.items() if delivery.is_silent(name)}
            baseline = {**left, **told}
            for name, fields in told.items():
                delivered[name].update(fields)
        latest = Run._default_manager.using(roster.alias).order_by("-number")
        sums = checksums_from(latest.values_list("checksums", flat=True).first()).get(source, {})
    ordered = {
        entity.name: tuple(field.name for field in entity.fields if field.name in delivered[entity.name])
        for entity in ENTITIES
        if delivered[entity.name]
    }
    return RosterState(installation.revision, identity(installation), active, baseline, ordered, sums)


def active_records(roster: Roster, entity: str, source: str = DEFAULT_SOURCE) -> Iterator[Record]:
    """The active records of an entity by key: canonical texts by field name, keys '' for nothing."""
    kind = BY_NAME[entity]
    rows = (
        f"select {listed(columns.field_columns(kind))} from {quoted(columns.table_of(kind))} "
        f"where {quoted(columns.SOURCE)} = %s and {quoted(columns.ACTIVE)}"
    )
    return _streamed(roster, kind, rows, (source,))


def records_as_of(
    roster: Roster, entity: str, revision: int, source: str = DEFAULT_SOURCE
) -> Iterator[Record]:
    """The records that were active at a revision, as `active_records` gives them."""
    kind = BY_NAME[entity]
    kept = listed(columns.field_columns(kind))
    began = (
        f"where {quoted(columns.SOURCE)} = %s and {quoted(columns.ACTIVE)} "
        f"and {quoted(columns.FROM_REVISION)} <= %s"
    )
    rows = (
        f"select {kept} from {quoted(columns.table_of(kind))} {began} union all "
        f"select {kept} from {quoted(columns.history_of(kind))} {began} "
        f"and {quoted(columns.TO_REVISION)} > %s"
    )
    return _streamed(roster, kind, rows, (source, revision, source, revision, revision))


def _streamed(roster: Roster, entity: Entity, rows: str, parameters: Sequence[Any]) -> Iterator[Record]:
    names = [field.name for field in entity.fields]
    sql = f"select {_texts(roster, entity)} from ({rows}) r order by {listed(columns.key_columns(entity))}"
    with roster.reading() as connection, connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while batch := cursor.fetchmany(_BATCH):
            for values in batch:
                yield dict(zip(names, values, strict=True))


def _texts(roster: Roster, entity: Entity) -> str:
    return ", ".join(roster.driver.text(field, f"r.{quoted(snake(field.name))}") for field in entity.fields)


def records(
    roster: Roster,
    entity: str,
    source: str,
    ids: "Iterable[Ids]",
    keys: Iterable[list[tuple[object, ...]]],
    named: Mapping[str, Iterable[list[tuple[object, ...]]]] = MappingProxyType({}),
) -> Iterator[list[tuple[Any, ...]]]:
    """The current records with one of the ids, one of the keys or one of the references, each once.

    Args:
        ids: arrays of ids (int64).
        keys: lists of tuples, key values in the entity's order.
        named: by field that refers to records, lists of tuples of one: identifiers that it names.

    Returns:
        Batches of tuples: id, active (0 or 1), then every field as canonical text.
    """
    kind = BY_NAME[entity]
    table = quoted(columns.table_of(kind))
    key = columns.key_columns(kind)
    driver = roster.driver
    owned = f"r.{quoted(columns.SOURCE)} = %s"
    with roster.reading() as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"create temporary table {_WANTED} (id bigint)")
            cursor.execute(
                f"create temporary table {_WANTED_KEY} as select {listed(key)} from {table} limit 0"
            )
        driver.insert(connection, _WANTED, ("id",), ((number,) for array in ids for number in array.tolist()))
        driver.insert(connection, _WANTED_KEY, key, chain.from_iterable(keys))
        same = " and ".join(f"r.{quoted(name)} = w.{quoted(name)}" for name in key)
        # CROSS JOIN: SQLite then walks the few that are wanted, and looks each of them up.
        with connection.cursor() as cursor:
            cursor.execute(
                f"insert into {_WANTED} select r.id from {_WANTED_KEY} w cross join {table} r "
                f"where {owned} and {same}",
                (source,),
            )
        for name, identifiers in named.items():
            _want_referring(roster, connection, kind, kind.field(name), identifiers, source)
        driver.measure(connection, _WANTED)
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                f"select r.id, case when r.{quoted(columns.ACTIVE)} then 1 else 0 end, "
                f"{_texts(roster, kind)} from (select distinct id from {_WANTED}) w "
                f"cross join {table} r where r.id = w.id and {owned}",
                (source,),
            )
            while batch := cursor.fetchmany(_BATCH):
                yield batch


def _want_referring(
    roster: Roster,
    connection: "BaseDatabaseWrapper",
    entity: Entity,
    field: Field,
    identifiers: Iterable[list[tuple[object, ...]]],
    source: str,
) -> None:
    """Want the records whose field names one of the identifiers; one pass over the table, or its index."""
    table, column = quoted(columns.table_of(entity)), quoted(snake(field.name))
    with connection.cursor() as cursor:
        # Of the column's own type and order, so that its index can be used.
        cursor.execute(
            f"create temporary table {_WANTED_NAME} as select {column} as name from {table} limit 0"
        )
    roster.driver.insert(connection, _WANTED_NAME, ("name",), chain.from_iterable(identifiers))
    roster.driver.measure(connection, _WANTED_NAME)
    names = f"in (select name from {_WANTED_NAME})"
    condition = f"r.{column} {names}"
    if field.type.is_list:
        condition = f"exists (select 1 from {roster.driver.elements(f'r.{column}')} where value {names})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {_WANTED} select r.id from {table} r "
            f"where r.{quoted(columns.SOURCE)} = %s and {condition}",
            (source,),
        )
        cursor.execute(f"drop table {_WANTED_NAME}")


def owned_by(
    roster: Roster, entity: str, source: str, firsts: Iterable[list[tuple[object, ...]]]
) -> Iterator[list[tuple[Any, ...]]]:
    """A source's active records the first part of whose key is one of these.

    Args:
        firsts: lists of tuples of one.

    Returns:
        Batches of tuples: every field as canonical text.
    """
    kind = BY_NAME[entity]
    for batch in records(roster, entity, source, (), (), {kind.key[0]: firsts}):
        yield [record[2:] for record in batch if record[1]]
