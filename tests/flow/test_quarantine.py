"""An accident in one school is kept in that school: it stays as it was, the others go on."""

import pytest

from cartable.errors import UsageError
from cartable.flow import planning
from cartable.model.plans import PlanHeader
from cartable.store import opening
from tests.flow.districts import Row, district, people
from tests.flow.rosters import Nights

pytestmark = pytest.mark.planning

FOUR = district(4, 20)


def reasons(header: PlanHeader) -> dict[str, list[tuple[str, str, int, int]]]:
    """Why schools are quarantined: guard, entity, count, limit."""
    return {
        school: [(hold.guard, hold.entity, hold.count, hold.limit) for hold in one.holds]
        for school, one in header.quarantined.items()
    }


def kept(nights: Nights, reason: str) -> dict[str, int]:
    """How many records the roster remembers to have kept for a reason, by entity."""
    with opening.opened(nights.database) as roster, roster.connection.cursor() as cursor:
        cursor.execute(
            "select entity, count(*) from roster_kept where reason = %s group by entity order by 1", (reason,)
        )
        return dict(cursor.fetchall())


def active(nights: Nights, entity: str, school: str) -> int:
    return sum(own == school for (own,) in nights.records(entity, "orgSourcedId"))


def test_a_school_that_loses_too_many_stays_as_it_was_and_the_others_go_on(nights: Nights) -> None:
    nights.sync(FOUR.files())
    fewer = FOUR.leave([*people("S2", 1, 8), *people("S1", 1, 1)])
    run = nights.run(fewer.files())
    assert run is not None
    assert (run.changes["users"].deactivate, run.changes["users"].keep) == (1, 8)
    assert [*run.quarantined] == ["S2"]
    assert (active(nights, "roles", "S1"), active(nights, "roles", "S2")) == (19, 20)
    assert len(nights.records("users", "sourcedId")) == 79
    assert kept(nights, "quarantined") == {"enrollments": 8, "roles": 8, "users": 8}


def test_a_plan_names_the_school_why_and_how_many_changes_wait(nights: Nights) -> None:
    nights.sync(FOUR.files())
    header = nights.plan(FOUR.leave(people("S2", 1, 8)).files())
    assert header.holds == ()
    assert reasons(header) == {
        "S2": [("deactivations", entity, 8, 4) for entity in ("users", "roles", "enrollments")]
    }
    assert header.quarantined["S2"].name == "School 2"
    assert header.quarantined["S2"].held_back == {"users": 8, "roles": 8, "enrollments": 8}


def test_the_next_night_brings_the_same_again_until_it_is_accepted(nights: Nights) -> None:
    nights.sync(FOUR.files())
    fewer = FOUR.leave(people("S2", 1, 8)).files()
    for _ in range(2):
        run = nights.run(fewer)
        assert run is not None
        assert (run.changes["users"].deactivate, [*run.quarantined]) == (0, ["S2"])
    run = nights.run(fewer, "deactivations@S2")
    assert run is not None
    assert (run.changes["users"].deactivate, run.quarantined, run.accepted) == (8, {}, ("deactivations@S2",))


def test_a_guard_accepted_for_one_school_still_quarantines_another(nights: Nights) -> None:
    five = district(5, 20)
    nights.sync(five.files())
    fewer = five.leave([*people("S1", 1, 8), *people("S2", 1, 8)]).files()
    assert [*nights.plan(fewer).quarantined] == ["S1", "S2"]
    assert [*nights.plan(fewer, "deactivations@S1").quarantined] == ["S2"]
    assert [*nights.plan(fewer, "deactivations").quarantined] == []


def test_what_breaks_limits_in_more_than_half_of_the_schools_holds_everything(nights: Nights) -> None:
    three = district(3, 50)
    nights.sync(three.files())
    # A tenth is gone from one entity in each of two schools; from the whole less than a tenth.
    fewer = three.without(
        enrollments=lambda row: row["userSourcedId"] in {*people("S1", 1, 6), *people("S2", 1, 7)}
    )
    header = nights.plan(fewer.files())
    assert header.quarantined == {}
    assert [(hold.guard, hold.entity, hold.count, hold.school) for hold in header.holds] == [
        ("deactivations", "enrollments", 7, "")
    ]
    assert nights.run(fewer.files()) is None
    assert nights.run(fewer.files(), "deactivations") is not None


