"""The story of a record: across its identifiers, with what belongs to it and what was kept of it."""

import io

import pytest
from django.db.backends.signals import connection_created

from cartable.errors import UsageError
from cartable.flow import explaining
from cartable.model.entities import BY_NAME
from cartable.model.plans import ChangeKind
from cartable.model.stories import Event, Keeping, Story
from cartable.reports import stories
from cartable.reports.pages import Page
from cartable.store import opening, queries
from tests.flow.rosters import SESSIONS, Nights, lines, pupils
from tests.store.worlds import Changes, applied, ids

CLASSES = lines("sourcedId,orgSourcedId,title,sessionSourcedIds", "K1,S1,7A,T2", "P1,S1,7B,T1")
ENROLLED = lines("classSourcedId,userSourcedId,role", "K1,P0,student", "K1,P1,student", "P1,P0,student")
SCHOOL = {**pupils(2), "academicSessions": SESSIONS, "classes": CLASSES, "enrollments": ENROLLED}


def told(nights: Nights, identifier: str, entity: str = "") -> list[str]:
    """The lines of the stories, without their places in runs."""
    out = io.StringIO()
    stories.write_text(explaining.explained(nights.database, identifier, entity), Page(out), is_masked=False)
    return [line.strip().replace(" of November 24, 2026", "") for line in out.getvalue().splitlines() if line]


def story(nights: Nights, identifier: str, entity: str = "") -> Story:
    (only,) = explaining.explained(nights.database, identifier, entity)
    return only


def rekeyed(nights: Nights, old: str, new: str) -> None:
    """Give a pupil another identifier, with all that names it."""
    changes = Changes()
    with opening.opened(nights.database) as roster:
        for entity, known in ((name, ids(roster, name)) for name in ("users", "roles", "enrollments")):
            kind = BY_NAME[entity]
            for record in queries.active_records(roster, entity):
                named = {field.name for field in kind.references} | (
                    {"sourcedId"} if entity == "users" else set()
                )
                after = {n: new if n in named and value == old else value for n, value in record.items()}
                after |= {n: record[n] for n in ("classSourcedId",) if n in record}
                if after != record:
                    key = tuple(record[name] or "" for name in kind.key)
                    changes.add(entity, ChangeKind.REKEY, after, known[key])
        applied(roster, changes)


def test_a_departure_is_told_with_the_file_that_lacked_the_row(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "enrollments": ENROLLED.replace("K1,P1,student\n", "")})
    assert told(nights, "P1", "users") == [
        "pupil.1 (P1), a person in the roster",
        "added by run 1 (users.csv, line 3)",
        "Roles",
        'role "Student" at S1 (North) since run 1 (roles.csv, line 3)',
        "Classes",
        "in class K1 (7A, student) since run 1 (enrollments.csv, line 3)",
        "not in class K1 (7A, student) since run 2: enrollments.csv no longer had the row",
    ]


def test_a_file_that_did_not_come_is_told_as_such(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(pupils(2), "file.missing", "deactivations")
    assert "not in class K1 (7A, student) since run 2: the delivery had no enrollments.csv" in told(
        nights, "P0"
    )


def test_what_was_kept_night_after_night_is_told_once(nights: Nights) -> None:
    nights.sync(SCHOOL)
    damaged = {**SCHOOL, "enrollments": ENROLLED.replace("K1,P1,student", "K1,P1,eleve")}
    for _ in range(3):
        nights.sync(damaged)
    nights.sync(SCHOOL)
    nights.sync(damaged)
    (enrolled,) = [one for one in story(nights, "P1", "users").memberships if one.entity == "enrollments"]
    kept = [one for one in enrolled.events if isinstance(one, Keeping)]
    assert [(one.first.run, one.last.run, one.code, one.line) for one in kept] == [
        (2, 4, "value.code", 3), (6, 6, "value.code", 3),
    ]  # fmt: skip


def test_a_story_goes_on_under_another_identifier(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "users": SCHOOL["users"].replace("pupil.0@", "zoe at ")})  # a blanked value
    nights.sync({**SCHOOL, "enrollments": ENROLLED.replace("K1,P0,student", "K1,P0,eleve")})
    rekeyed(nights, "P0", "Q0")
    for identifier in ("P0", "Q0"):
        lines_told = told(nights, identifier)
        assert "re-keyed from P0 to Q0 by run 4" in " ".join(lines_told)
        assert "in class K1 (7A, student) since run 1 (enrollments.csv, line 2)" in lines_told
    (first, *_), (second, *_) = (
        [one for one in story(nights, identifier).memberships if one.entity == "enrollments"]
        for identifier in ("P0", "Q0")
    )
    assert first == second
    # Also what was kept under the earlier identifier.
    assert [type(one) for one in first.events] == [Event, Keeping, Event]


