"""Rules on people and classes: users, their roles, their contacts, who teaches whom."""

from cartable.model.findings import Action, Severity
from cartable.model.vocabularies import ORG_ROLES, OWNER_ROLES, RoleGroup
from cartable.rules.checks import Query, Row
from cartable.rules.rule import Rule

_FORMAT = "Microsoft, School Data Sync, SDS v2.1 CSV file format"
_GROUPS = "Microsoft Graph (beta), industryData class groups: a group needs an owner"


def _texts(codes: list[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes))


_STAFF = _texts([code.value for code in ORG_ROLES.codes if code.group is RoleGroup.STAFF])
_OWNERS = _texts(list(OWNER_ROLES))

# A role that cannot be read may be any role, so it never makes a class appear to lack one; nor
# does a row that could not be parsed but whose key can be read.
_NOBODY = """
select class._line, class.title
from {classes} as class
where class.sourcedId is not null and not exists (
    select 1 from {enrollments} as enrolled
    where enrolled.classSourcedId = class.sourcedId and %f(enrolled.role is null or enrolled.role in (%s))
) and not exists (
    select 1 from {pulled.enrollments} as enrolled
    where enrolled.classSourcedId = class.sourcedId and (enrolled.role is null or enrolled.role in (%s))
)
"""

# Said first, because most rows are students' and comparing one text is faster than twenty.
_NO_STUDENT = "coalesce(enrolled.role, '') <> 'student' and "

# Only roles whose key can be read are counted. One that cannot be read may yet be the primary one.
_PRIMARY = """
select min(case when is_sound then _line end) as _line,
    cast(sum(case when is_sound then 1 else 0 end) as varchar) as roles,
    cast(sum(case when is_sound and is_primary then 1 else 0 end) as varchar) as primaries
from (
    select _line, userSourcedId, orgSourcedId, coalesce(isPrimary = 'true', false) as is_primary,
        coalesce(list_contains(_damaged, 'isPrimary'), false) as is_doubtful,
        role is not null and not coalesce(list_contains(_damaged, 'sessionSourcedId'), false) as is_sound
    from {repeated}
) as one
group by userSourcedId, orgSourcedId
having sum(case when is_sound then 1 else 0 end) > 1
    and sum(case when is_doubtful then 1 else 0 end) = 0
    and (sum(case when is_primary then 1 else 0 end) = 0
        or sum(case when is_sound and is_primary then 1 else 0 end) > 1)
"""

# Who is named as a contact but lacks what receivers need of one.
_INCOMPLETE = """
select sourcedId, _line,
    case when givenName is null then 'givenName' when familyName is null then 'familyName' else 'email'
    end as field,
    concat_ws(', ', case when givenName is null then 'givenName' end,
        case when familyName is null then 'familyName' end, case when email is null then 'email' end
    ) as missing
from {users}
where (givenName is null or familyName is null or email is null)
    and sourcedId in (select relationshipUserSourcedId from {relationships})
"""

_HAS_PLACE = """
(exists (select 1 from {roles} as enrolled where enrolled.userSourcedId = contact.sourcedId)
or exists (select 1 from {enrollments} as enrolled where enrolled.userSourcedId = contact.sourcedId)
or exists (select 1 from {pulled.roles} as enrolled where enrolled.userSourcedId = contact.sourcedId)
or exists (select 1 from {pulled.enrollments} as enrolled where enrolled.userSourcedId = contact.sourcedId))
"""

_CONTACT = f"""
select contact._line, contact.field, contact.missing
from ({_INCOMPLETE}) as contact
"""

_CONTACT_ROW = f"""
select named._line, contact.missing
from {{relationships}} as named
join ({_INCOMPLETE}) as contact on contact.sourcedId = named.relationshipUserSourcedId
where {_HAS_PLACE}
"""

_CONTACT_READS = {"users": ("givenName", "familyName", "email"), "relationships": ()}

_STAFF_CONTACT = f"""
select person._line
from {{users}} as person
where person.sourcedId in (select relationshipUserSourcedId from {{relationships}})
    and person.sourcedId in (select userSourcedId from {{roles}} where role in ({_STAFF}))
"""

_YEARS = """
select _line, min(schoolYear) as earliest, max(schoolYear) as latest
from (
    select class._line, session.schoolYear
    from (select _line, unnest(sessionSourcedIds) as sessionSourcedId from {classes}) as class
    join {academicSessions} as session on session.sourcedId = class.sessionSourcedId
) as meeting
group by _line
having min(schoolYear) <> max(schoolYear)
"""

