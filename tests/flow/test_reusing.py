"""An identifier that is given to somebody else merges nobody silently."""

import pytest

from tests.flow.rosters import Nights, lines
from tests.flow.schools import DEPARTURES, SCHOOL, edited, renamed, without

pytestmark = pytest.mark.planning

LEO = "P1,leo.petit,Léo,Petit,leo.petit@ecole.example,101"
ZOE = "P1,zoe.vert,Zoé,Vert,zoe.vert@ecole.example,104"


def reused(nights: Nights, files: dict[str, str]) -> list[tuple[str, int, str]]:
    """Entity, count and examples of what is held."""
    holds = [hold for hold in nights.plan(files).holds if hold.guard == "identity.reused"]
    return [(hold.entity, hold.count, hold.values["examples"]) for hold in holds]


def members(*people: str) -> str:
    return lines(
        "classSourcedId,userSourcedId,role",
        *(f"K1,{person},student" for person in people),
        "K2,P1,student",
        "K2,P2,student",
    )


def test_an_id_with_another_name_and_day_of_birth_holds_until_it_is_accepted(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = edited(edited(SCHOOL, "users", LEO, ZOE), "demographics", "2014-05-06", "2016-02-03")
    assert nights.held(files) == [("identity.reused", "users", 1, 0)]
    assert nights.run(files) is None
    assert nights.sync(files, "identity.reused")["users"].update == 1
    assert ("P1", "zoe.vert") in nights.records("users", "sourcedId", "username")
    assert nights.held(files) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("Léo,Petit", "Leo,PETIT"), ("P1,leo.petit,Léo,Petit", "P1,leo.durand,Léo,Durand"), ("Léo", "Zoé")],
    ids=["spelling", "marriage", "name alone"],
)
def test_a_correction_is_no_other_person(nights: Nights, old: str, new: str) -> None:
    nights.sync(SCHOOL)
    assert reused(nights, edited(SCHOOL, "users", old, new)) == []


def test_a_day_of_birth_alone_is_a_correction(nights: Nights) -> None:
    nights.sync(SCHOOL)
    assert reused(nights, edited(SCHOOL, "demographics", "2014-05-06", "2016-02-03")) == []


def test_where_no_day_of_birth_is_known_name_and_username_tell(nights: Nights) -> None:
    school = {**SCHOOL, "demographics": lines("userSourcedId,birthDate", "P2,2014-07-08")}
    nights.sync(school)
    assert reused(nights, edited(school, "users", LEO, ZOE)) == [("users", 1, "P1")]
    married = edited(school, "users", "P1,leo.petit,Léo,Petit", "P1,leo.durand,Léo,Durand")
    assert reused(nights, married) == []


