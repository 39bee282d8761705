"""Keeps what is published up to date: in the transaction of an apply, or all at once.

Of what an apply touches the objects are made anew and compared with those that are published; where one
differs, its state ends at the revision and another begins. An object's `modified` moves therefore when the
object as a whole changes, and at no other time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.transaction import atomic

from cartable.model.entities import BY_NAME
from cartable.model.objects import RESOURCES, Resource
from cartable.store import columns, publications
from cartable.store.columns import listed, quoted
from cartable.store.failures import translated
from cartable.store.projecting import TOUCHED, YEAR, Projection, changed, literal
from cartable.store.publications import (
    ACTIVE,
    FOREVER,
    MODIFIED,
    SINCE,
    SOURCED_ID,
    UNTIL,
    column_of,
    links_of,
    table_of,
)
from cartable.store.rosters import Roster

_STAGE = "published_stage"
_NEW_YEAR = 8
"""The month in which a school year begins, where the roster has none."""

# By resource what is concerned by changes of an entity: a query of identifiers over the changed rows `t`.
# Enrollments are made anew by the class: its school, and which teacher comes first, are in each of them.
_CONCERNED: dict[str, dict[str, tuple[str, ...]]] = {
    "orgs": {"orgs": ("select sourced_id from roster_orgs",)},
    "academicSessions": {
        "academicSessions": ("select sourced_id from roster_academic_sessions",),
        "classes": (f"select {literal(YEAR)}",),
    },
    "courses": {
        "courses": ("select t.sourced_id from {changed}",),
        "classes": ("select 'course-of-' || t.sourced_id from {changed}",),
    },
    "classes": {
        "classes": ("select t.sourced_id from {changed}",),
        "courses": ("select t.sourced_id from {changed}",),
        "academicSessions": ("select sourced_id from roster_classes where session_sourced_ids is null",),
    },
    "users": {
        "users": ("select t.sourced_id from {changed}",),
        "roles": (
            "select t.user_sourced_id from {changed}",
            "select r.relationship_user_sourced_id from {changed} join roster_relationships r "
            "on r.user_sourced_id = t.user_sourced_id",
        ),
        "relationships": (
            "select t.user_sourced_id from {changed}",
            "select t.relationship_user_sourced_id from {changed}",
        ),
        "userFlags": ("select t.user_sourced_id from {changed}",),
    },
    "enrollments": {
        "enrollments": ("select t.class_sourced_id from {changed}",),
        "classes": ("select t.sourced_id from {changed}",),
    },
    "demographics": {"demographics": ("select t.user_sourced_id from {changed}",)},
}
_ALL = {
    "orgs": "select sourced_id from roster_orgs",
    "academicSessions": f"select sourced_id from roster_academic_sessions union select {literal(YEAR)}",
    "courses": "select sourced_id from roster_courses union "
    "select 'course-of-' || sourced_id from roster_classes union select sourced_id from roster_classes",
    "classes": "select sourced_id from roster_classes",
    "users": "select sourced_id from roster_users",
    "enrollments": "select class_sourced_id from roster_enrollments",
    "demographics": "select user_sourced_id from roster_demographics",
}


def publish(roster: Roster) -> int:
    """Bring what is published up to date with the roster, and make it where there is nothing; the revision.

    Raises:
        RosterBusy, DatabaseError.
    """
    from cartable.store.tables import Installation

    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        current = int(Installation._default_manager.using(roster.alias).get().revision)
        published = publications.revision(roster)
        if published != current:
            is_first = published is None
            if is_first:
                publications.make(roster)
            _Publishing(roster, current, None if is_first else _latest(roster)).everything()
        return current


def follow(roster: Roster, revision: int, moment: datetime, *, has_erased: bool) -> None:
    """Publish what an apply has changed, inside its transaction; nothing where nothing is published.

    Args:
        revision: the one that the apply has made.
        moment: when it was applied.
        has_erased: whether values were destroyed: then no earlier state may be kept.
    """
    published = publications.revision(roster)
    if published is None or published == revision:
        return
    publishing = _Publishing(roster, revision, spelled(moment))
    if published == revision - 1 and not has_erased:
        publishing.changes()
    else:
        publishing.everything()
    if has_erased:
        publishing.forget_what_was()


def spelled(moment: datetime) -> str:
    """An instant as OneRoster spells it: 2026-11-24T08:00:00.000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _latest(roster: Roster) -> str:
    """When the roster was changed last."""
    from cartable.store.tables import Run

    run = Run._default_manager.using(roster.alias).order_by("-number").first()
    assert run is not None, "a revision has a run"
    return spelled(run.finished)


