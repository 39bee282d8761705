"""Rosters that many tests begin with, made once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable.cli import main
from tests.cli.packages import Rows, package, rows


@pytest.fixture(scope="session")
def first_rosters(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """By version of OneRoster, the directory of a roster to which one sound package was synced."""
    made: dict[str, Path] = {}

    def first(version: str) -> Path:
        if version not in made:
            place = tmp_path_factory.mktemp("first")
            path = package(tmp_path_factory.mktemp("export"), version, rows(version))
            assert main(["sync", str(path), "--database", str(place / "roster.db")]) == 0
            made[version] = place
        return made[version]

    return first


@pytest.fixture
def roster(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty roster, which commands take for theirs."""
    place = tmp_path / "roster.db"
    shutil.copy(sqlite_template, place)
    monkeypatch.setenv("CARTABLE_DATABASE", str(place))
    monkeypatch.setenv("TZ", "UTC")
    return place


@pytest.fixture
def begin(
    first_rosters: Callable[[str], Path], roster: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Rows]:
    """Let a sound package have made the roster; what that package told."""

    def begin(version: str) -> Rows:
        shutil.copytree(first_rosters(version), roster.parent, dirs_exist_ok=True)
        capsys.readouterr()
        return rows(version)

    return begin
