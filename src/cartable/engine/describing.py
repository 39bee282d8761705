"""What a plan file says beside its changes, so that it can be read without the roster.

To which schools each change belongs, and what the records are called that changes name.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from cartable.engine.belonging import Schools, changes_of, key_of, target_of
from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME, ENTITIES, Entity, Field

TABLES: Mapping[str, str] = {
    "placed": "entity varchar, key varchar[], school varchar",
    "label": "entity varchar, id varchar, label varchar",
}
"""The tables that this makes, with their columns: the schools of each change (what belongs to the whole
is not there), and what people call the records that changes name."""

# The fields that people call a record by; those after the first are for records that lack it.
_CALLED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "orgs": (("name",),),
    "academicSessions": (("title",),),
    "users": (("givenName", "familyName"), ("username",)),
    "courses": (("title",),),
    "classes": (("title",),),
}


def create_empty(workspace: Workspace) -> None:
    """Make the tables where they are not there: of a plan of which nothing is told."""
    for table, columns in TABLES.items():
        workspace.execute(f"create table if not exists {table} ({columns})")


def describe(workspace: Workspace, schools: Schools, roster: RosterReader, changing: Collection[str]) -> None:
    """Fill the tables for the plan in a workspace.

    Args:
        roster: where records lie that changes name and that were not delivered.
        changing: names of the entities that have changes.
    """
    create_empty(workspace)
    for table in TABLES:
        workspace.execute(f"delete from {table}")
    entities = [entity for entity in ENTITIES if entity.name in changing]
    for entity in entities:
        workspace.execute(
            f"insert into placed select distinct {literal(entity.name)}, [{key_of(entity)}], school "
            f"from ({schools.of(entity, changes_of(entity))}) where school is not null"
        )
    _call(workspace, BY_NAME["orgs"], "select school from placed", roster)
    for name in _CALLED:
        if named := " union ".join(_named(BY_NAME[name], entities)):
            _call(workspace, BY_NAME[name], named, roster)


def _named(target: Entity, entities: list[Entity]) -> Iterator[str]:
    """SQL: the ids of records that changes are of, or name, before or after."""
    for entity in entities:
        if entity is target:
            yield f"select {key_of(entity)} from {changes_of(entity)}"
        for field in entity.references:
            if target_of(field) is target:
                for prefix in ("", "old_"):
                    yield f"select {_element(field, prefix)} from {changes_of(entity)}"


def _element(field: Field, prefix: str) -> str:
    value = quoted(prefix + field.name)
    return f"unnest(from_json({value}, '[\"varchar\"]'))" if field.type.is_list else value


def _call(workspace: Workspace, target: Entity, named: str, roster: RosterReader) -> None:
    """Add what records of an entity are called: as delivered, as the plan has them, as the roster does."""
    (key,), entity = target.key, literal(target.name)
    known = " union all ".join(
        f"select {quoted(prefix + key)} as id, {_label(target, prefix)} as label from {quoted(source)}"
        for source, prefix in ((f"shaped_{target.name}", ""), (f"change_{target.name}", "old_"))
    )
    unknown = (
        f"select distinct id from ({named}) as n (id) where id is not null and id <> '' "
        f"and id not in (select id from label where entity = {entity})"
    )
    workspace.execute(
        f"insert into label select {entity}, id, min(label) from ({known}) as k "
        f"semi join ({unknown}) as n using (id) where label is not null group by id"
    )
    missing = workspace.execute(unknown)
    if not missing:
        return
    shape = {field.name: "varchar" for field in target.fields}
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in shape.items())
    workspace.execute(f"create or replace temp table fetched ({columns})")
    batches = roster.records(target.name, iter(()), iter([missing]))
    workspace.insert("fetched", shape, (record[2:] for record in chain.from_iterable(batches)))
    workspace.execute(
        f"insert into label select {entity}, {quoted(key)}, {_label(target, '')} from fetched "
        f"where {_label(target, '')} is not null"
    )
    workspace.execute("drop table fetched")


def _label(entity: Entity, prefix: str) -> str:
    """SQL: what a record is called."""
    ways = (
        f"nullif(concat_ws(' ', {', '.join(quoted(prefix + name) for name in names)}), '')"
        for names in _CALLED[entity.name]
    )
    return f"coalesce({', '.join(ways)})"
