"""Protected people and classes: no delivery makes them inactive or gives them another role."""

from pathlib import Path

import pytest

from cartable.errors import UsageError
from cartable.flow import planning, protecting
from cartable.model.options import CheckOptions
from cartable.store.vault import vault_of
from tests.flow.deciding import SCHOOLS, SOUTH, stays, without
from tests.flow.rosters import Nights

pytestmark = pytest.mark.planning

STAFF = {
    **SCHOOLS,
    "users": SCHOOLS["users"] + "D1,marie.roux,Direction@ecole.example\n",
    "roles": SCHOOLS["roles"] + "D1,S1,principal\n",
    "enrollments": SCHOOLS["enrollments"] + "K1,D1,teacher\n",
}
PRINCIPAL = [("roles", "D1,S1,principal", "protected"), ("users", "D1", "protected")]


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTABLE_VAULT", str(tmp_path / "vault"))


def protect(nights: Nights, text: str) -> None:
    path = vault_of(nights.database).directory / protecting.FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def entry(by: str, value: str) -> str:
    return f'[[protected]]\n{by} = "{value}"\nwhy = "the district says so"\n'


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("user", "D1"),
        ("role", "principal"),
        ("users-like", "D?"),
        ("users-like", "marie.*"),
        ("users-like", "direction@*"),
    ],
)
def test_a_protected_person_stays_with_all_roles(nights: Nights, by: str, value: str) -> None:
    nights.sync(STAFF)
    protect(nights, entry(by, value))
    assert stays(nights, without(STAFF, "D1,", "K1,D1")) == PRINCIPAL
    done = nights.sync(without(STAFF, "D1,", "K1,D1"))
    assert (done["users"].keep, done["roles"].keep, done["enrollments"].deactivate) == (1, 1, 1)


@pytest.mark.parametrize("value", ["E1", "marie", "d", "%", "___", "*@ecole.exempl"])
def test_a_pattern_means_nobody_else(nights: Nights, value: str) -> None:
    nights.sync(STAFF)
    protect(nights, entry("users-like", value))
    assert stays(nights, without(STAFF, "D1,", "K1,D1")) == []


@pytest.mark.parametrize(("by", "value"), [("class", "K1"), ("classes-like", "7a"), ("classes-like", "K1*")])
def test_a_protected_class_stays_with_what_it_needs_but_for_its_people(
    nights: Nights, by: str, value: str
) -> None:
    nights.sync(SCHOOLS)
    protect(nights, entry(by, value))
    assert stays(nights, SOUTH) == [
        ("academicSessions", "T1", "protected"),
        ("academicSessions", "T2", "protected"),
        ("academicSessions", "Y", "protected"),
        ("classes", "K1", "protected"),
        ("courses", "M1", "protected"),
        ("orgs", "S1", "protected"),
    ]


def test_what_is_protected_is_not_closed_when_its_sessions_end(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.sync(SCHOOLS)
    monkeypatch.setenv("CARTABLE_NOW", "2027-09-01T08:00:00+00:00")
    gone = without(SCHOOLS, "K1,")
    assert nights.plan(gone).counts["classes"].close == 1
    protect(nights, entry("class", "K1"))
    assert nights.plan(gone).counts["classes"].keep == 1


def test_a_protected_person_is_given_no_other_role(nights: Nights) -> None:
    nights.sync(STAFF)
    protect(nights, entry("role", "principal"))
    demoted = {**STAFF, "roles": STAFF["roles"].replace("D1,S1,principal", "D1,S1,student")}
    with planning.planned(nights.deliver(demoted), nights.database, CheckOptions()) as (_, plan):
        kept = [(one.key[2], one.file, one.line, one.why) for one in plan.kept()]
        assert kept == [
            ("principal", "", None, "the district says so"),
            ("student", "roles.csv", 4, "the district says so"),
        ]
        counts = plan.header.counts["roles"]
        assert (counts.keep, counts.add, counts.deactivate) == (1, 0, 0)


def test_a_protected_person_may_have_the_same_role_elsewhere(nights: Nights) -> None:
    nights.sync(STAFF)
    protect(nights, entry("role", "principal"))
    both = {**STAFF, "roles": STAFF["roles"] + "D1,S2,principal\nD1,S2,teacher\n"}
    assert nights.sync(both)["roles"].add == 1
    assert nights.records("roles", "orgSourcedId", "role")[:2] == [("S1", "principal"), ("S2", "principal")]


def test_a_former_role_does_not_come_back(nights: Nights) -> None:
    taught = {**STAFF, "roles": STAFF["roles"] + "D1,S1,teacher\n"}
    nights.sync(taught)
    nights.sync(STAFF)
    protect(nights, entry("user", "D1"))
    assert nights.plan(taught).counts["roles"].reactivate == 0


def test_a_protected_record_changes_otherwise(nights: Nights) -> None:
    nights.sync(STAFF)
    protect(nights, entry("user", "D1"))
    renamed = {**STAFF, "users": STAFF["users"].replace("marie.roux", "marie.petit")}
    assert nights.sync(renamed)["users"].update == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("protected = 1", "protected is no list of entries"),
        ("[[protect]]", "protect means nothing"),
        (entry("rol", "principal"), "rol means nothing"),
        (entry("role", "principle"), "principle is no role at an organisation"),
        (entry("role", ""), "role of entry 1 is no text"),
        ('[[protected]]\nuser = 3\nwhy = "x"', "user of entry 1 is no text"),
        ('[[protected]]\nrole = "principal"', "entry 1 does not say whom it protects, or why"),
        ('[[protected]]\nuser = "a"\nclass = "b"\nwhy = "c"', "entry 1 does not say whom it protects"),
        ("[[protected", "is no TOML"),
    ],
)
def test_a_file_that_says_something_else_is_refused(nights: Nights, text: str, told: str) -> None:
    nights.sync(STAFF)
    protect(nights, text)
    with pytest.raises(UsageError, match=told):
        nights.plan(STAFF)
