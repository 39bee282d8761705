"""A wrong export does not empty a classroom: what holds a plan, and from when on."""

import pytest

from cartable.errors import PlanHeld, UsageError
from cartable.flow import planning
from cartable.model.options import CheckOptions
from tests.flow.rosters import Nights, lines, pupils

pytestmark = pytest.mark.planning

FLAGS = lines("userSourcedId,flag", "P0,iep", "P1,lep")


def test_a_first_sync_is_never_held(nights: Nights) -> None:
    assert nights.held({**pupils(50), "userFlags": lines("userSourcedId,flag")}) == []


@pytest.mark.parametrize(
    ("before", "after", "is_held"), [(100, 90, False), (100, 89, True), (20, 16, False), (20, 15, True)]
)
def test_more_than_a_tenth_and_at_least_five_departures_hold(
    nights: Nights, before: int, after: int, is_held: bool
) -> None:
    nights.sync(pupils(before))
    gone = before - after
    limit = max(before // 10, 4)
    expected = [("deactivations", entity, gone, limit) for entity in ("users", "roles")]
    assert nights.held(pupils(after)) == (expected if is_held else [])


def test_a_file_that_no_longer_comes_holds(nights: Nights) -> None:
    nights.sync({**pupils(3), "userFlags": FLAGS})
    assert nights.held(pupils(3)) == [("file.missing", "userFlags", 2, 0)]


def test_that_a_file_no_longer_comes_is_told_by_the_guard_alone(nights: Nights) -> None:
    nights.sync({**pupils(3), "userFlags": FLAGS})
    path = nights.deliver(pupils(3))
    with planning.planned(path, nights.database, CheckOptions()) as (check, plan):
        assert [hold.guard for hold in plan.header.holds] == ["file.missing"]
        assert list(check.findings()) == []


def test_a_file_with_nothing_but_its_header_holds(nights: Nights) -> None:
    nights.sync({**pupils(3), "userFlags": FLAGS})
    assert nights.held({**pupils(3), "userFlags": lines("userSourcedId,flag")}) == [
        ("file.header-only", "userFlags", 2, 0)
    ]


def test_a_column_that_no_longer_comes_holds_until_it_is_accepted(nights: Nights) -> None:
    nights.sync(pupils(3))
    without = pupils(3, email=False)
    assert nights.held(without) == [("header.dropped", "users", 1, 0)]
    assert nights.run(without) is None
    nights.sync(without, "header.dropped")
    assert nights.held(without) == []
    assert nights.records("users", "email")[0] == ("pupil.0@ecole.example",)


def test_a_guard_that_is_accepted_lets_the_others_hold(nights: Nights) -> None:
    nights.sync({**pupils(20), "userFlags": FLAGS})
    fewer = pupils(10)
    assert nights.run(fewer, "deactivations") is None
    assert nights.sync(fewer, "deactivations", "file.missing")["users"].deactivate == 10


def test_a_held_plan_cannot_be_applied_by_force(nights: Nights) -> None:
    nights.sync(pupils(20))
    path = nights.deliver(pupils(5))
    with (
        planning.planned(path, nights.database, CheckOptions()) as (_, plan),
        pytest.raises(PlanHeld, match="deactivations"),
    ):
        plan.apply("sync")
    assert len(nights.records("users", "sourcedId")) == 20


def test_a_name_that_is_no_guards_is_refused_before_anything_is_read(nights: Nights) -> None:
    with pytest.raises(UsageError, match="no guard everything"):
        nights.run(pupils(1), "everything")
