"""The changes of a plan in a workspace, for people to read."""

from collections.abc import Iterator
from dataclasses import replace

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Entity
from cartable.model.plans import Change, ChangeKind, Reason, Trait


def changes(workspace: Workspace, entity: Entity, limit: int | None = None) -> Iterator[Change]:
    """The changes of one entity for people to read, sorted by kind and key.

    Args:
        limit: at most so many of each kind; None for all.
    """
    names = [field.name for field in entity.fields]
    keys = ", ".join(quoted(key) for key in entity.key)
    qualify = (
        f"qualify row_number() over (partition by kind order by {keys}) <= {int(limit)}" if limit else ""
    )
    after, before = ", ".join(map(quoted, names)), ", ".join(quoted("old_" + name) for name in names)
    known_by = f"select new, traits from rekeyed where entity = {literal(entity.name)}"
    sql = (
        f"select kind, reason, line, fields, [{keys}], [{after}], [{before}], traits "
        f"from {quoted('change_' + entity.name)} "
        f"left join ({known_by}) as one on one.new = {quoted(entity.key[0])} "
        f"and kind = {literal(ChangeKind.REKEY)} {qualify} order by kind, {keys}"
    )
    for batch in workspace.stream(sql, size=2_000):
        for kind, reason, line, fields, key, new, old, traits in batch:
            values = dict(zip(names, new, strict=True)), dict(zip(names, old, strict=True))
            change = _change(entity, (kind, reason, line), fields, key, *values)
            yield replace(change, traits=tuple(map(Trait, traits))) if traits else change


def _change(
    entity: Entity,
    head: tuple[str, str, int | None],
    fields: list[str] | None,
    key: list[str],
    new: dict[str, str | None],
    old: dict[str, str | None],
) -> Change:
    kind = ChangeKind(head[0])
    shown = (
        [name for name in new if new[name] not in (None, "")] if kind is ChangeKind.ADD else (fields or [])
    )
    return Change(
        entity.name,
        kind,
        Reason(head[1]),
        tuple(key),
        head[2],
        {} if kind is ChangeKind.ADD else {name: old[name] for name in shown},
        {name: new[name] for name in shown},
    )
