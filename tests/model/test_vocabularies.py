"""The code lists, held against what is published of them."""

from cartable.model.vocabularies import (
    ENROLLMENT_ROLES,
    GRADES,
    ORG_ROLES,
    OWNER_ROLES,
    SUBJECTS,
    VOCABULARIES,
    RoleGroup,
)


def test_every_list_has_the_published_number_of_codes() -> None:
    assert {name: len(vocabulary.codes) for name, vocabulary in VOCABULARIES.items()} == {
        "orgTypes": 20,
        "orgRoles": 30,
        "grades": 31,
        "sessionTypes": 5,
        "schoolYears": 11,
        "enrollmentRoles": 27,
        "relationshipRoles": 6,
        "subjects": 23,
        "sexes": 3,
        "ethnicities": 1,
        "races": 6,
        "birthStates": 62,
        "userFlags": 8,
    }


def test_no_spelling_stands_for_two_codes() -> None:
    for vocabulary in VOCABULARIES.values():
        spellings = [known.lower() for code in vocabulary.codes for known in (code.value, *code.aliases)]
        assert len(set(spellings)) == len(spellings), vocabulary.name


def test_every_code_has_a_label_in_both_languages() -> None:
    for vocabulary in VOCABULARIES.values():
        assert all(code.en and code.fr for code in vocabulary.codes)


def test_spellings_are_found_whatever_their_capitals() -> None:
    assert GRADES.spellings["1"] == "01"
    assert GRADES.spellings["ps1"] == "ps1"
    assert SUBJECTS.spellings["52039"] == "02"
    assert ENROLLMENT_ROLES.spellings["aid"] == "aide"


def test_an_organisation_extends_only_six_lists() -> None:
    extensible = {name for name, vocabulary in VOCABULARIES.items() if vocabulary.extensible}
    assert extensible == {"orgTypes", "grades", "subjects", "ethnicities", "races", "userFlags"}


def test_roles_of_people_and_of_classes_differ_by_four() -> None:
    people, classes = ({code.value for code in roles.codes} for roles in (ORG_ROLES, ENROLLMENT_ROLES))
    assert people - classes == {"nurse", "researcher", "faculty", "other"}
    assert classes - people == {"aide"}
    assert classes > OWNER_ROLES
    groups = {code.value: code.group for code in ORG_ROLES.codes}
    assert groups["alumni"] is RoleGroup.STAFF
    assert groups["student"] is RoleGroup.STUDENTS
    assert groups["other"] is None
