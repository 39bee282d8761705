"""What OneRoster's lists hold, and what becomes of SDS's codes that they do not hold.

Source: 1EdTech, OneRoster 1.2 rostering OpenAPI (1.1: its published derivatives), vocabularies.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from cartable.model import spellings
from cartable.model.entities import BY_NAME
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


_FIELDS: tuple[tuple[str, str], ...] = (
    ("orgs", "type"),
    ("roles", "role"),
    ("enrollments", "role"),
    ("academicSessions", "type"),
    ("relationships", "relationshipRole"),
    ("demographics", "sex"),
)


def _list(entity: str, field: str, version: str, receivers: tuple[str, ...]) -> CodeList:
    """What exports write, too: see `cartable.model.spellings`."""
    vocabulary = BY_NAME[entity].field(field).vocabulary
    assert vocabulary, f"{entity}.{field} has no codes"
    spelling = spellings.BY_LIST[vocabulary.name]
    told = {code.value: spelling.spell(code.value, version) for code in vocabulary.codes}
    return CodeList(
        entity,
        field,
        receivers,
        tuple(code for code, spelled in told.items() if spelled == code),
        {
            code: spelled
            for code, spelled in told.items()
            if spelled and spelled != code and not spelled.startswith(spellings.OWN)
        },
    )


CODE_LISTS: tuple[CodeList, ...] = tuple(
    _list(entity, field, version, receivers)
    for entity, field in _FIELDS
    for version, receivers in ((spellings.FIRST, FIRST), (spellings.SECOND, SECOND))
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
