"""Takes changes out of a plan: those of schools that are left at their last good state, or kinds that wait.

What is taken out is held back with what cannot do without it, so that no record of the roster comes to
name one that is not there:

- a record that would name one whose appearance is held back is held back as well;
- a record that one which stays as it was still names does not go, nor get another key;
- a key that a record keeps, whose new key is held back, is nobody else's.

The invariant: where no active record of the roster names a missing one, and the delivery has none that
does, none does after what remains of the plan.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from cartable.engine.belonging import APPEARING, DISAPPEARING, Schools, changes_of, is_of, key_of, target_of
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import ENTITIES, Entity, Field
from cartable.model.plans import ChangeKind, Counts, KeptReason

Taken = dict[str, dict[str, int]]
"""How many changes are held back: by school ('' for what waits whatever its school), by entity."""


class Quarantining:
    """The changes of a plan that are to be held back.

    Args:
        counts: of the plan, by entity name.
        files: names of the delivered files, by entity name.
    """

    def __init__(self, workspace: Workspace, counts: Mapping[str, Counts], files: Mapping[str, str]) -> None:
        self.workspace = workspace
        self.counts = dict(counts)
        self.files = files
        self.entities = [entity for entity in ENTITIES if counts[entity.name].changing]
        for entity in self.entities:
            workspace.execute(
                f"create or replace table {_back(entity)} as "
                f"select {key_of(entity)}, null::varchar as school from {changes_of(entity)} where false"
            )

    def take_schools(self, schools: Schools, ids: Collection[str]) -> None:
        """Hold back what belongs to these schools."""
        listed = ", ".join(map(literal, ids))
        for entity in self.entities:
            self._add(
                entity, f"select * from ({schools.of(entity, changes_of(entity))}) where school in ({listed})"
            )

    def take_kinds(self, *kinds: ChangeKind) -> None:
        """Hold back what is of these kinds."""
        for entity in self.entities:
            self._add(entity, f"select {key_of(entity)}, '' as school from {changes_of(entity, *kinds)}")

    def close(self) -> Taken:
        """Add what cannot do without it, take all of it out of the plan, and note it in `kept`."""
        while sum(self._dependents()):
            pass
        taken: Taken = {}
        for entity in self.entities:
            by_school = f"select school, count(*) from {_back(entity)} group by 1"
            for school, number in self.workspace.execute(by_school):
                taken.setdefault(school, {})[entity.name] = number
            self._take_out(entity)
            self.workspace.execute(f"drop table {_back(entity)}")
        return taken

    def _add(self, entity: Entity, rows: str) -> int:
        """Hold back rows (the key, and `school`) that are not held back yet; how many those are."""
        added = self.workspace.execute(
            f"insert into {_back(entity)} select distinct * from ({rows}) as r "
            f"anti join {_back(entity)} as b using ({key_of(entity)}, school)"
        )
        return int(added[0][0])

    def _dependents(self) -> Iterator[int]:
        """Hold back what cannot do without what is held back; how many changes those are, step by step."""
        # Required references point upwards in the table: downwards what needs something is found in one
        # go, upwards what is needed.
        for entity in self.entities:
            yield self._takers(entity)
            for field in entity.references:
                if target_of(field) in self.entities:
                    yield self._needing(entity, field)
        for entity in reversed(self.entities):
            for field in entity.references:
                if target_of(field) in self.entities:
                    yield self._needed(entity, field)

    def _needing(self, entity: Entity, field: Field) -> int:
        """Changes after which a field would name a record whose appearance is held back."""
        target = target_of(field)
        (key,) = target.key
        missing = (
            f"select {quoted(key)} as id, school from {changes_of(target)} join {_back(target)} "
            f"using ({key_of(target)}) where {is_of(ChangeKind.ADD, ChangeKind.REACTIVATE, ChangeKind.REKEY)}"
        )
        return self._add(
            entity,
            f"select {key_of(entity, 'c.')}, m.school from {_naming(entity, field, '', *APPEARING)} as c "
            f"join ({missing}) as m on m.id = c.named",
        )

    def _needed(self, entity: Entity, field: Field) -> int:
        """Changes by which a record would go that a field of one that stays as it was names."""
        target = target_of(field)
        (key,) = target.key
        naming = _naming(entity, field, "old_", *DISAPPEARING)
        named = (
            f"select c.named as id, b.school from {naming} as c "
            f"join {_back(entity)} as b using ({key_of(entity)})"
        )
        going = changes_of(target, ChangeKind.DEACTIVATE, ChangeKind.CLOSE, ChangeKind.REKEY)
        return self._add(
            target,
            f"select {key_of(target, 'c.')}, n.school from {going} as c "
            f"join ({named}) as n on n.id = c.{quoted('old_' + key)}",
        )

    def _takers(self, entity: Entity) -> int:
        """Changes that would take a key which its record does not give up."""
        rekeyed = f"{changes_of(entity, ChangeKind.REKEY)} as k join {_back(entity)} using ({key_of(entity)})"
        same = " and ".join(f"c.{quoted(name)} = r.{quoted('old_' + name)}" for name in entity.key)
        return self._add(
            entity,
            f"select {key_of(entity, 'c.')}, r.school from {changes_of(entity, *APPEARING)} as c "
            f"join (select k.*, school from {rekeyed}) as r on {same}",
        )

    def _take_out(self, entity: Entity) -> None:
        change, using = changes_of(entity), f"using ({key_of(entity)})"
        back = f"(select {key_of(entity)}, max(school) as school from {_back(entity)} group by all)"
        held = f"{change} as c join {back} as b {using}"
        numbers = dict(self.workspace.execute(f"select kind, count(*) from {held} group by 1"))
        if not numbers:
            return
        counts = self.counts[entity.name]
        remaining = {kind: getattr(counts, kind) - number for kind, number in numbers.items()}
        staying = sum(number for kind, number in numbers.items() if kind in DISAPPEARING)
        self.counts[entity.name] = replace(counts, **remaining, keep=counts.keep + staying)
        # Under the key that it keeps.
        is_rekeyed = f"kind = {literal(ChangeKind.REKEY)}"
        key = ", ".join(
            f"case when {is_rekeyed} then {quoted('old_' + name)} else {quoted(name)} end"
            for name in entity.key
        )
        reason = (
            f"case b.school when '' then {literal(KeptReason.CALENDAR)} "
            f"else {literal(KeptReason.QUARANTINED)} end"
        )
        file = f"case when c.line is null then '' else {literal(self.files.get(entity.name, ''))} end"
        self.workspace.execute(
            f"insert into kept select {literal(entity.name)}, c.id, [{key}], {reason}, '', {file}, c.line, "
            "null, '', '' "
            f"from {held}"
        )
        table = quoted(f"remaining_{entity.name}")
        self.workspace.execute(
            f"create or replace table {table} as select c.* from {change} as c anti join {back} as b {using}"
        )
        self.workspace.execute(f"create or replace view {change} as select * from {table}")


def _back(entity: Entity) -> str:
    return quoted(f"back_{entity.name}")


def _naming(entity: Entity, field: Field, prefix: str, *kinds: ChangeKind) -> str:
    """SQL: changes of these kinds, and what a field of theirs names, before (`old_`) or after: `named`."""
    value = quoted(prefix + field.name)
    if field.type.is_list:
        value = f"unnest(from_json({value}, '[\"varchar\"]'))"
    return f"(select *, {value} as named from {changes_of(entity, *kinds)})"
