"""A kill before any statement leaves the roster as it was or as it was to be; the next attempt ends it."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from cartable.flow import auditing, backing
from cartable.flow.gates import GUARDS
from cartable.generating.writing import generate
from cartable.store import dumping, opening
from tests.flow.killers import act
from tests.flow.rosters import Files, Nights
from tests.flow.schools import without
from tests.flow.test_retention import district
from tests.postgresql import TEMPLATE, Cluster

# A server of processes that has loaded what each one needs, so that a hundred of them start quickly.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.flow.killers", "numpy", "django.db.backends.sqlite3.base", "django.db.backends.postgresql.base"]
)
LONG_AGO, NOW = "2022-09-01T08:00:00+00:00", "2026-11-24T08:00:00+00:00"

_NO_RECORDS = ("roster_link", "roster_run", "roster_inst")

Content = dict[str, list[tuple[object, ...]]]


@dataclass
class Installation:
    """A roster with its vault, of which there may be any number of copies."""

    place: Path
    cluster: Cluster | None
    database: str = ""
    numbers: Iterator[int] = field(default_factory=count)

    def environment(self, directory: Path) -> dict[str, str]:
        """What a process must know besides."""
        own = {"CARTABLE_VAULT": str(directory / "vault")} if self.cluster else {}
        return {"CARTABLE_NOW": NOW, **own}

    @contextmanager
    def copied(self, *, is_empty: bool) -> Iterator[tuple[str, dict[str, str]]]:
        """A copy, or a place with nothing in it: its database and what a process must know besides."""
        directory = self.place / f"copy-{next(self.numbers)}"
        directory.mkdir()
        if not is_empty:
            shutil.copytree(self.place / "base", directory, dirs_exist_ok=True)
        environment = self.environment(directory)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            if self.cluster:
                name = TEMPLATE if is_empty else self.database.partition("@/")[2].partition("?")[0]
                with self.cluster.database(name) as url:
                    yield url, environment
            else:
                yield f"sqlite:///{directory / 'roster.db'}", environment
        shutil.rmtree(directory)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Years ago a pupil left; last night another one did, and a class has another title."""
    base = tmp_path / "base"
    base.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "sqlite":
            made = Installation(tmp_path, None, f"sqlite:///{base / 'roster.db'}")
            fill(made, patch)
            yield made
            return
        cluster = request.getfixturevalue("cluster")
        with cluster.database(TEMPLATE) as url:
            made = Installation(tmp_path, cluster, url)
            patch.setenv("CARTABLE_VAULT", str(base / "vault"))
            fill(made, patch)
            yield made


def deliveries(place: Path) -> tuple[Files, Files, Files]:
    """Three nights: all are there, a pupil is gone, another one too and a class is called otherwise.

    So many students as `CARTABLE_STUDENTS` says, where it does; a few otherwise.
    """
    if number := int(os.environ.get("CARTABLE_STUDENTS", "0")):
        if not (place / "generated").exists():
            generate(place / "generated", number, seed=2026)
        first = {file.stem: file.read_text() for file in (place / "generated").glob("*.csv")}
        pupils = [line.split(",")[0] for line in first["demographics"].splitlines()[1:]]
        second = without(first, pupils[0])
        return first, second, without(second, pupils[1])
    first = district()
    second = without(first, "P-4711")
    return first, second, {**without(second, "P2"), "classes": second["classes"].replace("7B", "7C")}


def fill(made: Installation, patch: pytest.MonkeyPatch) -> None:
    first, second, _ = deliveries(made.place)
    nights = Nights(made.place, made.database)
    for moment, files in ((LONG_AGO, first), (LONG_AGO.replace("2022", "2023"), second)):
        patch.setenv("CARTABLE_NOW", moment)
        nights.sync(files, *GUARDS)
    patch.setenv("CARTABLE_NOW", NOW)


def content(database: str) -> Content:
    """Every row of every table; nothing where there is no roster."""
    if not opening.exists(database):
        return {}
    with opening.opened(database) as roster:
        return {table: sorted(map(tuple, rows), key=str) for table, rows in dumping.dumped(roster)}


def sizes(of: Content) -> dict[str, int]:
    return {table: len(rows) for table, rows in of.items()}


def records(of: Content) -> dict[str, list[object]]:
    """What the roster holds, without the ids and salts that no two attempts have in common."""
    return {
        table: sorted(str([value for value in row if not isinstance(value, int)]) for row in rows)
        for table, rows in of.items()
        if rows and not table.startswith(_NO_RECORDS)
    }


@dataclass(frozen=True)
class Actor:
    """Lets processes act.

    Args:
        name: what they do, see `tests.flow.killers.ACTS`.
        path: the delivery or the backup.
        counted_in: where the last one that was not killed has written how many statements it made.
    """

    name: str
    path: Path
    counted_in: Path

    def act(self, database: str, environment: dict[str, str], step: int = 0) -> int | None:
        """What the process ended with."""
        arguments = (self.name, database, self.path, environment, step, self.counted_in)
        process = CONTEXT.Process(target=act, args=arguments)
        process.start()
        process.join()
        return process.exitcode

    def steps(self) -> list[int]:
        """Before which statements to kill: all where `CARTABLE_KILLS` says so, else the last and a few."""
        every = range(1, int(self.counted_in.read_text()) + 1)
        if os.environ.get("CARTABLE_KILLS") == "all":
            return list(every)
        return sorted({*every[:: max(1, len(every) // 5)], *every[-2:]})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["apply", "undo", "purge", "restore"])
def test_a_kill_before_any_statement_leaves_the_roster_before_or_after(
    installation: Installation, name: str
) -> None:
    path = installation.place / "all.backup"
    if name == "restore":
        backing.back_up(installation.database, path)
    else:
        path = Nights(installation.place / "base", "").deliver(deliveries(installation.place)[2])
    is_empty = name == "restore"
    actor = Actor(name, path, installation.place / "statements")
    with installation.copied(is_empty=is_empty) as (database, environment):
        before = content(database)
        assert actor.act(database, environment) == 0
        after = content(database)
        assert records(after) != records(before)
    steps = actor.steps()
    assert len(steps) > 5
    for step in steps:
        with installation.copied(is_empty=is_empty) as (database, environment):
            assert actor.act(database, environment, step) == -signal.SIGKILL
            found = content(database)
            if records(found) != records(after):
                assert records(found) == records(before), step
                # Of a restore the vault comes first: what it remembers is in no roster yet.
                assert is_empty or not auditing.verify(database).breaks, step
                assert actor.act(database, environment) == 0
            again = content(database)
            assert (records(again), sizes(again)) == (records(after), sizes(after)), step
            assert not auditing.verify(database).breaks, step
