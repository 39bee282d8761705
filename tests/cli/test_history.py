"""`cartable undo`, `roster`, `diff`, `explain` and what `runs` tells of them."""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import delivered

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]
Told = Callable[[str], tuple[int, str, str]]

SCHOOL = {
    "orgs.csv": "sourcedId,name,type\nS1,École du Lac,school\n",
    "academicSessions.csv": "sourcedId,title,type,schoolYear,startDate,endDate\n"
    "T1,Term 1,term,2027,2026-09-01,2027-01-31\n",
    "users.csv": "sourcedId,username,givenName,familyName,email\n"
    "T1,anne.roux,Anne,Roux,\nP1,lea.petit,Léa,Petit,lea@ecole.example\nP2,zoe.blanc,Zoé,Blanc,\n"
    "R1,marie.petit,Marie,Petit,marie@mail.example\n",
    "roles.csv": "userSourcedId,orgSourcedId,role,grade\n"
    "T1,S1,teacher,\nP1,S1,student,07\nP2,S1,student,07\n",
    "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds\n12002,S1,7B,T1\n",
    "enrollments.csv": "classSourcedId,userSourcedId,role\n"
    "12002,T1,teacher\n12002,P1,student\n12002,P2,student\n",
    "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\nP1,R1,parent\n",
}
USERS, ENROLLED = SCHOOL["users.csv"].replace("lea@", "lea.petit@"), SCHOOL["enrollments.csv"]

# Each night's delivery, by its name.
NIGHTS = {
    "november": SCHOOL,
    "mail": {**SCHOOL, "users.csv": USERS},
    "damaged": {**SCHOOL, "users.csv": USERS, "enrollments.csv": ENROLLED.replace("P2,student", "P2,eleve")},
    "gone": {**SCHOOL, "users.csv": USERS, "enrollments.csv": ENROLLED.replace("12002,P1,student\n", "")},
    "over": {**SCHOOL, "users.csv": USERS, "enrollments.csv": ENROLLED.replace("12002,P2,student\n", "")},
}

