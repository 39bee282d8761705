"""What the processes of `test_killing` do; it loads Django, so that a server can fork them loaded."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import django

from cartable import errors
from cartable.model.findings import Action, Finding, Severity
from cartable.model.holds import Approval
from cartable.model.plans import ChangeKind
from cartable.store import applying, holds, opening, queries
from tests.store.worlds import STARTED, Changes, applied, clock, ids, plan, record

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cartable.site.settings")
django.setup()


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def user(number: int, name: str = "") -> dict[str, Any]:
    return record("users", sourcedId=f"u{number}", username=name or f"user {number}")


def start(url: str) -> None:
    """Five users, of whom the last has left."""
    with opening.opened(url) as roster:
        changes = Changes()
        for number in range(5):
            changes.add("users", ChangeKind.ADD, user(number))
        applied(roster, changes)
        changes = Changes()
        changes.add("users", ChangeKind.DEACTIVATE, user(4), ids(roster, "users")["u4",])
        applied(roster, changes)


def everything(roster: opening.Roster) -> Changes:
    """Changes of every kind, and findings."""
    known = ids(roster, "users")
    changes = Changes(batch=1)
    changes.add("users", ChangeKind.UPDATE, user(0, "renamed"), known["u0",])
    changes.add("users", ChangeKind.UPDATE, user(1, "renamed too"), known["u1",])
    changes.add("users", ChangeKind.DEACTIVATE, user(2), known["u2",])
    changes.add("users", ChangeKind.REACTIVATE, user(4), known["u4",])
    changes.add("users", ChangeKind.ADD, user(7))
    changes.add("users", ChangeKind.ADD, user(8))
    changes.add("orgs", ChangeKind.ADD, record("orgs", sourcedId="o1", name="North"))
    changes.found = [Finding(n, "value.email", Severity.WARNING, Action.BLANK, value="x") for n in (1, 2)]
    return changes


def hold(url: str, pupil: int) -> None:
    """Let a plan wait that adds a user."""
    with opening.opened(url) as roster:
        _keep(roster, adding(pupil))


def adding(number: int) -> Changes:
    changes = Changes()
    changes.add("users", ChangeKind.ADD, user(number))
    return changes


def _keep(roster: opening.Roster, changes: Changes) -> None:
    header = plan(changes, queries.state(roster).revision)
    # Any file will do: nobody reads it here.
    holds.keep(roster, header, Path(__file__), "00" * 32, NOON, NOON + timedelta(hours=72))


def _approve(roster: opening.Roster, changes: Changes) -> None:
    applying.apply(
        roster,
        plan(changes, queries.state(roster).revision),
        changes,
        kind="approve",
        accepted=(),
        started=STARTED,
        now=lambda: NOON.isoformat(),
        actor="bob",
        approval=Approval(1),
    )


def _discard(roster: opening.Roster, changes: Changes) -> None:
    holds.discard(roster, 1, "bob", "wrong export", NOON)


ACTS: dict[str, Callable[[opening.Roster, Changes], object]] = {
    "apply": applied,
    "hold": _keep,
    "approve": _approve,
    "discard": _discard,
}
"""What processes do until they die; the first with changes of every kind, the others with one user."""


def act_and_die(url: str, act: str, step: int) -> None:
    """Act, and kill this process at the step: before a statement, a batch, a finding, or at the end."""
    steps = 0

    def touched() -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(execute: Callable[..., Any], *call: Any) -> Any:
        touched()
        return execute(*call)

    with opening.opened(url) as roster:
        changes = everything(roster) if act == "apply" else adding(7)
        changes.touched = touched
        with roster.connection.execute_wrapper(counted):
            ACTS[act](roster, changes)
        touched()


def apply_when_told(url: str, pipe: Connection) -> None:
    """Apply; in the midst of the transaction say so, and wait for word to go on."""

    def touched() -> None:
        changes.touched = lambda: None
        pipe.send("inside")
        pipe.recv()

    with opening.opened(url) as roster:
        changes = Changes(touched=touched)
        changes.add("users", ChangeKind.ADD, user(9))
        applied(roster, changes)


def apply_second(url: str, pipe: Connection) -> None:
    """Apply what was planned before the first one had ended; tell how it went."""
    with opening.opened(url) as roster:
        changes = Changes()
        changes.add("users", ChangeKind.ADD, user(10))
        header = plan(changes, queries.state(roster).revision)
        pipe.send("planned")
        try:
            applying.apply(roster, header, changes, kind="sync", accepted=(), started=STARTED, now=clock())
        except errors.PlanStale as stale:
            pipe.send(stale.values)
