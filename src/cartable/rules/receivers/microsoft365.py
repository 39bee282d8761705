"""What Microsoft 365 does with what School Data Sync hands on: accounts, groups, contacts."""

from cartable.model.findings import Action, Severity
from cartable.model.receivers import MICROSOFT_365
from cartable.model.vocabularies import GROUP_OWNER_ROLES, LECTURING_ROLES
from cartable.rules.checks import Query
from cartable.rules.receivers.queries import HAS_ROLE, each, once
from cartable.rules.rule import Rule

_FOR = (MICROSOFT_365.name,)
_ENTRA = "Microsoft Entra ID, user principal names and name attributes"
_GROUPS = "Microsoft Graph (beta), industryData class groups: mailNickname is Section_ and the class id"
_MATCHING = "Microsoft, School Data Sync, Identity matching"
_LISTS = "Microsoft, School Data Sync, Default list of values"

# At most 64 characters before the @, 48 behind it, 113 in all.
_LONG_NAME = r"regexp_matches(username, '\A(?:[^@]{65,}.*|[^@]*@.{49,}|.{114,})\z')"
_DOT = r"regexp_matches(username, '\A[^@]*\.(?:@.*)?\z')"
_LETTERS = r"[A-Za-z0-9''._!#^~-]+"
_SPELLED = rf"regexp_matches(username, '\A{_LETTERS}(?:@{_LETTERS})?\z')"

_USERNAME = f"""
select _line, fault as "case" from (
    select _line, sourcedId,
        case when {_LONG_NAME} then 'long' when {_DOT} then 'dot' when not {_SPELLED} then ''
        end as fault
    from {{accepted.users}}
) as person
where fault is not null and {HAS_ROLE}
"""

# A mail nickname has at most 64 characters, and `Section_` takes eight of them.
_LONG_ID = r"regexp_matches(sourcedId, '\A.{57,}\z')"
_BAD_ID = r"""regexp_matches(sourcedId, '\A.*[@()\\\[\]";:<>, ].*\z')"""
_ODD_ID = r"not regexp_matches(sourcedId, '\A[A-Za-z0-9_]*\z')"

_SAME_ID = """
select _line, cast(earlier as varchar) as earlier
from (select _line, min(_line) over (partition by lower(sourcedId)) as earlier from {repeated}) as shared
where _line > earlier
"""

_OWNERS, _LECTURERS = (
    ", ".join(f"'{role}'" for role in sorted(roles)) for roles in (GROUP_OWNER_ROLES, LECTURING_ROLES)
)

# An enrollment whose role cannot be read may be an owner's.
_NO_OWNER = f"""
select class._line, class.title
from {{accepted.classes}} as class
where exists (
    select 1 from {{accepted.enrollments}} as enrolled
    where enrolled.classSourcedId = class.sourcedId and enrolled.role in ({_LECTURERS})
) and not exists (
    select 1 from {{enrollments}} as enrolled
    where enrolled.classSourcedId = class.sourcedId
        and coalesce(enrolled.role, '') <> 'student'
        and (enrolled.role is null or enrolled.role in ({_OWNERS}))
) and not exists (
    select 1 from {{pulled.enrollments}} as enrolled
    where enrolled.classSourcedId = class.sourcedId
        and (enrolled.role is null or enrolled.role in ({_OWNERS}))
)
"""

_SESSIONS = """
select min(_line) as _line, cast(count(*) as varchar) as count
from (
    select _line from (select _line, unnest(sessionSourcedIds) as session from {accepted.classes}) as meeting
    group by _line having count(*) > 1
) as class
having count(*) > 0
"""

_SCHOOL_YEARS = """
select min(_line) as _line, min(schoolYear) as earliest, max(schoolYear) as latest
from {accepted.academicSessions}
having min(schoolYear) <> max(schoolYear)
"""

# A role row that was left out, or could not be parsed, is still a role.
_NO_ROLE = """
select person._line, '' as "case"
from {accepted.users} as person
where not exists (select 1 from {roles} as held where held.userSourcedId = person.sourcedId)
    and not exists (select 1 from {pulled.roles} as held where held.userSourcedId = person.sourcedId)
    and not exists (
        select 1 from {relationships} as named where named.relationshipUserSourcedId = person.sourcedId
    )
    and not exists (
        select 1 from {pulled.relationships} as named
        where named.relationshipUserSourcedId = person.sourcedId
    )
"""