def test_one_who_has_an_identifier_after_another_has_a_story_of_his_own(nights: Nights) -> None:
    nights.sync(SCHOOL)
    rekeyed(nights, "P0", "Q0")
    changes = Changes()
    with opening.opened(nights.database) as roster:
        record = {**next(queries.active_records(roster, "users")), "sourcedId": "P0", "username": "new"}
        changes.add("users", ChangeKind.ADD, record)
        applied(roster, changes)
    newer, older = explaining.explained(nights.database, "P0", "users")
    assert (newer.own.key, newer.memberships) == (("P0",), ())
    assert (older.own.key, len(older.memberships)) == (("Q0",), 3)


def test_what_has_one_identifier_is_told_one_after_the_other_and_may_be_chosen(nights: Nights) -> None:
    nights.sync(SCHOOL)
    both = explaining.explained(nights.database, "P1")
    assert [one.own.entity for one in both] == ["users", "classes"]
    assert story(nights, "P1", "classes").own.values["title"] == "7B"


def test_the_members_of_a_class_are_told_together_where_they_came_together(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "enrollments": ENROLLED.replace("K1,P1,student\n", "")})
    assert told(nights, "K1")[2:] == [
        "Members",
        "2 people in the class since run 1 – P0 (pupil.0, student), P1 (pupil.1, student)",
        "P1 (pupil.1, student) not in the class since run 2: enrollments.csv no longer had the row",
    ]


def test_what_has_ended_is_closed_for_that(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(SCHOOL)
    monkeypatch.setenv("CARTABLE_NOW", "2027-02-01T08:00:00+00:00")
    nights.sync({**SCHOOL, "enrollments": ENROLLED.replace("P1,P0,student\n", "")})
    closed = "place in class P1 (7B, student) closed by run 2 of February 1, 2027: its session has ended"
    assert closed in told(nights, "P0")


def test_a_contact_is_told_from_both_sides(nights: Nights) -> None:
    users = SCHOOL["users"] + "M,marie,marie@mail.example\n"
    contacts = lines("userSourcedId,relationshipUserSourcedId,relationshipRole", "P0,M,parent")
    nights.sync({**SCHOOL, "users": users, "relationships": contacts})
    assert "contact M (marie, parent) since run 1 (relationships.csv, line 2)" in told(nights, "P0")
    assert "contact of P0 (pupil.0, parent) since run 1 (relationships.csv, line 2)" in told(nights, "M")


def test_what_is_unknown_is_told_with_what_is_close(nights: Nights) -> None:
    nights.sync(pupils(2))
    for asked, near in (("p1", "P1"), ("pupil.1", "P1"), ("north", "S1")):
        with pytest.raises(UsageError) as caught:
            explaining.explained(nights.database, asked)
        assert caught.value.values["near"] == near
    with pytest.raises(UsageError) as caught:
        explaining.explained(nights.database, "P1", "classes")
    assert caught.value.values["near"] == ""


def test_every_look_up_of_a_story_goes_by_an_index(nights: Nights) -> None:
    """A roster of millions is asked for a few records."""
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "enrollments": ENROLLED.replace("K1,P1,student\n", "")})
    seen: list[tuple[str, str]] = []

    def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        connection = context["connection"]
        if sql.lower().startswith("select") and "roster_" in sql and "roster_run" not in sql:
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.cursor.execute("set enable_seqscan = off")  # tables this small are read whole
                    cursor.cursor.execute("explain " + sql, params)
                    seen.extend((sql, row[0]) for row in cursor.cursor.fetchall())
                else:
                    cursor.cursor.execute("explain query plan " + sql, params)
                    seen.extend((sql, row[3]) for row in cursor.cursor.fetchall())
        return execute(sql, params, many, context)

    def watch(connection, **_):  # type: ignore[no-untyped-def]
        connection.execute_wrappers.append(explain)

    connection_created.connect(watch)
    try:
        for identifier in ("P1", "K1", "S1"):
            explaining.explained(nights.database, identifier)
    finally:
        connection_created.disconnect(watch)
    assert len({sql for sql, _ in seen}) > 15
    read = [(step, sql) for sql, step in seen if "Seq Scan on roster_" in step or "SCAN roster_" in step]
    assert [step for step, _ in read if "installation" not in step and "migrations" not in step] == []
