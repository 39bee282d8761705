"""What a delivery no longer shows goes for a reason: its session ended, its organisation closed, or none."""

from collections.abc import Mapping

import pytest

from cartable.flow import planning, recalling
from cartable.model.options import CheckOptions
from cartable.model.plans import ChangeKind, KeptReason, Reason
from tests.flow.rosters import SESSIONS, Nights, lines

pytestmark = pytest.mark.planning

CLOSE, DEACTIVATE = ChangeKind.CLOSE, ChangeKind.DEACTIVATE
AFTER_TERM_1 = "2026-12-19T08:00:00+00:00"


def school(**changed: str) -> dict[str, str]:
    """A school with two classes: C1 of the first term, C2 of both."""
    return {
        "orgs": lines("sourcedId,name,type", "S1,North,school", "S2,South,school"),
        "academicSessions": SESSIONS,
        "users": lines("sourcedId,username", "P1,anne", "P2,ben"),
        "courses": lines("sourcedId,orgSourcedId,title,schoolYearSourcedId", "K1,S1,Maths,Y"),
        "classes": lines("sourcedId,orgSourcedId,title,sessionSourcedIds", "C1,S1,7A,T1", 'C2,S2,7B,"T1,T2"'),
        "roles": lines(
            "userSourcedId,orgSourcedId,role,sessionSourcedId,roleEndDate",
            "P1,S1,student,T1,",
            "P2,S2,student,T2,2026-11-30",
        ),
        "enrollments": lines("classSourcedId,userSourcedId,role", "C1,P1,student", "C2,P2,student"),
        **changed,
    }


def without(files: Mapping[str, str], *gone: tuple[str, str]) -> dict[str, str]:
    """The files without the rows that begin so."""
    left = dict(files)
    for entity, start in gone:
        rows = left[entity].splitlines(keepends=True)
        assert any(row.startswith(start) for row in rows)
        left[entity] = "".join(row for row in rows if not row.startswith(start))
    return left


def reasons(nights: Nights, files: Mapping[str, str]) -> dict[tuple[str, ...], tuple[ChangeKind, Reason]]:
    """What tonight's delivery does, by entity and key."""
    with planning.planned(nights.deliver(files), nights.database, CheckOptions()) as (_, plan):
        return {(one.entity, *one.key): (one.kind, one.reason) for one in plan.changes()}


def test_what_is_absent_is_deactivated_while_its_session_runs(nights: Nights) -> None:
    nights.sync(school())
    assert reasons(nights, without(school(), ("classes", "C1"), ("enrollments", "C1"))) == {
        ("classes", "C1"): (DEACTIVATE, Reason.ABSENT),
        ("enrollments", "C1", "P1", "student"): (DEACTIVATE, Reason.ABSENT),
    }


