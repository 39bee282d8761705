"""What OneRoster has no place for, no code for, or demands, where SDS v2.1 differs from it."""

from cartable.model.findings import Action, Severity
from cartable.rules.checks import Query
from cartable.rules.receivers.oneroster_codes import (
    BOTH,
    CODE_LISTS,
    DEMANDED,
    END_DATES,
    FIRST,
    GRADES,
    WITHOUT_PLACE,
    CodeList,
)
from cartable.rules.receivers.queries import once, sound
from cartable.rules.rule import Rule

_MODEL = "1EdTech, OneRoster information model"
_VERSION = {"receiver": "{receiver}"}

_OWN_CODES = (
    "Ask the receiver which code it expects. Version 1.2 also allows codes of one's own, which begin with "
    "ext:."
)

_SEVERAL_ROLES = """
select min(_line) as _line, cast(count(*) as varchar) as count, {receiver} as receiver
from (
    select min(_line) as _line, userSourcedId from {accepted.roles}
    group by userSourcedId having min(role) <> max(role)
) as person
having count(*) > 0
"""

_SEVERAL_RELATIONS = """
select min(_line) as _line, cast(count(*) as varchar) as count, {receiver} as receiver
from (
    select min(_line) as _line, relationshipUserSourcedId from {accepted.relationships}
    group by relationshipUserSourcedId having min(relationshipRole) <> max(relationshipRole)
) as person
having count(*) > 0
"""


