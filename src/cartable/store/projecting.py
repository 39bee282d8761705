"""SQL that makes the objects of OneRoster of the roster's records: one query a resource.

What the roster does not say is made up of what it says, and the same at every time. Every query gives for
each object that `touched` names: sourced_id, active, modified, and the published columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cartable.model import spellings
from cartable.model.entities import BY_NAME, Field
from cartable.model.objects import BY_RESOURCE, RACES, Resource
from cartable.model.spellings import Spelling
from cartable.model.types import FieldType
from cartable.store import columns
from cartable.store.columns import quoted
from cartable.store.publications import column_of
from cartable.store.rosters import Roster

TOUCHED = "published_touched"
"""A temporary table: resource, sourced_id."""

_ROLES = "published_roles"
_DAY = Field("day", FieldType.DATE)

YEAR = "school-year"
"""The session that stands for a school year where classes have none and the roster has none."""


def literal(text: str) -> str:
    """A text of ours as SQL; `%` is doubled, because statements have placeholders."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


@dataclass(frozen=True)
class Projection:
    """The queries over one roster.

    Args:
        sources: all its sources: an index that begins with the source is of use only where it is named.
        year: the school year in which the roster began, the year in which it ends.
    """

    roster: Roster
    sources: tuple[str, ...]
    year: int

    def query(self, resource: Resource) -> str:
        """The objects of a resource; see the module."""
        made: Mapping[str, str] = getattr(self, f"_{column_of(resource.name)}")()
        return " union all ".join(made.values())

    # Building blocks

    def _of(self, alias: str) -> str:
        """The condition that a record is of a known source."""
        return f"{alias}.source in ({', '.join(map(literal, self.sources))})"

    def _best(self, entity: str, resource: str) -> str:
        """Of each touched record the one that counts, where several sources have or had it."""
        table, key = columns.table_of(BY_NAME[entity]), columns.key_columns(BY_NAME[entity])[0]
        return (
            f"(select * from (select r.*, row_number() over (partition by r.{key} "
            f"order by r.active desc, r.date_last_modified desc, r.source) as place from {table} r "
            f"where {self._of('r')} and r.{key} in "
            f"(select sourced_id from {TOUCHED} where resource = {literal(resource)})) ranked where place = 1)"
        )

    def _quoted(self, text: str) -> str:
        return self.roster.driver.json_text(text)

    def reference(self, resource: str, identifier: str) -> str:
        """SQL of a reference as JSON; its address begins with `~`, which stands for the API's own."""
        token = BY_RESOURCE[resource].token
        path = self.roster.driver.in_path(self.roster.connection, identifier)
        return (
            f"""('{{"href":"~/{resource}/' || {path} || '","sourcedId":' || {self._quoted(identifier)} """
            f"""|| ',"type":"{token}"}}')"""
        )

    def _list(self, text: str, rows: str) -> str:
        """SQL of a JSON list of texts that are JSON, in the order of the rows; NULL of none."""
        return f"(select '[' || {self.roster.driver.joined(text)} || ']' from ({rows}) listed)"

    def _references(self, resource: str, rows: str) -> str:
        """SQL of a list of references to what rows name in `id`."""
        return self._list(self.reference(resource, "listed.id"), rows)

    def _spelled(self, text: str, codes: Mapping[str, Spelling], *, is_old: bool = False) -> str:
        """SQL of a code as an edition spells it; one's own is an extension in 1.2."""
        whens = " ".join(
            f"when {literal(code)} then {literal(told) if told is not None else 'null'}"
            for code, one in codes.items()
            for told in (one.old if is_old else one.new,)
        )
        other = text if is_old else f"{literal(spellings.EXTENSION)} || {text}"
        return f"case {text} {whens} when '' then null else {other} end"

    def _instant(self, moment: str) -> str:
        text = self.roster.driver.instant(moment)
        return f"(substr({text}, 1, 10) || 'T' || substr({text}, 12, 12) || 'Z')"

    def _select(self, resource: str, made: Mapping[str, str], rows: str) -> str:
        known = BY_RESOURCE[resource].columns
        assert made.keys() == {"sourced_id", "active", "modified", *known}, made.keys() ^ known.keys()
        values = ", ".join(f"{value} as {quoted(column_of(name))}" for name, value in made.items())
        return f"select {values} from {rows}"

    # One method a resource

    def _orgs(self) -> Mapping[str, str]:
        made = {
            **self._own("o"),
            "name": "o.name",
            "type": self._spelled("o.type", spellings.ORG_TYPES),
            "plainType": self._spelled("o.type", spellings.ORG_TYPES, is_old=True),
            "identifier": "o.sourced_id",
            "parent": "o.parent_sourced_id",
            "children": self._references(
                "orgs",
                "select distinct c.sourced_id as id from roster_orgs c where c.parent_sourced_id = o.sourced_id "
                "and c.active order by 1",
            ),
        }
        return {"orgs": self._select("orgs", made, f"{self._best('orgs', 'orgs')} o")}

    def _own(self, alias: str, key: str = "sourced_id") -> dict[str, str]:
        return {
            "sourced_id": f"{alias}.{key}",
            "active": f"{alias}.active",
            "modified": self._instant(f"{alias}.date_last_modified"),
        }

    def _academic_sessions(self) -> Mapping[str, str]:
        parent = self._parent("a")
        made = {
            **self._own("a"),
            "title": "a.title",
            "type": self._spelled("a.type", spellings.SESSION_TYPES),
            "plainType": self._spelled("a.type", spellings.SESSION_TYPES, is_old=True),
            "schoolYear": "a.school_year",
            "startDate": self._day("a.start_date"),
            "endDate": self.roster.driver.next_day("a.end_date"),
            "parent": parent,
            "children": self._references(
                "academicSessions",
                "select c.sourced_id as id from roster_academic_sessions c "
                f"where c.active and c.type <> 'schoolYear' and {self._parent('c')} = a.sourced_id order by 1",
            ),
        }
        rows = f"{self._best('academicSessions', 'academicSessions')} a"
        return {"sessions": self._select("academicSessions", made, rows), "made up": self._year()}

    def _day(self, day: str) -> str:
        return self.roster.driver.text(_DAY, day)

    def _parent(self, alias: str) -> str:
        """SQL: the shortest session of a larger kind that a session lies in."""
        rank = "case {0}.type when 'schoolYear' then 0 when 'semester' then 1 when 'term' then 2 else 3 end"
        return (
            f"(select p.sourced_id from roster_academic_sessions p where p.active "
            f"and {rank.format('p')} < {rank.format(alias)} and p.start_date <= {alias}.start_date "
            f"and p.end_date >= {alias}.end_date and p.sourced_id <> {alias}.sourced_id "
            f"order by {rank.format('p')} desc, p.start_date desc, p.end_date, p.sourced_id limit 1)"
        )

    def _year(self) -> str:
        """A school year where classes have no session and the roster has no school year."""
        made = {
            "sourced_id": literal(YEAR),
            "active": "(1 = 1)",
            "modified": self._instant("i.created"),
            **dict.fromkeys(BY_RESOURCE["academicSessions"].columns, "null"),
            "title": literal(f"{self.year - 1}-{self.year}"),
            "type": "'schoolYear'",
            "plainType": "'schoolYear'",
            "schoolYear": literal(str(self.year)),
            "startDate": literal(f"{self.year - 1}-08-01"),
            "endDate": literal(f"{self.year}-08-01"),
        }
        where = (
            f"where exists (select 1 from {TOUCHED} where resource = 'academicSessions' "
            f"and sourced_id = {literal(YEAR)}) "
            "and not exists (select 1 from roster_academic_sessions s where s.active and s.type = 'schoolYear') "
            "and exists (select 1 from roster_classes c where c.active and c.session_sourced_ids is null)"
        )
        return f"{self._select('academicSessions', made, 'roster_installation i')} {where}"

    def _courses(self) -> Mapping[str, str]:
        one = "'[' || {0} || ']'"
        subject = one.format(self._quoted("c.subject"))
        made = {
            **self._own("c"),
            "title": "coalesce(c.title, c.sourced_id)",
            "schoolYear": "c.school_year_sourced_id",
            "courseCode": "coalesce(c.code, c.sourced_id)",
            "grades": one.format(self._quoted("c.grade")),
            "subjects": subject,
            "subjectCodes": subject,
            "org": "c.org_sourced_id",
        }
        for_class = dict.fromkeys(BY_RESOURCE["courses"].columns, "null")
        for_class |= {
            "title": "coalesce(k.title, k.sourced_id)",
            "courseCode": "coalesce(k.code, k.sourced_id)",
            "org": "k.org_sourced_id",
        }
        made_up = {**self._own("k"), "sourced_id": self._course_of("k"), **for_class}
        touched = f"(select sourced_id from {TOUCHED} where resource = 'courses')"
        return {
            "courses": self._select("courses", made, f"{self._best('courses', 'courses')} c"),
            "made up": self._select("courses", made_up, f"{self._best('classes', 'classes')} k")
            + f" where k.course_sourced_id is null and {self._course_of('k')} in {touched}",
        }

    def _course_of(self, alias: str) -> str:
        """SQL: the identifier of the course that is made up for a class."""
        return f"('course-of-' || {alias}.sourced_id)"

    def _classes(self) -> Mapping[str, str]:
        listed = self.roster.driver.elements("k.session_sourced_ids")
        year = (
            "coalesce((select s.sourced_id from roster_academic_sessions s where s.active "
            f"and s.type = 'schoolYear' order by s.end_date desc, s.sourced_id limit 1), {literal(YEAR)})"
        )
        made = {
            **self._own("k"),
            "title": "coalesce(k.title, k.sourced_id)",
            "classCode": "k.code",
            "classType": "'scheduled'",
            "course": f"coalesce(k.course_sourced_id, {self._course_of('k')})",
            "school": "k.org_sourced_id",
            "terms": "case when k.session_sourced_ids is null then "
            f"'[' || {self.reference('academicSessions', year)} || ']' else "
            + self._references("academicSessions", f"select value as id from {listed}")
            + " end",
        }
        return {"classes": self._select("classes", made, f"{self._best('classes', 'classes')} k")}

    def _users(self) -> Mapping[str, str]:
        roles = self._roles()
        counted = f"(select {{0}} from ({roles}) r order by r.is_primary desc, r.rank, r.org limit 1)"
        old = counted.format("r.old")
        flags = (
            f"(select {self.roster.driver.joined('listed.flag')} from (select f.flag from roster_user_flags f "
            f"where {self._of('f')} and f.user_sourced_id = u.sourced_id and f.active order by 1) listed)"
        )
        role = (
            """'{"roleType":' || case when listed.place = 1 then '"primary"' else '"secondary"' end """
            f"""|| ',"role":' || {self._quoted("listed.new")} || ',"org":' || """
            f"""{self.reference("orgs", "listed.org")} """
            """|| coalesce(',"beginDate":"' || listed.begins || '"', '') """
            """|| coalesce(',"endDate":"' || listed.ends || '"', '') || '}'"""
        )
        ranked = (
            "select r.*, row_number() over (partition by r.org order by r.is_primary desc, r.rank, r.new) "
            f"as place from ({roles}) r order by r.org, place"
        )
        account = "u.active_directory_match_id"
        agents = (
            "select distinct id from (select r.relationship_user_sourced_id as id from roster_relationships r "
            f"where {self._of('r')} and r.user_sourced_id = u.sourced_id and r.active "
            "union all select r.user_sourced_id from roster_relationships r "
            "where r.relationship_user_sourced_id = u.sourced_id and r.active) both_ways order by 1"
        )
        made = {
            **self._own("u"),
            "modified": self._latest(),
            "username": "u.username",
            "userIds": f"""'[{{"type":"activeDirectory","identifier":' || {self._quoted(account)} || '}}]'""",
            "enabledUser": "'true'",
            "givenName": "coalesce(u.given_name, '-')",
            "familyName": "coalesce(u.family_name, '-')",
            "role": f"coalesce({old}, {literal(spellings.NO_ROLE.old or '')})",
            "orgs": f"coalesce({self._references('orgs', f'select distinct r.org as id from ({roles}) r order by 1')}, {self._root()})",
            "roles": f"coalesce({self._list(role, ranked)}, {self._roleless()})",
            "primaryOrg": counted.format("r.org"),
            "identifier": "coalesce(u.user_number, u.sourced_id)",
            "email": "u.email",
            "sms": "u.sms",
            "phone": "u.phone",
            "agents": self._references("users", agents),
            "grades": self._list(
                self._quoted("listed.grade"),
                f"select distinct g.grade from roster_roles g where {self._of('g')} "
                "and g.user_sourced_id = u.sourced_id and (g.active or not u.active) "
                "and g.grade is not null order by 1",
            ),
            "metadata": f"""'{{"microsoft.userFlags":' || {self._quoted(flags)} || '}}'""",
        }
        return {"users": self._select("users", made, f"{self._best('users', 'users')} u")}

    def _latest(self) -> str:
        """SQL: when the last of a user's records changed, for the first publication."""
        moments = [
            "select u.date_last_modified as moment",
            *(
                f"select t.date_last_modified from {columns.table_of(BY_NAME[entity])} t "
                f"where {self._of('t')} and t.user_sourced_id = u.sourced_id"
                for entity in ("roles", "relationships", "userFlags")
            ),
            "select t.date_last_modified from roster_relationships t "
            "where t.relationship_user_sourced_id = u.sourced_id",
        ]
        return f"(select {self._instant('max(moment)')} from ({' union all '.join(moments)}) moments)"

    def _roles(self) -> str:
        """SQL: the roles of the user `u`."""
        return f"select * from {_ROLES} r where r.person = u.sourced_id"

    def preparations(self, resource: Resource) -> Mapping[str, str]:
        """Queries whose rows the objects are made of: by the name of a temporary table, indexed by `person`."""
        return {_ROLES: self._every_role()} if resource.name == "users" else {}

    def _every_role(self) -> str:
        """SQL: the roles of touched people, in each organisation once; those of contacts where pupils are."""
        new = self._spelled("one.role", spellings.ROLES)
        places = " ".join(
            f"when {literal(code)} then {literal(other)}" for code, other in spellings.IN_DISTRICTS.items()
        )
        schools = ", ".join(map(literal, spellings.SCHOOLS))
        is_school = f"coalesce(o.type, 'school') in ({schools})"
        new = f"case when {is_school} then {new} else case {new} {places} else {new} end end"
        old = self._spelled("one.role", spellings.ROLES, is_old=True)
        rank = " ".join(f"when {literal(name)} then {n}" for n, name in enumerate(spellings.PRECEDENCE))
        types = "(select sourced_id, min(type) as type from roster_orgs where active group by 1)"
        return (
            "select person, org, new, min(old) as old, max(is_primary) as is_primary, min(rank) as rank, "
            "min(begins) as begins, case when count(ends) = count(*) then max(ends) end as ends from ("
            f"select one.person, one.org, {new} as new, {old} as old, one.is_primary, "
            f"case {old} {rank} else 9 end as rank, one.begins, one.ends "
            f"from ({self._raw_roles()}) one left join {types} o on o.sourced_id = one.org) each_role "
            "group by person, org, new"
        )

    def _raw_roles(self) -> str:
        # CROSS JOIN: SQLite then walks those who are touched, and looks the others up.
        day, after = self._day("r.role_start_date"), self.roster.driver.next_day("r.role_end_date")
        touched = (
            f"(select t.sourced_id, exists (select 1 from roster_users u where {self._of('u')} "
            f"and u.sourced_id = t.sourced_id and u.active) as is_here from {TOUCHED} t "
            "where t.resource = 'users') t"
        )
        return (
            "select t.sourced_id as person, r.org_sourced_id as org, r.role as role, "
            f"case when r.is_primary then 1 else 0 end as is_primary, {day} as begins, {after} as ends "
            f"from {touched} cross join roster_roles r where {self._of('r')} "
            "and r.user_sourced_id = t.sourced_id and (r.active or not t.is_here) union all "
            "select t.sourced_id, r.org_sourced_id, c.relationship_role, 0, null, null "
            f"from {touched} cross join roster_relationships c cross join roster_roles r "
            f"where {self._of('r')} and c.relationship_user_sourced_id = t.sourced_id "
            "and r.user_sourced_id = c.user_sourced_id and (c.active and r.active or not t.is_here)"
        )

    def _root(self) -> str:
        """SQL: a list of one organisation, for those who are in none."""
        return f"(select '[' || {self.reference('orgs', 'o.sourced_id')} || ']' from ({self._roots()}) o)"

    def _roleless(self) -> str:
        role = (
            f"""'[{{"roleType":"primary","role":"{spellings.NO_ROLE.new}","org":' || """
            f"""{self.reference("orgs", "o.sourced_id")} || '}}]'"""
        )
        return f"(select {role} from ({self._roots()}) o)"

    def _roots(self) -> str:
        return (
            "select sourced_id from roster_orgs where active "
            "order by case when parent_sourced_id is null then 0 else 1 end, sourced_id limit 1"
        )

    def _enrollments(self) -> Mapping[str, str]:
        new = self._spelled("e.role", spellings.ENROLLMENT_ROLES)
        teacher = self._spelled("t.role", spellings.ENROLLMENT_ROLES)
        first = (
            f"(select min(t.user_sourced_id) from roster_enrollments t where {self._of('t')} "
            f"and t.class_sourced_id = e.class_sourced_id and t.active and {teacher} = 'teacher')"
        )
        made = {
            **self._own("e", "user_sourced_id"),
            "sourced_id": self.enrollment_id("e"),
            "user": "e.user_sourced_id",
            "class": "e.class_sourced_id",
            "school": "(select k.org_sourced_id from roster_classes k where k.sourced_id = e.class_sourced_id "
            f"and {self._of('k')} order by k.active desc limit 1)",
            "role": new,
            "plainRole": self._spelled("e.role", spellings.ENROLLMENT_ROLES, is_old=True),
            "primary": f"case when {new} = 'teacher' then "
            f"case when e.user_sourced_id = {first} then 'true' else 'false' end end",
        }
        rows = (
            "(select * from (select r.*, row_number() over (partition by r.class_sourced_id, r.user_sourced_id, "
            "r.role order by r.active desc, r.date_last_modified desc, r.source) as place "
            f"from roster_enrollments r where {self._of('r')} and r.class_sourced_id in "
            f"(select sourced_id from {TOUCHED} where resource = 'enrollments')) ranked where place = 1) e"
        )
        return {"enrollments": self._select("enrollments", made, rows)}

    def enrollment_id(self, alias: str) -> str:
        """SQL: the identifier that is made up for an enrollment."""
        parts = (f"{alias}.class_sourced_id", f"{alias}.user_sourced_id", f"{alias}.role")
        text = " || chr(31) || ".join(parts) if self.roster.connection.vendor == "postgresql" else ""
        text = text or " || char(31) || ".join(parts)
        return f"substr({self.roster.driver.sha256(self.roster.connection, text)}, 1, 32)"

    def _demographics(self) -> Mapping[str, str]:
        made = {
            **self._own("d", "user_sourced_id"),
            "birthDate": self._day("d.birth_date"),
            "sex": self._spelled("d.sex", spellings.SEXES),
            "plainSex": self._spelled("d.sex", spellings.SEXES, is_old=True),
            **{name: self._is_in("d.race_codes", name) for name in RACES},
            "hispanicOrLatinoEthnicity": self._is_in("d.ethnicity_codes", "hispanicOrLatinoEthnicity"),
            "countryOfBirthCode": "d.birth_country",
            "stateOfBirthAbbreviation": "d.birth_state",
            "cityOfBirth": "d.birth_city",
        }
        return {
            "demographics": self._select(
                "demographics", made, f"{self._best('demographics', 'demographics')} d"
            )
        }

    def _is_in(self, listed: str, code: str) -> str:
        elements = self.roster.driver.elements(listed)
        return (
            f"case when {listed} is null then null when exists (select 1 from {elements} "
            f"where value = {literal(code)}) then 'true' else 'false' end"
        )


def changed(entity: str, revision: int) -> Sequence[str]:
    """SQL of the rows `t` of a revision that say what changed: those that began, and those that ended."""
    one = BY_NAME[entity]
    return (
        f"(select * from {columns.table_of(one)} where {columns.FROM_REVISION} = {int(revision)}) t",
        f"(select * from {columns.history_of(one)} where {columns.TO_REVISION} = {int(revision)}) t",
    )
