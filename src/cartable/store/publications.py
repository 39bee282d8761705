"""The tables of what is published: every object of OneRoster in every state that it had lately.

They are derived, so that no migration, backup or audit knows them: where the table of objects asks for
others than there are, they are made anew. A state holds from one revision up to another; what is read at
one revision is therefore whole, whatever is applied meanwhile.
"""

import hashlib
from collections.abc import Iterator

from cartable.model.objects import PUBLISHED, Resource
from cartable.store.columns import quoted, snake
from cartable.store.rosters import Roster

FOREVER = 2**62
"""Until when a state holds that no other one has followed."""

SOURCED_ID, SINCE, UNTIL, ACTIVE, MODIFIED = "sourced_id", "since", "until", "active", "modified"
STATE = (SOURCED_ID, SINCE, UNTIL, ACTIVE, MODIFIED)
"""What every state has besides the object's properties; `modified` is spelled as OneRoster does."""

_PUBLICATION = "published"
_EDITION = 1
"""Moved by hand where the values of columns are made otherwise."""


def table_of(resource: Resource) -> str:
    """Name of the table of a resource's states; of one that clients write, of its objects."""
    return f"{'gradebook' if resource.is_written else _PUBLICATION}_{snake(resource.name)}"


def links_of(resource: Resource) -> str:
    """Name of the table of what the states of a resource name in lists: state, name, target."""
    return f"{table_of(resource)}_links"


def column_of(name: str) -> str:
    """The column of a property, by what it is kept as."""
    return snake(name)


LINKS = {"users": ("student", "teacher", "org"), "classes": ("terms",)}
"""What objects are sought by that stands in lists: organisations where a user has a role, sessions."""


def revision(roster: Roster) -> int | None:
    """The revision that is published; None where nothing is."""
    with roster.connection.cursor() as cursor:
        if _PUBLICATION not in roster.connection.introspection.table_names(cursor):
            return None
        cursor.execute(f"select revision from {_PUBLICATION} where shape = %s", (_shape(roster),))
        row = cursor.fetchone()
    return int(row[0]) if row else None


def note(roster: Roster, number: int) -> None:
    """Note the revision that is published now."""
    with roster.connection.cursor() as cursor:
        cursor.execute(f"delete from {_PUBLICATION}")
        cursor.execute(
            f"insert into {_PUBLICATION} (revision, shape) values (%s, %s)", (number, _shape(roster))
        )


def make(roster: Roster) -> None:
    """Make empty tables; inside a transaction."""
    with roster.connection.cursor() as cursor:
        for statement in _statements(roster):
            cursor.execute(statement)


def _shape(roster: Roster) -> str:
    """What tells whether the tables are those that would be made."""
    texts = (str(_EDITION), *_statements(roster))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _statements(roster: Roster) -> Iterator[str]:
    text = f"text {roster.driver.bytewise}"
    yield f"drop table if exists {_PUBLICATION}"
    yield f"create table {_PUBLICATION} (revision bigint not null, shape text not null)"
    for resource in PUBLISHED:
        table, links = table_of(resource), links_of(resource)
        columns = "".join(f", {quoted(column_of(name))} {text}" for name in resource.columns)
        yield f"drop table if exists {table}"
        yield (
            f"create table {table} (id {roster.driver.serial}, {SOURCED_ID} {text} not null, "
            f"{SINCE} bigint not null, {UNTIL} bigint not null, {ACTIVE} boolean not null, "
            f"{MODIFIED} {text} not null{columns})"
        )
        yield f"create index {table}_key on {table} ({SOURCED_ID}, {SINCE})"
        yield f"create index {table}_until on {table} ({UNTIL})"
        for name in resource.sought:
            yield f"create index {table}_{column_of(name)} on {table} ({quoted(column_of(name))})"
        if resource.name in LINKS:
            yield f"drop table if exists {links}"
            yield f"create table {links} (state bigint not null, name {text}, target {text})"
            yield f"create index {links}_target on {links} (name, target, state)"
            yield f"create index {links}_state on {links} (state)"
