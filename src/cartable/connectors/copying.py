"""A local copy of what a SIS has: pulled whole once, then kept up to date by what has changed.

The copy is a file of SQLite's, so that it needs no memory in proportion to the roster. Each collection is
replaced or brought up to date in one transaction: a pull that breaks off leaves the copy as it was.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from cartable.connectors.sis import Consumer, Object

COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
"""What makes a roster. Source: OneRoster, rostering service; demographics want a scope of their own."""

_TABLES = """
create table if not exists object (
    collection text not null, sourced_id text not null, document text not null,
    primary key (collection, sourced_id)
) without rowid;
create table if not exists pulled (collection text primary key, until text not null) without rowid;
"""
_GONE = "tobedeleted"


class Copy:
    """A local copy.

    Args:
        place: of the file; it is made where there is none.
    """

    def __init__(self, place: Path) -> None:
        self._connection = sqlite3.connect(place, isolation_level=None)
        self._connection.executescript(_TABLES)

    def pull(self, consumer: Consumer, collections: Sequence[str] = COLLECTIONS) -> None:
        """Bring the copy up to date: by what has changed, and whole where nothing was pulled before.

        Raises:
            SisRefused, SisUnreachable: see `Consumer.pages`.
        """
        for collection in collections:
            until = self._until(collection)
            condition = f"dateLastModified>'{until}'" if until else ""
            self._take(collection, consumer.pages(collection, condition), until)

    def pull_whole(self, consumer: Consumer, collections: Sequence[str] = COLLECTIONS) -> None:
        """Replace the copy by all that the SIS has.

        Raises:
            SisRefused, SisUnreachable: see `Consumer.pages`.
        """
        for collection in collections:
            self._take(collection, consumer.pages(collection), "")

    def documents(self, collection: str) -> dict[str, Object]:
        """The objects of a collection by their identifiers."""
        rows = self._connection.execute(
            "select sourced_id, document from object where collection = ?", (collection,)
        )
        return {identifier: json.loads(document) for identifier, document in rows}

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _until(self, collection: str) -> str:
        """The latest `dateLastModified` that was pulled; '' where nothing was."""
        sql = "select until from pulled where collection = ?"
        found = self._connection.execute(sql, (collection,)).fetchone()
        return str(found[0]) if found else ""

    def _take(self, collection: str, pages: Iterable[list[Object]], until: str) -> None:
        """Put the objects into the copy, and take out those that are to go.

        Args:
            until: the latest `dateLastModified` that the copy has; '' where it is to be replaced.
        """
        is_whole = not until
        with self._connection:
            self._connection.execute("begin")
            if is_whole:
                self._connection.execute("delete from object where collection = ?", (collection,))
            for objects in pages:
                until = max(until, *(str(one.get("dateLastModified", "")) for one in objects), "")
                gone = [(collection, one["sourcedId"]) for one in objects if one.get("status") == _GONE]
                self._connection.executemany(
                    "delete from object where collection = ? and sourced_id = ?", gone
                )
                self._connection.executemany(
                    "replace into object (collection, sourced_id, document) values (?, ?, ?)",
                    (
                        (collection, one["sourcedId"], json.dumps(one, ensure_ascii=False))
                        for one in objects
                        if one.get("status") != _GONE
                    ),
                )
            self._connection.execute("replace into pulled values (?, ?)", (collection, until))
