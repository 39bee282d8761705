"""Files of guards: the limits that one sets, and its calendar. `guards.toml` beside this has the defaults."""

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn

from cartable.errors import UsageError
from cartable.formats.toml import read_toml
from cartable.model import limits
from cartable.model.guards import GUARDS, Guard, Guards, Limit, Limits, Origin, Period, PeriodKind, Scope
from cartable.words import marked

DEFAULTS = Path(__file__).with_name("guards.toml")

_TOML_HINT = marked("Save it as UTF-8 text; cartable guards --toml prints one to begin with.")
_WATCHED = ("entities", "scopes")
_DAYS, _WHY = ("from", "until"), "why"

Table = Mapping[str, object]
Pairs = Mapping[tuple[str, Scope], Limit]


class _Setting(NamedTuple):
    """What a table may set: the field of `Limit`, whether a value is one, how to write it."""

    field: str
    is_sound: Callable[[object], bool]
    hint: str


def _is_whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def _is_percentage(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0  # type: ignore[operator,arg-type]


_SETTINGS: Mapping[str, _Setting] = {
    "hold": _Setting("holds", lambda value: isinstance(value, bool), marked("Write true or false.")),
    "percent": _Setting(
        "percent",
        lambda value: value is False or _is_percentage(value),
        marked("Write a number such as 10 or 2.5, or false for no limit in percent."),
    ),
    "count": _Setting(
        "count",
        lambda value: value is False or _is_whole(value, 0),
        marked("Write a whole number such as 200, or false for no limit in records."),
    ),
    "minimum": _Setting(
        "minimum", lambda value: _is_whole(value, 1), marked("Write a whole number from 1 up.")
    ),
}


@cache
def defaults() -> Guards:
    """The guards that come with Cartable."""
    nothing = {
        name: dict.fromkeys(guard.pairs(), Limit()) for name, guard in GUARDS.items() if not guard.is_calendar
    }
    return _File(DEFAULTS, Origin.DEFAULT).guards(nothing)


def read_guards(path: Path) -> Guards:
    """The defaults, and over them what the file at `path` says.

    Raises:
        UsageError: the file cannot be read, or says what no file of guards says.
    """
    return replace(_File(path, Origin.FILE).guards(defaults().limits), path=str(path))


def near_miss(name: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """What to say of a name that is none of the known ones: a template, and the values that it names."""
    near = "".join(get_close_matches(name, known, n=1))
    hint = marked("Did you mean {near}?" if near else "These are known: {known}.")
    return hint, {"near": near, "known": ", ".join(known)}


@dataclass(frozen=True, slots=True)
class _Place:
    """A table that sets limits of a guard, called `name`; perhaps narrowed to an entity or a scope."""

    guard: Guard
    name: str
    entity: str = ""
    scope: Scope | None = None

    def pairs(self) -> Iterator[tuple[str, Scope]]:
        """The entities and scopes that it is about."""
        for entity, scope in self.guard.pairs():
            if self.entity in ("", entity) and self.scope in (None, scope):
                yield entity, scope

    @property
    def settings(self) -> tuple[str, ...]:
        """What it may set itself."""
        if not self.guard.has_limits:
            return ("hold",)
        is_widest = self.guard.entities and not self.entity and self.scope is None
        return (*_SETTINGS, *(_WATCHED if is_widest else ()))

    @property
    def narrower(self) -> "Mapping[str, _Place]":
        """The tables that may stand in it; a later one wins over those before."""
        pairs = [*self.pairs()] if self.guard.has_limits and self.scope is None else []
        places = {
            scope.value: replace(self, name=f"{self.name}.{scope}", scope=scope)
            for scope in dict.fromkeys(scope for _, scope in pairs)
        }
        if not self.entity:
            places |= {
                entity: replace(self, name=f"{self.name}.{entity}", entity=entity)
                for entity in dict.fromkeys(filter(None, (entity for entity, _ in pairs)))
            }
        return places


class _File:
    """One file, and what its limits are called that come from it."""

    def __init__(self, path: Path, origin: Origin) -> None:
        self.path = path
        self.origin = origin

    def guards(self, base: Limits) -> Guards:
        """What the file says, over the limits that it does not speak of."""
        tables = dict(read_toml(self.path, limits.GUARDS, _TOML_HINT))
        listed = {kind: tables.pop(kind.value, []) for kind in PeriodKind}
        own = self._limits(base, tables, "", self.origin)
        rolling: dict[Period, Limits] = {}
        periods = []
        for kind, entries in listed.items():
            for entry in self._entries(kind, entries):
                period = self._period(kind, entry)
                periods.append(period)
                rest = {name: entry[name] for name in entry if name not in (*_DAYS, _WHY)}
                if kind is PeriodKind.ROLL_OVER:
                    rolling[period] = self._limits(own, rest, f"{kind}.", Origin.PERIOD)
                elif rest:
                    self._refuse(next(iter(rest)), (*_DAYS, _WHY), kind)
        periods.sort(key=lambda period: period.first)
        self._see_that_none_overlap(periods)
        return Guards(own, tuple(periods), rolling)

    def _limits(self, base: Limits, tables: Table, where: str, origin: Origin) -> Limits:
        """The limits, with what the tables of guards say."""
        changed = dict(base)
        for name, content in self._named(tables, where):
            place = _Place(GUARDS[name], where + name)
            changed[name] = self._narrowed(changed[name], self._table(content, place.name), place, origin)
        return changed

    def _named(self, tables: Table, where: str) -> Iterator[tuple[str, object]]:
        """The tables by their guards' names: of one with a dot, the table lies in another."""
        known = tuple(name for name, guard in GUARDS.items() if not guard.is_calendar)
        groups = {name.partition(".")[0] for name in known} - {*known}
        for name, content in tables.items():
            if name in groups:
                inner = self._table(content, where + name).items()
                parts = {f"{name}.{part}": inside for part, inside in inner}
            else:
                parts = {name: content}
            for part, inside in parts.items():
                if part not in known:
                    self._refuse(part, known if where else (*known, *PeriodKind), where.rstrip("."))
                yield part, inside

    def _narrowed(self, base: Pairs, table: Table, place: _Place, origin: Origin) -> Pairs:
        """The limits of a guard with what its table says, and then with what the tables in it say."""
        for name in table:
            if name not in (*place.settings, *place.narrower):
                self._refuse(name, (*place.settings, *place.narrower), place.name)
        changes: dict[str, object] = {}
        for name in _SETTINGS.keys() & table.keys():
            value = self._value(name, table[name], place.name)
            changes[_SETTINGS[name].field] = None if value is False and name != "hold" else value
        changed = dict(base)
        watched = self._watched(table, place)
        for pair in place.pairs():
            of_pair = {**({} if watched is None else {"holds": pair in watched}), **changes}
            if of_pair:
                changed[pair] = replace(changed[pair], **of_pair, origin=origin)  # type: ignore[arg-type]
        for name, narrower in place.narrower.items():
            if name in table:
                changed = dict(
                    self._narrowed(changed, self._table(table[name], narrower.name), narrower, origin)
                )
        return changed

    def _watched(self, table: Table, place: _Place) -> set[tuple[str, Scope]] | None:
        """Which entities and scopes the guard watches, where its table names them."""
        if not table.keys() & {*_WATCHED}:
            return None
        entities = self._names("entities", table, place.guard.entities, place.name)
        scopes = self._names("scopes", table, place.guard.scopes, place.name)
        return {pair for pair in place.pairs() if pair[0] in entities and pair[1] in scopes}

    def _names(self, name: str, table: Table, known: Collection[str], where: str) -> Collection[str]:
        """What a list in a table names; all where there is no list."""
        listed = table.get(name, list(known))
        if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
            self._refuse_value(
                name, listed, where, marked('Write a list of names such as ["users", "classes"].')
            )
        for one in listed:
            if one not in known:
                self._refuse(one, known, f"{where}.{name}")
        return listed

    def _value(self, name: str, value: object, where: str) -> object:
        if not _SETTINGS[name].is_sound(value):
            self._refuse_value(name, value, where, _SETTINGS[name].hint)
        return value

    def _table(self, content: object, where: str) -> Table:
        if not isinstance(content, dict):
            raise UsageError(
                "In {file}, {where} is no table.",
                "Write the line [{where}], and below it what it sets.",
                file=self.path,
                where=where,
            )
        return content

    def _entries(self, kind: PeriodKind, entries: object) -> list[Table]:
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise UsageError(
                "In {file}, {kind} is no list of periods.",
                "Write the line [[{kind}]] before each period, and below it from, until and why.",
                file=self.path,
                kind=kind,
            )
        return entries

    def _period(self, kind: PeriodKind, entry: Table) -> Period:
        why = entry.get(_WHY)
        if not isinstance(why, str) or not why.strip():
            self._refuse_value(_WHY, why, kind, marked('Say why in a few words, such as "Christmas".'))
        first, last = (self._day(kind, entry, name) for name in _DAYS)
        period = Period(kind, first, last, why.strip())
        if period.last < period.first:
            raise UsageError(
                "In {file}, a period {kind} ends before it begins: from {first} until {last}.",
                "Write the earlier day as from; both days belong to the period.",
                file=self.path,
                kind=kind,
                first=period.first,
                last=period.last,
            )
        return period

    def _day(self, kind: PeriodKind, entry: Table, name: str) -> date:
        day = entry.get(name)
        # A moment is a day to Python.
        if not isinstance(day, date) or isinstance(day, datetime):
            hint = marked("Write a day as 2026-12-19, without quotation marks.")
            self._refuse_value(name, day, kind, hint)
        return day

    def _see_that_none_overlap(self, periods: Iterable[Period]) -> None:
        for one, other in pairwise(periods):
            if other.first <= one.last:
                raise UsageError(
                    "In {file}, two periods overlap: {one} from {first} until {last}, and {other} "
                    "from {begin} until {end}.",
                    "Let one end on the day before the other begins; both days of a period belong to it.",
                    file=self.path,
                    one=one.kind,
                    first=one.first,
                    last=one.last,
                    other=other.kind,
                    begin=other.first,
                    end=other.last,
                )

    def _refuse(self, name: str, known: Collection[str], where: str) -> NoReturn:
        hint, values = near_miss(name, known)
        message = "In {file}, {where} has no {name}." if where else "In {file}, there is no guard {name}."
        raise UsageError(message, hint, file=self.path, where=where, name=name, **values)

    def _refuse_value(self, name: str, value: object, where: str, hint: str) -> NoReturn:
        if value is None:
            raise UsageError("In {file}, {where} lacks {name}.", hint, file=self.path, where=where, name=name)
        raise UsageError(
            "In {file}, {name} of {where} is {value}.",
            hint,
            file=self.path,
            where=where,
            name=name,
            value=json.dumps(value, default=str, ensure_ascii=False),
        )
