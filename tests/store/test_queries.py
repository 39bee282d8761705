"""What planning reads: digests as arrays, and the few records that it asks for."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.db.backends.signals import connection_created

from cartable.model.plans import ChangeKind
from cartable.store import digesting, opening, queries
from tests.store.worlds import Changes, applied, held, ids, record

LARGE = 120_003


def users(count: int, prefix: str = "u") -> Changes:
    changes = Changes(batch=10_000)
    for number in range(count):
        row = record("users", sourcedId=f"{prefix}{number:06d}", username=f"user {number}")
        changes.add("users", ChangeKind.ADD, row, digest=number * 76_000_000_000_000 - 2**62)
    return changes


def read(roster: opening.Roster, entity: str, source: str = "main") -> list[np.ndarray]:
    chunks = list(queries.digests(roster, entity, source))
    return [np.concatenate([chunk[part] for chunk in chunks]) for part in range(3)]


def test_digests_of_more_than_one_chunk_come_whole_and_in_order(database: str) -> None:
    assert digesting._STEP < LARGE
    with opening.opened(database) as roster:
        applied(roster, users(LARGE))
        found, digests, active = read(roster, "users")
        assert (found.dtype, digests.dtype, active.dtype) == (np.int64, np.int64, np.bool_)
        assert np.array_equal(digests, np.arange(LARGE) * 76_000_000_000_000 - 2**62)
        assert np.all(np.diff(found) == 1)
        assert active.all()
        assert list(queries.digests(roster, "orgs", "main")) == []
        assert list(queries.digests(roster, "users", "other")) == []


def test_digests_tell_the_inactive_and_skip_other_sources(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, users(3))
        applied(roster, users(2, "v"), source="other")
        applied(roster, _more("u9", digest=99))
        known = ids(roster, "users")
        changes = Changes()
        step = 76_000_000_000_000
        changes.add(
            "users",
            ChangeKind.DEACTIVATE,
            record("users", sourcedId="u000001"),
            known["u000001",],
            digest=step - 2**62,
        )
        changes.add(
            "users", ChangeKind.UPDATE, record("users", sourcedId="u000000"), known["u000000",], digest=-5
        )
        applied(roster, changes)
        found, digests, active = read(roster, "users")
        by_id = dict(zip(found.tolist(), zip(digests.tolist(), active.tolist(), strict=True), strict=True))
        assert by_id == {
            known["u000000",]: (-5, True),
            known["u000001",]: (step - 2**62, False),
            known["u000002",]: (2 * step - 2**62, True),
            known["u9",]: (99, True),
        }


def test_digests_tell_the_inactive_among_neighbours_without_a_gap(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, users(3))
        known = ids(roster, "users")
        changes = Changes()
        changes.add(
            "users",
            ChangeKind.DEACTIVATE,
            record("users", sourcedId="u000001"),
            known["u000001",],
        )
        applied(roster, changes)
        found, _, active = read(roster, "users")
        assert list(zip(found.tolist(), active.tolist(), strict=True)) == [
            (number, key != ("u000001",)) for key, number in known.items()
        ]


def _more(key: str, digest: int) -> Changes:
    changes = Changes()
    changes.add("users", ChangeKind.ADD, record("users", sourcedId=key), digest=digest)
    return changes


def test_records_are_found_by_id_and_by_key_each_once(database: str) -> None:
    roles = [
        record(
            "roles",
            userSourcedId="u1",
            orgSourcedId="o1",
            role="student",
            isPrimary="true",
            roleEndDate="2027-07-01",
        ),
        record(
            "roles",
            userSourcedId="u2",
            orgSourcedId="o1",
            role="teacher",
            sessionSourcedId="s",
            isPrimary="false",
        ),
        record("roles", userSourcedId="u3", orgSourcedId="o1", role="teacher"),
    ]
    changes = Changes()
    for row in roles:
        changes.add("roles", ChangeKind.ADD, row)
    with opening.opened(database) as roster:
        applied(roster, changes, source="other")
        others = Changes()
        for row, number in zip(roles, ids(roster, "roles", "other").values(), strict=True):
            others.add("roles", ChangeKind.DEACTIVATE, row, number)
        applied(roster, others, source="other")
        applied(roster, changes)
        known = ids(roster, "roles")
        gone = Changes()
        gone.add("roles", ChangeKind.DEACTIVATE, roles[1], known["u2", "o1", "teacher", "s"])
        applied(roster, gone)
        first, second = known["u1", "o1", "student", ""], known["u2", "o1", "teacher", "s"]
        wanted_ids = iter([np.array([first], dtype=np.int64), np.array([first], dtype=np.int64)])
        wanted_keys = iter(
            [[("u1", "o1", "student", "")], [("u2", "o1", "teacher", "s"), ("u4", "o1", "x", "")]]
        )
        found = [
            row
            for batch in queries.records(roster, "roles", "main", wanted_ids, wanted_keys)
            for row in batch
        ]
        assert sorted(found) == sorted(
            [(first, 1, *roles[0].values()), (second, 0, *roles[1].values())],
        )
        assert list(queries.records(roster, "roles", "main", iter(()), iter(()))) == []


def test_records_of_a_roster_with_many_come_in_batches(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, users(12_000))
        everything = (chunk[0] for chunk in queries.digests(roster, "users", "main"))
        batches = list(queries.records(roster, "users", "main", everything, iter(())))
        assert sum(map(len, batches)) == 12_000
        assert max(map(len, batches)) < 12_000


def test_a_stream_left_half_read_does_not_stand_in_the_way_of_an_apply(database: str) -> None:
    with opening.opened(database, busy_timeout=0.1) as roster:
        applied(roster, users(10))
        left: list[Iterator[object]] = [
            queries.active_records(roster, "users"),
            queries.digests(roster, "users", "main"),
            queries.records(roster, "users", "main", iter([np.arange(10)]), iter(())),
        ]
        for stream in left:
            next(stream)
        assert applied(roster, _more("u9", 1)).revision == 2
        assert len(list(left[0])) == 9
        for stream in left:
            stream.close()  # type: ignore[attr-defined]
        assert len(held(roster)["users"]) == 11


def test_sqlite_walks_the_few_and_looks_up_the_many(tmp_path: Path) -> None:
    """Without statistics SQLite might read a table of millions for a handful of changes."""
    plans: list[list[str]] = []

    def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if " s where " in sql or " cross join " in sql:
            with context["connection"].cursor() as cursor:
                cursor.cursor.execute("explain query plan " + sql, params)
                plans.append([row[3] for row in cursor.fetchall()])
        return execute(sql, params, many, context)

    def watch(connection, **_):  # type: ignore[no-untyped-def]
        connection.execute_wrappers.append(explain)

    with opening.opened(str(tmp_path / "roster.db")) as roster:
        applied(roster, users(10))
        number = ids(roster, "users")["u000003",]
        changes = Changes()
        changes.add("users", ChangeKind.UPDATE, record("users", sourcedId="u000003"), number)
        connection_created.connect(watch)
        roster.connection.execute_wrappers.append(explain)
        try:
            applied(roster, changes)
            list(queries.records(roster, "users", "main", iter([np.arange(3)]), iter([[("u000003",)]])))
        finally:
            connection_created.disconnect(watch)
    assert len(plans) == 4
    for steps in plans:
        assert not [
            step
            for step in steps
            if step.startswith("SCAN") and step.split()[1] in ("c", "r", "roster_users")
        ]
        assert [step for step in steps if step.startswith("SEARCH")]
