"""Reads a plan's changes out of a workspace for people: by entity, or some of each school."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cartable.engine.belonging import key_of
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.changelists import Listing, Tally
from cartable.model.entities import ENTITIES, Entity
from cartable.model.plans import Change, ChangeKind, Reason, Trait

_KINDS = f"[{', '.join(map(literal, ChangeKind))}]"


def changes(workspace: Workspace, entity: Entity, limit: int | None = None) -> Iterator[Change]:
    """The changes of one entity for people to read, sorted by kind and key.

    Args:
        limit: at most so many of each kind; None for all.
    """
    keys = ", ".join(quoted(key) for key in entity.key)
    qualify = (
        f"qualify row_number() over (partition by kind order by {keys}) <= {int(limit)}" if limit else ""
    )
    sql = f"select {_columns(entity)} from {_told(entity)} {qualify} order by kind, {keys}"
    for batch in workspace.stream(sql, size=2_000):
        for kind, reason, line, fields, key, new, old, traits in batch:
            yield _change(entity, (kind, reason, line), fields, key, new, old, traits)


def listing(workspace: Workspace, schools: Sequence[str], each: int) -> Listing:
    """Some changes of each school, so that every kind in every entity is among them.

    Reads `change_<entity>` and the tables of `cartable.engine.describing`. A change of two schools is
    listed in both.

    Args:
        schools: sourcedIds, in the order in which to list; '' for what belongs to the whole.
        each: at most so many changes of each.
    """
    every = " union all ".join(_placed(number, entity) for number, entity in enumerate(ENTITIES))
    # No temporary tables: streams read on cursors of their own.
    workspace.execute(
        f"""create or replace table ranked as
        select *, row_number() over (partition by school order by rank, number, nature, key) as place from (
            select *, row_number() over (partition by school, number, nature order by key) as rank
            from ({every}) as c
        ) as c"""
    )
    wanted = f"[{', '.join(map(literal, schools))}]::varchar[]"
    workspace.execute(
        f"""create or replace table picked as
        select *, list_position({wanted}, school) as school_number from ranked
        where place <= {int(each)} and school_number is not null"""
    )
    tallies = [
        Tally(school, ENTITIES[number].name, tuple(ChangeKind)[nature - 1], of_all, listed)
        for school, number, nature, of_all, listed in workspace.execute(
            f"""select school, number, nature, count(*), count(*) filter (place <= {int(each)})
            from ranked where list_contains({wanted}, school) group by all order by all"""
        )
    ]
    workspace.execute("drop table ranked")
    called = workspace.execute(
        "select entity, id, label from label semi join (select distinct unnest(key) as id from picked) as k "
        "using (id)"
    )
    return Listing(tallies, {(of, one): label for of, one, label in called}, _picked(workspace))


def _picked(workspace: Workspace) -> Iterator[tuple[str, Change]]:
    """What was picked, by school, entity, kind and key."""
    parts = " union all ".join(
        f"select p.school_number, p.number, p.nature, p.school, {_columns(entity)} "
        f"from {_told(entity)} join picked as p on p.number = {number} and p.key = [{key_of(entity)}]"
        for number, entity in enumerate(ENTITIES)
    )
    sql = f"select * from ({parts}) as c order by school_number, number, nature, key"
    for batch in workspace.stream(sql, size=500):
        for _, number, _, school, kind, reason, line, fields, key, new, old, traits in batch:
            yield (
                school,
                _change(ENTITIES[number], (kind, reason, line), fields, key, new, old, traits),
            )


def _placed(number: int, entity: Entity) -> str:
    """SQL: the changes of an entity, each once for each of its schools; '' for the whole."""
    key = f"[{key_of(entity)}]"
    return (
        f"select {number} as number, list_position({_KINDS}, kind) as nature, {key} as key, "
        f"coalesce(p.school, '') as school from {quoted('change_' + entity.name)} left join (select key as "
        f"placed, school from placed where entity = {literal(entity.name)}) as p on p.placed = {key}"
    )


def _told(entity: Entity) -> str:
    """SQL: the changes of an entity with the traits by which re-keyed records are known."""
    known_by = f"select new, traits from rekeyed where entity = {literal(entity.name)}"
    return (
        f"{quoted('change_' + entity.name)} as c left join ({known_by}) as one "
        f"on one.new = c.{quoted(entity.key[0])} and c.kind = {literal(ChangeKind.REKEY)}"
    )


def _columns(entity: Entity) -> str:
    """SQL: what `_change` takes."""
    keys = ", ".join(f"c.{quoted(key)}" for key in entity.key)
    after = ", ".join(f"c.{quoted(field.name)}" for field in entity.fields)
    before = ", ".join(f"c.{quoted('old_' + field.name)}" for field in entity.fields)
    return (
        f"c.kind as kind, c.reason as reason, c.line as line, c.fields as fields, [{keys}] as key, "
        f"[{after}] as after, [{before}] as before, traits"
    )


def _change(
    entity: Entity,
    head: tuple[str, str, int | None],
    fields: list[str] | None,
    key: list[str],
    after: list[str | None],
    before: list[str | None],
    traits: list[str] | None,
) -> Change:
    names = [field.name for field in entity.fields]
    new, old = dict(zip(names, after, strict=True)), dict(zip(names, before, strict=True))
    kind = ChangeKind(head[0])
    shown = (
        [name for name in new if new[name] not in (None, "")] if kind is ChangeKind.ADD else (fields or [])
    )
    change = Change(
        entity.name,
        kind,
        Reason(head[1]),
        tuple(key),
        head[2],
        {} if kind is ChangeKind.ADD else {name: old[name] for name in shown},
        {name: new[name] for name in shown},
    )
    return replace(change, traits=tuple(map(Trait, traits))) if traits else change
