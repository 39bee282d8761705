"""Says to which schools each change of a plan belongs, and how many active records a school has.

What belongs to an organisation is of that school, an enrollment of its class's school, what is about a
person of all that person's schools: those where the person has a role, or the schools of the pupils whose
contact a person without roles is. What moves is of both schools. Sessions, organisations and courses of an
organisation that has neither roles nor classes belong to the whole.

How many active records a school has is not asked of the roster, which would read each enrollment again:
they are the delivered ones, less what the plan adds, with what it takes away and what it keeps.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

import numpy as np

from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.guards import ENROLLMENTS, USERS
from cartable.model.plans import ChangeKind

_ORGS, _CLASSES, _ROLES = BY_NAME["orgs"], BY_NAME["classes"], BY_NAME["roles"]
_USERS, _RELATIONSHIPS, _ENROLLMENTS = BY_NAME[USERS], BY_NAME["relationships"], BY_NAME[ENROLLMENTS]

_CHANGING = (ChangeKind.UPDATE, ChangeKind.REKEY)
APPEARING = (ChangeKind.ADD, ChangeKind.REACTIVATE, *_CHANGING)
"""Changes after which a record stands with its new values."""
DISAPPEARING = (*_CHANGING, ChangeKind.DEACTIVATE, ChangeKind.CLOSE)
"""Changes before which a record stands with its old values."""


def changes_of(entity: Entity, *kinds: ChangeKind) -> str:
    """SQL: the changes of an entity; of these kinds where some are named."""
    table = quoted(f"change_{entity.name}")
    return f"(select * from {table} where {is_of(*kinds)})" if kinds else table


def is_of(*kinds: ChangeKind) -> str:
    """SQL: that a change is of one of the kinds."""
    return f"kind in ({', '.join(map(literal, kinds))})"


def key_of(entity: Entity, prefix: str = "") -> str:
    """SQL: the key's columns as a list, each after `prefix`, such as `old_` or a table's with its dot."""
    parts = (
        f"{prefix}{quoted(name)}" if prefix.endswith(".") else quoted(prefix + name) for name in entity.key
    )
    return ", ".join(parts)


def target_of(field: Field) -> Entity:
    """The entity that a reference names records of."""
    assert field.reference is not None
    return BY_NAME[field.reference.entity]


class Schools:
    """The schools of a plan in a workspace; what is needed of them is computed when it is first asked for.

    Args:
        active: how many active records the roster has, by entity name.
        roster: where records lie that stay and that the delivery does not show.
    """

    def __init__(self, workspace: Workspace, active: Mapping[str, int], roster: RosterReader) -> None:
        self.workspace = workspace
        self._active = active
        self._roster = roster
        self._made: dict[str, str] = {}

    def close(self) -> None:
        """Drop what was computed."""
        for table in self._made.values():
            self.workspace.execute(f"drop table {table}")
        self._made.clear()

    def _table(self, name: str, select: str) -> str:
        """A table that is made once."""
        if name not in self._made:
            self.workspace.execute(f"create or replace table {quoted(name)} as {select}")
            self._made[name] = quoted(name)
        return self._made[name]

    def table(self) -> str:
        """The table of all schools: `id`, and `was`, whether the roster has records of it."""
        is_school = f"{{}} = {literal('school')}"
        return self._table(
            "schools",
            f"""select id, bool_or(was) as was from (
                select school as id, was from {self._homes(_CLASSES)}
                union all select school, was from {self._homes(_USERS)}
                union all select {key_of(_ORGS)}, false from {quoted("shaped_" + _ORGS.name)}
                    where {is_school.format(quoted("type"))}
                union all select {key_of(_ORGS, "old_")}, false from {changes_of(_ORGS, *DISAPPEARING)}
                    where {is_school.format(quoted("old_type"))}
            ) as one group by id""",
        )

    def known(self) -> int:
        """How many schools the roster has records of."""
        return int(self.workspace.execute(f"select count(*) from {self.table()} where was")[0][0])

    def names(self) -> tuple[str, ...]:
        """The sourcedIds of all schools."""
        return tuple(
            str(number) for (number,) in self.workspace.execute(f"select id from {self.table()} order by 1")
        )

    def of(self, entity: Entity, rows: str, columns: Sequence[str] = ()) -> str:
        """SQL: the key, the columns and `school` of each of the entity's changes in `rows`, once for each."""
        kept = ", ".join([key_of(entity, "c."), *(f"c.{quoted(column)}" for column in columns)])
        if entity is _USERS:
            (name,) = entity.key
            target = _USERS
        elif entity.belongs_by:
            name = entity.belongs_by
            target = target_of(entity.field(name))
        else:
            return f"select {kept}, null::varchar as school from {rows} as c where false"
        homes = (
            self._homes(target) if target is not _ORGS else f"(select id, id as school from {self.table()})"
        )
        return " union ".join(
            f"select {kept}, h.school from {rows} as c join {homes} as h on h.id = c.{quoted(prefix + name)}"
            for prefix in ("", "old_")
        )

    def actives(self, entity: Entity) -> str:
        """The table of how many active records of the entity a school has: `school` and `active`."""
        name = entity.belongs_by
        if entity is _USERS:
            select = f"select school, count(*) as active from {self._homes(_USERS)} where was group by school"
        elif target_of(entity.field(name)) is _ORGS:
            select = (
                f"select {quoted(name)} as school, sum(n) as active "
                f"from ({self._sides(entity, [name])}) as s group by 1"
            )
        else:
            # Of a class there are many, which are counted first; of a person few.
            is_counted = entity is _ENROLLMENTS
            ones = self.classes() if is_counted else f"({self._sides(entity, [name])})"
            one, n = ("id", "active") if is_counted else (quoted(name), "n")
            select = (
                f"select h.school, sum(s.{n}) as active from {ones} as s "
                f"join {self._homes(target_of(entity.field(name)))} as h on h.id = s.{one} and h.was "
                f"group by 1 having sum(s.{n}) > 0"
            )
        return self._table(f"active of school {entity.name}", select)

    def classes(self) -> str:
        """The table of how many active enrollments a class has: `id` and `active`."""
        return self._by(_ENROLLMENTS, _ENROLLMENTS.belongs_by)

    def homes_of_classes(self) -> str:
        """The table of the schools of classes: `id`, `school`, and whether it `was` before the plan."""
        return self._homes(_CLASSES)

    def labels(self, name: str, field: str, ids: Collection[str]) -> dict[str, str]:
        """What a field of an entity says of the records of these ids, as far as anybody knows."""
        if not ids:
            return {}
        entity = BY_NAME[name]
        wanted = f"in ({', '.join(map(literal, ids))})"
        (key,) = entity.key
        found: dict[str, str] = {}
        for table, prefix in (("change_", "old_"), ("shaped_", "")):
            source = quoted(table + entity.name)
            found |= self.workspace.execute(
                f"select {quoted(prefix + key)}, {quoted(prefix + field)} from {source} "
                f"where {quoted(prefix + key)} {wanted} and {quoted(prefix + field)} is not null"
            )
        missing: list[tuple[object, ...]] = [(one,) for one in ids if one not in found]
        place = 2 + [one.name for one in entity.fields].index(field)
        for record in chain.from_iterable(self._roster.records(entity.name, iter(()), iter([missing]))):
            found[str(record[2])] = str(record[place] or "")
        return found

    def _by(self, entity: Entity, name: str) -> str:
        """The table of how many active records of an entity name the same one: `id` and `active`."""
        return self._table(
            f"active by {name} {entity.name}",
            f"select {quoted(name)} as id, sum(n) as active from ({self._sides(entity, [name])}) as s "
            "group by 1 having sum(n) > 0",
        )

    def _homes(self, entity: Entity) -> str:
        """The table of the schools of classes or people: `id`, `school`, whether it `was` before the plan."""
        if entity is _CLASSES:
            (key,) = _CLASSES.key
            return self._table("homes of classes", self._pairs(_CLASSES, key, _CLASSES.belongs_by))
        person = next(field.name for field in _ROLES.references if target_of(field) is _USERS)
        pupil = _RELATIONSHIPS.belongs_by
        contact = next(field.name for field in _RELATIONSHIPS.references if field.name != pupil)
        people = self._table("people", self._pairs(_ROLES, person, _ROLES.belongs_by))
        return self._table(
            "homes of users",
            f"""select * from {people}
            union all
            select c.id, p.school, bool_or(c.was and p.was)
            from ({self._pairs(_RELATIONSHIPS, contact, pupil)}) as c join {people} as p on p.id = c.school
            where c.id not in (select id from {people}) group by 1, 2""",
        )

    def _pairs(self, entity: Entity, one: str, other: str) -> str:
        """SQL: what two fields say together, before the plan or after it, and whether before it."""
        return (
            f"select {quoted(one)} as id, {quoted(other)} as school, sum(n) > 0 as was "
            f"from ({self._sides(entity, [one, other])}) as s "
            f"where {quoted(other)} is not null group by 1, 2"
        )

    def _sides(self, entity: Entity, names: Sequence[str]) -> str:
        """SQL: fields of records, and `n`, which adds up to one for each that is active before the plan."""
        new, old = (", ".join(quoted(prefix + name) for name in names) for prefix in ("", "old_"))
        shaped = quoted(f"shaped_{entity.name}")
        if not self._active.get(entity.name):
            return f"select {new}, 0 as n from {shaped}"
        return " union all ".join(
            (
                f"select {new}, 1 as n from {shaped}",
                f"select {new}, -1 from {changes_of(entity, *APPEARING)}",
                f"select {old}, 1 from {changes_of(entity, *DISAPPEARING)}",
                f"select {new}, 1 from {self._staying(entity, names)}",
            )
        )

    def _staying(self, entity: Entity, names: Sequence[str]) -> str:
        """SQL: fields of the records that are kept and that the delivery does not show."""
        keys = ", ".join(f"key[{place}] as {quoted(part)}" for place, part in enumerate(entity.key, start=1))
        kept = f"(select id, {keys} from kept where entity = {literal(entity.name)} and id is not null)"
        # Sought from the few kept ones: what is shown beside them is counted there.
        shown = f"select {key_of(entity)} from {quoted('shaped_' + entity.name)} semi join {kept} as k"
        using = f"using ({key_of(entity)})"
        unseen = f"(select k.* from {kept} as k anti join ({shown} {using}) as s {using})"
        if set(names) <= {*entity.key}:
            return unseen
        table, is_new = f"staying {entity.name}", f"staying {entity.name}" not in self._made
        fields = {field.name: "varchar" for field in entity.fields}
        nothing = ", ".join(f"null::varchar as {quoted(field)}" for field in fields)
        made = self._table(table, f"select {nothing} where false")
        if is_new:
            ids = np.array(self.workspace.execute(f"select id from {unseen}"), dtype=np.int64).reshape(-1)
            batches = self._roster.records(entity.name, iter([ids]), iter(()))
            self.workspace.insert(table, fields, (record[2:] for record in chain.from_iterable(batches)))
        return made
