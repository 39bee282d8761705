"""Which rows take others with them: the same answer from every database."""

import duckdb

from cartable.model import following
from cartable.model.findings import Action, Finding, Severity
from cartable.model.following import Followers
from cartable.store import opening, queries
from tests.store.worlds import Changes, applied

CODE = "reference.excluded"
EXCLUDE, BLANK = Action.EXCLUDE, Action.BLANK


def root(number: int, file: str, line: int) -> Finding:
    return Finding(number, "row.quote", Severity.ERROR, EXCLUDE, file, line)


def led(number: int, file: str, line: int, cause: int, action: Action = EXCLUDE) -> Finding:
    return Finding(number, CODE, Severity.ERROR, action, file, line, "column", cause=cause)


# Line 7 of users.csv takes three rows of two files with it, one of them by two of its values; line 4 of
# classes.csv takes one row, and a value of another.
FINDINGS = [
    root(1, "users.csv", 7),
    root(2, "classes.csv", 4),
    led(3, "roles.csv", 2, cause=1),
    led(4, "relationships.csv", 5, cause=1),
    led(5, "relationships.csv", 5, cause=1),
    led(6, "relationships.csv", 6, cause=1),
    led(7, "enrollments.csv", 9, cause=2),
    led(8, "enrollments.csv", 10, cause=2, action=BLANK),
]
FIRST = Followers(CODE, EXCLUDE, "users.csv", 7, {"relationships.csv": 2, "roles.csv": 1}, 3)
OTHERS = [
    Followers(CODE, BLANK, "classes.csv", 4, {"enrollments.csv": 1}, 3),
    Followers(CODE, EXCLUDE, "classes.csv", 4, {"enrollments.csv": 1}, 3),
]


def test_a_run_tells_which_rows_took_others_with_them_the_worst_first(database: str) -> None:
    with opening.opened(database) as roster:
        for _ in range(2):  # another run's findings are its own
            changes = Changes()
            changes.found = FINDINGS
            applied(roster, changes)
        assert list(queries.followers(roster, 2, 20)) == [FIRST, *OTHERS]
        assert list(queries.followers(roster, 2, 1)) == [FIRST]
        assert list(queries.followers(roster, 2, 0)) == []


def test_duckdb_tells_the_same() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table report (number bigint, code varchar, action varchar, file varchar, "
            "line bigint, cause bigint)"
        )
        rows = [(f.number, f.code, f.action, f.file, f.line, f.cause) for f in FINDINGS]
        connection.executemany("insert into report values (?, ?, ?, ?, ?, ?)", rows)
        told = connection.execute(following.SQL.format(findings="report", limit=20)).fetchall()
    assert list(following.grouped(told)) == [FIRST, *OTHERS]
