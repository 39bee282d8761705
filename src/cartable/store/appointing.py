"""SQL that makes OneRoster's users: people with the roles that the roster's several files give them."""

from collections.abc import Mapping, Sequence

from cartable.model import spellings, synthesis
from cartable.model.objects import Resource
from cartable.model.spellings import FIRST, SECOND
from cartable.model.vocabularies import GRADES
from cartable.store.projecting import TOUCHED, Projection, literal

# Temporary tables: what the appointments of the people who are touched are made of, and those.
_PEOPLE, _LINKS = "published_people", "published_relationships"
_ROLES, _ENROLLMENTS, _CLASSES = "published_held", "published_taken", "published_taught"
APPOINTMENTS = "published_appointments"
_TYPES = "published_types"
"""What every organisation is; one that is no more, what it was."""

_INDEXED = {
    _PEOPLE: "sourced_id",
    _LINKS: '"relationshipUserSourcedId"',
    _ROLES: '"userSourcedId"',
    APPOINTMENTS: '"userSourcedId"',
    _TYPES: "sourced_id",
}
"""Columns of these tables by which rows are sought."""


class People(Projection):
    """The queries, with those of people."""

    def preparations(self, resource: Resource) -> Mapping[str, str]:
        """See `Projection`; the order matters."""
        if resource.name != "users":
            return super().preparations(resource)
        here = (
            f"exists (select 1 from roster_users u where {self.of_source('u')} "
            "and u.sourced_id = t.sourced_id and u.active)"
        )
        is_gone = "select p.sourced_id from {0} p where p.sourced_id = {1} and not p.is_here"
        contacts = f"select sourced_id from {_PEOPLE}"
        people = f'select sourced_id from {_PEOPLE} union select "userSourcedId" from {_LINKS}'
        of_person = is_gone.format(_PEOPLE, "r.user_sourced_id")
        of_contact = is_gone.format(_PEOPLE, "r.relationship_user_sourced_id")
        roleless = f'select h."userSourcedId" from {_ROLES} h'
        return {
            _PEOPLE: f"select t.sourced_id, {here} as is_here from {TOUCHED} t where t.resource = 'users'",
            _LINKS: "select * from "
            + self.relation(
                "relationships",
                f"r.relationship_user_sourced_id in ({contacts}) and (r.active or exists ({of_contact}))",
            )
            + " links",
            _ROLES: "select * from "
            + self.relation(
                "roles",
                f"{self.of_source('r')} and r.user_sourced_id in ({people}) "
                f"and (r.active or exists ({of_person}))",
            )
            + " held",
            _ENROLLMENTS: "select * from "
            + self.relation(
                "enrollments",
                f"r.user_sourced_id in ({people}) and r.user_sourced_id not in ({roleless}) "
                f"and (r.active or exists ({of_person}))",
            )
            + " taken",
            _CLASSES: "select * from "
            + self.relation(
                "classes",
                f'{self.of_source("r")} and r.sourced_id in (select "classSourcedId" from {_ENROLLMENTS})',
            )
            + " taught",
            APPOINTMENTS: "select * from ("
            + synthesis.appointments_sql(_ROLES, _LINKS, _ENROLLMENTS, _CLASSES)
            + f') every_appointment where "userSourcedId" in ({contacts})',
            _TYPES: "select sourced_id, min(type) as type from roster_orgs group by sourced_id",
        }

    def indexed(self, table: str) -> str:
        """See `Projection`."""
        return _INDEXED.get(table) or super().indexed(table)

    def _users(self) -> Sequence[str]:
        account = "u.active_directory_match_id"
        made = {
            **self.own("u"),
            "modified": self._latest(),
            "username": "u.username",
            "userIds": f"""'[{{"type":"{spellings.ACTIVE_DIRECTORY}","identifier":' """
            f"|| {self.as_json(account)} || '}}]'",
            "enabledUser": "'true'",
            "givenName": f"coalesce(u.given_name, {literal(synthesis.NAMELESS)})",
            "familyName": f"coalesce(u.family_name, {literal(synthesis.NAMELESS)})",
            "role": self._role("f", "fo", FIRST),
            "orgs": self.references("orgs", self._orgs_of()),
            "roles": self._roles(),
            "primaryOrg": 'f."orgSourcedId"',
            "identifier": "coalesce(u.user_number, u.sourced_id)",
            "email": "u.email",
            "sms": "u.sms",
            "phone": "u.phone",
            "agents": self.references("users", self._agents()),
            "grades": self._grades(),
            "metadata": self._flags(),
        }
        rows = (
            f"{self.best('users', self.touched('users'))} u join {APPOINTMENTS} f "
            'on f."userSourcedId" = u.sourced_id and f.in_all = 1 '
            f'left join {_TYPES} fo on fo.sourced_id = f."orgSourcedId"'
        )
        return [self.select("users", made, rows)]

    @staticmethod
    def _role(appointment: str, org: str, version: str) -> str:
        """SQL of the role of an appointment in an organisation."""
        code = f'{appointment}."role"'
        contact = spellings.CONTACT_ROLES.sql(code, version)
        own = spellings.role(code, f"{org}.type", version)
        origin = f'{appointment}."origin"'
        told = f"case when {origin} = '{synthesis.CONTACT_ROLE}' then {contact} else {own} end"
        return told.replace("%", "%%")

    def _roles(self) -> str:
        day, after = 'listed."roleStartDate"', self.roster.driver.next_day_of_text('listed."roleEndDate"')
        role = (
            """'{"roleType":' || case when listed.in_org = 1 then '"primary"' else '"secondary"' end """
            f"""|| ',"role":' || {self.as_json("listed.spelled")} || ',"org":' || """
            f"""{self.reference("orgs", 'listed."orgSourcedId"')} """
            f"""|| coalesce(',"beginDate":"' || {day} || '"', '') """
            f"""|| coalesce(',"endDate":"' || {after} || '"', '') || '}}'"""
        )
        rows = (
            f"select a.*, {self._role('a', 'ao', SECOND)} as spelled from {APPOINTMENTS} a "
            f'left join {_TYPES} ao on ao.sourced_id = a."orgSourcedId" '
            'where a."userSourcedId" = u.sourced_id order by a.in_all'
        )
        return self.listed(role, rows)

    @staticmethod
    def _orgs_of() -> str:
        """SQL: the organisations of what the person is known by: a teacher teaches in none of the child's."""
        return (
            f'select a."orgSourcedId" as id, min(a.in_all) as place from {APPOINTMENTS} a '
            'where a."userSourcedId" = u.sourced_id and a."origin" = f."origin" '
            'group by a."orgSourcedId" order by 2'
        )

    def _agents(self) -> str:
        """SQL: those whose contact the person is, and the person's contacts, as far as they are somewhere."""
        # With sources where keys begin with them, without where people have an index of their own.
        placed = " or ".join(
            f"exists (select 1 from {table} e where {column} = other.id and e.active)"
            for table, column in (
                ("roster_roles", f"{self.of_source('e')} and e.user_sourced_id"),
                ("roster_enrollments", "e.user_sourced_id"),
                ("roster_relationships", "e.relationship_user_sourced_id"),
            )
        )
        return (
            "select other.id from (select r.relationship_user_sourced_id as id from roster_relationships r "
            f"where {self.of_source('r')} and r.user_sourced_id = u.sourced_id and r.active union "
            "select r.user_sourced_id from roster_relationships r "
            "where r.relationship_user_sourced_id = u.sourced_id and r.active) other "
            f"where {placed} order by 1"
        )

    def _grades(self) -> str:
        places = " ".join(f"when {literal(code.value)} then {n}" for n, code in enumerate(GRADES.codes))
        rows = (
            f"select distinct {spellings.GRADES.sql('a.grade', FIRST)} as grade, "
            f"case a.grade {places} else 9999 end as place from {APPOINTMENTS} a "
            'where a."userSourcedId" = u.sourced_id and a.grade is not null order by 2, 1'
        )
        return self.listed(self.as_json("listed.grade"), rows)

    def _flags(self) -> str:
        codes = " ".join(
            f"when {literal(code)} then {literal(told)}" for code, told in spellings.FLAGS.items()
        )
        flags = (
            f"(select {self.roster.driver.joined(f'case listed.flag {codes} else listed.flag end')} "
            f"from (select f.flag from roster_user_flags f where {self.of_source('f')} "
            "and f.user_sourced_id = u.sourced_id and f.active order by 1) listed)"
        )
        return f"""'{{"{spellings.FLAGS_KEY}":' || {self.as_json(flags)} || '}}'"""

    def _latest(self) -> str:
        """SQL: when the last of a user's records changed, for the first publication."""
        moments = [
            "select u.date_last_modified as moment",
            *(
                f"select t.date_last_modified from {table} t "
                f"where {self.of_source('t')} and t.user_sourced_id = u.sourced_id"
                for table in ("roster_roles", "roster_relationships", "roster_user_flags")
            ),
            "select t.date_last_modified from roster_relationships t "
            "where t.relationship_user_sourced_id = u.sourced_id",
        ]
        return f"(select {self.instant('max(moment)')} from ({' union all '.join(moments)}) moments)"
