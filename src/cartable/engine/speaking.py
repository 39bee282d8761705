"""Tells of whose records a delivery of changes speaks, so that no other record is taken to have left.

Those are the records that a row says are to go, those of a person of whom a row says all
(`spoken_<entity>`, see `cartable.engine.converting`), those of which a row told before that tells of
another one now (`moved_<entity>`), and those that cannot be without what goes.
"""

from collections.abc import Iterator, Mapping

from cartable.engine.rosters import Keys
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Need
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.plans import ChangeKind

_GOES = ", ".join(map(literal, (ChangeKind.DEACTIVATE, ChangeKind.CLOSE)))


def named(workspace: Workspace, entity: Entity) -> Mapping[str, Keys]:
    """What to ask the roster for: by field, the identifiers whose records are spoken of."""
    return {name: workspace.stream(sql) for name, sql in _named(entity)}


def _named(entity: Entity) -> Iterator[tuple[str, str]]:
    """Fields, each with a SELECT of the identifiers."""
    needed = {field.name: _gone(field) for field in _needed(entity)}
    for place, name in enumerate(entity.key):
        # A key is asked for by its first part that is known.
        unknown = "".join(f" and {quoted(earlier)} is null" for earlier in entity.key[:place])
        own = f"select {quoted(name)} from {_spoken(entity)} where {quoted(name)} is not null{unknown}"
        gone = needed.pop(name, "")
        yield name, f"{own} union {gone}" if gone else own
    yield from needed.items()


def condition(entity: Entity) -> str:
    """SQL: whether a record `k` is spoken of."""
    same = " and ".join(
        f"(s.{quoted(name)} is null or s.{quoted(name)} = k.{quoted(name)})" for name in entity.key
    )
    gone = "".join(f" or k.{quoted(field.name)} in ({_gone(field)})" for field in _needed(entity))
    return f"(exists (select 1 from {_spoken(entity)} as s where {same}){gone})"


def _needed(entity: Entity) -> Iterator[Field]:
    """The references without which there can be no record."""
    columns = SDS_V2_1.file_of(entity.name)
    for field in entity.references:
        if columns.column_of(field.name).need is Need.REQUIRED:
            yield field


def _gone(field: Field) -> str:
    """SQL: the identifiers of what goes in this plan and the field may name."""
    assert field.reference is not None
    target = BY_NAME[field.reference.entity]
    (key,) = target.key
    return f"select {quoted(key)} from {quoted('change_' + target.name)} where kind in ({_GOES})"


def _spoken(entity: Entity) -> str:
    """SQL: the keys that are spoken of. What a row that was left out after all told before stays."""
    key = ", ".join(map(quoted, entity.key))
    teller = quoted(f"shaped_{_TELLERS.get(entity.name, entity.name)}")
    return (
        f"(select {key} from {quoted(f'spoken_{entity.name}')} union all select {key} from "
        f"{quoted(f'moved_{entity.name}')} where line in (select _line from {teller}))"
    )


# By entity, the one whose rows tell that a record is gone, where it is not its own.
_TELLERS = {"relationships": "users"}
