"""A kill at any instant leaves the old roster or the new one; two who apply at once take turns."""

import multiprocessing
import signal

import pytest

from cartable import errors
from cartable.store import holds, opening, queries, verifying
from tests.store.appliers import act_and_die, apply_second, apply_when_told, hold, start
from tests.store.worlds import Changes, applied, clock, held

# A server of processes that has loaded what each one needs, so that a hundred of them start quickly.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.store.appliers", "numpy", "django.db.backends.sqlite3.base", "django.db.backends.postgresql.base"]
)
NAMES = ["renamed", "renamed too", "user 3", "user 4", "user 7", "user 8"]


def killed(database: str, act: str, step: int) -> int | None:
    """Let a process act and kill itself at a step; the chain is intact whatever became of it."""
    process = CONTEXT.Process(target=act_and_die, args=(database, act, step))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    assert is_intact(database)
    return process.exitcode


def is_intact(database: str) -> bool:
    with opening.opened(database) as roster:
        return not verifying.verify(roster).breaks


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "after", "runs"),
    [
        ("hold", [(2, "waiting"), (1, "discarded")], 2),
        ("approve", [(1, "approved")], 3),
        ("discard", [(1, "discarded")], 2),
    ],
)
def test_a_kill_at_any_instant_leaves_a_held_plan_as_it_was_or_decided(
    database: str, act: str, after: list[tuple[int, str]], runs: int
) -> None:
    start(database)
    hold(database, 7)
    ends = []
    with opening.opened(database) as roster:
        for step in range(1, 1000):
            exitcode = killed(database, act, step)
            found = [(one.number, str(one.status)) for one in holds.every(roster)]
            ends.append((exitcode, found))
            # What waits has its plan, however many files a kill has left besides.
            assert all(
                holds.file_of(roster, number).exists() for number, status in found if status == "waiting"
            )
            if found != [(1, "waiting")]:
                break
        assert ends[-1] == (-signal.SIGKILL, after)
        assert len(ends) > 5
        assert len(list(queries.runs(roster))) == runs
        # All goes on from there.
        applied(roster, Changes(), now=clock(13))
    assert is_intact(database)


@pytest.mark.slow
def test_a_kill_at_any_instant_leaves_the_old_roster_or_the_new_one(database: str) -> None:
    start(database)
    with opening.opened(database) as roster:
        old = [list(queries.active_records(roster, name)) for name in ("orgs", "users")]
        history = [list(queries.records_as_of(roster, "users", revision)) for revision in (1, 2)]
        ends = []
        for step in range(1, 1000):
            exitcode = killed(database, "apply", step)
            runs = len(list(queries.runs(roster)))
            ends.append((exitcode, runs))
            if runs == 2:
                # Nothing at all is left behind: neither a record, nor a run, nor a finding.
                assert [list(queries.active_records(roster, name)) for name in ("orgs", "users")] == old
                assert queries.state(roster).revision == 2
                assert list(queries.findings(roster, 3)) == []
            else:
                break
        # The last kill came after the transaction; all others before its end.
        assert ends[-1] == (-signal.SIGKILL, 3)
        assert len(ends) > 30
        assert [row["username"] for row in held(roster)["users"]] == NAMES
        assert len(list(queries.findings(roster, 3))) == 2
        assert [list(queries.records_as_of(roster, "users", revision)) for revision in (1, 2)] == history


def test_of_two_who_apply_at_once_the_second_waits_and_its_plan_is_stale(database: str) -> None:
    start(database)
    here, there = CONTEXT.Pipe()
    first = CONTEXT.Process(target=apply_when_told, args=(database, there))
    first.start()
    assert here.recv() == "inside"
    with opening.opened(database, busy_timeout=0.1) as roster:
        with pytest.raises(errors.RosterBusy) as caught:
            applied(roster, Changes())
        assert caught.value.exit_status == 75
        # Readers neither wait nor see anything of it.
        assert len(held(roster)["users"]) == 4
    other, second_end = CONTEXT.Pipe()
    second = CONTEXT.Process(target=apply_second, args=(database, second_end))
    second.start()
    assert other.recv() == "planned"
    here.send("go on")
    assert other.recv() == {"planned": 2, "current": 3, "runs": "3"}
    first.join()
    second.join()
    assert (first.exitcode, second.exitcode) == (0, 0)
    with opening.opened(database) as roster:
        assert [row["username"] for row in held(roster)["users"]] == [f"user {n}" for n in (0, 1, 2, 3, 9)]
        assert len(list(queries.runs(roster))) == 3
    assert is_intact(database)
