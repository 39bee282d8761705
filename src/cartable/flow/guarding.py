"""Which guards are in force: the file that says so, the day of the calendar, what is asked for one run."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.flow import guardfiles
from cartable.model.guards import GUARDS, Guards, Limits, Origin, Period

if TYPE_CHECKING:
    from cartable.store.vault import Vault

FILE = "guards.toml"
"""The installation's own guards, in its vault."""

_RAISED = re.compile(
    r"(?P<guard>[a-z.-]+?)(?:\.(?P<entity>[A-Za-z]+))?=(?P<number>\d{1,9}(?:\.\d+)?)(?P<unit>%?)"
)
_BETWEEN = "@"


@dataclass(frozen=True)
class Terms:
    """What a plan is judged by.

    Args:
        limits: in force on the day, those that are raised for this run among them.
        period: the period of the calendar in which the day lies.
        accepted: guards that shall not hold: a name, for all, or name@school.
        raised: limits for this run alone, as the operator wrote them.
        is_latest: whether the delivery was compared with the last applied run.
    """

    limits: Limits
    period: Period | None = None
    accepted: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    is_latest: bool = False

    def accepts(self, guard: str, school: str = "") -> bool:
        """Whether the operator has accepted what the guard says, of a school or of the whole."""
        return guard in self.accepted or f"{guard}{_BETWEEN}{school}" in self.accepted

    @property
    def schools(self) -> tuple[str, ...]:
        """The schools for which a guard is accepted."""
        parts = (name.partition(_BETWEEN) for name in self.accepted)
        return tuple(dict.fromkeys(school for _, between, school in parts if between))


@dataclass(frozen=True)
class Known:
    """The guards of an installation.

    Args:
        guards: those in force.
        own: where the installation's own file lies, or would lie.
    """

    guards: Guards
    own: Path

    def text(self) -> str:
        """The file that they come from, as it is."""
        path = Path(self.guards.path) if self.guards.path else guardfiles.DEFAULTS
        return path.read_text(encoding="utf-8-sig")


def of_installation(database: str, path: Path | None) -> Known:
    """The guards of the roster that the text names, or those of the file at `path`.

    Raises:
        UsageError: the file is no file of guards, or the text names no database.
    """
    from cartable.store.vault import vault_of  # loads the database's part of the program

    vault = vault_of(database)
    return Known(in_force(vault, path), vault.directory / FILE)


def in_force(vault: "Vault", path: Path | None) -> Guards:
    """The guards of the file at `path`, else of the installation's own file, else the defaults.

    Raises:
        UsageError: the file is no file of guards.
    """
    own = vault.directory / FILE
    if path is None and not own.exists():
        return guardfiles.defaults()
    return guardfiles.read_guards(path or own)


def terms(
    guards: Guards, day: date, accepted: Collection[str], raised: Collection[str], *, is_latest: bool
) -> Terms:
    """What a plan of this day is judged by.

    Raises:
        UsageError: there is no guard of a name, or what is raised is none of its limits.
    """
    for name in accepted:
        accepted_guard(name)
    limits = guards.on(day)
    for text in raised:
        limits = _raised(limits, text)
    return Terms(limits, guards.period(day), tuple(accepted), tuple(raised), is_latest)


def accepted_guard(text: str) -> str:
    """The text itself, where it names a guard that can be accepted, or guard@school.

    Raises:
        UsageError: there is no guard of that name.
    """
    name, between, school = text.partition(_BETWEEN)
    _see_that_there_is(name)
    if between and (not school or not GUARDS[name].has_limits):
        raise UsageError(
            "{text} names no guard of a school.",
            "Write it as deactivations@SCHOOL, with the school's sourcedId; guards of schools are: {known}.",
            text=text,
            known=", ".join(guard.name for guard in GUARDS.values() if guard.has_limits),
        )
    return text


def raised_limit(text: str) -> str:
    """The text itself, where it is a limit that one run may have.

    Raises:
        UsageError: it is none.
    """
    _raised(guardfiles.defaults().limits, text)
    return text


def _raised(limits: Limits, text: str) -> Limits:
    """The limits with one of them as the operator wants it."""
    match = _RAISED.fullmatch(text)
    if match is None:
        raise UsageError(
            "{text} is no limit.",
            "Write it as deactivations=30%, or for one entity in records as deactivations.users=200.",
            text=text,
        )
    name, entity = match["guard"], match["entity"] or ""
    if entity and f"{name}.{entity}" in GUARDS:
        name, entity = f"{name}.{entity}", ""
    _see_that_there_is(name)
    guard = GUARDS[name]
    if not guard.has_limits:
        raise UsageError(
            "The guard {name} has no limit to raise.", "Let it pass with --accept {name}.", name=name
        )
    if entity and entity not in guard.entities:
        hint, values = guardfiles.near_miss(entity, guard.entities)
        raise UsageError(
            "The guard {name} does not count {entity}.", hint, name=name, entity=entity, **values
        )
    number = float(match["number"])
    if not match["unit"] and not number.is_integer():
        raise UsageError(
            "{text} is no limit.", "A number of records is a whole one; a share ends with %.", text=text
        )
    asked = {"percent": number, "count": None} if match["unit"] else {"percent": None, "count": int(number)}
    changed = {
        pair: replace(limit, **asked, origin=Origin.RUN) if entity in ("", pair[0]) else limit
        for pair, limit in limits[name].items()
    }
    return {**limits, name: changed}


def _see_that_there_is(name: str) -> None:
    if name not in GUARDS:
        hint, values = guardfiles.near_miss(name, GUARDS)
        raise UsageError("There is no guard {name}.", hint, name=name, **values)
