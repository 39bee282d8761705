"""A record that comes back under another identifier stays itself, with all that refers to it."""

import pytest

from cartable.flow import planning, recalling
from cartable.model.options import CheckOptions
from cartable.model.plans import ChangeKind, Counts, Reason, Trait
from tests.flow.rosters import Nights, lines
from tests.flow.schools import SCHOOL, edited, renamed, see_that_all_resolves, without

pytestmark = pytest.mark.planning


def ids(nights: Nights) -> dict[str, list[tuple[int, bool]]]:
    """The records of each entity, whatever their keys, and whether they are active."""
    return {entity: sorted(nights.everything(entity).values()) for entity in SCHOOL}


def rekeyed(done: "dict[str, Counts]") -> dict[str, int]:
    """How many records get a new key, of the entities of which some do; nothing else may happen."""
    assert all(counts.changing == counts.rekey + counts.update for counts in done.values()), done
    return {entity: counts.rekey for entity, counts in done.items() if counts.rekey}


def test_a_renamed_pupil_keeps_roles_enrollments_contacts_and_all_else(nights: Nights) -> None:
    nights.sync(SCHOOL)
    before = ids(nights)
    done = nights.sync(renamed(SCHOOL, P1="Q9"))
    assert rekeyed(done) == {
        "users": 1, "roles": 1, "enrollments": 2, "relationships": 1, "demographics": 1, "userFlags": 1
    }  # fmt: skip
    assert ids(nights) == before
    assert nights.records("relationships", "userSourcedId", "relationshipUserSourcedId") == [("Q9", "C1")]
    assert ("K1", "Q9", "student") in nights.everything("enrollments")
    see_that_all_resolves(nights)
    assert not any(counts.changing for counts in nights.sync(renamed(SCHOOL, P1="Q9")).values())


def test_a_renamed_contact_stays_the_contact(nights: Nights) -> None:
    nights.sync(SCHOOL)
    assert rekeyed(nights.sync(renamed(SCHOOL, C1="C9"))) == {"users": 1, "relationships": 1}
    assert nights.records("relationships", "userSourcedId", "relationshipUserSourcedId") == [("P1", "C9")]


def test_a_renamed_class_keeps_its_enrollments(nights: Nights) -> None:
    nights.sync(SCHOOL)
    before = ids(nights)
    assert rekeyed(nights.sync(renamed(SCHOOL, K1="L7"))) == {"classes": 1, "enrollments": 4}
    assert ids(nights) == before


def test_a_renamed_school_keeps_everything(nights: Nights) -> None:
    nights.sync(SCHOOL)
    before = ids(nights)
    done = nights.sync(renamed(SCHOOL, S1="Z1"))
    assert rekeyed(done) == {"orgs": 1, "roles": 4}
    assert (done["classes"].update, done["courses"].update) == (2, 1)
    assert ids(nights) == before
    see_that_all_resolves(nights)


def test_a_renamed_session_is_renamed_in_lists_too(nights: Nights) -> None:
    nights.sync(SCHOOL)
    done = nights.sync(renamed(SCHOOL, T1="T8", Y="Y8"))
    assert rekeyed(done) == {"academicSessions": 2, "roles": 4}
    assert done["classes"].update == 2
    assert nights.records("classes", "sessionSourcedIds") == [('["T2","T8"]',)] * 2


def test_everything_may_be_renamed_in_one_night(nights: Nights) -> None:
    nights.sync(SCHOOL)
    before = ids(nights)
    named = ("S1", "Y", "T1", "T2", "M1", "A1", "P1", "P2", "P3", "C1", "K1", "K2")
    nights.sync(renamed(SCHOOL, **{name: f"x-{name}" for name in named}), "rekeys")
    assert ids(nights) == before
    see_that_all_resolves(nights)


