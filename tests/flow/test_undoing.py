"""Taking a run back: what it changed is as it was before, wherever nothing has changed since."""

import pytest

from cartable.errors import PlanStale, UsageError
from cartable.flow import planning, undoing
from cartable.model.entities import ENTITIES
from cartable.model.plans import ChangeKind, Counts, Run
from cartable.model.scopes import WHOLE, Scope
from cartable.model.undos import Left, LeftReason
from cartable.store import opening, queries
from tests.flow.rosters import SESSIONS, Nights, lines, pupils
from tests.store.worlds import Changes, applied, ids

CLASSES = lines("sourcedId,orgSourcedId,title,sessionSourcedIds", 'K1,S1,7A,"T1,T2"', "K2,S1,7B,T1")
ENROLLED = lines("classSourcedId,userSourcedId,role", "K1,P0,student", "K1,P1,student", "K2,P2,student")
SCHOOL = {**pupils(3), "academicSessions": SESSIONS, "classes": CLASSES, "enrollments": ENROLLED}


def without(word: str, files: dict[str, str]) -> dict[str, str]:
    """The files without the rows in which the word stands."""
    return {
        name: "".join(row for row in text.splitlines(keepends=True) if word not in row)
        for name, text in files.items()
    }


WITHOUT_P2 = without("P2", SCHOOL)
# The same pupil under another identifier; another pupil.
RENAMED = {name: text.replace("P2", "P9") for name, text in SCHOOL.items()}
WITH_P9 = {name: text.replace("pupil.2", "zoe") for name, text in RENAMED.items()}


def undone(
    nights: Nights, number: int, scope: Scope = WHOLE, only: ChangeKind | None = None
) -> tuple[dict[str, Counts], list[Left]]:
    """Take a run back: what that changed, and what it left."""
    with undoing.undone(nights.database, number, scope=scope, only=only, actor="clerk") as made:
        left, run = list(made.left()), made.apply()
    changes = run.changes if run else {}
    return {entity: counts for entity, counts in changes.items() if counts.changing}, left


def content(nights: Nights) -> dict[str, list[dict[str, str | None]]]:
    """All active records."""
    with opening.opened(nights.database) as roster:
        return {one.name: list(queries.active_records(roster, one.name)) for one in ENTITIES}


def run(nights: Nights, number: int) -> Run:
    with opening.opened(nights.database) as roster:
        return queries.run(roster, number)


def test_additions_updates_and_deactivations_are_taken_back_and_that_again(nights: Nights) -> None:
    nights.sync(SCHOOL)
    first = content(nights)
    nights.sync({**WITH_P9, "classes": CLASSES.replace("7A", "7C")})
    second = content(nights)
    changes, left = undone(nights, 2)
    assert (changes["users"], changes["classes"]) == (Counts(deactivate=1, reactivate=1), Counts(update=1))
    assert (content(nights), left) == (first, [])
    assert undone(nights, 3)[1] == []
    assert content(nights) == second
    assert undone(nights, 4)[1] == []
    assert content(nights) == first


def test_another_identifier_is_taken_back_with_all_that_refers_to_it(nights: Nights) -> None:
    nights.sync(SCHOOL)
    first = content(nights)
    nights.sync(RENAMED)
    second = content(nights)
    changes, left = undone(nights, 2)
    assert {entity: counts.rekey for entity, counts in changes.items()} == {
        "users": 1, "roles": 1, "enrollments": 1,
    }  # fmt: skip
    assert (content(nights), left) == (first, [])
    undone(nights, 3)
    assert content(nights) == second


def test_a_whole_first_load_is_taken_back(nights: Nights) -> None:
    nights.sync(SCHOOL)
    first = content(nights)
    changes, left = undone(nights, 1)
    assert (changes["enrollments"], left) == (Counts(deactivate=3), [])
    assert not any(content(nights).values())
    undone(nights, 2)
    assert content(nights) == first


