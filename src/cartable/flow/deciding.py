"""What people decided of a record, as its story tells it: keeps and pins, set and released."""

from collections.abc import Iterable, Iterator

from cartable.engine.overlaying import naming
from cartable.model.decisions import Keep, Pin
from cartable.model.entities import BY_NAME, Entity
from cartable.model.stories import Decision, DecisionKind

_USERS, _CLASSES = BY_NAME["users"], BY_NAME["classes"]


def decided(
    decisions: Iterable[Keep | Pin], entity: Entity, record: int, key: tuple[str, ...]
) -> Iterator[Decision]:
    """What was decided of one record, and what of that was taken back.

    Args:
        decisions: all that were ever made.
        record, key: id of the current row and the key that it has.
    """
    for one in decisions:
        if isinstance(one, Pin):
            if (one.entity, one.record) == (entity.name, record):
                yield from _told(one, entity, DecisionKind.PIN, DecisionKind.PIN_RELEASED)
        elif _is_about(one, entity, key):
            yield from _told(one, entity, DecisionKind.KEEP, DecisionKind.KEEP_RELEASED)


def _is_about(keep: Keep, entity: Entity, key: tuple[str, ...]) -> bool:
    """Whether a keep names the record itself: the person, the class, or the membership of both."""
    of = dict(zip(entity.key, key, strict=True))
    named = (of.get(naming(entity, _USERS), ""), of.get(naming(entity, _CLASSES), ""))
    return entity.name in ("users", "classes", "enrollments") and named == (keep.user, keep.klass)


def _told(one: Keep | Pin, entity: Entity, made: DecisionKind, released: DecisionKind) -> Iterator[Decision]:
    told = (one.until.isoformat(), "", None) if isinstance(one, Keep) else ("", one.field, one.value)
    yield Decision(made, entity.name, one.number, one.created, one.author, one.why, *told)
    if one.released:
        yield Decision(released, entity.name, one.number, one.released, one.releaser, one.why, *told)
