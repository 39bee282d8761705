"""A check needs little memory whatever the delivery: the inputs of `make stress`, smaller."""

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.inputs import INPUTS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", [case.name for case in INPUTS])
def test_memory_stays_bounded(name: str, tmp_path: Path) -> None:
    # In a process that is small itself: a child's peak counts what its parent held when it began.
    command = [sys.executable, "-m", "benchmarks.stress", "--small", "--memory", "256MB", "--only", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
