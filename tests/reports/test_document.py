import io
import json
import re
from typing import Any

import jsonschema
import pytest

from cartable import words
from cartable.errors import DatabaseError, InputError
from cartable.model.findings import Action, Finding, Severity
from cartable.reports import document
from cartable.reports.material import Outcome, RunRecord
from cartable.reports.schema import report_schema
from cartable.rules.catalogue import RULES as CATALOGUE
from tests.reports.world import COUNTS, HOLD, RULES, Checked, changes, duplicate, email, run

MIXED = Checked((email(1, "zoé", 3), email(2, "x@", 4), duplicate(3, 9, 2)))


def written(limit: int | None = None, outcome: Outcome | None = None) -> Any:
    out = io.StringIO()
    document.write_check(MIXED, RULES, limit, out, outcome)
    return valid(out.getvalue())


def valid(printed: str) -> Any:
    parsed = json.loads(printed)
    jsonschema.validate(parsed, json.loads(report_schema()))
    return parsed


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(report_schema()))


def test_every_code_of_the_catalogue_fits_the_schema() -> None:
    pattern = json.loads(report_schema())["$defs"]["finding"]["properties"]["code"]["pattern"]
    assert [code for code in CATALOGUE if not re.search(pattern, code)] == []


def test_a_check_is_the_published_document() -> None:
    report = written()
    members = ["version", "input", "summary", "findings", "omitted", "causes", "omitted_causes"]
    assert list(report) == members
    assert report["summary"] == {
        "rows": 1200, "accepted": 1199, "excluded": 1, "blanked": 2,
        "fatal": 0, "error": 1, "warning": 2, "info": 0,
    }  # fmt: skip
    assert report["findings"][0] == {
        "number": 1,
        "code": "value.email",
        "severity": "warning",
        "action": "blank",
        "file": "users.csv",
        "line": 3,
        "column": "email",
        "record": ["U3"],
        "value": "zoé",
        "message": 'The value "zoé" is no e-mail address.',
        "hint": "Write it as name@domain, without accents or spaces, or leave the cell empty.",
        "cause": None,
        "group": 2,
    }
    assert report["omitted"] == {}


def test_omitted_counts_exactly_what_is_not_listed() -> None:
    assert written(limit=1)["omitted"] == {"value.email": 1}
    assert written(limit=0)["omitted"] == {"value.email": 2, "key.duplicate": 1}
    assert written(limit=0)["findings"] == []


def test_causes_stand_in_the_order_in_which_to_correct_and_findings_name_theirs() -> None:
    report = written()
    assert [(cause["number"], cause["code"], cause["rows"]) for cause in report["causes"]] == [
        (1, "key.duplicate", {"users.csv": 1}),
        (2, "value.email", {}),
    ]
    assert [(finding["code"], finding["group"]) for finding in report["findings"]] == [
        ("value.email", 2),
        ("value.email", 2),
        ("key.duplicate", 1),
    ]
    assert written(limit=1)["omitted_causes"] == 1


def test_a_plan_adds_changes_and_holds() -> None:
    report = written(outcome=Outcome(COUNTS, (HOLD,), changes))
    assert report["changes"]["users"] == {
        "add": 1, "update": 1, "deactivate": 1234, "reactivate": 0, "close": 0, "rekey": 0, "keep": 1,
        "unchanged": 1195,
    }  # fmt: skip
    message = HOLD.message.format(count="1,234", active="2,431", file="users.csv", bound="10 %")
    assert report["holds"] == [
        {
            "guard": "deactivations",
            "message": message,
            "entity": "users",
            "count": 1234,
            "limit": 243,
            "school": None,
            "class": None,
        }
    ]
    assert "run" not in report


def test_an_applied_plan_names_its_run() -> None:
    assert written(outcome=Outcome(COUNTS, (), changes, run(MIXED)))["run"] == 3


def test_a_delivery_that_cannot_be_opened_is_one_fatal_finding() -> None:
    out = io.StringIO()
    document.write_failure(InputError("{path} is a socket.", "Name a folder.", path="x"), "x", out)
    report = valid(out.getvalue())
    assert report["summary"]["fatal"] == len(report["findings"]) == 1
    assert (report["findings"][0]["message"], report["findings"][0]["hint"]) == (
        "x is a socket.",
        "Name a folder.",
    )


def test_any_other_failure_stands_under_error() -> None:
    out = io.StringIO()
    document.write_failure(DatabaseError("No {place}.", "Look.", place="roster"), "x", out)
    assert valid(out.getvalue())["error"] == {"code": "database", "message": "No roster.", "hint": "Look."}


def test_messages_are_in_the_language_being_spoken() -> None:
    words.speak("fr")
    assert written()["findings"][0]["message"].startswith("La valeur «\u202fzoé\u202f»")


def test_the_list_of_runs_is_the_published_document() -> None:
    out = io.StringIO()
    document.write_runs([run(MIXED)], out)
    listed = json.loads(out.getvalue())
    assert listed["version"] == 1
    assert list(listed["runs"][0]) == [
        *("number", "kind", "status", "source", "started", "finished", "changes", "input"),
        *("actor", "undoes"),
    ]


@pytest.mark.parametrize(("limit", "findings", "omitted"), [(None, 3, {}), (1, 2, {"value.email": 1})])
def test_a_run_lists_its_findings_and_changed_records(
    limit: int | None, findings: int, omitted: dict[str, int]
) -> None:
    out = io.StringIO()
    document.write_run(RunRecord(run(MIXED), MIXED, changes), RULES, limit, out)
    shown = json.loads(out.getvalue())
    assert (len(shown["findings"]), shown["omitted"]) == (findings, omitted)
    assert shown["records"][1]["before"] == {"givenName": "Zoe"}
    assert shown["run"]["accepted"] == ["deactivations"]


def test_a_finding_of_a_whole_delivery_has_no_place() -> None:
    finding = Finding(1, "org.self", Severity.FATAL, Action.STOP)
    out = io.StringIO()
    document.write_check(Checked((finding,)), RULES, None, out)
    listed = valid(out.getvalue())["findings"][0]
    assert [listed[name] for name in ("file", "line", "column", "record", "value")] == [None] * 5
