"""The tables of what is published: every object of OneRoster in every state that it had lately.

They are derived, so that no migration, backup or audit knows them: where the table of objects asks for
others than there are, they are made anew. A state holds from one revision up to another; what is read at
one revision is therefore whole, whatever is applied meanwhile.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

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


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published.

    Args:
        revision: the roster's, the latest that can be read.
        since: the earliest revision at which everything can be read.
        modified: the latest moment at which an object changed, as OneRoster spells it.
    """

    revision: int
    since: int
    modified: str


def publication(roster: Roster) -> Publication | None:
    """What is published; None where nothing is."""
    with roster.connection.cursor() as cursor:
        if _PUBLICATION not in roster.connection.introspection.table_names(cursor):
            return None
        # Before anything else is asked for: another edition's has other columns.
        cursor.execute(
            f"select 1 from {_PUBLICATION} where shape = %s",
            (_shape(roster.driver.bytewise, roster.driver.serial),),
        )
        if not cursor.fetchone():
            return None
    return served(roster)


def served(roster: Roster) -> Publication | None:
    """The same, on a server, which has seen to it that the tables are there."""
    with roster.connection.cursor() as cursor:
        cursor.execute(
            f"select revision, since, modified from {_PUBLICATION} where shape = %s",
            (_shape(roster.driver.bytewise, roster.driver.serial),),
        )
        row = cursor.fetchone()
    return Publication(*row) if row else None


def note(roster: Roster, published: Publication) -> None:
    """Note what is published now."""
    with roster.connection.cursor() as cursor:
        cursor.execute(f"delete from {_PUBLICATION}")
        cursor.execute(
            f"insert into {_PUBLICATION} (revision, since, modified, shape) values (%s, %s, %s, %s)",
            (
                published.revision,
                published.since,
                published.modified,
                _shape(roster.driver.bytewise, roster.driver.serial),
            ),
        )


def make(roster: Roster) -> None:
    """Make empty tables; inside a transaction."""
    with roster.connection.cursor() as cursor:
        for statement in _statements(roster.driver.bytewise, roster.driver.serial):
            cursor.execute(statement)


@cache
def _shape(bytewise: str, serial: str) -> str:
    """What tells whether the tables are those that would be made."""
    texts = (str(_EDITION), *_statements(bytewise, serial))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _statements(bytewise: str, serial: str) -> Iterator[str]:
    text = f"text {bytewise}"
    yield f"drop table if exists {_PUBLICATION}"
    yield (
        f"create table {_PUBLICATION} (revision bigint not null, since bigint not null, "
        "modified text not null, shape text not null)"
    )
    for resource in PUBLISHED:
        table, links = table_of(resource), links_of(resource)
        columns = "".join(f", {quoted(column_of(name))} {text}" for name in resource.columns)
        yield f"drop table if exists {table}"
        yield (
            f"create table {table} (id {serial}, {SOURCED_ID} {text} not null, "
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
