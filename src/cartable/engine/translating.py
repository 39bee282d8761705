"""The roster as the files of OneRoster: views `out_<file>` over what `cartable.engine.exporting` took in.

Ends of times are the roster's last day, and become the first day that no longer counts here and nowhere
else in the engine.
"""

from collections.abc import Collection, Mapping
from datetime import date

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.mapping import FLAGS_COLUMN
from cartable.formats.oneroster import BY_VERSION
from cartable.model import spellings, synthesis
from cartable.model.groups import Group
from cartable.model.spellings import FIRST, FLAGS, GRADES
from cartable.model.vocabularies import ETHNICITIES, RACES
from cartable.model.vocabularies import GRADES as GRADE_CODES

FILES = ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments", "demographics")
"""The files that are written; version 1.1 has no roles."""

Columns = Mapping[str, str]


_GRADE_PLACES = {code.value: place for place, code in enumerate(GRADE_CODES.codes)}


def _case(column: str, told: Mapping[str, object], other: str = "") -> str:
    """SQL of what stands for a code; the code itself, or `other`, for the rest."""
    branches = " ".join(f"when {literal(code)} then {_constant(value)}" for code, value in told.items())
    return f"case {column} {branches} else {other or column} end"


def _constant(value: object) -> str:
    return literal(value) if isinstance(value, str) else str(value)


def translate(
    workspace: Workspace, version: str, day: date, groups: Collection[Group]
) -> dict[str, list[str]]:
    """Make `out_<file>` of each file that is written, every column as text.

    Besides, for whoever counts what is lost: `appointment` (see `cartable.model.synthesis`), `person` (who
    has one), `parent` (of sessions), `made_year` (the school year that was made up, or no row).

    Args:
        version: of OneRoster.
        day: the roster's.
        groups: what goes out though it is sensitive.

    Returns:
        The header line of each file.
    """
    _prepare(workspace, day)
    layout = BY_VERSION[version]
    headers: dict[str, list[str]] = {}
    for name, (columns, source) in _files(version, groups).items():
        if name not in {file.entity for file in layout.files}:
            continue
        header = list(layout.file_of(name).headers)
        header += [column for column in columns if column not in header]
        listed = ", ".join(
            f"{columns.get(column, 'cast(null as varchar)')} as {quoted(column)}" for column in header
        )
        workspace.execute(f"create or replace view {quoted('out_' + name)} as select {listed} from {source}")
        headers[name] = header
    return headers


def _prepare(workspace: Workspace, day: date) -> None:
    """What several files need: made up once."""
    workspace.execute(f"create table parent as {synthesis.session_parents_sql('roster_academicSessions')}")
    _make_school_year(workspace, day)
    tables = (f"roster_{name}" for name in ("roles", "relationships", "enrollments", "classes"))
    workspace.execute(f"create table appointment as {synthesis.appointments_sql(*tables)}")
    workspace.execute(
        "create table person as select sourcedId from roster_users "
        "where sourcedId in (select userSourcedId from appointment)"
    )
    for name, sql in _LISTS.items():
        workspace.execute(f"create table {name} as {sql}")


def _make_school_year(workspace: Workspace, day: date) -> None:
    """The term of classes without one, into `current_year`; made up where no session will do."""
    current = synthesis.school_year_sql("roster_academicSessions", day)
    workspace.execute(f"create table current_year as {current}")
    workspace.execute("create table made_year (sourcedId varchar)")
    wanted = "select count(*) from roster_classes where sessionSourcedIds is null"
    if workspace.execute(f"select ({wanted}) = 0 or exists (select 1 from current_year)") == [(True,)]:
        return
    made = synthesis.school_year(day)
    year = [made.sourced_id, made.title, "schoolYear", str(made.ends_in), str(made.start), str(made.end)]
    workspace.execute(
        "insert into roster_academicSessions (sourcedId, title, type, schoolYear, startDate, endDate) "
        "values (?, ?, ?, ?, ?, ?)",
        year,
    )
    for table in ("current_year", "made_year"):
        workspace.execute(f"insert into {table} values (?)", [made.sourced_id])


def _sha256(text: str) -> str:
    return f"sha256({text})"


def end(column: str) -> str:
    """SQL of the first day that no longer counts."""
    return f"strftime(cast({column} as date) + 1, '%Y-%m-%d')"


def elements(column: str) -> str:
    """SQL of a list that the roster keeps as JSON."""
    return f"from_json({column}, '[\"varchar\"]')"


