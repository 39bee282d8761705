"""`cartable holds`, `approve` and `discard`: a held plan until a person has decided."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import delivered, school
from tests.cli.test_syncing import document, said

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roster of twenty pupils, and the deliveries `full`, `half` and `less`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("CARTABLE_ACTOR", "ann")
    monkeypatch.setenv("COLUMNS", "140")
    for name, pupils in (("full", 20), ("half", 10), ("less", 8)):
        delivered(tmp_path / name, school(pupils))
    return tmp_path


def test_a_held_sync_says_under_which_number_its_plan_waits(place: Path, capsys: Capture) -> None:
    said(capsys, "sync", "full")
    status, printed, _ = said(capsys, "sync", "half")
    assert status == 3
    assert (
        "It waits as hold 1. To look: cartable holds show 1; to apply it: cartable approve 1; "
        "to drop it: cartable discard 1 --why TEXT\n"
    ) in printed
    assert "--accept" not in printed
    assert document(capsys, 3, "sync", "half")["hold"] == 2
    status, _, told = said(capsys, "sync", "half", "--format", "csv")
    assert status == 3
    assert "It waits as hold 3." in told


def test_a_plan_is_only_a_preview_and_does_not_wait(place: Path, capsys: Capture) -> None:
    said(capsys, "sync", "full")
    assert said(capsys, "plan", "half", "-o", "half.plan")[0] == 3
    assert said(capsys, "apply", "half.plan")[0] == 3
    assert json.loads(said(capsys, "holds", "--format", "json")[1])["holds"] == []


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_is_decided_about_held_plans_reads_well(
    language: str, place: Path, capsys: Capture, same_as_before: Same
) -> None:
    printed = []
    for line in (
        "sync full",
        "sync half",
        "holds",
        "sync less",
        "holds show 2",
        "approve 2 --by bob --why moved",
        "sync full",
        "sync half",
        "discard 3 --why wrong",
        "holds",
        "holds show 1",
        "holds show 2",
        "holds show 3",
        "approve 1",
        "approve 2",
        "discard 3 --why again",
        "approve 9",
    ):
        status, out, err = said(capsys, *line.split(), "--lang", language)
        printed.append(f"$ cartable {line}\n{out}{err}[{status}]\n")
    same_as_before(f"holds.{language}.txt", "\n".join(printed))


def test_programs_read_what_waits_and_what_it_would_change(place: Path, capsys: Capture) -> None:
    said(capsys, "sync", "full")
    said(capsys, "sync", "half")
    listed = json.loads(said(capsys, "holds", "--format", "json")[1])
    (hold,) = listed["holds"]
    assert (listed["version"], hold["number"], hold["status"], hold["planner"], hold["run"]) == (
        1,
        1,
        "waiting",
        "ann",
        None,
    )
    assert hold["changes"]["users"]["deactivate"] == 10
    assert hold["holds"][0]["guard"] == "deactivations"
    shown = json.loads(said(capsys, "holds", "show", 1, "--format", "json")[1])
    assert shown["hold"] == hold
    assert {record["kind"] for record in shown["records"]} == {"deactivate"}
    assert [finding["code"] for finding in shown["findings"]] == ["shift.rows", "shift.rows"]
    said(capsys, "discard", 1, "--why", "wrong")
    shown = json.loads(said(capsys, "holds", "show", 1, "--format", "json")[1])
    assert (shown["hold"]["status"], shown["hold"]["why"], "records" in shown) == (
        "discarded",
        "wrong",
        False,
    )


def test_csv_is_the_list_or_the_changes(place: Path, capsys: Capture) -> None:
    said(capsys, "sync", "full")
    said(capsys, "sync", "half")
    rows = list(csv.DictReader(io.StringIO(said(capsys, "holds", "--format", "csv")[1], newline="")))
    assert [(row["number"], row["guards"], row["changes"]) for row in rows] == [("1", "deactivations", "20")]
    status, printed, told = said(capsys, "holds", "show", 1, "--format", "csv")
    assert (status, told.startswith("Hold 1 waits until")) == (0, True)
    assert len(list(csv.DictReader(io.StringIO(printed, newline="")))) == 20


def test_a_masked_hold_names_neither_paths_nor_reasons(place: Path, capsys: Capture) -> None:
    delivered(place / "zoe-roux", school(10))
    said(capsys, "sync", "full")
    said(capsys, "sync", "zoe-roux")
    said(capsys, "discard", 1, "--why", "Zoe has left")
    for asked in (["holds"], ["holds", "show", "1"], ["holds", "--format", "json"]):
        printed = said(capsys, *asked, "--mask")[1]
        assert "roux" not in printed
        assert "Zoe" not in printed
        assert "xxx-xxxx" in printed


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["discard", "1"], "--why is missing."),
        (["discard", "1", "--why", " "], "--why takes some words."),
        (["approve", "one"], "N takes a whole number from 1 up."),
        (["holds", "shwo", "1"], "Without an argument all are listed; show and a number shows one."),
    ],
)
def test_what_is_called_wrongly_is_told(asked: list[str], told: str, place: Path, capsys: Capture) -> None:
    said(capsys, "sync", "full")
    status, printed, error = said(capsys, *asked)
    assert (status, printed) == (64, "")
    assert error.startswith(told)


@pytest.mark.parametrize("asked", [["holds"], ["holds", "show", "1"], ["approve", "1"], ["audit", "verify"]])
def test_where_there_is_no_roster_none_is_made_by_asking(
    asked: list[str], tmp_path: Path, capsys: Capture
) -> None:
    assert main([*asked, "--database", str(tmp_path / "typo.db")]) == 69
    assert capsys.readouterr().err.startswith("There is no roster at")
    assert list(tmp_path.iterdir()) == []
