"""Makes a plan of records that leave because somebody says so."""

from collections.abc import Iterable, Mapping

from cartable.engine import diffing, findings, identifying, overlaying
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import ENTITIES, Entity
from cartable.model.plans import ChangeKind, Counts, Reason

Record = tuple[int, Mapping[str, str | None]]
"""The id of a record and its fields as canonical texts."""


def withdraw(workspace: Workspace, records: Mapping[str, Iterable[Record]]) -> dict[str, Counts]:
    """Make `change_<entity>` of every entity, as `cartable.engine.diffing.compare` does.

    Args:
        records: active ones that leave, by entity name.

    Returns:
        Counts by entity name.
    """
    findings.recall(workspace, ())
    for table in (diffing.KEPT, overlaying.PINNED):
        workspace.execute(table)
    identifying.start(workspace)
    return {entity.name: _withdraw(workspace, entity, records.get(entity.name, ())) for entity in ENTITIES}


def _withdraw(workspace: Workspace, entity: Entity, records: Iterable[Record]) -> Counts:
    names = [field.name for field in entity.fields]
    shape = ", ".join(f"{quoted(name)} varchar" for name in names)
    workspace.execute(f"create or replace table withdrawn (id bigint, {shape})")
    rows = [(one, *(values[name] for name in names)) for one, values in records]
    workspace.insert("withdrawn", {"id": "bigint", **dict.fromkeys(names, "varchar")}, rows)
    olds = ", ".join(f"{quoted(name)} as {quoted('old_' + name)}" for name in names)
    digest = diffing.digest_of({name: quoted(name) for name in names}, entity)
    workspace.execute(
        f"""create or replace table {quoted("change_" + entity.name)} as
        select {literal(ChangeKind.DEACTIVATE)} as kind, {literal(Reason.BY_HAND)} as reason,
            null::bigint as line, id, {digest} as digest, []::varchar[] as fields,
            {", ".join(map(quoted, names))}, {olds}
        from withdrawn"""
    )
    workspace.execute("drop table withdrawn")
    return Counts(deactivate=len(rows))
