"""`cartable guards`, and what plan, sync, apply and runs say of schools that are left as they were."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
from cartable.flow import guardfiles
from cartable.reports.schema import report_schema
from tests.cli.deliveries import delivered
from tests.flow.districts import District, Row, district, people

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

# Each class has a teacher, so that there is nothing to be found.
FULL = district(4, 20)
for number in range(1, 5):
    FULL.add("users", f"T{number}", f"teacher.{number}")
    FULL.add("roles", f"T{number}", f"S{number}", "teacher", "Y")
    for name in "AB":
        FULL.add("enrollments", f"S{number}-{name}", f"T{number}", "teacher")
FEWER = FULL.leave([*people("S2", 1, 8), "S1-1"])

OWN = """\
[deactivations]
percent = 12.5
[deactivations.school]
percent = 20
[deactivations.users]
count = 300
[updates]
entities = ["users", "classes"]
scopes = ["whole"]
[delivery.same]
hold = true
[file.missing]
hold = false
[[roll-over]]
from = 2026-11-20
until = 2026-11-30
why = "classes are made anew"
[roll-over.additions]
percent = 200
[[frozen]]
from = 2026-12-19
until = 2027-01-03
why = "Christmas holidays"
[[additions-only]]
from = 2026-10-01
until = 2026-10-02
why = "over"
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which commands run, with a roster that is not made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", "roster.db")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "110")
    return tmp_path


