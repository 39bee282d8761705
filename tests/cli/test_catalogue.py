"""The catalogue, the schema and the pages that follow from the code."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
from cartable.reports.safety import visible_line
from cartable.rules.catalogue import RULES

Capture = pytest.CaptureFixture[str]


def test_every_rule_is_listed_in_every_form(capsys: Capture) -> None:
    assert main(["rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["rules"]
    assert [rule["code"] for rule in listed] == list(RULES)
    assert main(["rules", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["code"] for row in rows] == list(RULES)
    assert main(["rules"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n{code}  " in f"\n{printed}" for code in RULES)


@pytest.mark.parametrize("code", RULES)
def test_a_rules_page_says_what_is_wrong_and_what_to_do(code: str, capsys: Capture) -> None:
    assert main(["rules", code]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{code}  ")
    assert "  → " in printed
    assert "{" not in printed.split("This breaks the rule:")[0]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_rules_page_reads_well(
    language: str, capsys: Capture, same_as_before: Callable[[str, str], None]
) -> None:
    for code in ("value.email", "file.missing", "user.names"):
        assert main(["rules", code, "--lang", language]) == 0
    same_as_before(f"rules.{language}.txt", capsys.readouterr().out)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_heading_of_an_example_stands_over_nothing(language: str, capsys: Capture) -> None:
    words.speak(language)
    headings = {words.text("This breaks the rule:"), words.text("This keeps it:")}
    met = 0
    for code in RULES:
        main(["rules", code, "--lang", language])
        lines = capsys.readouterr().out.split("\n")
        for line, following in pairwise(lines):
            met += line in headings
            assert line not in headings or following.startswith("  "), code
    assert met > 150


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("row.too-long", ["where … stands for 17,000,000 letters", "where … stands for 100 letters"]),
        ("shift.rows", ["  P1,leo.petit", "  P11,user.p11"]),
        ("header.dropped", ["  P1,leo.petit\n", "had the columns sourcedId, username, email"]),
        ("shift.same", ["  P1,leo.petit\n  after a delivery with the same files"]),
        ("value.whitespace", ["  P1,leo.petit␣\n", "␣ is a blank"]),
        ("row.control-character", ["P2,lea\\x07petit"]),
        ("file.empty", ["users.csv is empty"]),
        ("microsoft365.size", ["There is no example: it would take more than 50,000 users."]),
        ("check.failed", ["There is no example: "]),
    ],
)
def test_an_example_shows_all_that_makes_it_one(code: str, told: list[str], capsys: Capture) -> None:
    main(["rules", code])
    printed = capsys.readouterr().out
    assert [text for text in told if text not in printed] == []


def test_what_a_rule_does_is_said_of_each_case_in_which_it_does_something_else(capsys: Capture) -> None:
    main(["rules", "file.missing"])
    printed = capsys.readouterr().out
    assert printed.startswith(
        "file.missing  Fatal: the delivery is refused. Warning: the value is left out\n"
    )
    referred = printed.partition("values refer to it")[2]
    assert "\n  Warning: the value is left out.\n" in referred
    assert "Fatal" not in referred
    main(["rules", "user.contact"])
    assert "nothing is changed. Error with --contacts: the row is left out\n" in capsys.readouterr().out


@pytest.mark.parametrize("code", ["file.cut", "spreadsheet.zeros", "spreadsheet.date"])
def test_a_rule_that_explains_others_does_not_say_that_nothing_is_changed(code: str, capsys: Capture) -> None:
    main(["rules", code])
    first = " ".join(capsys.readouterr().out.partition("\n\n")[0].split())
    assert first.startswith(f"{code} Warning at least: ")
    assert "said by the findings that follow from it" in first


def test_no_full_stop_follows_an_ellipsis(capsys: Capture) -> None:
    for language in words.LANGUAGES:
        for code in RULES:
            main(["rules", code, "--lang", language])
    assert "….\n" not in capsys.readouterr().out


def test_what_is_ours_in_a_source_is_french_and_titles_stay(capsys: Capture) -> None:
    sources = []
    for language in words.LANGUAGES:
        main(["rules", "--format", "json", "--lang", language])
        listed = json.loads(capsys.readouterr().out)["rules"]
        sources.append({rule["code"]: rule["source"] for rule in listed})
    english, french = sources
    assert french["class.students"] == "Cartable\u202f: une classe vide est rarement voulue"
    assert french["shift.rows"] == english["shift.rows"] == "Cartable"
    assert french["microsoft365.size"] == english["microsoft365.size"]
    own = [code for code, source in english.items() if source.startswith("Cartable:")]
    assert [code for code in own if french[code] == english[code]] == []


def test_what_cannot_be_seen_is_seen_in_the_examples_of_docs() -> None:
    blocks = 0
    for page in ("rules.md", "rules.fr.md"):
        text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
        for block in re.findall("^```csv\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            blocks += 1
            assert block.split("\n") == [*map(visible_line, block.split("\n"))]
    assert blocks > 200


def test_the_schema_that_is_printed_is_a_schema(capsys: Capture) -> None:
    assert main(["schema", "report"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_the_pages_of_docs_are_what_the_code_says() -> None:
    script = Path(__file__).parents[2] / "scripts" / "docs.py"
    run = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
