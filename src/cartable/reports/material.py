"""What a report is made of. Reports take these shapes and do not know who makes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cartable.model.audits import Link
from cartable.model.breaks import Verdict
from cartable.model.causes import Cause
from cartable.model.decisions import Pinned
from cartable.model.deliveries import Delivery
from cartable.model.findings import Finding, Summary
from cartable.model.guards import Period
from cartable.model.holds import HeldPlan
from cartable.model.plans import Change, Counts, Hold, Kept, Quarantine, Run
from cartable.rules.rule import Rule

Rules = Mapping[str, Rule]


class Check(Protocol):
    """A delivery that was checked."""

    @property
    def delivery(self) -> Delivery:
        """The files with their row counts."""
        ...

    @property
    def summary(self) -> Summary:
        """Totals."""
        ...

    @property
    def by_code(self) -> Mapping[str, int]:
        """How many findings each code has."""
        ...

    @property
    def is_masked(self) -> bool:
        """Whether personal data is masked, which every report of it then says."""
        ...

    def findings(self, limit_per_code: int | None = None) -> Iterator[Finding]:
        """The findings in the order of their numbers, at most so many of each code."""
        ...

    @property
    def causes_by_code(self) -> Mapping[str, int]:
        """How many causes the findings have, by code, the code of the first cause first."""
        ...

    def causes(self, limit: int | None = None, roots: int = 1, each: int | None = None) -> Iterator[Cause]:
        """The causes in the order in which to correct them.

        Args:
            limit: at most so many; None for all.
            roots: of each at most so many findings.
            each: of each code at most so many causes; None for all.
        """
        ...


Changes = Callable[[int | None], Iterable[Change]]
"""Changes by entity, kind and key; at most so many of each kind in each entity, None for all."""


@dataclass(frozen=True)
class Stays:
    """What a plan leaves as it is though the delivery says otherwise: records, and fields that are pinned."""

    kept: Callable[[], Iterable[Kept]] = tuple
    pinned: Callable[[], Iterable[Pinned]] = tuple


NO_STAYS = Stays()


@dataclass(frozen=True)
class Outcome:
    """A plan and what became of it.

    Args:
        counts: by entity name.
        holds: guards that hold it, less those that the operator accepted.
        run: the run, where the plan was applied.
        stays: what stays though the delivery says otherwise.
        quarantined: schools that are left at their last good state, by sourcedId.
        raised: limits that were raised for this plan alone.
        period: the period of the calendar in which it was made.
        postponed: how many changes wait for the end of this period.
        waiting: number of the hold under which it waits, where it does.
    """

    counts: Mapping[str, Counts]
    holds: tuple[Hold, ...]
    changes: Changes
    run: Run | None = None
    stays: Stays = NO_STAYS
    quarantined: Mapping[str, Quarantine] = field(default_factory=dict)
    raised: tuple[str, ...] = ()
    period: Period | None = None
    postponed: int = 0
    waiting: int | None = None


@dataclass(frozen=True)
class HoldRecord:
    """A held plan.

    Args:
        check: the check that it rests on; None once it waits no longer.
        outcome: what it would change and what holds it; likewise.
    """

    held: HeldPlan
    check: Check | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class RunRecord:
    """A run with what the roster's database kept of it.

    Args:
        check: the check that it rests on.
        changes: what it changed.
        stays: what stayed though the delivery said otherwise.
    """

    run: Run
    check: Check
    changes: Changes
    stays: Stays = NO_STAYS


@dataclass(frozen=True)
class Evidence:
    """A run for whoever has to be convinced of it.

    Args:
        held: the hold under which its plan waited, where it did.
        links: what the audit chain tells of it, with the links around, by number.
        chain: whether the links of the chain are whole.
        is_masked: whether personal data is masked.
    """

    record: RunRecord
    held: HeldPlan | None
    links: Sequence[Link]
    chain: Verdict
    is_masked: bool = False
