"""Keeps what is published up to date: in the transaction of an apply, or all at once.

Of what an apply touches the objects are made anew and compared with those that are published; where one
differs, its state ends at the revision and another begins. An object's `modified` moves therefore when the
object as a whole changes, and at no other time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.db.transaction import atomic

from cartable.model import synthesis
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.objects import PUBLISHED, Resource
from cartable.model.plans import DEFAULT_SOURCE
from cartable.store import columns, publications
from cartable.store.appointing import People
from cartable.store.columns import listed, quoted
from cartable.store.failures import translated
from cartable.store.projecting import TOUCHED, changed, literal
from cartable.store.publications import (
    ACTIVE,
    FOREVER,
    MODIFIED,
    SINCE,
    SOURCED_ID,
    UNTIL,
    Publication,
    column_of,
    links_of,
    table_of,
)
from cartable.store.rosters import Roster

KEPT = timedelta(days=1)
"""How long what is no more can be read, at the revision at which a pull began; an hour is what it needs."""

_STAGE, _MADE = "published_stage", "published_made"
"""Temporary tables: the objects that differ, and the identifiers of all that the roster has."""
_AGENTS = "agents"
_PEOPLE_IN = {"users": SOURCED_ID, "demographics": SOURCED_ID, "enrollments": quoted("user")}
"""Columns that name people, in what is about them."""
_OWNER = {"enrollments": quoted("class")}
"""Columns by whose values objects are touched, where it is not their identifier."""

# Whose records change, and who hangs on theirs: contacts are where pupils are, and each names the other.
_PERSON = "select t.{column} from {{changed}}"
_RELATED = (
    "select r.relationship_user_sourced_id from {{changed}} join roster_relationships r "
    "on r.user_sourced_id = t.{column}",
    "select r.user_sourced_id from {{changed}} join roster_relationships r "
    "on r.relationship_user_sourced_id = t.{column}",
)
_OWN = "select t.sourced_id from {changed}"


def _people(column: str, *, with_related: bool) -> tuple[str, ...]:
    queries = (_PERSON, *(_RELATED if with_related else ()))
    return tuple(query.format(column=column) for query in queries)


# Who is a user, which follows from several files.
_USERS: dict[str, tuple[str, ...]] = {
    "users": _people("sourced_id", with_related=False),
    "roles": _people("user_sourced_id", with_related=True),
    # Who has no role is where the classes are.
    "enrollments": _people("user_sourced_id", with_related=True),
    "relationships": (
        *_people("user_sourced_id", with_related=False),
        *_people("relationship_user_sourced_id", with_related=False),
    ),
    "userFlags": _people("user_sourced_id", with_related=False),
    "classes": (
        "select e.user_sourced_id from {changed} join roster_enrollments e "
        "on e.class_sourced_id = t.sourced_id where not exists "
        "(select 1 from roster_roles r where r.user_sourced_id = e.user_sourced_id and r.active)",
    ),
}

# By what is touched what is concerned by changes of an entity: queries of identifiers over the changed rows
# `t`. Enrollments are touched by the class: its school, and which teacher comes first, are in each of them.
_CONCERNED: dict[str, dict[str, tuple[str, ...]]] = {
    "orgs": {"orgs": ("select sourced_id from roster_orgs",)},
    "academicSessions": {"academicSessions": ("select sourced_id from roster_academic_sessions",)},
    "courses": {"courses": (_OWN,)},
    "made courses": {"classes": (_OWN,)},
    "classes": {"classes": (_OWN,)},
    "users": _USERS,
    "enrollments": {"enrollments": ("select t.class_sourced_id from {changed}",), "classes": (_OWN,)},
    "demographics": {**_USERS, "demographics": _people("user_sourced_id", with_related=False)},
}
_ALL = {
    "orgs": "select sourced_id from roster_orgs",
    "academicSessions": "select sourced_id from roster_academic_sessions",
    "courses": "select sourced_id from roster_courses",
    "made courses": "select sourced_id from roster_classes",
    "classes": "select sourced_id from roster_classes",
    "users": "select sourced_id from roster_users",
    "enrollments": "select class_sourced_id from roster_enrollments",
    "demographics": "select user_sourced_id from roster_demographics",
}


def publish(roster: Roster, now: datetime) -> int:
    """Bring what is published up to date with the roster, and make it where there is nothing; the revision.

    Args:
        now: what has ended long before is deleted.

    Raises:
        RosterBusy, DatabaseError.
    """
    from cartable.store.tables import Installation

    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        current = int(Installation._default_manager.using(roster.alias).get().revision)
        published = publications.publication(roster)
        if published is None:
            publications.make(roster)
        if published is None or published.revision != current:
            _Publishing(roster, current, _moment(roster, current), published).everything()
        _prune(roster, now)
        return current


def follow(roster: Roster, revision: int, moment: datetime, *, has_erased: bool) -> None:
    """Publish what an apply has changed, inside its transaction; nothing where nothing is published.

    Args:
        revision: the one that the apply has made.
        moment: when it was applied.
        has_erased: whether values were destroyed: then no earlier state may be kept.
    """
    published = publications.publication(roster)
    if published is None or published.revision == revision:
        return
    publishing = _Publishing(roster, revision, moment, published)
    if published.revision == revision - 1 and not has_erased:
        publishing.changes()
    else:
        publishing.everything()
    if has_erased:
        publishing.forget_what_was()
    _prune(roster, moment)


def spelled(moment: datetime) -> str:
    """An instant as OneRoster spells it: 2026-11-24T08:00:00.000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _later(moment: str, than: str) -> str:
    """A moment, or the one after another: who asks for what was modified since misses no revision."""
    if moment > than:
        return moment
    return spelled(datetime.fromisoformat(than) + timedelta(milliseconds=1))


