"""How a report tells which existing value was probably meant."""

import io

import pytest

from cartable import words
from cartable.model.findings import Action, Finding, Severity
from cartable.reports import text, wording
from cartable.reports.pages import Page
from cartable.rules.catalogue import RULES
from tests.reports.world import Checked


def missing(value: str, line: int = 2, **detail: str) -> Finding:
    return Finding(
        line, "reference.missing", Severity.ERROR, Action.EXCLUDE, "roles.csv", line, "orgSourcedId", None,
        value, {"target": "orgs.csv", **detail},
    )  # fmt: skip


def unknown(**detail: str) -> Finding:
    return Finding(
        1, "value.code", Severity.ERROR, Action.EXCLUDE, "roles.csv", 2, "role", None, "eleve",
        {"list": "orgRoles", "closest": "student", "closest_en": "Student", "closest_fr": "Élève", **detail},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", 'Did you mean "S-01" (Lycée du Lac)?'),
        ("fr", "Vouliez-vous dire «\u202fS-01\u202f» (Lycée du Lac)\u202f?"),
    ],
)
def test_a_record_is_told_with_what_the_delivery_calls_it(language: str, told: str) -> None:
    words.speak(language)
    finding = missing("s1", closest="S-01", closest_label="Lycée du Lac")
    hint = wording.hint(RULES[finding.code], finding)
    assert hint == f"{wording.advice(RULES[finding.code], finding)} {told}"


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", '"student" (Student)?'), ("fr", "«\u202fstudent\u202f» (Élève)\u202f?")],
)
def test_a_code_is_told_with_its_label_in_the_readers_language(language: str, told: str) -> None:
    words.speak(language)
    assert wording.hint(RULES["value.code"], unknown()).endswith(told)


def test_what_has_no_label_is_told_without() -> None:
    assert wording.suggestion(missing("p1", closest="P1")) == 'Did you mean "P1"?'


def test_where_nothing_is_close_nothing_is_added() -> None:
    finding = missing("x")
    assert wording.suggestion(finding) == ""
    assert wording.hint(RULES[finding.code], finding) == wording.advice(RULES[finding.code], finding)


def test_what_is_suggested_cannot_write_to_a_terminal() -> None:
    finding = missing("x", closest="\x1b[2J", closest_label="\u202e" + "a" * 300)
    told = wording.suggestion(finding)
    assert told.isprintable()
    assert "100 more characters" in told or "101 more characters" in told


def test_each_cause_tells_its_own_suggestion() -> None:
    out = io.StringIO()
    findings = (missing("s1", 2, closest="S-01"), missing("s2", 3, closest="S-02"), missing("x", 4))
    text.write_check(Checked(findings), RULES, 20, Page(out, None))
    told = out.getvalue()
    for near in ("S-01", "S-02"):
        assert told.count(f'add the row that it names to orgs.csv. Did you mean "{near}"?\n') == 1
    assert told.endswith("or add the row that it names to orgs.csv.\n")
