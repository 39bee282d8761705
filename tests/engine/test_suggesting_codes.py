"""Which code a value that is none was probably meant for: what a school's secretary would agree with."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.engine.suggesting import closest_code
from cartable.model.vocabularies import (
    BIRTH_STATES,
    ENROLLMENT_ROLES,
    GRADES,
    ORG_ROLES,
    ORG_TYPES,
    RACES,
    RELATIONSHIP_ROLES,
    SCHOOL_YEARS,
    SESSION_TYPES,
    SEXES,
    SUBJECTS,
    Code,
    Vocabulary,
)


@pytest.mark.parametrize(
    ("vocabulary", "value", "code"),
    [
        # Another spelling.
        (ORG_ROLES, "teacher assistant", "teacherAssistant"),
        (ORG_ROLES, "Teacher-Assistant", "teacherAssistant"),
        (ORG_ROLES, "stu\u00a0dent", "student"),
        (ORG_ROLES, "ｓｔｕｄｅｎｔ", "student"),
        (GRADES, "001", "01"),
        (GRADES, "O1", "01"),
        (GRADES, "l2", "12"),
        (GRADES, "9.0", "09"),
        (RACES, "two or more races", "demographicRaceTwoOrMoreRaces"),
        # A slip of the fingers.
        (ORG_ROLES, "stdent", "student"),
        (ORG_ROLES, "studnet", "student"),
        (ORG_ROLES, "studentt", "student"),
        (ORG_ROLES, "studemt", "student"),
        (ORG_ROLES, "paraproffesional", "paraprofessional"),
        (BIRTH_STATES, "Califronia", "CA"),
        # A label, in either language.
        (GRADES, "Grade 7", "07"),
        (GRADES, "CM2", "05"),
        (GRADES, "sixieme", "06"),
        (ORG_ROLES, "Élève", "student"),
        (ORG_ROLES, "eleve", "student"),
        (ENROLLMENT_ROLES, "ENSEIGNANT", "teacher"),
        (ENROLLMENT_ROLES, "enseigant", "teacher"),
        (SESSION_TYPES, "Année scolaire", "schoolYear"),
        (SCHOOL_YEARS, "2026-2027", "2027"),
        (SCHOOL_YEARS, "2026/2027", "2027"),
        (BIRTH_STATES, "Nouveau Mexique", "NM"),
        # A word that exports use.
        (ORG_ROLES, "Professeur", "teacher"),
        (ORG_ROLES, "Lehrer", "teacher"),
        (ORG_ROLES, "alumno", "student"),
        (ENROLLMENT_ROLES, "professeurs", "teacher"),
        (ORG_TYPES, "école", "school"),
        (ORG_TYPES, "ECOLE", "school"),
        (ORG_TYPES, "lycée", "school"),
        (ORG_TYPES, "collège", "school"),
        (RELATIONSHIP_ROLES, "Mère", "parent"),
        (RELATIONSHIP_ROLES, "tutrice", "guardian"),
        (RELATIONSHIP_ROLES, "soeur", "relative"),
        (GRADES, "6e", "06"),
        (GRADES, "6ème", "06"),
        (SUBJECTS, "Maths", "02"),
        (SEXES, "F", "female"),
        (SEXES, "garcon", "male"),
    ],
)
def test_a_secretary_would_agree(vocabulary: Vocabulary, value: str, code: str) -> None:
    assert closest_code(vocabulary, value) == code


@pytest.mark.parametrize(
    ("vocabulary", "value"),
    [
        (ORG_ROLES, ""),
        (ORG_ROLES, "-"),
        (ORG_ROLES, "truc"),
        (ORG_ROLES, "parent"),
        (ORG_ROLES, "student2"),
        (ORG_ROLES, "x" * 10_000),
        (GRADES, "99"),
        (GRADES, "15"),
        (GRADES, "ps5"),
        (GRADES, "pz"),
        (GRADES, "Grade 15"),
        (SCHOOL_YEARS, "26"),
        (SCHOOL_YEARS, "20266"),
        (SCHOOL_YEARS, "2026-2028"),
        (SUBJECTS, "51038"),
        (SUBJECTS, "06"),
        (SEXES, "X"),
        (BIRTH_STATES, "XX"),
        (BIRTH_STATES, "Carolina"),
    ],
)
def test_nobody_could_say(vocabulary: Vocabulary, value: str) -> None:
    assert closest_code(vocabulary, value) is None


def test_of_two_codes_that_are_equally_close_none_is_told() -> None:
    schools = ORG_TYPES.extended(
        [Code("campusN", "Campus N", "Campus N"), Code("campusS", "Campus S", "Campus S")]
    )
    assert closest_code(schools, "campus n") == "campusN"
    assert closest_code(schools, "campusX") is None


def test_an_organisations_own_codes_are_known_by_code_and_label() -> None:
    grades = GRADES.extended([Code("brevet", "Brevet year", "Année du brevet")])
    assert closest_code(grades, "brevét") == "brevet"
    assert closest_code(grades, "annee du brevet") == "brevet"
    assert closest_code(GRADES, "brevet") is None


OWN = Vocabulary(
    "own",
    "own codes",
    "codes propres",
    tuple(
        Code(word, f"Label {number}", f"Libellé {number}")
        for number, word in enumerate(("philosophie", "géographie", "orchestre-1", "Brevet", "natation 04"))
    ),
    extensible=True,
    source="a test",
)


def swapped(code: str, at: int) -> str:
    return code[:at] + code[at + 1] + code[at] + code[at + 2 :]


MISTAKES: dict[str, Callable[[str, int], str]] = {
    "a letter is wrong": lambda code, at: code[:at] + "w" + code[at + 1 :],
    "a letter is missing": lambda code, at: code[:at] + code[at + 1 :],
    "a letter is too much": lambda code, at: code[:at] + "w" + code[at:],
    "two letters changed places": swapped,
    "a blank inside": lambda code, at: code[:at] + "\u00a0" + code[at:],
    "capitals": lambda code, _: code.upper(),
    "no accents": lambda code, _: code.replace("é", "e"),
    "an accent": lambda code, _: code.replace("o", "ô"),
    "another separator": lambda code, _: code.replace("-", "_").replace(" ", "."),
    "no separator": lambda code, _: code.replace("-", "").replace(" ", ""),
    "zeros lost": lambda code, _: code.replace("04", "4"),
    "zeros added": lambda code, _: code.replace("04", "004").replace("-1", "-01"),
    "a zero like a letter": lambda code, _: code.replace("0", "O"),
    "a one like a letter": lambda code, _: code.replace("1", "l"),
}


@given(st.sampled_from(OWN.codes), st.sampled_from(sorted(MISTAKES)), st.integers(1, 4))
def test_a_code_is_found_again_after_one_mistake(code: Code, mistake: str, at: int) -> None:
    assert closest_code(OWN, MISTAKES[mistake](code.value, at)) == code.value
