import csv
import io
import json

import pytest

from cartable import words
from cartable.model.findings import Action, Finding, Severity
from cartable.reports import document, table, text, wording
from cartable.reports.material import Outcome
from cartable.reports.pages import Page
from cartable.reports.safety import LONGEST, cell, shown, visible, visible_line
from tests.reports.world import COUNTS, RULES, Checked, changes, email

HOSTILE = "\x1b[2J\x07\x9b31m\u202eevil\u2066\u200b\u200d\ufeff\u2028\u00ad\x7f\r\n\t\x00"


def everything_printed(value: str) -> list[str]:
    """The value as every kind of report prints it."""
    finding = Finding(
        1, "value.email", Severity.WARNING, Action.BLANK, f"users{value}.csv", 2, value, (value,), value
    )
    checked = Checked((finding,), path=value)
    outputs = [io.StringIO() for _ in range(3)]
    text.write_plan(checked, Outcome(COUNTS, (), changes), RULES, 5, Page(outputs[0], 80))
    table.write_findings(checked.findings(), RULES, outputs[1])
    document.write_check(checked, RULES, None, outputs[2])
    return [output.getvalue() for output in outputs]


def test_nothing_that_moves_a_terminal_or_hides_is_ever_printed() -> None:
    for printed in everything_printed(HOSTILE):
        left = set(HOSTILE) & set(printed.replace("\r\n", "").replace("\n", ""))
        assert left == set("[2J31mevil")


def test_what_was_taken_out_is_written_as_its_code_point() -> None:
    assert visible("a\x1b[0m\u202eb\u200bc") == "a\\x1b[0m\\u202eb\\u200bc"
    assert visible("\U000e0041\ud800") == "\\U000e0041\\ud800"
    assert visible("Zoé O'Neill-Åström 王芳 \U0001f393") == "Zoé O'Neill-Åström 王芳 \U0001f393"


def test_a_blank_that_is_not_the_one_it_looks_like_is_seen() -> None:
    assert visible("6e\u00a0A\u202f:\u2003maths plus") == "6e␣A␣:␣maths plus"
    assert shown("a" * LONGEST + "\u00a0").startswith("a" * LONGEST + "…")


def test_a_blank_at_the_end_of_a_line_is_seen() -> None:
    lines = {"a b": "a b", "a ": "a␣", "  a\u00a0": "␣␣a␣", " ": "␣", "": ""}
    assert {line: visible_line(line) for line in lines} == lines


def test_braces_in_a_value_mean_nothing() -> None:
    finding = email(1, "{value.__class__}{0}{", 2)
    assert wording.message(RULES["value.email"], finding) == (
        'The value "{value.__class__}{0}{" is no e-mail address.'
    )


def test_a_long_value_is_cut_and_the_rest_counted() -> None:
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert shown("x" * (LONGEST + 1)) == "x" * LONGEST + "… (1 more character)"
    words.speak("fr")
    assert shown("x" * 2200).endswith("… (encore 2\u202f000 caractères)")


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A1", "\tx", "\rx"]
)
def test_a_formula_in_a_csv_cell_is_text(value: str) -> None:
    assert cell(value) == "'" + value
    out = io.StringIO()
    table.write_findings([email(1, value, 2)], RULES, out)
    written = next(csv.DictReader(io.StringIO(out.getvalue())))
    assert not any(content.startswith(tuple("=+-@＝＋－＠\t\r")) for content in written.values())


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize(
    "value",
    ["a;=1+1;b", 'a;"=1+1"', "a; +33612", ";;\u00a0-1", '"@SUM(A1)"', " =1", "x|=2", "x\t=2", "=1;=2;＝3"],
)
def test_a_formula_is_text_whatever_the_spreadsheet_separates_by(value: str, separator: str) -> None:
    out = io.StringIO(newline="")
    table.write_findings([email(1, value, 2)], RULES, out)
    # A spreadsheet that separates otherwise sees no quotation marks in the middle of a cell.
    for line in out.getvalue().split("\r\n"):
        for content in line.split(separator):
            assert not content.strip(' "\u00a0').startswith(tuple("=+-@＝＋－＠")), content


@pytest.mark.parametrize("value", ["a-b", "a = b", "Zoé; Léo", "2026-09-01", "1;2", "x|y"])
def test_what_no_spreadsheet_runs_is_left_alone(value: str) -> None:
    assert cell(value) == value


def test_json_is_ascii_and_keeps_the_value_as_received() -> None:
    printed = everything_printed(HOSTILE)[2]
    assert printed.isascii()
    assert json.loads(printed)["findings"][0]["value"] == HOSTILE


def test_a_file_name_that_is_no_text_leaves_json_valid() -> None:
    out = io.StringIO()
    document.write_check(Checked((), path="caf\udce9"), RULES, None, out)
    assert json.loads(out.getvalue())["input"]["path"] == "caf?"
