"""What a check says of single values and single rows."""

from pathlib import Path

import pytest

from cartable.engine import checking, findings, reading
from cartable.engine.findings import LONGEST_VALUE
from cartable.engine.workspace import opened
from cartable.model.findings import Action, Severity
from cartable.model.options import CheckOptions
from cartable.model.vocabularies import GRADES, Code
from tests.engine.uploads import BASE, ROLES, SESSIONS, checked


def users(column: str, value: str) -> dict[str, str]:
    quoted = '"' + value.replace('"', '""') + '"'
    return {"users.csv": f"sourcedId,username,{column}\nT1,anne,\nP1,leo,{quoted}\n"}


def roles(column: str, value: str) -> dict[str, str]:
    return {"roles.csv": f"userSourcedId,orgSourcedId,role,{column}\nT1,S1,teacher,\nP1,S1,student,{value}\n"}


@pytest.mark.parametrize(
    "address",
    [
        "leo@ecole.example",
        "Leo.Petit+parents@ecole.example",
        "o'neil@ecole.example",
        '"leo petit"@ecole.example',
        '"leo\\"petit"@ecole.example',
        "leo@[192.0.2.1]",
        "leo@localhost",
        "{braces}|%pipe@ecole.example",
    ],
)
def test_address_of_rfc_5322_is_accepted(address: str, tmp_path: Path) -> None:
    with checked(tmp_path, users("email", address)) as result:
        assert result.codes() == []
        assert result.shaped("users")[1]["email"] == address.lower()


@pytest.mark.parametrize(
    "address",
    [
        "leo",
        "leo@",
        "@ecole.example",
        "leo@ecole@example",
        "leo petit@ecole.example",
        ".leo@ecole.example",
        "leo.@ecole.example",
        "le..o@ecole.example",
        "leo@ecole..example",
        "léo@ecole.example",
        "leo@école.example",
        "leo@ecole.example, lea@ecole.example",
        "Leo Petit <leo@ecole.example>",
        '"leo"petit@ecole.example',
    ],
)
def test_what_is_no_address_is_blanked_with_a_warning(address: str, tmp_path: Path) -> None:
    with checked(tmp_path, users("email", address)) as result:
        finding = result.of("value.email")
        assert (finding.severity, finding.action) == (Severity.WARNING, Action.BLANK)
        assert (finding.line, finding.column, finding.value) == (3, "email", address)
        assert finding.record == ("P1",)
        assert result.shaped("users")[1]["email"] is None
        assert result.shaped("users")[1]["_blanked"] == ["email"]
        assert result.summary.blanked == 1


@pytest.mark.parametrize(
    ("number", "is_fine"),
    [
        ("+33199001234", True),
        ("+12", True),
        ("+123456789012345", True),
        ("+1234567890123456", False),
        ("+1", False),
        ("+0123456789", False),
        ("33199001234", False),
        ("+33 1 99 00 12 34", False),
        ("+3319900１234", False),
    ],
)
def test_phone_numbers_are_those_of_e164(number: str, is_fine: bool, tmp_path: Path) -> None:
    with checked(tmp_path, users("phone", number)) as result:
        assert result.codes() == ([] if is_fine else ["value.phone"])


@pytest.mark.parametrize(
    ("day", "is_fine"),
    [
        ("2026-09-01", True),
        ("2024-02-29", True),
        ("2026-02-29", False),
        ("2026-9-1", False),
        ("20260901", False),
        ("2026-09", False),
        ("01/09/2026", False),
        ("2026-09-01T00:00:00", False),
        ("0000-01-01", False),
        ("٢٠٢٦-٠٩-٠١", False),
        ("infinity", False),
    ],
)
def test_dates_are_real_days_of_iso_8601(day: str, is_fine: bool, tmp_path: Path) -> None:
    with checked(tmp_path, roles("roleStartDate", day)) as result:
        assert result.codes().count("value.date") == (0 if is_fine else 1)
        assert not (is_fine and result.codes())
        assert result.shaped("roles")[1]["roleStartDate"] == (day if is_fine else None)


@pytest.mark.parametrize(("text", "kept"), [("TRUE", "true"), ("False", "false"), ("1", None), ("oui", None)])
def test_booleans_are_true_or_false_in_any_case(text: str, kept: str | None, tmp_path: Path) -> None:
    with checked(tmp_path, roles("isPrimary", text)) as result:
        assert result.codes() == ([] if kept else ["value.boolean"])
        assert result.shaped("roles")[1]["isPrimary"] == kept


@pytest.mark.parametrize(
    ("text", "kept"), [("PS1", "ps1"), ("1", "01"), ("01", "01"), ("6e", None), ("001", None)]
)
def test_codes_take_the_spelling_of_their_list(text: str, kept: str | None, tmp_path: Path) -> None:
    with checked(tmp_path, roles("grade", text)) as result:
        assert result.codes() == ([] if kept else ["value.code"])
        assert result.shaped("roles")[1]["grade"] == kept


