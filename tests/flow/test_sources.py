"""Several sources feed one roster: each owns its records, and none touches another's."""

import pytest

from cartable.errors import UsageError
from cartable.flow import planning, recalling
from cartable.model.options import CheckOptions
from tests.flow.rosters import Nights, lines, pupils
from tests.flow.schools import DEPARTURES, SCHOOL, renamed, without

SOUTH = {
    "orgs": lines("sourcedId,name,type", "S2,South,school"),
    "academicSessions": SCHOOL["academicSessions"],
    "users": lines("sourcedId,username", "B1,bea", "B2,ben"),
    "roles": lines("userSourcedId,orgSourcedId,role", "B1,S2,student", "B2,S2,teacher"),
    "classes": lines("sourcedId,orgSourcedId,title,sessionSourcedIds", "R1,S2,8B,T1"),
    "enrollments": lines("classSourcedId,userSourcedId,role", "R1,B1,student", "R1,B2,teacher"),
}


def south(**files: str) -> dict[str, str]:
    return {**SOUTH, **files}


def owned(nights: Nights, entity: str, source: str) -> list[str | None]:
    return [key for (key,) in nights.records(entity, "sourcedId", source=source)]


def test_the_absence_of_one_source_touches_nothing_of_another(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(SOUTH, source="south")
    nights.sync(pupils(1), *("file.missing", "header.dropped"), source="south")
    assert owned(nights, "users", "main") == ["A1", "C1", "P1", "P2", "P3"]
    assert owned(nights, "users", "south") == ["P0"]
    assert nights.held(SCHOOL) == []
    assert not any(counts.changing for counts in nights.sync(SCHOOL).values())


def test_each_source_is_compared_with_its_own_last_run(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(SOUTH, source="south")
    assert [run.source for run in recalling.runs(nights.database)] == ["south", "main"]
    assert nights.held(SOUTH, source="south") == []
    assert {code for code, *_ in nights.findings(SOUTH, source="south")} == {"key.other-source", "shift.same"}


def test_a_record_that_two_sources_deliver_alike_stays_the_first_ones(nights: Nights) -> None:
    """Both export the sessions: that is no fault, and there is one of each."""
    nights.sync(SCHOOL)
    found = nights.findings(SOUTH, source="south")
    assert [one for one in found if one[0] == "key.other-source"] == [
        ("key.other-source", "academicSessions.csv", line, {"source": "main", "case": "same"})
        for line in (2, 3, 4)
    ]
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions(), source="south") as (
        check,
        plan,
    ):
        assert (check.summary.error, check.summary.excluded, check.summary.info) == (0, 0, 3)
        assert (plan.header.counts["academicSessions"].add, plan.header.counts["classes"].add) == (0, 1)


def test_a_clash_leaves_the_owners_record_and_all_that_refers_to_it(nights: Nights) -> None:
    nights.sync(SCHOOL)
    clash = south(
        users=SOUTH["users"] + "A1,a.roux\n",
        roles=SOUTH["roles"] + "A1,S2,teacher\n",
        enrollments=SOUTH["enrollments"] + "R1,A1,teacher\n",
    )
    (found,) = [one for one in nights.findings(clash, source="south") if one[1] == "users.csv"]
    assert found == ("key.other-source", "users.csv", 4, {"source": "main", "fields": "username"})
    done = nights.sync(clash, source="south")
    assert (done["users"].add, done["roles"].add, done["enrollments"].add) == (2, 3, 3)
    assert ("A1", "anne.roux") in nights.records("users", "sourcedId", "username")
    assert owned(nights, "users", "south") == ["B1", "B2"]
    # Night after night, from either side, nothing moves.
    for files, source in ((clash, "south"), (SCHOOL, "main")):
        assert not any(counts.changing for counts in nights.sync(files, source=source).values())


def test_memberships_and_roles_have_one_owner_too(nights: Nights) -> None:
    nights.sync(SCHOOL)
    both = {**SCHOOL, "roles": SCHOOL["roles"].replace("P2,S1,student,Y,07", "P2,S1,student,Y,08")}
    found = nights.findings(both, source="south")
    cases = [(file, line, detail.get("case", detail.get("fields"))) for _, file, line, detail in found]
    assert ("roles.csv", 4, "grade") in cases
    assert ("enrollments.csv", 2, "same") in cases
    done = nights.sync(both, source="south")
    assert not any(counts.changing for counts in done.values())


def test_what_its_owner_gives_up_goes_to_who_delivers_it(nights: Nights) -> None:
    nights.sync(SCHOOL)
    shared = south(users=SOUTH["users"] + "C1,paul.petit\n", roles=SOUTH["roles"] + "C1,S2,teacher\n")
    nights.sync(shared, source="south")
    nights.sync(without(SCHOOL, "C1"), *DEPARTURES)
    assert nights.sync(shared, source="south")["users"].add == 1
    assert "C1" not in owned(nights, "users", "main")
    assert "C1" in owned(nights, "users", "south")
    # The former owner finds it taken, when it comes back.
    assert nights.sync(SCHOOL)["users"].reactivate == 0
    assert "C1" in owned(nights, "users", "south")


def test_a_class_ends_with_the_session_of_another_source(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(SCHOOL)
    nights.sync(SOUTH, source="south")
    monkeypatch.setenv("CARTABLE_NOW", "2027-01-15T06:00:00+00:00")
    done = nights.sync(without(SOUTH, "R1"), *DEPARTURES, source="south")
    assert (done["classes"].close, done["enrollments"].close, done["classes"].deactivate) == (1, 2, 0)


def test_nobody_is_renamed_across_sources(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(SOUTH, source="south")
    nights.sync(without(SCHOOL, "C1"), *DEPARTURES)
    moved = south(
        users=lines(
            "sourcedId,username,email", "B1,bea,", "B2,ben,", "C9,paul.petit,paul.petit@maison.example"
        ),
        roles=SOUTH["roles"] + "C9,S2,teacher\n",
    )
    done = nights.sync(moved, source="south")
    assert (done["users"].add, done["users"].rekey) == (1, 0)


def test_a_rename_touches_the_sources_own_records_alone(nights: Nights) -> None:
    nights.sync(SCHOOL)
    with_theirs = south(
        users=SOUTH["users"] + "P1,leo.petit\n", enrollments=SOUTH["enrollments"] + "R1,P1,student\n"
    )
    nights.sync(with_theirs, source="south")
    nights.sync(renamed(SCHOOL, P1="Q9"))
    assert ("R1", "P1") in nights.records("enrollments", "classSourcedId", "userSourcedId", source="south")
    done = nights.sync(with_theirs, source="south")
    assert done["users"].add == 1


def test_a_key_that_was_named_before_is_nobody_elses(nights: Nights) -> None:
    """The pupil B1 takes the id P1 that a former enrollment of this source named: both stay apart."""
    nights.sync(SCHOOL)
    with_theirs = south(
        users=SOUTH["users"] + "P1,leo.petit\n", enrollments=SOUTH["enrollments"] + "R1,P1,student\n"
    )
    nights.sync(with_theirs, source="south")
    nights.sync(SOUTH, source="south")
    nights.sync(without(SCHOOL, "P1"), *DEPARTURES)
    done = nights.sync(renamed(SOUTH, B1="P1"), source="south")
    assert (done["users"].rekey, done["roles"].rekey) == (1, 1)
    assert (done["enrollments"].reactivate, done["enrollments"].deactivate) == (1, 1)


@pytest.mark.parametrize("name", ["", " ", "lycées", "a b", "../x", "-x", "x" * 65, "a\n"])
def test_an_odd_name_of_a_source_is_refused(nights: Nights, name: str) -> None:
    with pytest.raises(UsageError, match="name of a source"):
        nights.plan(pupils(1), source=name)
    assert list(recalling.runs(nights.database)) == []


def test_a_saved_plan_is_its_sources(nights: Nights) -> None:
    path = nights.place / "tonight.cartable"
    with planning.planned(nights.deliver(SOUTH), nights.database, CheckOptions(), source="south") as (
        _,
        plan,
    ):
        plan.save(path)
    with (
        pytest.raises(UsageError, match="for the source south, not for main"),
        planning.opened_plan(path, nights.database, source="main"),
    ):
        pass
    for source in ("south", None):
        with planning.opened_plan(path, nights.database, source=source) as plan:
            assert plan.header.source == "south"
    with planning.opened_plan(path, nights.database, source="south") as plan:
        assert plan.apply("apply").source == "south"