def test_a_rekeyed_record_takes_the_delivered_values_and_keeps_its_history(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = edited(renamed(SCHOOL, P1="Q9"), "users", "leo.petit@ecole", "leo@ecole")
    changes = [change for change in nights.changes(files) if change.entity == "users"]
    assert [(one.kind, one.reason, one.key, one.line, one.before, one.after) for one in changes] == [
        (
            *(ChangeKind.REKEY, Reason.RENAMED, ("Q9",), 3),
            {"sourcedId": "P1", "email": "leo.petit@ecole.example"},
            {"sourcedId": "Q9", "email": "leo@ecole.example"},
        )
    ]
    nights.sync(files)
    told = [change for change in recalling.run_changes(nights.database, 2) if change.entity == "users"]
    assert [(one.kind, one.reason, one.before, one.after) for one in told] == [
        (one.kind, one.reason, one.before, one.after) for one in changes
    ]


@pytest.mark.parametrize(
    ("row", "traits"),
    [
        ("Q9,LEO.PETIT,Léo,Petit,neu@ecole.example,555", (Trait.USERNAME,)),
        ("Q9,lpetit,Léo,Petit,leo.petit@ecole.example,555", (Trait.EMAIL,)),
        ("Q9,lpetit,Leo,PETIT,neu@ecole.example,101", (Trait.USER_NUMBER,)),
        ("Q9,leo.petit,,,leo.petit@ecole.example,555", (Trait.USERNAME, Trait.EMAIL)),
        ("Q9,leo.petit,Léo,Durand,leo.petit@ecole.example,101", tuple(Trait)[:3]),
        ("Q9,lpetit,Zoé,Noir,neu@ecole.example,101", ()),
        ("Q9,lpetit,Anouk,Petit,leo.petit@ecole.example,101", ()),
        ("Q9,lpetit,,,neu@ecole.example,101", ()),
        ("Q9,lpetit,,,,101", ()),
        ("Q9,lpetit,,,leo.petit@ecole.example,", (Trait.EMAIL,)),
        ("Q9,lpetit,Léo,Petit,neu@ecole.example,555", ()),
    ],
)
def test_people_are_known_by_traits_that_nothing_contradicts(
    nights: Nights, row: str, traits: tuple[Trait, ...]
) -> None:
    nights.sync({**SCHOOL, "demographics": lines("userSourcedId,birthDate", "P2,2014-07-08")})
    files = edited(SCHOOL, "users", "P1,leo.petit,Léo,Petit,leo.petit@ecole.example,101", row)
    files = {**renamed(files, P1="Q9"), "demographics": lines("userSourcedId,birthDate", "P2,2014-07-08")}
    users = [change for change in nights.changes(files) if change.entity == "users"]
    assert [(one.kind, one.traits) for one in users] == (
        [(ChangeKind.REKEY, traits)] if traits else [(ChangeKind.ADD, ()), (ChangeKind.DEACTIVATE, ())]
    )


def test_a_name_with_a_day_of_birth_is_a_trait(nights: Nights) -> None:
    nights.sync(SCHOOL)
    new = renamed(
        edited(SCHOOL, "users", "leo.petit,Léo,Petit,leo.petit@ecole.example,101", "lp,Leo,Petit,,"), P1="Q9"
    )
    (change,) = [change for change in nights.changes(new) if change.entity == "users"]
    assert change.traits == (Trait.NAME_AND_BIRTH,)


def test_who_marries_and_is_renamed_at_once_is_known_by_given_name_and_day_of_birth(nights: Nights) -> None:
    nights.sync(SCHOOL)
    row = "leo.durand,Léo,Durand,leo.durand@ecole.example,101"
    files = renamed(edited(SCHOOL, "users", "leo.petit,Léo,Petit,leo.petit@ecole.example,101", row), P1="Q9")
    assert nights.plan(files).counts["users"] == Counts(rekey=1, unchanged=4)
    twin = edited(files, "users", "Léo,Durand", "Zoé,Petit")
    assert nights.plan(twin).counts["users"].rekey == 0


def test_another_day_of_birth_is_another_person_whatever_else_agrees(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = edited(renamed(SCHOOL, P1="Q9"), "demographics", "2014-05-06", "2016-05-06")
    counts = nights.plan(files).counts["users"]
    assert (counts.add, counts.deactivate, counts.rekey) == (1, 1, 0)


def test_of_two_who_could_be_meant_neither_is_guessed(nights: Nights) -> None:
    """Two share an address, and nothing else tells them apart."""
    twins = lines("sourcedId,username,email", "P1,a,twins@maison.example", "P2,b,twins@maison.example")
    roles = lines("userSourcedId,orgSourcedId,role", "P1,S1,student", "P2,S1,student")
    school = {"orgs": SCHOOL["orgs"], "users": twins, "roles": roles}
    nights.sync(school)
    new = renamed({**school, "users": twins.replace(",a,", ",c,").replace(",b,", ",d,")}, P1="Q1", P2="Q2")
    counts = nights.plan(new).counts["users"]
    assert (counts.add, counts.deactivate, counts.rekey) == (2, 2, 0)


def test_one_who_is_like_two_is_neither(nights: Nights) -> None:
    school = without(SCHOOL, "P1", "C1")
    nights.sync(school)
    users = [
        "Q2,mia.noir,Mia,Noir,other@ecole.example,555",
        "Q3,m.noir,Mia,Noir,mia.noir@ecole.example,556",
    ]
    new = without(school, "P2")
    counts = nights.plan({**new, "users": new["users"] + "\n".join(users) + "\n"}).counts["users"]
    assert (counts.add, counts.deactivate, counts.rekey) == (2, 1, 0)


def test_classes_of_one_title_are_told_apart_by_their_members(nights: Nights) -> None:
    school = edited(SCHOOL, "classes", "7A Music", "7A Mathematics")
    school = edited(school, "classes", ",M1", ",")
    school = edited(school, "enrollments", "K2,P1,student\nK2,P2,student", "K2,P3,student\nK2,C1,student")
    school = edited(school, "enrollments", "K1,P3,student\n", "")
    nights.sync(school)
    nights.sync(renamed(school, K1="L2", K2="L1"), "rekeys")
    assert ("L2", "P1", "student") in nights.everything("enrollments")
    assert ("L1", "C1", "student") in nights.everything("enrollments")
    assert not any(key[0] in ("K1", "K2") for key in nights.everything("classes"))


@pytest.mark.parametrize(
    ("entity", "old", "new"),
    [
        ("classes", "7A Mathematics", "7B Mathematics"),
        ("classes", '"T1,T2",M1', "Y,M1"),
        ("classes", ",M1", ",M2"),
        ("enrollments", "L7,P1,student\nL7,P2,student\n", ""),
    ],
    ids=["title", "session", "course", "members"],
)
def test_a_class_that_differs_is_another_class(nights: Nights, entity: str, old: str, new: str) -> None:
    school = {**SCHOOL, "courses": SCHOOL["courses"] + "M2,S1,Geometry,GEO\n"}
    nights.sync(school)
    counts = nights.plan(edited(renamed(school, K1="L7"), entity, old, new)).counts["classes"]
    assert (counts.add, counts.deactivate, counts.rekey) == (1, 1, 0)


def test_a_school_of_the_same_name_elsewhere_is_another_school(nights: Nights) -> None:
    header = "sourcedId,name,type,parentSourcedId"
    districts = ("D1,East,district,", "D2,West,district,")
    school = {**SCHOOL, "orgs": lines(header, *districts, "S1,North,school,D1")}
    nights.sync(school)
    moved = renamed({**school, "orgs": lines(header, *districts, "S1,North,school,D2")}, S1="S9")
    counts = nights.plan(moved).counts["orgs"]
    assert (counts.add, counts.deactivate, counts.rekey) == (1, 1, 0)
    both = nights.plan(renamed(school, S1="S9", D1="D9")).counts["orgs"]
    assert (both.add, both.deactivate, both.rekey) == (0, 0, 2)


def test_what_was_gone_before_follows_too(nights: Nights) -> None:
    """The pupil left a class last month; after the rename it is still known that it was theirs."""
    nights.sync(SCHOOL)
    left = edited(SCHOOL, "enrollments", "K2,P1,student\n", "")
    nights.sync(left)
    done = nights.sync(renamed(left, P1="Q9", K2="L2"))
    assert done["enrollments"] == Counts(rekey=4, unchanged=3)
    assert nights.everything("enrollments")["L2", "Q9", "student"][1] is False
    see_that_all_resolves(nights)
    back = renamed(SCHOOL, P1="Q9", K2="L2")
    assert nights.sync(back)["enrollments"].reactivate == 1


def test_inactive_classes_of_a_renamed_school_follow(nights: Nights) -> None:
    nights.sync(SCHOOL)
    left = without(SCHOOL, "K2")
    nights.sync(left)
    done = nights.sync(renamed(left, S1="Z1", T2="T9"))
    assert done["classes"] == Counts(update=2)
    (change,) = [
        one
        for one in recalling.run_changes(nights.database, 3)
        if one.entity == "classes" and one.key == ("K2",)
    ]
    assert (change.kind, change.reason, change.after["orgSourcedId"]) == (
        *(ChangeKind.UPDATE, Reason.RENAMED, "Z1"),
    )
    assert change.after["sessionSourcedIds"] == '["T1","T9"]'
    see_that_all_resolves(nights)


def test_who_is_renamed_may_leave_and_come_back_in_the_same_night(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(edited(SCHOOL, "enrollments", "K2,P1,student\n", ""))
    before = nights.everything("enrollments")
    files = edited(renamed(SCHOOL, P1="Q9"), "enrollments", "K1,Q9,student\n", "")
    done = nights.sync(files)
    assert done["enrollments"] == Counts(deactivate=1, reactivate=1, unchanged=5)
    after = nights.everything("enrollments")
    assert after["K1", "Q9", "student"] == (before["K1", "P1", "student"][0], False)
    assert after["K2", "Q9", "student"] == (before["K2", "P1", "student"][0], True)
    told = [change for change in recalling.run_changes(nights.database, 3) if change.entity == "enrollments"]
    assert {(one.kind, one.reason, one.before.get("userSourcedId")) for one in told} == {
        (ChangeKind.DEACTIVATE, Reason.ABSENT, "P1"),
        (ChangeKind.REACTIVATE, Reason.RETURNED, "P1"),
    }


def test_a_name_that_is_taken_back_is_the_same_record_still(nights: Nights) -> None:
    nights.sync(SCHOOL)
    before = {entity: nights.everything(entity) for entity in SCHOOL}
    for name in ("Q9", "P1", "Q9", "R9"):
        nights.sync(renamed(SCHOOL, P1=name))
    nights.sync(SCHOOL)
    assert {entity: nights.everything(entity) for entity in SCHOOL} == before


def test_a_damaged_row_of_one_who_is_renamed_keeps_what_it_was(nights: Nights) -> None:
    """The enrollment's role cannot be read: it stays, and is the renamed pupil's."""
    nights.sync(SCHOOL)
    files = edited(renamed(SCHOOL, P1="Q9"), "enrollments", "K2,Q9,student", "K2,Q9,")
    done = nights.sync(files)
    assert (done["enrollments"].rekey, done["enrollments"].keep, done["enrollments"].deactivate) == (2, 1, 0)
    assert nights.everything("enrollments")["K2", "Q9", "student"][1] is True
    assert done["enrollments"].unchanged == 5


def test_a_leftover_row_with_the_old_name_keeps_its_record(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = edited(renamed(SCHOOL, P1="Q9"), "enrollments", "K2,Q9,student", "K2,P1,student")
    done = nights.sync(files)
    assert (done["enrollments"].rekey, done["enrollments"].keep, done["enrollments"].deactivate) == (2, 1, 0)


def test_a_row_of_a_renamed_record_that_is_damaged_is_no_new_record(nights: Nights) -> None:
    nights.sync(SCHOOL)
    done = nights.plan(edited(renamed(SCHOOL, P1="Q9"), "users", "Q9,leo.petit", "Q9,")).counts["users"]
    assert (done.add, done.rekey, done.deactivate) == (0, 0, 1)


def test_a_blank_value_and_an_absent_column_stay_under_the_new_name(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = edited(renamed(SCHOOL, P1="Q9", T1="T8"), "users", "leo.petit@ecole.example", "leo at ecole")
    files = {
        **files,
        "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A Mathematics", "K2,S1,7A Music"),
    }
    nights.sync(files, "header.dropped")
    assert ("Q9", "leo.petit@ecole.example") in nights.records("users", "sourcedId", "email")
    assert nights.records("classes", "sessionSourcedIds") == [('["T2","T8"]',)] * 2


def test_without_rekeys_they_are_gone_and_added(nights: Nights) -> None:
    nights.sync(SCHOOL)
    counts = nights.plan(renamed(SCHOOL, P1="Q9"), rekeys=False).counts
    assert (counts["users"].add, counts["users"].deactivate, counts["users"].rekey) == (1, 1, 0)
    assert (counts["enrollments"].add, counts["enrollments"].deactivate) == (2, 2)


def test_a_saved_plan_knows_by_what_it_knew_them(nights: Nights) -> None:
    nights.sync(SCHOOL)
    path = nights.place / "tonight.cartable"
    files = renamed(SCHOOL, P1="Q9", K1="L7")
    with planning.planned(nights.deliver(files), nights.database, CheckOptions()) as (_, plan):
        plan.save(path)
    with planning.opened_plan(path, nights.database, accept=("rekeys",)) as plan:
        traits = {change.key: change.traits for change in plan.changes() if change.traits}
        assert traits == {
            ("Q9",): (Trait.USERNAME, Trait.EMAIL, Trait.USER_NUMBER, Trait.NAME_AND_BIRTH),
            ("L7",): (Trait.TITLE_AND_MEMBERS,),
        }
        assert plan.apply("apply").changes["enrollments"].rekey == 5
    assert ("L7", "Q9", "student") in nights.everything("enrollments")


def test_a_second_sync_at_once_plans_the_rekeys_anew(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = renamed(SCHOOL, P1="Q9")
    with planning.planned(nights.deliver(files), nights.database, CheckOptions()) as (_, late):
        nights.sync(without(files, "K2"))
        plan, done = late.sync()
    assert done is not None
    assert (plan.header.counts["users"].rekey, plan.header.counts["enrollments"].reactivate) == (0, 3)


def test_a_school_year_begins_with_new_classes_whatever_they_are_called(nights: Nights) -> None:
    nights.sync(SCHOOL)
    year = SCHOOL["academicSessions"].replace("2027", "2028").replace("2026", "2027")
    names = {"Y": "Y28", "T1": "T128", "T2": "T228", "K1": "L1", "K2": "L2"}
    counts = nights.plan(renamed({**SCHOOL, "academicSessions": year}, **names)).counts
    assert [counts[entity].rekey for entity in ("academicSessions", "classes", "enrollments")] == [0, 0, 0]
    assert (counts["classes"].add, counts["classes"].deactivate) == (2, 2)
