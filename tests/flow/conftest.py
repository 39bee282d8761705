"""What the tests of the story share."""

from pathlib import Path

import pytest

from tests.flow.rosters import Nights
from tests.sequences.conftest import databases

__all__ = ["databases", "nights"]


@pytest.fixture
def nights(database: str, tmp_path: Path) -> Nights:
    return Nights(tmp_path, database)