def _texts(codes: tuple[str, ...]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _unknown(codes: CodeList) -> Query:
    """One finding for each code that the list does not hold."""
    branches = " ".join(f"when '{code}' then '{instead}'" for code, instead in codes.instead.items())
    instead = f"case {codes.field} {branches} end" if branches else "cast(null as varchar)"
    return Query(
        entity=codes.entity,
        field=codes.field,
        receivers=codes.receivers,
        sql=f"""select _line, count, instead, case when instead is null then 'none' end as "case",
                {{receiver}} as receiver
            from (
                select min(_line) as _line, cast(count(*) as varchar) as count, {instead} as instead
                from {{accepted.{codes.entity}}}
                where {codes.field} not in ({_texts(codes.known)}) group by {codes.field}
            ) as unknown""",
        shows_value=True,
    )


def _grades(entity: str) -> Query:
    return Query(
        entity=entity,
        field="grade",
        receivers=BOTH,
        sql=f"""select min(_line) as _line, cast(count(*) as varchar) as count, {{receiver}} as receiver
            from {{accepted.{entity}}} where grade not in ({_texts(GRADES)}) group by grade""",
        shows_value=True,
    )


_NO_ROLE = """
sourcedId is not null
and not exists (select 1 from {roles} as held where held.userSourcedId = sourcedId)
and not exists (select 1 from {pulled.roles} as held where held.userSourcedId = sourcedId)
"""
_ELSEWHERE = "orgSourcedId in (select sourcedId from {accepted.orgs} where type <> 'school')"

RULES: tuple[Rule, ...] = (
    Rule(
        code="oneroster.no-place",
        severity=Severity.INFO,
        action=Action.NONE,
        message="There is no place for this column in {receiver}. Rows with a value: {count}.",
        hint="Some receivers take such values as metadata: agree on it with them, or do without.",
        source=_MODEL,
        details=("receiver", "count"),
        checks=tuple(
            once(entity, field, f"{field} is not null", versions, _VERSION)
            for entity, field, versions in WITHOUT_PLACE
        ),
    ),
    Rule(
        code="oneroster.match-id",
        severity=Severity.INFO,
        action=Action.NONE,
        message="There is no column for this in {receiver}: it goes among userIds, under a type that both "
        "sides agree on. Rows with a value: {count}.",
        hint="Ask the receiver for the name of that type.",
        source=f"{_MODEL}: userIds",
        details=("receiver", "count"),
        checks=(
            once("users", "activeDirectoryMatchId", "activeDirectoryMatchId is not null", BOTH, _VERSION),
        ),
    ),
    Rule(
        code="oneroster.one-role",
        severity=Severity.INFO,
        action=Action.NONE,
        message="A user has one role in {receiver}: the others of users who have several are lost. "
        "Users: {count}.",
        hint="See that the primary role is the one kept, or hand the roster on as OneRoster 1.2.",
        source=f"{_MODEL}: role of a user in version 1.1",
        details=("receiver", "count"),
        checks=(Query(entity="roles", field="role", receivers=FIRST, sql=_SEVERAL_ROLES),),
    ),
    Rule(
        code="oneroster.one-relationship",
        severity=Severity.INFO,
        action=Action.NONE,
        message="A contact is the same to every pupil in {receiver}: these are different things to "
        "different pupils. Contacts: {count}.",
        hint="Nothing needs to be done, unless the receiver goes by the kind of relationship.",
        source=f"{_MODEL}: agents, and the role of the user that they name",
        details=("receiver", "count"),
        checks=(
            Query(entity="relationships", field="relationshipRole", receivers=BOTH, sql=_SEVERAL_RELATIONS),
        ),
    ),
    Rule(
        code="oneroster.code",
        severity=Severity.INFO,
        action=Action.NONE,
        message="There is no code {value} in {receiver}; {instead} comes closest. Rows: {count}.",
        hint=_OWN_CODES,
        source=f"{_MODEL}: enumerated vocabularies",
        details=("receiver", "count", "instead", "case"),
        cases={"none": ("There is no code {value} in {receiver}. Rows: {count}.", _OWN_CODES)},
        checks=tuple(map(_unknown, CODE_LISTS)),
    ),
    Rule(
        code="oneroster.grade",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The grade {value} is not in the list that {receiver} names. Rows: {count}.",
        hint="Any text is allowed as a grade; ask the receiver whether it knows this one.",
        source=f"{_MODEL}: grades (CEDS, entry grade level)",
        details=("receiver", "count"),
        checks=(_grades("roles"), _grades("courses")),
    ),
    Rule(
        code="oneroster.country",
        severity=Severity.INFO,
        action=Action.NONE,
        message="A country's code belongs here in {receiver}, and rows hold other text, such as {value}. "
        "Rows: {count}.",
        hint="Write the country as a code, such as FR or CHE.",
        source=f"{_MODEL}: countryOfBirthCode (ISO 3166)",
        details=("receiver", "count"),
        checks=(
            once(
                "demographics",
                "birthCountry",
                r"not regexp_matches(birthCountry, '\A[A-Za-z]{2,3}\z')",
                BOTH,
                _VERSION,
            ),
        ),
    ),
    Rule(
        code="oneroster.required",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A value is demanded here by {receiver}. Rows without one: {count}.",
        hint="Fill in the column: else values are made up on the way, or the rows left out.",
        source=f"{_MODEL}: required attributes of users and classes",
        details=("receiver", "count"),
        checks=tuple(
            once(entity, field, f"{field} is null and {sound(field)}", BOTH, _VERSION, shows_value=False)
            for entity, field in DEMANDED
        ),
    ),
    Rule(
        code="oneroster.enrollment-id",
        severity=Severity.INFO,
        action=Action.NONE,
        message="An identifier of each enrollment is demanded by {receiver}, and SDS v2.1 has none. "
        "Rows: {count}.",
        hint="Whoever converts makes them up: they must come out alike each time, as from the class, the "
        "user and the role.",
        source=f"{_MODEL}: sourcedId of an enrollment",
        details=("receiver", "count"),
        checks=(once("enrollments", "", "true", BOTH, _VERSION, shows_value=False),),
    ),
    Rule(
        code="oneroster.no-role",
        severity=Severity.INFO,
        action=Action.NONE,
        message="A role and an organisation of each user are demanded by {receiver}, and users have none. "
        "Users: {count}.",
        hint="For contacts whoever converts makes them up, from their relationship and the child's school; "
        "give the others a row in roles.csv.",
        source=f"{_MODEL}: role and orgs of a user, in version 1.2 roles",
        details=("receiver", "count"),
        checks=(once("users", "", _NO_ROLE, BOTH, _VERSION, shows_value=False),),
    ),
    Rule(
        code="oneroster.end-date",
        severity=Severity.INFO,
        action=Action.NONE,
        message="In {receiver} an end date is the first day that no longer counts. Rows with one: {count}.",
        hint="Whoever converts adds a day; a receiver that shows the date as it is will be a day late.",
        source=f"{_MODEL}: endDate is exclusive",
        details=("receiver", "count"),
        checks=tuple(
            once(entity, field, f"{field} is not null", versions, _VERSION)
            for entity, field, versions in END_DATES
        ),
    ),
    Rule(
        code="oneroster.school",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Classes belong to an organisation that is no school, such as {value}, where a school is "
        "expected in {receiver}. Rows: {count}.",
        hint="Name the school of each class, where there is one.",
        source=f"{_MODEL}: school of a class",
        details=("receiver", "count"),
        checks=(once("classes", "orgSourcedId", _ELSEWHERE, BOTH, _VERSION),),
    ),
)
