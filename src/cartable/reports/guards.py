"""The guards in force, explained: what each looks for, its limits, where they come from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TextIO

from cartable import words
from cartable.model.guards import GUARDS, Guard, Guards, Limit, Origin, Period, PeriodKind, Scope
from cartable.reports import wording
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import serialized
from cartable.words import marked

VERSION = 1

_SCOPES: Mapping[Scope, str] = {
    Scope.WHOLE: marked("in the whole"),
    Scope.SCHOOL: marked("in a school"),
    Scope.CLASS: marked("in a class"),
}
_ORIGINS: Mapping[Origin, str] = {
    Origin.DEFAULT: marked("Cartable's default"),
    Origin.FILE: marked("from your file"),
    Origin.PERIOD: marked("of the roll-over period"),
    Origin.RUN: marked("for this run"),
}
_PERIODS: Mapping[PeriodKind, str] = {
    PeriodKind.FROZEN: marked("From {first} to {last} nothing is applied: {why}."),
    PeriodKind.ADDITIONS: marked("From {first} to {last} records are only added: {why}."),
    PeriodKind.ROLL_OVER: marked("From {first} to {last} other limits are in force: {why}."),
}

Pairs = Collection[tuple[str, Scope]]


def write_guards(guards: Guards, own: Path, day: date, on: Page) -> None:
    """Explain the guards.

    Args:
        own: where the installation's own file lies, or would lie.
        day: the limits in force on it are told.
    """
    if guards.path:
        on.write(words.text("These guards are in force, as {path} says:", path=shown(guards.path)))
    else:
        on.write(words.text("These guards are in force, as they come with Cartable:"))
    limits = guards.on(day)
    for name, guard in GUARDS.items():
        on.write()
        on.write(words.text("{place}: {sentence}", place=name, sentence=words.text(guard.what)), hanging=2)
        for line in _limits(guard, limits.get(name, {})):
            on.write(line, indent=2, hanging=2)
    on.write()
    for told in _calendar(guards, day):
        on.write(told)
    if not guards.path:
        on.write(
            words.text(
                "To have your own, write what shall differ into {path}; cartable guards --toml prints the "
                "file that you can begin with.",
                path=shown(str(own)),
            )
        )


def write_document(guards: Guards, own: Path, day: date, to: TextIO) -> None:
    """The same as JSON."""
    limits = guards.on(day)
    period = guards.period(day)
    document = {
        "version": VERSION,
        "path": guards.path or None,
        "own": str(own),
        "guards": [
            {
                "name": name,
                "what": words.text(guard.what),
                "limits": [_limit(*pair, limit) for pair, limit in limits.get(name, {}).items()],
            }
            for name, guard in GUARDS.items()
        ],
        "calendar": [_period(one, is_now=one == period) for one in guards.periods],
    }
    to.write(serialized(document) + "\n")


def _limit(entity: str, scope: Scope, limit: Limit) -> dict[str, object]:
    return {
        "entity": entity or None,
        "scope": scope,
        "hold": limit.holds,
        "percent": limit.percent,
        "count": limit.count,
        "minimum": limit.minimum,
        "origin": limit.origin,
    }


def _period(period: Period, *, is_now: bool) -> dict[str, object]:
    return {
        "kind": period.kind,
        "from": period.first.isoformat(),
        "until": period.last.isoformat(),
        "why": period.why,
        "now": is_now,
    }


def _limits(guard: Guard, limits: Mapping[tuple[str, Scope], Limit]) -> Iterator[str]:
    """The limits of one guard, a line for all entities and scopes that have the same."""
    alike: dict[Limit, list[tuple[str, Scope]]] = defaultdict(list)
    for pair, limit in limits.items():
        alike[limit].append(pair)
    for limit, pairs in alike.items():
        told = words.text(
            "{limit} ({origin})", limit=_told(guard, limit), origin=words.text(_ORIGINS[limit.origin])
        )
        where = "" if len(alike) == 1 else _where(pairs, limits.keys())
        yield words.text("{place}: {sentence}", place=where, sentence=told) if where else told


def _told(guard: Guard, limit: Limit) -> str:
    if not guard.has_limits:
        return words.text("holds" if limit.holds else "does not hold")
    bounds = []
    if limit.percent is not None:
        bounds.append(
            words.counted(
                "more than {percent} %, from {number} record on",
                "more than {percent} %, from {number} records on",
                limit.minimum,
                percent=words.share(limit.percent),
            )
        )
    if limit.count is not None:
        bounds.append(words.counted("more than {number} record", "more than {number} records", limit.count))
    return wording.joined(bounds) if bounds and limit.holds else words.text("does not hold")


def _where(pairs: Pairs, every: Pairs) -> str:
    """Entities and scopes, as shortly as they can be said."""
    others = {*every} - {*pairs}
    if {scope for _, scope in pairs}.isdisjoint(scope for _, scope in others):
        return _scopes(scope for _, scope in pairs)
    scopes: dict[str, list[Scope]] = defaultdict(list)
    for entity, scope in pairs:
        scopes[entity].append(scope)
    entities: dict[str, list[str]] = defaultdict(list)
    for entity, each in scopes.items():
        is_everywhere = all(entity != other for other, _ in others)
        entities["" if is_everywhere else _scopes(each)].append(entity)
    return wording.joined(" ".join((", ".join(names), where)).strip() for where, names in entities.items())


def _scopes(scopes: Iterable[Scope]) -> str:
    named = dict.fromkeys(scopes)
    return ", ".join(words.text(_SCOPES[scope]) for scope in Scope if scope in named)


def _calendar(guards: Guards, day: date) -> Iterator[str]:
    """The periods that are not over."""
    coming = [period for period in guards.periods if period.last >= day]
    for period in coming:
        days = {name: wording.dated(getattr(period, name)) for name in ("first", "last")}
        yield words.text(_PERIODS[period.kind], **days, why=shown(period.why))
    if not coming:
        yield words.text("The calendar has no period to come.")