def test_what_is_absent_is_closed_once_all_its_sessions_have_ended(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(school())
    monkeypatch.setenv("CARTABLE_NOW", AFTER_TERM_1)
    gone = (("classes", "C"), ("enrollments", "C"), ("roles", "P1"), ("academicSessions", "T1"))
    assert reasons(nights, without(school(), *gone)) == {
        ("academicSessions", "T1"): (CLOSE, Reason.ENDED),
        ("classes", "C1"): (CLOSE, Reason.ENDED),
        ("classes", "C2"): (DEACTIVATE, Reason.ABSENT),
        ("enrollments", "C1", "P1", "student"): (CLOSE, Reason.ENDED),
        ("enrollments", "C2", "P2", "student"): (DEACTIVATE, Reason.ABSENT),
        ("roles", "P1", "S1", "student", "T1"): (CLOSE, Reason.ENDED),
    }


def test_the_last_day_of_a_session_is_part_of_it(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(school())
    monkeypatch.setenv("CARTABLE_NOW", "2026-12-18T12:00:00+00:00")
    found = reasons(nights, without(school(), ("classes", "C1"), ("enrollments", "C1")))
    assert found["classes", "C1"] == (DEACTIVATE, Reason.ABSENT)


def test_a_role_is_closed_after_its_own_end(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(school())
    monkeypatch.setenv("CARTABLE_NOW", "2026-12-01T08:00:00+00:00")
    assert reasons(nights, without(school(), ("roles", "P2"))) == {
        ("roles", "P2", "S2", "student", "T2"): (CLOSE, Reason.ENDED)
    }


def test_an_enrollment_of_a_class_that_stays_is_closed_with_the_sessions_of_its_class(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(school())
    monkeypatch.setenv("CARTABLE_NOW", AFTER_TERM_1)
    assert reasons(nights, without(school(), ("enrollments", "C1"))) == {
        ("enrollments", "C1", "P1", "student"): (CLOSE, Reason.ENDED)
    }


def test_closing_trips_no_guard(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    pupils = range(20)
    files = school(
        users=lines("sourcedId,username", "P1,anne", "P2,ben", *(f"Q{n},pupil.{n}" for n in pupils)),
        enrollments=lines("classSourcedId,userSourcedId,role", *(f"C1,Q{n},student" for n in pupils)),
    )
    nights.sync(files)
    empty = {**files, "enrollments": lines("classSourcedId,userSourcedId,role", "C2,P2,student")}
    assert list(nights.plan(empty).quarantined) == ["S1"]
    monkeypatch.setenv("CARTABLE_NOW", AFTER_TERM_1)
    assert (nights.plan(empty).holds, nights.plan(empty).quarantined) == ((), {})
    assert nights.sync(empty)["enrollments"].close == 20
    assert nights.records("enrollments", "userSourcedId") == [("P2",)]


def test_what_goes_with_its_organisation_says_so(nights: Nights) -> None:
    nights.sync(school())
    gone = (("orgs", "S2"), ("classes", "C2"), ("enrollments", "C2"), ("roles", "P2"))
    assert reasons(nights, without(school(), *gone)) == {
        ("orgs", "S2"): (DEACTIVATE, Reason.ABSENT),
        ("classes", "C2"): (DEACTIVATE, Reason.ORG_CLOSED),
        ("enrollments", "C2", "P2", "student"): (DEACTIVATE, Reason.ORG_CLOSED),
        ("roles", "P2", "S2", "student", "T2"): (DEACTIVATE, Reason.ORG_CLOSED),
    }


def test_a_run_tells_the_reasons_and_the_lines(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(school())
    monkeypatch.setenv("CARTABLE_NOW", AFTER_TERM_1)
    changed = school(users=lines("sourcedId,username", "P2,ben", "P1,annie"))
    nights.sync(without(changed, ("classes", "C1"), ("enrollments", "C1")))
    found = [
        (one.entity, one.kind, one.reason, one.line) for one in recalling.run_changes(nights.database, 2)
    ]
    assert found == [
        ("users", ChangeKind.UPDATE, Reason.CHANGED, 3),
        ("classes", CLOSE, Reason.ENDED, None),
        ("enrollments", CLOSE, Reason.ENDED, None),
    ]


def test_what_is_kept_is_told_with_the_rule_and_the_row(nights: Nights) -> None:
    nights.sync(school())
    damaged = school(users=lines("sourcedId,username", "P1,anne", "P2,"))
    with planning.planned(nights.deliver(damaged), nights.database, CheckOptions()) as (_, plan):
        kept = [(one.entity, one.key, one.reason, one.code, one.line) for one in plan.kept()]
    assert kept == [
        ("enrollments", ("C2", "P2", "student"), KeptReason.EXCLUDED, "reference.excluded", 3),
        ("roles", ("P2", "S2", "student", "T2"), KeptReason.EXCLUDED, "reference.excluded", 3),
        ("users", ("P2",), KeptReason.EXCLUDED, "value.required", 3),
    ]