def test_of_two_schools_one_is_quarantined_and_both_are_the_whole(nights: Nights) -> None:
    two = district(2, 20)
    nights.sync(two.files())
    header = nights.plan(two.leave(people("S1", 1, 8)).files())
    assert (header.holds, [*header.quarantined]) == ((), ["S1"])
    header = nights.plan(two.leave([*people("S1", 1, 8), *people("S2", 1, 8)]).files())
    assert ({hold.guard for hold in header.holds}, header.quarantined) == ({"deactivations"}, {})


def test_a_class_that_is_emptied_quarantines_its_school(nights: Nights) -> None:
    large = district(3, 100, classes=10)
    nights.sync(large.files())
    # Nine of a hundred: the school loses less than a tenth, one class nearly all.
    emptied = large.without(
        enrollments=lambda row: row["classSourcedId"] == "S2-A" and row["userSourcedId"] != "S2-10"
    )
    header = nights.plan(emptied.files())
    (hold,) = header.quarantined["S2"].holds
    assert (hold.guard, hold.count, hold.klass, hold.values["class"]) == (
        "deactivations", 9, "S2-A", "Class S2-A (S2-A)"
    )  # fmt: skip
    assert header.counts["enrollments"].keep == 9


def test_a_school_that_is_gone_from_the_delivery_keeps_its_organisation_too(nights: Nights) -> None:
    nights.sync(FOUR.files())
    gone = FOUR.leave(people("S3", 1, 20)).without(
        orgs=lambda row: row["sourcedId"] == "S3", classes=lambda row: row["orgSourcedId"] == "S3"
    )
    run = nights.run(gone.files())
    assert run is not None
    assert [*run.quarantined] == ["S3"]
    assert ("S3",) in nights.records("orgs", "sourcedId")
    assert not any(count.changing for count in run.changes.values())


def test_a_course_that_a_quarantined_class_still_names_does_not_go(nights: Nights) -> None:
    nights.sync(FOUR.files())
    fewer = FOUR.leave(people("S2", 1, 8)).with_(classes=lambda row: {**row, "courseSourcedId": ""})
    run = nights.run(fewer.without(courses=lambda row: True).files(), "file.missing", "updates")
    assert run is not None
    # Of all classes the course goes; those of S2 keep it, so that it stays.
    assert (run.changes["classes"].update, run.changes["courses"].deactivate) == (6, 0)
    assert nights.records("courses", "sourcedId") == [("MATH",)]
    courses = dict(nights.records("classes", "sourcedId", "courseSourcedId"))
    assert {courses["S2-A"], courses["S1-A"]} == {"MATH", None}


def test_a_row_of_another_school_that_needs_a_new_record_of_the_quarantined_one_waits(nights: Nights) -> None:
    nights.sync(FOUR.files())
    moved = FOUR.leave(people("S2", 1, 8))
    moved.add("users", "NEW", "new")
    moved.add("roles", "NEW", "S2", "student", "Y", "01")
    moved.add("roles", "NEW", "S1", "student", "Y", "01")
    moved.add("enrollments", "S1-A", "NEW", "student")
    header = nights.plan(moved.files())
    assert (header.counts["users"].add, header.counts["roles"].add, header.counts["enrollments"].add) == (
        0,
        0,
        0,
    )
    assert header.quarantined["S2"].held_back == {"users": 9, "roles": 10, "enrollments": 9}


def test_a_pupil_who_moves_to_another_school_arrives_there_and_has_not_left_the_quarantined_one(
    nights: Nights,
) -> None:
    nights.sync(FOUR.files())
    moved = FOUR.leave(people("S2", 1, 8)).with_(
        roles=lambda row: {**row, "orgSourcedId": "S1"} if row["userSourcedId"] == "S2-20" else row
    )
    run = nights.run(moved.files())
    assert run is not None
    assert run.changes["roles"].add == 1
    assert [row for row in nights.records("roles", "userSourcedId", "orgSourcedId") if row[0] == "S2-20"] == [
        ("S2-20", "S1"),
        ("S2-20", "S2"),
    ]


