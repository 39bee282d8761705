"""How OneRoster spells the codes of the roster, in either edition. Source: `docs`, mapping of fields.

Where the standard has no word, 1.2 takes one of ours after `ext:`, and 1.1 the nearest that it has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EXTENSION = "ext:"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one code is spelled.

    Args:
        new: in 1.2.
        old: in 1.1; None where nothing is said there.
    """

    new: str
    old: str | None


def _same(*codes: str) -> dict[str, Spelling]:
    return {code: Spelling(code, code) for code in codes}


def _as(new: str, old: str, *codes: str) -> dict[str, Spelling]:
    return {code: Spelling(new, old) for code in codes}


def _own(old: str, codes: Iterable[str]) -> dict[str, Spelling]:
    return {code: Spelling(f"{EXTENSION}{code}", old) for code in codes}


ORG_TYPES: Mapping[str, Spelling] = {
    **_same("department", "school", "district", "local", "state", "national"),
    **_own("school", ("university", "college", "campus", "adultEducation")),
    **_own("local", ("municipality", "localAuthority", "division", "program", "researchCenter")),
    **_own("district", ("academicTrust", "region")),
    **_own("state", ("province",)),
    **_own("national", ("departmentOfEducation", "ministryOfEducation")),
}
"""Of organisations; what is not here is an organisation's own code."""

SESSION_TYPES: Mapping[str, Spelling] = {
    **_same("gradingPeriod", "semester", "schoolYear", "term"),
    **_own("term", ("quarter",)),
}

_TEACHING = ("professor", "lecturer", "instructor", "faculty", "adjunct", "substitute", "coach")
_AIDING = ("teacherAssistant", "assistant", "paraprofessional", "specialServices", "nurse")
_THERAPISTS = ("occupationalTherapist", "physicalTherapist", "speechTherapist", "visionTherapist")

ROLES: Mapping[str, Spelling] = {
    **_same("student", "teacher", "proctor", "aide", "parent", "guardian", "relative"),
    **_as("teacher", "teacher", *_TEACHING),
    **_as("aide", "aide", *_AIDING, *_THERAPISTS),
    **_as("principal", "administrator", "principal"),
    **_as("siteAdministrator", "administrator", "administrator", "officeStaff", "chair", "staff"),
    **_as("systemAdministrator", "administrator", "itAdmin"),
    **_as("counselor", "aide", "advisor"),
    **_own("aide", ("affiliate", "researcher", "alumni", "other")),
    **_own("relative", ("doctor",)),
}
"""Of people in organisations, and of contacts."""

SCHOOLS = ("school", "campus", "college", "university", "adultEducation")
"""Organisations that are schools, or are like one."""

IN_DISTRICTS: Mapping[str, str] = {"siteAdministrator": "districtAdministrator"}
"""What a role is called in 1.2 where the organisation is no school."""

ENROLLMENT_ROLES: Mapping[str, Spelling] = {
    **_same("student", "teacher", "proctor", "administrator"),
    **_as("teacher", "teacher", *_TEACHING),
    **_as("administrator", "administrator", "principal", "officeStaff", "chair", "staff", "itAdmin"),
    **_own("teacher", ("aide", "advisor", "affiliate", "alumni", *_AIDING, *_THERAPISTS)),
}
"""Of people in classes. 1.1 has four: who helps in a class stands with its teachers."""

SEXES: Mapping[str, Spelling] = {
    **_same("male", "female"),
    "notSelected": Spelling("unspecified", None),
}

NO_ROLE = Spelling(f"{EXTENSION}none", "aide")
"""Of people who have none in any organisation: the standard wants one."""

PRECEDENCE = ("teacher", "administrator", "aide", "proctor", "student", "guardian", "parent", "relative")
"""Which role 1.1 tells of somebody who has several; the first comes first."""
