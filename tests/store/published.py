"""What is published, as tests look at it."""

from dataclasses import replace
from typing import Any

from cartable.flow import clock
from cartable.model.objects import PUBLISHED
from cartable.store import opening, publications, publishing
from cartable.store.publications import FOREVER, table_of

Objects = dict[tuple[str, str], dict[str, Any]]


def publish(database: str) -> None:
    """Publish the roster, and keep it published from now on."""
    with opening.opened(database) as roster:
        publishing.publish(roster, clock.now())


def objects(database: str, *, at: int | None = None) -> Objects:
    """The objects by resource and identifier, as they are or were at a revision; without row numbers."""
    found: Objects = {}
    with opening.opened(database) as roster, roster.connection.cursor() as cursor:
        for resource in PUBLISHED:
            table = table_of(resource)
            cursor.execute(
                f"select * from {table} where since <= %s and until > %s order by id",
                (FOREVER - 1, FOREVER - 1) if at is None else (at, at),
            )
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                told = dict(zip(names, row, strict=True))
                told["active"] = bool(told["active"])
                key = (resource.name, told["sourced_id"])
                assert key not in found, f"two states of {key} hold at once"
                found[key] = {name: told[name] for name in told if name not in ("id", "since", "until")}
    return found


def differing(database: str) -> Objects:
    """What publishing everything anew would change."""
    before = objects(database)
    with opening.opened(database) as roster:
        published = publications.publication(roster)
        assert published
        publications.note(roster, replace(published, revision=-1))
        publishing.publish(roster, clock.now())
    after = objects(database)
    return {key: after.get(key, {}) for key in {**before, **after} if before.get(key) != after.get(key)}