def _prune(roster: Roster, now: datetime) -> None:
    """Delete the states that ended before what is kept for pulls."""
    from cartable.store.tables import Run

    runs = Run._default_manager.using(roster.alias).filter(finished__lte=now - KEPT)
    latest = runs.order_by("-number").first()
    published = publications.publication(roster)
    if not published or not latest or latest.revision <= published.since:
        return
    for resource in PUBLISHED:
        _delete(roster, resource, f"{UNTIL} <= {int(latest.revision)}")
    publications.note(roster, replace(published, since=min(latest.revision, published.revision)))


def _delete(roster: Roster, resource: Resource, condition: str) -> None:
    """Delete states, with what they name."""
    table = table_of(resource)
    with roster.connection.cursor() as cursor:
        if resource.name in publications.LINKS:
            cursor.execute(
                f"delete from {links_of(resource)} where state in (select id from {table} where {condition})"
            )
        cursor.execute(f"delete from {table} where {condition}")


def _moment(roster: Roster, revision: int) -> datetime:
    """When the roster came to a revision."""
    from cartable.store.tables import Installation, Run

    run = Run._default_manager.using(roster.alias).filter(revision=revision).order_by("number").first()
    created: datetime = Installation._default_manager.using(roster.alias).get().created
    return run.finished if run else created


