"""Checks what no delivery should be, and prints what each check needed: `python -m benchmarks.stress`.

Every check is a process of its own with little memory; its peak must stay under `--memory` and 500 MiB.
Inputs lie in a temporary directory, one at a time: at most some 12 GB, and as much again for the check's
own files.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.inputs import INPUTS, Input

CARTABLE = [sys.executable, "-m", "cartable"]
# What a process may hold beyond `--memory`: Python, the libraries, blocks of bytes.
BEYOND = 500
NEEDED_GB = 30
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Checked:
    """What one check needed and said."""

    status: int
    seconds: float
    peak: float
    scratch: float
    report: str


class Scratch:
    """Watches how much disk a directory takes, at most."""

    def __init__(self, directory: Path) -> None:
        self.most = 0
        self._directory = directory
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Scratch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(self.most, self._size())

    def _size(self) -> int:
        total = 0
        for path in self._directory.rglob("*"):
            try:
                total += path.lstat().st_blocks * 512
            except OSError:  # it is gone by now
                continue
        return total


def check(path: Path, place: Path, memory: str, form: tuple[str, ...]) -> Checked:
    """Check `path` in a process of its own, its temporary files in `place`."""
    scratch, report = place / "scratch", place / "report"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch), "LC_ALL": "C.UTF-8", "CARTABLE_DEBUG": "1"}
    command = [*CARTABLE, "check", str(path), "--memory", memory, *form]
    with Scratch(scratch) as used, report.open("wb") as out:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    left = list(scratch.iterdir())
    if left:
        raise SystemExit(f"{path}: the check left {left}")
    scratch.rmdir()
    with report.open("rb") as written:
        head = written.read(_MIB)
        written.seek(max(report.stat().st_size - _MIB, 0))
        said = (head + written.read()).decode(errors="replace")
    return Checked(process.returncode, seconds, usage.ru_maxrss / 1024, used.most / _MIB, said)


def megabytes(memory: str) -> float:
    """MiB of a size such as 256MB."""
    return float(memory.removesuffix("MB")) * 10**6 / _MIB


def judged(case: Input, done: Checked, memory: str) -> list[str]:
    """What is wrong with how a check went."""
    wrong = []
    if done.status not in case.statuses:
        wrong.append(f"exit status {done.status}")
    if done.peak > megabytes(memory) + BEYOND:
        wrong.append(f"{done.peak:.0f} MiB")
    if "Traceback" in done.report:
        wrong.append("a traceback")
    if case.says not in done.report:
        wrong.append(f"{case.says} is not reported")
    return wrong


def _written(name: str, directory: Path, count: int) -> Path:
    return next(case for case in INPUTS if case.name == name).write(directory, count)


def run(case: Input, count: int, memory: str) -> list[str]:
    """Make one input, check it in each form, print a line each; what is wrong."""
    wrong = []
    with tempfile.TemporaryDirectory(prefix="cartable-stress-") as name:
        place = Path(name)
        (place / "input").mkdir()
        # By a process of its own: a check's peak would count what this one holds when it begins.
        with get_context("fork").Pool(1) as pool:
            path = pool.apply(_written, (case.name, place / "input", count))
        for form in case.forms:
            done = check(path, place, memory, form)
            faults = judged(case, done, memory)
            print(
                f"| {case.name}, {' '.join(form[1:])} | {done.seconds:,.1f} | {done.peak:,.0f} "
                f"| {done.scratch:,.0f} | {done.status} | {'; '.join(faults) or 'yes'} |",
                flush=True,
            )
            if faults and os.environ.get("STRESS_SHOW"):
                print(done.report[:3000], file=sys.stderr)
            wrong += [f"{case.name} ({' '.join(form)}): {fault}" for fault in faults]
    return wrong


def main() -> int:
    """Run every input, or those whose name holds a word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", default="512MB", help="the checks' --memory, in MB")
    parser.add_argument("--only", default="", help="inputs whose name holds this")
    parser.add_argument("--small", action="store_true", help="the sizes of the tests")
    arguments = parser.parse_args()
    free = shutil.disk_usage(tempfile.gettempdir()).free / 10**9
    if not arguments.small and free < NEEDED_GB:
        parser.error(f"needs {NEEDED_GB} GB in {tempfile.gettempdir()}, there are {free:.0f}; set TMPDIR")
    print(f"{_machine()}; --memory {arguments.memory}\n")
    print("| delivery, report | seconds | peak MiB | scratch MiB | exit status | as it must be |")
    print("|---|--:|--:|--:|--:|---|")
    wrong = []
    for case in INPUTS:
        if arguments.only in case.name:
            wrong += run(case, case.small if arguments.small else case.size, arguments.memory)
    print("\n".join(["", *wrong]))
    return 1 if wrong else 0


def _machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory"


if __name__ == "__main__":
    sys.exit(main())