class _Publishing:
    """One publication.

    Args:
        moment: when what differs has changed; None on the first publication, when each object has its own.
    """

    def __init__(self, roster: Roster, revision: int, moment: str | None) -> None:
        from cartable.store.tables import Installation, Run

        self.roster = roster
        self.revision = revision
        self.moment = moment
        sources = Run._default_manager.using(roster.alias).values_list("source", flat=True).distinct()
        created = Installation._default_manager.using(roster.alias).get().created
        year = created.year + (created.month >= _NEW_YEAR)
        self.projection = Projection(roster, tuple(sorted({*sources, "main"})), year)

    def everything(self) -> None:
        """Compare all objects."""
        self._publish({resource.name: (_ALL[resource.name],) for resource in RESOURCES})

    def changes(self) -> None:
        """Compare the objects that the changes of the revision concern."""
        self._publish(
            {
                resource: tuple(
                    query.format(changed=rows)
                    for entity, queries in concerned.items()
                    if self._has_changed(entity)
                    for query in queries
                    for rows in changed(entity, self.revision)
                )
                for resource, concerned in _CONCERNED.items()
            }
        )

    def forget_what_was(self) -> None:
        """Delete all earlier states, and objects of which the roster has no record."""
        for resource in RESOURCES:
            table = table_of(resource)
            is_unknown = f"{SOURCED_ID} not in ({_ALL[resource.name]})"
            if resource.name == "enrollments":
                is_unknown = f'"user" not in ({_ALL["users"]})'
            gone = f"({UNTIL} < {FOREVER} or {is_unknown})"
            if resource.name in publications.LINKS:
                self._execute(
                    f"delete from {links_of(resource)} where state in (select id from {table} where {gone})"
                )
            self._execute(f"delete from {table} where {gone}")

    def _has_changed(self, entity: str) -> bool:
        table = columns.table_of(BY_NAME[entity])
        with self.roster.connection.cursor() as cursor:
            cursor.execute(
                f"select 1 from {table} where {columns.FROM_REVISION} = %s limit 1", (self.revision,)
            )
            return cursor.fetchone() is not None

    def _publish(self, touched: dict[str, tuple[str, ...]]) -> None:
        text = f"text {self.roster.driver.bytewise}"
        self._execute(f"create temporary table {TOUCHED} (resource text, sourced_id {text})")
        for resource in RESOURCES:
            queries = touched[resource.name]
            if queries:
                union = " union ".join(queries)
                self._execute(
                    f"insert into {TOUCHED} select {literal(resource.name)}, * from ({union}) found"
                )
        self._execute(f"create index {TOUCHED}_key on {TOUCHED} (resource, sourced_id)")
        self.roster.driver.measure(self.roster.connection, TOUCHED)
        for resource in RESOURCES:
            if touched[resource.name]:
                self._compare(resource)
        self._execute(f"drop table {TOUCHED}")
        publications.note(self.roster, self.revision)

    def _compare(self, resource: Resource) -> None:
        table, names = table_of(resource), [column_of(name) for name in resource.columns]
        prepared = self.projection.preparations(resource)
        for name, query in prepared.items():
            self._execute(f"create temporary table {name} as {query}")
            self._execute(f"create index {name}_person on {name} (person)")
            self.roster.driver.measure(self.roster.connection, name)
        self._execute(f"create temporary table {_STAGE} as {self.projection.query(resource)}")
        self._execute(f"create index {_STAGE}_key on {_STAGE} ({SOURCED_ID})")
        self.roster.driver.measure(self.roster.connection, _STAGE)
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
        for name in (_STAGE, *prepared):
            self._execute(f"drop table {name}")

    def _leave_the_gone(self, resource: Resource, names: list[str]) -> None:
        """What becomes inactive, or is called otherwise now, ends as it was."""
        table = table_of(resource)
        kept = ", ".join(f"{quoted(name)} = p.{quoted(name)}" for name in names)
        self._execute(
            f"update {_STAGE} set {kept} from {table} p where p.{SOURCED_ID} = {_STAGE}.{SOURCED_ID} "
            f"and p.{UNTIL} = {FOREVER} and not {_STAGE}.{ACTIVE}"
        )
        owner = '"class"' if resource.name == "enrollments" else SOURCED_ID
        self._execute(
            f"insert into {_STAGE} ({listed((SOURCED_ID, ACTIVE, MODIFIED, *names))}) "
            f"select p.{SOURCED_ID}, (1 = 0), p.{MODIFIED}, {listed(names, 'p')} from {table} p "
            f"where p.{UNTIL} = {FOREVER} and p.{ACTIVE} and p.{owner} in "
            f"(select sourced_id from {TOUCHED} where resource = {literal(resource.name)}) "
            f"and p.{SOURCED_ID} not in ({self._made(resource)})"
        )

    def _made(self, resource: Resource) -> str:
        """SQL: the identifiers of all objects that the roster has of those that are touched."""
        return f"select made.{SOURCED_ID} from ({self.projection.query(resource)}) made"

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
