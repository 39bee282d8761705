"""A kill at any instant leaves the old roster or the new one; two who apply at once take turns."""

import multiprocessing
import signal

import pytest

from cartable import errors
from cartable.store import opening, queries
from tests.store.appliers import apply_and_die, apply_second, apply_when_told, start
from tests.store.worlds import Changes, applied, held

# A server of processes that has loaded what each one needs, so that a hundred of them start quickly.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.store.appliers", "numpy", "django.db.backends.sqlite3.base", "django.db.backends.postgresql.base"]
)
NAMES = ["renamed", "renamed too", "user 3", "user 4", "user 7", "user 8"]


@pytest.mark.slow
def test_a_kill_at_any_instant_leaves_the_old_roster_or_the_new_one(database: str) -> None:
    start(database)
    with opening.opened(database) as roster:
        old = [list(queries.active_records(roster, name)) for name in ("orgs", "users")]
        history = [list(queries.records_as_of(roster, "users", revision)) for revision in (1, 2)]
        ends = []
        for step in range(1, 1000):
            process = CONTEXT.Process(target=apply_and_die, args=(database, step))
            process.start()
            process.join()
            assert process.exitcode in (0, -signal.SIGKILL)
            runs = len(list(queries.runs(roster)))
            ends.append((process.exitcode, runs))
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
