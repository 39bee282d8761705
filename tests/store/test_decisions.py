"""Decisions go with the records that they are about: through new keys, and back with what is undone."""

from dataclasses import replace
from datetime import date

from cartable.model.decisions import InForce, Keep, Pin
from cartable.model.plans import ChangeKind, PlanHeader, Run
from cartable.store import applying, decisions, opening, queries
from tests.store.worlds import STARTED, Changes, applied, ids, later, plan, record

ZOE = "zoe@ecole.example"
# After the first run, which begins at two; and after all of them.
SINCE, AFTERWARDS = "2026-11-22T02:30:00Z", "2026-11-22T23:00:00Z"


def user(identifier: str, email: str | None = None) -> dict[str, str | None]:
    return record("users", sourcedId=identifier, username=identifier, email=email)


def with_people(roster: opening.Roster, *people: str) -> None:
    changes = Changes()
    for identifier in people:
        changes.add("users", ChangeKind.ADD, user(identifier))
    applied(roster, changes)


def run(roster: opening.Roster, changes: Changes, **header: object) -> Run:
    """Apply changes of a plan whose header says this besides."""
    made: PlanHeader = replace(plan(changes, queries.state(roster).revision), **header)  # type: ignore[arg-type]
    return applying.apply(
        roster, made, changes, kind="hand", accepted=(), started=STARTED, now=later(roster), actor="jean"
    )


def changed(
    roster: opening.Roster, kind: ChangeKind, identifier: str, after: dict[str, str | None]
) -> Changes:
    changes = Changes()
    changes.add("users", kind, after, ids(roster, "users")[(identifier,)])
    return changes


def pin(roster: opening.Roster, identifier: str) -> Run:
    """Set somebody's e-mail by hand."""
    made = Pin(
        0, "users", ids(roster, "users")[(identifier,)], (identifier,), "email", ZOE, "w", "a", STARTED
    )
    return run(roster, changed(roster, ChangeKind.UPDATE, identifier, user(identifier, ZOE)), pin=made)


def test_a_keep_follows_who_gets_another_identifier(database: str) -> None:
    with opening.opened(database) as roster:
        with_people(roster, "u1", "u2", "u3")
        for number, identifier in enumerate(("u1", "u2"), start=1):
            keep = Keep(0, identifier, "", date(2026, 12, 18), "w", "a", SINCE)
            assert decisions.add_keep(roster, keep).number == number
        run(roster, changed(roster, ChangeKind.REKEY, "u1", user("v1")))
        assert [keep.user for keep in decisions.keeps(roster)] == ["v1", "u2"]


def test_a_pin_stays_with_a_record_that_gets_another_identifier(database: str) -> None:
    with opening.opened(database) as roster:
        with_people(roster, "u1")
        pin(roster, "u1")
        run(roster, changed(roster, ChangeKind.REKEY, "u1", user("v1", ZOE)))
        (held,) = decisions.pins(roster)
        assert (held.key, held.field, held.state.value) == (("v1",), "email", "active")


def test_a_pin_is_released_by_what_takes_its_run_back(database: str) -> None:
    with opening.opened(database) as roster:
        with_people(roster, "u1", "u2")
        first, second = pin(roster, "u1"), pin(roster, "u2")
        run(roster, changed(roster, ChangeKind.UPDATE, "u1", user("u1")), undoes=first.number)
        # Of the other's run nothing was taken back.
        run(roster, Changes(), undoes=second.number)
        assert [(held.releaser, held.state.value) for held in decisions.pins(roster)] == [
            ("jean", "released"),
            ("", "active"),
        ]


def test_what_is_in_force_goes_by_the_day(database: str) -> None:
    with opening.opened(database) as roster:
        with_people(roster, "u1")
        for day in (date(2026, 12, 1), date(2026, 12, 18)):
            decisions.add_keep(roster, Keep(0, "u1", "", day, "w", "a", SINCE))
        pin(roster, "u1")
        assert decisions.in_force(roster, "2026-12-01") == InForce("2026-12-01", (1, 2), (1,))
        assert decisions.in_force(roster, "2026-12-02") == InForce("2026-12-02", (2,), (1,))
        decisions.release_pin(roster, 1, "jean", AFTERWARDS)
        assert decisions.in_force(roster, "2026-12-19") == InForce("2026-12-19", (), ())