def test_the_id_of_somebody_who_left_is_told_too(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(without(SCHOOL, "P1"), *DEPARTURES)
    files = edited(edited(SCHOOL, "users", LEO, ZOE), "demographics", "2014-05-06", "2016-02-03")
    assert reused(nights, files) == [("users", 1, "P1")]
    assert reused(nights, SCHOOL) == []


def test_two_who_swap_their_ids_are_held_and_not_renamed(nights: Nights) -> None:
    nights.sync(SCHOOL)
    people = {
        name: renamed({name: SCHOOL[name]}, P1="P2", P2="P1")[name] for name in ("users", "demographics")
    }
    header = nights.plan({**SCHOOL, **people})
    assert reused(nights, {**SCHOOL, **people}) == [("users", 2, "P1, P2")]
    assert (header.counts["users"].update, header.counts["users"].rekey) == (2, 0)


def test_an_id_handed_on_in_a_chain_is_held(nights: Nights) -> None:
    """The pupil P1 is now P2, and the pupil P2 is now Q9: nobody is merged, nobody guessed at."""
    nights.sync(SCHOOL)
    people = {
        name: renamed({name: SCHOOL[name]}, P1="P2", P2="Q9")[name] for name in ("users", "demographics")
    }
    files = {**renamed(SCHOOL, P1="P2", P2="Q9"), **people}
    header = nights.plan(files)
    assert header.counts["users"].rekey == 0
    assert reused(nights, files) == [("users", 1, "P2")]


@pytest.mark.parametrize(
    ("old", "new"), [("7A Mathematics", "Chess club"), ('"T1,T2",M1', "Y,M1")], ids=["title", "session"]
)
def test_a_class_with_another_title_or_session_and_hardly_a_member_of_before_holds(
    nights: Nights, old: str, new: str
) -> None:
    school = {**SCHOOL, "enrollments": members("P1", "P2")}
    nights.sync(school)
    files = edited({**school, "enrollments": members("P3", "A1")}, "classes", old, new)
    assert reused(nights, files) == [("classes", 1, "K1")]
    assert nights.sync(files, "identity.reused")["classes"].update == 1


@pytest.mark.parametrize(("kept", "is_reused"), [(0, True), (1, False)])
def test_a_fifth_of_the_members_makes_it_the_same_class(nights: Nights, kept: int, is_reused: bool) -> None:
    people = [f"P{n}" for n in range(10, 20)]
    users = SCHOOL["users"] + "".join(f"{name},{name},,,,\n" for name in people)
    school = {**SCHOOL, "users": users, "enrollments": members(*people[:5])}
    nights.sync(school)
    files = {**school, "enrollments": members(*people[5:], *people[:kept])}
    found = reused(nights, edited(files, "classes", "7A Mathematics", "Chess club"))
    assert found == ([("classes", 1, "K1")] if is_reused else [])


@pytest.mark.parametrize(
    ("old", "new"), [("7A Mathematics", "7B Mathematics"), ("7A Mathematics", "7a mathématics")]
)
def test_a_class_that_keeps_its_members_is_the_same_class(nights: Nights, old: str, new: str) -> None:
    nights.sync(SCHOOL)
    assert reused(nights, edited(SCHOOL, "classes", old, new)) == []


def test_members_of_renamed_people_are_the_same_members(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = renamed(SCHOOL, A1="A9", P1="Q1", P2="Q2", P3="Q3")
    assert reused(nights, edited(files, "classes", "7A Mathematics", "7B Mathematics")) == []


def test_a_class_whose_enrollments_are_damaged_is_no_other_class(nights: Nights) -> None:
    nights.sync(SCHOOL)
    files = edited(SCHOOL, "classes", "7A Mathematics", "7B Mathematics")
    damaged = files["enrollments"].replace("student", "eleve")
    assert reused(nights, {**files, "enrollments": damaged}) == []


def test_a_class_that_had_no_members_has_none_to_lose(nights: Nights) -> None:
    school = {**SCHOOL, "enrollments": members()}
    nights.sync(school)
    files = edited({**school, "enrollments": members("P1", "P2")}, "classes", "7A Mathematics", "Chess club")
    assert reused(nights, files) == []


def test_a_class_that_comes_back_for_others_is_told(nights: Nights) -> None:
    school = {**SCHOOL, "enrollments": members("P1", "P2")}
    nights.sync(school)
    nights.sync(without(school, "K1"))
    files = edited({**school, "enrollments": members("P3", "A1")}, "classes", "7A Mathematics", "Chess club")
    assert reused(nights, files) == [("classes", 1, "K1")]
    assert reused(nights, school) == []


def test_only_some_of_many_are_named(nights: Nights) -> None:
    people = [f"P{n}" for n in range(10, 16)]
    header = "sourcedId,username,givenName,familyName"
    roles = lines("userSourcedId,orgSourcedId,role", *(f"{name},S1,student" for name in people))
    school = {"orgs": SCHOOL["orgs"], "roles": roles}
    nights.sync({**school, "users": lines(header, *(f"{p},old.{p},Old,{p}" for p in people))})
    files = {**school, "users": lines(header, *(f"{p},new.{p},New,{p}" for p in people))}
    assert reused(nights, files) == [("users", 6, "P10, P11, P12, …")]