RULES: tuple[Rule, ...] = (
    Rule(
        code="role.primary",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="This user has {roles} roles in the organisation; marked as primary: {primaries}.",
        hint="Mark exactly one of them with isPrimary true.",
        source=f"{_FORMAT}: roles, isPrimary",
        details=("roles", "primaries"),
        checks=(
            Query(
                entity="roles",
                field="isPrimary",
                sql=_PRIMARY,
                reads={"roles": ("isPrimary",)},
                repeated=("userSourcedId", "orgSourcedId"),
            ),
        ),
    ),
    Rule(
        code="role.dates",
        severity=Severity.WARNING,
        action=Action.BLANK,
        message="The role ends on {value}, before it starts on {start}.",
        hint="Correct roleStartDate or roleEndDate; the end was left out.",
        source="Cartable: not in the standard, breaks what is built upon it",
        details=("start",),
        checks=(
            Row(
                entity="roles",
                field="roleEndDate",
                condition="{roleEndDate} < {roleStartDate}",
                details={"start": "{roleStartDate}"},
            ),
        ),
    ),
    Rule(
        code="user.names",
        severity=Severity.ERROR,
        action=Action.EXCLUDE,
        message="The user has no {column}, which creating accounts needs.",
        hint="Fill in the column {column}, or check without --create-users.",
        source=f"{_FORMAT}: users, givenName and familyName",
        checks=(
            Row(entity="users", field="givenName", condition="{givenName} is null", option="create_users"),
            Row(entity="users", field="familyName", condition="{familyName} is null", option="create_users"),
        ),
    ),
    Rule(
        code="user.contact",
        severity=Severity.INFO,
        action=Action.NONE,
        message="A contact lacks what receivers need of contacts: {missing}.",
        hint="Fill in givenName, familyName and email of everyone whom relationships.csv names as a contact.",
        source=f"{_FORMAT}: relationships, relationshipUserSourcedId",
        details=("missing",),
        checks=(
            Query(entity="users", sql=_CONTACT, reads=_CONTACT_READS, option="not contacts"),
            Query(
                entity="users",
                sql=f"{_CONTACT} where not {_HAS_PLACE}",
                reads=_CONTACT_READS,
                option="contacts",
                severity=Severity.ERROR,
                action=Action.EXCLUDE,
            ),
            Query(
                entity="relationships",
                field="relationshipUserSourcedId",
                shows_value=True,
                sql=_CONTACT_ROW,
                reads=_CONTACT_READS,
                option="contacts",
                severity=Severity.ERROR,
                action=Action.EXCLUDE,
            ),
        ),
    ),
    Rule(
        code="user.staff-contact",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The user has a staff role and is a pupil's contact in the same record.",
        hint="Give them a second user record as a contact, with their private e-mail address.",
        source=f"{_FORMAT}: relationships, note on staff who are contacts",
        checks=(
            Query(entity="users", sql=_STAFF_CONTACT, reads={"users": (), "relationships": (), "roles": ()}),
        ),
    ),
    Rule(
        code="class.owner",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The class {title} has nobody who can own its group.",
        hint="Enrol a teacher, or somebody else in an owner role.",
        source=_GROUPS,
        details=("title",),
        checks=(
            Query(
                entity="classes",
                sql=_NOBODY.replace("%f", _NO_STUDENT).replace("%s", _OWNERS),
                reads={"classes": (), "enrollments": ()},
                skips_excluded=True,
            ),
        ),
    ),
    Rule(
        code="class.students",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The class {title} has no students.",
        hint="Enrol its students, or leave the class out.",
        source="Cartable: an empty class is seldom meant",
        details=("title",),
        checks=(
            Query(
                entity="classes",
                sql=_NOBODY.replace("%f", "").replace("%s", "'student'"),
                reads={"classes": (), "enrollments": ()},
                skips_excluded=True,
            ),
        ),
    ),
    Rule(
        code="class.years",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The class meets in sessions of several school years, from {earliest} to {latest}.",
        hint="Let a class have sessions of one school year.",
        source=f"{_FORMAT}: classes, sessionSourcedIds",
        details=("earliest", "latest"),
        checks=(
            Query(
                entity="classes",
                field="sessionSourcedIds",
                sql=_YEARS,
                reads={"classes": ("sessionSourcedIds",), "academicSessions": ("schoolYear",)},
            ),
        ),
    ),
)
