"""How the terminal tells causes whose findings have no line, no rows of their own, or many files."""

import re
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import CLEAN, delivered

Capture = pytest.CaptureFixture[str]


def told(capsys: Capture, *arguments: object) -> str:
    """What a check prints, its lines unbroken."""
    main(["check", *map(str, arguments)])
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "500")


def graded(*grades: str) -> dict[str, str]:
    """Thirty pupils of each grade."""
    pupils = [(f"P{grade}{n:02}", grade) for grade in grades for n in range(30)]
    users = "".join(f"{pupil},{pupil.lower()},Zoe,\n" for pupil, _ in pupils)
    roles = "".join(f"{pupil},S1,student,{grade}\n" for pupil, grade in pupils)
    return {
        **CLEAN,
        "users.csv": "sourcedId,username,givenName,email\n" + users,
        "roles.csv": "userSourcedId,orgSourcedId,role,grade\n" + roles,
    }


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_has_no_line_is_told_without(language: str, tmp_path: Path, capsys: Capture) -> None:
    before = delivered(tmp_path / "before", graded("01", "02", "03", "04"))
    now = delivered(tmp_path / "now", graded("03", "04"))
    shown = told(capsys, now, "--against", before, "--lang", language)
    grades = [line for line in shown.splitlines() if re.match(r"  roles\.csv\s?: ", line)]
    assert [grade for line in grades for grade in re.findall(r"\b0[12]\b", line)] == ["01", "02"]
    assert "None" not in shown


@pytest.mark.parametrize(
    ("language", "second"),
    [
        ("en", "Error spreadsheet.date: 2 values, the rows are counted with another cause"),
        ("fr", "Erreur spreadsheet.date\u202f: 2 valeurs, les lignes sont comptées avec une autre cause"),
    ],
)
def test_a_second_damaged_column_of_the_same_rows_says_so(
    language: str, second: str, tmp_path: Path, capsys: Capture
) -> None:
    sessions = "sourcedId,title,type,schoolYear,startDate,endDate\n" + "".join(
        f"Y{n},Année,term,2027,15/09/2026,30/06/2027\n" for n in range(2)
    )
    upload = delivered(tmp_path, {**CLEAN, "academicSessions.csv": sessions})
    shown = told(capsys, upload, "--lang", language)
    first, other = (line for line in shown.splitlines() if "spreadsheet.date" in line)
    assert other == second
    assert first != second


def test_one_accident_in_all_files_is_one_cause_with_the_files(tmp_path: Path, capsys: Capture) -> None:
    files = {name: text.replace(",", ";") for name, text in CLEAN.items()}
    shown = told(capsys, delivered(tmp_path, files))
    assert shown.count("file.delimiter") == 1
    assert "  orgs.csv, line 1: The columns are separated by semicolons, not by commas." in shown
    assert "  users.csv, line 1; roles.csv, line 1\n" in shown


def test_another_accident_of_the_kind_is_another_cause(tmp_path: Path, capsys: Capture) -> None:
    signs = dict(zip(CLEAN, ";;\t", strict=True))
    files = {name: text.replace(",", signs[name]) for name, text in CLEAN.items()}
    assert told(capsys, delivered(tmp_path, files)).count("Fatal file.delimiter") == 2


def test_of_a_refused_delivery_no_row_is_told_to_be_left_out_for_what_is_not_shown(
    tmp_path: Path, capsys: Capture
) -> None:
    header = "sourcedId,username," + ",".join(f"colonne{n}" for n in range(60))
    upload = delivered(tmp_path, {"orgs.csv": CLEAN["orgs.csv"], "users.csv": header + "\n"})
    shown = told(capsys, upload)
    assert "more causes are not shown" in shown
    assert "left out for them" not in shown


def test_findings_of_one_cause_in_other_files_name_them(tmp_path: Path, capsys: Capture) -> None:
    pupils = [f"Q{n:02}" for n in range(20)]
    files = {
        **CLEAN,
        "roles.csv": CLEAN["roles.csv"] + "Q00,S1,student\n",
        "demographics.csv": "userSourcedId,sex\n" + "".join(f"{pupil},male\n" for pupil in pupils),
    }
    shown = told(capsys, delivered(tmp_path, files), "--limit", 30)
    assert '20 identifiers are in no row of users.csv, "Q00" among them.' in shown
    assert '  demographics.csv, line 2 (Q00), column userSourcedId: "Q00"' in shown
