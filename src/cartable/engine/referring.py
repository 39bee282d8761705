"""Says which changes of an undo may not be made, because an active record would then name nothing.

A restored reference must name a record that is active afterwards, and the one that it named before the
run; a record that goes, or takes its former identifier back, must be named by none that stays. What may
not be made is left out, which may forbid others: so it is asked again until nothing more is left out.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import ENTITIES, Entity, Field
from cartable.model.plans import ChangeKind
from cartable.model.scopes import is_named
from cartable.model.undos import LeftReason

# Every reference of a touched record, as it is and as it would become. `stays` says of one as it is that
# no change touches it; `is_restored` of one to come that it is not there now.
_REFERENCE = """
create or replace table reference (
    entity varchar, id bigint, record varchar[], field varchar, kind varchar, target varchar, key varchar,
    is_after boolean, stays boolean, is_restored boolean
)
"""

# Every change of a record that others name by its identifier.
_INTENT = """
create or replace table intent (
    entity varchar, id bigint, now boolean, becomes boolean, key varchar, new_key varchar
)
"""

# What is left out: a whole change, or one field of it; `decision` is the number of the keep or pin.
_DROPPED = """
create or replace table dropped (
    entity varchar, id bigint, field varchar, reason varchar, other varchar, other_key varchar[],
    decision bigint
)
"""

_GONE = "select 1 from dropped as d where d.entity = {0}.entity and d.id = {0}.id and "


class ReferenceReader(Protocol):
    """How references are followed in the roster."""

    def holders(self, entity: str, keys: Iterator[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Who has these identifiers now: key, id, active (0 or 1)."""
        ...

    def former_holders(self, entity: str, keys: Iterator[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Who had these identifiers before the run: key, id."""
        ...

    def referrers(self, entity: str, field: Field, keys: Iterator[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Active records that name one of these in the field (of a list: that have one): id, value, key."""
        ...


def begin(workspace: Workspace) -> None:
    """Make the empty table `dropped`, to which what may not be made for other reasons is added."""
    workspace.execute(_DROPPED)


def settle(workspace: Workspace, reader: ReferenceReader) -> None:
    """Add to `dropped` the changes in `intended_<entity>` that may not be made."""
    for table in (_REFERENCE, _INTENT):
        workspace.execute(table)
    for entity in ENTITIES:
        for field in entity.references:
            _note_references(workspace, entity, field)
        if is_named(entity):
            _note_intents(workspace, entity)
    _look_up(workspace, reader)
    before, dropped = -1, 0
    while dropped > before:
        before = dropped
        _drop_what_names_nothing(workspace)
        _drop_what_is_named(workspace)
        ((dropped,),) = workspace.execute("select count(*) from dropped")


def _note_references(workspace: Workspace, entity: Entity, field: Field) -> None:
    assert field.reference
    name, old = quoted(field.name), quoted("old_" + field.name)
    record = f"[{', '.join(quoted('old_' + key) for key in entity.key)}]"
    is_restored = f"list_contains(restored, {literal(field.name)})"
    updates = f"kind = {literal(ChangeKind.UPDATE)}"
    becomes = (
        f"(kind = {literal(ChangeKind.REACTIVATE)} "
        f"or now and (kind = {literal(ChangeKind.REKEY)} or {updates} and {is_restored}))"
    )
    target = field.reference.entity
    head = f"{literal(entity.name)}, id, {record}, {literal(field.name)}, kind, {literal(target)}"
    stays = f"kind is null or ({updates} and not {is_restored})"
    workspace.execute(
        f"""insert into reference select * from (
            select {head}, {_elements(field, old)} as key, false, {stays}, false
            from {quoted("intended_" + entity.name)} where now
            union all
            select {head}, {_elements(field, name)}, true, false, not now or {name} is distinct from {old}
            from {quoted("intended_" + entity.name)} where {becomes}
        ) as one where key <> ''"""
    )


def _note_intents(workspace: Workspace, entity: Entity) -> None:
    (key,) = entity.key
    workspace.execute(
        f"""insert into intent
        select {literal(entity.name)}, id, now, case kind when {literal(ChangeKind.REACTIVATE)} then true
            when {literal(ChangeKind.DEACTIVATE)} then false else now end,
            {quoted("old_" + key)}, {quoted(key)}
        from {quoted("intended_" + entity.name)} where kind is not null"""
    )


def _look_up(workspace: Workspace, reader: ReferenceReader) -> None:
    """Bring in what the roster says of the identifiers that matter: `holder`, `former` and `referrer`."""
    shapes = {
        "holder": {"target": "varchar", "key": "varchar", "id": "bigint", "active": "boolean"},
        "former": {"target": "varchar", "key": "varchar", "id": "bigint"},
    }
    for table, shape in shapes.items():
        columns = ", ".join(f"{name} {kind}" for name, kind in shape.items())
        workspace.execute(f"create or replace table {table} ({columns})")
    workspace.execute(
        "create or replace table referrer "
        "(entity varchar, id bigint, record varchar[], target varchar, key varchar)"
    )
    for target in filter(is_named, ENTITIES):
        is_target = f"target = {literal(target.name)}"
        restored = f"select distinct key from reference where is_restored and {is_target}"
        if _any(workspace, restored):
            for table, read in (("holder", reader.holders), ("former", reader.former_holders)):
                rows = (row for batch in read(target.name, _keys(workspace, restored)) for row in batch)
                workspace.insert(table, shapes[table], ((target.name, *row) for row in rows))
        removed = f"select key from intent where entity = {literal(target.name)} and {_LEAVES}"
        if _any(workspace, removed):
            for entity in ENTITIES:
                for field in entity.references:
                    if field.reference and field.reference.entity == target.name:
                        _note_referrers(workspace, reader, (entity, field), removed)


# Of an intent: that its identifier is nobody's afterwards.
_LEAVES = "now and (not becomes or key <> new_key)"


def _note_referrers(
    workspace: Workspace, reader: ReferenceReader, place: tuple[Entity, Field], removed: str
) -> None:
    """Note the active records that the undo does not touch and that name one of the removed identifiers."""
    entity, field = place
    assert field.reference
    shape = {"id": "bigint", "value": "varchar", "record": ["varchar"]}
    workspace.execute("create or replace table naming (id bigint, value varchar, record varchar[])")
    rows = reader.referrers(entity.name, field, _keys(workspace, removed))
    workspace.insert("naming", shape, ((id_, value, key) for batch in rows for id_, value, *key in batch))
    workspace.execute(
        f"""insert into referrer
        select {literal(entity.name)}, id, record, {literal(field.reference.entity)}, key
        from (select id, record, {_elements(field, "value")} as key from naming
            anti join {quoted("intended_" + entity.name)} using (id)) as one
        semi join ({removed}) as gone using (key)"""
    )


def _drop_what_names_nothing(workspace: Workspace) -> None:
    holds = f"""
        select entity as target, new_key as key, id from intent as i
        where becomes and not exists ({_GONE.format("i")} d.field is null)
        union all select target, key, id from holder as h where active and not exists (
            select 1 from intent as i where i.entity = h.target and i.id = h.id
            and not exists ({_GONE.format("i")} d.field is null))"""
    workspace.execute(
        f"""insert into dropped
        select entity, id, field, {literal(LeftReason.DANGLING)}, arg_min(target, key), [min(key)], null
        from (
            select r.entity, r.id, r.target, r.key,
                case when r.kind = {literal(ChangeKind.UPDATE)} then r.field end as field
            from reference as r
            where r.is_restored and not exists ({_GONE.format("r")} (d.field is null or d.field = r.field))
            and not exists (select 1 from ({holds}) as h left join former as f
                on f.target = h.target and f.key = h.key
                where h.target = r.target and h.key = r.key and coalesce(f.id, h.id) = h.id)
        ) as one group by entity, id, field"""
    )


def _drop_what_is_named(workspace: Workspace) -> None:
    names = f"""
        select entity, record, target, key from reference as r
        where stays or is_after <> exists ({_GONE.format("r")} (d.field is null or d.field = r.field))
        union all select entity, record, target, key from referrer"""
    workspace.execute(
        f"""insert into dropped
        select i.entity, i.id, null, {literal(LeftReason.NAMED)}, arg_min(n.entity, n.record), min(n.record),
            null
        from intent as i join ({names}) as n on n.target = i.entity and n.key = i.key
        where {_LEAVES.replace("key <>", "i.key <>")} and not exists ({_GONE.format("i")} d.field is null)
        group by i.entity, i.id"""
    )


def _elements(field: Field, value: str) -> str:
    """SQL: the identifiers in a value, one a row."""
    return f"unnest(from_json({value}, '[\"varchar\"]'))" if field.type.is_list else value


def _any(workspace: Workspace, rows: str) -> bool:
    return bool(workspace.execute(f"select 1 from ({rows}) as one limit 1"))


def _keys(workspace: Workspace, rows: str) -> Iterator[str]:
    return (key for batch in workspace.stream(rows) for (key,) in batch)
