"""A roster with two organisations, and a server of it: one a module and database."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cartable.cli import main
from tests.cli.deliveries import CLEAN, delivered
from tests.postgresql import TEMPLATE
from tests.servers import Server, served

Added = dict[str, Any]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("served")
    data = str(tmp_path_factory.getbasetemp() / "data")
    with pytest.MonkeyPatch.context() as patch:
        # As the fixture `english` has it for each test.
        patch.setenv("XDG_DATA_HOME", data)
        patch.setenv("CARTABLE_NOW", "2026-11-24T08:00:00+00:00")
        patch.delenv("CARTABLE_DATABASE", raising=False)
        if request.param == "sqlite":
            path = directory / "roster.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            yield from _serve(f"sqlite:///{path}", directory)
        else:
            with request.getfixturevalue("cluster").database(TEMPLATE) as url:
                yield from _serve(url, directory)


def _serve(database: str, directory: Path) -> Iterator[Server]:
    environment = {name: os.environ[name] for name in ("XDG_DATA_HOME",)}
    assert main(["sync", str(delivered(directory / "delivery", CLEAN)), "--database", database]) == 0
    with served(database, "--workers", "2", **environment) as running:
        yield running


@pytest.fixture
def add(server: Server, capsys: pytest.CaptureFixture[str]) -> Callable[..., Added]:
    """Add a client as an operator does, under a name of its own; what the command printed."""

    def added(*options: str, name: str = "") -> Added:
        capsys.readouterr()
        called = name or f"client {os.urandom(8).hex()}"
        database = ("--database", server.database)
        assert main(["clients", "add", called, *options, "--format", "json", *database]) == 0
        printed: Added = json.loads(capsys.readouterr().out)
        return printed

    return added
