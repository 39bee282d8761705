"""Counts what guards count, in the whole, in each school and in each class; see `cartable.model.guards`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cartable.engine.belonging import Schools, changes_of, key_of, target_of
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model import guards
from cartable.model.entities import BY_NAME, Entity
from cartable.model.guards import ENROLLMENTS, ORGS, USERS, Guard, Limit, Scope
from cartable.model.plans import ChangeKind
from cartable.model.profiles import PEOPLE
from cartable.model.vocabularies import ENROLLMENT_ROLES

_KINDS: Mapping[Guard, ChangeKind] = {
    guards.DEACTIVATIONS: ChangeKind.DEACTIVATE,
    guards.UPDATES: ChangeKind.UPDATE,
    guards.REKEYS: ChangeKind.REKEY,
    guards.ADDITIONS: ChangeKind.ADD,
}
# What a pupil becomes: staff of an organisation, or of a class.
_PUPILS = PEOPLE["pupils"]
_STAFF = (PEOPLE["staff"] | {code.value for code in ENROLLMENT_ROLES.codes}) - _PUPILS
_ROLE, _GRADE, _EMAIL = "role", "grade", "email"


@dataclass(frozen=True, slots=True)
class Broken:
    """A school in which a limit is broken.

    Args:
        count, active: of how many records how many are counted.
        klass: the class of which these are; '' where they are the school's.
        classes: in how many classes of the school the limit is broken.
    """

    school: str
    count: int
    active: int
    klass: str = ""
    classes: int = 0


@dataclass(frozen=True, slots=True)
class Departures:
    """How many records of a school, a role and a grade would become inactive; '' where there is none."""

    school: str
    role: str
    grade: str
    count: int


class Tallies:
    """The changes in a workspace, counted.

    Args:
        schools: to which schools they belong.
    """

    def __init__(self, workspace: Workspace, schools: Schools) -> None:
        self.workspace = workspace
        self.schools = schools

    def whole(self, guard: Guard, entity: str) -> int:
        """How many records of the entity the guard counts in the whole."""
        rows, what = _counted(guard, BY_NAME[entity])
        return int(self.workspace.execute(f"select {what} from {rows} as c")[0][0])

    def excused(self, entity: str) -> int:
        """How many new records belong to nothing but schools of which the roster has no records yet."""
        kind = BY_NAME[entity]
        rows, schools = changes_of(kind, ChangeKind.ADD), self.schools.table()
        if entity == ORGS:
            is_new = f"s.id = {key_of(kind, 'c.')} and not s.was"
            new = f"select c.* from {rows} as c join {schools} as s on {is_new}"
        else:
            new = (
                f"select {key_of(kind)} from ({self.schools.of(kind, rows)}) as c join {schools} as s "
                f"on s.id = c.school group by all having not bool_or(s.was)"
            )
        return int(self.workspace.execute(f"select count(*) from ({new})")[0][0])

    def broken(self, guard: Guard, entity: str, scope: Scope, limit: Limit) -> list[Broken]:
        """The schools in which the limit is broken: by the school's own records, or by those of a class."""
        kind = BY_NAME[entity]
        rows, what = _counted(guard, kind)
        least = limit.least
        if least is None:
            return []
        breaks = f"a.active > 0 and ({_breaking(limit)})"
        if scope is Scope.SCHOOL:
            counted = f"select school, {what} as n from ({self.schools.of(kind, rows)}) as c group by 1"
            found = self.workspace.execute(
                f"select c.school, c.n, a.active from ({counted} having n >= {least}) as c "
                f"join {self.schools.actives(kind)} as a using (school) where {breaks} order by 1"
            )
            return [Broken(*row) for row in found]
        name = quoted(kind.belongs_by)
        counted = f"select {name} as id, {what} as n from {rows} as c group by 1 having n >= {least}"
        if not self.workspace.execute(f"select 1 from ({counted}) limit 1"):
            return []
        worst = "order by n desc, id"
        found = self.workspace.execute(
            f"select h.school, max(n), first(active {worst}), first(id {worst}), count(*) "
            f"from (select c.id, c.n, a.active from ({counted}) as c join {self.schools.classes()} as a "
            f"using (id) where {breaks}) as b join {self.schools.homes_of_classes()} as h using (id) "
            "group by 1 order by 1"
        )
        return [Broken(*row) for row in found]

    def departures(self, entity: str) -> list[Departures]:
        """The records that would become inactive, by school, role and grade."""
        kind = BY_NAME[entity]
        fields = {field.name for field in kind.fields}
        rows = changes_of(kind, ChangeKind.DEACTIVATE)
        columns = [f"old_{name}" for name in (_ROLE, _GRADE) if name in fields]
        told = (
            f"coalesce({quoted('old_' + name)}, '')" if name in fields else "''" for name in (_ROLE, _GRADE)
        )
        found = self.workspace.execute(
            f"select school, {', '.join(told)}, count(*) "
            f"from ({self.schools.of(kind, rows, columns)}) as c group by all"
        )
        return [Departures(*row) for row in found]


