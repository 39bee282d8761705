"""The roster as files for other systems: the same data where the format has room, honest where it has not."""

import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartable.errors import UsageError
from cartable.flow import checking, packaging
from cartable.formats.mapping import FLAGS_COLUMN, written
from cartable.formats.oneroster import BY_VERSION
from cartable.generating.writing import generate
from cartable.model import synthesis
from cartable.model.entities import ENTITIES
from cartable.model.exports import Fate
from cartable.model.groups import Group
from cartable.model.options import CheckOptions
from cartable.model.spellings import VERSIONS
from tests.flow.exports import Rows, column, contents, exported, made, rows, tables
from tests.flow.rosters import ORGS, SESSIONS, Nights, lines
from tests.flow.schools import DEPARTURES, SCHOOL, without
from tests.sequences.conftest import Databases

SDS = "sds-v2.1"
ONEROSTER = [f"oneroster-{version}" for version in VERSIONS]
EVERYTHING = ["deactivations", "updates", "additions"]


def roster(nights: Nights) -> dict[str, list[dict[str, str | None]]]:
    """Every record of the roster, by entity."""
    names = {entity.name: [field.name for field in entity.fields] for entity in ENTITIES}
    return {
        name: [dict(zip(fields, one, strict=True)) for one in nights.records(name, *fields)]
        for name, fields in names.items()
    }


def findings(path: Path) -> list[str]:
    """What a check finds in an export."""
    with checking.checked(path, CheckOptions()) as result:
        return [found.code for found in result.findings()]


@pytest.mark.parametrize(("pupils", "seed"), [(1, 1), (60, 7), (200, 11)])
def test_what_was_delivered_comes_back_as_it_came(
    pupils: int, seed: int, nights: Nights, tmp_path: Path
) -> None:
    generate(tmp_path / "district", pupils, seed)
    delivered = {path.stem: path.read_text("utf-8") for path in (tmp_path / "district").iterdir()}
    nights.sync(delivered)
    exported(nights.database, SDS, tmp_path / "out")
    for name, content in contents(tmp_path / "out").items():
        came = rows(delivered[name.removesuffix(".csv")].encode())
        key = lambda row: sorted(row.items())  # noqa: E731
        assert sorted(rows(content), key=key) == sorted(came, key=key), name
    assert len(contents(tmp_path / "out")) == len(delivered)
    assert findings(tmp_path / "out") == []


# What programs take for something else: quotation marks, separators, formulas, numbers, nothing.
HOSTILE = st.one_of(
    st.sampled_from(
        [
            *('"', '""', "'", ",", ";", "a,b", 'say "hello"', "=1+1", "@SUM(A1)", "+33", "-", "--", "null"),
            *("NULL", r"\N", r"\n", "\\", "NaN", "None", "TRUE", "007", "1e5", "1.0", "%s", "{x}", "[1]"),
            *('["a"]', "<b>", "#REF!", "Zoé", "Zoe\u0301", "İ", "ß", "日本", "👩‍👩‍👧", "\u00a0x", "a\u2028b"),
            *("line\nbreak", "line\r\nbreak", "tab\there", "  padded  ", "\ufeff", "a" * 300),
        ]
    ),
    st.text(max_size=12),
)