def test_code_that_an_organisation_adds_is_accepted(tmp_path: Path) -> None:
    options = CheckOptions(codes={GRADES.name: GRADES.extended([Code("6e", "Year 7", "Sixième")])})
    with checked(tmp_path, roles("grade", "6E"), options) as result:
        assert result.codes() == []
        assert result.shaped("roles")[1]["grade"] == "6e"


def test_unknown_code_in_a_required_column_leaves_the_row_out(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES.replace("teacher", "prof")}) as result:
        finding = result.of("value.code")
        assert (finding.severity, finding.action) == (Severity.ERROR, Action.EXCLUDE)
        assert finding.detail["list"] == "orgRoles"
        assert [row["_line"] for row in result.shaped("roles")] == [3]
        file = result.delivery.file_of("roles")
        assert file is not None
        assert (file.rows, file.accepted, file.excluded) == (2, 1, 1)


@pytest.mark.parametrize("year", ["1999", "2032"])
def test_school_year_outside_the_list_is_information(year: str, tmp_path: Path) -> None:
    session = f"Y1,Year,schoolYear,{year},{int(year) - 1}-09-01,{year}-06-30\n"
    with checked(tmp_path, {"academicSessions.csv": SESSIONS + session}) as result:
        assert result.codes() == ["value.school-year"]
        assert result.summary.info == 1
        assert result.shaped("academicSessions")[0]["schoolYear"] == year


def test_school_year_of_other_than_four_digits_leaves_the_session_out(tmp_path: Path) -> None:
    session = "Y1,Year,schoolYear,26-27,2026-09-01,2027-06-30\n"
    with checked(tmp_path, {"academicSessions.csv": SESSIONS + session}) as result:
        assert result.codes() == ["value.code"]
        assert result.shaped("academicSessions") == []


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u2009", "\u202f", "\u3000", "\ufeff", " \u00a0\t"])
def test_blanks_around_values_are_cut_off_and_told(blank: str, tmp_path: Path) -> None:
    with checked(tmp_path, users("email", f"{blank}leo@ecole.example{blank}")) as result:
        finding = result.of("value.whitespace")
        assert (finding.severity, finding.action, finding.line) == (Severity.WARNING, Action.TRIM, 3)
        assert finding.value == f"{blank}leo@ecole.example{blank}"
        # That a blank is none that anybody types is said once of the whole column.
        assert [code for code in result.codes() if code != "spreadsheet.blank"] == ["value.whitespace"]
        assert result.shaped("users")[1]["email"] == "leo@ecole.example"


def test_accents_at_the_ends_of_a_value_are_no_blanks(tmp_path: Path) -> None:
    with checked(tmp_path, users("givenName", "Élise André")) as result:
        assert result.codes() == []


def test_identifier_with_a_blank_still_finds_its_row(tmp_path: Path) -> None:
    files = {"roles.csv": ROLES.replace("P1,S1", "P1\u00a0, S1")}
    with checked(tmp_path, files) as result:
        # The first follows from what is said of its column, so that it comes later.
        assert result.places("value.whitespace") == [
            ("roles.csv", 3, "orgSourcedId"),
            ("roles.csv", 3, "userSourcedId"),
        ]
        assert sorted(result.codes()) == ["spreadsheet.blank", *["value.whitespace"] * 2]
        assert result.shaped("roles")[1]["userSourcedId"] == "P1"


