"""The sentences about schools that are left as they were, raised limits and periods of the calendar."""

from collections.abc import Iterator, Mapping

from cartable import words
from cartable.model.guards import Period, PeriodKind
from cartable.model.plans import Quarantine
from cartable.reports import phrasing, wording
from cartable.reports.material import Outcome
from cartable.reports.safety import shown
from cartable.words import marked

# What a period does, where it does more than to hold.
_PERIODS: Mapping[PeriodKind, str] = {
    PeriodKind.ROLL_OVER: marked("Until {last} the limits of a roll-over period are in force: {why}."),
    PeriodKind.ADDITIONS: marked("Until {last} records are only added: {why}."),
}

_REASONS = 5


def terms(outcome: Outcome) -> Iterator[str]:
    """What a plan was judged by that is not usual: the calendar, limits for this run alone."""
    if outcome.period and outcome.period.kind in _PERIODS:
        yield " ".join(filter(None, (_period(outcome.period), _postponed(outcome.postponed))))
    if outcome.raised:
        yield raised(outcome.raised)


def raised(limits: tuple[str, ...]) -> str:
    """Which limits were moved."""
    return words.text("Limits for this run alone: {limits}.", limits=", ".join(limits))


def school(number: str, name: str) -> str:
    """A school by name and sourcedId."""
    return f"{shown(name)} ({shown(number)})" if name else shown(number)


def quarantined(number: str, one: Quarantine) -> str:
    """That a school stays as it was, and how many changes wait for it."""
    told = words.counted(
        "{number} change is held back",
        "{number} changes are held back",
        sum(one.held_back.values()),
    )
    return words.text(
        "{school} is quarantined, it stays as it was: {told}.", school=school(number, one.name), told=told
    )


def reasons(one: Quarantine) -> Iterator[str]:
    """Why a school stays as it was; of many reasons the first."""
    for hold in one.holds[:_REASONS]:
        yield phrasing.held(hold, is_under_school=True)
    if (rest := len(one.holds) - _REASONS) > 0:
        yield words.counted("and {number} more", "and {number} more", rest)


def line(number: str, one: Quarantine) -> str:
    """All of this in one line."""
    return " ".join((quarantined(number, one), *reasons(one)))


def acceptance(number: str, one: Quarantine) -> str:
    """How to let the guards of a school pass."""
    guards = dict.fromkeys(hold.guard for hold in one.holds)
    return words.text(
        "If that is right, plan the delivery again with {accept}",
        accept=" ".join(f"--accept {guard}@{shown(number)}" for guard in guards),
    )


def _period(period: Period) -> str:
    return words.text(_PERIODS[period.kind], last=wording.dated(period.last), why=shown(period.why))


def _postponed(number: int) -> str:
    return words.counted("{number} change waits.", "{number} changes wait.", number) if number else ""
