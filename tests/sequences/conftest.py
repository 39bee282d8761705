"""What the tests of sequences share."""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.postgresql import TEMPLATE

Databases = Callable[[Path], AbstractContextManager[str]]


def examples(number: int) -> int:
    """How many sequences to try; `CARTABLE_EXAMPLES=5` tries five times as many.

    Each run tries others, so that few are enough where tests run at every change.
    """
    return number * int(os.environ.get("CARTABLE_EXAMPLES", "1"))


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
