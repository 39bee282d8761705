"""What OneRoster demands and the roster does not say, made up in one place for exports and the API alike.

The same records give the same answers, always: identifiers are digests of the keys, choices have an order.
So an export and the API name an enrollment alike, today and next year. Nothing here is ever stored in the
roster.

Functions that end in SQL give text that SQLite, PostgreSQL and DuckDB understand. Relations are tables or
subqueries in parentheses, whose columns are called as the fields ("sourcedId", quoted) and hold canonical
texts as `store` reads them: dates 2026-09-01, truths true and false, NULL for nothing but '' in a key. Keys
must keep the order of their bytes (collation "C"), or choices differ between databases.

What is made up, besides: `enabledUser` is true, `classType` scheduled, an enrollment's `school` the class's,
a missing name `NAMELESS`, `identifier` of an organisation its sourcedId, that of a person the number (else
the sourcedId), `courseCode` the code (else the sourcedId). Codes: `cartable.model.spellings`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cartable.model.spellings import ROLES, TEACHING, literal
from cartable.model.vocabularies import ORG_ROLES, RELATIONSHIP_ROLES

Sha256 = Callable[[str], str]
"""SQL of the SHA-256 of a text in UTF-8, hexadecimal, as each engine writes it: see `store.drivers`."""

NAMELESS = "-"
"""The name of a person whose givenName or familyName is not known."""

CLASS_TYPE = "scheduled"

# As in `cartable.model.leaves`: it cannot stand in an accepted value.
_SEPARATOR = "\x1f"
_LENGTH = 24  # 96 bits: of ten million two are alike once in a thousand million million

_ENROLLMENT, _COURSE = "enrollment", "course"

# A school year begins in August, where no session says otherwise.
_FIRST_MONTH = 8


def _digest(*parts: str) -> str:
    text = _SEPARATOR.join(parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _digest_sql(sha256: Sha256, *parts: str) -> str:
    text = f" || '{_SEPARATOR}' || ".join(parts)
    return f"substr({sha256(text)}, 1, {_LENGTH})"


def enrollment_id(klass: str, user: str, role: str) -> str:
    """The sourcedId of an enrollment.

    Args:
        role: the roster's own code.
    """
    return _digest(_ENROLLMENT, klass, user, role)


def enrollment_id_sql(sha256: Sha256, klass: str, user: str, role: str) -> str:
    """SQL of `enrollment_id`; the arguments are SQL, too."""
    return _digest_sql(sha256, literal(_ENROLLMENT), klass, user, role)


def role_id(origin: str, user: str, org: str, role: str, session: str) -> str:
    """The sourcedId of a role, which only the files of version 1.2 ask for.

    Args:
        origin: where it comes from, see `appointments_sql`.
        role: the roster's own code.
        session: '' where the role has none.
    """
    return _digest(origin, user, org, role, session)


def role_id_sql(sha256: Sha256, origin: str, user: str, org: str, role: str, session: str) -> str:
    """SQL of `role_id`; the arguments are SQL, too."""
    return _digest_sql(sha256, origin, user, org, role, session)


def course_id(klass: str) -> str:
    """The sourcedId of the course of a class that names none.

    Title and organisation are the class's; the code is the class's code, else this identifier.
    """
    return _digest(_COURSE, klass)


def course_id_sql(sha256: Sha256, klass: str) -> str:
    """SQL of `course_id`; the argument is SQL, too."""
    return _digest_sql(sha256, literal(_COURSE), klass)


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A session of type schoolYear that the roster does not have; the last day is inclusive, as all are.

    It is nobody's parent: what the roster says of its own sessions stays as it is.
    """

    ends_in: int

    @property
    def sourced_id(self) -> str:
        """Its identifier."""
        return f"schoolYear-{self.ends_in}"

    @property
    def title(self) -> str:
        """Its title: 2026-2027."""
        return f"{self.ends_in - 1}-{self.ends_in}"

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.ends_in - 1, _FIRST_MONTH, 1)

    @property
    def end(self) -> date:
        """Its last day."""
        return date(self.ends_in, _FIRST_MONTH - 1, 31)


def school_year(day: date) -> SchoolYear:
    """The school year of a day: what is made up for classes without a term where no session will do.

    Args:
        day: the roster's, that of the last run: whoever reads the same roster later finds the same.
    """
    return SchoolYear(day.year + (day.month >= _FIRST_MONTH))


def school_year_sql(sessions: str, day: date) -> str:
    """A query: the sourcedId of the session that is the term of classes without one, or no row.

    It is the school year that holds the day, the latest begun where there are several; else, in the
    holidays, one of the school year that the day is of. Where there is no row, `school_year` is made up.

    Args:
        day: as for `school_year`.
    """
    held = f"\"startDate\" <= '{day}' and \"endDate\" >= '{day}'"
    return (
        f'select "sourcedId" from {sessions} years where "type" = \'schoolYear\' and '
        f"(({held}) or \"schoolYear\" = '{school_year(day).ends_in}') "
        f'order by case when {held} then 0 else 1 end, "startDate" desc, "endDate", "sourcedId" limit 1'
    )


# What may hold what: a type holds those behind it.
_HOLDING = ("schoolYear", "semester", "term", "quarter", "gradingPeriod")


def _rank(column: str) -> str:
    branches = " ".join(f"when '{kind}' then {rank}" for rank, kind in enumerate(_HOLDING))
    return f"case {column} {branches} else {len(_HOLDING)} end"


