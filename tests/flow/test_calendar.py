"""What the calendar and the operator change for a time: frozen periods, additions only, other limits."""

import pytest

from cartable.errors import UsageError
from cartable.flow import planning
from cartable.model.guards import PeriodKind
from cartable.model.options import CheckOptions
from cartable.model.plans import PlanHeader
from tests.flow.districts import Row, district, people
from tests.flow.rosters import Nights

pytestmark = pytest.mark.planning

FOUR = district(4, 20)
FEWER = FOUR.leave(people("S2", 1, 8)).files()


def period(kind: str, first: str, last: str, more: str = "") -> str:
    return f'[[{kind}]]\nfrom = {first}\nuntil = {last}\nwhy = "holidays"\n{more}'


def at(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """The day on which everything happens from here on."""
    monkeypatch.setenv("CARTABLE_NOW", f"{day}T12:00:00+00:00")


def held(header: PlanHeader) -> list[str]:
    return [hold.guard for hold in header.holds]


def test_in_a_frozen_period_nothing_is_applied_and_after_it_the_saved_plan_is(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    nights.sync(FOUR.files())
    nights.guards.write_text(period("frozen", "2026-12-19", "2027-01-03"))
    later = FOUR.leave(["S1-1"]).files()
    path = nights.place / "tonight.cartable"
    for day, is_frozen in (("2026-12-18", False), ("2026-12-19", True), ("2027-01-03", True)):
        at(monkeypatch, day)
        with nights.planned(later) as plan:
            assert [hold.guard for hold in plan.held] == (["calendar.frozen"] if is_frozen else [])
            plan.save(path)
        with planning.opened_plan(path, nights.database) as saved:
            assert [hold.guard for hold in saved.held] == (["calendar.frozen"] if is_frozen else [])
    assert nights.run(later) is None
    at(monkeypatch, "2027-01-04")
    with planning.opened_plan(path, nights.database) as saved:
        assert saved.held == ()
        assert saved.apply("apply").changes["users"].deactivate == 1


def test_a_frozen_period_can_be_accepted_by_a_person(nights: Nights) -> None:
    nights.guards.write_text(period("frozen", "2026-11-01", "2026-11-30"))
    assert nights.run(FOUR.files()) is None
    run = nights.run(FOUR.files(), "calendar.frozen")
    assert run is not None
    assert run.accepted == ("calendar.frozen",)


def test_while_records_are_only_added_all_other_changes_wait(nights: Nights) -> None:
    nights.sync(FOUR.files())
    nights.sync(FOUR.leave(["S1-1"]).files())
    nights.guards.write_text(period("additions-only", "2026-11-01", "2026-11-24"))

    def renamed(row: Row) -> Row:
        return {**row, "username": "other"} if row["sourcedId"] == "S3-1" else row

    tonight = FOUR.leave(people("S2", 1, 8)).with_(users=renamed)
    tonight.add("users", "NEW", "new")
    tonight.add("roles", "NEW", "S4", "student", "Y", "01")
    header = nights.plan(tonight.files())
    assert (held(header), header.quarantined) == ([], {})
    assert header.period is not None
    assert (header.period.kind, header.period.why) == (PeriodKind.ADDITIONS, "holidays")
    assert header.postponed == {"users": 9, "roles": 8, "enrollments": 8}
    run = nights.run(tonight.files())
    assert run is not None
    users = run.changes["users"]
    assert (users.add, users.reactivate, users.update, users.deactivate, users.keep) == (1, 1, 0, 0, 9)
    assert len(nights.records("users", "sourcedId")) == 81
    assert ("S3-1", "s3-1") in nights.records("users", "sourcedId", "username")


def test_a_plan_made_before_is_held_while_records_are_only_added(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(FOUR.files())
    path = nights.place / "tonight.cartable"
    with nights.planned(FOUR.leave(["S1-1"]).files()) as plan:
        plan.save(path)
    nights.guards.write_text(period("additions-only", "2026-11-25", "2026-11-25"))
    at(monkeypatch, "2026-11-25")
    with planning.opened_plan(path, nights.database) as saved:
        assert [(hold.guard, hold.count) for hold in saved.held] == [("calendar.additions-only", 3)]


def test_limits_of_a_roll_over_period_end_by_themselves(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(FOUR.files())
    limits = "[roll-over.deactivations]\npercent = 60\n"
    nights.guards.write_text(period("roll-over", "2026-11-24", "2026-11-25", limits))
    for day, quarantined in (("2026-11-24", []), ("2026-11-25", []), ("2026-11-26", ["S2"])):
        at(monkeypatch, day)
        assert [*nights.plan(FEWER).quarantined] == quarantined, day


def test_a_raised_limit_is_told_by_plan_and_run_and_lowers_itself(nights: Nights) -> None:
    nights.sync(FOUR.files())
    header = nights.plan(FEWER, raised=["deactivations=40%"])
    assert (header.quarantined, header.raised) == ({}, ("deactivations=40%",))
    run = nights.run(FEWER, raised=["deactivations=40%"])
    assert run is not None
    assert run.raised == ("deactivations=40%",)
    assert nights.run(FEWER) is not None
    again = FOUR.leave([*people("S2", 1, 8), *people("S3", 1, 8)]).files()
    assert [*nights.plan(again).quarantined] == ["S3"]


def test_a_limit_is_raised_for_one_entity_and_in_records(nights: Nights) -> None:
    nights.sync(FOUR.files())
    header = nights.plan(FEWER, raised=["deactivations.users=8", "deactivations.roles=7"])
    assert [(hold.entity, hold.count, hold.limit) for hold in header.quarantined["S2"].holds] == [
        ("roles", 8, 7),
        ("enrollments", 8, 4),
    ]


def test_the_rosters_own_guards_are_in_force_unless_others_are_named(nights: Nights) -> None:
    nights.sync(FOUR.files())
    nights.guards.write_text("[deactivations]\npercent = 50\n")
    other = nights.place / "strict.toml"
    other.write_text("[deactivations]\ncount = 0\n")
    assert nights.plan(FEWER).quarantined == {}
    path = nights.deliver(FOUR.leave(["S1-1"]).files())
    with planning.planned(path, nights.database, CheckOptions(), guards=other) as (_, plan):
        assert [*plan.header.quarantined] == ["S1"]


def test_a_wrong_file_of_guards_stops_everything_before_anything_is_written(nights: Nights) -> None:
    nights.guards.write_text("[deactivation]\npercent = 50\n")
    with pytest.raises(UsageError, match=r"guards\.toml, there is no guard deactivation\."):
        nights.run(FOUR.files())
    assert nights.records("users", "sourcedId") == []


def test_guards_are_switched_off_and_on(nights: Nights) -> None:
    nights.sync(FOUR.files())
    nights.guards.write_text(
        "[deactivations.school]\nhold = false\n[deactivations.class]\nhold = false\n"
        "[delivery.same]\nhold = true\n[file.missing]\nhold = false\n"
    )
    assert nights.plan(FEWER).quarantined == {}
    assert held(nights.plan(FOUR.files())) == ["delivery.same"]
    without = FOUR.without(courses=lambda row: True).with_(classes=lambda row: {**row, "courseSourcedId": ""})
    assert "file.missing" not in held(nights.plan(without.files()))


def test_only_named_scopes_and_entities_are_watched(nights: Nights) -> None:
    nights.sync(FOUR.files())
    nights.guards.write_text('[deactivations]\nentities = ["roles"]\nscopes = ["whole"]\ncount = 7\n')
    header = nights.plan(FEWER)
    assert [(hold.guard, hold.entity, hold.count, hold.limit) for hold in header.holds] == [
        ("deactivations", "roles", 8, 7)
    ]
