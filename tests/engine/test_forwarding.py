"""What a check says of the receivers that it is asked about."""

from pathlib import Path

import pytest

from cartable.model.options import CheckOptions
from cartable.model.receivers import RECEIVERS
from tests.engine.uploads import BASE, ORGS, ROLES, SESSIONS, USERS, Checked, checked

CLASSES = {
    "classes.csv": "sourcedId,orgSourcedId,title\nK1,S1,Anglais\n",
    "enrollments.csv": "classSourcedId,userSourcedId,role\nK1,T1,teacher\nK1,P1,student\n",
}


def asking(*receivers: str) -> CheckOptions:
    return CheckOptions(receivers=receivers)


def said(result: Checked, code: str) -> list[tuple[object, ...]]:
    """Line, column, value and how many rows."""
    found = [finding for finding in result.findings if finding.code == code]
    return [(f.line, f.column, f.value, f.detail.get("count")) for f in found]


@pytest.mark.parametrize(
    ("username", "case"),
    [
        ("leo.petit", None),
        ("leo.petit@ecole.example", None),
        ("O'Neil_#^~!-1@ecole.example", None),
        ("a" * 64 + "@" + "b" * 48, None),
        ("a" * 65, "long"),
        ("a" * 65 + "@ecole.example", "long"),
        ("leo@" + "b" * 49, "long"),
        ("leo.petit.@ecole.example", "dot"),
        ("leo.", "dot"),
        ("léo.petit", ""),
        ("leo petit", ""),
        ("leo@ecole@example", ""),
        ("leo+petit@ecole.example", ""),
        ("李伟", ""),
    ],
)
def test_microsoft_takes_the_names_that_accounts_can_have(
    username: str, case: str | None, tmp_path: Path
) -> None:
    files = {"users.csv": f"sourcedId,username\nT1,anne\nP1,{username}\n"}
    with checked(tmp_path, files, asking("microsoft365")) as result:
        found = [f for f in result.findings if f.code == "microsoft365.username"]
    assert [(f.value, f.detail["case"]) for f in found] == ([] if case is None else [(username, case)])


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("K1", []),
        ("Section_6A", []),
        ("6A-ANG.1", [("info", "odd")]),
        ("É1", [("info", "odd")]),
        ("6A ANG", [("warning", "")]),
        ("6A(ANG)", [("warning", "")]),
        ("6A[1]", [("warning", "")]),
        ("6A\\1", [("warning", "")]),
        ("6A:1", [("warning", "")]),
        ("a" * 56, []),
        ("a" * 57, [("warning", "long")]),
        ("a b" * 20, [("warning", "long")]),
    ],
)
def test_microsoft_makes_a_groups_address_of_a_class_identifier(
    identifier: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    files = {name: text.replace("K1", identifier) for name, text in CLASSES.items()}
    with checked(tmp_path, files, asking("microsoft365")) as result:
        found = [f for f in result.findings if f.code == "microsoft365.class-id"]
    assert [(f.severity, f.detail["case"]) for f in found] == expected


def test_nothing_is_said_of_receivers_unless_asked(tmp_path: Path) -> None:
    files = {**CLASSES, "users.csv": "sourcedId,username\nT1,anne\nP1,léo\n"}
    with checked(tmp_path, files) as result:
        assert result.codes() == []
    with checked(tmp_path, files, asking("apple-school-manager")) as result:
        assert {code.partition(".")[0] for code in result.codes()} == {"apple-school-manager"}


def test_a_refused_delivery_reaches_no_receiver(tmp_path: Path) -> None:
    files = {"orgs.csv": ORGS, "users.csv": USERS}
    with checked(tmp_path, files, asking(*RECEIVERS), base=False) as result:
        assert result.codes() == ["file.missing"]


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_files_and_columns_that_are_not_delivered_stop_no_rule(receiver: str, tmp_path: Path) -> None:
    empty = {"courses.csv": "sourcedId,orgSourcedId,title\n", "academicSessions.csv": SESSIONS}
    for files in ({}, CLASSES, {**CLASSES, **empty}):
        with checked(tmp_path, files, asking(receiver)) as result:
            assert "check.failed" not in result.codes()


def test_a_damaged_value_is_not_told_again_as_a_missing_one(tmp_path: Path) -> None:
    users = "sourcedId,username,email\nT1,anne,anne@ecole.example\nP1,leo,leo at ecole\n"
    with checked(tmp_path, {**CLASSES, "users.csv": users}, asking(*RECEIVERS)) as result:
        assert result.places("value.email") == [("users.csv", 3, "email")]
        assert result.places("google-classroom.email") == []
        assert result.places("apple-school-manager.blank") == [
            ("users.csv", 2, "familyName"),
            ("users.csv", 2, "givenName"),
        ]


def test_a_role_that_was_left_out_is_still_a_role(tmp_path: Path) -> None:
    roles = ROLES.replace("student", "eleve")
    with checked(tmp_path, {"roles.csv": roles}, asking("microsoft365", "oneroster-1.2")) as result:
        assert result.places("value.code") == [("roles.csv", 3, "role")]
        assert result.places("microsoft365.role") == []
        assert result.places("oneroster.no-role") == []


def test_what_is_left_out_goes_to_no_receiver(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type\nS1,Lac,school\nR1,,region\n"
    with checked(tmp_path, {"orgs.csv": orgs}, asking("oneroster-1.2")) as result:
        assert result.places("value.required") == [("orgs.csv", 3, "name")]
        assert result.places("oneroster.code") == []


def test_addresses_that_some_lack_are_told_by_row_and_those_that_all_lack_once(tmp_path: Path) -> None:
    options = asking("google-classroom")
    users = "sourcedId,username,email\nT1,anne,{}\nP1,leo,\nC1,zoe,\n"
    some = {**CLASSES, "users.csv": users.format("anne@ecole.example")}
    with checked(tmp_path, some, options) as result:
        assert said(result, "google-classroom.email") == [(3, "email", None, "")]
    for nobody in (users.format(""), USERS):
        with checked(tmp_path, {**CLASSES, "users.csv": nobody}, options) as result:
            assert said(result, "google-classroom.email") == [(2, "email", None, "2")]


def test_a_loss_is_told_once_for_a_column_with_the_number_of_its_rows(tmp_path: Path) -> None:
    flags = "userSourcedId,flag\nP1,iep\nP1,504\nT1,ell\n"
    with checked(tmp_path, {"userFlags.csv": flags}, asking("oneroster-1.1", "oneroster-1.2")) as result:
        assert said(result, "oneroster.no-place") == [(2, "flag", "iep", "3")]
        assert result.of("oneroster.no-place").detail["receiver"] == "OneRoster 1.1, OneRoster 1.2"


def test_each_code_that_a_version_lacks_is_told_with_the_one_that_comes_closest(tmp_path: Path) -> None:
    roles = ROLES + "T1,S1,nurse\nP1,S1,nurse\nT1,S1,researcher\nT1,S1,principal\n"
    instead = {}
    for version in ("oneroster-1.1", "oneroster-1.2"):
        with checked(tmp_path, {"roles.csv": roles}, asking(version)) as result:
            found = [f for f in result.findings if f.code == "oneroster.code"]
        instead[version] = {f.value: (f.detail["instead"], f.detail["count"]) for f in found}
    assert instead["oneroster-1.2"] == {"nurse": ("aide", "2"), "researcher": ("", "1")}
    assert instead["oneroster-1.1"] == {
        "nurse": ("aide", "2"),
        "researcher": ("aide", "1"),
        "principal": ("administrator", "1"),
    }


def test_identifiers_that_differ_in_capitals_alone_are_one_to_a_directory(tmp_path: Path) -> None:
    files = {
        "orgs.csv": ORGS + "s1,Parc,school\n",
        "users.csv": USERS + "p1,mia\nt2,zoe\n",
        "roles.csv": ROLES + "p1,s1,student\nt2,S1,teacher\n",
    }
    with checked(tmp_path, files, asking("microsoft365")) as result:
        assert result.places("microsoft365.same-id") == [
            ("orgs.csv", 3, "sourcedId"),
            ("users.csv", 4, "sourcedId"),
        ]


@pytest.mark.parametrize(
    ("role", "code"), [("teacher", None), ("lecturer", "microsoft365.owner"), ("substitute", "class.owner")]
)
def test_a_class_without_owner_is_told_once(role: str, code: str | None, tmp_path: Path) -> None:
    files = {**CLASSES, "enrollments.csv": CLASSES["enrollments.csv"].replace("teacher", role)}
    with checked(tmp_path, files, asking("microsoft365")) as result:
        assert [found for found in result.codes() if found.endswith(".owner")] == ([code] if code else [])


def test_a_contact_needs_no_role_and_a_user_with_the_role_other_has_no_role_group(tmp_path: Path) -> None:
    files = {
        "users.csv": USERS + "C1,zoe\nX1,max\nX2,eva\n",
        "roles.csv": ROLES + "X2,S1,other\n",
        "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\nP1,C1,parent\n",
    }
    with checked(tmp_path, files, asking("microsoft365")) as result:
        cases = [(f.line, f.detail["case"]) for f in result.findings if f.code == "microsoft365.role"]
    assert cases == [(5, ""), (6, "other")]


@pytest.mark.parametrize(("pupils", "told"), [(50_000, []), (50_001, [(2, None, None, "50001")])])
def test_microsoft_may_take_long_for_more_than_fifty_thousand_users(
    pupils: int, told: list[tuple[object, ...]], tmp_path: Path
) -> None:
    numbers = range(pupils)
    files = {
        "classes.csv": CLASSES["classes.csv"],
        "users.csv": "sourcedId,username\n" + "".join(f"P{n},pupil.{n}\n" for n in numbers),
        "roles.csv": "userSourcedId,orgSourcedId,role\n" + "".join(f"P{n},S1,student\n" for n in numbers),
        "enrollments.csv": "classSourcedId,userSourcedId,role\n"
        + "".join(f"K1,P{n},student\n" for n in numbers),
    }
    with checked(tmp_path, files, asking("microsoft365")) as result:
        assert said(result, "microsoft365.size") == told


def test_findings_about_receivers_change_no_data(tmp_path: Path) -> None:
    users = "sourcedId,username,email\nT1,Anne Roux,\nP1,léo,\n"
    files = {**BASE, **CLASSES, "users.csv": users}
    with checked(tmp_path, files) as result:
        plain = {entity: result.shaped(entity) for entity in ("users", "roles", "classes", "enrollments")}
    with checked(tmp_path, files, asking(*RECEIVERS)) as result:
        assert {entity: result.shaped(entity) for entity in plain} == plain
        assert {str(finding.action) for finding in result.findings} == {"none"}
        assert result.summary.excluded == result.summary.blanked == 0