def session_parents_sql(sessions: str) -> str:
    """A query: "sourcedId" and "parentSourcedId" of each session that lies in another.

    The parent is the innermost session of a type that holds the session's own and all of its days; one of
    the same school year goes before others. Schools that have sessions of their own of the same days are
    not told apart: nothing in a session says whose it is.
    """
    # Sessions of the same type and days have the same parent: there are few kinds, whatever their number.
    kind = '"type", "schoolYear", "startDate", "endDate"'
    same = " and ".join(f"s.{name} = r.{name}" for name in kind.split(", "))
    kinds = f'select {kind}, min("sourcedId") as first from {sessions} every_session group by {kind}'
    held = ", ".join(f"held.{name}" for name in kind.split(", "))
    inner, outer = _rank('held."type"'), _rank('holder."type"')
    return f"""
select s."sourcedId" as "sourcedId", r.first as "parentSourcedId"
from {sessions} s inner join (
    select {held}, holder.first, row_number() over (
        partition by {held}
        order by case when holder."schoolYear" = held."schoolYear" then 0 else 1 end,
            holder."startDate" desc, holder."endDate", {outer} desc, holder.first
    ) as place
    from ({kinds}) held inner join ({kinds}) holder
    on {outer} < {inner} and holder."startDate" <= held."startDate" and holder."endDate" >= held."endDate"
) r on {same} and r.place = 1
"""


def _positions(codes: tuple[str, ...], column: str) -> str:
    branches = " ".join(f"when '{code}' then {place}" for place, code in enumerate(codes))
    return f"case {column} {branches} else {len(codes)} end"


# By which a person is known where several roles are as good: who teaches is a teacher first.
_KNOWN_AS = ("teacher", "administrator", "aide", "proctor", "student")
_SORT = {code.value: code.sort or 0 for code in ORG_ROLES.codes}
ROLE_ORDER: tuple[str, ...] = tuple(
    sorted(_SORT, key=lambda code: (_KNOWN_AS.index(ROLES.spell(code, "1.1") or ""), _SORT[code], code))
)
"""Roles in organisations, the one that a person is known by first."""

CONTACT_ORDER: tuple[str, ...] = tuple(code.value for code in RELATIONSHIP_ROLES.codes)
"""Relationships, likewise."""

OWN_ROLE, CONTACT_ROLE, CLASS_ROLE = "role", "contact", "class"
"""Where an appointment comes from: a role, a relationship to a pupil, or nothing but an enrollment."""


def appointments_sql(roles: str, relationships: str, enrollments: str, classes: str) -> str:
    """A query: who has which role in which organisation, as OneRoster's users have roles.

    These are the roles of the roster; for each contact the relationship's role in each organisation of the
    pupil; and for who has no role but is enrolled, that of the enrollment in the class's organisation.
    Who has none of these has no place in OneRoster, which wants a role of everybody.

    Columns: "userSourcedId", "orgSourcedId", "role" (the roster's code), "origin" (`OWN_ROLE`,
    `CONTACT_ROLE`, `CLASS_ROLE`), "sessionSourcedId", "grade", "isPrimary", "roleStartDate", "roleEndDate",
    "in_org" (1 for the one that is primary in its organisation) and "in_all" (1 for the one that the person
    is known by: the flat role of version 1.1, whose organisation is the primary one of 1.2).
    """
    none, role = "cast(null as varchar(1))", '"role"'
    # Who is enrolled without a role anywhere.
    enrolled = (
        'select distinct e."userSourcedId", c."orgSourcedId", e."role" '
        f'from {enrollments} e inner join {classes} c on c."sourcedId" = e."classSourcedId" '
        f'where not exists (select 1 from {roles} h where h."userSourcedId" = e."userSourcedId")'
    )
    placed = (
        f'select "userSourcedId", "orgSourcedId" from {roles} held_by '
        f'union select "userSourcedId", "orgSourcedId" from ({enrolled}) taught'
    )
    order = (
        "case when \"isPrimary\" = 'true' then 0 else 1 end, "
        f"case \"origin\" when '{OWN_ROLE}' then 0 when '{CLASS_ROLE}' then 1 else 2 end, "
        f"case \"origin\" when '{CONTACT_ROLE}' then {_positions(CONTACT_ORDER, role)} "
        f"else {_positions(ROLE_ORDER, role)} end, {role}"
    )
    return f"""
select appointed.*,
    row_number() over (
        partition by "userSourcedId", "orgSourcedId" order by {order}, "sessionSourcedId"
    ) as in_org,
    row_number() over (
        partition by "userSourcedId" order by {order}, "orgSourcedId", "sessionSourcedId"
    ) as in_all
from (
    select "userSourcedId", "orgSourcedId", "role", '{OWN_ROLE}' as "origin", "sessionSourcedId", "grade",
        "isPrimary", "roleStartDate", "roleEndDate" from {roles} own
    union all
    select distinct n."relationshipUserSourcedId", p."orgSourcedId", n."relationshipRole", '{CONTACT_ROLE}',
        '', {none}, {none}, {none}, {none}
    from {relationships} n inner join ({placed}) p on p."userSourcedId" = n."userSourcedId"
    union all
    select "userSourcedId", "orgSourcedId", "role", '{CLASS_ROLE}', '', {none}, {none}, {none}, {none}
    from ({enrolled}) e
) appointed
"""


def primary_teachers_sql(enrollments: str) -> str:
    """A query: of each class that is taught, the enrollment of its primary teacher.

    It is the first one: who is plainly a teacher before who teaches by another name, then by identifier.

    Columns: "classSourcedId", "userSourcedId", "role".
    """
    taught = ", ".join(map(literal, TEACHING))
    rank = _positions(TEACHING, '"role"')
    return f"""
select "classSourcedId", "userSourcedId", "role" from (
    select "classSourcedId", "userSourcedId", "role", row_number() over (
        partition by "classSourcedId" order by {rank}, "userSourcedId"
    ) as place
    from {enrollments} e where "role" in ({taught})
) teaching where place = 1
"""
