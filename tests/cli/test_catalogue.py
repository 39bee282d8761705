"""The catalogue, the schema and the pages that follow from the code."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
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


def test_the_schema_that_is_printed_is_a_schema(capsys: Capture) -> None:
    assert main(["schema", "report"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_the_pages_of_docs_are_what_the_code_says() -> None:
    script = Path(__file__).parents[2] / "scripts" / "docs.py"
    run = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
