"""A held plan waits under a number, and what a person decides is what happens."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import errors
from cartable.flow import auditing, holding, planning
from cartable.model.holds import HeldPlan, HoldStatus
from cartable.model.options import CheckOptions
from cartable.model.plans import Run
from cartable.store import opening, queries
from cartable.store.vault import Vault, vault_of
from tests.flow.rosters import Nights, pupils

At = Callable[[str], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Sets the clock."""
    return lambda instant: monkeypatch.setenv("CARTABLE_NOW", instant)


def held(nights: Nights, count: int, *, actor: str = "ann", accept: tuple[str, ...] = ()) -> HeldPlan | None:
    """Sync a school with so many pupils; the hold under which its plan waits."""
    delivery = nights.deliver(pupils(count))
    with planning.planned(delivery, nights.database, CheckOptions(), actor=actor, accept=accept) as (_, plan):
        return holding.sync(plan)[2]


def approved(nights: Nights, number: int, actor: str = "bob", why: str = "") -> Run:
    with holding.approved(nights.database, number, actor=actor, why=why) as (_, run):
        return run


def one(nights: Nights, number: int) -> HeldPlan:
    with holding.shown(nights.database, number) as (kept, _, _):
        return kept


def vault(nights: Nights) -> Vault:
    return vault_of(nights.database)


def files(nights: Nights) -> list[str]:
    return sorted(path.name for path in vault(nights).folder("holds").iterdir())


def number_of_pupils(nights: Nights) -> int:
    return len(nights.records("users", "sourcedId"))


def is_intact(nights: Nights) -> bool:
    return not auditing.verify(nights.database).breaks


def policy(nights: Nights, text: str) -> None:
    (vault(nights).folder("holds").parent / "guards.toml").write_text(text)


def test_a_held_sync_writes_nothing_and_waits(nights: Nights, at: At) -> None:
    nights.sync(pupils(20))
    kept = held(nights, 5)
    assert kept
    assert (kept.number, kept.status, kept.guards, kept.changing) == (
        1,
        HoldStatus.WAITING,
        ("deactivations",),
        30,
    )
    assert (kept.planner, kept.created[:19], (kept.expires or "")[:19]) == (
        "ann",
        "2026-11-24T08:00:00",
        "2026-11-27T08:00:00",
    )
    assert number_of_pupils(nights) == 20
    assert list(holding.every(nights.database)) == [kept]
    assert files(nights) == ["1.plan"]
    assert (vault(nights).directory / "holds" / "1.plan").stat().st_mode & 0o077 == 0
    assert is_intact(nights)


