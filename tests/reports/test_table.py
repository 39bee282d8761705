import csv
import io
from pathlib import Path

import pytest

from cartable.cli import main
from cartable.reports import table
from tests.cli.deliveries import FAULTY, delivered
from tests.reports.world import CHANGES, RULES, Checked, duplicate, email, run

MIXED = Checked((email(1, 'say "x", please\n', 3), duplicate(2, 9, 2)))


def rows(printed: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(printed, newline="")))


def test_a_finding_is_a_line_that_any_csv_reader_reads() -> None:
    out = io.StringIO(newline="")
    table.write_findings(MIXED.findings(), RULES, out)
    first, second = rows(out.getvalue())
    assert out.getvalue().count("\r\n") == 3
    assert first["value"] == 'say "x", please\\x0a'
    assert (first["line"], first["record"], first["severity"]) == ("3", '["U3"]', "warning")
    assert second["message"] == "An earlier row, in line 2, has the same key."


def test_a_change_is_a_line_for_each_field_that_differs() -> None:
    out = io.StringIO(newline="")
    table.write_changes(CHANGES, out)
    assert [(row["key"], row["field"], row["before"], row["after"]) for row in rows(out.getvalue())] == [
        ('["U7"]', "givenName", "", "Zoé"),
        ('["U7"]', "familyName", "", "Le Goff"),
        ('["U8"]', "givenName", "Zoe", "Zoé"),
        ('["U9"]', "", "", ""),
    ]


def test_a_run_is_a_line_with_the_sums_of_its_changes() -> None:
    out = io.StringIO(newline="")
    table.write_runs([run(MIXED)], out)
    (row,) = rows(out.getvalue())
    assert (row["number"], row["path"], row["add"], row["unchanged"]) == ("3", "export", "1", "1197")


def test_a_rule_whose_severity_depends_on_the_column_says_so() -> None:
    out = io.StringIO(newline="")
    table.write_rules(RULES, out)
    listed = {row["code"]: row for row in rows(out.getvalue())}
    said = [(listed[code]["severity"], listed[code]["action"]) for code in ("value.email", "key.duplicate")]
    assert said == [("by requirement", "by requirement"), ("error", "exclude")]


def test_a_file_has_the_mark_that_excel_reads_accents_by_and_what_is_printed_has_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, report = delivered(tmp_path / "export", FAULTY), tmp_path / "report.csv"
    main(["check", str(path), "--format", "csv"])
    printed = capsys.readouterr().out
    main(["check", str(path), "--format", "csv", "-o", str(report)])
    assert report.read_bytes() == b"\xef\xbb\xbf" + printed.encode()
    main(["check", str(path), "--format", "json", "-o", str(report)])
    assert report.read_bytes().startswith(b"{")
