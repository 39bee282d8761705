"""How the rows of OneRoster's files become rows of the roster's entities: one table.

Source: Microsoft, School Data Sync, OneRoster to SDS v2.1; 1EdTech, OneRoster CSV binding 1.1 and 1.2.

The SQL is written over a file's rows that go on, with values in canonical spelling, NULL where empty,
lists as arrays. `{users}` and the like stand for such rows of a file, `{people}` for what people are:
(id, pupil, relation), `{list:…}` for the map of a code list's spellings to its codes, an organisation's
own codes among them. What the roster has no place for is no part of this table; it is counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cartable.formats.oneroster import ONEROSTER_1_1, ONEROSTER_1_2
from cartable.model import vocabularies as lists
from cartable.model.vocabularies import Vocabulary

EXTENSION = "ext:"
"""What a code begins with that is none of OneRoster's own."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One field of the roster and what it is taken from.

    Args:
        field: its name in the roster.
        column: the column whose value it is, which findings name.
        sql: its text; empty for the column as it is.
        file: the file of the column, where it is another one than the row's.
        coarse: SQL: whether a row's value becomes one that says less; empty where none does.
    """

    field: str
    column: str
    sql: str = ""
    file: str = ""
    coarse: str = ""

    @property
    def value(self) -> str:
        """SQL: its text."""
        return self.sql or f'"{self.column}"'

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it is taken from; beside its own those that the SQL names in quotation marks."""
        return frozenset({self.column, *re.findall(r'"(\w+)"', self.sql)})


@dataclass(frozen=True, slots=True)
class Intake:
    """What one entity is taken from.

    Args:
        entity: name of the roster's entity.
        file: the file whose rows its rows are; lines in findings are its.
        fields: what is taken.
        rows: SQL: the rows, with `_line`; empty for the file's own.
        condition: SQL: which of these, all where empty.
        whole_by: of the key, the field that names whose records a row of the file tells whole; empty where
            a row tells one record.
        whole_if: SQL: which rows do so, all where empty.
    """

    entity: str
    file: str
    fields: tuple[Taken, ...]
    rows: str = ""
    condition: str = ""
    whole_by: str = ""
    whole_if: str = ""


def _case(column: str, codes: Mapping[str, str], otherwise: str = "null") -> str:
    """SQL: the code that stands for the column's."""
    known = " ".join(f"when '{code}' then '{meant}'" for code, meant in codes.items())
    return f'case when "{column}" is null then null else case "{column}" {known} else {otherwise} end end'


def _with_extensions(codes: Mapping[str, str], listed: Vocabulary) -> dict[str, str]:
    """The codes, and the roster's own behind `ext:`."""
    return {**codes, **{f"{EXTENSION}{code.value}": code.value for code in listed.codes}}


def _same(*codes: str) -> dict[str, str]:
    return {code: code for code in codes}


# Those that OneRoster calls users for the sake of pupils have no role in the roster.
CONTACTS = ("parent", "guardian", "relative")
RELATIONS = {**_same(*CONTACTS, "aide"), "ext:doctor": "doctor", "ext:other": "other"}
_ROLES = {
    **_same("administrator", "principal", "proctor", "student", "teacher"),
    "aide": "teacherAssistant",
    "counselor": "advisor",
    "districtAdministrator": "administrator",
    "siteAdministrator": "administrator",
    "systemAdministrator": "itAdmin",
}
_KNOWN_ROLE = _case("role", _with_extensions(_ROLES, lists.ORG_ROLES))
_ROLE = f"coalesce({_KNOWN_ROLE}, case when role is not null then 'other' end)"
_OTHER_ROLE = f"{_KNOWN_ROLE} is null and role not in ({', '.join(map(repr, CONTACTS))})"
_HAS_ROLE = f"coalesce(role not in ({', '.join(repr(one) for one in CONTACTS)}), true)"
_CLASS_ROLE = _case(
    "role",
    _with_extensions(_same("administrator", "aide", "proctor", "student", "teacher"), lists.ENROLLMENT_ROLES),
)
_KNOWN_SESSION = _case(
    "type",
    _with_extensions(_same("gradingPeriod", "semester", "schoolYear", "term"), lists.SESSION_TYPES),
)
_SESSION_TYPE = f"coalesce({_KNOWN_SESSION}, case when type is not null then 'term' end)"
# An organisation's own types are most often kinds of schools.
_OWN_TYPE = f"{{list:{lists.ORG_TYPES.name}}}[lower(substr(type, {len(EXTENSION) + 1}))]"
_IS_OWN = f"starts_with(type, '{EXTENSION}')"
_ORG_TYPE = f"case when {_IS_OWN} then coalesce({_OWN_TYPE}, 'school') else type end"
_SEX = "case when sex in ('male', 'female') then sex when sex is not null then 'notSelected' end"

