"""New identifiers, identifiers of others, and several sources, as an operator meets them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import delivered
from tests.flow.rosters import Files, lines
from tests.flow.schools import SCHOOL, edited, renamed

Capture = pytest.CaptureFixture[str]

SOUTH: Files = {
    "orgs": lines("sourcedId,name,type", "S2,South,school"),
    "academicSessions": SCHOOL["academicSessions"],
    "users": lines("sourcedId,username", "B1,bea", "A1,a.roux"),
    "roles": lines("userSourcedId,orgSourcedId,role", "B1,S2,student", "A1,S2,teacher"),
}
RENAMED = renamed(SCHOOL, P1="Q9", K1="L7")
OTHERS = edited(SCHOOL, "users", "P2,mia.noir,Mia,Noir,mia.noir@", "P2,zoe.vert,Zoé,Vert,zoe.vert@")
OTHERS = edited(OTHERS, "demographics", "2014-07-08", "2016-02-03")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where deliveries lie, beside a roster that is not made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    monkeypatch.setenv("CARTABLE_ACTOR", "secretary")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "140")
    for name, files in (("monday", SCHOOL), ("renamed", RENAMED), ("others", OTHERS), ("south", SOUTH)):
        delivered(tmp_path / name, {f"{entity}.csv": text for entity, text in files.items()})
    return tmp_path


def said(capsys: Capture, command: str) -> tuple[int, str, str]:
    status = main(command.split())
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_new_ids_ids_of_others_and_two_sources_read_well(
    language: str, place: Path, capsys: Capture, same_as_before: Callable[[str, str], None]
) -> None:
    commands = {
        "sync monday": 0,
        "plan others": 3,
        "plan renamed --no-rekey": 3,
        "sync renamed --accept rekeys": 0,
        "sync south --source south": 1,
        "runs": 0,
        "runs show 3": 0,
        "sync south --source south/2": 64,
    }
    printed = []
    for command, status in commands.items():
        ended, shown, told = said(capsys, f"{command} --lang {language}")
        assert ended == status, told
        printed.append(f"$ cartable {command}\n{shown}{told}")
    dated = re.compile(r"[A-Z]?\w+\.? \d+, \d{4},\s\d+:\d\d:\d\d\s[AP]M|\d+ \S+ \d{4}, \d\d:\d\d:\d\d")
    text = dated.sub("<instant>", "\n".join(printed))
    text = re.sub(r"[A-Z]\w+ \d+, \d{4}|\d+ \w+ \d{4}", "<day>", text)
    same_as_before(f"identity.{language}.txt", re.sub(" {3,}", "   ", text))


def test_a_saved_plan_is_refused_for_another_source(place: Path, capsys: Capture) -> None:
    assert said(capsys, "plan south --source south -o night.plan")[0] == 0
    status, printed, told = said(capsys, "apply night.plan --source main")
    assert (status, printed) == (64, "")
    assert told == (
        "The plan is for the source south, not for main; nothing was written. "
        "Leave out --source: a plan knows whose it is.\n"
    )
    assert said(capsys, "apply night.plan --source south")[0] == 0
    (run,) = json.loads(said(capsys, "runs --format json")[1])["runs"]
    assert run["source"] == "south"


def test_a_run_of_another_source_can_be_compared_with(place: Path, capsys: Capture) -> None:
    said(capsys, "sync monday")
    said(capsys, "sync south --source south")
    assert said(capsys, "check south --against 2 --source south")[0] == 0
    assert "no run 2" in said(capsys, "check south --against 2")[2]


def test_masked_plans_name_no_id_that_is_an_address(place: Path, capsys: Capture) -> None:
    for name in ("monday", "others"):
        for path in (place / name).iterdir():
            path.write_text(re.sub(r"\bP2\b", "mia@maison.example", path.read_text("utf-8")), "utf-8")
    said(capsys, "sync monday")
    status, printed, _ = said(capsys, "plan others --mask")
    assert status == 3
    assert "identity.reused" in printed
    assert "mia@" not in printed