class _Publishing:
    """One publication.

    Args:
        moment: when the roster came to the revision, and what differs has changed.
        before: what was published; None where nothing was: then each object has its own moment.
    """

    def __init__(self, roster: Roster, revision: int, moment: datetime, before: Publication | None) -> None:
        from cartable.store.tables import Run

        self.roster = roster
        self.revision = revision
        self.moment = _later(spelled(moment), before.modified) if before else None
        self.published = Publication(
            revision, before.since if before else revision, self.moment or spelled(moment)
        )
        sources = Run._default_manager.using(roster.alias).values_list("source", flat=True).distinct()
        day = moment.astimezone(UTC).date()
        self.projection = People(roster, tuple(sorted({*sources, DEFAULT_SOURCE})), day)

    def everything(self) -> None:
        """Compare all objects, and what is published of others."""
        for entity in ENTITIES:
            self.roster.driver.measure(self.roster.connection, columns.table_of(entity))
        touched = {name: [query] for name, query in _ALL.items()}
        for resource in PUBLISHED:
            column = _OWNER.get(resource.name, SOURCED_ID)
            touched[resource.name].append(f"select {column} from {table_of(resource)}")
        self._publish(touched)
        for resource in PUBLISHED:
            self.roster.driver.measure(self.roster.connection, table_of(resource))
            if resource.name in publications.LINKS:
                self.roster.driver.measure(self.roster.connection, links_of(resource))

    def changes(self) -> None:
        """Compare the objects that the changes of the revision concern."""
        touched = {
            name: [
                query.format(changed=rows)
                for entity, queries in concerned.items()
                if self._has_changed(entity)
                for query in queries
                for rows in changed(entity, self.revision)
            ]
            for name, concerned in _CONCERNED.items()
        }
        if not self._is_of_the_year():
            touched["classes"].append(f"{_ALL['classes']} where session_sourced_ids is null")
            touched["academicSessions"].append(f"select {SOURCED_ID} from published_academic_sessions")
        self._publish(touched)

    def _is_of_the_year(self) -> bool:
        """Whether classes without a term are published with the school year that stands for it now."""
        with self.roster.connection.cursor() as cursor:
            cursor.execute(
                "select p.terms from roster_classes k join published_classes p "
                f"on p.sourced_id = k.sourced_id and p.{UNTIL} = {FOREVER} and p.{ACTIVE} "
                "where k.session_sourced_ids is null and k.active limit 1"
            )
            found = cursor.fetchone()
            cursor.execute(f"select {self.projection.as_json(self.projection.year())}", ())
            (year,) = cursor.fetchone()
        return found is None or f'"sourcedId":{year},' in found[0]

    def forget_what_was(self) -> None:
        """Delete all earlier states, and what is about people of whom the roster has no record."""
        for resource in PUBLISHED:
            gone = f"{UNTIL} < {FOREVER}"
            if person := _PEOPLE_IN.get(resource.name):
                gone += f" or {person} not in ({_ALL['users']})"
            _delete(self.roster, resource, gone)
        publications.note(self.roster, replace(self.published, since=self.revision))

    def _has_changed(self, entity: str) -> bool:
        table = columns.table_of(BY_NAME[entity])
        with self.roster.connection.cursor() as cursor:
            cursor.execute(
                f"select 1 from {table} where {columns.FROM_REVISION} = %s limit 1", (self.revision,)
            )
            return cursor.fetchone() is not None

    def _publish(self, touched: Mapping[str, Sequence[str]]) -> None:
        text = f"text {self.roster.driver.bytewise}"
        self._execute(f"create temporary table {TOUCHED} (resource text, sourced_id {text})")
        for name, queries in touched.items():
            if queries:
                union = " union ".join(queries)
                self._execute(f"insert into {TOUCHED} select {literal(name)}, * from ({union}) found")
        self._touch_made_courses()
        year = synthesis.school_year(self.projection.day).sourced_id
        self._execute(f"insert into {TOUCHED} values ('academicSessions', {literal(year)})")
        self._execute(f"create index {TOUCHED}_key on {TOUCHED} (resource, sourced_id)")
        self.roster.driver.measure(self.roster.connection, TOUCHED)
        # The year is always touched: a class may be the first without a term, or the last.
        named = {name for name, queries in touched.items() if queries} | {"academicSessions"}
        if "made courses" in named:
            named.add("courses")
        for resource in PUBLISHED:
            if resource.name in named:
                self._compare(resource)
        self._execute(f"drop table {TOUCHED}")
        publications.note(self.roster, self.published)

    def _touch_made_courses(self) -> None:
        """What was made up for a class may be no more."""
        self._execute(
            f"insert into {TOUCHED} select 'courses', {self.projection.course_of('t.sourced_id')} "
            f"from {TOUCHED} t where t.resource = 'made courses'"
        )

    def _compare(self, resource: Resource) -> None:
        table, names = table_of(resource), [column_of(name) for name in resource.columns]
        prepared = self.projection.preparations(resource)
        for name, query in prepared.items():
            self._execute(f"create temporary table {name} as {query}")
            if column := self.projection.indexed(name):
                self._execute(f"create index {name}_key on {name} ({column})")
            self.roster.driver.measure(self.roster.connection, name)
        self._execute(f"create temporary table {_STAGE} as {self.projection.query(resource)}")
        self._execute(f"create index {_STAGE}_key on {_STAGE} ({SOURCED_ID})")
        self.roster.driver.measure(self.roster.connection, _STAGE)
        self._execute(f"create temporary table {_MADE} as select {SOURCED_ID} from {_STAGE}")
        self._execute(f"create index {_MADE}_key on {_MADE} ({SOURCED_ID})")
        current = f"p.{UNTIL} = {FOREVER}"
        # What has gone stays as it was last, so that it is whole.
        same = " and ".join(f"(s.{quoted(name)} is not distinct from p.{quoted(name)})" for name in names)
        self._execute(
            f"delete from {_STAGE} where exists (select 1 from {table} p where "
            f"p.{SOURCED_ID} = {_STAGE}.{SOURCED_ID} and {current} and p.{ACTIVE} = {_STAGE}.{ACTIVE} "
            f"and (not p.{ACTIVE} or {same.replace('s.', _STAGE + '.')}))"
        )
        self._leave_the_gone(resource, names)
        self._end(resource)
        self._begin(resource, names)
        for name in (_STAGE, _MADE, *prepared):
            self._execute(f"drop table {name}")

    def _leave_the_gone(self, resource: Resource, names: list[str]) -> None:
        """What becomes inactive, or is called otherwise now, ends as it was; it names no other person.

        Else somebody who is forgotten later would still stand there.
        """
        table, names = table_of(resource), [name for name in names if name != _AGENTS]
        kept = ", ".join(f"{quoted(name)} = p.{quoted(name)}" for name in names)
        self._execute(
            f"update {_STAGE} set {kept} from {table} p where p.{SOURCED_ID} = {_STAGE}.{SOURCED_ID} "
            f"and p.{UNTIL} = {FOREVER} and not {_STAGE}.{ACTIVE}"
        )
        owner = _OWNER.get(resource.name, SOURCED_ID)
        self._execute(
            f"insert into {_STAGE} ({listed((SOURCED_ID, ACTIVE, MODIFIED, *names))}) "
            f"select p.{SOURCED_ID}, (1 = 0), p.{MODIFIED}, {listed(names, 'p')} from {table} p "
            f"where p.{UNTIL} = {FOREVER} and p.{ACTIVE} and p.{owner} in "
            f"(select sourced_id from {TOUCHED} where resource = {literal(resource.name)}) "
            f"and p.{SOURCED_ID} not in (select {SOURCED_ID} from {_MADE})"
        )

    def _end(self, resource: Resource) -> None:
        self._execute(
            f"update {table_of(resource)} set {UNTIL} = %s where {UNTIL} = {FOREVER} "
            f"and {SOURCED_ID} in (select {SOURCED_ID} from {_STAGE})",
            self.revision,
        )

    def _begin(self, resource: Resource, names: list[str]) -> None:
        table = table_of(resource)
        modified = MODIFIED if self.moment is None else "%s"
        parameters = [self.revision, *([] if self.moment is None else [self.moment])]
        self._execute(
            f"insert into {table} ({listed((SOURCED_ID, SINCE, UNTIL, ACTIVE, MODIFIED, *names))}) "
            f"select {SOURCED_ID}, %s, {FOREVER}, {ACTIVE}, {modified}, {listed(names)} "
            f"from {_STAGE} order by {SOURCED_ID}",
            *parameters,
        )
        for name, rows in self._links(resource):
            self._execute(
                f"insert into {links_of(resource)} (state, name, target) "
                f"select p.id, {literal(name)}, l.target from {table} p join ({rows}) l "
                f"on l.{SOURCED_ID} = p.{SOURCED_ID} where p.{SINCE} = %s and p.{UNTIL} = {FOREVER} "
                f"and p.{SOURCED_ID} in (select {SOURCED_ID} from {_STAGE})",
                self.revision,
            )

    def _links(self, resource: Resource) -> Iterator[tuple[str, str]]:
        """What is sought by lists: the link's name, and a query of identifiers and targets."""
        field = self.roster.driver.json_field
        elements = self.roster.driver.json_elements
        if resource.name == "users":
            org = field("value", "org", "sourcedId")
            each = f"{_STAGE} s, {elements('s.roles')}"
            yield "org", f"select distinct s.{SOURCED_ID}, {org} as target from {each}"
            for role in ("student", "teacher"):
                yield (
                    role,
                    (
                        f"select distinct s.{SOURCED_ID}, {org} as target from {each} "
                        f"where {field('value', 'role')} = {literal(role)}"
                    ),
                )
        if resource.name == "classes":
            yield (
                "terms",
                (
                    f"select distinct s.{SOURCED_ID}, {field('value', 'sourcedId')} as target "
                    f"from {_STAGE} s, {elements('s.terms')}"
                ),
            )

    def _execute(self, sql: str, *parameters: object) -> None:
        with self.roster.connection.cursor() as cursor:
            # Always with parameters, so that `%%` is one sign everywhere.
            cursor.execute(sql, parameters)  # type: ignore[arg-type]  # narrower than the drivers are