@st.composite
def deliveries(draw: st.DrawFn) -> dict[str, str]:
    """A school whose texts and identifiers are anything."""
    ids = [f"P{n}" for n in range(15)] + draw(st.lists(HOSTILE, max_size=5))
    klass = draw(st.sampled_from(["K1", "K 1", 'K"1"', "K,1", "=K1", "é"]))

    def table(header: str, *records: tuple[str, ...]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out).writerows([header.split(","), *records])
        return out.getvalue()

    def texts(count: int) -> tuple[str, ...]:
        return tuple(draw(HOSTILE) for _ in range(count))

    return {
        "orgs": table("sourcedId,name,type", ("S1", "North " + draw(HOSTILE), "school")),
        "academicSessions": SESSIONS,
        "courses": table("sourcedId,orgSourcedId,title,code", ("M1", "S1", *texts(2))),
        "users": table(
            "sourcedId,username,givenName,familyName,activeDirectoryMatchId,userNumber",
            *((one, f"user.{n}", *texts(4)) for n, one in enumerate(ids)),
        ),
        "roles": table("userSourcedId,orgSourcedId,role", *((one, "S1", "student") for one in ids)),
        "classes": table(
            "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code",
            (klass, "S1", draw(HOSTILE), draw(st.sampled_from(["", "T1", "T1,T2"])), "M1", draw(HOSTILE)),
        ),
        "enrollments": table("classSourcedId,userSourcedId,role", *((klass, one, "student") for one in ids)),
        "demographics": table(
            "userSourcedId,birthCity,birthCountry,raceCodes",
            *((one, *texts(2), draw(st.sampled_from(["", "asian", "white,asian"]))) for one in ids),
        ),
    }


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(delivery=deliveries(), version=st.sampled_from(VERSIONS))
def test_whatever_the_roster_holds_makes_the_same_roster_elsewhere(
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    delivery: dict[str, str],
    version: str,
) -> None:
    here, there = (tmp_path_factory.mktemp(name) for name in ("here", "there"))
    with databases(here) as first, databases(there) as second:
        origin, copy = Nights(here, first), Nights(there, second)
        origin.sync(delivery)
        if not origin.records("users", "sourcedId"):
            return
        exported(first, SDS, here / "out")
        copy.sync({name[:-4]: content.decode() for name, content in contents(here / "out").items()})
        assert roster(copy) == roster(origin)
        exported(second, SDS, there / "out.zip")
        assert contents(there / "out.zip") == contents(here / "out")
        made(first, f"oneroster-{version}", here / version)


def _without_ids_of_roles(files: Mapping[str, Rows]) -> dict[str, Rows]:
    """The session of a role is part of its id, and has no place in OneRoster."""
    told = {**files, "roles": [{**row, "sourcedId": ""} for row in files.get("roles", [])]}
    return {name: sorted(table, key=lambda row: sorted(row.items())) for name, table in told.items()}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_package_makes_the_same_package_elsewhere(
    version: str,
    databases: Databases,
    tmp_path: Path,
) -> None:
    target = f"oneroster-{version}"
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    generate(here / "district", 60, 7)
    with databases(here) as first, databases(there) as second:
        delivered = {path.stem: path.read_text("utf-8") for path in (here / "district").iterdir()}
        Nights(here, first).sync(delivered)
        out = made(first, target, here / "out")
        assert set(findings(here / "out")) == {"package.lost"}
        package = {name[:-4]: content.decode() for name, content in contents(here / "out").items()}
        Nights(there, second).sync(package)
        again = made(second, target, there / "out")
        assert _without_ids_of_roles(again) == _without_ids_of_roles(out)


def test_a_past_day_is_exported_as_it_was(nights: Nights, tmp_path: Path) -> None:
    nights.sync(SCHOOL)
    for target in (SDS, *ONEROSTER):
        exported(nights.database, target, tmp_path / f"{target}-then")
    nights.sync(without(SCHOOL, "P2"), *DEPARTURES)
    for target in (SDS, *ONEROSTER):
        exported(nights.database, target, tmp_path / f"{target}-later", as_of="1")
        exported(nights.database, target, tmp_path / f"{target}-now")
        then, later, now = (contents(tmp_path / f"{target}-{when}") for when in ("then", "later", "now"))
        assert then == later
        assert b"P2" in then["users.csv"]
        assert b"P2" not in now["users.csv"]


@pytest.fixture
def two_schools(nights: Nights) -> Nights:
    """Two schools under a district, whose course both teach; a parent of one teaches in the other."""
    nights.sync(
        {
            "orgs": lines(
                "sourcedId,name,type,parentSourcedId",
                "D,District,district,",
                "S1,North,school,D",
                "S1A,North annex,department,S1",
                "S2,South,school,D",
            ),
            "academicSessions": SESSIONS,
            "courses": lines("sourcedId,orgSourcedId,title", "M,D,Mathematics", "N,S2,Music"),
            "users": lines("sourcedId,username", *(f"{one},user.{one}" for one in "TPQRU")),
            "roles": lines(
                "userSourcedId,orgSourcedId,role",
                *("T,S1,teacher", "P,S1,student", "Q,S1A,student", "R,S2,student", "U,S2,teacher"),
            ),
            "classes": lines(
                "sourcedId,orgSourcedId,title,courseSourcedId", "K1,S1,7A,M", "K1A,S1A,7B,", "K2,S2,7C,N"
            ),
            "enrollments": lines(
                "classSourcedId,userSourcedId,role",
                *("K1,T,teacher", "K1,P,student", "K1A,Q,student", "K2,R,student", "K2,U,teacher"),
            ),
            "relationships": lines(
                "userSourcedId,relationshipUserSourcedId,relationshipRole", "P,U,parent", "R,T,parent"
            ),
            "userFlags": lines("userSourcedId,flag", "P,iep", "R,iep"),
        }
    )
    return nights


