"""What OneRoster's lists hold, and what becomes of SDS's codes that they do not hold.

Source: 1EdTech, OneRoster 1.2 rostering OpenAPI (1.1: its published derivatives), vocabularies.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from cartable.model.receivers import ONEROSTER_1_1, ONEROSTER_1_2

FIRST, SECOND = (ONEROSTER_1_1.name,), (ONEROSTER_1_2.name,)
BOTH = (*FIRST, *SECOND)


@dataclass(frozen=True, slots=True)
class CodeList:
    """One field's list in OneRoster.

    Args:
        entity, field: whose codes.
        receivers: the versions that have this list.
        known: SDS's codes that it holds too.
        instead: for others the code that comes closest, where there is one.
    """

    entity: str
    field: str
    receivers: tuple[str, ...]
    known: tuple[str, ...]
    instead: Mapping[str, str] = dataclasses.field(default_factory=dict)


_TEACHING = dict.fromkeys(
    ("professor", "lecturer", "instructor", "faculty", "adjunct", "substitute", "coach"), "teacher"
)
_HELPING = dict.fromkeys(
    (
        "teacherAssistant",
        "assistant",
        "paraprofessional",
        "occupationalTherapist",
        "physicalTherapist",
        "speechTherapist",
        "visionTherapist",
        "specialServices",
        "nurse",
    ),
    "aide",
)
_LEADING = ("administrator", "officeStaff", "chair", "staff")

CODE_LISTS: tuple[CodeList, ...] = (
    CodeList("orgs", "type", BOTH, ("department", "school", "district", "local", "state", "national")),
    CodeList(
        "roles",
        "role",
        FIRST,
        ("student", "teacher", "administrator", "proctor"),
        {
            **_TEACHING,
            **_HELPING,
            **dict.fromkeys((*_LEADING, "principal", "itAdmin"), "administrator"),
            "advisor": "aide",
        },
    ),
    CodeList(
        "roles",
        "role",
        SECOND,
        ("student", "teacher", "principal", "proctor"),
        {
            **_TEACHING,
            **_HELPING,
            **dict.fromkeys(_LEADING, "siteAdministrator"),
            "itAdmin": "systemAdministrator",
            "advisor": "counselor",
        },
    ),
    # Whether version 1.1 takes an aide in a class is told differently in different places.
    CodeList(
        "enrollments", "role", FIRST, ("student", "teacher", "administrator", "proctor", "aide"), _TEACHING
    ),
    CodeList("enrollments", "role", SECOND, ("student", "teacher", "administrator", "proctor"), _TEACHING),
    CodeList(
        "academicSessions",
        "type",
        BOTH,
        ("schoolYear", "semester", "term", "gradingPeriod"),
        {"quarter": "term"},
    ),
    CodeList(
        "relationships",
        "relationshipRole",
        FIRST,
        ("parent", "guardian", "relative", "aide"),
        {"doctor": "relative", "other": "relative"},
    ),
    CodeList("relationships", "relationshipRole", SECOND, ("parent", "guardian", "relative", "aide")),
    CodeList("demographics", "sex", FIRST, ("male", "female")),
    CodeList("demographics", "sex", SECOND, ("male", "female"), {"notSelected": "unspecified"}),
)

# Grades are any text in OneRoster, which names this list for them (CEDS, entry grade level).
GRADES: tuple[str, ...] = (
    *("it", "pr", "pk", "tk", "kg"),
    *(f"{grade:02}" for grade in range(1, 14)),
    *("ps", "ug", "other"),
)

# Fields without a counterpart, and in which versions.
WITHOUT_PLACE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("roles", "sessionSourcedId", BOTH),
    ("roles", "isPrimary", FIRST),
    ("roles", "roleStartDate", FIRST),
    ("roles", "roleEndDate", FIRST),
    ("userFlags", "flag", BOTH),
)

# Fields that OneRoster demands and SDS does not.
DEMANDED: tuple[tuple[str, str], ...] = (
    ("users", "givenName"),
    ("users", "familyName"),
    ("classes", "sessionSourcedIds"),
    ("classes", "courseSourcedId"),
)

# End dates, which OneRoster excludes: its end is the day after.
END_DATES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("academicSessions", "endDate", BOTH),
    ("roles", "roleEndDate", SECOND),
)
