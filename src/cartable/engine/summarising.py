"""Sums up a plan by school: who arrives, who leaves, who changes class."""

from collections.abc import Iterator, Mapping

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.changelists import People, SchoolChanges
from cartable.model.entities import BY_NAME
from cartable.model.plans import ChangeKind
from cartable.model.profiles import PEOPLE

_BEGIN = f"({literal(ChangeKind.ADD)}, {literal(ChangeKind.REACTIVATE)})"
_END = f"({literal(ChangeKind.DEACTIVATE)}, {literal(ChangeKind.CLOSE)})"
_CLOSED = literal(ChangeKind.CLOSE)
# Of people and classes; what is about a person beside these is counted as the person's data.
_ROLES, _ENROLLMENTS, _CLASSES, _USERS = (
    BY_NAME[name] for name in ("roles", "enrollments", "classes", "users")
)
_ABOUT_PEOPLE = ("users", "demographics", "userFlags", "relationships")


def summarise(workspace: Workspace) -> list[SchoolChanges]:
    """What the plan in a workspace does in each school, those with most changes first; the whole last.

    Reads `change_<entity>` and the tables of `cartable.engine.describing`.
    """
    people = {kind: _people(workspace, roles) for kind, roles in PEOPLE.items()}
    classes = {
        school: (new, gone, changed)
        for school, new, gone, changed in workspace.execute(
            f"""select school, count(*) filter (kind in {_BEGIN}), count(*) filter (kind in {_END}),
                count(*) filter (kind not in {_BEGIN} and kind not in {_END})
            from ({_placed(_CLASSES.name)}) as c group by school"""
        )
    }
    data = _counted(workspace, _ABOUT_PEOPLE, f"kind not in {_BEGIN} and kind not in {_END}")
    others = tuple(
        name
        for name in BY_NAME
        if name not in (*_ABOUT_PEOPLE, *(e.name for e in (_ROLES, _ENROLLMENTS, _CLASSES)))
    )
    other = _counted(workspace, others, "true")
    names = dict(workspace.execute("select id, min(label) from label where entity = 'orgs' group by id"))
    found = []
    for school in {*people["pupils"], *people["staff"], *classes, *data, *other}:
        new, gone, changed = classes.get(school, (0, 0, 0))
        found.append(
            SchoolChanges(
                school,
                names.get(school, ""),
                people["pupils"].get(school, People()),
                people["staff"].get(school, People()),
                new,
                gone,
                changed,
                data.get(school, 0),
                other.get(school, 0),
            )
        )
    return sorted(found, key=lambda one: (not one.school, -_size(one), one.name, one.school))


def _size(one: SchoolChanges) -> int:
    return (
        one.pupils.total
        + one.staff.total
        + one.classes_new
        + one.classes_gone
        + one.classes_changed
        + one.data
    )


def _placed(entity: str) -> str:
    """SQL: the changes of an entity, each once for each of its schools; '' for the whole."""
    keys = ", ".join(f"c.{quoted(name)}" for name in BY_NAME[entity].key)
    return (
        f"select c.*, coalesce(p.school, '') as school from {quoted('change_' + entity)} as c "
        f"left join (select key, school from placed where entity = {literal(entity)}) as p "
        f"on p.key = [{keys}]"
    )


def _counted(workspace: Workspace, entities: tuple[str, ...], condition: str) -> Mapping[str, int]:
    """How many changes of some entities each school has."""
    parts = " union all ".join(
        f"select school from ({_placed(name)}) as c where {condition}" for name in entities
    )
    return dict(workspace.execute(f"select school, count(*) from ({parts}) as c group by school"))


def _people(workspace: Workspace, roles: frozenset[str]) -> Mapping[str, People]:
    """What happens to the people who have one of the roles, by school.

    Whoever gets and loses a role in the same school stays there. Of those who stay, and of whom only
    enrollments change, the role is the one in the class.
    """
    listed = ", ".join(map(literal, sorted(roles)))
    counted = workspace.execute(
        f"""with role as (
            select school, {quoted("userSourcedId")} as id, bool_or(kind in {_BEGIN}) as begins,
                bool_or(kind in {_END}) as ends, bool_and(kind = {_CLOSED}) as closed
            from ({_placed(_ROLES.name)}) as c where role in ({listed}) group by all
        ), membership as (
            select school, {quoted("userSourcedId")} as id, bool_or(kind in {_BEGIN}) as joins,
                bool_or(kind in {_END}) as drops
            from ({_placed(_ENROLLMENTS.name)}) as c where role in ({listed}) and school <> '' group by all
        ), person as (
            select school, id, case when begins and not ends then 'arrive' when ends and not begins
                then case when closed then 'end' else 'leave' end end as what
            from role
        ), staying as (
            select school, id,
                case when joins and drops then 'move' when joins then 'join' else 'drop' end as what
            from membership anti join (select * from person where what is not null) as p using (school, id)
        )
        select school, what, count(*) from (
            select school, what from person where what is not null union all select school, what from staying
        ) as one group by all"""
    )
    found: dict[str, dict[str, int]] = {}
    for school, what, number in counted:
        found.setdefault(school, {})[what] = number
    return {school: People(**numbers) for school, numbers in found.items()}


def labels(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """What records are called: entity, id, label."""
    for batch in workspace.stream("select entity, id, label from label"):
        yield from batch
