"""`cartable check`: what it prints, its exit status, what it loads."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
from cartable.reports.schema import report_schema
from tests.cli.deliveries import CLEAN, FATAL, FAULTY, delivered

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

UPLOADS = {"clean": (CLEAN, 0), "faulty": (FAULTY, 1), "fatal": (FATAL, 2)}


def reported(path: Path, status: int, capsys: Capture, *options: str) -> Any:
    """The JSON report, valid against the published schema."""
    assert main(["check", str(path), "--format", "json", *options]) == status
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, json.loads(report_schema()))
    return report


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("upload", UPLOADS)
def test_a_report_reads_well(
    upload: str,
    language: str,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    same_as_before: Same,
) -> None:
    files, status = UPLOADS[upload]
    delivered(tmp_path / "export", files)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "export", "--lang", language]) == status
    same_as_before(f"check-{upload}.{language}.txt", capsys.readouterr().out)


@pytest.mark.parametrize("upload", UPLOADS)
def test_nothing_is_lost_silently(upload: str, tmp_path: Path, capsys: Capture) -> None:
    files, status = UPLOADS[upload]
    report = reported(delivered(tmp_path, files), status, capsys)
    summary, listed = report["summary"], report["input"]["files"]
    for file in listed:
        assert file["rows"] == file["accepted"] + file["excluded"]
    for name in ("rows", "accepted", "excluded"):
        assert summary[name] == sum(file[name] for file in listed)
    severities = Counter(finding["severity"] for finding in report["findings"])
    assert severities == +Counter({name: summary[name] for name in ("fatal", "error", "warning", "info")})
    assert [finding["number"] for finding in report["findings"]] == list(
        range(1, len(report["findings"]) + 1)
    )


def test_a_finding_names_its_place_and_the_remedy(tmp_path: Path, capsys: Capture) -> None:
    findings = reported(delivered(tmp_path, FAULTY), 1, capsys)["findings"]
    (found,) = (finding for finding in findings if finding["code"] == "value.email")
    assert (found["file"], found["line"], found["column"], found["record"], found["value"]) == (
        "users.csv",
        4,
        "email",
        ["P2"],
        "mia at ecole",
    )
    assert found["hint"].startswith("Write it as name@domain")


def test_csv_lists_every_finding(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path, FAULTY)
    findings = reported(path, 1, capsys)["findings"]
    assert main(["check", str(path), "--format", "csv"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [(row["code"], row["line"]) for row in rows] == [(f["code"], str(f["line"])) for f in findings]


def test_the_limit_is_of_each_code_and_what_it_leaves_out_is_counted(tmp_path: Path, capsys: Capture) -> None:
    users = "".join(f"P{number},pupil.{number},Zoe,wrong\n" for number in range(3, 33))
    path = delivered(tmp_path, {**CLEAN, "users.csv": CLEAN["users.csv"] + users})
    report = reported(path, 0, capsys, "--limit", "2")
    assert report["omitted"]["value.email"] == 28
    assert main(["check", str(path)]) == 0
    assert "and 10 more" in capsys.readouterr().out


def test_what_the_limit_shows_of_a_code_is_the_worst_of_it(tmp_path: Path, capsys: Capture) -> None:
    roles = "userSourcedId,orgSourcedId,role,grade\nT1,S1,teacher,99\nP1,S1,eleve,\n"
    path = delivered(tmp_path / "delivery", {**CLEAN, "roles.csv": roles})
    report = reported(path, 1, capsys, "--limit", "1")
    shown = [finding["severity"] for finding in report["findings"] if finding["code"] == "value.code"]
    assert (shown, report["omitted"]["value.code"]) == (["error"], 1)


@pytest.mark.parametrize("length", [1_004, 2_000, 2_001])
def test_a_value_is_reported_whole_up_to_ten_thousand_characters(
    length: int, tmp_path: Path, capsys: Capture
) -> None:
    users = f"sourcedId,username,givenName,email\nT1,anne.roux,Anne,{'x' * length}\n"
    roles = "userSourcedId,orgSourcedId,role\nT1,S1,teacher\n"
    path = delivered(tmp_path, {**CLEAN, "users.csv": users, "roles.csv": roles})
    (found,) = (f for f in reported(path, 0, capsys)["findings"] if f["code"] == "value.email")
    assert found["value"] == "x" * min(length, 2_000)
    assert len(found["message"]) < 300


def test_a_file_that_cannot_be_read_is_not_told_to_have_no_rows(tmp_path: Path, capsys: Capture) -> None:
    orgs = "sourcedId;name;type\nS1;École du Lac;school\n"
    path = delivered(tmp_path, {**CLEAN, "orgs.csv": orgs})
    assert main(["check", str(path)]) == 2
    assert re.search(r"^  orgs\.csv +– +– +–$", capsys.readouterr().out, re.MULTILINE)


def test_a_zip_is_checked_like_a_folder(tmp_path: Path, capsys: Capture) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, text in CLEAN.items():
            archive.writestr(name, text)
    assert reported(tmp_path / "export.zip", 0, capsys)["summary"]["rows"] == 5


def test_a_delivery_that_cannot_be_opened_is_reported_as_json_with_status_2(
    tmp_path: Path, capsys: Capture
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no delivery")
    report = reported(notes, 2, capsys)
    assert report["summary"]["fatal"] == 1
    assert str(notes) in report["findings"][0]["message"]


def test_conditional_requirements_are_switched_on(tmp_path: Path, capsys: Capture) -> None:
    users = "sourcedId,username,givenName,familyName\nT1,anne,Anne,Roux\nP1,leo,Léo,\n"
    path = delivered(tmp_path, {**CLEAN, "users.csv": users})
    assert reported(path, 0, capsys)["summary"]["error"] == 0
    codes = {finding["code"] for finding in reported(path, 1, capsys, "--create-users")["findings"]}
    assert "user.names" in codes


def test_an_organisations_own_codes_are_known(tmp_path: Path, capsys: Capture) -> None:
    orgs = "sourcedId,name,type\nS1,École du Lac,internat\n"
    path = delivered(tmp_path / "export", {**CLEAN, "orgs.csv": orgs})
    reported(path, 1, capsys)
    codes = tmp_path / "codes.toml"
    codes.write_text('[orgTypes]\n"internat" = { en = "Boarding school", fr = "Internat" }\n')
    reported(path, 0, capsys, "--codes", str(codes))


def test_a_check_loads_neither_django_nor_what_it_does_not_need(tmp_path: Path) -> None:
    path = delivered(tmp_path, CLEAN)
    for arguments in (
        ["check", str(path)],
        ["rules"],
        ["generate", str(tmp_path / "d"), "--students", "5", "--seed", "1"],
    ):
        program = (
            "import sys\nfrom cartable.cli import main\n"
            f"assert main({arguments!r}) == 0\n"
            "unneeded = {'django', 'sqlglot', 'babel', 'rich', 'pydantic_settings', 'cartable.store'}\n"
            "print(sorted(unneeded & set(sys.modules)), file=sys.stderr)\n"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stderr == "[]\n", arguments


def test_what_is_piped_has_no_colour_and_no_progress_bar(tmp_path: Path) -> None:
    path = delivered(tmp_path, FAULTY)
    run = subprocess.run(
        [sys.executable, "-m", "cartable", "check", str(path)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (1, "")
    assert "\x1b" not in run.stdout


def test_a_terminal_sees_colours_and_progress_unless_it_asks_for_none(tmp_path: Path) -> None:
    path = delivered(tmp_path, FAULTY)
    assert "\x1b[31mError\x1b[0m" in on_a_terminal(["check", str(path)], {"TERM": "xterm"})
    assert "\x1b[31m" not in on_a_terminal(["check", str(path)], {"TERM": "xterm", "NO_COLOR": "1"})


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What a person sees who runs the command in a terminal."""
    program = (
        "import os, pty, sys\n"
        "status = pty.spawn([sys.executable, '-m', 'cartable', *sys.argv[1:]])\n"
        "sys.exit(os.waitstatus_to_exitcode(status))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment},
        check=False,
    )
    assert run.returncode == 1
    return run.stdout


