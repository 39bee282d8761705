"""What a check says of rows that refer to each other, or that share a key."""

from pathlib import Path

import pytest

from cartable.model.findings import Action, Severity
from cartable.model.options import CheckOptions
from tests.engine.uploads import BASE, ORGS, ROLES, SESSIONS, USERS, checked

CLASSES = "sourcedId,orgSourcedId,title\nC1,S1,Maths\n"
ENROLLMENTS = "classSourcedId,userSourcedId,role\nC1,T1,teacher\nC1,P1,student\n"
TAUGHT = {"classes.csv": CLASSES, "enrollments.csv": ENROLLMENTS}
YEAR = SESSIONS + "Y1,Year,schoolYear,2027,2026-09-01,2027-06-30\n"
LINK = "userSourcedId,relationshipUserSourcedId,relationshipRole\n"


def test_what_hangs_on_an_excluded_row_follows_to_the_last_row(tmp_path: Path) -> None:
    files = {**TAUGHT, "orgs.csv": ORGS.replace("Lac", "")}
    with checked(tmp_path, files) as result:
        assert [(f.code, f.file, f.line) for f in result.findings] == [
            ("value.required", "orgs.csv", 2),
            ("reference.excluded", "roles.csv", 2),
            ("reference.excluded", "roles.csv", 3),
            ("reference.excluded", "classes.csv", 2),
            ("reference.excluded", "enrollments.csv", 2),
            ("reference.excluded", "enrollments.csv", 3),
        ]
        assert [finding.number for finding in result.findings] == [1, 2, 3, 4, 5, 6]
        assert [finding.cause for finding in result.findings] == [None, 1, 1, 1, 4, 4]
        assert (result.summary.rows, result.summary.accepted) == (8, 2)


def test_cause_is_the_first_finding_that_left_the_row_out(tmp_path: Path) -> None:
    files = {
        "orgs.csv": "sourcedId,name,type,parentSourcedId\nS1,,ecole,X9\n",
        "roles.csv": "userSourcedId,orgSourcedId,role\nT1,S1,teacher\n",
    }
    with checked(tmp_path, files) as result:
        assert [(f.number, f.code, f.column) for f in result.findings] == [
            (1, "value.required", "name"),
            (2, "value.code", "type"),
            (3, "reference.missing", "parentSourcedId"),
            (4, "reference.excluded", "orgSourcedId"),
        ]
        assert result.of("reference.excluded").cause == 1


def test_optional_reference_to_an_excluded_row_loses_the_value_alone(tmp_path: Path) -> None:
    files = {
        **TAUGHT,
        "courses.csv": "sourcedId,orgSourcedId,title\nM1,S1,\n",
        "classes.csv": "sourcedId,orgSourcedId,title,courseSourcedId\nC1,S1,Maths,M1\n",
    }
    with checked(tmp_path, files) as result:
        finding = result.of("reference.excluded")
        assert (finding.severity, finding.action) == (Severity.WARNING, Action.BLANK)
        assert finding.detail == {"target": "courses.csv", "case": "value"}
        assert result.shaped("classes")[0]["courseSourcedId"] is None
        assert result.shaped("classes")[0]["_blanked"] == ["courseSourcedId"]


def test_identifiers_differ_by_case(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES.replace("P1", "p1")}) as result:
        assert result.places("reference.missing") == [("roles.csv", 3, "userSourcedId")]


def test_list_loses_the_reference_that_leads_nowhere(tmp_path: Path) -> None:
    files = {
        **TAUGHT,
        "academicSessions.csv": YEAR + "A1,Autumn,term,2027,2026-09-01,2026-12-18\nA2,,term,2027,,\n",
        "classes.csv": 'sourcedId,orgSourcedId,title,sessionSourcedIds\nC1,S1,Maths,"Y1,X9, A2 ,A1,X9"\n',
    }
    with checked(tmp_path, files) as result:
        assert [finding.value for finding in result.findings if finding.code == "reference.missing"] == ["X9"]
        assert [finding.value for finding in result.findings if finding.code == "reference.excluded"] == [
            "A2"
        ]
        assert result.shaped("classes")[0]["sessionSourcedIds"] == '["A1","Y1"]'
        assert result.summary.blanked == 2
        assert result.delivery.file_of("classes").excluded == 0  # type: ignore[union-attr]


def test_list_without_any_sound_reference_is_empty(tmp_path: Path) -> None:
    files = {
        **TAUGHT,
        "academicSessions.csv": YEAR,
        "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds\nC1,S1,Maths,X9\n",
    }
    with checked(tmp_path, files) as result:
        assert result.shaped("classes")[0]["sessionSourcedIds"] is None
        assert result.shaped("classes")[0]["_blanked"] == ["sessionSourcedIds"]


