"""What the tests of sequences share."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.postgresql import TEMPLATE

Databases = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Makes an empty roster, any number of times."""

    @contextmanager
    def made(directory: Path):  # type: ignore[no-untyped-def]
        if request.param == "sqlite":
            path = directory / "roster.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            yield f"sqlite:///{path}"
        else:
            with request.getfixturevalue("cluster").database(TEMPLATE) as url:
                yield url

    return made
