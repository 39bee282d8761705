"""What is published follows the roster: what changes moves its date, and nothing else does."""

import pytest

from cartable.flow import retention, undoing
from cartable.flow.gates import GUARDS
from cartable.model.synthesis import course_id
from tests.flow.rosters import Files, Nights
from tests.flow.schools import DEPARTURES, SCHOOL, renamed, without
from tests.flow.test_sources import SOUTH
from tests.store.published import differing, objects, publish


@pytest.fixture
def nights(database: str, tmp_path) -> Nights:  # type: ignore[no-untyped-def]
    """A school that is published."""
    made = Nights(tmp_path, database)
    made.sync(SCHOOL)
    publish(database)
    return made


def replaced(entity: str, before: str, after: str) -> Files:
    assert before in SCHOOL[entity]
    return {**SCHOOL, entity: SCHOOL[entity].replace(before, after)}


def moved(nights: Nights, files: Files) -> set[tuple[str, str]]:
    """The objects whose date a night moves."""
    before = objects(nights.database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTABLE_NOW", "2026-12-01T08:00:00+00:00")
        nights.sync(files, *GUARDS)
    after = objects(nights.database)
    assert not differing(nights.database)
    return {
        key
        for key in {**before, **after}
        if before.get(key, {}).get("modified") != after.get(key, {}).get("modified")
    }


def test_what_is_no_more_can_be_read_for_a_day(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    first = objects(nights.database, at=1)
    for moment in ("01T08:00", "02T07:59", "02T08:01"):
        monkeypatch.setenv("CARTABLE_NOW", f"2026-12-{moment}:00+00:00")
        # Of revision 1, what the second night has ended is kept until a day has passed.
        assert objects(nights.database, at=1) == first
        nights.sync(replaced("users", "mia.noir@ecole", f"mia.{moment[1:2]}{moment[-1]}@ecole"), *GUARDS)
    assert objects(nights.database, at=1).keys() == first.keys() - {("users", "P2")}
    assert objects(nights.database, at=2).keys() == first.keys()
    assert not differing(nights.database)


def test_revisions_of_one_moment_have_dates_that_differ(nights: Nights) -> None:
    dates = []
    for name in ("a", "b", "c"):
        nights.sync(replaced("users", "mia.noir@ecole", f"mia.{name}@ecole"), *GUARDS)
        dates.append(objects(nights.database)["users", "P2"]["modified"])
    assert dates == sorted(set(dates))


def test_a_night_without_changes_moves_nothing(nights: Nights) -> None:
    assert moved(nights, SCHOOL) == set()


@pytest.mark.parametrize(
    ("entity", "before", "after", "expected"),
    [
        ("users", "mia.noir@ecole.example", "mia@ecole.example", {("users", "P2")}),
        ("roles", "P1,S1,student,Y,07", "P1,S1,student,Y,08", {("users", "P1")}),
        ("classes", "7A Music", "7B Music", {("classes", "K2"), ("courses", course_id("K2"))}),
        ("classes", 'K1,S1,7A Mathematics,"T1,T2",M1', "K1,S1,7A Mathematics,T1,M1", {("classes", "K1")}),
        ("relationships", "P1,C1,parent", "P1,C1,guardian", {("users", "C1")}),
        ("demographics", "P3,2014-09-10", "P3,2014-09-11", {("demographics", "P3")}),
        ("orgs", "North", "Nord", {("orgs", "S1")}),
    ],
)
def test_what_changes_moves_the_dates_of_the_objects_that_tell_of_it(
    nights: Nights, entity: str, before: str, after: str, expected: set[tuple[str, str]]
) -> None:
    assert moved(nights, replaced(entity, before, after)) == expected


def test_who_leaves_stays_whole_as_a_tombstone(nights: Nights) -> None:
    before = objects(nights.database)
    assert ("users", "P3") in moved(nights, without(SCHOOL, "P3"))
    after = objects(nights.database)
    was = {**before["users", "P3"], "active": False}
    assert {**after["users", "P3"], "modified": was["modified"]} == was
    gone = [key for key in after if key[0] == "enrollments" and not after[key]["active"]]
    assert [after[key]["user"] for key in gone] == ["P3"]


def test_what_is_published_can_be_read_as_it_was(nights: Nights) -> None:
    before = objects(nights.database)
    nights.sync(renamed(without(SCHOOL, "P3"), P1="Q1"), *DEPARTURES, "rekeys")
    assert not differing(nights.database)
    assert objects(nights.database, at=1) == before
    with undoing.undone(nights.database, 2, actor="ann") as undo:
        undo.apply()
    assert not differing(nights.database)
    now = {key: one for key, one in objects(nights.database).items() if one["active"]}
    assert {key: {**one, "modified": ""} for key, one in now.items()} == {
        key: {**one, "modified": ""} for key, one in before.items()
    }


def test_what_two_sources_have_is_published_once(nights: Nights) -> None:
    nights.sync(SOUTH, source="south")
    assert not differing(nights.database)
    assert {("users", "P1"), ("users", "B1")} <= objects(nights.database).keys()


def test_of_who_is_forgotten_nothing_is_published(nights: Nights) -> None:
    nights.sync(without(SCHOOL, "P3"), *DEPARTURES)
    with retention.forgotten(nights.database, "P1", actor="ann") as erasure:
        erasure.apply()
    assert not differing(nights.database)
    assert "P1" not in str(objects(nights.database)) + str(objects(nights.database, at=1))
    # A pupil who left is a tombstone still.
    assert objects(nights.database)["users", "P3"]["active"] is False