def test_optional_file_that_is_missing_is_told_once_with_its_references(tmp_path: Path) -> None:
    files = {
        **TAUGHT,
        "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId\nT1,S1,teacher,Y1\nP1,S1,student,Y1\n",
        "classes.csv": 'sourcedId,orgSourcedId,title,sessionSourcedIds\nC1,S1,Maths,"A1,A2"\n',
    }
    with checked(tmp_path, files) as result:
        finding = result.of("file.missing")
        assert (finding.severity, finding.file, finding.line) == (
            Severity.WARNING,
            "academicSessions.csv",
            None,
        )
        assert finding.detail["references"] == "4"
        assert result.codes() == ["file.missing"]
        assert result.summary.blanked == 4
        assert [row["sessionSourcedId"] for row in result.shaped("roles")] == ["", ""]
        assert result.shaped("classes")[0]["sessionSourcedIds"] is None
        assert [claim["sessionSourcedId"] for claim in result.claims("roles")] == [None, None]


def test_course_must_name_a_session_that_is_a_school_year(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR + "A1,Autumn,term,2027,2026-09-01,2026-12-18\n",
        "courses.csv": "sourcedId,orgSourcedId,title,schoolYearSourcedId\nM1,S1,Maths,A1\nM2,S1,Maths,Y1\n",
    }
    with checked(tmp_path, files) as result:
        finding = result.of("reference.wrong-kind")
        assert (finding.line, finding.value, finding.action) == (2, "A1", Action.BLANK)
        assert (finding.detail["target"], finding.detail["kind"]) == ("academicSessions.csv", "schoolYear")
        assert [row["schoolYearSourcedId"] for row in result.shaped("courses")] == [None, "Y1"]


