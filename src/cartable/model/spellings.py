"""How OneRoster spells the roster's codes: the same for exports and for the API.

A code that a version does not have is written as the one that comes closest, so that a receiver which
knows nothing of SDS still finds its teachers; version 1.2 takes codes of one's own, which begin with
`ext:`, where nothing comes close. Whatever loses its meaning on the way is told apart (`Spelling.keeps`).
Sources: 1EdTech, OneRoster 1.1 and 1.2, vocabularies; CEDS, entry grade level.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cartable.model import vocabularies

FIRST, SECOND = "1.1", "1.2"
VERSIONS = (FIRST, SECOND)
"""The versions of OneRoster, as its own files name them."""

OWN = "ext:"
_OWN_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
_OWN_CODE = re.compile(r"[a-zA-Z0-9._-]+")
_NAMELESS = f"{OWN}other"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the codes of one list are spelled.

    Args:
        first, second: by code, what versions 1.1 and 1.2 write; a code that neither names is written as
            it is.
        own: an organisation's own codes, of which only version 1.2 may have any: what 1.1 writes instead.
            None where both take any text.
        same: by version, codes whose spelling differs and still means the same.
    """

    first: Mapping[str, str | None]
    second: Mapping[str, str | None]
    own: str | None = None
    known: frozenset[str] = frozenset()
    same: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, version: str) -> Mapping[str, str | None]:
        """What a version writes for the codes that it spells otherwise."""
        return self.first if version == FIRST else self.second

    def spell(self, code: str, version: str) -> str | None:
        """What a version writes for a code; None where it has no place for it."""
        if code in self.of(version):
            return self.of(version)[code]
        if self.own is None or code in self.known:
            return code
        if version == FIRST:
            return self.own
        return f"{OWN}{code}" if _OWN_CODE.fullmatch(code) else _NAMELESS

    def keeps(self, code: str, version: str) -> bool:
        """Whether what a version writes says all that the code says."""
        spelled = self.spell(code, version)
        return spelled in (code, f"{OWN}{code}") or code in self.same.get(version, ())

    def sql(self, column: str, version: str) -> str:
        """SQL of `spell`, which every database understands.

        Args:
            column: SQL of a code.
        """
        branches = " ".join(
            f"when '{code}' then {'null' if spelled is None else literal(spelled)}"
            for code, spelled in self.of(version).items()
        )
        other = column
        if self.own is not None:
            listed = ", ".join(map(literal, sorted(self.known)))
            named = f"case when trim({column}, '{_OWN_CHARACTERS}') = '' then '{OWN}' || {column} "
            own = literal(self.own) if version == FIRST else f"{named}else '{_NAMELESS}' end"
            other = f"case when {column} is null or {column} in ({listed}) then {column} else {own} end"
        return f"case {column} {branches} else {other} end" if branches else other

    def losing(self, column: str, version: str) -> str:
        """SQL of the condition that a code loses its meaning."""
        codes = [*self.of(version), *sorted(self.known)]
        kept = [code for code in dict.fromkeys(codes) if self.keeps(code, version)]
        lost = [code for code in dict.fromkeys(codes) if not self.keeps(code, version)]
        if self.own is None:
            return f"{column} in ({', '.join(map(literal, lost))})" if lost else "1 = 0"
        if version == FIRST:
            return f"{column} not in ({', '.join(map(literal, kept))})"
        named = f"trim({column}, '{_OWN_CHARACTERS}') <> ''"
        return f"({column} in ({', '.join(map(literal, lost))}) or {named})" if lost else named


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _all(token: str, *codes: str) -> dict[str, str | None]:
    return dict.fromkeys(codes, token)


def _own(*codes: str) -> dict[str, str | None]:
    return {code: f"{OWN}{code}" for code in codes}


_OWN_TYPES = (
    *("university", "college", "campus", "adultEducation", "municipality", "academicTrust"),
    *("localAuthority", "region", "division", "province", "researchCenter", "program"),
    *("departmentOfEducation", "ministryOfEducation"),
)
_PLAIN_TYPES = ("department", "school", "district", "local", "state", "national")

ORG_TYPES = Spelling(
    {
        **_all("school", "university", "college", "campus", "adultEducation"),
        **_all("local", "municipality", "localAuthority"),
        **_all("district", "academicTrust", "division"),
        **_all("state", "region", "province", "departmentOfEducation"),
        **_all("national", "ministryOfEducation"),
        **_all("department", "researchCenter", "program"),
    },
    _own(*_OWN_TYPES),
    # What an organisation calls by a name of its own is most often a kind of school.
    own="school",
    known=frozenset((*_PLAIN_TYPES, *_OWN_TYPES)),
)

SESSION_TYPES = Spelling(_all("term", "quarter"), _own("quarter"))

