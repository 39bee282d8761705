"""What a check leaves on the disk: nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cartable.engine.workspace import opened

KILLED = """
import os, signal
from cartable.engine.workspace import opened
with opened() as workspace:
    (workspace.directory / "users.copy").write_text("a child's name")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_check_left_is_removed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", KILLED], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.rglob("users.copy"))
    with opened():
        assert not list(tmp_path.rglob("users.copy"))
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_runs_keeps_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with opened() as first:
        (first.directory / "users.copy").write_text("a child's name")
        with opened():
            pass
        assert (first.directory / "users.copy").exists()