def test_an_approved_plan_is_applied_exactly_and_told_who_and_why(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    with holding.approved(nights.database, 1, actor="bob", why="they moved") as (plan, run):
        assert len(list(plan.changes())) == 30
    assert (run.kind, run.actor, run.accepted, run.changes["users"].deactivate) == (
        "approve",
        "bob",
        ("deactivations",),
        15,
    )
    assert number_of_pupils(nights) == 5
    decided = one(nights, 1)
    assert (decided.status, decided.decider, decided.why, decided.run) == (
        HoldStatus.APPROVED,
        "bob",
        "they moved",
        2,
    )
    with opening.opened(nights.database) as roster:
        kept = queries.run(roster, 2)
        assert (kept.kind, kept.accepted, kept.actor) == ("approve", ("deactivations",), "bob")
    assert files(nights) == []
    assert is_intact(nights)


def test_while_it_waits_it_is_shown_with_its_findings_and_changes(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    with holding.shown(nights.database, 1) as (_, check, plan):
        assert check
        assert plan
        assert set(check.by_code) == {"shift.rows"}
        assert len(list(plan.changes())) == 30
    holding.discard(nights.database, 1, actor="bob", why="wrong export")
    with holding.shown(nights.database, 1) as (_, check, plan):
        assert (check, plan) == (None, None)


def test_a_discarded_plan_is_gone(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    dropped = holding.discard(nights.database, 1, actor="bob", why="wrong export")
    assert (dropped.status, dropped.decider, dropped.why) == (HoldStatus.DISCARDED, "bob", "wrong export")
    assert files(nights) == []
    for decide in (approved, lambda *of: holding.discard(nights.database, 1, actor="eve", why="again")):
        with pytest.raises(errors.HoldDecided, match="Hold 1 was discarded by bob on 2026-11-24"):
            decide(nights, 1)
    assert number_of_pupils(nights) == 20
    assert is_intact(nights)


def test_what_was_approved_is_not_approved_twice(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    approved(nights, 1)
    with pytest.raises(errors.HoldDecided, match=r"approved by bob on .* applied as run 2"):
        approved(nights, 1)
    with opening.opened(nights.database) as roster:
        assert [run.number for run in queries.runs(roster)] == [2, 1]


def test_a_later_held_sync_takes_the_place_of_the_earlier_one(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    kept = held(nights, 6)
    assert kept
    assert [(plan.number, plan.status) for plan in holding.every(nights.database)] == [
        (2, HoldStatus.WAITING),
        (1, HoldStatus.DISCARDED),
    ]
    first = one(nights, 1)
    assert (first.successor, first.decider) == (2, "ann")
    with pytest.raises(errors.HoldDecided, match="Hold 1 gave way to hold 2"):
        approved(nights, 1)
    assert files(nights) == ["2.plan"]
    assert approved(nights, 2).changes["users"].deactivate == 14
    assert is_intact(nights)


def test_what_waits_expires_when_the_roster_moves_on(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    nights.sync(pupils(21))
    expired = one(nights, 1)
    assert (expired.status, expired.run) == (HoldStatus.EXPIRED, 2)
    with pytest.raises(errors.HoldExpired, match="run 2 has moved the roster on") as caught:
        approved(nights, 1)
    assert caught.value.hint == "Sync the delivery again."
    assert files(nights) == []
    assert number_of_pupils(nights) == 21
    assert is_intact(nights)


def test_a_sync_that_changes_nothing_lets_it_wait(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    nights.sync(pupils(20))
    assert one(nights, 1).status is HoldStatus.WAITING
    assert approved(nights, 1).number == 3
    assert is_intact(nights)


def test_what_waits_expires_in_time(nights: Nights, at: At) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    at("2026-11-27T07:59:59+00:00")
    assert one(nights, 1).status is HoldStatus.WAITING
    at("2026-11-27T09:00:00+01:00")
    assert one(nights, 1).status is HoldStatus.EXPIRED
    for decide in (approved, lambda *of: holding.discard(nights.database, 1, actor="bob", why="late")):
        with pytest.raises(errors.HoldExpired, match="it waited until 2026-11-27 08:00"):
            decide(nights, 1)
    # The next one writes it down and removes its file.
    held(nights, 6)
    assert one(nights, 1).status is HoldStatus.EXPIRED
    assert one(nights, 1).successor is None
    assert files(nights) == ["2.plan"]
    assert is_intact(nights)


def test_the_policy_says_how_long_a_plan_waits(nights: Nights) -> None:
    policy(nights, "[policy]\nhold_expires_hours = 5\n")
    nights.sync(pupils(20))
    kept = held(nights, 5)
    assert kept
    assert (kept.expires or "")[:19] == "2026-11-24T13:00:00"


def test_where_the_policy_says_so_whoever_planned_does_not_approve(nights: Nights) -> None:
    policy(nights, "[policy]\nsecond_approver = true\n")
    nights.sync(pupils(20))
    held(nights, 5, actor="Ann")
    with pytest.raises(errors.SamePerson, match="ann planned this and may not approve it"):
        approved(nights, 1, actor="ann ")
    assert (one(nights, 1).status, number_of_pupils(nights)) == (HoldStatus.WAITING, 20)
    # Nor is accepting the guard a way around it.
    with pytest.raises(errors.SamePerson):
        held(nights, 5, actor="ann", accept=("deactivations",))
    assert number_of_pupils(nights) == 20
    assert approved(nights, 1, actor="bob").number == 2
    assert is_intact(nights)


def test_raising_a_limit_and_accepting_for_a_school_are_no_ways_around_the_policy(nights: Nights) -> None:
    policy(nights, "[policy]\nsecond_approver = true\n")
    nights.sync(pupils(20))
    for options in ({"raised": ("deactivations=90%",)}, {"accept": ("deactivations@S1",)}):
        saved = nights.place / "saved.plan"
        path = nights.deliver(pupils(15))
        with planning.planned(path, nights.database, CheckOptions(), actor="ann", **options) as (_, plan):
            plan.save(saved)
            if not plan.held:
                with pytest.raises(errors.SamePerson):
                    plan.sync()
        with (
            planning.opened_plan(saved, nights.database, actor="Ann", accept=("deactivations",)) as plan,
            pytest.raises(errors.SamePerson),
        ):
            plan.apply("apply")
    assert number_of_pupils(nights) == 20
    with planning.opened_plan(saved, nights.database, actor="bob", accept=("deactivations",)) as plan:
        assert plan.apply("apply").changes["users"].deactivate == 5


def test_another_file_of_guards_is_no_way_around_the_policy(nights: Nights) -> None:
    policy(nights, "[policy]\nsecond_approver = true\n")
    nights.sync(pupils(20))
    other = nights.place / "mine.toml"
    other.write_text("[deactivations]\nhold = false\n")
    with (
        pytest.raises(errors.UsageError, match="asks for a second person"),
        nights.planned(pupils(5), guards=other),
    ):
        pass


def test_what_the_calendar_holds_waits_too_and_a_person_may_approve_it(nights: Nights) -> None:
    nights.sync(pupils(20))
    policy(nights, FROZEN)
    kept = held(nights, 21)
    assert kept
    assert kept.guards == ("calendar.frozen",)
    assert approved(nights, 1).accepted == ("calendar.frozen",)
    assert number_of_pupils(nights) == 21
    assert is_intact(nights)


def test_what_was_held_before_a_frozen_period_is_not_applied_in_it(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    policy(nights, FROZEN)
    with pytest.raises(errors.PlanHeld, match=r"Hold 1 cannot be applied today: calendar\.frozen holds it"):
        approved(nights, 1)
    assert (one(nights, 1).status, number_of_pupils(nights)) == (HoldStatus.WAITING, 20)


FROZEN = '[[frozen]]\nfrom = 2026-11-20\nuntil = 2026-11-30\nwhy = "exams"\n'


def test_without_such_a_policy_one_person_is_enough(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    assert approved(nights, 1, actor="ann").number == 2


@pytest.mark.parametrize(
    "text",
    [
        "policy = 3",
        "[policy",
        "[policy]\nsecond_aprover = true",
        "[policy]\nsecond_approver = 'yes'",
        "[policy]\nhold_expires_hours = 0",
        "[policy]\nhold_expires_hours = true",
    ],
)
def test_a_guards_file_that_says_nothing_sensible_is_named(nights: Nights, text: str) -> None:
    nights.sync(pupils(20))
    policy(nights, text)
    with pytest.raises(errors.UsageError, match=r"guards\.toml"):
        held(nights, 5)
    assert list(holding.every(nights.database)) == []


def test_a_number_that_is_no_holds_is_a_wrong_call(nights: Nights) -> None:
    nights.sync(pupils(2))
    for ask in (approved, one, lambda *of: holding.discard(nights.database, 7, actor="bob", why="no")):
        with pytest.raises(errors.UsageError, match="There is no hold 7"):
            ask(nights, 7)


@pytest.mark.parametrize("damage", ["missing", "altered", "another"])
def test_a_plan_that_is_not_the_one_that_was_held_is_refused(nights: Nights, damage: str) -> None:
    nights.sync(pupils(20))
    other = nights.place / "other.plan"
    with planning.planned(nights.deliver(pupils(1)), nights.database, CheckOptions()) as (_, plan):
        plan.save(other)
    held(nights, 5)
    path = vault(nights).directory / "holds" / "1.plan"
    match damage:
        case "missing":
            path.unlink()
        case "altered":
            path.write_bytes(path.read_bytes().replace(b"pupil.9", b"pupil.8"))
        case "another":  # which this installation has sealed too
            shutil.copy(other, path)
    with pytest.raises(errors.PlanUnreadable, match="The plan of hold 1 is missing or damaged") as caught:
        approved(nights, 1)
    assert "cartable discard {number}" in caught.value.hint
    assert number_of_pupils(nights) == 20
    holding.discard(nights.database, 1, actor="bob", why="damaged")
    assert is_intact(nights)


def test_with_another_installations_key_nothing_is_approved(nights: Nights) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    (vault(nights).directory / "key").write_text("ab" * 32)
    for decide in (approved, lambda *of: holding.discard(nights.database, 1, actor="bob", why="no")):
        with pytest.raises(errors.KeyUnusable, match="is not the one of the roster"):
            decide(nights, 1)
    assert number_of_pupils(nights) == 20


def test_a_file_whose_row_never_came_is_removed_by_the_next_hold(nights: Nights) -> None:
    nights.sync(pupils(20))
    for name in ("1.plan", "7.plan", "1.unfinished"):
        (vault(nights).folder("holds") / name).write_text("left by a kill")
    held(nights, 5)
    assert files(nights) == ["1.plan"]
    assert approved(nights, 1).number == 2


def test_a_clock_that_ran_backwards_writes_nothing(nights: Nights, at: At) -> None:
    nights.sync(pupils(20))
    held(nights, 5)
    at("2026-11-24T07:59:59+00:00")
    refused: list[Callable[[], object]] = [
        lambda: nights.sync(pupils(21)),
        lambda: held(nights, 6),
        lambda: approved(nights, 1),
        lambda: holding.discard(nights.database, 1, actor="bob", why="no"),
        lambda: saved(nights),
    ]
    for act in refused:
        with pytest.raises(errors.ClockBehind, match="The clock says 2026-11-24 07:59:59") as caught:
            act()
        assert "CARTABLE_NOW" in caught.value.hint
    assert number_of_pupils(nights) == 20
    assert [plan.number for plan in holding.every(nights.database)] == [1]
    assert len(list(auditing.links(nights.database))) == 3
    assert not (nights.place / "tonight.plan").exists()
    assert is_intact(nights)


def saved(nights: Nights) -> Path:
    path = nights.place / "tonight.plan"
    with planning.planned(nights.deliver(pupils(3)), nights.database, CheckOptions()) as (_, plan):
        plan.save(path)
    return path


def test_a_sync_is_planned_anew_before_it_waits_where_the_roster_has_moved(nights: Nights) -> None:
    nights.sync(pupils(20))
    delivery = nights.deliver(pupils(5))
    with planning.planned(delivery, nights.database, CheckOptions(), actor="ann") as (_, late):
        nights.sync(pupils(30), "additions")
        plan, run, kept = holding.sync(late)
    assert (run, plan.header.revision) == (None, 2)
    assert kept
    assert (kept.header.revision, kept.changing) == (2, 50)
    assert approved(nights, 1).changes["users"].deactivate == 25


def test_what_cannot_be_judged_does_not_wait(nights: Nights) -> None:
    nights.sync(pupils(20))
    broken = {**pupils(5)}
    del broken["roles"]
    with planning.planned(nights.deliver(broken), nights.database, CheckOptions()) as (_, plan):
        assert holding.sync(plan)[1:] == (None, None)
    assert list(holding.every(nights.database)) == []