def test_a_school_goes_out_with_all_that_belongs_to_it(two_schools: Nights, tmp_path: Path) -> None:
    out = made(two_schools.database, SDS, tmp_path / "out", school="North")
    assert column(out["orgs"], "sourcedId") == [("D",), ("S1",), ("S1A",)]
    assert column(out["classes"], "sourcedId") == [("K1",), ("K1A",)]
    assert column(out["courses"], "sourcedId") == [("M",)]
    assert column(out["users"], "sourcedId") == [("P",), ("Q",), ("T",), ("U",)]
    assert column(out["roles"], "userSourcedId") == [("P",), ("Q",), ("T",)]
    assert column(out["enrollments"], "userSourcedId") == [("P",), ("T",), ("Q",)]
    assert column(out["relationships"], "userSourcedId", "relationshipUserSourcedId") == [("P", "U")]
    assert column(out["userFlags"], "userSourcedId") == [("P",)]
    assert not [code for code in findings(tmp_path / "out") if code.startswith("reference")]
    # Here U is nothing but a parent.
    users = {row["sourcedId"]: row for row in made(
        two_schools.database, "oneroster-1.1", tmp_path / "roster", school="S1"
    )["users"]}  # fmt: skip
    assert (users["U"]["role"], users["U"]["orgSourcedIds"]) == ("parent", "S1")


WORLD = {
    "orgs": lines(
        "sourcedId,name,type,parentSourcedId", "D,Region,region,", "S1,North,school,D", "S2,South,college,D"
    ),
    "academicSessions": lines(
        "sourcedId,title,type,schoolYear,startDate,endDate",
        "Y,Year,schoolYear,2027,2026-09-01,2027-07-03",
        "T1,Term 1,term,2027,2026-09-01,2026-12-18",
        "G1,Period 1,gradingPeriod,2027,2026-09-01,2026-10-16",
        "Q1,Quarter 1,quarter,2027,2026-09-01,2026-11-06",
    ),
    "courses": lines(
        "sourcedId,orgSourcedId,title,code,schoolYearSourcedId,subject,grade", "M,S1,Maths,,Y,02,kg"
    ),
    "users": lines(
        "sourcedId,username,givenName,familyName,activeDirectoryMatchId,email,phone,sms,userNumber",
        "A,anne@ecole.example,Anne,Roux,anne-id,anne@ecole.example,+33100000001,+33600000001,900",
        "B,bob,Bob,,,,,,",
        "P,leo,Léo,Petit,,,,,101",
        "Q,mia,,,,,,,",
        "C,paul,Paul,Petit,,paul@maison.example,,,",
        "E,eve,Eve,Noir,,eve@maison.example,,,",
        "N,nobody,No,Body,,,,,",
    ),
    "roles": lines(
        "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate",
        "A,S1,teacher,Y,,true,2026-09-01,2027-07-03",
        "A,D,staff,,,,,",
        "A,S1,principal,,,,,",
        "B,S1,lecturer,,,,,",
        "P,S1,student,,kg,,,",
        "P,S2,student,,01,false,,",
    ),
    "classes": lines(
        "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code",
        'K1,S1,7A,"T1,Q1",M,7A-M',
        "K2,S2,8B,,,",
    ),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        *("K1,B,lecturer", "K1,A,teacher", "K1,P,student", "K2,Q,student", "K1,E,paraprofessional"),
    ),
    "relationships": lines(
        "userSourcedId,relationshipUserSourcedId,relationshipRole",
        *("P,C,doctor", "Q,C,parent", "Q,A,guardian"),
    ),
    "demographics": lines(
        "userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes",
        'P,female,2014-05-06,Lyon,NY,FR,hispanicOrLatinoEthnicity,"asian,white"',
        "Q,notSelected,,,,,,",
        "N,male,,,,,,",
    ),
    "userFlags": lines("userSourcedId,flag", "P,iep", "P,504"),
}


