"""A kill before any statement of an undo leaves the roster as it was, or as it was before the run."""

import multiprocessing
import signal

import pytest

from cartable.flow import undoing
from cartable.model.entities import ENTITIES
from cartable.store import opening, queries
from tests.flow.dying import apply_and_die
from tests.flow.rosters import Nights
from tests.flow.test_undoing import CLASSES, SCHOOL

# A server of processes that has loaded what each one needs, so that a hundred of them start quickly.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.flow.dying", "numpy", "django.db.backends.sqlite3.base", "django.db.backends.postgresql.base"]
)


@pytest.mark.slow
def test_a_kill_before_any_statement_of_an_undo_leaves_one_roster_or_the_other(nights: Nights) -> None:
    with opening.opened(nights.database) as roster:

        def content() -> list[list[dict[str, str | None]]]:
            return [list(queries.active_records(roster, entity.name)) for entity in ENTITIES]

        nights.sync(SCHOOL)
        before = content()
        other = {name: text.replace("P2", "P9") for name, text in SCHOOL.items()}
        nights.sync({**other, "classes": CLASSES.replace("7A", "7C")})
        after = content()
        plan = nights.place / "undo.cartable"
        with undoing.undone(nights.database, 2) as made:
            made.plan.save(plan)
        for step in range(1, 1000):
            process = CONTEXT.Process(target=apply_and_die, args=(nights.database, plan, step))
            process.start()
            process.join()
            assert process.exitcode == -signal.SIGKILL
            runs = len(list(queries.runs(roster)))
            if runs == 3:
                break
            assert (content(), queries.state(roster).revision, runs) == (after, 2, 2)
        # The last kill came after the transaction; all others before its end.
        assert step > 30
        assert (content(), queries.state(roster).revision) == (before, 3)
