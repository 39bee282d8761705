"""What the accepted rows look like for the roster, and what the others claim."""

import json
from pathlib import Path

import pytest

from cartable.model.entities import ENTITIES
from cartable.model.options import CheckOptions
from tests.engine.uploads import ROLES, SESSIONS, USERS, checked

YEAR = SESSIONS + "Y1,Year,schoolYear,2027,2026-09-01,2027-06-30\n"
PLACED = "userSourcedId,orgSourcedId,role,sessionSourcedId\n"


def test_every_entity_has_both_tables_even_where_nothing_was_delivered(tmp_path: Path) -> None:
    with checked(tmp_path, {}) as result:
        for entity in ENTITIES:
            names = {field.name for field in entity.fields}
            result.shaped(entity.name)
            columns = [
                c[0] for c in result.workspace.connection.execute(f"from shaped_{entity.name}").description
            ]
            assert set(columns) == names | {"_line", "_blanked"}
            columns = [
                c[0] for c in result.workspace.connection.execute(f"from claim_{entity.name}").description
            ]
            assert columns == ["_line", *entity.key]


def test_values_take_their_canonical_spelling(tmp_path: Path) -> None:
    files = {
        "users.csv": "sourcedId,username,email,phone\nT1, Anne ,ANNE@Ecole.Example,+33199001234\nP1,leo,,\n",
        "roles.csv": "userSourcedId,orgSourcedId,role,grade,isPrimary,roleStartDate\n"
        "T1,S1,TEACHER,,TRUE,2026-09-01\nP1,S1,Student,7,,\n",
    }
    with checked(tmp_path, files) as result:
        anne = result.shaped("users")[0]
        assert (anne["username"], anne["email"], anne["phone"]) == (
            "Anne",
            "anne@ecole.example",
            "+33199001234",
        )
        assert [(row["role"], row["grade"], row["isPrimary"]) for row in result.shaped("roles")] == [
            ("teacher", None, "true"),
            ("student", "07", None),
        ]


def test_part_of_a_key_is_never_null(tmp_path: Path) -> None:
    with checked(tmp_path, {}) as result:
        assert [row["sessionSourcedId"] for row in result.shaped("roles")] == ["", ""]


def test_lists_are_json_arrays_of_distinct_sorted_elements(tmp_path: Path) -> None:
    files = {
        "classes.csv": 'sourcedId,orgSourcedId,title,sessionSourcedIds\nC1,S1,A,"B""2, A1,B""2,"\nC2,S1,B,\n',
        "enrollments.csv": "classSourcedId,userSourcedId,role\nC1,T1,teacher\nC1,P1,student\n"
        "C2,T1,teacher\nC2,P1,student\n",
        "academicSessions.csv": SESSIONS
        + 'A1,x,term,2027,2026-09-01,2026-10-01\n"B""2",x,term,2027,2027-01-01,2027-02-01\n',
    }
    with checked(tmp_path, files) as result:
        first, second = result.shaped("classes")
        assert json.loads(str(first["sessionSourcedIds"])) == ["A1", 'B"2']
        assert second["sessionSourcedIds"] is None


@pytest.mark.parametrize(
    ("first", "second"), [("white,asian", "ASIAN, White"), ("asian", "asian,Asian"), ("", " ,")]
)
def test_digest_is_that_of_the_meaning_not_of_the_spelling(first: str, second: str, tmp_path: Path) -> None:
    digests = []
    for text in (first, second):
        with checked(tmp_path, {"demographics.csv": f'userSourcedId,raceCodes\nP1,"{text}"\n'}) as result:
            digests.append(result.digests("demographics")[0])
    assert digests[0] == digests[1]


def test_digest_changes_with_any_value(tmp_path: Path) -> None:
    digests = set()
    for name in ("leo", "leo2", "Leo"):
        with checked(tmp_path, {"users.csv": USERS.replace("leo", name)}) as result:
            digests.add(result.digests("users")[1])
    assert len(digests) == 3


def test_only_rows_that_were_left_out_claim(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": USERS + "P2,\n"}) as result:
        assert result.claims("users") == [{"_line": 4, "sourcedId": "P2"}]
        assert result.claims("orgs") == []


def test_damaged_parts_of_a_key_are_null_in_a_claim(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR,
        "roles.csv": PLACED + "T1,S1,prof,Y1\nP1,S9,student,Y1\nP1,S1,student,X9\n,S1,student,\n",
    }
    with checked(tmp_path, files) as result:
        claims = [tuple(claim.values()) for claim in result.claims("roles")]
        assert claims == [
            (2, "T1", "S1", None, "Y1"),
            (3, "P1", None, "student", "Y1"),
            (4, "P1", "S1", "student", None),
            (5, None, "S1", "student", ""),
        ]
        assert [row["_blanked"] for row in result.shaped("roles")] == [["sessionSourcedId"]]


def test_part_that_refers_to_an_excluded_row_is_sound_in_a_claim(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": USERS.replace("leo", "")}) as result:
        assert [tuple(claim.values()) for claim in result.claims("roles")] == [(3, "P1", "S1", "student", "")]


def test_optional_part_that_refers_to_an_excluded_row_is_blanked_and_claimed(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR.replace("Y1,Year", "Y1,"),
        "roles.csv": PLACED + "T1,S1,teacher,Y1\nP1,S1,student,\n",
    }
    with checked(tmp_path, files) as result:
        assert [tuple(claim.values()) for claim in result.claims("roles")] == [
            (2, "T1", "S1", "teacher", "Y1")
        ]
        assert result.shaped("roles")[0]["sessionSourcedId"] == ""


def test_row_that_could_not_be_parsed_claims_the_key_that_can_be_read(tmp_path: Path) -> None:
    users = 'sourcedId,username\nT1,anne\nP1,leo\n P2 ,"le\no"\n"P\n3",lou\n'
    with checked(tmp_path, {"users.csv": users}) as result:
        assert [tuple(claim.values()) for claim in result.claims("users")] == [(4, "P2"), (6, None)]


def test_codes_that_an_organisation_adds_reach_the_roster(tmp_path: Path) -> None:
    from cartable.model.vocabularies import USER_FLAGS, Code

    options = CheckOptions(codes={USER_FLAGS.name: USER_FLAGS.extended([Code("ulis", "ULIS", "Ulis")])})
    with checked(tmp_path, {"userFlags.csv": "userSourcedId,flag\nP1,ULIS\n"}, options) as result:
        assert [row["flag"] for row in result.shaped("userFlags")] == ["ulis"]


def test_row_that_only_repeats_a_key_claims_it(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES + "P1,S1,Student\n"}) as result:
        assert [tuple(claim.values()) for claim in result.claims("roles")] == [(4, "P1", "S1", "student", "")]
        assert len(result.shaped("roles")) == 2