@pytest.fixture
def world(nights: Nights) -> Nights:
    """A school in which everything is there that one of the formats has no place for."""
    nights.sync(WORLD)
    return nights


@pytest.mark.parametrize("version", VERSIONS)
def test_a_package_of_oneroster_has_the_columns_of_the_standard(
    version: str, world: Nights, tmp_path: Path
) -> None:
    done = exported(world.database, f"oneroster-{version}", tmp_path / "out")
    layout = BY_VERSION[version]
    for name, content in contents(tmp_path / "out").items():
        if name == "manifest.csv":
            continue
        header = next(csv.reader(io.StringIO(content.decode(), newline="")))
        file = layout.file_of(name.removesuffix(".csv"))
        more = [FLAGS_COLUMN] if name == "users.csv" else []
        assert header == [*file.headers, *more]
        known = {field.name: field.vocabulary for field in layout.entity(file.entity).fields}
        filled = set(written(version)[file.entity])
        for row in rows(content):
            assert {key for key, value in row.items() if value} <= filled
            for column_ in file.columns:
                assert row[column_.name] or column_.need != "required", (name, column_.name)
                listed = known[column_.field]
                if listed and not listed.extensible and column_.name != "grades" and row[column_.name]:
                    token = row[column_.name]
                    is_own = version == "1.2" and token.startswith("ext:")
                    assert is_own or token in {code.value for code in listed.codes}, (name, token)
    manifest = dict(column(rows(contents(tmp_path / "out")["manifest.csv"]), "propertyName", "value"))
    assert manifest["oneroster.version"] == version
    assert {f"{key[5:]}.csv" for key, value in manifest.items() if value == "bulk"} == set(done.rows)
    assert {key[5:] for key in manifest if key.startswith("file.")} == {one.entity for one in layout.files}


def test_what_both_versions_share_is_made_up_alike(world: Nights, tmp_path: Path) -> None:
    for version in VERSIONS:
        out = made(world.database, f"oneroster-{version}", tmp_path / version)
        assert column(out["orgs"], "sourcedId", "identifier", "parentSourcedId") == [
            ("D", "D", ""), ("S1", "S1", "D"), ("S2", "S2", "D"),
        ]  # fmt: skip
        ends = column(out["academicSessions"], "sourcedId", "endDate", "parentSourcedId")
        assert ends == [
            ("G1", "2026-10-17", "Q1"), ("Q1", "2026-11-07", "T1"),
            ("T1", "2026-12-19", "Y"), ("Y", "2027-07-04", ""),
        ]  # fmt: skip
        made_up = synthesis.course_id("K2")
        courses = column(
            out["courses"], "sourcedId", "courseCode", "grades", "subjects", "schoolYearSourcedId"
        )
        assert sorted(courses) == sorted(
            [("M", "M", "KG", "Mathematics", "Y"), (made_up, made_up, "", "", "")]
        )
        assert column(out["classes"], "sourcedId", "courseSourcedId", "termSourcedIds", "classType") == [
            ("K1", "M", "Q1,T1", "scheduled"), ("K2", made_up, "Y", "scheduled"),
        ]  # fmt: skip
        enrolled = column(out["enrollments"], "sourcedId", "schoolSourcedId", "userSourcedId", "primary")
        assert (synthesis.enrollment_id("K1", "A", "teacher"), "S1", "A", "true") in enrolled
        assert (synthesis.enrollment_id("K1", "B", "lecturer"), "S1", "B", "false") in enrolled
        assert (synthesis.enrollment_id("K1", "P", "student"), "S1", "P", "") in enrolled
        users = {row["sourcedId"]: row for row in out["users"]}
        assert set(users) == {"A", "B", "C", "E", "P", "Q"}
        assert (users["A"]["userIds"], users["A"]["identifier"]) == ("{activeDirectory:anne-id}", "900")
        assert (users["B"]["familyName"], users["B"]["identifier"]) == ("-", "B")
        assert {one: users[one]["agentSourcedIds"] for one in "ACPQ"} == {
            "A": "Q", "C": "P,Q", "P": "C", "Q": "A,C",
        }  # fmt: skip
        assert (users["P"]["grades"], users["P"][FLAGS_COLUMN]) == ("KG,01", "504,IEP")
        described = {row["sourcedId"]: row for row in out["demographics"]}
        assert set(described) == {"P", "Q"} - ({"Q"} if version == "1.1" else set())
        assert described["P"]["asian"] == described["P"]["white"] == "true"
        assert described["P"]["hispanicOrLatinoEthnicity"] == "true"
        assert described["P"]["blackOrAfricanAmerican"] == ""


