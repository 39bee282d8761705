"""What becomes of grades besides the API: handed on, following their pupils, and destroyed with them."""

import csv
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cartable.cli import main
from cartable.formats.oneroster import BY_VERSION
from cartable.store import opening
from tests.api.conftest import DISTRICT, delivered
from tests.api.consumers import Printed
from tests.api.graders import Grader, grader, named
from tests.servers import Server

Capture = pytest.CaptureFixture[str]
HEADINGS = {
    "en": "Pupil,Family name,Given name,Class,Class title,Line item,Category,Score,Maximum,Status,Date,"
    "Comment",
    "fr": "Élève,Nom,Prénom,Classe,Intitulé de la classe,Évaluation,Catégorie,Note,Barème,État,Date,"
    "Appréciation",
}


@pytest.fixture(scope="module")
def graded(server: Server) -> Grader:
    """A class with two line items and five results, and another school's class with one."""
    capsys: Any = Printed()
    with capsys:
        one = grader(server, capsys)
    for identifier, klass, title in (("L1", "K1", "Dictée"), ("L2", "K1", "=1+1"), ("L3", "K3", "Play")):
        told = {
            "title": title,
            "class": named(klass),
            "category": named("category-test"),
            "dueDate": f"2026-10-0{identifier[1]}",
            "resultValueMin": 0,
            "resultValueMax": 20,
        }
        assert one.put("lineItems", identifier, told).status == 201
    for identifier, item, student, more in (
        ("R1", "L1", "P1", {"score": 12.5, "comment": "@SUM(1)\nligne"}),
        ("R2", "L1", "P2", {"scoreStatus": "exempt"}),
        ("R3", "L1", "P3", {"score": 25}),
        ("R4", "L2", "P1", {"textScore": "A"}),
        ("R5", "L2", "P2", {"scoreStatus": "ext:late"}),
        ("R6", "L3", "P4", {"score": 3}),
    ):
        told = {"lineItem": named(item), "student": named(student), "scoreDate": "2026-10-05", **more}
        assert one.put("results", identifier, told).status == 201
    return one


def said(capsys: Capture, server: Server, *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main([*arguments, "--database", server.database]) == status
    return capsys.readouterr().out


@pytest.mark.parametrize("language", HEADINGS)
def test_a_secretary_gets_a_table(graded: Grader, capsys: Capture, tmp_path: Path, language: str) -> None:
    path = tmp_path / "grades.csv"
    command = ("grades", "export", "--class", "7A Mathematics", "-o", str(path), "--lang", language)
    assert str(path) in said(capsys, graded.server, *command)
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_bytes().decode()
    assert text.startswith("\ufeff")
    header, *rows = list(csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True)))
    assert header == HEADINGS[language].split(",")
    assert [(row[0], row[5]) for row in rows] == [
        *(("P3", "Dictée"), ("P2", "Dictée"), ("P1", "Dictée")),
        # Nothing that a spreadsheet would run.
        *(("P2", "'=1+1"), ("P1", "'=1+1")),
    ]
    told = {(row[0], row[5]): row[7:11] for row in rows}
    words = {"en": ("12.5", "graded", "exempt"), "fr": ("12,5", "noté", "dispensé")}[language]
    assert told["P1", "Dictée"] == [words[0], "20", words[1], "2026-10-05"]
    assert told["P2", "Dictée"][0::2] == ["", words[2]]
    assert (told["P1", "'=1+1"][0], told["P2", "'=1+1"][2]) == ("A", "ext:late")
    assert rows[0][1:3] == ["Blanc", "Zoé"]
    assert rows[2][11].startswith("'@SUM")
    # Without a file it goes to whoever listens.
    assert said(capsys, graded.server, *command[:4], "--lang", language).count("\n") >= len(rows)


@pytest.mark.parametrize("version", BY_VERSION)
def test_a_system_gets_files(graded: Grader, capsys: Capture, tmp_path: Path, version: str) -> None:
    path = tmp_path / "grades.zip"
    arguments = ("grades", "export", "--school", "S1", "--format", "oneroster", "--oneroster", version)
    said(capsys, graded.server, *arguments, "-o", str(path))
    with zipfile.ZipFile(path) as package:
        files = {name: package.read(name).decode() for name in package.namelist()}
    assert sorted(files) == ["categories.csv", "lineItems.csv", "manifest.csv", "results.csv"]
    assert f"oneroster.version,{version}" in files["manifest.csv"]
    assert "file.results,bulk" in files["manifest.csv"]
    assert "file.users,absent" in files["manifest.csv"]
    read = {name: list(csv.DictReader(text.splitlines())) for name, text in files.items()}
    for name in ("categories", "lineItems", "results"):
        headers = BY_VERSION[version].file_of(name).headers
        assert files[f"{name}.csv"].splitlines()[0].split(",") == list(headers)
    assert [one["sourcedId"] for one in read["lineItems.csv"]] == ["L1", "L2"]
    item = read["lineItems.csv"][0]
    session = {"1.1": "gradingPeriodSourcedId", "1.2": "academicSessionSourcedId"}[version]
    assert item["status"] == item["dateLastModified"] == ""
    assert (item["dueDate"], item["resultValueMax"], item["categorySourcedId"]) == (
        "2026-10-01",
        "20",
        "category-test",
    )
    assert item[session] == {"1.1": "G1", "1.2": "T1"}[version]
    results = {one["sourcedId"]: one for one in read["results.csv"]}
    assert list(results) == ["R1", "R2", "R3", "R4", "R5"]
    assert (results["R1"]["score"], results["R1"]["comment"]) == ("12.5", "@SUM(1) ligne")
    assert [one["sourcedId"] for one in read["categories.csv"]] == ["category-test"]
    assert main([*arguments, "-o", str(path), "--database", graded.server.database]) == 64