TEACHING = ("teacher", "professor", "lecturer", "instructor", "faculty", "adjunct", "substitute", "coach")
"""Roles that teach, the plain one first."""

_HELPING = (
    *("teacherAssistant", "assistant", "paraprofessional", "specialServices", "nurse"),
    *("occupationalTherapist", "physicalTherapist", "speechTherapist", "visionTherapist"),
)
LEADING = ("administrator", "officeStaff", "chair", "staff")
"""Roles that version 1.2 tells apart by the organisation: of a school, or of what is above it."""

SITE, DISTRICT = "siteAdministrator", "districtAdministrator"
_STRANGE = ("affiliate", "researcher", "alumni", "other")
_TAUGHT = _all("teacher", *TEACHING[1:])
_HELPED = _all("aide", *_HELPING)
_CONTACTS: dict[str, str | None] = {"doctor": "relative"}

# Roles in organisations, and those of contacts, which OneRoster counts among them. Of `other`, which is a
# role of either, version 1.1 makes an aide: a contact's is spelled by the next list.
ROLES = Spelling(
    {
        **_TAUGHT,
        **_HELPED,
        **_all("administrator", *LEADING[1:], "principal", "itAdmin"),
        **_all("aide", "advisor", *_STRANGE),
    },
    {
        **_TAUGHT,
        **_HELPED,
        **_all(SITE, *LEADING),
        **_all("systemAdministrator", "itAdmin"),
        **_all("counselor", "advisor"),
        **_own(*_STRANGE),
    },
    same={SECOND: frozenset(("administrator", "itAdmin", "advisor"))},
)

CONTACT_ROLES = Spelling({**_CONTACTS, "other": "relative"}, _own("doctor", "other"))

_MEMBERS = ("affiliate", "alumni", "advisor")
ENROLLMENT_ROLES = Spelling(
    {
        **_TAUGHT,
        **_HELPED,
        **_all("administrator", *LEADING[1:], "principal", "itAdmin"),
        **_all("aide", *_MEMBERS),
    },
    {
        **_TAUGHT,
        **_own(*_HELPING, *_MEMBERS, "aide"),
        **_all("administrator", *LEADING[1:], "principal", "itAdmin"),
    },
)

SEXES = Spelling(
    {"notSelected": None}, {"notSelected": "unspecified"}, same={SECOND: frozenset(("notSelected",))}
)

# CEDS has these in capitals. Any other text is a grade, too.
_CEDS: dict[str, str | None] = {
    **{code: code.upper() for code in ("it", "pr", "pk", "tk", "kg", "ps", "ug")},
    "other": "Other",
}
GRADES = Spelling(_CEDS, _CEDS, same=dict.fromkeys(VERSIONS, frozenset(_CEDS)))

BY_LIST: Mapping[str, Spelling] = MappingProxyType(
    {
        vocabularies.ORG_TYPES.name: ORG_TYPES,
        vocabularies.SESSION_TYPES.name: SESSION_TYPES,
        vocabularies.ORG_ROLES.name: ROLES,
        vocabularies.ENROLLMENT_ROLES.name: ENROLLMENT_ROLES,
        vocabularies.RELATIONSHIP_ROLES.name: CONTACT_ROLES,
        vocabularies.SEXES.name: SEXES,
        vocabularies.GRADES.name: GRADES,
    }
)
"""Every spelling by the name of the code list."""

FLAGS: Mapping[str, str] = MappingProxyType({"ell": "ELL", "lep": "LEP", "iep": "IEP"})
"""How Microsoft's own checks of OneRoster spell flags that differ. Source: EDU Graph, OneRoster tests."""

ACTIVE_DIRECTORY = "activeDirectory"
"""The type under which `activeDirectoryMatchId` stands among `userIds`."""

FLAGS_KEY = "microsoft.userFlags"
"""The member of `metadata` that holds a person's flags, separated by commas."""

SUBJECTS: Mapping[str, str] = MappingProxyType({code.value: code.en for code in vocabularies.SUBJECTS.codes})
"""What a subject's code is called, where OneRoster wants both; an own code is called as it is written."""


def role(column: str, org_type: str, version: str) -> str:
    """SQL of a role in an organisation: version 1.2 tells apart who leads a school and who what is above.

    Args:
        column: SQL of the roster's role.
        org_type: SQL of the type of the organisation, as the roster has it.
    """
    spelled = ROLES.sql(column, version)
    if version == FIRST:
        return spelled
    schools = ", ".join(map(literal, _schools()))
    leads = f"{column} in ({', '.join(map(literal, LEADING))})"
    return f"case when {leads} and {org_type} not in ({schools}) then '{DISTRICT}' else {spelled} end"


def _schools() -> Sequence[str]:
    """Types of organisations that are schools, or parts of one."""
    alike = (code for code, spelled in ORG_TYPES.first.items() if spelled in ("school", "department"))
    return ("school", "department", *alike)