def test_a_run_of_an_undo_says_what_it_took_back_and_who_did(nights: Nights) -> None:
    nights.sync(SCHOOL)
    undone(nights, 1)
    made = run(nights, 2)
    assert (made.kind, made.undoes, made.actor, made.input.files) == ("undo", 1, "clerk", ())


def test_a_value_that_has_changed_since_is_left_and_named(nights: Nights) -> None:
    nights.sync(SCHOOL)
    other = SCHOOL["users"].replace("pupil.0,pupil.0@", "zoe,zoe@")
    nights.sync({**SCHOOL, "users": other})
    nights.sync({**SCHOOL, "users": other.replace("zoe@ecole", "zoe@lycee")})
    changes, left = undone(nights, 2)
    assert changes == {"users": Counts(update=1)}
    assert left == [Left("users", ("P0",), LeftReason.CHANGED, ("email",), 3)]
    assert nights.records("users", "username", "email")[0] == ("pupil.0", "zoe@lycee.example")


def test_a_value_that_is_back_already_is_no_matter(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "users": SCHOOL["users"].replace("pupil.0,", "zoe,")})
    nights.sync(SCHOOL)
    before = content(nights)
    assert undone(nights, 2) == ({}, [])
    assert content(nights) == before


def test_one_who_has_left_since_is_left_and_named(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "users": SCHOOL["users"].replace("pupil.2,", "zoe,")})
    nights.sync(WITHOUT_P2)
    assert undone(nights, 2) == ({}, [Left("users", ("P2",), LeftReason.INACTIVE, (), 3)])


def test_one_who_was_added_and_has_got_a_class_since_is_left_and_named(nights: Nights) -> None:
    nights.sync(WITHOUT_P2)
    nights.sync({**SCHOOL, "enrollments": WITHOUT_P2["enrollments"]})
    nights.sync(SCHOOL)
    changes, left = undone(nights, 2)
    enrollment = ("enrollments", ("K2", "P2", "student"))
    assert left == [Left("users", ("P2",), LeftReason.NAMED, (), None, *enrollment)]
    # The role that came with the person goes all the same.
    assert changes == {"roles": Counts(deactivate=1)}


