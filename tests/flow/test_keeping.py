"""A damaged row is not a departed pupil: what a delivery leaves as it was."""

import pytest

from tests.flow.rosters import ORGS, SESSIONS, Nights, lines, pupils

pytestmark = pytest.mark.planning

CLASSES = lines("sourcedId,orgSourcedId,title,sessionSourcedIds", 'K1,S1,7A,"T1,T2"')
ENROLLED = lines("classSourcedId,userSourcedId,role", "K1,P0,student", "K1,P1,student")
SCHOOL = {**pupils(2), "academicSessions": SESSIONS, "classes": CLASSES, "enrollments": ENROLLED}


def test_what_hangs_on_an_excluded_row_is_kept(nights: Nights) -> None:
    nights.sync(SCHOOL)
    done = nights.sync({**SCHOOL, "classes": CLASSES.replace("7A", "")})
    assert (done["classes"].keep, done["enrollments"].keep) == (1, 2)
    assert nights.records("classes", "title") == [("7A",)]


def test_a_blanked_value_stays_as_it_was_and_the_rest_of_the_row_is_taken(nights: Nights) -> None:
    nights.sync(pupils(1))
    users = lines("sourcedId,username,email", "P0,zoe,zoe at ecole")
    assert nights.sync({**pupils(1), "users": users})["users"].update == 1
    assert nights.records("users", "username", "email") == [("zoe", "pupil.0@ecole.example")]


def test_a_list_with_a_damaged_element_stays_as_it_was(nights: Nights) -> None:
    nights.sync(SCHOOL)
    done = nights.sync({**SCHOOL, "classes": CLASSES.replace("T2", "T9")})
    assert done["classes"].unchanged == 1
    assert nights.records("classes", "sessionSourcedIds") == [('["T1","T2"]',)]


def test_an_element_that_is_gone_from_a_sound_list_is_gone(nights: Nights) -> None:
    nights.sync(SCHOOL)
    assert nights.sync({**SCHOOL, "classes": CLASSES.replace(",T2", "")})["classes"].update == 1
    assert nights.records("classes", "sessionSourcedIds") == [('["T1"]',)]


def test_an_absent_column_leaves_its_values(nights: Nights) -> None:
    nights.sync(SCHOOL)
    bare = lines("sourcedId,orgSourcedId,title", "K1,S1,7B")
    done = nights.sync({**SCHOOL, "classes": bare}, "header.dropped")
    assert done["classes"].update == 1
    assert nights.records("classes", "title", "sessionSourcedIds") == [("7B", '["T1","T2"]')]


def test_a_role_whose_session_is_unknown_is_not_taken_for_another_role(nights: Nights) -> None:
    header = "userSourcedId,orgSourcedId,role,sessionSourcedId"
    school = {**SCHOOL, "roles": lines(header, "P0,S1,student,Y", "P1,S1,student,Y")}
    nights.sync(school)
    done = nights.sync({**school, "roles": lines(header, "P0,S1,student,Y", "P1,S1,student,YY")})
    assert (done["roles"].keep, done["roles"].add, done["roles"].deactivate) == (1, 0, 0)
    assert nights.records("roles", "userSourcedId", "sessionSourcedId") == [("P0", "Y"), ("P1", "Y")]


def test_a_damaged_session_brings_no_former_role_back(nights: Nights) -> None:
    header = "userSourcedId,orgSourcedId,role,sessionSourcedId"
    nights.sync({**SCHOOL, "roles": lines(header, "P0,S1,student,", "P1,S1,student,")})
    nights.sync({**SCHOOL, "roles": lines(header, "P0,S1,student,Y", "P1,S1,student,Y")})
    broken = SESSIONS.replace("2027-07-03\nT1", "never\nT1")
    done = nights.sync(
        {**SCHOOL, "academicSessions": broken, "roles": lines(header, "P0,S1,student,Y", "P1,S1,student,Y")}
    )
    assert (done["roles"].keep, done["roles"].reactivate) == (2, 0)
    assert nights.records("roles", "userSourcedId", "sessionSourcedId") == [("P0", "Y"), ("P1", "Y")]


def test_a_leftover_of_a_class_that_is_gone_keeps_nothing_but_itself(nights: Nights) -> None:
    two = lines("sourcedId,orgSourcedId,title", "K1,S1,7A", "K2,S1,7B")
    enrolled = lines("classSourcedId,userSourcedId,role", "K1,P0,student", "K2,P0,student")
    nights.sync({**SCHOOL, "classes": two, "enrollments": enrolled})
    left = lines("classSourcedId,userSourcedId,role", "K1,P0,student")
    done = nights.sync(
        {**SCHOOL, "classes": lines("sourcedId,orgSourcedId,title", "K2,S1,7B"), "enrollments": left}
    )
    assert (done["enrollments"].keep, done["enrollments"].deactivate) == (1, 1)
    assert nights.records("enrollments", "classSourcedId") == [("K1",)]


def test_one_who_returns_is_the_same_record_again(nights: Nights) -> None:
    nights.sync(pupils(2))
    assert nights.sync(pupils(1))["users"].deactivate == 1
    assert nights.sync(pupils(2))["users"].reactivate == 1
    assert nights.records("users", "sourcedId") == [("P0",), ("P1",)]


def test_a_file_never_delivered_before_changes_nothing_by_its_absence(nights: Nights) -> None:
    nights.sync({"orgs": ORGS, **pupils(1)})
    header = nights.plan({"orgs": ORGS, **pupils(1)})
    assert header.holds == ()
    assert not any(counts.changing for counts in header.counts.values())


def test_a_header_among_the_rows_keeps_nobody_who_is_gone(nights: Nights) -> None:
    nights.sync(SCHOOL)
    header, first, _ = ENROLLED.splitlines()
    done = nights.sync({**SCHOOL, "enrollments": lines(header, first, header)})
    assert (done["enrollments"].keep, done["enrollments"].deactivate) == (0, 1)