def deliver(name: str, rows: District) -> str:
    delivered(Path(name), {f"{entity}.csv": text for entity, text in rows.files().items()})
    return name


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


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_guards_are_explained(
    language: str, place: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, same_as_before: Same
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # the place is longer on one machine than on another
    status, default, told = said(capsys, "guards", "--lang", language)
    assert (status, told) == (0, "")
    Path("own.toml").write_text(OWN)
    status, own, told = said(capsys, "guards", "--guards", "own.toml", "--lang", language)
    assert (status, told) == (0, "")
    printed = f"$ cartable guards\n{default}\n$ cartable guards --guards own.toml\n{own}"
    same_as_before(f"guards.{language}.txt", printed.replace(str(place), "<place>"))


def test_the_guards_are_told_to_programs(place: Path, capsys: Capture) -> None:
    report = json.loads(said(capsys, "guards", "--format", "json")[1])
    own = place / "roster.db.vault" / "guards.toml"
    assert (report["path"], report["own"], report["calendar"]) == (None, str(own), [])
    by_name = {guard["name"]: guard for guard in report["guards"]}
    assert {
        "entity": "users", "scope": "school", "hold": True, "percent": 10, "count": None, "minimum": 5,
        "origin": "default",
    } in by_name["deactivations"]["limits"]  # fmt: skip
    own.parent.mkdir()
    own.write_text(OWN)
    report = json.loads(said(capsys, "guards", "--format", "json")[1])
    assert report["path"] == str(own)
    additions = next(guard for guard in report["guards"] if guard["name"] == "additions")
    assert {(one["percent"], one["origin"]) for one in additions["limits"]} == {(200, "period")}
    assert [(one["kind"], one["until"], one["now"]) for one in report["calendar"]] == [
        ("additions-only", "2026-10-02", False),
        ("roll-over", "2026-11-30", True),
        ("frozen", "2027-01-03", False),
    ]


def test_the_file_of_the_defaults_is_one_to_begin_with(place: Path, capsys: Capture) -> None:
    status, printed, _ = said(capsys, "guards", "--toml")
    assert status == 0
    assert tomllib.loads(printed)["deactivations"] == {"percent": 10, "minimum": 5}
    Path("own.toml").write_text(printed)
    assert said(capsys, "guards", "--guards", "own.toml", "--toml")[1] == printed
    limits = guardfiles.read_guards(Path("own.toml")).limits
    assert {(name, pair): one.percent for name, pairs in limits.items() for pair, one in pairs.items()} == {
        (name, pair): one.percent
        for name, pairs in guardfiles.defaults().limits.items()
        for pair, one in pairs.items()
    }


def test_a_wrong_file_of_guards_is_told_by_every_command_that_reads_it(place: Path, capsys: Capture) -> None:
    Path("own.toml").write_text("[deactivation]\n")
    told = "In own.toml, there is no guard deactivation. Did you mean deactivations?\n"
    path = deliver("full", FULL)
    for command in (["guards"], ["plan", path], ["sync", path], ["apply", path]):
        assert said(capsys, *command, "--guards", "own.toml") == (64, "", told)
    assert not Path("roster.db").exists()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_night_with_a_quarantined_school_reads_well(
    language: str, capsys: Capture, same_as_before: Same
) -> None:
    assert said(capsys, "sync", deliver("full", FULL))[0] == 0
    deliver("fewer", FEWER)
    printed = []
    for command, expected in (
        ("plan fewer -o fewer.cartable", 1),
        ("apply fewer.cartable", 1),
        ("runs show 2", 0),
        ("sync fewer --accept deactivations@S2 --raise additions=30%", 0),
    ):
        status, shown, _ = said(capsys, *command.split(), "--lang", language)
        assert status == expected, shown
        printed.append(f"$ cartable {command}\n{shown.strip()}\n")
    same_as_before(f"quarantine.{language}.txt", _undated("\n".join(printed)))


def _undated(text: str) -> str:
    """The text without what differs from night to night and from machine to machine."""
    text = re.sub("[0-9a-f]{64}", "<digest>", text)
    text = re.sub(
        r"[A-Z]?\w+\.? \d+, \d{4},\s\d+:\d\d:\d\d\s[AP]M|\d+ \S+ \d{4}, \d\d:\d\d:\d\d", "<instant>", text
    )
    text = re.sub(r"[A-Z]\w+ \d+, \d{4}|\d+ \w+ \d{4}", "<day>", text)
    return re.sub(" {3,}", "   ", text)


def test_programs_are_told_of_quarantined_schools(capsys: Capture) -> None:
    said(capsys, "sync", deliver("full", FULL))
    report = document(capsys, 1, "sync", deliver("fewer", FEWER))
    (one,) = report["quarantined"]
    assert (one["school"], one["name"], one["held_back"]) == (
        "S2", "School 2", {"users": 8, "roles": 8, "enrollments": 8}
    )  # fmt: skip
    assert [(hold["guard"], hold["entity"], hold["count"], hold["school"]) for hold in one["holds"]] == [
        ("deactivations", entity, 8, "S2") for entity in ("users", "roles", "enrollments")
    ]
    assert (report["holds"], report["run"], report["raised"]) == ([], 2, [])
    assert report["changes"]["users"]["keep"] == 8
    kept = json.loads(said(capsys, "runs", "show", 2, "--format", "json")[1])["run"]
    assert kept["quarantined"] == report["quarantined"]


def test_csv_has_the_changes_that_are_applied_and_the_quarantine_stands_beside(capsys: Capture) -> None:
    said(capsys, "sync", deliver("full", FULL))
    status, printed, told = said(capsys, "plan", deliver("fewer", FEWER), "--format", "csv")
    assert status == 1
    assert "School 2 (S2) is quarantined, it stays as it was: 24 changes are held back. 8 of the 21" in told
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert {row["key"] for row in rows if row["entity"] == "users"} == {'["S1-1"]'}


def test_a_limit_that_was_raised_is_told_by_plan_and_run(capsys: Capture) -> None:
    said(capsys, "sync", deliver("full", FULL))
    report = document(capsys, 0, "sync", deliver("fewer", FEWER), "--raise", "deactivations=40%")
    assert (report["raised"], report["quarantined"]) == (["deactivations=40%"], [])
    shown = said(capsys, "runs", "show", 2)[1]
    assert "Limits for this run alone: deactivations=40%.\n" in shown
    kept = json.loads(said(capsys, "runs", "show", 2, "--format", "json")[1])["run"]
    assert kept["raised"] == ["deactivations=40%"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_plan_says_which_period_it_was_made_in(
    language: str, place: Path, capsys: Capture, same_as_before: Same
) -> None:
    said(capsys, "sync", deliver("full", FULL))
    deliver("fewer", FEWER)
    printed = []
    for kind in ("frozen", "additions-only", "roll-over"):
        own = f'[[{kind}]]\nfrom = 2026-11-20\nuntil = 2026-11-30\nwhy = "summer school"\n'
        Path("own.toml").write_text(own + "[roll-over.deactivations]\npercent = 90\n" * (kind == "roll-over"))
        status, shown, _ = said(capsys, "plan", "fewer", "--guards", "own.toml", "--lang", language)
        assert status == (3 if kind == "frozen" else 0)
        story = shown[shown.index("\n\n", shown.index("enrollments.csv")) :].strip()
        printed.append(f"{kind}\n{story}\n")
    same_as_before(f"calendar.{language}.txt", _undated("\n".join(printed)))


def test_programs_are_told_of_the_period(capsys: Capture) -> None:
    said(capsys, "sync", deliver("full", FULL))
    Path("own.toml").write_text('[[additions-only]]\nfrom = 2026-11-20\nuntil = 2026-11-30\nwhy = "summer"\n')
    report = document(capsys, 0, "plan", deliver("fewer", FEWER), "--guards", "own.toml")
    assert report["period"] == {
        "kind": "additions-only", "from": "2026-11-20", "until": "2026-11-30", "why": "summer",
        "held_back": 27,
    }  # fmt: skip
    Path("own.toml").write_text('[[frozen]]\nfrom = 2026-11-20\nuntil = 2026-11-30\nwhy = "summer"\n')
    report = document(capsys, 3, "sync", "fewer", "--guards", "own.toml")
    assert [(hold["guard"], hold["entity"], hold["school"]) for hold in report["holds"]] == [
        ("calendar.frozen", "", None)
    ]
    assert "run" not in report


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_breaks_limits_in_most_schools_is_told_with_the_worst_of_them(
    language: str, capsys: Capture, same_as_before: Same
) -> None:
    said(capsys, "sync", deliver("full", FULL))

    def teacher(row: Row) -> Row:
        pupils = {*people("S1", 1, 5), *people("S2", 1, 6), *people("S3", 1, 7)}
        return {**row, "role": "teacher"} if row["userSourcedId"] in pupils else row

    path = deliver("promoted", FULL.with_(roles=teacher))
    others = ("--accept", "deactivations", "--accept", "additions", "--accept", "delivery.partial")
    status, shown, _ = said(capsys, "plan", path, *others, "--raise", "roles.roles=40%", "--lang", language)
    assert status == 0
    Path("own.toml").write_text("[roles.whole]\nhold = false\n")
    status, shown, _ = said(capsys, "plan", path, *others, "--guards", "own.toml", "--lang", language)
    assert status == 3
    story = shown[shown.index("\n\n", shown.index("enrollments.csv")) :].strip()
    same_as_before(f"spread.{language}.txt", _undated(story))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--accept", "deactivation"], "There is no guard deactivation. Did you mean deactivations?\n"),
        (["--accept", "file.missing@S1"], "file.missing@S1 names no guard of a school. Write it as"),
        (
            ["--accept", "deactivations@S22"],
            "There is no school S22 to accept a guard for. Did you mean S2?\n",
        ),
        (["--raise", "deactivations"], "deactivations is no limit. Write it as deactivations=30%, or"),
        (["--raise", "deactivation=30%"], "There is no guard deactivation. Did you mean deactivations?\n"),
        (["--guards", "none.toml"], "There is no file or folder none.toml. Look for a misspelt name.\n"),
    ],
)
def test_what_cannot_be_accepted_or_raised_is_told_and_nothing_is_written(
    arguments: list[str], told: str, capsys: Capture
) -> None:
    status, printed, error = said(capsys, "sync", deliver("full", FULL), *arguments)
    assert (status, printed) == (64, "")
    assert error.startswith(told)
    runs = json.loads(said(capsys, "runs", "--format", "json")[1])
    # To know which schools there are, a roster had to be made: an empty one.
    assert runs.get("runs", []) == [], runs
