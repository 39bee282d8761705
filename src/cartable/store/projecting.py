"""SQL that makes the objects of OneRoster of the roster's records: one query a resource.

What the roster does not say is made up as exports make it up (`cartable.model.synthesis`), so that both name
everything alike. Every query gives for each object that `TOUCHED` names: sourced_id, active, modified, and
the published columns. What no longer is may be made of records that are no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cartable.model import spellings, synthesis
from cartable.model.entities import BY_NAME, Field
from cartable.model.objects import BY_RESOURCE, RACES, Resource, Version
from cartable.model.spellings import FIRST, SECOND
from cartable.model.types import FieldType
from cartable.store import columns
from cartable.store.columns import quoted, snake
from cartable.store.publications import ACTIVE, FOREVER, SOURCED_ID, UNTIL, column_of, table_of
from cartable.store.rosters import Roster

TOUCHED = "published_touched"
"""A temporary table: resource, sourced_id."""
PARENTS = "published_parents"
"""A temporary table of sessions that lie in others, see `synthesis.session_parents_sql`."""

_HOMES, _LEADING = "published_homes", "published_leading"
"""Temporary tables: the classes of enrollments, and who teaches them first."""
_INDEXED = {_HOMES: "sourced_id", _LEADING: '"classSourcedId"'}
"""Columns of these tables by which rows are sought."""

SPELLED = {Version.V1P1: FIRST, Version.V1P2: SECOND}

_DAY = Field("day", FieldType.DATE)

Made = Mapping[str, str]
"""SQL of each column of an object."""


def literal(text: str) -> str:
    """A text of ours as SQL; `%` is doubled, because statements have placeholders."""
    return spellings.literal(text).replace("%", "%%")


@dataclass(frozen=True)
class Projection:
    """The queries over one roster.

    Args:
        sources: all its sources: an index that begins with the source is of use only where it is named.
        day: the roster's, see `synthesis.school_year_sql`.
    """

    roster: Roster
    sources: tuple[str, ...]
    day: date

    def query(self, resource: Resource) -> str:
        """The objects of a resource; see the module."""
        queries: Sequence[str] = getattr(self, f"_{column_of(resource.name)}")()
        return " union all ".join(queries)

    def preparations(self, resource: Resource) -> Mapping[str, str]:
        """Queries whose rows the objects are made of, by the name of a temporary table."""
        if resource.name == "academicSessions":
            return {PARENTS: synthesis.session_parents_sql(self.active("academicSessions"))}
        if resource.name == "enrollments":
            touched = self.touched("enrollments")
            inside = f"r.active and {self.of_source('r')} and r.class_sourced_id in ({touched})"
            return {
                _HOMES: f"select k.sourced_id, k.org_sourced_id from {self.best('classes', touched)} k",
                _LEADING: synthesis.primary_teachers_sql(self.relation("enrollments", inside)),
            }
        return {}

    def indexed(self, table: str) -> str:
        """The column by which rows of a temporary table are sought; '' where none is."""
        return _INDEXED.get(table, "")

    # Building blocks

    def of_source(self, alias: str) -> str:
        """The condition that a record is of a known source."""
        return f"{alias}.source in ({', '.join(map(literal, self.sources))})"

    def relation(self, entity: str, condition: str) -> str:
        """Records `r` as `synthesis` reads them: columns called as the fields, in canonical texts."""
        kind = BY_NAME[entity]
        texts = ", ".join(
            f"{self.roster.driver.text(one, f'r.{quoted(snake(one.name))}')} as {quoted(one.name)}"
            for one in kind.fields
        )
        return f"(select {texts} from {columns.table_of(kind)} r where {condition})"

    def active(self, entity: str) -> str:
        """All active records, as `relation`."""
        return self.relation(entity, "r.active")

    def best(self, entity: str, touched: str, key: str = "") -> str:
        """Of each touched record the one that counts, where several sources have or had it.

        Args:
            touched: SQL of the identifiers that are touched.
            key: the column that they are of, where it is not the key's first.
        """
        table, keys = columns.table_of(BY_NAME[entity]), columns.key_columns(BY_NAME[entity])
        listed = ", ".join(f"r.{name}" for name in keys)
        return (
            f"(select * from (select r.*, row_number() over (partition by {listed} "
            f"order by r.active desc, r.date_last_modified desc, r.source) as place from {table} r "
            f"where {self.of_source('r')} and r.{key or keys[0]} in ({touched})) ranked where place = 1)"
        )

    def touched(self, resource: str) -> str:
        """The identifiers that are touched."""
        return f"select sourced_id from {TOUCHED} where resource = {literal(resource)}"

    def sha256(self, text: str) -> str:
        """SQL of a digest, see `synthesis.Sha256`."""
        return self.roster.driver.sha256(self.roster.connection, f"({text})")

    def as_json(self, value: str) -> str:
        """SQL of a text as JSON."""
        return self.roster.driver.json_text(value)

    def one(self, value: str) -> str:
        """SQL of a JSON list of one text; NULL of none."""
        return f"'[' || {self.as_json(value)} || ']'"

    def reference(self, resource: str, identifier: str) -> str:
        """SQL of a reference as JSON; its address begins with `~`, which stands for the API's own."""
        token = BY_RESOURCE[resource].token
        path = self.roster.driver.in_path(self.roster.connection, identifier)
        return (
            f"""('{{"href":"~/{resource}/' || {path} || '","sourcedId":' || {self.as_json(identifier)} """
            f"""|| ',"type":"{token}"}}')"""
        )

    def listed(self, text: str, rows: str) -> str:
        """SQL of a JSON list of texts that are JSON, in the order of the rows `listed`; NULL of none."""
        return f"(select '[' || {self.roster.driver.joined(text)} || ']' from ({rows}) listed)"

    def references(self, resource: str, rows: str) -> str:
        """SQL of a list of references to what rows name in `id`."""
        return self.listed(self.reference(resource, "listed.id"), rows)

    def day_of(self, day: str) -> str:
        """SQL of a day as an ISO 8601 text."""
        return self.roster.driver.text(_DAY, day)

    def instant(self, moment: str) -> str:
        """SQL of an instant as OneRoster spells it."""
        text = self.roster.driver.instant(moment)
        return f"(substr({text}, 1, 10) || 'T' || substr({text}, 12, 12) || 'Z')"

    def own(self, alias: str, key: str = "sourced_id") -> dict[str, str]:
        """What every object has, of the record `alias`."""
        return {
            "sourced_id": f"{alias}.{key}",
            "active": f"{alias}.active",
            "modified": self.instant(f"{alias}.date_last_modified"),
        }

    def both(self, name: str, code: str, spelling: spellings.Spelling) -> dict[str, str]:
        """A code as either edition spells it."""
        new, old = (name, f"plain{name[0].upper()}{name[1:]}")
        told = {version: spelling.sql(code, version).replace("%", "%%") for version in (FIRST, SECOND)}
        return {new: told[SECOND], old: told[FIRST]}

    def select(self, resource: str, made: Made, rows: str) -> str:
        """SQL of objects."""
        known = BY_RESOURCE[resource].columns
        values = ", ".join(
            f"{made.get(name, 'null')} as {quoted(column_of(name))}"
            for name in ("sourced_id", "active", "modified", *known)
        )
        return f"select {values} from {rows}"

    def course_of(self, klass: str) -> str:
        """SQL of the course that is made up for a class."""
        return synthesis.course_id_sql(self.sha256, klass)

    def year(self) -> str:
        """SQL of the school year that stands for the terms of classes without."""
        held = synthesis.school_year_sql(self.active("academicSessions"), self.day)
        return f"coalesce(({held}), {literal(synthesis.school_year(self.day).sourced_id)})"

    # One method a resource

    def _orgs(self) -> Sequence[str]:
        children = (
            "select distinct c.sourced_id as id from roster_orgs c "
            "where c.parent_sourced_id = o.sourced_id and c.active order by 1"
        )
        made = {
            **self.own("o"),
            "name": "o.name",
            **self.both("type", "o.type", spellings.ORG_TYPES),
            "identifier": "o.sourced_id",
            "parent": "o.parent_sourced_id",
            "children": self.references("orgs", children),
        }
        return [self.select("orgs", made, f"{self.best('orgs', self.touched('orgs'))} o")]

    def _academic_sessions(self) -> Sequence[str]:
        children = (
            f'select c."sourcedId" as id from {PARENTS} c where c."parentSourcedId" = a.sourced_id order by 1'
        )
        made = {
            **self.own("a"),
            "title": "a.title",
            **self.both("type", "a.type", spellings.SESSION_TYPES),
            "schoolYear": "a.school_year",
            "startDate": self.day_of("a.start_date"),
            "endDate": self.roster.driver.next_day("a.end_date"),
            "parent": f'(select p."parentSourcedId" from {PARENTS} p where p."sourcedId" = a.sourced_id)',
            "children": self.references("academicSessions", children),
        }
        rows = f"{self.best('academicSessions', self.touched('academicSessions'))} a"
        return [self.select("academicSessions", made, rows), self._made_year()]

    def _made_year(self) -> str:
        """The school year that is made up where classes have no term and no session will do."""
        year = synthesis.school_year(self.day)
        made = {
            "sourced_id": literal(year.sourced_id),
            "active": "(1 = 1)",
            "modified": self.instant("i.created"),
            "title": literal(year.title),
            "type": "'schoolYear'",
            "plainType": "'schoolYear'",
            "schoolYear": literal(str(year.ends_in)),
            "startDate": literal(year.start.isoformat()),
            "endDate": literal(date(year.end.year, year.end.month + 1, 1).isoformat()),
        }
        return (
            f"{self.select('academicSessions', made, 'roster_installation i')} "
            f"where {self.year()} = {literal(year.sourced_id)} and {literal(year.sourced_id)} not in "
            "(select sourced_id from roster_academic_sessions where active) "
            "and exists (select 1 from roster_classes c where c.active and c.session_sourced_ids is null)"
        )

    def _courses(self) -> Sequence[str]:
        subject = " ".join(
            f"when {literal(code)} then {literal(name)}" for code, name in spellings.SUBJECTS.items()
        )
        made = {
            **self.own("c"),
            "title": "c.title",
            "schoolYear": "c.school_year_sourced_id",
            "courseCode": "coalesce(c.code, c.sourced_id)",
            "grades": self.one(spellings.GRADES.sql("c.grade", FIRST)),
            "subjects": self.one(f"case c.subject {subject} else c.subject end"),
            "subjectCodes": self.one("c.subject"),
            "org": "c.org_sourced_id",
        }
        of_class = {
            **self.own("k"),
            "sourced_id": self.course_of("k.sourced_id"),
            "title": "k.title",
            "courseCode": f"coalesce(k.code, {self.course_of('k.sourced_id')})",
            "org": "k.org_sourced_id",
        }
        return [
            self.select("courses", made, f"{self.best('courses', self.touched('courses'))} c"),
            self.select("courses", of_class, f"{self.best('classes', self.touched('made courses'))} k")
            + " where k.course_sourced_id is null",
        ]

    def _classes(self) -> Sequence[str]:
        sessions = self.roster.driver.elements("k.session_sourced_ids")
        listed = self.references("academicSessions", f"select value as id from {sessions}")
        made = {
            **self.own("k"),
            "title": "k.title",
            "classCode": "k.code",
            "classType": literal(synthesis.CLASS_TYPE),
            "course": f"coalesce(k.course_sourced_id, {self.course_of('k.sourced_id')})",
            "school": "k.org_sourced_id",
            "terms": "case when k.session_sourced_ids is null then "
            f"'[' || {self.reference('academicSessions', 'year.id')} || ']' else {listed} end",
        }
        rows = (
            f"{self.best('classes', self.touched('classes'))} k cross join (select {self.year()} as id) year"
        )
        return [self.select("classes", made, rows)]

    def _enrollments(self) -> Sequence[str]:
        touched = self.touched("enrollments")
        taught = ", ".join(map(literal, spellings.TEACHING))
        made = {
            **self.own("e"),
            "sourced_id": synthesis.enrollment_id_sql(
                self.sha256, "e.class_sourced_id", "e.user_sourced_id", "e.role"
            ),
            "user": "e.user_sourced_id",
            "class": "e.class_sourced_id",
            "school": "k.org_sourced_id",
            **self.both("role", "e.role", spellings.ENROLLMENT_ROLES),
            "primary": "case when t.\"role\" is not null then 'true' "
            f"when e.role in ({taught}) then 'false' end",
        }
        rows = (
            f"{self.best('enrollments', touched)} e "
            f"join {_HOMES} k on k.sourced_id = e.class_sourced_id "
            f'left join {_LEADING} t on t."classSourcedId" = e.class_sourced_id '
            'and t."userSourcedId" = e.user_sourced_id and t."role" = e.role'
        )
        return [self.select("enrollments", made, rows)]

    def _demographics(self) -> Sequence[str]:
        made = {
            **self.own("d", "user_sourced_id"),
            "birthDate": self.day_of("d.birth_date"),
            **self.both("sex", "d.sex", spellings.SEXES),
            **{name: self._holds("d.race_codes", name) for name in RACES},
            "hispanicOrLatinoEthnicity": self._holds("d.ethnicity_codes", "hispanicOrLatinoEthnicity"),
            "countryOfBirthCode": "d.birth_country",
            "stateOfBirthAbbreviation": "d.birth_state",
            "cityOfBirth": "d.birth_city",
        }
        # They are named after their user, who is published by now, or not at all.
        user = (
            f"select 1 from {table_of(BY_RESOURCE['users'])} p where p.{SOURCED_ID} = d.user_sourced_id "
            f"and p.{UNTIL} = {FOREVER} and (p.{ACTIVE} or not d.active)"
        )
        rows = f"{self.best('demographics', self.touched('demographics'))} d where exists ({user})"
        return [self.select("demographics", made, rows)]

    def _holds(self, listed: str, code: str) -> str:
        """SQL: "true" where a list has a code; that it has not is not known."""
        elements = self.roster.driver.elements(listed)
        return (
            f"case when {listed} is not null and exists (select 1 from {elements} "
            f"where value = {literal(code)}) then 'true' end"
        )


def changed(entity: str, revision: int) -> Sequence[str]:
    """SQL of the rows `t` of a revision that say what changed: those that began, and those that ended."""
    one = BY_NAME[entity]
    return (
        f"(select * from {columns.table_of(one)} where {columns.FROM_REVISION} = {int(revision)}) t",
        f"(select * from {columns.history_of(one)} where {columns.TO_REVISION} = {int(revision)}) t",
    )
