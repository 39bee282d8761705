"""Finds what a person names: by its identifier, else by what it is called; else tells what is close."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.model.entities import BY_NAME, Entity
from cartable.model.memberships import CALLED_BY
from cartable.model.scopes import Scope
from cartable.store import memberships, stories
from cartable.store.moments import Moment, moment_of
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

MISSING: Mapping[str, str] = {
    "users": marked("There is no person {name} in the roster."),
    "classes": marked("There is no class {name} in the roster."),
    "orgs": marked("There is no organisation {name} in the roster."),
}
"""What is said where nothing of an entity has the identifier or the name."""

_SEVERAL: Mapping[str, str] = {
    "users": marked("Several people are called {name}: {near}."),
    "classes": marked("Several classes are called {name}: {near}."),
    "orgs": marked("Several organisations are called {name}: {near}."),
}
_NEAR = 3

# One slip in so many characters, and two at most.
_SLIP, _SLIPS = 4, 2


def resolved(roster: "Roster", scope: Scope, revision: int) -> Scope:
    """The scope with identifiers in place of names.

    Args:
        revision: when they were called so.

    Raises:
        UsageError: something in it is not in the roster, or is several things.
    """
    moment = moment_of(roster, revision)
    return Scope(
        _found(roster, BY_NAME["orgs"], scope.school, moment),
        _found(roster, BY_NAME["classes"], scope.klass, moment),
        _found(roster, BY_NAME["users"], scope.user, moment),
        scope.entity,
    )


def near(roster: "Roster", entities: Iterable[Entity], text: str, moment: Moment) -> list[str]:
    """Identifiers of what is called so, else those that are spelled nearly so; a few of them."""
    known = [one for entity in entities for one in _identifiers(roster, entity, moment)]
    called = [identifier for identifier, label in known if label == text.casefold()]
    return (called or _close(text, {identifier for identifier, _ in known}))[:_NEAR]


def _found(roster: "Roster", entity: Entity, text: str, moment: Moment) -> str:
    if not text or stories.is_known(roster, entity.name, text):
        return text
    called = [
        identifier for identifier, label in _identifiers(roster, entity, moment) if label == text.casefold()
    ]
    if len(called) == 1:
        return called[0]
    if called:
        raise UsageError(
            _SEVERAL[entity.name],
            "Name one of them by its identifier.",
            name=text,
            near=", ".join(called[:_NEAR]),
        )
    close = near(roster, (entity,), text, moment)
    raise UsageError(
        MISSING[entity.name],
        "Did you mean {near}?" if close else "cartable roster --entity {entity} lists what there is.",
        name=text,
        near=", ".join(close),
        entity=entity.name,
    )


def _identifiers(roster: "Roster", entity: Entity, moment: Moment) -> Iterator[tuple[str, str]]:
    # Of people the username: names are many people's.
    label_by = CALLED_BY[entity.name][-1]
    for identifier, label in memberships.identifiers(roster, entity.name, moment, label_by):
        yield identifier, (label or "").casefold()


def _close(text: str, known: Iterable[str]) -> list[str]:
    """What is a slip or two from the text, or other capitals; the closest first."""
    # Takes time to load, and most questions need none of it.
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(
        text.casefold(),
        {identifier: identifier.casefold() for identifier in known},
        scorer=OSA.distance,
        score_cutoff=min(_SLIPS, len(text) // _SLIP),
        limit=_NEAR,
    )
    return [identifier for _, _, identifier in sorted(found, key=lambda one: (one[1], one[2]))]
