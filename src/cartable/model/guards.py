"""Guards: what holds a plan, or one school of it, until a person has looked."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cartable.model.entities import ENTITIES
from cartable.words import marked

ORGS, CLASSES, ENROLLMENTS, USERS = "orgs", "classes", "enrollments", "users"

# What belongs to no school; people belong to those in which they have a role.
_OF_THE_WHOLE = frozenset(
    entity.name for entity in ENTITIES if not entity.belongs_by and entity.name != USERS
)


class Scope(StrEnum):
    """Within what a guard counts."""

    WHOLE = "whole"
    SCHOOL = "school"
    CLASS = "class"


class Origin(StrEnum):
    """Where a limit comes from."""

    DEFAULT = "default"
    FILE = "file"
    PERIOD = "period"
    RUN = "run"


class PeriodKind(StrEnum):
    """What a period of the calendar does."""

    FROZEN = "frozen"
    ADDITIONS = "additions-only"
    ROLL_OVER = "roll-over"


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard.

    Args:
        name: stable name, the one that files of guards and `--accept` take.
        message: what a hold says, an English template.
        what: what it looks for, an English sentence.
        entities: whose records it can count; none for a guard that looks at files or at the calendar.
        scopes: within what it can hold.
        is_calendar: whether it comes from a period and has no limits.
    """

    name: str
    message: str
    what: str
    entities: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = (Scope.WHOLE,)
    is_calendar: bool = False

    @property
    def has_limits(self) -> bool:
        """Whether it counts, and does not merely hold or not."""
        return Scope.SCHOOL in self.scopes

    def pairs(self) -> Iterator[tuple[str, Scope]]:
        """The entities and scopes in which it counts; '' where it counts no records of one entity."""
        for entity in self.entities or ("",):
            for scope in self.scopes:
                if _is_counted(entity, scope):
                    yield entity, scope


def _is_counted(entity: str, scope: Scope) -> bool:
    match scope:
        case Scope.WHOLE:
            return True
        case Scope.SCHOOL:
            return entity not in _OF_THE_WHOLE
        case Scope.CLASS:
            return entity == ENROLLMENTS


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a guard lets pass in a scope.

    Args:
        percent: of the scope's active records, at most; None for no limit in percent.
        count: records, at most; None for no such limit.
        minimum: fewer records than these never break the limit in percent.
        holds: whether it is watched at all.
        origin: where it comes from.
    """

    percent: float | None = None
    count: int | None = None
    minimum: int = 1
    holds: bool = True
    origin: Origin = Origin.DEFAULT

    @property
    def least(self) -> int | None:
        """The fewest records that can break it; None where nothing can."""
        if not self.holds:
            return None
        bounds = [self.minimum] if self.percent is not None else []
        bounds += [self.count + 1] if self.count is not None else []
        return max(1, min(bounds)) if bounds else None

    def is_broken_by(self, number: int, active: int) -> bool:
        """Whether so many of the scope's active records are too many."""
        if not self.holds or not active:
            return False
        if self.count is not None and number > self.count:
            return True
        return self.percent is not None and number >= self.minimum and number * 100 > active * self.percent

    def allowed(self, active: int) -> int:
        """How many records of a scope with so many active ones pass."""
        bounds = [self.count] if self.count is not None else []
        if self.percent is not None:
            bounds.append(max(math.floor(active * self.percent / 100), self.minimum - 1))
        return min(bounds, default=active)


@dataclass(frozen=True, slots=True)
class Period:
    """A period of the calendar, its last day included."""

    kind: PeriodKind
    first: date
    last: date
    why: str = ""

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day <= self.last


# By guard: by entity ('' for a guard that counts no records) and scope.
Limits = Mapping[str, Mapping[tuple[str, Scope], Limit]]


@dataclass(frozen=True, slots=True)
class Guards:
    """What a file of guards says.

    Args:
        limits: outside roll-over periods.
        periods: the calendar, no two at once, by day.
        rolling: the limits of the roll-over periods.
        path: the file; '' for the defaults.
    """

    limits: Limits
    periods: tuple[Period, ...] = ()
    rolling: Mapping[Period, Limits] = field(default_factory=dict)
    path: str = ""

    def period(self, day: date) -> Period | None:
        """The period in which the day lies."""
        return next((period for period in self.periods if period.covers(day)), None)

    def on(self, day: date) -> Limits:
        """The limits in force on a day."""
        period = self.period(day)
        return self.limits if period is None else self.rolling.get(period, self.limits)