def test_whose_grades_must_be_said(graded: Grader, capsys: Capture, tmp_path: Path) -> None:
    for arguments in (
        (),
        ("--class", "K99"),
        ("--class", "K5"),
        ("--class", "K1", "--format", "oneroster"),
        ("--class", "K1", "--format", "xml"),
    ):
        assert main(["grades", "export", *arguments, "--database", graded.server.database]) == 64
    assert capsys.readouterr().out == ""


def test_the_file_says_which_categories_there_are(graded: Grader, capsys: Capture) -> None:
    from datetime import UTC, datetime

    from cartable.errors import UsageError
    from cartable.flow import offering

    with opening.opened(graded.server.database) as roster:
        file = roster.vault.directory / offering.FILE
        now = datetime(2026, 11, 24, 9, tzinfo=UTC)
        file.write_text('[[category]]\nid = "lab"\ntitle = "Travaux pratiques"\nweight = 0.25\n')
        offering.offer(roster, now)
        (lab,) = graded.read("/categories/category-lab")
        assert (lab["title"], lab["weight"]) == ("Travaux pratiques", 0.25)
        # One that a line item has stays.
        assert graded.ids("/classes/K5/categories") == ["category-lab", "category-test"]
        for text in (
            '[[category]]\nid = "a b"\ntitle = "x"',
            '[[category]]\nid = "a"',
            "[[categories]]",
            "a",
        ):
            file.write_text(text)
            with pytest.raises(UsageError):
                offering.offer(roster, now)
        file.unlink()
        offering.offer(roster, now)
    assert "category-homework" in graded.ids("/classes/K5/categories")


def test_results_follow_a_pupil_and_a_class_to_new_identifiers(
    graded: Grader, capsys: Capture, tmp_path: Path
) -> None:
    files = {
        name: text.replace("P3,", "Q3,").replace(",P3", ",Q3").replace("K3,", "N3,")
        for name, text in DISTRICT.items()
    }
    said(capsys, graded.server, "sync", delivered(tmp_path / "renamed", files))
    (result,) = graded.read("/results/R3")
    assert result["student"]["sourcedId"] == "Q3"
    assert graded.ids("/classes/K1/students/Q3/results") == ["R3"]
    assert graded.ids("/classes/N3/lineItems") == ["L3"]
    assert (
        graded.put("results", "R3", {"lineItem": named("L1"), "student": named("Q3"), "score": 26}).status
        == 200
    )


def test_who_writes_during_a_sync_is_told_to_come_back_on_sqlite(graded: Grader) -> None:
    if not graded.server.database.startswith("sqlite"):
        return  # there grades and syncs do not wait for each other
    told = {"lineItem": named("L3"), "student": named("P4"), "score": 4}
    connection = sqlite3.connect(graded.server.database.removeprefix("sqlite:///"), isolation_level=None)
    with closing(connection):
        connection.execute("begin immediate")
        answer = graded.put("results", "R6", told)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert graded.read("/results/R6")[0]["score"] == 3
    assert graded.put("results", "R6", told).status == 200


def test_what_is_held_on_a_person_has_the_results(graded: Grader, capsys: Capture) -> None:
    told = json.loads(said(capsys, graded.server, "person", "export", "P2", "--format", "json"))
    assert [one["sourced_id"] for one in told["grades"]] == ["R2", "R5"]
    assert "R5" in said(capsys, graded.server, "person", "export", "P2")


def test_a_backup_has_the_grades(graded: Grader, capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "all.backup"
    said(capsys, graded.server, "backup", str(path))
    other = f"sqlite:///{tmp_path / 'other' / 'roster.sqlite3'}"
    assert main(["restore", str(path), "--database", other]) == 0
    with opening.opened(other) as roster, roster.connection.cursor() as cursor:
        cursor.execute("select sourced_id from gradebook_results where active order by 1")
        assert [row[0] for row in cursor.fetchall()] == ["R1", "R2", "R3", "R4", "R5", "R6"]


def test_results_are_destroyed_with_their_person(graded: Grader, capsys: Capture) -> None:
    assert graded.send("DELETE", "/results/R5", b"").status == 204
    told = json.loads(said(capsys, graded.server, "forget", "P2", "--format", "json"))
    assert told["grades"] == 2
    with opening.opened(graded.server.database) as roster, roster.connection.cursor() as cursor:
        # The tombstone, too.
        cursor.execute("select sourced_id from gradebook_results order by 1")
        assert [row[0] for row in cursor.fetchall()] == ["R1", "R3", "R4", "R6"]
    assert graded.ids("/classes/K1/results") == ["R1", "R3", "R4"]
    assert graded.ask("/results/R2").status == 404
    said(capsys, graded.server, "audit", "verify")
