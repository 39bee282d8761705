"""`cartable plan`, `apply`, `sync` and `runs` on a roster."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
from cartable.reports.schema import report_schema
from tests.cli.deliveries import CLEAN, FATAL, FAULTY, delivered, school

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The roster that commands use; not made yet."""
    place = tmp_path / "roster.db"
    monkeypatch.setenv("CARTABLE_DATABASE", str(place))
    monkeypatch.setenv("TZ", "UTC")
    return place


def said(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def document(capsys: Capture, status: int, *arguments: object) -> Any:
    """The JSON report of a command that ends with this status, valid against the published schema."""
    ended, printed, _ = said(capsys, *arguments, "--format", "json")
    assert ended == status, printed
    report = json.loads(printed)
    jsonschema.validate(report, json.loads(report_schema()))
    return report


def test_a_first_sync_adds_everything_and_a_second_changes_nothing(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = delivered(tmp_path / "export", CLEAN)
    first = document(capsys, 0, "sync", path)
    assert (first["run"], first["changes"]["users"]["add"]) == (1, 2)
    second = document(capsys, 0, "sync", path)
    assert second["changes"]["users"] == {
        "add": 0, "update": 0, "deactivate": 0, "reactivate": 0, "close": 0, "rekey": 0, "keep": 0,
        "unchanged": 2,
    }  # fmt: skip


def test_a_plan_writes_nothing(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path / "export", CLEAN)
    for _ in range(2):
        report = document(capsys, 0, "plan", path)
        assert (report["changes"]["users"]["add"], report.get("run")) == (2, None)
    assert said(capsys, "runs")[0] == 69
    assert not roster.exists()


def test_sync_leaves_faulty_rows_out_and_applies_the_rest(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    report = document(capsys, 1, "sync", delivered(tmp_path / "export", FAULTY))
    assert (report["run"], report["summary"]["excluded"]) == (1, 1)


def test_a_fatal_finding_applies_nothing(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    report = document(capsys, 2, "sync", delivered(tmp_path / "export", FATAL))
    assert "run" not in report
    assert json.loads(said(capsys, "runs", "--format", "json")[1])["runs"] == []


@pytest.mark.parametrize("asked", [["runs"], ["runs", "show", "1"]])
def test_where_there_is_no_roster_none_is_made_by_asking_for_its_runs(
    asked: list[str], tmp_path: Path, capsys: Capture
) -> None:
    status, printed, told = said(capsys, *asked, "--database", tmp_path / "typo" / "roster.db")
    assert (status, printed) == (69, "")
    assert told.startswith(f"There is no roster at {tmp_path}/typo/roster.db. Check --database")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_none_is_named_without_its_password(tmp_path: Path, capsys: Capture) -> None:
    status, _, told = said(capsys, "runs", "--database", "mysql://clerk:secret@host/roster")
    assert status == 64
    assert told.startswith("A roster cannot lie at mysql://…. Name a file")
    assert "secret" not in told


def test_a_saved_plan_is_applied_once(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    path, plan = delivered(tmp_path / "export", CLEAN), tmp_path / "night.plan"
    status, _, told = said(capsys, "plan", path, "-o", plan)
    assert (status, told) == (0, f"The plan is saved. To apply it: cartable apply {plan}\n")
    status, printed, _ = said(capsys, "apply", plan)
    assert (status, printed.splitlines()[0]) == (0, "Run 1 was applied: 5 records changed.")
    status, printed, told = said(capsys, "apply", plan)
    assert (status, printed) == (3, "")
    assert "revision" in told


def test_a_file_that_is_no_plan_is_told_as_such(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no plan")
    status, _, told = said(capsys, "apply", notes)
    assert (status, told.count("\n")) == (64, 1)
    assert str(notes) in told
    assert said(capsys, "apply", tmp_path)[0] == 64


def test_a_plan_that_cannot_be_saved_is_a_wrong_call(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path / "export", CLEAN)
    status, printed, told = said(capsys, "plan", path, "-o", tmp_path / "none" / "night.plan")
    assert (status, printed) == (64, "")
    assert told.startswith("The plan cannot be written to")


def test_a_guard_holds_until_it_is_accepted(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    assert said(capsys, "sync", delivered(tmp_path / "full", school(20)))[0] == 0
    half = delivered(tmp_path / "half", school(10))
    held = document(capsys, 3, "sync", half)
    assert {hold["guard"] for hold in held["holds"]} == {"deactivations"}
    assert "run" not in held
    status, printed, _ = said(capsys, "plan", half)
    assert status == 3
    assert "--accept deactivations" in printed
    accepted = document(capsys, 0, "sync", half, "--accept", "deactivations")
    assert (accepted["run"], accepted["holds"]) == (2, [])
    assert accepted["changes"]["users"]["deactivate"] == 10


def test_a_held_plan_file_is_applied_when_the_guard_is_accepted(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    said(capsys, "sync", delivered(tmp_path / "full", school(20)))
    plan = tmp_path / "half.plan"
    assert said(capsys, "plan", delivered(tmp_path / "half", school(10)), "-o", plan)[0] == 3
    status, printed, _ = said(capsys, "apply", plan)
    assert status == 3
    assert printed.startswith("Held: nothing is written until a person has looked.")
    assert said(capsys, "apply", plan, "--accept", "deactivations")[0] == 0


def test_csv_is_the_changes_and_what_holds_them_stands_beside(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    said(capsys, "sync", delivered(tmp_path / "full", school(20)))
    status, printed, told = said(capsys, "plan", delivered(tmp_path / "half", school(10)), "--format", "csv")
    assert status == 3
    assert "would become inactive" in told
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert {row["kind"] for row in rows if row["entity"] == "users"} == {"deactivate"}
    assert len([row for row in rows if row["entity"] == "users"]) == 10


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_night_reads_well(
    language: str,
    roster: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    same_as_before: Same,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")  # a day's name is longer than another's, and must break no line
    delivered(tmp_path / "monday", CLEAN)
    renamed = CLEAN["users.csv"].replace("Zoe", "Zoé")
    delivered(tmp_path / "tuesday", {**CLEAN, "users.csv": renamed})
    night = ("sync monday", "plan tuesday", "sync tuesday", "sync tuesday", "runs", "runs show 2")
    printed = []
    for command in night:
        status, shown, told = said(capsys, *command.split(), "--lang", language)
        assert (status, told) == (0, "")
        printed.append(f"$ cartable {command}\n{shown}")
    # Instants are the clock's; everything else is the same every night.
    dated = re.compile(r"[A-Z]?\w+\.? \d+, \d{4},\s\d+:\d\d:\d\d\s[AP]M|\d+ \S+ \d{4}, \d\d:\d\d:\d\d")
    text = dated.sub("<instant>", "\n".join(printed))
    text = re.sub(r"[A-Z]\w+ \d+, \d{4}|\d+ \w+ \d{4}", "<day>", text)
    same_as_before(f"night.{language}.txt", re.sub(" {3,}", "   ", text))


def test_runs_are_listed_in_every_form(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    said(capsys, "sync", delivered(tmp_path / "export", CLEAN))
    listed = json.loads(said(capsys, "runs", "--format", "json")[1])
    assert (listed["version"], [run["number"] for run in listed["runs"]]) == (1, [1])
    assert listed["runs"][0]["input"]["files"][0]["name"] == "orgs.csv"
    rows = list(csv.DictReader(io.StringIO(said(capsys, "runs", "--format", "csv")[1], newline="")))
    assert (rows[0]["number"], rows[0]["add"]) == ("1", "5")


def test_a_run_is_shown_with_its_files_changes_and_findings(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    said(capsys, "sync", delivered(tmp_path / "export", FAULTY))
    shown = json.loads(said(capsys, "runs", "show", "1", "--format", "json")[1])
    assert {finding["code"] for finding in shown["findings"]} == {"key.duplicate", "value.email"}
    assert {record["kind"] for record in shown["records"]} == {"add"}
    assert re.fullmatch("[0-9a-f]{64}", shown["run"]["input"]["files"][0]["sha256"])


def test_an_excluded_row_is_told_once_with_what_it_takes_along_in_a_check_and_in_its_run(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    users = "sourcedId,username,givenName,email\nT1,anne.roux,Anne,\nP1,,Zoe,\n"
    path = delivered(tmp_path / "export", {**CLEAN, "users.csv": users})
    for command in (("check", path), ("sync", path), ("runs", "show", 1)):
        printed = said(capsys, *command)[1]
        assert "1 row is left out; 1 row that depends on it is left out too (roles.csv 1)\n" in printed
        assert "roles.csv, line 3" not in printed
    listed = document(capsys, 1, "check", path)["findings"]
    assert [(f["file"], f["line"], f["cause"]) for f in listed if f["cause"]] == [("roles.csv", 3, 1)]


def test_a_class_without_a_title_that_an_earlier_run_kept_does_not_hide_its_run(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    school = {
        "classes.csv": "sourcedId,orgSourcedId,title\nK1,S1,Math 6\nK2,S1,Math 7\n",
        "enrollments.csv": "classSourcedId,userSourcedId,role\nK2,P1,student\nK2,T1,teacher\n",
    }
    said(capsys, "sync", delivered(tmp_path / "export", {**CLEAN, **school}))
    with sqlite3.connect(roster) as database:
        database.execute(
            """update roster_runfinding set detail = '{"title": null}' where code like 'class.%'"""
        )
    database.close()
    for form in ("text", "json"):
        status, printed, _ = said(capsys, "runs", "show", 1, "--format", form)
        assert status == 0
        assert "has no students" in printed


def test_a_run_that_never_was_is_a_wrong_call(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    said(capsys, "sync", delivered(tmp_path / "export", CLEAN))
    status, printed, told = said(capsys, "runs", "show", "7", "--format", "json")
    assert (status, printed) == (64, "")
    assert "7" in told


def test_a_database_that_is_not_ours_is_told_with_its_remedy(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.db"
    other.write_text("this is no database, but long enough to look like none " * 10)
    status, printed, told = said(
        capsys, "sync", delivered(tmp_path / "export", CLEAN), "--database", other, "--format", "json"
    )
    assert (status, told.count("\n")) == (69, 1)
    assert json.loads(printed)["error"]["code"] == "database"


def test_without_a_place_the_roster_lies_in_the_users_data_directory(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert said(capsys, "sync", delivered(tmp_path / "export", CLEAN))[0] == 0
    assert (tmp_path / "data" / "cartable" / "roster.db").is_file()
