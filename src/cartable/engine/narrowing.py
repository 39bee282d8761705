"""Narrows a plan that was loaded to be looked at: to a school, an entity, a person."""

from cartable.engine.belonging import changes_of, key_of, target_of
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.plans import ChangeKind, Counts

_USERS = BY_NAME["users"]


def narrow(workspace: Workspace, school: str = "", entity: str = "", user: str = "") -> dict[str, Counts]:
    """Leave in `change_<entity>` what is asked for, and count it.

    Args:
        school: the id of an organisation; '' for all.
        entity: the name of an entity; '' for all.
        user: the id of a person; '' for all.
    """
    for one in ENTITIES:
        wanted = ["true" if entity in ("", one.name) else "false"]
        if school:
            places = (
                f"select key from placed where entity = {literal(one.name)} and school = {literal(school)}"
            )
            wanted.append(f"[{key_of(one)}] in ({places})")
        if user:
            wanted.append(_is_about(one, user))
        workspace.execute(f"delete from {changes_of(one)} where not ({' and '.join(wanted)})")
    return {one.name: _counts(workspace, one) for one in ENTITIES}


def _is_about(entity: Entity, user: str) -> str:
    """SQL: that a change is of a person, or names the person."""
    names = [field.name for field in entity.references if target_of(field) is _USERS]
    if entity is _USERS:
        names += entity.key
    listed = ", ".join(quoted(prefix + name) for name in names for prefix in ("", "old_"))
    return f"coalesce({literal(user)} in ({listed}), false)" if listed else "false"


def _counts(workspace: Workspace, entity: Entity) -> Counts:
    by_kind = workspace.execute(f"select kind, count(*) from {changes_of(entity)} group by kind")
    return Counts(**{ChangeKind(kind).value: int(number) for kind, number in by_kind})
