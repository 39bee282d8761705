"""`--against` of check, plan and sync."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cartable.cli import main
from cartable.reports.schema import report_schema
from tests.cli.deliveries import CLEAN, delivered, school

Capture = pytest.CaptureFixture[str]


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


def document(capsys: Capture, *arguments: object) -> Any:
    """The JSON report, valid against the published schema."""
    report = json.loads(said(capsys, *arguments, "--format", "json")[1])
    jsonschema.validate(report, json.loads(report_schema()))
    return report


def codes(report: Any) -> list[str]:
    return [finding["code"] for finding in report["findings"] if finding["code"].startswith("shift.")]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return delivered(tmp_path / "whole", school(40))


@pytest.fixture
def half(tmp_path: Path) -> Path:
    return delivered(tmp_path / "half", school(20))


def test_a_check_compares_with_another_folder_and_makes_no_roster(
    roster: Path, whole: Path, half: Path, capsys: Capture
) -> None:
    report = document(capsys, "check", half, "--against", whole)
    assert report["input"]["against"] == {"path": str(whole)}
    assert codes(report) == ["shift.rows", "shift.rows"]
    assert report["findings"][0]["message"] == (f"The file had 40 rows in the delivery {whole}; now 20.")
    assert not roster.exists()


def test_a_check_compares_with_nothing_unless_asked(roster: Path, half: Path, capsys: Capture) -> None:
    report = document(capsys, "check", half)
    assert ("against" in report["input"], codes(report)) == (False, [])


def test_a_check_compares_with_a_run(roster: Path, whole: Path, half: Path, capsys: Capture) -> None:
    said(capsys, "sync", whole)
    said(capsys, "sync", half, "--accept", "deactivations")
    assert codes(document(capsys, "check", half, "--against", "1")) == ["shift.rows", "shift.rows"]
    assert codes(document(capsys, "check", half, "--against", "last")) == ["shift.same"]


def test_plan_and_sync_compare_with_the_last_applied_run(
    roster: Path, whole: Path, half: Path, capsys: Capture
) -> None:
    first = document(capsys, "sync", whole)
    assert ("against" in first["input"], codes(first)) == (False, [])
    for command in ("plan", "sync"):
        report = document(capsys, command, half)
        assert report["input"]["against"]["run"] == 1
        assert codes(report) == ["shift.rows", "shift.rows"]
        quiet = document(capsys, command, half, "--against", "none")
        assert ("against" in quiet["input"], codes(quiet)) == (False, [])


def test_a_delivery_that_was_not_compared_is_remembered_all_the_same(
    roster: Path, whole: Path, half: Path, capsys: Capture
) -> None:
    said(capsys, "sync", whole, "--against", "none")
    report = document(capsys, "plan", half)
    assert [(f["code"], f["file"]) for f in report["findings"]] == [
        ("shift.rows", "users.csv"),
        ("shift.rows", "roles.csv"),
    ]
    assert "École du Lac (S1) had 40 pupils" in report["findings"][1]["message"]


def test_a_saved_plan_keeps_what_the_next_delivery_is_compared_with(
    roster: Path, whole: Path, half: Path, tmp_path: Path, capsys: Capture
) -> None:
    said(capsys, "plan", whole, "-o", tmp_path / "night.plan")
    assert said(capsys, "apply", tmp_path / "night.plan")[0] == 0
    report = document(capsys, "plan", half)
    assert "École du Lac (S1) had 40 pupils" in report["findings"][1]["message"]


def test_text_says_what_was_compared_in_the_readers_language(
    roster: Path, whole: Path, half: Path, capsys: Capture
) -> None:
    assert f"Compared with {whole}." in said(capsys, "check", half, "--against", whole)[1]
    printed = said(capsys, "check", half, "--against", whole, "--lang", "fr")[1]
    assert f"Livraison comparée à {whole}." in printed
    assert "avait 40 élèves dans la livraison" in " ".join(printed.split())


@pytest.mark.parametrize("form", ["html", "sarif", "junit"])
def test_every_report_with_a_place_for_it_says_what_was_compared(
    form: str, roster: Path, whole: Path, half: Path, capsys: Capture
) -> None:
    said(capsys, "sync", whole)
    for against, told in ((whole, f"Compared with {whole}."), ("last", "Compared with run 1 of ")):
        assert told in said(capsys, "check", half, "--against", against, "--format", form)[1]
        masked = said(capsys, "check", half, "--against", against, "--format", form, "--mask")[1]
        assert "Compared with " in masked
        assert str(whole) not in masked
    assert "Compared with" not in said(capsys, "check", half, "--format", form)[1]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ("9", 64, "There is no run 9 to compare with. See `cartable runs` for all of them; a folder of that"),
        (
            "nowhere",
            64,
            "There is neither a run nor a file or folder nowhere to compare with. --against takes",
        ),
    ],
)
def test_what_there_is_not_cannot_be_compared_with(
    asked: str, status: int, words: str, roster: Path, half: Path, capsys: Capture
) -> None:
    said(capsys, "sync", half)
    for command in ("check", "plan", "sync"):
        ended, printed, told = said(capsys, command, half, "--against", asked)
        assert (ended, printed, told.startswith(words)) == (status, "", True), told


def test_a_check_against_a_run_needs_a_roster(roster: Path, half: Path, capsys: Capture) -> None:
    for command in ("check", "plan", "sync"):
        status, _, told = said(capsys, command, half, "--against", "1")
        assert (status, told.startswith("There is no roster at")) == (69, True)


def test_a_folder_whose_name_is_a_number_is_written_with_its_place(
    roster: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    delivered(tmp_path / "3", CLEAN)
    assert codes(document(capsys, "check", "3", "--against", "./3")) == ["shift.same"]


def test_what_cannot_be_read_is_told_as_such(
    roster: Path, half: Path, tmp_path: Path, capsys: Capture
) -> None:
    other = delivered(tmp_path / "other", {"notes.txt": "no roster\n"})
    status, printed, told = said(capsys, "check", half, "--against", other)
    assert (status, printed) == (64, "")
    assert told.startswith(f"{other} cannot be compared with: none of its files can be read as")


def test_an_empty_path_is_not_the_folder_that_one_is_in(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(delivered(tmp_path / "here", CLEAN))
    assert said(capsys, "check", "")[::2] == (
        64,
        "The path is empty. Name a file or folder; . is the one you are in.\n",
    )


def test_the_reason_of_the_system_is_told_in_the_readers_language(tmp_path: Path, capsys: Capture) -> None:
    here = delivered(tmp_path / "here", CLEAN)
    told = said(capsys, "check", here, "-o", tmp_path, "--lang", "fr")[2]
    assert told.endswith("c’est un dossier.\n")