_OTHER_ROLE = """
select person._line, 'other' as "case"
from {accepted.users} as person
where exists (
    select 1 from {accepted.roles} as held
    where held.userSourcedId = person.sourcedId and held.role = 'other'
) and not exists (
    select 1 from {roles} as held
    where held.userSourcedId = person.sourcedId and (held.role is null or held.role <> 'other')
) and not exists (select 1 from {pulled.roles} as held where held.userSourcedId = person.sourcedId)
"""

_CONTACTS = """
select min(_line) as _line, cast(count(distinct relationshipUserSourcedId) as varchar) as count
from {accepted.relationships}
having count(*) > 0
"""

_MANY = """
select min(_line) as _line, cast(count(distinct userSourcedId) as varchar) as count
from {accepted.enrollments}
having count(distinct userSourcedId) > 50000
"""


def _same_id(entity: str) -> Query:
    return Query(
        entity=entity,
        field="sourcedId",
        receivers=_FOR,
        repeated=("lower(sourcedId)",),
        sql=_SAME_ID,
        shows_value=True,
        skips_excluded=True,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        code="microsoft365.username",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Microsoft 365 allows no account by the name {value}.",
        hint="Use letters without accents, digits and the characters '.-_!#^~ alone, and one @ at most.",
        source=_ENTRA,
        details=("case",),
        cases={
            "long": (
                "The name {value} is too long for an account in Microsoft 365.",
                "Keep to 64 characters before the @, 48 after it and 113 in all.",
            ),
            "dot": (
                "The name {value} has a full stop where the part before the @ ends, "
                "which Microsoft 365 refuses.",
                "Take that full stop out.",
            ),
        },
        checks=(Query(entity="users", field="username", receivers=_FOR, sql=_USERNAME, shows_value=True),),
    ),
    Rule(
        code="microsoft365.name-length",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The name {value} has more than the 64 characters that Microsoft 365 takes.",
        hint="Shorten it, or the account cannot be created with it.",
        source=_ENTRA,
        checks=tuple(
            each("users", name, rf"regexp_matches({name}, '\A.{{65,}}\z') and {HAS_ROLE}", _FOR)
            for name in ("givenName", "familyName")
        ),
    ),
    Rule(
        code="microsoft365.class-id",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The class identifier {value} makes no address for the class's group.",
        hint="Use letters without accents and digits alone: the group's address is made of it.",
        source=_GROUPS,
        details=("case", "count"),
        cases={
            "long": (
                "The class identifier {value} is too long for the address of the class's group.",
                "Keep to 56 characters: the address is Section_ and the identifier, 64 in all.",
            ),
            "odd": (
                "Class identifiers hold other characters than letters without accents and digits, such as "
                "{value}, and Microsoft 365 may refuse them. Rows: {count}.",
                "Letters and digits alone are safe. Do not rename classes in the middle of a year: a new "
                "identifier is a new group.",
            ),
        },
        outcomes={"odd": (Severity.INFO, Action.NONE)},
        checks=(
            each("classes", "sourcedId", _LONG_ID, _FOR, {"case": "'long'", "count": "''"}),
            each(
                "classes",
                "sourcedId",
                f"{_BAD_ID} and not {_LONG_ID}",
                _FOR,
                {"case": "''", "count": "''"},
            ),
            once(
                "classes",
                "sourcedId",
                f"{_ODD_ID} and not {_BAD_ID} and not {_LONG_ID}",
                _FOR,
                case="odd",
            ),
        ),
    ),
    Rule(
        code="microsoft365.same-id",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The identifier {value} is that of line {earlier} but for capital letters.",
        hint="Give them identifiers that differ in more: the directory takes both for one.",
        source="Microsoft, School Data Sync, Validation rules: identifiers are case-sensitive; Entra ID's "
        "names are not",
        details=("earlier",),
        checks=(_same_id("users"), _same_id("classes"), _same_id("orgs")),
    ),
    Rule(
        code="microsoft365.role",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The user has no role in any organisation, and may be matched with no account.",
        hint="Give the user a row in roles.csv. School Data Sync matches accounts by role group, staff or "
        "students.",
        source=_MATCHING,
        details=("case",),
        cases={
            "other": (
                "The user's only role is other, which is in no role group; the user may be matched with no "
                "account.",
                "Use a staff role or student, if the user shall have an account.",
            ),
        },
        checks=(
            Query(entity="users", receivers=_FOR, sql=_NO_ROLE, reads={"roles": ()}),
            Query(entity="users", receivers=_FOR, sql=_OTHER_ROLE, reads={"roles": ()}),
        ),
    ),
    Rule(
        code="microsoft365.alumni",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Former pupils (alumni) are in the staff group, with the staff's accounts and licences. "
        "Rows: {count}.",
        hint="Leave out the roles of those who have left, unless they shall be staff.",
        source=f"{_LISTS}, Organization user role: role groups",
        details=("count",),
        checks=(once("roles", "role", "role = 'alumni'", _FOR),),
    ),
    Rule(
        code="microsoft365.owner",
        severity=Severity.INFO,
        action=Action.NONE,
        message="In the class {title} nobody owns the group, by Microsoft's own setting: those who teach it "
        "are its members.",
        hint="Enrol them as teacher, or make their role an owner's where School Data Sync is set up.",
        source="Microsoft, EDU Graph Postman collection, industryData: default class group mapping",
        details=("title",),
        checks=(
            Query(
                entity="classes",
                receivers=_FOR,
                sql=_NO_OWNER,
                reads={"classes": (), "enrollments": ()},
            ),
        ),
    ),
    Rule(
        code="microsoft365.sessions",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Classes have several sessions, of which the class's group shows one. Classes: {count}.",
        hint="Nothing needs to be done, unless something reads the session from the group.",
        source="Microsoft, School Data Sync, SDS v2.1 CSV file format: classes, sessionSourcedIds",
        details=("count",),
        checks=(
            Query(
                entity="classes",
                field="sessionSourcedIds",
                receivers=_FOR,
                sql=_SESSIONS,
                shows_value=True,
            ),
        ),
    ),
    Rule(
        code="microsoft365.school-years",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The sessions are of several school years, {earliest} to {latest}, and each flow of "
        "School Data Sync takes in one.",
        hint="What becomes of the other years is not documented. Deliver the sessions of one year, or look "
        "at the run's report.",
        source="Microsoft, School Data Sync, Academic year handling: one inbound flow for each year",
        details=("earliest", "latest"),
        checks=(Query(entity="academicSessions", field="schoolYear", receivers=_FOR, sql=_SCHOOL_YEARS),),
    ),
    Rule(
        code="microsoft365.contacts",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Names and addresses of pupils' contacts may go to Microsoft 365. Contacts: {count}.",
        hint="Deliver those alone who have given their consent, or whose data may be handed on by law; they "
        "need no role and get no account.",
        source=f"{MICROSOFT_365.source}: student contacts",
        details=("count",),
        checks=(
            Query(
                entity="relationships",
                field="relationshipUserSourcedId",
                receivers=_FOR,
                sql=_CONTACTS,
            ),
        ),
    ),
    Rule(
        code="microsoft365.licences",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Whether there are licences for everybody cannot be seen in the files: without licence or "
        "usage location an account cannot be set up. Users with a role: {count}.",
        hint="See in Microsoft's admin centre that there are enough licences for staff and students.",
        source="Microsoft, School Data Sync, errors InvalidLicense and InvalidUserUsageLocation",
        details=("count",),
        checks=(once("users", "", HAS_ROLE, _FOR, shows_value=False),),
    ),
    Rule(
        code="microsoft365.size",
        severity=Severity.INFO,
        action=Action.NONE,
        message="More than 50,000 users are enrolled, and setting up their groups may take more than a day. "
        "Users: {count}.",
        hint="Allow for it when you plan the start of the school year.",
        source="Microsoft, School Data Sync, Planning checklist",
        details=("count",),
        checks=(Query(entity="enrollments", receivers=_FOR, sql=_MANY),),
    ),
)
