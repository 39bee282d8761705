"""What Google Classroom takes from a student information system.

That addresses are unique is a rule wherever a roster goes (`key.shared`), as is that a class has a
teacher (`class.owner`); neither is said a second time.
"""

from cartable.model.findings import Action, Severity
from cartable.model.receivers import GOOGLE_CLASSROOM
from cartable.rules.checks import Query
from cartable.rules.receivers.queries import each, emptied, once
from cartable.rules.rule import Rule

_FOR = (GOOGLE_CLASSROOM.name,)
_SUITE = "Google, OneRoster integration conformance tests"
_COURSE = "Google, Classroom API, Course: name"
_FAQ = "Google, Classroom Help: SIS integration FAQ"

_ENROLLED = "sourcedId in (select userSourcedId from {accepted.enrollments})"
_LONG = r"regexp_matches(title, '\A.{751,}\z')"

_SEVERAL_TEACHERS = """
select min(_line) as _line, cast(count(*) as varchar) as count
from {accepted.classes}
where sourcedId in (
    select classSourcedId from {accepted.enrollments} where role = 'teacher'
    group by classSourcedId having count(*) > 1
)
having count(*) > 0
"""

_ROLES = """
select min(_line) as _line, cast(count(*) as varchar) as count
from {accepted.enrollments}
where role not in ('student', 'teacher')
group by role
"""

_NO_PERIODS = """
select min(_line) as _line
from {accepted.academicSessions}
having count(*) > 0 and sum(case when type = 'gradingPeriod' then 1 else 0 end) = 0
"""

_SAME_TITLE = """
select _line, cast(earlier as varchar) as earlier
from (
    select _line, min(_line) over (partition by schoolYear, title) as earlier
    from {accepted.academicSessions} where type = 'gradingPeriod'
) as period
where _line > earlier
"""

RULES: tuple[Rule, ...] = (
    Rule(
        code="google-classroom.email",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The user is enrolled in a class and has no e-mail address.",
        hint="Fill in the address of their Google account: Classroom finds people by nothing else.",
        source=f"{_SUITE}; Google, SIS integrations: validate your SIS",
        details=("case", "count"),
        cases={
            "all": (
                "No user who is enrolled in a class has an e-mail address. Users: {count}.",
                "Fill in the column email with the addresses of the Google accounts: Classroom finds people "
                "by nothing else.",
            ),
        },
        checks=emptied("users", "email", _ENROLLED, _FOR),
    ),
    Rule(
        code="google-classroom.term",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The class has no session, and Classroom asks for the term of each class.",
        hint="Name the sessions in which the class meets; its grading periods hang on them.",
        source=f"{_SUITE}: classes of a teacher",
        details=("case", "count"),
        cases={
            "all": (
                "No class has a session, and Classroom asks for the term of each class. Classes: {count}.",
                "Deliver academicSessions.csv, and name the sessions of each class in sessionSourcedIds.",
            ),
        },
        checks=emptied("classes", "sessionSourcedIds", "true", _FOR),
    ),
    Rule(
        code="google-classroom.title",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The class title {value} holds a web address, which Classroom refuses.",
        hint="Take the address out of the title.",
        source=_COURSE,
        details=("case",),
        cases={
            "long": (
                "The class title {value} has more than the 750 characters that Classroom takes.",
                "Shorten the title.",
            ),
        },
        checks=(
            each("classes", "title", _LONG, _FOR, {"case": "'long'"}),
            each(
                "classes",
                "title",
                rf"regexp_matches(title, '\A.*://.*\z') and not {_LONG}",
                _FOR,
                {"case": "''"},
            ),
        ),
    ),
    Rule(
        code="google-classroom.primary-teacher",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Classes have several teachers, and SDS v2.1 does not say which one is the primary one. "
        "Classes: {count}.",
        hint="Only the primary teacher can link a class in Classroom. Tell the system that hands the roster "
        "on who that is.",
        source=_FAQ,
        details=("count",),
        checks=(
            Query(
                entity="classes",
                receivers=_FOR,
                sql=_SEVERAL_TEACHERS,
            ),
        ),
    ),
    Rule(
        code="google-classroom.role",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Classroom knows teachers and students, and no role {value} in a class. Rows: {count}.",
        hint="Enrol as teacher whoever shall teach the class in Classroom too.",
        source="Google, Classroom API: courses.teachers, courses.students, invitations",
        details=("count",),
        checks=(Query(entity="enrollments", field="role", receivers=_FOR, sql=_ROLES, shows_value=True),),
    ),
    Rule(
        code="google-classroom.grading-periods",
        severity=Severity.INFO,
        action=Action.NONE,
        message="No session is a grading period: teachers will have none to import.",
        hint="Deliver the grading periods as sessions of type gradingPeriod, if teachers shall import them.",
        source=f"{_SUITE}: grading periods of a term",
        checks=(Query(entity="academicSessions", field="type", receivers=_FOR, sql=_NO_PERIODS),),
    ),
    Rule(
        code="google-classroom.end-date",
        severity=Severity.INFO,
        action=Action.NONE,
        message="In Classroom the end date of a grading period is its last day, as in SDS v2.1; in OneRoster "
        "it is the day after. Grading periods: {count}.",
        hint="If the roster is handed on through OneRoster, see that the dates are still right in Classroom.",
        source="Google, Classroom API, GradingPeriod: start and end dates are inclusive",
        details=("count",),
        checks=(once("academicSessions", "endDate", "type = 'gradingPeriod'", _FOR, shows_value=False),),
    ),
    Rule(
        code="google-classroom.period-title",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The grading period has the title of the one in line {earlier}: no class in Classroom can "
        "have both.",
        hint="Give the grading periods of a school year different titles.",
        source="Google, Classroom Help and API: grading periods have unique titles",
        details=("earlier",),
        checks=(
            Query(
                entity="academicSessions",
                field="title",
                receivers=_FOR,
                sql=_SAME_TITLE,
                shows_value=True,
            ),
        ),
    ),
)
