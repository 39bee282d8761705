"""Held plans: the sealed file in the vault, the row in the ledger, the link of the audit chain.

The file is written before its row, so that no row is ever without one; a file whose row never came is
removed by the next hold. All that decides about a hold happens under the roster's lock.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.transaction import atomic, on_commit

from cartable.errors import HoldDecided, HoldExpired, PlanStale, UsageError
from cartable.model.audits import Action, digest_of_plan, plan_part
from cartable.model.documents import plan_document, plan_from
from cartable.model.holds import Approval, HeldPlan, HoldStatus
from cartable.model.plans import PlanHeader, Run
from cartable.store import auditing
from cartable.store.failures import translated
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    from cartable.store.ledgers import Hold

_FOLDER = "holds"
_AGAIN = "Sync the delivery again."


def file_of(roster: Roster, number: int) -> Path:
    """Where the plan of a hold lies."""
    return roster.vault.folder(_FOLDER) / f"{number}.plan"


def keep(
    roster: Roster, header: PlanHeader, plan: Path, digest: str, moment: datetime, expires: datetime | None
) -> HeldPlan:
    """Let a plan wait. A plan of its kind that waited from the same source gives way to it.

    Args:
        plan: the sealed file, which is copied.
        digest: of what it seals.
        moment: since when it waits.
        expires: until when.

    Raises:
        PlanStale: the roster has moved since the plan was computed.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    from cartable.store.ledgers import Hold
    from cartable.store.tables import Installation

    with _writing(roster):
        if Installation._default_manager.using(roster.alias).get().revision != header.revision:
            raise PlanStale("The roster has moved since the plan was made; nothing was written.", _AGAIN)
        auditing.begin(roster, header.actor, moment)
        rows = Hold._default_manager.using(roster.alias)
        number = (rows.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        others = list(rows.filter(status=HoldStatus.WAITING))
        _remove_orphans(roster, {row.number for row in others})
        _copy(plan, file_of(roster, number))
        for row in others:
            if _is_over(row, moment):
                _decide(roster, row, HoldStatus.EXPIRED, moment)
            elif (row.source, row.header["kind"]) == (header.source, header.kind):
                _decide(roster, row, HoldStatus.DISCARDED, moment, header.actor, successor=number)
        row = Hold(
            number=number,
            status=HoldStatus.WAITING,
            source=header.source,
            revision=header.revision,
            header=plan_document(header),
            created=moment,
            planner=header.actor,
            expires=expires,
        )
        row.save(using=roster.alias, force_insert=True)
        document = {"hold": number, **plan_part(header), "file": digest}
        told = [row, *(other for other in others if other.status != HoldStatus.WAITING)]
        auditing.append(roster, Action.HOLD, header.actor, moment, document, told)
        return _held(row)


def every(roster: Roster) -> Iterator[HeldPlan]:
    """All held plans: those that wait first, the latest first."""
    from cartable.store.ledgers import Hold

    with translated(roster.place):
        rows = list(Hold._default_manager.using(roster.alias).order_by("-number"))
    rows.sort(key=lambda row: row.status != HoldStatus.WAITING)
    return map(_held, rows)


def one(roster: Roster, number: int) -> HeldPlan:
    """One held plan.

    Raises:
        UsageError: there is none of that number.
    """
    with translated(roster.place):
        return _held(_row(roster, number))


def applied_as(roster: Roster, run: int) -> HeldPlan | None:
    """The held plan that a run applied, where it was one."""
    from cartable.store.ledgers import Hold

    with translated(roster.place):
        rows = Hold._default_manager.using(roster.alias)
        row = rows.filter(run=run, status=HoldStatus.APPROVED).first()
        return _held(row) if row else None


def waiting(roster: Roster, number: int, moment: datetime) -> HeldPlan:
    """A held plan that may still be decided about.

    Raises:
        UsageError: there is none of that number.
        HoldDecided, HoldExpired: it waits no longer.
    """
    with translated(roster.place):
        return _held(_waiting(roster, number, moment))


def approve(
    roster: Roster, approval: Approval, header: PlanHeader, actor: str, moment: datetime, run: int
) -> None:
    """Note that a held plan is approved, in the transaction that applies it.

    Args:
        header: the plan that is about to be applied.
        run: number of the run that applies it.

    Raises:
        UsageError: there is no such hold.
        HoldDecided, HoldExpired: it waits no longer.
    """
    row = _waiting(roster, approval.hold, moment)
    _decide(roster, row, HoldStatus.APPROVED, moment, actor, why=approval.why, run=run)
    document = {"hold": row.number, "plan": digest_of_plan(header), "run": run}
    auditing.append(roster, Action.APPROVE, actor, moment, document, (row,))


def discard(roster: Roster, number: int, actor: str, why: str, moment: datetime) -> HeldPlan:
    """Drop a held plan.

    Raises:
        UsageError: there is no such hold.
        HoldDecided, HoldExpired: it waits no longer.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    with _writing(roster):
        row = _waiting(roster, number, moment)
        _decide(roster, row, HoldStatus.DISCARDED, moment, actor, why=why)
        document = {"hold": number, "plan": digest_of_plan(plan_from(row.header))}
        auditing.append(roster, Action.DISCARD, actor, moment, document, (row,))
        return _held(row)


def expire(roster: Roster, run: Run) -> list["Hold"]:
    """Give up all that waits, in the transaction of the run that moves the roster on.

    Returns:
        The rows, for the run's link to tell of.
    """
    from cartable.store.ledgers import Hold

    held = Hold._default_manager.using(roster.alias).filter(status=HoldStatus.WAITING)
    rows = list(held.order_by("number"))
    for row in rows:
        _decide(roster, row, HoldStatus.EXPIRED, datetime.fromisoformat(run.finished), run=run.number)
    return rows


def _waiting(roster: Roster, number: int, moment: datetime) -> "Hold":
    row = _row(roster, number)
    if row.status == HoldStatus.APPROVED:
        raise HoldDecided(
            "Hold {number} was approved by {who} on {moment} and applied as run {run}; nothing was written.",
            "See it with: cartable runs show {run}",
            number=number,
            who=row.decider,
            moment=row.decided,
            run=row.run,
        )
    if row.status == HoldStatus.DISCARDED and row.successor:
        raise HoldDecided(
            "Hold {number} gave way to hold {successor} on {moment}; nothing was written.",
            "Look at that one: cartable holds show {successor}",
            number=number,
            moment=row.decided,
            successor=row.successor,
        )
    if row.status == HoldStatus.DISCARDED:
        raise HoldDecided(
            "Hold {number} was discarded by {who} on {moment}; nothing was written.",
            _AGAIN,
            number=number,
            who=row.decider,
            moment=row.decided,
        )
    if row.status == HoldStatus.EXPIRED and row.run:
        raise HoldExpired(
            "Hold {number} has expired: run {run} has moved the roster on; nothing was written.",
            _AGAIN,
            number=number,
            run=row.run,
        )
    if row.status == HoldStatus.EXPIRED or _is_over(row, moment):
        raise HoldExpired(
            "Hold {number} has expired: it waited until {moment}; nothing was written.",
            _AGAIN,
            number=number,
            moment=row.expires,
        )
    return row


def _row(roster: Roster, number: int) -> "Hold":
    from cartable.store.ledgers import Hold

    row = Hold._default_manager.using(roster.alias).filter(number=number).first()
    if row is None:
        raise UsageError("There is no hold {number}.", "cartable holds lists them all.", number=number)
    return row


def _is_over(row: "Hold", moment: datetime) -> bool:
    return row.expires is not None and moment >= row.expires


def _decide(
    roster: Roster,
    row: "Hold",
    status: HoldStatus,
    moment: datetime,
    actor: str = "",
    *,
    why: str = "",
    run: int | None = None,
    successor: int | None = None,
) -> None:
    row.status, row.decided, row.decider, row.why = status, moment, actor, why
    row.run, row.successor = run, successor
    row.save(using=roster.alias, force_update=True)
    on_commit(partial(_remove, file_of(roster, row.number)), using=roster.alias)


def _held(row: "Hold") -> HeldPlan:
    return HeldPlan(
        number=row.number,
        status=HoldStatus(row.status),
        header=plan_from(row.header),
        planner=row.planner,
        created=auditing.iso(row.created),
        expires=row.expires and auditing.iso(row.expires),
        decided=row.decided and auditing.iso(row.decided),
        decider=row.decider,
        why=row.why,
        run=row.run,
        successor=row.successor,
    )


def _remove_orphans(roster: Roster, waiting: set[int]) -> None:
    known = {file_of(roster, number) for number in waiting}
    for path in file_of(roster, 0).parent.iterdir():
        if path not in known:
            _remove(path)


def _remove(path: Path) -> None:
    """Remove a plan that nobody can apply any more: it names children. What stays, the next hold removes."""
    with suppress(OSError):
        path.unlink()


def _copy(plan: Path, place: Path) -> None:
    """Copy, and return when the copy outlives a power cut."""
    unfinished = place.with_suffix(".unfinished")
    with plan.open("rb") as source, unfinished.open("wb") as target:
        unfinished.chmod(0o600)  # it names children
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
    unfinished.replace(place)


@contextmanager
def _writing(roster: Roster) -> Iterator[None]:
    """A transaction that holds the roster's lock."""
    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        yield
