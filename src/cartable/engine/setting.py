"""Changes by hand: judges a value as if it had been delivered, and makes the plan that sets it."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cartable.engine import diffing, findings, judging, loading, overlaying, shaping
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.formats.sds import SDS_V2_1
from cartable.model.deliveries import DeliveredFile
from cartable.model.entities import ENTITIES, Entity, Field
from cartable.model.findings import Action
from cartable.model.options import CheckOptions
from cartable.model.plans import ChangeKind, Counts, Reason

Record = Mapping[str, str | None]
"""Every field's canonical text by its name, as the roster has it."""

# The lines of the record as it is, and as it would be.
_BEFORE, _AFTER = 2, 3


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check would say of a value.

    Args:
        value: its canonical text; None for an empty one.
        code: the rule that it breaks, '' for none.
        detail: what the rule's message names beside the value.
    """

    value: str | None
    code: str = ""
    detail: Mapping[str, str] = dataclasses.field(default_factory=dict)


def judged(
    workspace: Workspace,
    entity: Entity,
    record: Record,
    field: Field,
    cell: str,
    options: CheckOptions,
    layout: Format = SDS_V2_1,
) -> Judged:
    """Judge one value of a record by the rules of its field and its row.

    Args:
        cell: the value as a cell of a file holds it.
    """
    cells = {one.name: _cell(one, record[one.name]) for one in entity.fields}
    loading.create_empty(workspace, entity)
    shape = {"_line": "bigint", **dict.fromkeys(cells, "varchar")}
    rows = ((_BEFORE, *cells.values()), (_AFTER, *{**cells, field.name: cell or None}.values()))
    workspace.insert(f"text_{entity.name}", shape, rows)
    file = DeliveredFile(layout.file_of(entity.name).name, entity.name, "", 0, tuple(cells), True, rows=2)
    subject = Subject(workspace, entity, layout.file_of(entity.name), file, options)
    judging.scan(subject)
    # What was wrong with the record already, such as a code that was taken off its list, is not this value's.
    broken = workspace.execute(
        f"""select code, detail from finding
        where line = {_AFTER} and action in ({literal(Action.EXCLUDE)}, {literal(Action.BLANK)})
            and (code, field) not in (select (code, field) from finding where line = {_BEFORE})
        order by field <> {literal(field.name)}, code limit 1"""
    )
    if broken:
        ((code, detail),) = broken
        return Judged(None, code, json.loads(detail) if detail else {})
    shaping.shape_rows(workspace, entity, layout)
    ((value,),) = workspace.execute(
        f"select {quoted(field.name)} from {quoted('shaped_' + entity.name)} where _line = {_AFTER}"
    )
    return Judged(value)


def set_field(
    workspace: Workspace, entity: Entity, identifier: int, record: Record, field: Field, value: str | None
) -> dict[str, Counts]:
    """Make the tables of a plan that sets one field of one record, or nothing where it holds that already.

    Args:
        identifier: id of the current row.

    Returns:
        What the plan changes, by entity name.
    """
    for table in (diffing.KEPT, overlaying.PINNED):
        workspace.execute(table)
    findings.recall(workspace, ())
    for one in ENTITIES:
        shape = ", ".join(f"{quoted(name)} {kind}" for name, kind in diffing.change_columns(one).items())
        workspace.execute(f"create or replace table {quoted('change_' + one.name)} ({shape})")
    counts = {one.name: Counts() for one in ENTITIES}
    if value == record[field.name]:
        return counts
    change = quoted(f"change_{entity.name}")
    after = {**record, field.name: value}
    olds = {f"old_{name}": text for name, text in record.items()}
    head = {"kind": ChangeKind.UPDATE, "reason": Reason.BY_HAND, "id": identifier, "fields": [field.name]}
    row = {**head, **after, **olds}
    columns = diffing.change_columns(entity)
    shapes = {name: ["varchar"] if columns[name] == "varchar[]" else columns[name] for name in row}
    workspace.insert(f"change_{entity.name}", shapes, [[*row.values()]])
    names = {one.name: quoted(one.name) for one in entity.fields}
    workspace.execute(f"update {change} set digest = {diffing.digest_of(names, entity)}")
    return {**counts, entity.name: Counts(update=1)}


def elements(field: Field, value: str) -> list[str]:
    """The elements of a canonical text; of what is no list the text itself."""
    return list(json.loads(value)) if field.type.is_list else [value]


def _cell(field: Field, value: str | None) -> str | None:
    return ",".join(elements(field, value)) if value else value