SHEET = {
    **CLEAN,
    "roles.csv": "userSourcedId,orgSourcedId,role,isPrimary,roleStartDate\n"
    "T1,S1,teacher,VRAI,24/08/2026\nP1,S1,student,FAUX,01/09/2026\n",
}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", 'rewritten the dates of this column, the day first: "24/08/2026" (values: 2).'),
        ("fr", "réécrit les dates de cette colonne, le jour en premier\u202f: «\u202f24/08/2026\u202f»"),
    ],
)
def test_what_a_spreadsheet_did_to_a_column_is_told_once(
    language: str, sentence: str, tmp_path: Path, capsys: Capture
) -> None:
    main(["check", str(delivered(tmp_path, SHEET)), "--lang", language])
    told = re.sub(r"[ \n]+", " ", capsys.readouterr().out)
    assert told.count(sentence) == 1


def test_findings_that_a_damaged_column_explains_name_it_as_their_cause(
    tmp_path: Path, capsys: Capture
) -> None:
    report = reported(delivered(tmp_path, SHEET), 0, capsys)
    number = {finding["code"]: finding["number"] for finding in report["findings"]}
    causes = {(finding["code"], finding["cause"]) for finding in report["findings"]}
    assert causes == {
        ("spreadsheet.date", None),
        ("spreadsheet.boolean", None),
        ("value.date", number["spreadsheet.date"]),
        ("value.boolean", number["spreadsheet.boolean"]),
    }
