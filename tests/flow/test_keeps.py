"""Keep until: who stays until a day, with all that they need to stand on, and no longer."""

from datetime import date
from pathlib import Path

import pytest

from cartable.errors import DatabaseError, PlanStale, UsageError
from cartable.flow import keeping, planning
from cartable.model.decisions import DecisionState
from cartable.model.options import CheckOptions
from tests.flow.deciding import SCHOOLS, SOUTH, WHY, keep, stays, without
from tests.flow.rosters import Nights, lines, pupils

pytestmark = pytest.mark.planning

MEMBERSHIP = [
    ("academicSessions", "T1", "until"),
    ("academicSessions", "T2", "until"),
    ("academicSessions", "Y", "until"),
    ("classes", "K1", "until"),
    ("courses", "M1", "until"),
    ("enrollments", "K1,P0,student", "until"),
    ("orgs", "S1", "until"),
    ("roles", "P0,S1,student", "until"),
    ("users", "P0", "until"),
]


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setenv("CARTABLE_NOW", f"{day}T08:00:00+00:00")


def test_a_membership_stays_with_everything_that_it_needs(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    keep(nights, "P0", "K1")
    assert stays(nights, SOUTH) == MEMBERSHIP
    done = nights.sync(SOUTH)
    assert not any(counts.changing for counts in done.values())
    assert nights.records("enrollments", "classSourcedId", "userSourcedId") == [("K1", "P0"), ("K2", "P1")]


def test_a_keep_ends_by_itself_after_its_last_day(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(SCHOOLS)
    keep(nights, "P0", "K1", "2026-12-01")
    on(monkeypatch, "2026-12-01")
    assert nights.sync(SOUTH)["enrollments"].keep == 1
    on(monkeypatch, "2026-12-02")
    assert nights.sync(SOUTH)["enrollments"].deactivate == 1
    (ended,) = keeping.keeps(nights.database)
    assert ended.state(date(2026, 12, 2)) is DecisionState.ENDED


def test_a_person_stays_with_roles_enrollments_and_details(nights: Nights) -> None:
    details = {
        "demographics": lines("userSourcedId,sex", "P0,female"),
        "relationships": lines("userSourcedId,relationshipUserSourcedId,relationshipRole", "P0,C0,parent"),
        "userFlags": lines("userSourcedId,flag", "P0,iep"),
    }
    school = {**SCHOOLS, **details}
    school["users"] += "C0,contact.0,\n"
    nights.sync(school)
    keep(nights, "P0")
    gone = without(school, "P0,", "C0,", "K1,P0")
    assert stays(nights, gone) == [
        ("demographics", "P0", "until"),
        ("enrollments", "K1,P0,student", "until"),
        ("relationships", "P0,C0", "until"),
        ("roles", "P0,S1,student", "until"),
        ("userFlags", "P0,iep", "until"),
        ("users", "C0", "until"),
        ("users", "P0", "until"),
    ]


def test_a_class_stays_with_its_enrollments_and_their_people(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    keep(nights, klass="K1")
    assert stays(nights, SOUTH) == MEMBERSHIP


def test_what_the_delivery_shows_needs_nothing(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    keep(nights, "P0", "K1")
    moved = without(SCHOOLS, "S1,", "K1,", "P0,", "M1,")
    moved["classes"] += "K1,S2,7A,,\n"
    moved["roles"] += "P0,S2,student\n"
    moved["users"] += "P0,pupil.0,\n"
    assert stays(nights, moved) == [("enrollments", "K1,P0,student", "until")]
    assert nights.sync(moved)["orgs"].deactivate == 1


def test_what_has_ended_stays_too(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(SCHOOLS)
    on(monkeypatch, "2027-07-01")
    keep(nights, "P0", "K1", "2027-08-31")
    on(monkeypatch, "2027-08-15")
    counts = nights.plan(without(SCHOOLS, "K1,P0")).counts["enrollments"]
    assert (counts.keep, counts.close) == (1, 0)
    on(monkeypatch, "2027-09-01")
    counts = nights.plan(without(SCHOOLS, "K1,P0")).counts["enrollments"]
    assert (counts.keep, counts.close) == (0, 1)


def test_what_is_kept_trips_no_guard(nights: Nights) -> None:
    nights.sync(pupils(20))
    assert {guard for guard, *_ in nights.held(pupils(10))} == {"deactivations"}
    for number in range(10, 20):
        keep(nights, f"P{number}")
    assert nights.held(pupils(10)) == []
    assert nights.sync(pupils(10))["users"].keep == 10


def test_who_returns_while_kept_is_just_there(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    keep(nights, "P0")
    nights.sync(SOUTH)
    done = nights.sync(SCHOOLS)
    assert not any(counts.changing or counts.keep for counts in done.values())


def test_a_released_keep_keeps_nobody(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    number = keep(nights, "P0", "K1")
    nights.sync(SOUTH)
    released = keeping.release(nights.database, number, "jean")
    assert (released.releaser, released.state(date(2026, 11, 24))) == ("jean", DecisionState.RELEASED)
    assert nights.sync(SOUTH)["enrollments"].deactivate == 1


def test_of_two_keeps_the_longer_one_says_why(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    keep(nights, "P0", "K1", "2026-12-01")
    longer = keep(nights, "P0", until="2026-12-18")
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions()) as (_, plan):
        assert {(one.keep, one.until, one.why) for one in plan.kept()} == {(longer, "2026-12-18", WHY)}


def test_an_excluded_row_is_told_before_the_keep(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    keep(nights, klass="K1")
    damaged = {**SCHOOLS, "classes": SCHOOLS["classes"].replace("7A", "")}
    assert stays(nights, damaged) == []
    assert nights.sync(damaged)["classes"].keep == 1


def test_a_plan_without_a_later_keep_is_stale(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions()) as (_, plan):
        number = keep(nights, "P0", "K1")
        with pytest.raises(PlanStale, match=rf"\(keeps: {number}; pins: –\)"):
            plan.apply("apply")
    assert len(nights.records("users", "sourcedId")) == 2


def test_a_sync_that_meets_a_new_keep_plans_anew(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions()) as (_, plan):
        keep(nights, "P0", "K1")
        _, run = plan.sync()
    assert run is not None
    assert run.changes["users"].keep == 1


def test_a_plan_that_rests_on_a_released_keep_is_stale(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    number = keep(nights, "P0", "K1")
    path = nights.place / "tonight.cartable"
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions()) as (_, plan):
        plan.save(path)
    keeping.release(nights.database, number, "anne")
    with (
        planning.opened_plan(path, nights.database) as saved,
        pytest.raises(PlanStale, match=f"keeps: {number}"),
    ):
        saved.apply("apply")


def test_a_keep_that_has_ended_since_makes_no_plan_stale(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(SCHOOLS)
    keep(nights, "P0", "K1", "2026-11-24")
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions()) as (_, plan):
        on(monkeypatch, "2026-11-25")
        assert plan.apply("apply").changes["users"].keep == 1


@pytest.mark.parametrize(
    ("user", "klass", "until", "told"),
    [
        ("", "", "2026-12-18", "Nobody is named"),
        ("P0", "", "2026-11-23", "2026-11-23 is past: today is 2026-11-24"),
        ("P7", "", "2026-12-18", "There is no person P7"),
        ("", "K9", "2026-12-18", "There is no class K9"),
        ("P0", "K2", "2026-12-18", "P0 is not enrolled in the class K2"),
    ],
)
def test_what_cannot_be_kept_is_refused(nights: Nights, user: str, klass: str, until: str, told: str) -> None:
    nights.sync(SCHOOLS)
    with pytest.raises(UsageError, match=told):
        keep(nights, user, klass, until)
    assert [*keeping.keeps(nights.database)] == []


def test_a_keep_says_why(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with pytest.raises(UsageError, match="The reason is empty"):
        keeping.keep(nights.database, "P0", "", date(2026, 12, 18), " ", "anne")


@pytest.mark.parametrize(
    ("entity", "written", "meant"),
    [("users", "PUPIL 10233", "pupil-10233"), ("users", "pupil.3", "pupil-10233"), ("classes", "7B", "K2")],
)
def test_a_near_miss_names_what_was_meant(nights: Nights, entity: str, written: str, meant: str) -> None:
    school = dict(SCHOOLS)
    school["users"] += "pupil-10233,pupil.3,\n"
    nights.sync(school)
    user, klass = (written, "") if entity == "users" else ("", written)
    with pytest.raises(UsageError) as refused:
        keep(nights, user, klass)
    assert (refused.value.hint, refused.value.values["near"]) == ("Did you mean {near}?", meant)


def test_who_is_gone_is_refused_and_told_since_when(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    nights.sync(SOUTH)
    for user, klass, what in (("P0", "", "users P0"), ("", "K1", "classes K1")):
        with pytest.raises(
            UsageError, match=f"{what} is not active: it has not been since run 2 of 2026-11-24"
        ):
            keep(nights, user, klass)


def test_who_left_the_class_is_told_since_when(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    nights.sync(without(SCHOOLS, "K1,P0"))
    with pytest.raises(UsageError, match="enrollments K1, P0 is not active: it has not been since run 2"):
        keep(nights, "P0", "K1")


def test_a_keep_is_released_once(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(SCHOOLS)
    first, second = keep(nights, "P0"), keep(nights, "P1", until="2026-11-25")
    keeping.release(nights.database, first, "anne")
    with pytest.raises(UsageError, match="Keep 1 was released by anne on 2026-11-24 already"):
        keeping.release(nights.database, first, "jean")
    on(monkeypatch, "2026-11-26")
    with pytest.raises(UsageError, match="Keep 2 ended on 2026-11-25"):
        keeping.release(nights.database, second, "jean")
    with pytest.raises(UsageError, match="There is no keep 3"):
        keeping.release(nights.database, 3, "jean")


def test_nothing_is_kept_where_there_is_no_roster(nights: Nights, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="There is no roster"):
        keeping.keep(str(tmp_path / "none.db"), "P0", "", date(2026, 12, 18), WHY, "anne")