def test_a_membership_whose_class_has_gone_since_is_left_and_named(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync({**SCHOOL, "enrollments": WITHOUT_P2["enrollments"]})
    nights.sync({**SCHOOL, **without("K2", {"classes": CLASSES, "enrollments": ENROLLED})})
    left = Left("enrollments", ("K2", "P2", "student"), LeftReason.DANGLING, (), None, "classes", ("K2",))
    assert undone(nights, 2) == ({}, [left])


def test_a_single_reference_that_would_name_nothing_is_left_and_the_rest_restored(nights: Nights) -> None:
    nights.sync(SCHOOL)
    other = CLASSES.replace('7A,"T1,T2"', "7C,T1")
    nights.sync({**SCHOOL, "classes": other})
    sessions = "\n".join(SESSIONS.splitlines()[:-1]) + "\n"
    nights.sync({**SCHOOL, "classes": other, "academicSessions": sessions})
    changes, left = undone(nights, 2)
    fields = ("sessionSourcedIds",)
    assert left == [Left("classes", ("K1",), LeftReason.DANGLING, fields, None, "academicSessions", ("T2",))]
    assert changes == {"classes": Counts(update=1)}
    assert nights.records("classes", "title", "sessionSourcedIds")[0] == ("7A", '["T1"]')


def test_one_who_came_back_otherwise_goes_again_as_he_was(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(WITHOUT_P2)
    gone = content(nights)
    nights.sync({**SCHOOL, "users": SCHOOL["users"].replace("pupil.2,", "zoe,")})
    back = content(nights)
    changes, left = undone(nights, 3)
    assert (changes["users"], left, content(nights)) == (Counts(deactivate=1), [], gone)
    # What he was called when he left is what he is called when that is taken back.
    undone(nights, 2)
    assert nights.records("users", "username")[2] == ("pupil.2",)
    undone(nights, 5)
    undone(nights, 4)
    assert content(nights) == back


def test_a_closing_is_taken_back_as_a_departure_is(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.sync(SCHOOL)
    monkeypatch.setenv("CARTABLE_NOW", "2027-02-01T08:00:00+00:00")
    done = nights.sync({**SCHOOL, "enrollments": ENROLLED.replace("K2,P2,student\n", "")})
    assert done["enrollments"].close == 1
    assert undone(nights, 2, only=ChangeKind.DEACTIVATE) == ({}, [])
    assert undone(nights, 2, only=ChangeKind.CLOSE)[0] == {"enrollments": Counts(reactivate=1)}


def rekeyed(nights: Nights, key: str, other: str) -> None:
    """Give a pupil another identifier, with all that names it."""
    changes = Changes()
    with opening.opened(nights.database) as roster:
        for entity in ("users", "roles", "enrollments"):
            known = ids(roster, entity)
            for record in queries.active_records(roster, entity):
                names = next(one for one in ENTITIES if one.name == entity).key
                old = tuple(record[name] or "" for name in names)
                if key in old:
                    new = {name: other if value == key else value for name, value in record.items()}
                    changes.add(entity, ChangeKind.REKEY, new, known[old])
        applied(roster, changes)


def test_another_identifier_is_taken_back_with_all_that_names_it(nights: Nights) -> None:
    nights.sync(SCHOOL)
    first = content(nights)
    rekeyed(nights, "P0", "Q0")
    second = content(nights)
    assert ("K1", "Q0") in nights.records("enrollments", "classSourcedId", "userSourcedId")
    changes, left = undone(nights, 2)
    assert changes == {"users": Counts(rekey=1), "roles": Counts(rekey=1), "enrollments": Counts(rekey=1)}
    assert (left, content(nights)) == ([], first)
    undone(nights, 3)
    assert content(nights) == second


def test_an_identifier_that_another_one_has_now_is_left_with_all_that_would_name_him(nights: Nights) -> None:
    nights.sync(SCHOOL)
    rekeyed(nights, "P0", "Q0")
    changes = Changes()
    changes.add("users", ChangeKind.ADD, {**content(nights)["users"][0], "sourcedId": "P0"})
    with opening.opened(nights.database) as roster:
        applied(roster, changes)
    before = content(nights)
    changes_made, left = undone(nights, 2)
    assert (changes_made, content(nights)) == ({}, before)
    assert [(one.entity, one.reason, one.other_key) for one in left] == [
        ("users", LeftReason.TAKEN, ("P0",)),
        ("roles", LeftReason.DANGLING, ("P0",)),
        ("enrollments", LeftReason.DANGLING, ("P0",)),
    ]


def test_an_identifier_stays_where_somebody_has_been_enrolled_under_it_since(nights: Nights) -> None:
    nights.sync(SCHOOL)
    rekeyed(nights, "P0", "Q0")
    renamed = {name: text.replace("P0", "Q0") for name, text in SCHOOL.items()}
    enrollments = renamed["enrollments"] + "K2,Q0,student\n"
    nights.sync({**renamed, "enrollments": enrollments}, "file.missing", "header.dropped")
    changes, left = undone(nights, 2)
    assert changes == {}
    named = Left("users", ("Q0",), LeftReason.NAMED, (), None, "enrollments", ("K2", "Q0", "student"))
    assert left[0] == named
    assert {(one.entity, one.reason) for one in left[1:]} == {
        ("roles", LeftReason.DANGLING),
        ("enrollments", LeftReason.DANGLING),
    }


TWO = {
    "orgs": lines("sourcedId,name,type", "S1,North,school", "S2,South,school"),
    "users": lines("sourcedId,username", "A,a", "B,b"),
    "roles": lines("userSourcedId,orgSourcedId,role", "A,S1,student", "B,S2,student"),
    "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A", "K2,S2,7A"),
    "enrollments": lines("classSourcedId,userSourcedId,role", "K1,A,student", "K2,B,student"),
}


def test_only_what_a_school_lost_comes_back_where_that_is_asked(nights: Nights) -> None:
    nights.sync(TWO)
    nights.sync(
        {name: text.splitlines()[0] + "\n" for name, text in TWO.items()} | {"orgs": TWO["orgs"]}, *HELD
    )
    changes, left = undone(nights, 2, Scope(school="South"))
    assert left == []
    assert nights.records("enrollments", "classSourcedId", "userSourcedId") == [("K2", "B")]
    assert nights.records("users", "sourcedId") == [("B",)]
    assert {entity: counts.reactivate for entity, counts in changes.items()} == {
        "users": 1, "classes": 1, "roles": 1, "enrollments": 1,
    }  # fmt: skip


HELD = ("deactivations", "file.header-only")


def test_one_entity_alone_comes_back_as_far_as_it_names_what_is_there(nights: Nights) -> None:
    nights.sync(TWO)
    nights.sync({**TWO, "enrollments": TWO["enrollments"].replace("K2,B,student\n", "")})
    assert undone(nights, 2, Scope(entity="users")) == ({}, [])
    assert undone(nights, 2, Scope(entity="enrollments"))[0] == {"enrollments": Counts(reactivate=1)}
    nights.sync(without("B", TWO))
    changes, left = undone(nights, 4, Scope(entity="enrollments"))
    assert (changes, [one.other for one in left]) == ({}, ["users"])


def test_one_kind_alone_is_taken_back(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(WITH_P9)
    changes, left = undone(nights, 2, only=ChangeKind.DEACTIVATE)
    assert left == []
    assert {counts.reactivate for counts in changes.values()} == {1}
    assert {row for (row,) in nights.records("users", "sourcedId")} == {"P0", "P1", "P2", "P9"}


def test_a_run_that_changed_nothing_has_nothing_to_take_back(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(SCHOOL)
    before = content(nights)
    assert undone(nights, 2) == ({}, [])
    assert content(nights) == before
    with pytest.raises(UsageError, match="no run 3"):
        run(nights, 3)


def test_what_is_taken_back_twice_is_as_it_was_the_first_time(nights: Nights) -> None:
    nights.sync(WITHOUT_P2)
    nights.sync(SCHOOL)
    undone(nights, 2)
    assert undone(nights, 2) == ({}, [])


def test_a_saved_undo_is_applied_as_any_plan_and_stale_once_the_roster_has_moved(nights: Nights) -> None:
    nights.sync(WITHOUT_P2)
    before = content(nights)
    nights.sync(SCHOOL)
    path, late = nights.place / "undo.cartable", nights.place / "late.cartable"
    with undoing.undone(nights.database, 2) as made:
        for file in (path, late):
            made.plan.save(file)
    with planning.opened_plan(path, nights.database, actor="chief") as plan:
        assert plan.header.undoes == 2
        done = plan.apply("apply")
    assert (done.kind, done.undoes, done.actor) == ("undo", 2, "chief")
    assert content(nights) == before
    with planning.opened_plan(late, nights.database) as plan, pytest.raises(PlanStale, match="since run 3"):
        plan.apply("apply")


def test_the_next_delivery_is_compared_with_the_last_one_and_not_with_the_undo(nights: Nights) -> None:
    nights.sync(WITHOUT_P2)
    nights.sync(SCHOOL)
    undone(nights, 2)
    header = nights.plan(SCHOOL)
    assert (header.delivery.against and header.delivery.against.run) == 2
    assert header.counts["users"].reactivate == 1
    # A file that the last delivery had is missed, as if nothing had been taken back.
    held = nights.held({name: text for name, text in WITHOUT_P2.items() if name != "academicSessions"})
    assert [guard for guard, *_ in held] == ["file.missing"]


@pytest.mark.parametrize("scope", [Scope(school="S9"), Scope(school="Nroth")])
def test_a_school_that_is_not_there_is_named(nights: Nights, scope: Scope) -> None:
    nights.sync(SCHOOL)
    with pytest.raises(UsageError, match="no organisation"), undoing.undone(nights.database, 1, scope=scope):
        pass