def test_contacts_belong_to_the_schools_of_their_pupils(nights: Nights) -> None:
    with_parents = district(3, 12)
    for school in ("S1", "S2", "S3"):
        for person in people(school, 1, 12):
            with_parents.add("users", f"{person}-P", f"{person.lower()}-p", f"p{person.lower()}@mail.example")
            with_parents.add("relationships", person, f"{person}-P", "guardian")
    nights.sync(with_parents.files())

    def other(row: Row) -> Row:
        return {**row, "email": f"x{row['email']}"} if row["sourcedId"].startswith("S2-1") else row

    header = nights.plan(with_parents.with_(users=other).files())
    # S2-1, S2-10, S2-11, S2-12 and their parents.
    assert reasons(header) == {"S2": [("emails", "users", 8, 4)]}
    fewer = with_parents.without(
        users=lambda row: row["sourcedId"].startswith("S3") and row["sourcedId"].endswith("P"),
        relationships=lambda row: row["userSourcedId"].startswith("S3"),
    )
    header = nights.plan(fewer.files())
    assert reasons(header) == {
        "S3": [("deactivations", "users", 12, 4), ("deactivations", "relationships", 12, 4)]
    }
    assert header.counts["users"].keep == 12


def test_a_new_school_is_not_held_for_being_new_and_one_that_doubles_is(nights: Nights) -> None:
    nights.sync(district(2, 20).files())
    header = nights.plan(district(4, 20).files())
    assert (header.holds, header.quarantined) == ((), {})
    assert header.counts["users"].add == 40
    doubled = district(2, 20)
    for number in range(21, 41):
        doubled.add("users", f"S2-{number}", f"s2-{number}")
        doubled.add("roles", f"S2-{number}", "S2", "student", "Y", "01")
    assert reasons(nights.plan(doubled.files())) == {
        "S2": [("additions", entity, 20, 5) for entity in ("users", "roles")]
    }


def test_pupils_who_become_staff_quarantine_their_school(nights: Nights) -> None:
    nights.sync(FOUR.files())
    promoted = {*people("S2", 1, 5)}

    def teacher(row: Row) -> Row:
        return {**row, "role": "teacher"} if row["userSourcedId"] in promoted else row

    header = nights.plan(FOUR.with_(roles=teacher).files(), "deactivations", "additions", "delivery.partial")
    assert reasons(header) == {"S2": [("roles", "roles", 5, 4)]}
    header = nights.plan(
        FOUR.with_(enrollments=teacher).files(), "deactivations", "additions", "delivery.partial"
    )
    assert reasons(header) == {"S2": [("roles", "enrollments", 5, 4)]}


def test_changed_addresses_quarantine_a_school_and_new_ones_do_not(nights: Nights) -> None:
    bare = FOUR.with_(users=lambda row: {**row, "email": ""} if row["sourcedId"].startswith("S3") else row)
    nights.sync(bare.files())
    assert nights.plan(FOUR.files(), "updates").quarantined == {}
    changed = bare.with_(users=lambda row: {**row, "email": row["email"].replace("ecole", "school")})
    header = nights.plan(
        changed.with_(
            users=lambda row: (
                row
                if row["sourcedId"] in people("S1", 1, 5)
                else {**row, "email": row["email"].replace("school", "ecole")}
            )
        ).files()
    )
    assert reasons(header) == {"S1": [("emails", "users", 5, 4)]}