def role(version: str) -> str:
    """SQL of the role of an appointment `a` in an organisation `o`."""
    contact = spellings.CONTACT_ROLES.sql('a."role"', version)
    own = spellings.role('a."role"', 'o."type"', version)
    return f"case when a.origin = '{synthesis.CONTACT_ROLE}' then {contact} else {own} end"


def _files(version: str, groups: Collection[Group]) -> dict[str, tuple[Columns, str]]:
    """Of each file its columns, and the query that they are taken from."""
    course = synthesis.course_id_sql(_sha256, "c.sourcedId")
    files = {
        "orgs": (
            {
                "sourcedId": "o.sourcedId",
                "name": "o.name",
                "type": spellings.ORG_TYPES.sql("o.type", version),
                "identifier": "o.sourcedId",
                "parentSourcedId": "o.parentSourcedId",
            },
            "roster_orgs o",
        ),
        "academicSessions": (
            {
                "sourcedId": "s.sourcedId",
                "title": "s.title",
                "type": spellings.SESSION_TYPES.sql("s.type", version),
                "startDate": "s.startDate",
                "endDate": end("s.endDate"),
                "parentSourcedId": "p.parentSourcedId",
                "schoolYear": "s.schoolYear",
            },
            "roster_academicSessions s left join parent p on p.sourcedId = s.sourcedId",
        ),
        "courses": _courses(version),
        "classes": (
            {
                "sourcedId": "c.sourcedId",
                "title": "c.title",
                "courseSourcedId": f"coalesce(c.courseSourcedId, {course})",
                "classCode": "c.code",
                "classType": literal(synthesis.CLASS_TYPE),
                "schoolSourcedId": "c.orgSourcedId",
                "termSourcedIds": f"coalesce({_joined('c.sessionSourcedIds')}, y.sourcedId)",
            },
            "roster_classes c left join current_year y on true",
        ),
        "users": _users(version, groups),
        "roles": (
            {
                "sourcedId": synthesis.role_id_sql(
                    _sha256, "a.origin", "a.userSourcedId", "a.orgSourcedId", "a.role", "a.sessionSourcedId"
                ),
                "userSourcedId": "a.userSourcedId",
                "roleType": "case when a.in_org = 1 then 'primary' else 'secondary' end",
                "role": role(version),
                "beginDate": "a.roleStartDate",
                "endDate": end("a.roleEndDate"),
                "orgSourcedId": "a.orgSourcedId",
            },
            "appointment a join roster_orgs o on o.sourcedId = a.orgSourcedId",
        ),
        "enrollments": _enrollments(version),
    }
    described = _demographics(version, groups)
    return {**files, "demographics": described} if described else files


def _joined(column: str) -> str:
    return f"array_to_string({elements(column)}, ',')"


def _courses(version: str) -> tuple[Columns, str]:
    """The courses, and one for each class without."""
    made = synthesis.course_id_sql(_sha256, "c.sourcedId")
    return (
        {
            "sourcedId": "c.sourcedId",
            "schoolYearSourcedId": "c.schoolYearSourcedId",
            "title": "c.title",
            "courseCode": "coalesce(c.code, c.sourcedId)",
            "grades": GRADES.sql("c.grade", version),
            "orgSourcedId": "c.orgSourcedId",
            "subjects": _case("c.subject", spellings.SUBJECTS),
            "subjectCodes": "c.subject",
        },
        f"""(select sourcedId, orgSourcedId, title, code, schoolYearSourcedId, subject, grade
        from roster_courses union all
        select {made}, orgSourcedId, title, code, null, null, null
        from roster_classes c where courseSourcedId is null) c""",
    )


IS_LISTED = "not contains({}, ',')"
"""SQL: whether an identifier can stand in a cell beside others."""

