"""Spares from an undo what people decided to keep until a day, and fields that are pinned as they are.

An undo is a person's word, as a keep and a pin are: what the later one forbids, the undo leaves, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cartable.engine.overlaying import naming
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.decisions import Keep, Pin
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.plans import ChangeKind
from cartable.model.undos import LeftReason

_USERS, _CLASSES, _ROLES = (BY_NAME[name] for name in ("users", "classes", "roles"))
_SPARED = {"number": "bigint", "until": "date", "person": "varchar", "class": "varchar", "org": "varchar"}
_PINS = {"number": "bigint", "entity": "varchar", "id": "bigint", "field": "varchar"}


@dataclass(frozen=True)
class Decided:
    """The keeps and pins in force, by number.

    Args:
        homes: the organisation of each class that a keep names.
    """

    keeps: Mapping[int, Keep] = field(default_factory=dict)
    pins: Mapping[int, Pin] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)

    def decision(self, reason: LeftReason, number: int | None) -> Keep | Pin | None:
        """The decision of a number by which something is left for a reason; None for another reason."""
        if number is None:
            return None
        return self.keeps[number] if reason is LeftReason.KEPT else self.pins[number]


NOTHING_DECIDED = Decided()


def spare(workspace: Workspace, decided: Decided) -> None:
    """Add to `dropped` of `cartable.engine.referring` what the decisions forbid to restore."""
    keeps = (
        (keep.number, keep.until.isoformat(), keep.user, keep.klass, decided.homes.get(keep.klass, ""))
        for keep in decided.keeps.values()
    )
    pins = ((pin.number, pin.entity, pin.record, pin.field) for pin in decided.pins.values())
    for table, shape, rows in (("spared", _SPARED, keeps), ("fixed", _PINS, pins)):
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in shape.items())
        workspace.execute(f"create or replace table {table} ({columns})")
        workspace.insert(table, shape, rows)
    for entity in ENTITIES:
        _spare_kept(workspace, entity)
        _spare_pinned(workspace, entity)


def _spare_kept(workspace: Workspace, entity: Entity) -> None:
    """What a keep is about does not go; of several the one that holds longest is told."""
    person, klass = (
        name and f"i.{quoted('old_' + name)}" for name in (naming(entity, _USERS), naming(entity, _CLASSES))
    )
    cases = []
    if person:
        cases.append(f"s.class = '' and s.person = {person}")
    if klass:
        cases.append(f"s.person = '' and s.class = {klass}")
    if person and klass:
        cases.append(f"s.person = {person} and s.class = {klass}")
    if entity is _ROLES:
        # Who is a member of a class has a role in its organisation.
        cases.append(
            f"s.class <> '' and s.person = {person} and s.org = i.{quoted('old_' + entity.belongs_by)}"
        )
    if not cases:
        return
    workspace.execute(
        f"""insert into dropped
        select {literal(entity.name)}, i.id, null, {literal(LeftReason.KEPT)}, null, null,
            arg_max(s.number, s.until)
        from {quoted("intended_" + entity.name)} as i join spared as s on {" or ".join(cases)}
        where i.kind = {literal(ChangeKind.DEACTIVATE)} group by i.id"""
    )


def _spare_pinned(workspace: Workspace, entity: Entity) -> None:
    """A pinned field holds what it holds."""
    workspace.execute(
        f"""insert into dropped
        select {literal(entity.name)}, i.id, p.field, {literal(LeftReason.PINNED)}, null, null, p.number
        from {quoted("intended_" + entity.name)} as i
        join fixed as p on p.entity = {literal(entity.name)} and p.id = i.id
        where i.kind is not null and list_contains(i.restored, p.field)"""
    )
