"""Finds the record that a person names; else tells which one is close, or since when it is active no more."""

import csv
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from cartable.errors import UsageError
from cartable.flow import naming
from cartable.model.entities import BY_NAME, Entity
from cartable.model.scopes import is_named
from cartable.store import standings
from cartable.store.moments import moment_of
from cartable.store.standings import Standing
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

_NO_RECORD = marked("There is no record {name} of {entity} in the roster.")


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
    near: list[str] = []
    if is_named(entity):
        near = list(standings.called(roster, entity, key[0]))
        if near:
            raise UsageError(
                "{name} of {entity} has another identifier now: {near}.",
                "Name it by that one.",
                name=key[0],
                entity=entity.name,
                near=", ".join(near),
            )
        near = naming.near(roster, (entity,), key[0], moment_of(roster))
    raise UsageError(
        naming.MISSING.get(entity.name, _NO_RECORD),
        "Did you mean {near}?" if near else "cartable roster --entity {entity} lists what there is.",
        name=", ".join(filter(None, key)),
        entity=entity.name,
        near=", ".join(near),
    )