def test_required_cell_of_blanks_is_empty_and_nothing_else(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": 'sourcedId,username\nT1,anne\nP1,leo\nP2," "\n'}) as result:
        assert result.codes() == ["value.required"]


def test_optional_cell_of_blanks_is_empty_without_a_word(tmp_path: Path) -> None:
    with checked(tmp_path, users("givenName", " \u00a0")) as result:
        assert result.codes() == []
        assert result.shaped("users")[1]["givenName"] is None


def test_row_with_several_faults_has_a_finding_for_each(tmp_path: Path) -> None:
    files = {"users.csv": "sourcedId,username,email,phone\nT1,anne,,\nP1,leo,,\nP2,,x,y\n"}
    with checked(tmp_path, files) as result:
        assert result.codes() == ["value.required", "value.email", "value.phone"]
        assert result.summary.excluded == 1


def test_long_value_is_stored_as_an_excerpt(tmp_path: Path) -> None:
    with checked(tmp_path, users("email", "x" * 100_000)) as result:
        value = result.of("value.email").value
        assert value is not None
        assert set(value) == {"x"}
        assert len(value) == LONGEST_VALUE


@pytest.mark.parametrize(
    ("files", "column", "case"),
    [
        ({"roles.csv": ROLES.replace("teacher", "guardian")}, "role", None),
        (roles("grade", "99x"), "grade", "extensible"),
        (
            {"academicSessions.csv": f"{SESSIONS}Y1,Y,schoolYear,26,2025-09-01,2026-06-30\n"},
            "schoolYear",
            "schoolYears",
        ),
    ],
)
def test_unknown_code_is_told_with_what_can_be_done(
    files: dict[str, str], column: str, case: str | None, tmp_path: Path
) -> None:
    with checked(tmp_path, files) as result:
        finding = result.of("value.code")
        assert (finding.column, finding.detail.get("case")) == (column, case)


def test_list_loses_the_unknown_codes_and_keeps_the_others(tmp_path: Path) -> None:
    files = {"demographics.csv": 'userSourcedId,raceCodes\nP1,"White, martian,ASIAN,,white,lunar"\n'}
    with checked(tmp_path, files) as result:
        found = [(f.code, f.column, f.value) for f in result.findings]
        assert found == [("value.code", "raceCodes", "lunar"), ("value.code", "raceCodes", "martian")]
        assert result.shaped("demographics")[0]["raceCodes"] == '["asian","white"]'
        assert result.shaped("demographics")[0]["_blanked"] == ["raceCodes"]
        assert result.summary.blanked == 2


def test_list_of_several_known_codes_has_no_finding(tmp_path: Path) -> None:
    files = {"demographics.csv": 'userSourcedId,raceCodes\nP1,"white,asian"\nT1,","\n'}
    with checked(tmp_path, files) as result:
        assert result.codes() == []
        assert [row["raceCodes"] for row in result.shaped("demographics")] == ['["asian","white"]', None]


def test_role_that_ends_before_it_starts_loses_its_end(tmp_path: Path) -> None:
    header = "userSourcedId,orgSourcedId,role,roleStartDate,roleEndDate\n"
    files = {
        "roles.csv": header + "T1,S1,teacher,2026-09-02, 2026-09-01\nP1,S1,student,2026-09-01,2026-09-01\n"
    }
    with checked(tmp_path, files) as result:
        finding = result.of("role.dates")
        assert (finding.line, finding.column, finding.action) == (2, "roleEndDate", Action.BLANK)
        assert finding.detail == {"start": "2026-09-02"}
        assert [row["roleEndDate"] for row in result.shaped("roles")] == [None, "2026-09-01"]


def test_session_that_ends_before_it_starts_is_left_out(tmp_path: Path) -> None:
    files = {"academicSessions.csv": SESSIONS + "A1,Autumn,TERM,2027,2026-12-18,2026-09-01\n"}
    with checked(tmp_path, files) as result:
        assert result.codes() == ["session.dates"]
        assert result.shaped("academicSessions") == []


@pytest.mark.parametrize(
    ("kind", "year", "is_fine"),
    [
        ("schoolYear", "2027", True),
        ("SCHOOLYEAR", "2026", False),
        ("schoolYear", "2028", False),
        ("term", "2027", True),
        ("term", "2028", True),
        ("Term", "2026", False),
        ("term", "2029", False),
    ],
)
def test_school_year_must_fit_the_end_of_the_session(
    kind: str, year: str, is_fine: bool, tmp_path: Path
) -> None:
    files = {"academicSessions.csv": f"{SESSIONS}A1,Some,{kind},{year},2027-01-05,2027-06-30\n"}
    with checked(tmp_path, files) as result:
        assert result.codes() == ([] if is_fine else ["session.school-year"])


def test_names_are_asked_for_only_when_accounts_are_created(tmp_path: Path) -> None:
    files = {"users.csv": "sourcedId,username,givenName,familyName\nT1,anne,Anne,Roux\nP1,leo,,Petit\n"}
    with checked(tmp_path, files) as result:
        assert result.codes() == []
    with checked(tmp_path, files, CheckOptions(create_users=True)) as result:
        assert result.places("user.names") == [("users.csv", 3, "givenName")]
        assert result.places("reference.excluded") == [("roles.csv", 3, "userSourcedId")]


def test_option_makes_its_columns_required(tmp_path: Path) -> None:
    with checked(tmp_path, {}, CheckOptions(create_users=True)) as result:
        assert result.places("header.missing") == [
            ("users.csv", 1, "familyName"),
            ("users.csv", 1, "givenName"),
        ]
        assert result.summary.fatal == 2


@pytest.mark.parametrize("block", range(1, 9))
@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("U7, anne,", "username"),
        ("U7,anne ,", "username"),
        (" U7,anne,", "sourcedId"),
        ("U7,anne,\tZoé", "givenName"),
        ("U7,anne,Zoé ", "givenName"),
        ('U7,anne,"Zoé "', "givenName"),
        ("U7,anne,\u00a0Zoé", "givenName"),
        ("U7,anne,Zoé\u2009", "givenName"),
        ("U7,anne,\u3000", "givenName"),
    ],
)
def test_no_blank_is_missed_wherever_the_scan_divides_the_file(
    row: str, column: str, block: int, tmp_path: Path
) -> None:
    users = f"sourcedId,username,givenName\nT1,anne,\nP1,leo,\n{row}"
    for name, text in {**BASE, "users.csv": users}.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    with opened() as workspace:
        delivery = reading.read(workspace, tmp_path, block=block)
        checking.check(workspace, delivery, CheckOptions())
        found = [f.column for f in findings.findings(workspace) if f.code == "value.whitespace"]
    assert found == ([] if row.endswith("\u3000") else [column])
