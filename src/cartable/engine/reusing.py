"""Finds identifiers that were given to somebody or something else.

A user is another one with another name and another day of birth; where no day is known, with another
name and username. A class is another one with another title or session, and hardly a member of before.
"""

from collections.abc import Collection, Iterator

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Entity

REUSED = "create or replace table reused (entity varchar, key varchar)"
"""Identifiers of a plan's changes that seem to name another record than before."""

# A class with fewer of its members than this is another one.
MEMBERS_PERCENT = 20

_EXAMPLES = 3


def folded(text: str) -> str:
    """SQL: a text without the differences that a mere correction makes."""
    return f"lower(strip_accents({text}))"


def doubt(workspace: Workspace, entity: Entity, delivered: Collection[str]) -> int:
    """Make `doubted` (sourcedId, active and what else `judge` asks) of an entity that can be reused.

    Reads `shown` and `known` of `cartable.engine.diffing`.

    Args:
        delivered: the fields that the file has.

    Returns:
        How many there are.
    """
    doubts = {"users": _doubted_users, "classes": _doubted_classes}[entity.name]
    workspace.execute(f"create or replace table doubted as {doubts(delivered)}")
    return int(workspace.execute("select count(*) from doubted")[0][0])


def _doubted_users(_delivered: Collection[str]) -> str:
    given, family, account = (_differs(name) for name in ("givenName", "familyName", "username"))
    # People marry, and their usernames follow: only the given name is told as another one by itself.
    return (
        f"select known.sourcedId, known.active, coalesce({given}, {family}) and {account} as is_other "
        f"from shown join known using (sourcedId) where {given} or {family}"
    )


def _doubted_classes(delivered: Collection[str]) -> str:
    sessions = "false"
    if "sessionSourcedIds" in delivered:
        sessions = (
            "not coalesce(list_contains(shown._blanked, 'sessionSourcedIds'), false) "
            "and shown.sessionSourcedIds <> known.sessionSourcedIds"
        )
    return (
        "select known.sourcedId, known.active from shown join known using (sourcedId) "
        f"where {_differs('title')} or {sessions}"
    )


def _differs(name: str) -> str:
    return f"{folded('shown.' + name)} <> {folded('known.' + name)}"


def judge(workspace: Workspace, entity: Entity) -> None:
    """Add to `reused` what in `doubted` is another record, by what `witnessing` brought in."""
    judged = {"users": _OTHER_USERS, "classes": _OTHER_CLASSES}[entity.name]
    workspace.execute(f"insert into reused select {literal(entity.name)}, sourcedId from ({judged})")


_OTHER_USERS = """
select sourcedId from doubted
left join birth_before as was on was.person = sourcedId left join birth_after as now on now.person = sourcedId
where coalesce(was.born <> now.born, is_other)
"""

# Of a class that was inactive, those count who were its members then. Where no enrollment was delivered
# at all, nothing is known of members.
_OTHER_CLASSES = f"""
select sourcedId from (
    select sourcedId, count(*) as members, count(now.member) as shared
    from doubted join member_before as was on was.class = sourcedId and (was.active or not doubted.active)
    left join member_after as now on now.class = was.class and now.member = was.member
    group by sourcedId
) as one
where shared * 100 < members * {MEMBERS_PERCENT} and exists (select 1 from {quoted("shaped_enrollments")})
"""


def reused(workspace: Workspace) -> Iterator[tuple[str, int, str]]:
    """Of each entity with reused identifiers: its name, how many, and some of them as a text."""
    yield from workspace.execute(
        "select entity, count(*), "
        f"array_to_string(list(key order by key)[:{_EXAMPLES}], ', ') "
        f"|| case when count(*) > {_EXAMPLES} then ', …' else '' end "
        "from reused group by entity order by entity desc"
    )
