"""`--format junit`: what a server of continuous integration makes of a delivery."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import CLEAN, FATAL, FAULTY, delivered

Capture = pytest.CaptureFixture[str]
Element = ElementTree.Element

# Children and attributes, the required ones first, of junit-10.xsd (jenkinsci/xunit-plugin), as far as we
# use them.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"failure", "error", "system-out"},
    "failure": set(),
    "error": set(),
    "system-out": set(),
}
ATTRIBUTES = {
    "testsuites": (set(), {"name", "tests", "failures", "errors", "time"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"skipped", "time"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name"}, {"classname", "time"}),
    "failure": (set(), {"type", "message"}),
    "error": (set(), {"type", "message"}),
}


def suites_of(path: Path, capsys: Capture, *options: str) -> Element:
    """The report, with the structure and the totals that servers rely on."""
    main(["check", str(path), "--format", "junit", *options])
    root = ElementTree.fromstring(capsys.readouterr().out)
    assert root.tag == "testsuites"
    for element in root.iter():
        required, more = ATTRIBUTES.get(element.tag, (set(), set()))
        assert required <= set(element.attrib) <= required | more, element.tag
        assert {child.tag for child in element} <= CHILDREN[element.tag], element.tag
    for suite in (root, *root):
        cases = list(suite.iter("testcase"))
        names = [(case.get("classname"), case.get("name")) for case in cases]
        assert len(set(names)) == len(names)
        for total, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[total]) == sum(case.find(tag) is not None for case in cases)
        assert int(suite.attrib["tests"]) == len(cases)
    return root


def case(root: Element, file: str, code: str) -> Element | None:
    return root.find(f"testsuite[@name='{file}']/testcase[@name='{code}']")


def outcome(root: Element, file: str, code: str) -> str | None:
    """The tag of what a test case tells; an empty text where it has nothing to tell."""
    found = case(root, file, code)
    return None if found is None else "".join(child.tag for child in found)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_clean_delivery_passes_every_rule_that_it_was_checked_for(
    language: str, tmp_path: Path, capsys: Capture
) -> None:
    root = suites_of(delivered(tmp_path, CLEAN), capsys, "--lang", language)
    assert root.get("failures") == "0"
    assert [suite.get("name") for suite in root] == list(CLEAN)
    for code in ("file.encoding", "header.missing", "row.ragged", "value.required", "key.duplicate"):
        assert outcome(root, "users.csv", code) == "", code
    assert outcome(root, "roles.csv", "reference.missing") == ""


def test_no_rule_is_told_to_have_passed_that_was_not_checked(tmp_path: Path, capsys: Capture) -> None:
    root = suites_of(delivered(tmp_path, CLEAN), capsys)
    assert outcome(root, "orgs.csv", "reference.missing") is None  # no column that refers
    assert outcome(root, "users.csv", "value.phone") is None  # no such column
    assert outcome(root, "users.csv", "user.names") is None  # not asked for
    assert outcome(root, "users.csv", "user.contact") is None  # no file of relationships
    assert outcome(root, "roles.csv", "role.primary") is None  # no column isPrimary
    assert outcome(root, "users.csv", "org.self") is None


def test_a_rule_that_an_option_switches_on_is_not_told_to_have_passed(
    tmp_path: Path, capsys: Capture
) -> None:
    files = {
        **CLEAN,
        "users.csv": "sourcedId,username,givenName,familyName,email\nT1,anne,Anne,Roux,anne@ecole.fr\n",
        "roles.csv": "userSourcedId,orgSourcedId,role\nT1,S1,teacher\n",
        "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\nT1,T1,relative\n",
    }
    root = suites_of(delivered(tmp_path, files), capsys)
    assert outcome(root, "relationships.csv", "reference.missing") == ""
    assert outcome(root, "users.csv", "user.names") is None
    assert outcome(root, "users.csv", "user.contact") is None


def test_errors_are_red_and_warnings_are_told_by_tests_that_pass(tmp_path: Path, capsys: Capture) -> None:
    root = suites_of(delivered(tmp_path, FAULTY), capsys)
    assert outcome(root, "users.csv", "key.duplicate") == "failure"
    assert outcome(root, "users.csv", "value.email") == "system-out"
    found = case(root, "users.csv", "key.duplicate")
    assert found is not None
    assert found.get("classname") == "cartable.users"
    failure = found[0]
    assert (failure.get("type"), failure.get("message")) == ("key.duplicate", "1 finding")
    assert (failure.text or "").startswith("users.csv, line 5 (P1): An earlier row, in line 3")
    assert "1 row is left out" in (failure.text or "")
    assert "\n  → The earlier row stays" in (failure.text or "")


def test_a_file_that_is_missing_or_unreadable_is_red_and_passes_nothing(
    tmp_path: Path, capsys: Capture
) -> None:
    root = suites_of(
        delivered(tmp_path, {**FATAL, "orgs.csv": "sourcedId;name;type\nS1;Lac;school\n"}), capsys
    )
    for file, code in (("roles.csv", "file.missing"), ("orgs.csv", "file.delimiter")):
        assert outcome(root, file, code) == "failure"
        assert len(root.findall(f"testsuite[@name='{file}']/testcase")) == 1


def test_french_keeps_its_spaces(tmp_path: Path, capsys: Capture) -> None:
    root = suites_of(delivered(tmp_path, FAULTY), capsys, "--lang", "fr")
    found = case(root, "users.csv", "key.duplicate")
    assert found is not None
    assert "1 constat\u202f; 1 ligne est écartée" in (found[0].text or "")


def test_what_follows_from_another_file_is_told_where_it_is(tmp_path: Path, capsys: Capture) -> None:
    users = CLEAN["users.csv"].replace("P1,leo.petit", "P1,")
    root = suites_of(delivered(tmp_path, {**CLEAN, "users.csv": users}), capsys)
    found = case(root, "roles.csv", "reference.excluded")
    assert found is not None
    assert 'The row "P1" in users.csv' in (found[0].text or "")


@pytest.mark.parametrize("limit", [0, 1, 2, 20])
def test_so_many_causes_are_told_and_the_others_counted(limit: int, tmp_path: Path, capsys: Capture) -> None:
    roles = CLEAN["roles.csv"] + "".join(f"X{number},S1,student\n" for number in range(3))
    root = suites_of(delivered(tmp_path, {**CLEAN, "roles.csv": roles}), capsys, "--limit", str(limit))
    found = case(root, "roles.csv", "reference.missing")
    assert found is not None
    assert found[0].get("message") == "3 findings"
    assert (found[0].text or "").count("→") == min(limit, 3)
    assert (f"and {3 - limit} more" in (found[0].text or "")) is (limit < 3)


def test_hostile_names_and_values_are_shown_and_do_no_harm(tmp_path: Path, capsys: Capture) -> None:
    name = "a\"<&>'\x1b[31m\ufffe]]>.csv"
    users = CLEAN["users.csv"] + "P2,mia,Mia,]]><!-- & \ufffe\U0010ffff\n"
    root = suites_of(delivered(tmp_path, {**CLEAN, name: "x\n", "users.csv": users}), capsys)
    shown = "a\"<&>'\\x1b[31m\\ufffe]]>.csv"
    assert [suite.get("name") for suite in root] == [*CLEAN, shown]
    found = case(root, "users.csv", "value.email")
    assert found is not None
    assert "]]><!-- & \\ufffe\\U0010ffff" in (found[0].text or "")


def test_a_file_name_that_is_no_text_is_written(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path, CLEAN)
    (path / b"liste-\xe9.csv".decode("utf-8", "surrogateescape")).write_text("x\n")
    assert "liste-" in [str(suite.get("name"))[:6] for suite in suites_of(path, capsys)]


def test_the_same_delivery_gives_the_same_bytes(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path, FAULTY)
    printed = []
    for _ in range(2):
        main(["check", str(path), "--format", "junit"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_a_delivery_that_cannot_be_opened_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no delivery")
    root = suites_of(notes, capsys)
    (error,) = root.iter("error")
    assert "notes.txt is neither" in str(error.get("message"))
