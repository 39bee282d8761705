"""The roster of any past day, and what differs between two runs."""

import time
from collections.abc import Iterator

import pytest

from cartable.errors import UsageError
from cartable.flow import looking
from cartable.model.plans import ChangeKind
from cartable.model.scopes import WHOLE, Scope
from tests.flow.rosters import Nights, lines

HALF = ("deactivations", "header.dropped")


def district(*, moved: bool = False) -> dict[str, str]:
    """Two schools with a class each; B may have moved from the one to the other."""
    school, klass = ("S2", "K2") if moved else ("S1", "K1")
    return {
        "orgs": lines("sourcedId,name,type", "S1,North,school", "S2,South,school"),
        "users": lines(
            "sourcedId,username,givenName,familyName", "A,a,Ana,Abt", f"B,b,Bea,{'Roy' if moved else 'Bic'}"
        ),
        "roles": lines("userSourcedId,orgSourcedId,role", "A,S1,student", f"B,{school},student"),
        "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A", "K2,S2,7A"),
        "enrollments": lines("classSourcedId,userSourcedId,role", "K1,A,student", f"{klass},B,student"),
    }


@pytest.fixture
def moved(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    """B moves on the evening of the third of March, half an hour before midnight in Paris."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    monkeypatch.setenv("CARTABLE_NOW", "2027-03-02T22:30:00+00:00")
    nights.sync(district())
    monkeypatch.setenv("CARTABLE_NOW", "2027-03-03T22:30:00+00:00")
    nights.sync(district(moved=True), *HALF)
    monkeypatch.setenv("CARTABLE_NOW", "2027-03-08T08:00:00+00:00")
    yield nights
    monkeypatch.undo()
    time.tzset()


def members(nights: Nights, asked: str | None, scope: Scope = WHOLE) -> list[tuple[str, str, str]]:
    """Classes, titles and people."""
    with looking.past(nights.database, asked, scope) as seen:
        return [(one.klass, one.title or "", one.name) for one in seen.in_classes()]


BEFORE = [("K1", "7A", "Ana Abt"), ("K1", "7A", "Bea Bic")]
AFTER = [("K1", "7A", "Ana Abt"), ("K2", "7A", "Bea Roy")]


def test_a_day_is_told_as_it_ended_where_the_reader_is(moved: Nights) -> None:
    assert members(moved, "2027-03-01") == []
    assert members(moved, "2027-03-02") == BEFORE
    assert members(moved, "2027-03-03") == AFTER
    assert members(moved, "2027-03-03T23:29") == BEFORE
    assert members(moved, "2027-03-03T22:30:00+00:00") == AFTER
    assert (members(moved, "1"), members(moved, "2"), members(moved, None)) == (BEFORE, AFTER, AFTER)


def test_a_school_a_class_and_a_person_are_told_alone(moved: Nights) -> None:
    for scope, before, after in (
        (Scope(school="North"), BEFORE, AFTER[:1]),
        (Scope(school="S2"), [], AFTER[1:]),
        (Scope(klass="K2"), [], AFTER[1:]),
        (Scope(user="B"), BEFORE[1:], AFTER[1:]),
        (Scope(user="b", school="S1"), BEFORE[1:], []),
    ):
        assert (members(moved, "1", scope), members(moved, "2", scope)) == (before, after), scope


@pytest.mark.parametrize(
    ("entity", "keys"),
    [
        ("orgs", [["S1"], [], []]),
        ("users", [["A", "B"], ["A", "B"], ["B"]]),
        ("classes", [["K1"], ["K1"], ["K1"]]),
        ("roles", [["A", "B"], [], ["B"]]),
        ("enrollments", [["K1", "K1"], ["K1", "K1"], ["K1"]]),
        ("academicSessions", [[], [], []]),
    ],
)
def test_records_belong_to_a_school_a_class_or_a_person(
    entity: str, keys: list[list[str]], moved: Nights
) -> None:
    found = []
    for scope in (
        Scope("S1", entity=entity),
        Scope(klass="K1", entity=entity),
        Scope(user="B", entity=entity),
    ):
        with looking.past(moved.database, "2027-03-02", scope) as seen:
            found.append([next(iter(record.values())) for record in seen.records()])
    assert found == keys


def test_of_two_classes_of_one_title_both_are_named(moved: Nights) -> None:
    with pytest.raises(UsageError, match="Several classes are called 7A: K1, K2"):
        members(moved, None, Scope(klass="7A"))


def test_two_runs_differ_in_what_changed_between_them(moved: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    moved.sync(district(), *HALF)
    moved.sync({**district(moved=True), "users": district()["users"]}, *HALF)

    def told(first: int, last: int, scope: Scope = WHOLE) -> list[tuple[str, ChangeKind, tuple[str, ...]]]:
        return [(c.entity, c.kind, c.key) for c in looking.differences(moved.database, (first, last), scope)]

    moves = [
        ("roles", ChangeKind.DEACTIVATE, ("B", "S1", "student", "")),
        ("roles", ChangeKind.ADD, ("B", "S2", "student", "")),
        ("enrollments", ChangeKind.DEACTIVATE, ("K1", "B", "student")),
        ("enrollments", ChangeKind.ADD, ("K2", "B", "student")),
    ]
    assert told(1, 2) == [("users", ChangeKind.UPDATE, ("B",)), *moves]
    # What changed and changed back does not differ; what first came in run 2 is still new to run 1.
    assert told(1, 3) == []
    assert told(1, 4) == moves
    assert [kind for _, kind, _ in told(3, 4)] == [
        ChangeKind.REACTIVATE if kind is ChangeKind.ADD else kind for _, kind, _ in moves
    ]
    assert told(1, 4, Scope(entity="roles")) == moves[:2]
    assert told(1, 4, Scope(school="South")) == [moves[1], moves[3]]
    (change,) = [c for c in looking.differences(moved.database, (1, 2), WHOLE) if c.entity == "users"]
    assert (change.before, change.after) == ({"familyName": "Bic"}, {"familyName": "Roy"})
