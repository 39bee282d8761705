"""A throw-away PostgreSQL cluster of Debian's server: one for each worker, a database for each test.

Nothing listens on the network: the socket lies in the cluster's own folder, so that workers never
meet on a port.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from cartable.store import opening

INSTALLING = "PostgreSQL is not installed; run: apt-get install --no-install-recommends postgresql"
TEMPLATE = "cartable_template"


@dataclass
class Cluster:
    """A running server and the names that it has given away."""

    directory: Path
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.directory), safe='')}"

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """A new database made from a template; its URL."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"create database {name} template {template}")
        yield self.url(name)
        self.execute(f"drop database {name} with (force)")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not found:
        pytest.fail(INSTALLING, pytrace=False)
    return found[-1].parent


def _run(*command: str | Path) -> None:
    # The server refuses to run as root.
    switch = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    subprocess.run(
        [*(switch if os.geteuid() == 0 else []), *command], check=True, cwd="/", capture_output=True
    )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running() as started:
        started.execute(f"create database {TEMPLATE}")
        with opening.opened(started.url(TEMPLATE)):
            pass
        yield started


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster that is gone afterwards."""
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="cartable-pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres", "postgres")
    data = directory / "data"
    quick = ("fsync", "synchronous_commit", "full_page_writes", "jit", "autovacuum")
    options = " ".join(["-c listen_addresses=", *(f"-c {name}=off" for name in quick)])
    account = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    try:
        _run(programs / "initdb", "-D", data, *account)
        server = (programs / "pg_ctl", "-D", data, "-w", "-l", directory / "log")
        _run(*server, "-o", f"{options} -k {directory}", "start")
        try:
            yield Cluster(directory)
        finally:
            _run(*server, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty roster in a file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "roster.sqlite3"
    with opening.opened(str(path)):
        pass
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database in which there is nothing yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'roster.sqlite3'}"
    else:
        with request.getfixturevalue("cluster").database("template0") as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty roster; each test that asks for it runs on both databases."""
    if request.param == "sqlite":
        path = tmp_path / "roster.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        with request.getfixturevalue("cluster").database(TEMPLATE) as url:
            yield url