def test_a_grade_that_a_school_lacks_quarantines_it_night_after_night(nights: Nights) -> None:
    large = district(3, 120)
    # A small grade: too few for a tenth.
    graded = large.with_(
        roles=lambda row: {**row, "grade": "09"} if row["userSourcedId"] in people("S2", 1, 11) else row
    )
    nights.sync(graded.files())
    lacking = graded.leave(people("S2", 1, 11)).files()
    for _ in range(2):
        run = nights.run(lacking)
        assert run is not None
        assert {hold.guard for hold in run.quarantined["S2"].holds} == {"delivery.partial"}
        assert active(nights, "roles", "S2") == 120
    run = nights.run(lacking, "delivery.partial@S2")
    assert run is not None
    assert active(nights, "roles", "S2") == 109


def test_what_ends_with_its_session_trips_nothing(nights: Nights) -> None:
    terms = district(2, 30)
    terms.add("academicSessions", "T", "Term", "term", "2027", "2026-09-01", "2026-10-31")
    ended = terms.with_(
        classes=lambda row: {**row, "sessionSourcedIds": "T"} if row["sourcedId"] == "S2-A" else row
    )
    nights.sync(ended.files())
    after = ended.without(
        classes=lambda row: row["sourcedId"] == "S2-A",
        enrollments=lambda row: row["classSourcedId"] == "S2-A",
    )
    header = nights.plan(after.files())
    assert (header.holds, header.quarantined) == ((), {})
    assert (header.counts["enrollments"].close, header.counts["classes"].close) == (15, 1)


def test_damaged_rows_trip_nothing(nights: Nights) -> None:
    nights.sync(FOUR.files())
    damaged = FOUR.with_(roles=lambda row: {**row, "role": "eleve"} if row["orgSourcedId"] == "S2" else row)
    header = nights.plan(damaged.files())
    assert (header.holds, header.quarantined, header.counts["roles"].keep) == ((), {}, 20)


def test_a_school_is_counted_by_what_the_roster_has_of_it(nights: Nights) -> None:
    """Damaged, new, returned and moved rows: only what was active counts."""
    nights.sync(FOUR.files())
    nights.sync(FOUR.leave(people("S2", 1, 2)).files())
    tonight = (
        FOUR.leave(people("S2", 3, 7))
        .with_(roles=lambda row: {**row, "role": "eleve"} if row["userSourcedId"] == "S2-20" else row)
        .with_(roles=lambda row: {**row, "orgSourcedId": "S2"} if row["userSourcedId"] == "S1-1" else row)
    )
    tonight.add("users", "S2-21", "s2-21")
    tonight.add("roles", "S2-21", "S2", "student", "Y", "01")
    holds = nights.plan(tonight.files()).quarantined["S2"].holds
    assert {(hold.entity, hold.count, hold.values["active"]) for hold in holds} == {
        ("users", 5, "18"),
        ("roles", 5, "18"),
        ("enrollments", 5, "18"),
    }


def test_a_saved_plan_quarantines_as_it_showed(nights: Nights) -> None:
    nights.sync(FOUR.files())
    path = nights.place / "tonight.cartable"
    with nights.planned(FOUR.leave([*people("S2", 1, 8), "S1-1"]).files()) as plan:
        plan.save(path)
        shown = plan.header.quarantined
    with (
        pytest.raises(UsageError, match="The plan is made"),
        planning.opened_plan(path, nights.database, accept=("deactivations@S2",)),
    ):
        pass
    with planning.opened_plan(path, nights.database) as saved:
        assert saved.header.quarantined == shown
        assert saved.apply("apply").quarantined == shown
    assert len(nights.records("users", "sourcedId")) == 79


def test_a_school_that_nobody_knows_cannot_be_accepted(nights: Nights) -> None:
    nights.sync(FOUR.files())
    with pytest.raises(UsageError, match="no school S22") as caught:
        nights.plan(FOUR.files(), "deactivations@S22")
    assert caught.value.hint.format(**caught.value.values) == "Did you mean S2?"


def test_a_school_that_breaks_the_whole_alone_does_not_hold_the_others(nights: Nights) -> None:
    """The whole is judged by what remains."""
    nights.sync(district(3, 10).files())
    header = nights.plan(district(3, 10).leave(people("S1", 1, 9)).files())
    assert (header.holds, [*header.quarantined]) == ((), ["S1"])
