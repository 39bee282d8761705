"""What is made up for OneRoster comes out alike in Python and in every database."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb
import psycopg
import pytest

from cartable.model import spellings, synthesis
from cartable.model.entities import BY_NAME
from cartable.model.spellings import VERSIONS
from cartable.model.vocabularies import VOCABULARIES
from tests.postgresql import Cluster

Ask = Callable[[str], list[tuple[Any, ...]]]

SESSIONS = [
    ("Y", "Year", "schoolYear", "2027", "2026-09-01", "2027-07-03"),
    ("Y2", "Year", "schoolYear", "2027", "2026-09-01", "2027-07-03"),
    ("S1", "Semester 1", "semester", "2027", "2026-09-01", "2027-01-31"),
    ("T1", "Term 1", "term", "2027", "2026-09-01", "2026-12-18"),
    ("T2", "Term 2", "term", "2027", "2027-01-04", "2027-04-09"),
    ("G1", "Period 1", "gradingPeriod", "2027", "2026-09-01", "2026-10-16"),
    ("Q1", "Quarter", "quarter", "2027", "2026-08-01", "2026-09-30"),
]
ROLES = [
    # user, org, role, session, grade, isPrimary, start, end
    ("T", "A", "principal", "", None, None, None, None),
    ("T", "A", "teacher", "", None, None, None, None),
    ("T", "B", "staff", "", None, "true", None, None),
    ("P", "A", "student", "", "07", None, None, None),
    ("P", "B", "student", "", "07", "false", None, None),
]
RELATIONSHIPS = [("P", "R", "relative"), ("P", "T", "parent"), ("Q", "R", "guardian")]
ENROLLMENTS = [
    ("C", "T", "teacher"),
    ("C", "U", "lecturer"),
    ("C", "A1", "coach"),
    ("C", "P", "student"),
    ("C", "Q", "student"),
    ("D", "P", "student"),
]
CLASSES = [("C", "A", "7B", None, None, None), ("D", "B", "8C", None, None, None)]
TABLES = {
    "academicSessions": SESSIONS,
    "roles": ROLES,
    "relationships": RELATIONSHIPS,
    "enrollments": ENROLLMENTS,
    "classes": CLASSES,
}
SESSIONS_, ROLES_, RELATIONSHIPS_, ENROLLMENTS_, CLASSES_ = (f'"{name}"' for name in TABLES)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[Ask, synthesis.Sha256]]:
    """An engine with the tables above, and how it writes a digest."""
    connection: Any
    if request.param == "sqlite":
        connection = sqlite3.connect(":memory:")
        connection.create_function("sha", 1, _sha256)
        yield _filled(connection, "?", "text"), "sha({})".format
        connection.close()
    elif request.param == "duckdb":
        connection = duckdb.connect()
        yield _filled(connection, "?", "varchar"), "sha256({})".format
        connection.close()
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        with (
            cluster.database("template0") as url,
            psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection,
        ):
            ask = _filled(connection, "%s", 'text collate "C"')
            yield ask, "encode(sha256(convert_to({}, 'UTF8')), 'hex')".format


def _filled(connection: Any, mark: str, text: str) -> Ask:
    for name, rows in TABLES.items():
        fields = BY_NAME[name].fields
        connection.execute(
            f'create table "{name}" ({", ".join(f"{chr(34)}{f.name}{chr(34)} {text}" for f in fields)})'
        )
        for row in rows:
            marks = ", ".join([mark] * len(row))
            connection.execute(f'insert into "{name}" values ({marks})', row)
    return lambda sql: [tuple(row) for row in connection.execute(sql).fetchall()]


def test_identifiers_are_the_same_everywhere(engine: tuple[Ask, synthesis.Sha256]) -> None:
    ask, sha256 = engine
    parts = ["'é'", "'P''1'", "'student'", "''"]
    sql = (
        synthesis.enrollment_id_sql(sha256, *parts[:3]),
        synthesis.role_id_sql(sha256, "'contact'", *parts),
        synthesis.course_id_sql(sha256, parts[0]),
    )
    assert ask(f"select {', '.join(sql)}") == [
        (
            synthesis.enrollment_id("é", "P'1", "student"),
            synthesis.role_id("contact", "é", "P'1", "student", ""),
            synthesis.course_id("é"),
        )
    ]
    # Whoever has them must find them again, years from now.
    assert synthesis.enrollment_id("12002", "P1", "student") == "a2d00b747d6b3865a079cde1"


def test_a_session_lies_in_the_innermost_that_may_hold_it(engine: tuple[Ask, synthesis.Sha256]) -> None:
    ask, _ = engine
    parents = ask(synthesis.session_parents_sql(SESSIONS_))
    assert sorted(parents) == [("G1", "T1"), ("S1", "Y"), ("T1", "S1"), ("T2", "Y")]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 11, 24), [("Y",)]),
        (date(2027, 7, 20), [("Y",)]),
        (date(2026, 8, 20), [("Y",)]),
        (date(2027, 8, 20), []),
    ],
)
def test_a_class_without_term_has_the_school_year(
    day: date, found: list[tuple[str]], engine: tuple[Ask, synthesis.Sha256]
) -> None:
    assert engine[0](synthesis.school_year_sql(SESSIONS_, day)) == found


def test_where_there_is_no_school_year_one_is_made_up() -> None:
    made = synthesis.school_year(date(2027, 8, 20))
    assert (made.sourced_id, made.title, made.start, made.end) == (
        "schoolYear-2028", "2027-2028", date(2027, 8, 1), date(2028, 7, 31),
    )  # fmt: skip
    assert synthesis.school_year(date(2027, 7, 31)).ends_in == 2027


def test_everybody_has_one_primary_role_in_each_organisation(engine: tuple[Ask, synthesis.Sha256]) -> None:
    ask, _ = engine
    sql = synthesis.appointments_sql(ROLES_, RELATIONSHIPS_, ENROLLMENTS_, CLASSES_)
    shown = '"userSourcedId", "orgSourcedId", "role", "origin", in_org, in_all'
    assert sorted(ask(f"select {shown} from ({sql}) a")) == [
        ("A1", "A", "coach", "class", 1, 1),
        ("P", "A", "student", "role", 1, 1),
        ("P", "B", "student", "role", 1, 2),
        ("Q", "A", "student", "class", 1, 1),
        ("R", "A", "guardian", "contact", 1, 1),
        ("R", "A", "relative", "contact", 2, 2),
        ("R", "B", "relative", "contact", 1, 3),
        ("T", "A", "parent", "contact", 3, 4),
        ("T", "A", "principal", "role", 2, 3),
        ("T", "A", "teacher", "role", 1, 2),
        ("T", "B", "parent", "contact", 2, 5),
        ("T", "B", "staff", "role", 1, 1),
        ("U", "A", "lecturer", "class", 1, 1),
    ]


def test_the_first_teacher_is_the_primary_one(engine: tuple[Ask, synthesis.Sha256]) -> None:
    assert engine[0](synthesis.primary_teachers_sql(ENROLLMENTS_)) == [("C", "T", "teacher")]


@pytest.mark.parametrize("name", spellings.BY_LIST)
@pytest.mark.parametrize("version", VERSIONS)
def test_codes_are_spelled_alike_everywhere(
    name: str, version: str, engine: tuple[Ask, synthesis.Sha256]
) -> None:
    spelling = spellings.BY_LIST[name]
    ask, _ = engine
    codes = [code.value for code in VOCABULARIES[name].codes] + ["lycee", "collège", "a b"]
    for code in codes:
        column = f"cast('{code}' as varchar(60))"
        losing = f"case when {spelling.losing(column, version)} then 1 else 0 end"
        ((spelled, lost),) = ask(f"select {spelling.sql(column, version)}, {losing}")
        assert spelled == spelling.spell(code, version), code
        if VOCABULARIES[name].extensible or code in codes[:-3]:
            assert bool(lost) == (not spelling.keeps(code, version)), code


@pytest.mark.parametrize("version", VERSIONS)
def test_who_leads_a_district_is_told_from_who_leads_a_school(
    version: str, engine: tuple[Ask, synthesis.Sha256]
) -> None:
    sql = [
        spellings.role(f"'{role}'", f"'{org}'", version)
        for role, org in (("staff", "college"), ("staff", "ministryOfEducation"), ("teacher", "district"))
    ]
    expected = {"1.1": ("administrator", "administrator", "teacher")}
    told = ("siteAdministrator", "districtAdministrator", "teacher")
    assert engine[0](f"select {', '.join(sql)}") == [expected.get(version, told)]