def test_people_have_one_role_in_1_1(world: Nights, tmp_path: Path) -> None:
    out = made(world.database, "oneroster-1.1", tmp_path / "out")
    assert column(out["users"], "sourcedId", "role", "orgSourcedIds") == [
        ("A", "teacher", "S1,D"),
        ("B", "teacher", "S1"),
        ("C", "parent", "S2,S1"),
        ("E", "aide", "S1"),
        ("P", "student", "S1,S2"),
        ("Q", "student", "S2"),
    ]
    assert column(out["orgs"], "type") == [("state",), ("school",), ("school",)]
    assert {row["role"] for row in out["enrollments"]} == {"teacher", "student", "aide"}


def test_people_have_all_their_roles_in_1_2(world: Nights, tmp_path: Path) -> None:
    out = made(world.database, "oneroster-1.2", tmp_path / "out")
    names = ("userSourcedId", "orgSourcedId", "role", "roleType", "beginDate", "endDate")
    assert sorted(column(out["roles"], *names)) == [
        ("A", "D", "districtAdministrator", "primary", "", ""),
        ("A", "S1", "principal", "secondary", "", ""),
        ("A", "S1", "teacher", "primary", "2026-09-01", "2027-07-04"),
        ("A", "S2", "guardian", "primary", "", ""),
        ("B", "S1", "teacher", "primary", "", ""),
        ("C", "S1", "ext:doctor", "primary", "", ""),
        ("C", "S2", "ext:doctor", "secondary", "", ""),
        ("C", "S2", "parent", "primary", "", ""),
        ("E", "S1", "aide", "primary", "", ""),
        ("P", "S1", "student", "primary", "", ""),
        ("P", "S2", "student", "primary", "", ""),
        ("Q", "S2", "student", "primary", "", ""),
    ]
    assert len({row["sourcedId"] for row in out["roles"]}) == len(out["roles"])
    primary = dict(column(out["users"], "sourcedId", "primaryOrgSourcedId"))
    assert primary == {"A": "S1", "B": "S1", "C": "S2", "E": "S1", "P": "S1", "Q": "S2"}
    assert column(out["orgs"], "type") == [("ext:region",), ("school",), ("ext:college",)]
    assert [row["sex"] for row in out["demographics"]] == ["female", "unspecified"]