def test_first_row_of_a_key_stays(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": USERS + "P1,lea\np1,lou\nP1 ,zoe\n"}) as result:
        assert [(f.line, f.detail["first"]) for f in result.findings if f.code == "key.duplicate"] == [
            (4, "3"),
            (6, "3"),
        ]
        assert [row["username"] for row in result.shaped("users")] == ["anne", "leo", "lou"]


def test_first_row_of_a_key_is_the_first_even_if_it_is_left_out(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": "sourcedId,username\nT1,anne\nP1,\nP1,leo\n"}) as result:
        assert result.places("value.required") == [("users.csv", 3, "username")]
        assert result.places("key.duplicate") == [("users.csv", 4, None)]
        assert result.places("reference.excluded") == [("roles.csv", 3, "userSourcedId")]


def test_keys_are_compared_in_the_spelling_of_the_list(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES + "P1,S1, STUDENT\n"}) as result:
        assert result.places("key.duplicate") == [("roles.csv", 4, None)]


def test_key_whose_optional_part_was_blanked_counts_as_without_it(tmp_path: Path) -> None:
    header = "userSourcedId,orgSourcedId,role,sessionSourcedId\n"
    files = {
        "academicSessions.csv": YEAR,
        "roles.csv": header + "P1,S1,student,\nP1,S1,student,Y1\nP1,S1,student,X9\n",
    }
    with checked(tmp_path, files) as result:
        assert result.places("reference.missing") == [("roles.csv", 4, "sessionSourcedId")]
        assert result.places("key.duplicate") == [("roles.csv", 4, None)]


def test_row_without_its_key_is_no_duplicate(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": USERS + ",lea\n,lou\n"}) as result:
        assert result.codes() == ["value.required", "value.required"]
        assert [finding.record for finding in result.findings] == [None, None]


def test_username_and_address_of_another_user_are_told_on_the_later_row(tmp_path: Path) -> None:
    users = "sourcedId,username,email\nT1,anne,a@x.example\nP1,Anne,b@x.example\nP2,lou,A@x.example\n"
    with checked(tmp_path, {"users.csv": users}) as result:
        assert result.places("key.shared") == [("users.csv", 3, "username"), ("users.csv", 4, "email")]
        assert {f.detail["earlier"] for f in result.findings} == {"2"}


def test_organisation_that_is_its_own_parent_loses_it(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type,parentSourcedId\nS1,Lac,school,D1\nD1,District,district,D1\n"
    with checked(tmp_path, {"orgs.csv": orgs}) as result:
        assert result.codes() == ["org.self"]
        assert [row["parentSourcedId"] for row in result.shaped("orgs")] == ["D1", None]


@pytest.mark.parametrize("length", [2, 3, 4, 5, 8, 9])
def test_every_organisation_on_a_circle_loses_its_parent_and_no_other(length: int, tmp_path: Path) -> None:
    circle = [f"O{n},Org {n},district,O{(n + 1) % length}" for n in range(length)]
    tail = [f"B{n},Below {n},school,{f'B{n - 1}' if n else 'O0'}" for n in range(9)]
    orgs = "\n".join(["sourcedId,name,type,parentSourcedId", "S1,Lac,school,", *tail, *circle])
    with checked(tmp_path, {"orgs.csv": orgs + "\n"}) as result:
        assert result.codes() == ["org.cycle"] * length
        lost = [row["sourcedId"] for row in result.shaped("orgs") if row["_blanked"]]
        assert lost == [f"O{n}" for n in range(length)]


def test_long_line_of_organisations_is_no_circle(tmp_path: Path) -> None:
    rows = [f"O{n},Org {n},district,O{n + 1}" for n in range(70)]
    orgs = "\n".join(["sourcedId,name,type,parentSourcedId", "S1,Lac,school,O0", *rows, "O70,Top,state,"])
    with checked(tmp_path, {"orgs.csv": orgs + "\n"}) as result:
        assert result.codes() == []


def test_excluded_organisation_breaks_the_circle(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type,parentSourcedId\nS1,Lac,school,\nA,A,district,B\nB,,district,A\n"
    with checked(tmp_path, {"orgs.csv": orgs}) as result:
        assert result.codes() == ["value.required", "reference.excluded"]


@pytest.mark.parametrize(
    ("flags", "is_fine"),
    [
        (("true", "false"), True),
        (("false", "true", ""), True),
        (("true", "true"), False),
        (("false", "false"), False),
        (("", ""), False),
        (("false",), True),
        (("true", "oui"), True),
    ],
)
def test_one_role_of_several_is_primary(flags: tuple[str, ...], is_fine: bool, tmp_path: Path) -> None:
    names = ("teacher", "principal", "nurse")
    rows = [f"T1,S1,{name},{flag}" for name, flag in zip(names, flags, strict=False)]
    files = {"roles.csv": "\n".join(["userSourcedId,orgSourcedId,role,isPrimary", *rows]) + "\n"}
    with checked(tmp_path, files) as result:
        assert result.places("role.primary") == ([] if is_fine else [("roles.csv", 2, "isPrimary")])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("T1,S1,teacher,,false\nT1,S1,guardian,,false\n", None),
        ("T1,S1,teacher,,false\nT1,S1,teacher,NOPE,false\n", None),
        ("T1,S1,guardian,,true\nT1,S1,teacher,,false\nT1,S1,nurse,,false\n", None),
        ("T1,S1,guardian,,false\nT1,S1,teacher,,false\nT1,S1,nurse,,false\n", ("2", "0")),
        ("T1,S1,guardian,,true\nT1,S1,teacher,,true\nT1,S1,nurse,,true\n", ("2", "2")),
    ],
)
def test_only_roles_whose_key_is_sound_are_counted(
    rows: str, told: tuple[str, str] | None, tmp_path: Path
) -> None:
    files = {
        "academicSessions.csv": YEAR,
        "roles.csv": f"userSourcedId,orgSourcedId,role,sessionSourcedId,isPrimary\n{rows}",
    }
    with checked(tmp_path, files) as result:
        found = [f.detail for f in result.findings if f.code == "role.primary"]
        assert [(one["roles"], one["primaries"]) for one in found] == ([told] if told else [])


def test_roles_of_several_organisations_need_no_primary_each(tmp_path: Path) -> None:
    files = {
        "orgs.csv": ORGS + "S2,Pré,school\n",
        "roles.csv": "userSourcedId,orgSourcedId,role,isPrimary\nT1,S1,teacher,false\nT1,S2,teacher,true\n",
    }
    with checked(tmp_path, files) as result:
        assert result.codes() == []


def test_of_sessions_that_share_a_day_the_one_that_starts_later_is_told(tmp_path: Path) -> None:
    sessions = (
        "A2,Winter,term,2027,2026-12-18,2027-03-31\n"
        "A1,Autumn,term,2027,2026-09-01,2026-12-18\n"
        "A3,Spring,term,2027,2027-04-01,2027-06-30\n"
        "B1,Autumn,quarter,2027,2026-09-01,2026-12-18\n"
    )
    with checked(tmp_path, {"academicSessions.csv": SESSIONS + sessions}) as result:
        finding = result.of("session.overlap")
        assert (finding.line, finding.severity, finding.detail) == (2, Severity.INFO, {"other": "A1"})


def test_every_session_that_overlaps_one_before_it_is_told(tmp_path: Path) -> None:
    sessions = (
        "A1,One,semester,2027,2026-09-01,2027-01-31\n"
        "A2,Two,semester,2027,2027-01-31,2027-06-30\n"
        "A3,Three,semester,2027,2026-12-01,2027-02-01\n"
    )
    with checked(tmp_path, {"academicSessions.csv": SESSIONS + sessions}) as result:
        assert [(f.line, f.detail["other"]) for f in result.findings] == [(3, "A3"), (4, "A1")]


def test_many_parallel_sessions_give_one_finding_each(tmp_path: Path) -> None:
    sessions = "".join(f"Y{n},Year,schoolYear,2027,2026-09-01,2027-06-30\n" for n in range(3_000))
    with checked(tmp_path, {"academicSessions.csv": SESSIONS + sessions}) as result:
        assert result.codes() == ["session.overlap"] * 2_999


def test_class_of_sessions_of_two_years_is_told(tmp_path: Path) -> None:
    files = {
        **TAUGHT,
        "academicSessions.csv": YEAR + "Y2,Next,schoolYear,2028,2027-09-01,2028-06-30\n",
        "classes.csv": 'sourcedId,orgSourcedId,title,sessionSourcedIds\nC1,S1,Maths,"Y1,Y2"\n',
    }
    with checked(tmp_path, files) as result:
        finding = result.of("class.years")
        assert (finding.severity, finding.action) == (Severity.WARNING, Action.NONE)
        assert finding.detail == {"earliest": "2027", "latest": "2028"}
        assert result.shaped("classes")[0]["sessionSourcedIds"] == '["Y1","Y2"]'


@pytest.mark.parametrize(
    ("role", "code"),
    [("teacher", "class.students"), ("student", "class.owner"), ("PROCTOR", "class.students")],
)
def test_class_needs_an_owner_and_students(role: str, code: str, tmp_path: Path) -> None:
    files = {**TAUGHT, "enrollments.csv": f"classSourcedId,userSourcedId,role\nC1,P1,{role}\n"}
    with checked(tmp_path, files) as result:
        assert result.places(code) == [("classes.csv", 2, None)]
        assert result.codes() == [code]


def test_class_does_not_lack_those_whose_rows_were_left_out(tmp_path: Path) -> None:
    enrollments = "classSourcedId,userSourcedId,role\nC1,T1,teecher\nC1,X9,student\n"
    with checked(tmp_path, {**TAUGHT, "enrollments.csv": enrollments}) as result:
        assert result.codes() == ["value.code", "reference.missing"]


def test_class_without_identifier_is_not_told_to_lack_people(tmp_path: Path) -> None:
    with checked(tmp_path, {**TAUGHT, "classes.csv": CLASSES + ",S1,Physics\n"}) as result:
        assert result.codes() == ["value.required"]


def test_class_does_not_lack_those_whose_rows_could_not_be_parsed(tmp_path: Path) -> None:
    enrollments = 'classSourcedId,userSourcedId,role,note\nC1,T1,Teacher,"a\nb"\nC1,P1,student,\n'
    with checked(tmp_path, {**TAUGHT, "enrollments.csv": enrollments}) as result:
        assert result.codes() == ["header.unknown", "row.linebreak"]


def test_reference_to_a_row_that_could_not_be_parsed_follows_from_it(tmp_path: Path) -> None:
    users = 'sourcedId,username\nT1,anne\nP1,"le\no"\n'
    with checked(tmp_path, {"users.csv": users}) as result:
        assert [(f.code, f.line, f.cause) for f in result.findings] == [
            ("row.linebreak", 3, None),
            ("reference.excluded", 3, 1),
        ]
        assert result.delivery.file_of("users").excluded == 1  # type: ignore[union-attr]


CONTACTS = {
    "users.csv": "sourcedId,username,givenName,familyName,email\n"
    "T1,anne,Anne,Roux,\nP1,leo,Léo,Petit,\nG1,zoe,Zoé,,\nG2,max,Max,Petit,max@x.example\n",
    "relationships.csv": LINK + "P1,G1,guardian\nP1,G2,parent\nP1,T1,parent\n",
}


def test_incomplete_contacts_are_information(tmp_path: Path) -> None:
    with checked(tmp_path, CONTACTS) as result:
        assert result.places("user.contact") == [
            ("users.csv", 2, "email"),
            ("users.csv", 4, "familyName"),
        ]
        missing = [f.detail["missing"] for f in result.findings if f.code == "user.contact"]
        assert missing == ["email", "familyName, email"]
        assert result.summary.excluded == 0


def test_with_contacts_an_incomplete_contact_is_left_out_but_staff_stay(tmp_path: Path) -> None:
    with checked(tmp_path, CONTACTS, CheckOptions(contacts=True)) as result:
        assert result.places("user.contact") == [
            ("users.csv", 4, "familyName"),
            ("relationships.csv", 4, "relationshipUserSourcedId"),
        ]
        assert [row["sourcedId"] for row in result.shaped("users")] == ["T1", "P1", "G2"]
        assert result.places("reference.excluded") == [("relationships.csv", 2, "relationshipUserSourcedId")]
        assert [row["_line"] for row in result.shaped("relationships")] == [3]


def test_with_contacts_someone_enrolled_is_no_pure_contact(tmp_path: Path) -> None:
    files = {**CONTACTS, **TAUGHT, "enrollments.csv": ENROLLMENTS + "C1,G1,aide\n"}
    with checked(tmp_path, files, CheckOptions(contacts=True)) as result:
        assert result.places("user.contact") == [
            ("relationships.csv", 2, "relationshipUserSourcedId"),
            ("relationships.csv", 4, "relationshipUserSourcedId"),
        ]
        assert len(result.shaped("users")) == 4


def test_staff_who_are_contacts_are_information(tmp_path: Path) -> None:
    with checked(tmp_path, {"relationships.csv": LINK + "P1,T1,parent\nT1,P1,other\n"}) as result:
        assert result.places("user.staff-contact") == [("users.csv", 2, None)]


def test_reference_to_a_file_that_cannot_be_read_is_not_judged(tmp_path: Path) -> None:
    files = {name: text for name, text in BASE.items() if name != "orgs.csv"}
    with checked(
        tmp_path, {**files, "orgs.csv": "sourcedId;name;type\nS1;Lac;school\n"}, base=False
    ) as result:
        assert result.codes() == ["file.delimiter"]
        assert len(result.shaped("roles")) == 2


@pytest.mark.parametrize("row", ["C9,S1,\n", "C9,NOPE,Maths\n", ",S1,Maths\n"])
def test_class_left_out_for_its_own_fault_is_not_told_to_lack_people(row: str, tmp_path: Path) -> None:
    with checked(tmp_path, {**TAUGHT, "classes.csv": CLASSES + row}) as result:
        assert {"class.owner", "class.students"}.isdisjoint(result.codes())
        assert result.summary.excluded == 1


def test_no_finding_has_a_detail_without_text(tmp_path: Path) -> None:
    files = {**TAUGHT, "classes.csv": CLASSES + "C9,NOPE,\n"}
    with checked(tmp_path, files) as result:
        details = result.workspace.execute("select detail from report where detail like '%null%'")
        assert details == []


@pytest.mark.parametrize(
    "rows", ["P1,S1,teacher,NOPE\nP1,S1,teacher,\n", "P1,S1,teacher,\nP1,S1,teacher,NOPE\n"]
)
def test_of_two_rows_made_equal_by_a_blanked_value_the_sound_one_stays(rows: str, tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR,
        "roles.csv": f"userSourcedId,orgSourcedId,role,sessionSourcedId\n{rows}",
    }
    sound = 3 if rows.index("NOPE") < 25 and rows.startswith("P1,S1,teacher,NOPE") else 2
    with checked(tmp_path, files) as result:
        assert [row["_line"] for row in result.shaped("roles")] == [sound]
        assert result.of("key.duplicate").detail == {"first": str(sound), "case": "blanked"}


def test_shared_value_is_told_as_it_was_received(tmp_path: Path) -> None:
    users = "sourcedId,username,email\nT1,anne,t1@a.org\nP1,ANNE, T1@A.org\n"
    with checked(tmp_path, {"users.csv": users}) as result:
        values = [f.value for f in result.findings if f.code == "key.shared"]
        assert values == ["ANNE", " T1@A.org"]


@pytest.mark.parametrize(
    ("users", "case"),
    [
        (USERS.replace("P1", "P2"), None),
        (USERS.replace("P1", ""), "unread"),
        (USERS.replace("P1,leo", "P1,leo,more"), "unread"),
        (USERS.replace("P1,leo", 'P1,"le\no"'), None),
    ],
)
def test_missing_row_may_be_one_that_could_not_be_read(users: str, case: str | None, tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": users}) as result:
        found = [f for f in result.findings if f.code.startswith("reference.")]
        assert [f.detail.get("case") for f in found] == [case]