# When, and what: four nights, an undo, and a term that ends.
STORY = (
    ("2026-11-24", "sync november"),
    ("2026-11-25", "sync mail"),
    ("2026-11-26", "sync damaged"),
    ("2026-11-27", "sync damaged"),
    ("2026-12-03", "sync gone"),
    ("2026-12-04", "undo 5 --apply --by principal"),
    ("2027-03-01", "sync over"),
)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school's year: the deliveries, and the roster that they led to."""
    place = tmp_path_factory.mktemp("year")
    for name, files in NIGHTS.items():
        delivered(place / name, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("CARTABLE_ACTOR", "clerk")
        for day, command in STORY:
            patch.setenv("CARTABLE_NOW", f"{day}T20:00:00+00:00")
            assert main([*command.split(), "--database", "roster.db"]) in (0, 1), command
    return place


@pytest.fixture
def told(year: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Told:
    """Says exit status, stdout and stderr of a command on the evening of the first of March."""
    shutil.copytree(year, tmp_path / "year")
    monkeypatch.chdir(tmp_path / "year")
    monkeypatch.setenv("CARTABLE_DATABASE", "roster.db")
    monkeypatch.setenv("CARTABLE_NOW", "2027-03-01T20:00:00+00:00")
    monkeypatch.setenv("TZ", "UTC")

    def say(command: str) -> tuple[int, str, str]:
        status = main(command.split())
        return status, *capsys.readouterr()

    return say


def document(told: Told, command: str) -> Any:
    status, printed, said = told(f"{command} --format json")
    assert status == 0, said
    return json.loads(printed)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_past_reads_well(language: str, told: Told, same_as_before: Same) -> None:
    printed = []
    for command in (
        "undo 1",
        "undo 2 --only updates",
        "runs",
        "runs show 6",
        "runs show 3",
        "roster --as-of 2026-12-03",
        "roster --class 7B --mask",
        "roster --user lea.petit --as-of 5",
        "roster --entity classes",
        "diff 1 7",
        "explain P1",
        "explain P2",
        "explain R1 --mask",
        "explain 12002",
        "explain T1",
    ):
        status, shown, said = told(f"{command} --lang {language}")
        assert (status, said) == (0, "")
        printed.append(f"$ cartable {command}\n{shown}")
    same_as_before(f"history.{language}.txt", "\n".join(printed))


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_masked_nothing_tells_of_anybody(form: str, told: Told) -> None:
    for command in (
        "undo 1",
        "undo 2",
        "roster",
        "roster --entity users",
        "diff 1 7",
        "explain P1",
        "explain 12002",
    ):
        if form == "csv" and command.startswith("explain"):
            continue
        status, printed, said = told(f"{command} --mask --format {form}")
        assert status == 0
        assert not re.search("Petit|Blanc|Roux|Anne|Marie|anne|lea|zoe|marie|parent", printed + said)


def test_an_undo_is_saved_and_applied_as_any_plan(told: Told) -> None:
    status, printed, said = told("undo 7 -o back.cartable")
    assert (status, said) == (0, "The plan is saved. To apply it: cartable apply back.cartable\n")
    assert "1 record would change." in printed
    assert told("apply back.cartable --by chief")[1].startswith("Run 8 was applied: 1 record changed.")
    last = document(told, "runs")["runs"][0]
    assert (last["kind"], last["undoes"], last["actor"]) == ("undo", 7, "chief")
    assert told("apply back.cartable")[0] == 3


def test_an_undo_that_changes_nothing_applies_nothing(told: Told) -> None:
    assert "Nothing would change." in told("undo 3 --apply")[1]
    assert len(document(told, "runs")["runs"]) == 7


def test_an_undo_is_told_to_programs_with_what_it_leaves(told: Told) -> None:
    report = document(told, "undo 1 --entity users --mask")
    assert (report["undoes"], report["masked"], report["changes"]["users"]["deactivate"]) == (1, True, 0)
    left = {(one["entity"], *one["key"]): one for one in report["left"]}
    assert left["users", "P1"]["reason"] == "still-named"
    assert left["users", "P1"]["other"]["entity"] in ("roles", "enrollments", "relationships")
    printed = told("undo 1 --entity enrollments --format csv")[1]
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert {(row["kind"], row["reason"]) for row in rows} == {("deactivate", "undone")}


def test_the_roster_of_any_day_is_told_to_programs(told: Told) -> None:
    before = document(told, "roster --as-of 2026-12-02 --class 12002")
    after = document(told, "roster --as-of 2026-12-03 --class 12002")
    assert [one["user"] for one in before["members"]] == ["P1", "P2", "T1"]
    assert [one["user"] for one in after["members"]] == ["P2", "T1"]
    assert (after["as_of"]["day"], after["as_of"]["run"]) == ("2026-12-03", 5)
    assert "lea@ecole.example" in told("roster --as-of 2026-11-24 --entity users --format csv")[1]
    assert told("roster --format csv")[1].splitlines()[0] == (
        "org,orgName,class,classTitle,user,givenName,familyName,username,role,grade"
    )


def test_a_kept_record_is_told_with_its_row(told: Told) -> None:
    (kept,) = document(told, "runs show 3")["kept"]
    assert (kept["key"], kept["code"], kept["file"], kept["line"]) == (
        ["12002", "P2", "student"], "value.code", "enrollments.csv", 4,
    )  # fmt: skip


def test_a_story_is_told_to_programs_event_by_event(told: Told) -> None:
    (story,) = document(told, "explain P1")["stories"]
    enrolled = next(one for one in story["memberships"] if one["entity"] == "enrollments")
    assert [(one["kind"], one["reason"], one["run"]["run"]) for one in enrolled["events"]] == [
        ("add", "new", 1), ("deactivate", "absent", 5), ("reactivate", "undone", 6),
    ]  # fmt: skip
    assert (story["name"], story["active"], enrolled["active"]) == ("Léa Petit", True, True)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("undo 99", "There is no run 99. See `cartable runs` for all of them."),
        ("undo six", "six is no run's number. See `cartable runs` for all of them."),
        ("undo 1 --only update", "There is no kind of change update. Did you mean updates?"),
        ("undo 1 --entity user", "There is no entity user. Did you mean users?"),
        (
            "undo 1 --school S9",
            "There is no organisation S9 in the roster. cartable roster --entity orgs lists",
        ),
        ("roster --class 1202", "There is no class 1202 in the roster. Did you mean 12002?"),
        (
            "roster --user lea.peti",
            "There is no person lea.peti in the roster. cartable roster --entity users",
        ),
        (
            "roster --as-of 2027-03-02",
            "2027-03-02 is yet to come. --as-of takes a day or an instant up to now.",
        ),
        ("roster --as-of 2027-03-01T21:00+00:00", "2027-03-01T21:00+00:00 is yet to come."),
        ("roster --as-of Monday", "--as-of takes a day, an instant or the number of a run, not Monday."),
        ("diff 2 1", "Run 2 comes after run 1. Name the earlier run first."),
        ("explain p1", "Nothing in the roster has or had the identifier p1. Did you mean P1?"),
        ("explain 7b", "Nothing in the roster has or had the identifier 7b. Did you mean 12002?"),
        (
            "explain P1 --entity roles",
            "Records of roles have no identifier of their own. --entity takes one of",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told_with_its_remedy(command: str, said: str, told: Told) -> None:
    status, printed, message = told(command)
    assert (status, printed) == (64, "")
    assert message.startswith(said)
    assert message.count("\n") == 1


@pytest.mark.parametrize("command", ["undo 1", "roster", "diff 1 2", "explain P1"])
def test_where_there_is_no_roster_none_is_made(command: str, tmp_path: Path, capsys: Capture) -> None:
    assert main([*command.split(), "--database", str(tmp_path / "typo" / "roster.db")]) == 69
    assert capsys.readouterr().err.startswith("There is no roster at")
    assert list(tmp_path.iterdir()) == []
