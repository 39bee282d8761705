"""What people decided over the head of a delivery: who is kept until a day, which field stays as it is."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DecisionState(StrEnum):
    """Whether a decision still holds."""

    ACTIVE = "active"
    ENDED = "ended"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Keep:
    """A person, a class or a membership that stays until a day.

    Args:
        number: counts from 1; 0 while it is not kept yet.
        user, klass: their sourcedIds, '' where it is about all of the other's.
        until: the last day, inclusive.
        author, created: who decided it and when, an ISO 8601 instant, UTC.
        releaser, released: who took it back and when; '' where nobody did.
    """

    number: int
    user: str
    klass: str
    until: date
    why: str
    author: str
    created: str
    released: str = ""
    releaser: str = ""

    def state(self, today: date) -> DecisionState:
        """Whether it holds on that day."""
        if self.released:
            return DecisionState.RELEASED
        return DecisionState.ACTIVE if today <= self.until else DecisionState.ENDED


@dataclass(frozen=True, slots=True)
class Pin:
    """A field that stays as it is, whatever a delivery says, until it is released.

    Args:
        number: counts from 1; 0 while its plan is not applied.
        record: id of the current row, which stays when the key changes.
        key: the record's key now.
        value: what it was pinned at, canonical; None for empty.
        author, created, releaser, released: as of a `Keep`.
        run: number of the run that set it; None while its plan is not applied.
    """

    number: int
    entity: str
    record: int
    key: tuple[str, ...]
    field: str
    value: str | None
    why: str
    author: str
    created: str
    released: str = ""
    releaser: str = ""
    run: int | None = None

    @property
    def state(self) -> DecisionState:
        """Whether it holds."""
        return DecisionState.RELEASED if self.released else DecisionState.ACTIVE


@dataclass(frozen=True, slots=True)
class Pinned:
    """A field that a plan would have changed and that stays, because it is pinned.

    Args:
        record: id of the current row.
        delivered: what the delivery says.
        stays: what the field holds.
        number, author, why: of the pin.
    """

    entity: str
    record: int
    key: tuple[str, ...]
    field: str
    delivered: str | None
    stays: str | None
    number: int
    author: str
    why: str


@dataclass(frozen=True, slots=True)
class InForce:
    """Which decisions a plan was computed with: made or released since, the plan is stale.

    Args:
        day: the day on which they were in force, ISO 8601.
        keeps, pins: their numbers.
    """

    day: str
    keeps: tuple[int, ...] = ()
    pins: tuple[int, ...] = ()