# The last day of a time whose end is exclusive.
_LAST_DAY = "cast(cast(try_cast({column} as date) - 1 as date) as varchar)"
_END = _LAST_DAY.replace("{column}", '"endDate"')

# The person's name in the directory among the other identifiers.
_DIRECTORY = r"""nullif(trim(regexp_extract("userIds", '(?i)\{\s*activeDirectory\s*:([^}]*)\}', 1)), '')"""


def _listed(column: str, listed: Vocabulary) -> str:
    """SQL: the first of the comma-separated codes in the column that the list has."""
    code = f"{{list:{listed.name}}}[lower(trim(x))]"
    meant = f"list_transform(string_split(\"{column}\", ','), lambda x: {code})"
    return f"list_filter({meant}, lambda x: x is not null)[1]"


def _if_true(*columns: str) -> str:
    """SQL: the names of those columns that are true, separated by commas."""
    each = ", ".join(f"case when \"{column}\" = 'true' then '{column}' end" for column in columns)
    return f"nullif(array_to_string(list_filter([{each}], lambda x: x is not null), ','), '')"


def _plain(*names: str) -> tuple[Taken, ...]:
    return tuple(Taken(name, name) for name in names)


_GRADE = '"grades"[1]'

_SHARED: tuple[Intake, ...] = (
    Intake(
        "orgs",
        "orgs",
        (
            *_plain("sourcedId", "name"),
            Taken("type", "type", _ORG_TYPE, coarse=f"{_IS_OWN} and {_OWN_TYPE} is null"),
            *_plain("parentSourcedId"),
        ),
    ),
    Intake(
        "academicSessions",
        "academicSessions",
        (
            *_plain("sourcedId", "title"),
            Taken("type", "type", _SESSION_TYPE, coarse=f"type is not null and {_KNOWN_SESSION} is null"),
            *_plain("schoolYear", "startDate"),
            Taken("endDate", "endDate", _END),
        ),
    ),
    Intake(
        "users",
        "users",
        (
            *_plain("sourcedId", "username", "givenName", "familyName"),
            Taken("activeDirectoryMatchId", "userIds", _DIRECTORY),
            *_plain("email", "phone", "sms"),
            # Whoever has no number of a person writes the identifier again, since suites ask for one.
            Taken("userNumber", "identifier", 'nullif("identifier", "sourcedId")'),
        ),
    ),
    Intake(
        "courses",
        "courses",
        (
            *_plain("sourcedId", "orgSourcedId", "title"),
            Taken("code", "courseCode"),
            *_plain("schoolYearSourcedId"),
            Taken("subject", "subjectCodes", _listed("subjectCodes", lists.SUBJECTS)),
            Taken("grade", "grades", _GRADE),
        ),
    ),
    Intake(
        "classes",
        "classes",
        (
            Taken("sourcedId", "sourcedId"),
            Taken("orgSourcedId", "schoolSourcedId"),
            Taken("title", "title"),
            Taken("sessionSourcedIds", "termSourcedIds", "array_to_string(\"termSourcedIds\", ',')"),
            Taken("courseSourcedId", "courseSourcedId"),
            Taken("code", "classCode"),
        ),
    ),
    Intake(
        "enrollments",
        "enrollments",
        (*_plain("classSourcedId", "userSourcedId"), Taken("role", "role", _CLASS_ROLE)),
        # Who is enrolled as a relative is in no class of the roster.
        condition=f"role is null or {_CLASS_ROLE} is not null",
    ),
    Intake(
        "relationships",
        "users",
        (
            Taken("userSourcedId", "agentSourcedIds", "pupil"),
            Taken("relationshipUserSourcedId", "agentSourcedIds", "contact"),
            Taken("relationshipRole", "agentSourcedIds", "relation"),
        ),
        rows="""(
            select _line, case when is_contact then agent else "sourcedId" end as pupil,
                case when is_contact then "sourcedId" else agent end as contact,
                case when is_contact then mine else theirs end as relation
            from (
                select one._line, one."sourcedId", one.agent, person.relation as mine,
                    case when other.id is not null then coalesce(other.relation, 'other') end as theirs,
                    person.relation is not null and not coalesce(person.pupil, false) as is_contact
                from (
                    select _line, "sourcedId", unnest("agentSourcedIds") as agent from {users}
                    where "agentSourcedIds" is not null
                ) as one
                left join {people} as person on person.id = one."sourcedId"
                left join {people} as other on other.id = one.agent
            ) as told
        )""",
        whole_by="userSourcedId",
        # Some say in the rows of one side alone who belongs to whom.
        whole_if='len("agentSourcedIds") > 0',
    ),
    Intake(
        "demographics",
        "demographics",
        (
            Taken("userSourcedId", "sourcedId"),
            Taken("sex", "sex", _SEX, coarse="sex not in ('male', 'female', 'unspecified')"),
            *_plain("birthDate"),
            Taken("birthCity", "cityOfBirth"),
            Taken(
                "birthState",
                "stateOfBirthAbbreviation",
                _listed("stateOfBirthAbbreviation", lists.BIRTH_STATES),
            ),
            Taken("birthCountry", "countryOfBirthCode"),
            Taken("ethnicityCodes", "hispanicOrLatinoEthnicity", _if_true("hispanicOrLatinoEthnicity")),
            Taken("raceCodes", "asian", _if_true(*(code.value for code in lists.RACES.codes))),
        ),
    ),
    Intake(
        "userFlags",
        "users",
        (Taken("userSourcedId", "sourcedId"), Taken("flag", "userFlags", "flag")),
        rows="""(
            select _line, "sourcedId", unnest("userFlags") as flag from {users} where "userFlags" is not null
        )""",
        whole_by="userSourcedId",
    ),
)

