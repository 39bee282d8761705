"""Finds the record that a person names; else tells which one is close, or since when it is active no more."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from cartable.engine import resembling
from cartable.errors import UsageError
from cartable.model.entities import BY_NAME, Entity
from cartable.store import standings
from cartable.store.standings import Standing
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

# What people call a record by, besides its identifier.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "orgs": ("name",),
    "academicSessions": ("title",),
    "users": ("username", "email"),
    "courses": ("title", "code"),
    "classes": ("title", "code"),
}
_MISSING: Mapping[str, str] = {
    "users": marked("There is no person {name} in the roster."),
    "classes": marked("There is no class {name} in the roster."),
    "orgs": marked("There is no organisation {name} in the roster."),
}
_NO_RECORD = marked("There is no record {name} of {entity} in the roster.")

# Of many identifiers, so many of the most similar are looked at.
_MOST = 50


def located(roster: "Roster", entity: Entity, key: Sequence[str]) -> Standing:
    """Where the active record of a key stands.

    Raises:
        UsageError: there is none, or it is active no more.
    """
    found = standings.standing(roster, entity, dict(zip(entity.key, key, strict=True)))
    if found is None:
        _refuse(roster, entity, key)
    see_that_it_is_active(roster, entity, key, found)
    return found


def see_that_it_is_active(roster: "Roster", entity: Entity, key: Sequence[str], found: Standing) -> None:
    """Refuse a record that is active no more.

    Raises:
        UsageError: it tells since when.
    """
    if not found.is_active:
        run, finished = standings.moment_of(roster, found.since)
        raise UsageError(
            "{entity} {name} is not active: it has not been since run {run} of {day}.",
            "Only what is active can be kept or pinned; a delivery that has it makes it active again.",
            entity=entity.name,
            name=", ".join(filter(None, key)),
            run=run,
            day=datetime.fromisoformat(finished).astimezone().date(),
        )


def key_of(entity: Entity, text: str) -> tuple[str, ...]:
    """The key that a person wrote: its parts with commas between them, those at the end as far as needed.

    Raises:
        UsageError: it has more parts than the key, or none.
    """
    parts = next(csv.reader([text]), [])
    if not parts or len(parts) > len(entity.key):
        raise UsageError(
            "{name} names no record of {entity}.",
            "Write its {key}, with commas between them.",
            name=text or '""',
            entity=entity.name,
            key=", ".join(entity.key),
        )
    return (*parts, *[""] * (len(entity.key) - len(parts)))


def _refuse(roster: "Roster", entity: Entity, key: Sequence[str]) -> NoReturn:
    """Say what is wrong with a key: a part that names nothing, or that nothing joins its parts."""
    for name, part in zip(entity.key, key, strict=True):
        reference = entity.field(name).reference
        if reference and part:
            located(roster, BY_NAME[reference.entity], (part,))
    shown = ", ".join(filter(None, key))
    near = _near(roster, entity, key[0]) if len(key) == 1 else ""
    raise UsageError(
        _MISSING.get(entity.name, _NO_RECORD),
        "Did you mean {near}?" if near else "Look it up in the school information system's export.",
        name=shown,
        entity=entity.name,
        near=near,
    )


def _near(roster: "Roster", entity: Entity, text: str) -> str:
    """The identifier of what is called so, else the one that is spelled nearly so; '' for none."""
    (key,) = entity.key
    called = {
        identifier
        for name in _CALLED[entity.name]
        for identifier in standings.named(roster, entity, {name: text}, key)
    }
    known = standings.named(roster, entity, {}, key)
    return resembling.only(called) or _closest(text, known) or ""


def _closest(text: str, known: Iterator[str]) -> str | None:
    # Takes time to load, and most commands need none of it.
    from rapidfuzz import fuzz, process

    similar = process.extract(text, known, scorer=fuzz.ratio, processor=str.casefold, limit=_MOST)
    return resembling.Known((one, one) for one, *_ in similar).closest(text)
