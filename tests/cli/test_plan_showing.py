"""A saved plan is read as a change list that a principal understands; nothing is applied by reading it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import cli, words
from tests.flow.rosters import Nights, lines

Capture = pytest.CaptureFixture[str]
USERS = lines(
    "sourcedId,username,givenName,familyName",
    *("P1,zoe,Zoé,Martin", "P2,leo,Léo,Petit", "P3,ana,Ana,Roy", "T1,anne,Anne,Roux"),
)
BEFORE = {
    "orgs": lines("sourcedId,name,type", "S1,Lycée A,school", "S2,Lycée B,school"),
    "users": USERS,
    "roles": lines(
        "userSourcedId,orgSourcedId,role",
        *("P1,S1,student", "P2,S1,student", "P3,S2,student", "T1,S1,teacher"),
    ),
    "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A", "K2,S1,7B", "K3,S2,6C"),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        *("K1,P1,student", "K1,P2,student", "K3,P3,student", "K1,T1,teacher", "K2,T1,teacher"),
    ),
}
# Zoé changes class, Léo leaves, Ana's name changes, a pupil arrives.
AFTER = {
    **BEFORE,
    "users": USERS.replace("Ana,Roy", "Anna,Roy").replace("P2,leo,Léo,Petit", "P4,mia,Mia,Blanc"),
    "roles": BEFORE["roles"].replace("P2,", "P4,"),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        *("K2,P1,student", "K2,P4,student", "K3,P3,student", "K1,T1,teacher", "K2,T1,teacher"),
    ),
}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan that was saved, beside its roster."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", "roster.db")
    nights = Nights(Path(), "roster.db")
    nights.sync(BEFORE)
    path = Path("tonight.cartable")
    with nights.planned(AFTER, actor="marie") as made:
        made.save(path)
    return path


def said(capsys: Capture, *arguments: str) -> str:
    assert cli.main(list(arguments)) in (0, 3)
    return capsys.readouterr().out


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_plan_reads_as_a_list_of_changes_by_school(
    language: str, plan: Path, capsys: Capture, same_as_before: Callable[[str, str], None]
) -> None:
    told = ""
    for arguments in ((), ("--school", "Lycée A"), ("--user", "P3"), ("--entity", "users")):
        told += f"$ cartable plan show {plan} {' '.join(arguments)}\n"
        told += said(capsys, "--lang", language, "plan", "show", str(plan), *arguments) + "\n"
    same_as_before(f"plan-show.{language}.txt", told)


def test_the_same_stands_in_json_and_csv(plan: Path, capsys: Capture) -> None:
    report = json.loads(said(capsys, "plan", "show", str(plan), "--format", "json", "--school", "S1"))
    (school,) = report["schools"]
    assert (school["name"], school["pupils"]["arrive"], school["pupils"]["leave"]) == ("Lycée A", 1, 1)
    assert school["pupils"]["move"] == 1
    assert {(one["entity"], one["kind"]) for one in report["records"]} >= {("roles", "add"), ("users", "add")}
    assert all(one["told"] for one in report["records"])
    rows = said(capsys, "plan", "show", str(plan), "--format", "csv").splitlines()
    assert rows[0].startswith("entity,kind,reason,key")
    assert any(row.startswith("users,update,changed") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--school", "Lycée C"), "Did you mean Lycée"),
        (("--entity", "user"), "Did you mean users?"),
        (("--user", "P9"), "The plan changes nothing about a person P9."),
    ],
)
def test_what_the_plan_does_not_change_is_said_with_the_closest(
    arguments: tuple[str, ...], told: str, plan: Path, capsys: Capture
) -> None:
    assert cli.main(["plan", "show", str(plan), *arguments]) == 64
    assert told in capsys.readouterr().err


def test_the_plan_of_another_installation_is_refused(
    plan: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTABLE_DATABASE", "elsewhere/roster.db")
    assert cli.main(["plan", "show", str(plan)]) == 3
    assert "another installation" in capsys.readouterr().err


def test_a_plan_that_was_looked_at_can_still_be_applied(plan: Path, capsys: Capture) -> None:
    said(capsys, "plan", "show", str(plan), "--school", "S1")
    assert cli.main(["apply", str(plan), "--accept", "additions", "--accept", "deactivations"]) == 0
    assert "Run 2 was applied" in capsys.readouterr().out