# What a person has several of, as lists: made first, so that the file of users is joined in little memory.
_LISTS: Mapping[str, str] = {
    "agents": f"""select one as userSourcedId, string_agg(other, ',' order by other) as listed from (
        select userSourcedId as one, relationshipUserSourcedId as other from roster_relationships
        union select relationshipUserSourcedId, userSourcedId from roster_relationships)
    where other in (select sourcedId from person) and {IS_LISTED.format("other")} group by one""",
    # The organisations of what the person is known by: a teacher teaches in none of the child's school.
    "placed": f"""select userSourcedId, string_agg(orgSourcedId, ',' order by place) as listed from (
        select a.userSourcedId, a.orgSourcedId, min(a.in_all) as place from appointment a
        join appointment f on f.userSourcedId = a.userSourcedId and f.in_all = 1 and f.origin = a.origin
        group by a.userSourcedId, a.orgSourcedId)
    where {IS_LISTED.format("orgSourcedId")} group by userSourcedId""",
    "flagged": f"""select userSourcedId, string_agg({_case("flag", FLAGS)}, ',' order by flag) as listed
    from roster_userFlags group by userSourcedId""",
    "graded": f"""select userSourcedId, string_agg(grade, ',' order by place, grade) as listed from (
        select distinct userSourcedId, {GRADES.sql("grade", FIRST)} as grade,
            {_case("grade", _GRADE_PLACES, "9999")} as place
        from appointment where grade is not null)
    group by userSourcedId""",
}


def _users(version: str, groups: Collection[Group]) -> tuple[Columns, str]:
    columns = {
        "sourcedId": "u.sourcedId",
        "enabledUser": "'true'",
        "username": "u.username",
        "userIds": (
            "case when u.activeDirectoryMatchId is not null then "
            f"'{{{spellings.ACTIVE_DIRECTORY}:' || u.activeDirectoryMatchId || '}}' end"
        ),
        "givenName": f"coalesce(u.givenName, '{synthesis.NAMELESS}')",
        "familyName": f"coalesce(u.familyName, '{synthesis.NAMELESS}')",
        "identifier": "coalesce(u.userNumber, u.sourcedId)",
        "email": "u.email",
        "agentSourcedIds": "agents.listed",
        "grades": "graded.listed",
    }
    lists = ["agents", "graded"]
    if version == FIRST:
        columns |= {"orgSourcedIds": "placed.listed", "role": role(version)}
        lists.append("placed")
    else:
        columns |= {"primaryOrgSourcedId": "a.orgSourcedId"}
    if Group.PHONES in groups:
        columns |= {"sms": "u.sms", "phone": "u.phone"}
    if Group.FLAGS in groups:
        columns[FLAGS_COLUMN] = "flagged.listed"
        lists.append("flagged")
    source = (
        "roster_users u join appointment a on a.userSourcedId = u.sourcedId and a.in_all = 1 "
        "join roster_orgs o on o.sourcedId = a.orgSourcedId"
    )
    for name in lists:
        source += f" left join {name} on {name}.userSourcedId = u.sourcedId"
    return columns, source


def _enrollments(version: str) -> tuple[Columns, str]:
    taught = ", ".join(map(literal, spellings.TEACHING))
    first = synthesis.primary_teachers_sql("roster_enrollments")
    return (
        {
            "sourcedId": synthesis.enrollment_id_sql(
                _sha256, "e.classSourcedId", "e.userSourcedId", "e.role"
            ),
            "classSourcedId": "e.classSourcedId",
            "schoolSourcedId": "c.orgSourcedId",
            "userSourcedId": "e.userSourcedId",
            "role": spellings.ENROLLMENT_ROLES.sql("e.role", version),
            "primary": f"case when t.role is not null then 'true' when e.role in ({taught}) then 'false' end",
        },
        f"""roster_enrollments e join roster_classes c on c.sourcedId = e.classSourcedId
        left join ({first}) t on t.classSourcedId = e.classSourcedId and t.userSourcedId = e.userSourcedId
            and t.role = e.role""",
    )


def _demographics(version: str, groups: Collection[Group]) -> tuple[Columns, str] | None:
    """Who has what of what was asked for; None where nothing was."""
    columns = {}
    if Group.BIRTH_DATES in groups:
        columns["birthDate"] = "d.birthDate"
    if Group.DEMOGRAPHICS in groups:
        columns |= {
            "sex": spellings.SEXES.sql("d.sex", version),
            "countryOfBirthCode": "d.birthCountry",
            "stateOfBirthAbbreviation": "d.birthState",
            "cityOfBirth": "d.birthCity",
        }
        for field, vocabulary in (("raceCodes", RACES), ("ethnicityCodes", ETHNICITIES)):
            for code in vocabulary.codes:
                holds = f"list_contains({elements(f'd.{field}')}, {literal(code.value)})"
                columns[code.value] = f"case when {holds} then 'true' end"
    if not columns:
        return None
    known = f"coalesce({', '.join(columns.values())}) is not null"
    source = f"roster_demographics d join person n on n.sourcedId = d.userSourcedId where {known}"
    return {"sourcedId": "d.userSourcedId", **columns}, source