def test_what_is_lost_and_made_up_is_counted(world: Nights, tmp_path: Path) -> None:
    counted: dict[str, dict[tuple[str, str, str], int]] = {}
    for version in VERSIONS:
        done = exported(world.database, f"oneroster-{version}", tmp_path / version)
        counted[version] = {
            (one.file, one.field, one.reason): one.count for one in done.differences if one.fate is Fate.LOST
        }
    both = {
        ("users.csv", "", "nobody"): 1,
        ("demographics.csv", "", "nobody"): 1,
        ("roles.csv", "sessionSourcedId", "no-place"): 1,
    }
    assert counted["1.1"] == both | {
        ("orgs.csv", "type", "code"): 2,
        ("academicSessions.csv", "type", "code"): 1,
        ("roles.csv", "role", "code"): 3,
        ("roles.csv", "role", "one-role"): 2,
        ("roles.csv", "isPrimary", "no-place"): 2,
        ("roles.csv", "roleStartDate", "no-place"): 1,
        ("roles.csv", "roleEndDate", "no-place"): 1,
        ("enrollments.csv", "role", "code"): 2,
        ("relationships.csv", "relationshipRole", "code"): 1,
        ("relationships.csv", "relationshipRole", "one-role"): 2,
        ("demographics.csv", "sex", "no-code"): 1,
    }
    assert counted["1.2"] == both | {
        ("roles.csv", "role", "code"): 2,
        ("roles.csv", "isPrimary", "not-primary"): 1,
        ("enrollments.csv", "role", "code"): 1,
        ("relationships.csv", "relationshipRole", "one-relationship"): 2,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_an_identifier_with_a_comma_is_in_no_list_and_counted(
    version: str, nights: Nights, tmp_path: Path
) -> None:
    delivery = {
        "orgs": lines("sourcedId,name,type", '"S,1",North,school', "S2,South,school"),
        "users": lines("sourcedId,username,givenName,familyName", '"P,1",p,Leo,Petit', "C1,c,Nina,Petit"),
        "roles": lines("userSourcedId,orgSourcedId,role", '"P,1","S,1",student', '"P,1",S2,student'),
        "relationships": lines("userSourcedId,relationshipUserSourcedId,relationshipRole", '"P,1",C1,parent'),
    }
    nights.sync(delivery)
    told = exported(nights.database, f"oneroster-{version}", tmp_path / "out")
    users = {row["sourcedId"]: row for row in tables(tmp_path / "out")["users"]}
    assert (users["P,1"]["agentSourcedIds"], users["C1"]["agentSourcedIds"]) == ("C1", "")
    assert users["P,1"].get("orgSourcedIds", "S2") == "S2"
    counted = {(one.file, one.field, one.count) for one in told.differences if one.reason == "comma"}
    pupils = {("relationships.csv", "userSourcedId", 1)}
    assert counted == pupils | ({("roles.csv", "orgSourcedId", 1)} if version == "1.1" else set())


@pytest.mark.parametrize("target", [SDS, *ONEROSTER])
def test_sensitive_fields_go_out_only_where_they_are_asked_for(
    target: str, world: Nights, tmp_path: Path
) -> None:
    for group in (None, *Group):
        path = tmp_path / (group or "none")
        exported(world.database, target, path, groups=[group] if group else [])
        text = b"".join(contents(path).values())
        found = {
            Group.PHONES: b"+33600000001" in text and b"+33100000001" in text,
            Group.BIRTH_DATES: b"2014-05-06" in text,
            Group.DEMOGRAPHICS: b"Lyon" in text and b"female" in text,
            Group.FLAGS: b"504" in text,
        }
        assert {one for one, is_there in found.items() if is_there} == ({group} if group else set())
        assert ("demographics.csv" in contents(path)) == (group in (Group.BIRTH_DATES, Group.DEMOGRAPHICS))


def test_withheld_values_are_counted(world: Nights, tmp_path: Path) -> None:
    done = exported(world.database, SDS, tmp_path / "out", groups=[Group.PHONES])
    withheld = {one.field: one.count for one in done.differences if one.fate is Fate.WITHHELD}
    assert withheld == {
        "sex": 3, "birthDate": 1, "birthCity": 1, "birthState": 1, "birthCountry": 1,
        "ethnicityCodes": 1, "raceCodes": 1, "flag": 2,
    }  # fmt: skip


def test_a_term_is_made_up_where_no_school_year_will_do(nights: Nights, tmp_path: Path) -> None:
    sessions = SESSIONS.replace(",schoolYear,2027", ",semester,2027")
    classes = without(SCHOOL, "K1")["classes"].replace('"T1,T2"', "")
    enrollments = without(SCHOOL, "K1")["enrollments"]
    files = {"academicSessions": sessions, "classes": classes, "enrollments": enrollments}
    nights.sync({**SCHOOL, **files})
    out = made(nights.database, "oneroster-1.2", tmp_path / "out")
    year = synthesis.school_year(date(2026, 11, 24))
    (row,) = [row for row in out["academicSessions"] if row["sourcedId"] == year.sourced_id]
    assert (row["title"], row["type"], row["schoolYear"]) == ("2026-2027", "schoolYear", "2027")
    assert (row["startDate"], row["endDate"]) == (str(year.start), str(year.end + timedelta(days=1)))
    assert {row["termSourcedIds"] for row in out["classes"]} == {year.sourced_id}
    # Nothing of the roster's own lies in it.
    assert {row["parentSourcedId"] for row in out["academicSessions"]} == {"", "Y"}


def test_records_of_all_sources_go_out(nights: Nights, tmp_path: Path) -> None:
    nights.sync(SCHOOL)
    annex = {
        "orgs": lines("sourcedId,name,type", "S9,Annex,school"),
        "users": lines("sourcedId,username", "X1,xavier"),
        "roles": lines("userSourcedId,orgSourcedId,role", "X1,S9,student"),
    }
    nights.sync(annex, source="annex")
    out = made(nights.database, SDS, tmp_path / "out")
    assert ("X1",) in column(out["users"], "sourcedId")
    assert ("P1",) in column(out["users"], "sourcedId")


def test_the_same_roster_makes_the_same_bytes(
    world: Nights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    exported(world.database, "oneroster-1.2", first)
    monkeypatch.setenv("CARTABLE_NOW", "2027-09-15T08:00:00+00:00")
    exported(world.database, "oneroster-1.2", second)
    assert first.read_bytes() == second.read_bytes()


@pytest.fixture
def small(nights: Nights) -> tuple[str, Path]:
    """A small roster, and where exports of it go."""
    nights.sync({"orgs": ORGS, "users": SCHOOL["users"], "roles": SCHOOL["roles"].replace(",Y,", ",,")})
    place = nights.place / "exports"
    place.mkdir()
    return nights.database, place


def refused(database: str, path: Path, **options: Any) -> str:
    with pytest.raises(UsageError) as told:
        exported(database, SDS, path, **options)
    return str(told.value)


def test_what_is_there_is_replaced_only_where_that_is_said(small: tuple[str, Path]) -> None:
    database, place = small
    folder, package = place / "folder", place / "package.zip"
    for path in (folder, package):
        exported(database, SDS, path)
        before = contents(path)
        assert refused(database, path) == f"There is something at {path} already."
        exported(database, SDS, path, overwrites=True, groups=())
        assert contents(path) != before
        assert {one.stat().st_mode & 0o77 for one in [path, *folder.iterdir()]} == {0}
    assert sorted(one.name for one in place.iterdir()) == ["folder", "package.zip"]


def test_a_folder_with_anything_else_in_it_is_never_replaced(small: tuple[str, Path]) -> None:
    database, place = small
    exported(database, SDS, place / "folder")
    (place / "folder" / "letter.odt").write_text("Dear parents")
    assert "it holds letter.odt" in refused(database, place / "folder", overwrites=True)
    (place / "file").write_text("")
    assert "is no export of this kind" in refused(database, place / "file", overwrites=True)
    (place / "folder.zip").mkdir()
    assert "is no export of this kind" in refused(database, place / "folder.zip", overwrites=True)


def test_a_failure_leaves_nothing(small: tuple[str, Path]) -> None:
    database, place = small
    assert refused(database, place / "new" / "out", school="S9").startswith("There is no organisation S9")
    assert refused(database, place / "new" / "out.zip", as_of="2020-01-01").startswith("There is nobody")
    assert refused(database, place / "new" / ("x" * 300)).startswith("The export cannot be written")
    assert list(place.iterdir()) == []


def test_what_a_killed_export_left_goes_with_the_next_and_what_is_being_written_stays(
    small: tuple[str, Path],
) -> None:
    database, place = small
    dies = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from cartable.flow import packaging\n"
        "with packaging.unfinished(Path(sys.argv[1]), (), overwrites=True) as package:\n"
        "    with package.file('users.csv') as path:\n"
        "        path.write_text('secret')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for path in (place / "out", place / "out.zip"):
        subprocess.run([sys.executable, "-c", dies, str(path)], check=False)
        (left,) = place.glob(f".{path.name}.*")
        with packaging.unfinished(path, (), overwrites=True):
            (alive,) = place.glob(f".{path.name}.*")
            assert alive != left
            exported(database, SDS, path)
            assert alive.exists()
        assert list(place.glob(f".{path.name}.*")) == []
    # One that was killed when it had moved what it was to replace, and put nothing there.
    (place / "out").rename(place / ".out.0123abcd.old")
    (place / ".out.0123abcd").mkdir()
    assert refused(database, place / "out") == f"There is something at {place / 'out'} already."
    assert sorted(one.name for one in place.iterdir()) == ["out", "out.zip"]


def test_a_full_disk_leaves_what_was_there(small: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    database, place = small
    exported(database, SDS, place / "out")
    before = contents(place / "out")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    assert "No space left on device" in refused(database, place / "out.zip")
    monkeypatch.setattr(Path, "chmod", full)
    assert "No space left on device" in refused(database, place / "out", overwrites=True)
    monkeypatch.undo()
    assert contents(place / "out") == before
    assert [one.name for one in place.iterdir()] == ["out"]
