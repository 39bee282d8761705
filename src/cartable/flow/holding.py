"""Held plans: a sync that a guard holds lets its plan wait, until a person approves or discards it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cartable.errors import PlanHeld, PlanStale, PlanUnreadable
from cartable.flow import checking, clock, policies, recalling
from cartable.flow.checking import Checked
from cartable.flow.planning import ATTEMPTS, Planned, opened_plan
from cartable.model.audits import digest_of_plan
from cartable.model.holds import Approval, HeldPlan, HoldStatus
from cartable.model.plans import Run
from cartable.store import holds


def sync(plan: Planned) -> tuple[Planned, Run | None, HeldPlan | None]:
    """Apply a delivery's plan; where a guard holds it, let it wait under a number.

    Returns:
        The plan that was applied and its run; or the plan that waits and its hold; or, of a delivery
        that could not be judged, the plan alone.

    Raises:
        SamePerson: guards were accepted where another person has to.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError, UsageError.
    """
    for _ in range(ATTEMPTS):
        plan, run = plan.sync()
        if run or plan.is_fatal:
            return plan, run, None
        try:
            return plan, None, keep(plan)
        except PlanStale:
            plan = plan.again()
    return plan, None, keep(plan)


def keep(plan: Planned) -> HeldPlan:
    """Let a plan wait for a person, sealed in the vault.

    Raises:
        PlanStale: the roster has moved since.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError, UsageError.
    """
    # What the calendar holds today is a hold like the others from now on.
    holds_of_today = tuple(hold for hold in plan.held if hold not in plan.header.holds)
    plan = replace(plan, header=replace(plan.header, holds=(*plan.header.holds, *holds_of_today)))
    moment = clock.now()
    expires = moment + timedelta(hours=policies.policy(plan.vault).hold_expires_hours)
    path = plan.workspace.directory / "held.plan"
    digest = plan.seal_into(path)
    try:
        return holds.keep(plan.roster, plan.header, path, digest, moment, expires)
    finally:
        path.unlink()


def every(database: str) -> Iterator[HeldPlan]:
    """All held plans as they are now: those that wait first, the latest first.

    Raises:
        DatabaseError: there is no roster.
    """
    moment = clock.now()
    with recalling.opened(database) as roster:
        listed = [held.at(moment) for held in holds.every(roster)]
    return iter(sorted(listed, key=lambda held: held.status is not HoldStatus.WAITING))


@contextmanager
def shown(database: str, number: int) -> Iterator[tuple[HeldPlan, Checked | None, Planned | None]]:
    """A held plan to look at; valid while it is open.

    Returns:
        The hold; while it waits, the check that its plan rests on, and the plan.

    Raises:
        UsageError: there is none of that number.
        PlanUnreadable: its file is missing or damaged.
        DatabaseError, KeyUnusable.
    """
    with recalling.opened(database) as roster:
        held = holds.one(roster, number).at(clock.now())
        path = holds.file_of(roster, number)
    if held.status is not HoldStatus.WAITING:
        yield held, None, None
        return
    with _opened(held, path, database, "", ()) as plan:
        yield held, checking.result_of(plan.workspace, plan.header.delivery, plan.header.summary), plan


@contextmanager
def approved(database: str, number: int, *, actor: str, why: str = "") -> Iterator[tuple[Planned, Run]]:
    """Apply exactly the plan that waits under the number; valid while it is open.

    Args:
        actor: who approves.
        why: in whose own words.

    Raises:
        UsageError: there is no such hold.
        HoldDecided, HoldExpired: it waits no longer.
        SamePerson: the policy asks for another person.
        PlanHeld: the calendar has frozen the roster since.
        PlanUnreadable: its file is missing or damaged.
        PlanForeign, PlanStale, ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    with recalling.opened(database) as roster:
        held = holds.waiting(roster, number, clock.now())
        path = holds.file_of(roster, number)
    with _opened(held, path, database, actor, held.guards) as plan:
        if plan.held:
            raise PlanHeld(
                "Hold {number} cannot be applied today: {guards} holds it too; nothing was written.",
                "Approve it when that period is over (cartable guards tells the calendar), or sync the "
                "delivery again, so that a person decides about all that holds it.",
                number=number,
                guards=", ".join(dict.fromkeys(hold.guard for hold in plan.held)),
            )
        yield plan, plan.apply("approve", Approval(number, why))


def discard(database: str, number: int, *, actor: str, why: str) -> HeldPlan:
    """Drop the plan that waits under the number.

    Raises:
        UsageError: there is no such hold.
        HoldDecided, HoldExpired: it waits no longer.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    with recalling.opened(database) as roster:
        return holds.discard(roster, number, actor, why, clock.now())


@contextmanager
def _opened(
    held: HeldPlan, path: Path, database: str, actor: str, accept: tuple[str, ...]
) -> Iterator[Planned]:
    """The plan of a hold, which must be the one that was held."""
    with ExitStack() as stack:
        try:
            plan = stack.enter_context(opened_plan(path, database, actor=actor, accept=accept))
            if digest_of_plan(plan.header) != digest_of_plan(held.header):
                raise PlanUnreadable("")
        except PlanUnreadable:
            raise PlanUnreadable(
                "The plan of hold {number} is missing or damaged: {path}.",
                "Drop it, then sync the delivery again: cartable discard {number} --why TEXT",
                number=held.number,
                path=path,
            ) from None
        yield plan
