"""Which record a reference that leads nowhere was probably meant for."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartable.model.findings import Finding
from tests.engine.uploads import ORGS, ROLES, SESSIONS, USERS, checked

YEAR = SESSIONS + "Y1,Year,schoolYear,2027,2026-09-01,2027-06-30\n"


def users(identifiers: Iterable[str]) -> dict[str, str]:
    rows = "".join(f'"{identifier}",user{number}\n' for number, identifier in enumerate(identifiers))
    return {"users.csv": "sourcedId,username\n" + rows}


def told(finding: Finding) -> tuple[str | None, str | None]:
    return finding.detail.get("closest"), finding.detail.get("closest_label")


def suggested(directory: Path, identifiers: Iterable[str], *values: str) -> list[str | None]:
    """What is suggested for user identifiers that do not exist."""
    roles = "".join(f'"{value}",S1,student\n' for value in values)
    files = {**users(identifiers), "roles.csv": "userSourcedId,orgSourcedId,role\n" + roles}
    with checked(directory, files) as result:
        close = {f.value: f.detail.get("closest") for f in result.findings if f.code == "reference.missing"}
        assert set(close) == set(values)
        return [close[value] for value in values]


@pytest.mark.parametrize(
    ("identifier", "value"),
    [
        ("S-01", "s-01"),
        ("S-01", "S_01"),
        ("S-01", "S 01"),
        ("S-01", "S01"),
        ("S-01", "S-1"),
        ("S-01", "S-001"),
        ("S-01", "S-O1"),
        ("S-01", "S-0l"),
        ("0123", "123"),
        ("1234", "1 234"),
        ("12", "12.0"),
        ("élève-7", "eleve-7"),
        ("a1", "A1"),
        ("UAI0690123D", "UAI069O123D"),
        ("KOWALSKI-MA", "KOWLASKI-MA"),
        ("KOWALSKI-MA", "KOWALKI-MA"),
        ("KOWALSKI-MA", "KOWALLSKI-MA"),
        ("KOWALSKI-MA", "KOWAISKI-MA"),
        ("P-48213", "P-48231"),
        # Cyrillic and Greek letters that look the same.
        ("K010001", "\u041a010001"),
        ("K010001", "\u039a010001"),
        ("POTATO-7", "\u0420\u041e\u0422\u0410\u0422\u041e-7"),
        ("A1", "\u0410-1"),
        ("K010001", "K010 001"),
        ("K010001", "K010.001"),
        ("202 600 17", "20260017"),
        ("User One", "user0"),
    ],
)
def test_a_secretary_would_agree(identifier: str, value: str, tmp_path: Path) -> None:
    assert suggested(tmp_path, [identifier, "other"], value) == [identifier]


@pytest.mark.parametrize(
    ("identifiers", "value"),
    [
        # Another number or another letter that counts is another record.
        (["P1001"], "P1002"),
        (["P100"], "P1000"),
        (["1-02"], "102"),
        (["CLS-12"], "CLS-21"),
        (["CLS-MATH-A"], "CLS-MATH-B"),
        (["GROUPA"], "GROUPB"),
        (["MATH-II"], "MATH-III"),
        (["SEM-SI"], "SEM-SL"),
        # Too short for a slip.
        (["ab"], "ba"),
        (["abc"], "abd"),
        # Several are equally close.
        (["a1", "A-1"], "A_1"),
        (["S01", "S001"], "S1"),
        (["MARTIN", "MARTEN"], "MARTON"),
        ([str(number) for number in range(1000, 1200)], "1210"),
        # Pupils of another year.
        ([str(number) for number in range(1200, 1300)], "2150"),
        (["x" * 120], "X" * 120),
        # Of several ways to group digits, each is as good.
        (["K01-0001", "K010-001"], "K010001"),
        # The identifier is what is damaged.
        (["123"], "0123"),
        (["7"], "07"),
        (["10001.0"], "10001"),
        (["10001.0", "10002.0"], "1 0001"),
        (["C\u00a01"], "c 1"),
    ],
)
def test_nobody_could_say(identifiers: list[str], value: str, tmp_path: Path) -> None:
    assert suggested(tmp_path, identifiers, value) == [None]


def test_the_fewest_differences_win(tmp_path: Path) -> None:
    assert suggested(tmp_path, ["S-01", "S-1"], "s-01") == ["S-01"]


def test_a_school_is_told_by_its_name(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES.replace("P1,S1", "P1,s-1")}) as result:
        assert told(result.of("reference.missing")) == ("S1", "Lac")


def test_a_class_is_told_by_its_title_and_school(tmp_path: Path) -> None:
    files = {
        "classes.csv": "sourcedId,orgSourcedId,title\nC1,S1,Maths\n",
        "enrollments.csv": "classSourcedId,userSourcedId,role\nC1,T1,teacher\nC01,P1,student\n",
    }
    with checked(tmp_path, files) as result:
        assert told(result.of("reference.missing")) == ("C1", "Maths, Lac")


def test_sessions_and_courses_are_told_by_their_titles(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR,
        "courses.csv": "sourcedId,orgSourcedId,title\nM1,S1,Algebra\n",
        "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId\n"
        'C1,S1,Maths,"y1,Z9",m-1\n',
        "enrollments.csv": "classSourcedId,userSourcedId,role\nC1,T1,teacher\nC1,P1,student\n",
    }
    with checked(tmp_path, files) as result:
        assert {f.value: told(f) for f in result.findings if f.code == "reference.missing"} == {
            "y1": ("Y1", "Year, 2027"),
            "Z9": (None, None),
            "m-1": ("M1", "Algebra"),
        }


def test_nothing_is_told_of_a_person_beyond_the_identifier(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES.replace("P1", "p1")}) as result:
        assert told(result.of("reference.missing")) == ("P1", None)


def test_a_name_in_place_of_an_identifier_is_recognised(tmp_path: Path) -> None:
    files = {"roles.csv": "userSourcedId,orgSourcedId,role\nANNE,S1,teacher\nP1,Lac,student\n"}
    with checked(tmp_path, files) as result:
        assert [told(f) for f in result.findings] == [("T1", None), ("S1", "Lac")]


def test_a_number_that_is_somebody_elses_code_is_not_taken_for_a_name(tmp_path: Path) -> None:
    files = {
        "users.csv": USERS + "P2,4711\n",
        "roles.csv": ROLES + "4711,S1,student\n",
    }
    with checked(tmp_path, files) as result:
        assert told(result.of("reference.missing")) == (None, None)


def test_a_record_that_was_left_out_itself_is_suggested_too(tmp_path: Path) -> None:
    files = {"orgs.csv": ORGS + "S-2,,school\n", "roles.csv": ROLES + "P1,s-2,student\n"}
    with checked(tmp_path, files) as result:
        assert told(result.of("reference.missing")) == ("S-2", None)


def test_no_record_is_suggested_to_itself(tmp_path: Path) -> None:
    files = {"orgs.csv": "sourcedId,name,type,parentSourcedId\nS1,Lac,school,s1\nD1,Lyon,district,\n"}
    with checked(tmp_path, files) as result:
        assert told(result.of("reference.missing")) == (None, None)


def test_only_a_record_of_the_right_type_is_suggested(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR + "A-1,Autumn,term,2027,2026-09-01,2026-12-18\n",
        "courses.csv": "sourcedId,orgSourcedId,title,schoolYearSourcedId\nM1,S1,Maths,a1\nM2,S1,Maths,y1\n",
    }
    with checked(tmp_path, files) as result:
        assert [told(f)[0] for f in result.findings if f.code == "reference.missing"] == [None, "Y1"]


def test_a_term_in_place_of_its_school_year_is_told_the_school_year(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR + "A1,Autumn,term,2027,2026-09-01,2026-12-18\n",
        "courses.csv": "sourcedId,orgSourcedId,title,schoolYearSourcedId\nM1,S1,Maths,A1\n",
    }
    with checked(tmp_path, files) as result:
        assert told(result.of("reference.wrong-kind")) == ("Y1", "Year, 2027")


def test_of_two_school_years_of_that_year_none_is_told(tmp_path: Path) -> None:
    files = {
        "academicSessions.csv": YEAR
        + "Y2,Other,schoolYear,2027,2026-09-01,2027-06-30\nA1,Autumn,term,2027,2026-09-01,2026-12-18\n",
        "courses.csv": "sourcedId,orgSourcedId,title,schoolYearSourcedId\nM1,S1,Maths,A1\n",
    }
    with checked(tmp_path, files) as result:
        assert told(result.of("reference.wrong-kind")) == (None, None)


def test_unknown_codes_carry_their_labels_in_every_language(tmp_path: Path) -> None:
    with checked(tmp_path, {"roles.csv": ROLES.replace("student", "élève")}) as result:
        assert result.of("value.code").detail == {
            "list": "orgRoles",
            "closest": "student",
            "closest_en": "Student",
            "closest_fr": "Élève",
        }


# Identifiers as unlike each other as names are.
NAMES = ("KOWALSKI-MA", "dubois.04", "Zimmermann", "FERREIRA_17", "o'hara-1")


@settings(max_examples=15, deadline=None)
@given(
    at=st.integers(1, 3),
    mistake=st.sampled_from(("swap", "drop", "double", "blank", "upper", "lower", "bare", "zeros")),
)
def test_an_identifier_is_found_again_after_one_mistake(at: int, mistake: str) -> None:
    made = {
        "swap": lambda name: name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        "drop": lambda name: name[:at] + name[at + 1 :],
        "double": lambda name: name[:at] + "x" + name[at:],
        "blank": lambda name: name[:at] + "\u2009" + name[at:],
        "upper": str.upper,
        "lower": str.lower,
        "bare": lambda name: name.translate({ord(one): None for one in "-_.'"}),
        "zeros": lambda name: name.replace("04", "4").replace("17", "017").replace("-1", "-001"),
    }[mistake]
    names = NAMES if mistake not in ("swap", "drop", "double") else NAMES[:4]
    wrong = {made(name): name for name in names if made(name) not in NAMES}
    with TemporaryDirectory() as directory:
        assert suggested(Path(directory), NAMES, *wrong) == list(wrong.values())