def _breaking(limit: Limit) -> str:
    """SQL: that `c.n` of `a.active` records break a limit, see `Limit.is_broken_by`."""
    conditions = [f"c.n > {limit.count}"] if limit.count is not None else []
    if limit.percent is not None:
        conditions.append(f"c.n >= {limit.minimum} and c.n * 100 > a.active * {limit.percent}")
    return " or ".join(conditions) or "false"


def _counted(guard: Guard, entity: Entity) -> tuple[str, str]:
    """SQL: the changes that a guard counts, and the number of what it counts in them."""
    if guard is guards.EMAILS:
        changed = (
            f"select * from {changes_of(entity, ChangeKind.UPDATE, ChangeKind.REKEY)} "
            f"where {quoted('old_' + _EMAIL)} is not null "
            f"and {quoted('old_' + _EMAIL)} is distinct from {quoted(_EMAIL)}"
        )
        return f"({changed})", "count(*)"
    if guard is guards.ROLES:
        return _switched(entity)
    return changes_of(entity, _KINDS[guard]), "count(*)"


def _switched(entity: Entity) -> tuple[str, str]:
    """SQL: changes of roles of pupils who become staff, or the reverse; of enrollments, within one class."""
    person = next(field.name for field in entity.references if target_of(field).name == USERS)
    who = (entity.belongs_by, person) if entity.name == ENROLLMENTS else (person,)
    listed = ", ".join(map(quoted, who))
    lost = _sided(entity, who, "old_", ChangeKind.DEACTIVATE, ChangeKind.REKEY)
    got = _sided(entity, who, "", ChangeKind.ADD, ChangeKind.REACTIVATE, ChangeKind.REKEY)
    switched = (
        f"select {listed} from (select *, true as is_lost from ({lost}) union all "
        f"select *, false as is_lost from ({got})) where side is not null group by all "
        "having bool_or(is_lost and side = 'pupils') and bool_or(not is_lost and side = 'staff') "
        "or bool_or(is_lost and side = 'staff') and bool_or(not is_lost and side = 'pupils')"
    )
    changes = changes_of(
        entity, ChangeKind.DEACTIVATE, ChangeKind.REKEY, ChangeKind.ADD, ChangeKind.REACTIVATE
    )
    return f"(select c.* from {changes} as c semi join ({switched}) as w using ({listed}))", (
        f"count(distinct ({listed}))"
    )


def _sided(entity: Entity, who: Sequence[str], prefix: str, *kinds: ChangeKind) -> str:
    """SQL: who has lost (`old_`) or got a role, and on which side it is: pupils, staff, or neither."""
    role = quoted(prefix + _ROLE)
    listed = ", ".join(f"{quoted(prefix + name)} as {quoted(name)}" for name in who)
    pupils, staff = (", ".join(map(literal, sorted(codes))) for codes in (_PUPILS, _STAFF))
    side = f"case when {role} in ({pupils}) then 'pupils' when {role} in ({staff}) then 'staff' end"
    return f"select {listed}, {side} as side from {changes_of(entity, *kinds)}"