_FIRST: tuple[Intake, ...] = (
    *_SHARED,
    Intake(
        "roles",
        "users",
        (
            Taken("userSourcedId", "sourcedId"),
            Taken("orgSourcedId", "orgSourcedIds", "org"),
            Taken("role", "role", _ROLE),
            Taken("grade", "grades", _GRADE),
        ),
        rows='(select *, unnest(coalesce("orgSourcedIds", [null])) as org from {users})',
        condition=_HAS_ROLE,
        whole_by="userSourcedId",
    ),
)

_SECOND: tuple[Intake, ...] = (
    *_SHARED,
    Intake(
        "roles",
        "roles",
        (
            *_plain("userSourcedId", "orgSourcedId"),
            Taken("role", "role", _ROLE, coarse=_OTHER_ROLE),
            *_plain("sessionSourcedId"),
            Taken("grade", "grades", "grade", file="users"),
            Taken("isPrimary", "roleType", "case \"roleType\" when 'primary' then 'true' else 'false' end"),
            Taken("roleStartDate", "beginDate"),
            Taken("roleEndDate", "endDate", _END),
        ),
        rows=f"""(
            select one.*, person.grade from {{roles}} as one
            left join (select "sourcedId" as id, {_GRADE} as grade from {{users}}) as person
            on person.id = one."userSourcedId"
        )""",
        condition=_HAS_ROLE,
    ),
)


def _relation(column: str) -> str:
    return _case(column, RELATIONS)


PEOPLE: Mapping[str, str] = {
    ONEROSTER_1_1.code: f"""(
        select "sourcedId" as id, role = 'student' as pupil, {_relation("role")} as relation from {{users}}
    )""",
    ONEROSTER_1_2.code: f"""(
        select "userSourcedId" as id, bool_or(role = 'student') as pupil, min({_relation("role")}) as relation
        from {{roles}} group by 1
    )""",
}
"""What people are, by version: whether they are pupils, and what they are to pupils."""

NO_ROLE = """(
    select "sourcedId" as id, false as pupil, cast(null as varchar) as relation from {users}
    anti join {people} as known on known.id = "sourcedId"
)"""
"""Those of whom a package that tells all roles tells none."""

INTAKES: Mapping[str, tuple[Intake, ...]] = {ONEROSTER_1_1.code: _FIRST, ONEROSTER_1_2.code: _SECOND}
"""What the roster's entities are taken from, by version."""
