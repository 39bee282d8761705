"""Hints that name the command for repairs: where they do, the command mends it."""

import json
from pathlib import Path

import pytest

from cartable.cli import main
from tests.cli.deliveries import CLEAN

USERS = CLEAN["users.csv"]
ROLES = "userSourcedId,orgSourcedId,role,roleStartDate\nT1,S1,teacher,{}\nP1,S1,student,{}\n"


def found(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Hints by code."""
    main(["check", str(path), "--format", "json"])
    return {one["code"]: one["hint"] for one in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.parametrize(
    ("code", "name", "content"),
    [
        ("file.encoding", "users.csv", USERS.replace("Anne", "Hélène").encode("cp1252")),
        ("file.encoding", "users.csv", USERS.encode("utf-16")),
        ("file.encoding", "users.csv", b"\xef\xbb\xbf\xef\xbb\xbf" + USERS.encode()),
        ("file.encoding", "users.csv", USERS.replace("\n", "\r").encode()),
        ("file.delimiter", "users.csv", USERS.replace(",", ";").encode()),
        ("file.delimiter", "users.csv", USERS.replace(",", "\t").encode()),
        ("file.delimiter", "users.csv", b"sep=;\n" + USERS.replace(",", ";").encode()),
        ("file.delimiter", "users.csv", b"sep=,\n" + USERS.encode()),
        ("header.missing", "users.csv", USERS.replace("username", "userName").encode()),
        ("header.missing", "orgs.csv", CLEAN["orgs.csv"].replace("name", "nom").encode()),
        ("spreadsheet.date", "roles.csv", ROLES.format("15/09/2026", "01/09/2026").encode()),
        ("spreadsheet.date", "roles.csv", ROLES.format("09/15/2026", "09/01/2026").encode()),
        ("spreadsheet.date", "roles.csv", ROLES.format("2026/9/15", "2026/9/1").encode()),
        ("spreadsheet.date", "roles.csv", ROLES.format("15/09/2026 0:00", "1/09/2026 0:00").encode()),
        ("spreadsheet.decimal", "courses.csv", b"sourcedId,orgSourcedId,title,grade\nM1,S1,x,1.0\n"),
        ("spreadsheet.zeros", "courses.csv", b"sourcedId,orgSourcedId,title,subject\nM1,S1,x,8\n"),
        ("spreadsheet.mojibake", "users.csv", USERS.replace("Anne", "HÃ©lÃ¨ne").encode()),
        (
            "spreadsheet.serial",
            "academicSessions.csv",
            b"sourcedId,title,type,schoolYear,startDate,endDate\nY,Year,schoolYear,2027,46266,46571\n",
        ),
    ],
)
def test_what_a_hint_says_that_the_command_mends_is_gone_from_the_copy(
    code: str, name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, copy = tmp_path / "delivery", tmp_path / "copy"
    path.mkdir()
    for file, text in CLEAN.items():
        (path / file).write_text(text, encoding="utf-8", newline="")
    (path / name).write_bytes(content)
    assert "cartable repair PATH -o DIR" in found(path, capsys)[code]
    main(["repair", str(path), "-o", str(copy)])
    capsys.readouterr()
    assert code not in found(copy, capsys)


@pytest.mark.parametrize(
    "dates",
    [
        ("01/09/2026", "02/09/2026"),  # can be read in two ways
        ("25/09/26", "26/09/26"),
        ("1/9/26", "2/9/26"),
        ("25 septembre 2026", "26 septembre 2026"),
        ("25-sept-26", "26-sept-26"),
        ("25/09/2026", "26 septembre 2026"),
    ],
)
def test_dates_that_the_command_leaves_are_left_to_people(
    dates: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, text in {**CLEAN, "roles.csv": ROLES.format(*dates)}.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    assert "repair" not in found(tmp_path, capsys)["spreadsheet.date"]
