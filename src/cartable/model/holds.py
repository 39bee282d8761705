"""A held plan that waits for a person, and what was decided about it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cartable.model.plans import PlanHeader


class HoldStatus(StrEnum):
    """What became of a held plan."""

    WAITING = "waiting"
    APPROVED = "approved"
    DISCARDED = "discarded"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan that a guard held.

    Args:
        number: counts from 1.
        header: the plan less its rows; its holds say why it waits.
        planner: who planned it.
        created: since when it waits, ISO 8601, UTC.
        expires: until when it waits, likewise; None for as long as the roster stays as it is.
        decided, decider, why: when it was approved, discarded or given up, by whom, in whose words.
        run: the run that applied it, or the one that moved the roster on.
        successor: the hold that took its place.
    """

    number: int
    status: HoldStatus
    header: PlanHeader
    planner: str
    created: str
    expires: str | None = None
    decided: str | None = None
    decider: str = ""
    why: str = ""
    run: int | None = None
    successor: int | None = None

    @property
    def changing(self) -> int:
        """How many records the plan would touch."""
        return sum(counts.changing for counts in self.header.counts.values())

    @property
    def guards(self) -> tuple[str, ...]:
        """Names of the guards that hold it, each once."""
        return tuple(dict.fromkeys(hold.guard for hold in self.header.holds))

    def at(self, moment: datetime) -> "HeldPlan":
        """What is true of it then: nobody writes it down when a plan's time is over."""
        is_over = self.expires is not None and moment >= datetime.fromisoformat(self.expires)
        if self.status is HoldStatus.WAITING and is_over:
            return replace(self, status=HoldStatus.EXPIRED)
        return self


@dataclass(frozen=True, slots=True)
class Approval:
    """That a held plan may be applied: its number, and why."""

    hold: int
    why: str = ""