_ALL = tuple(entity.name for entity in ENTITIES)
_WITH_VALUES = tuple(entity.name for entity in ENTITIES if entity.values)
_EVERYWHERE = (Scope.WHOLE, Scope.SCHOOL, Scope.CLASS)
_IN_SCHOOLS = (Scope.WHOLE, Scope.SCHOOL)

FILE_MISSING = Guard(
    "file.missing",
    marked(
        "{file} is missing, though the last run had it: its active records ({count}) would become inactive."
    ),
    marked("A file that the last run had is missing."),
)
HEADER_DROPPED = Guard(
    "header.dropped",
    marked("{file} no longer has what the last run had: {columns}."),
    marked("A file lacks a column that the last run had."),
)
FILE_EMPTY = Guard(
    "file.header-only",
    marked("{file} has only its header: its active records ({count}) would become inactive."),
    marked("A file has only its header, though the roster has active records of it."),
)
DEACTIVATIONS = Guard(
    "deactivations",
    marked(
        "{count} of the {active} active records of {file} would become inactive; "
        "more than {bound} needs a person's word."
    ),
    marked(
        "Records that the delivery no longer shows would become inactive. "
        "What ends with its session is not counted."
    ),
    _ALL,
    _EVERYWHERE,
)
UPDATES = Guard(
    "updates",
    marked(
        "{count} of the {active} active records of {file} would change; "
        "more than {bound} needs a person's word."
    ),
    marked("Records would change in one or more of their fields."),
    _WITH_VALUES,
    _IN_SCHOOLS,
)
REKEYS = Guard(
    "rekeys",
    marked(
        "{count} of the {active} active records of {file} would get another identifier; "
        "more than {bound} needs a person's word."
    ),
    marked("Records would get another identifier."),
    _ALL,
    _EVERYWHERE,
)
ADDITIONS = Guard(
    "additions",
    marked(
        "New records of {file}: {count}, beside {active} active ones; "
        "more than {bound} needs a person's word."
    ),
    marked("Records would be new. A school or class that had none is not counted."),
    _ALL,
    _EVERYWHERE,
)
ROLES = Guard(
    "roles",
    marked(
        "Persons of {file} who would change between pupil and staff: {count}, where {active} records are "
        "active; "
        "more than {bound} needs a person's word."
    ),
    marked("Pupils would become staff, or staff pupils: in a school, or in one class."),
    ("roles", ENROLLMENTS),
    _EVERYWHERE,
)
EMAILS = Guard(
    "emails",
    marked(
        "{count} of the {active} active records of {file} would lose or change their e-mail address; "
        "more than {bound} needs a person's word."
    ),
    marked("People would lose or change their e-mail address."),
    (USERS,),
    _IN_SCHOOLS,
)
PARTIAL = Guard(
    "delivery.partial",
    marked(
        "The delivery looks partial beside the last one ({code}). Records of {file} that it lacks and that "
        "would become inactive: {count}."
    ),
    marked(
        "Beside the last applied run, the delivery lacks a school, a grade, a role or many rows (shift.*), "
        "and these records would become inactive."
    ),
    (),
    _IN_SCHOOLS,
)
SAME = Guard(
    "delivery.same",
    marked("Every file is the same as in the last run: perhaps the export has not run."),
    marked("Every file is the same as in the last applied run, to the last byte."),
)
REUSED = Guard(
    "identity.reused",
    marked(
        "Identifiers of {file} now seem to name another person or class than before ({count}): {examples}."
    ),
    marked(
        "An identifier is given to another person or class: the old one's work would become the new one's."
    ),
)
FROZEN = Guard(
    "calendar.frozen",
    marked("From {first} to {last} nothing is applied: {why}."),
    marked("In a frozen period nothing is applied."),
    is_calendar=True,
)
ADDITIONS_ONLY = Guard(
    "calendar.additions-only",
    marked("From {first} to {last} records are only added, and the plan does more: {why}."),
    marked("In an additions-only period records are added and return; all other changes wait."),
    is_calendar=True,
)

GUARDS: Mapping[str, Guard] = {
    guard.name: guard
    for guard in (
        *(FILE_MISSING, HEADER_DROPPED, FILE_EMPTY),
        *(DEACTIVATIONS, UPDATES, REKEYS, ADDITIONS, ROLES, EMAILS),
        *(PARTIAL, SAME, REUSED, FROZEN, ADDITIONS_ONLY),
    )
}
"""Every guard by its name."""
