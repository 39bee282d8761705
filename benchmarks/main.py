"""Prints what `check` and `sync` cost against doing the bare minimum with the same rows.

Every figure is the median of ratios of pairs run one after the other, so that a machine whose
speed drifts does not favour either side. Times are of whole processes, start-up included, unless
the line says otherwise.
"""

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.baselines import OPTIONS, connected
from cartable.flow import explaining

# That one e-mail in a hundred changes is what is measured.
ACCEPTED = ("--accept", "emails", "--accept", "updates", "--accept", "deactivations")
PYTHON = [sys.executable, "-m"]
CARTABLE = [sys.executable, "-c", "from cartable.cli import main; main()"]


@dataclass(frozen=True)
class Timed:
    """One finished process: seconds it took, MiB it held at most, what it printed."""

    seconds: float
    peak: float
    output: str


def run(*command: str | Path, expect: tuple[int, ...] = (0,)) -> Timed:
    """Run a process to its end and measure it."""
    with tempfile.TemporaryFile("w+") as output:
        begun = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in expect:
            raise SystemExit(f"{command}: exit status {process.returncode}")
        output.seek(0)
        return Timed(seconds, usage.ru_maxrss / 1024, output.read(1 << 20))


def rewrite(
    directory: Path,
    target: Path,
    *,
    is_shuffled: bool,
    changed: Mapping[str, str] = MappingProxyType({}),
    thinned: Collection[str] = (),
) -> Path:
    """A copy of the delivery.

    Args:
        is_shuffled: whether its rows are in another order.
        changed: a column by file; one row in a hundred has another value in it.
        thinned: files of which one row in a hundred is left out.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    connection = connected(target.with_name("scratch"))
    for path in directory.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        columns = ", ".join(f"'{name}': 'varchar'" for name in header)
        chosen = f'hash("{header[0]}") % 100 = 0'
        star = where = ""
        if column := changed.get(path.stem):
            star = (
                f"""replace (case when {chosen} then 'x' || "{column}" else "{column}" end as "{column}")"""
            )
        if path.stem in thinned:
            where = f"where not {chosen}"
        order = "order by random()" if is_shuffled else ""
        rows = f"select * {star} from read_csv('{path}', {OPTIONS}, columns={{{columns}}}) {where} {order}"
        connection.execute(f"copy ({rows}) to '{target / path.name}' (format csv, header)")
    return target


def pairs(count: int, measure: Callable[[], float]) -> str:
    """Median, smallest and largest of `count` ratios."""
    ratios = [measure() for _ in range(count)]
    return f"{statistics.median(ratios):5.2f}   ({min(ratios):.2f} to {max(ratios):.2f}, {count} pairs)"


class Bench:
    """The measurements at one size."""

    def __init__(self, place: Path, students: int, memory: str | None, count: int) -> None:
        self.place, self.count, self.students = place, count, students
        self.clean, self.faulty = place / "clean", place / "faulty"
        self.database = place / "rosters" / "roster.db"
        self.options = ["--memory", memory] if memory else []
        self.memory = [memory] if memory else []
        size = ["--students", str(students), "--seed", "1"]
        run(*CARTABLE, "generate", self.clean, *size)
        run(*CARTABLE, "generate", self.faulty, *size, "--faults", "0.001")
        self.shuffled = rewrite(self.clean, place / "shuffled", is_shuffled=True)
        few = {"users": "email", "classes": "title"}
        self.changed = rewrite(self.clean, place / "changed", is_shuffled=False, changed=few)
        self.worn = rewrite(
            self.clean,
            place / "worn",
            is_shuffled=True,
            changed={**few, "demographics": "birthCity"},
            thinned=("enrollments", "relationships"),
        )

    def check(self, directory: Path) -> Timed:
        return run(*CARTABLE, "check", directory, *self.options, "--limit", "20", expect=(0, 1))

    def read(self) -> Timed:
        return run(*PYTHON, "benchmarks.baselines", "read", self.clean, *self.memory)

    def sync(self, directory: Path, database: Path, *accept: str) -> Timed:
        return run(*CARTABLE, "sync", directory, "--database", database, *self.options, *accept)

    def first_sync(self) -> float:
        bare = self.database.with_name("bare.db")
        shutil.rmtree(self.database.parent, ignore_errors=True)
        self.database.parent.mkdir()
        synced = self.sync(self.clean, self.database).seconds - self.check(self.clean).seconds
        copied = run(*PYTHON, "benchmarks.baselines", "copy", self.clean, bare, *self.memory)
        return synced / float(copied.output)

    def resync(self, *directories: Path) -> Callable[[], float]:
        turns = [*directories]

        def measure() -> float:
            turns.append(turns.pop(0))
            synced = self.sync(turns[-1], self.database, *ACCEPTED)
            return synced.seconds / self.check(self.clean).seconds

        return measure

    def plan(self, directory: Path) -> float:
        command = [*CARTABLE, "plan", directory, "--database", self.database, *ACCEPTED]
        return run(*command, *self.options).seconds / self.check(self.clean).seconds

    def explain(self) -> str:
        """Milliseconds of the queries alone, asked a second time, and of the whole process."""
        whole = run(*CARTABLE, "explain", "P100010", "--database", self.database).seconds
        explaining.explained(str(self.database), "P100010")
        begun = time.perf_counter()
        explaining.explained(str(self.database), "P100010")
        return f"{(time.perf_counter() - begun) * 1000:.0f}, {whole * 1000:.0f}"

    def report(self) -> None:
        rows = sum(1 for path in self.clean.glob("*.csv") for _ in path.open("rb")) - 10
        print(f"\n{self.students:,} students, {rows:,} rows")
        line = "  {:62} {}".format
        print(
            line(
                "check / DuckDB reading the files",
                pairs(self.count, lambda: self.check(self.clean).seconds / self.read().seconds),
            )
        )
        print(
            line(
                "check with 0.1 % faults / check",
                pairs(self.count, lambda: self.check(self.faulty).seconds / self.check(self.clean).seconds),
            )
        )
        print(
            line(
                "(first sync - check) / bare copy into unindexed tables",
                pairs(min(3, self.count), self.first_sync),
            )
        )
        print(
            line(
                "plan of the same rows shuffled / check", pairs(self.count, lambda: self.plan(self.shuffled))
            )
        )
        print(
            line(
                "plan with 1 % of people and classes changed / check",
                pairs(self.count, lambda: self.plan(self.changed)),
            )
        )
        print(
            line(
                "plan with 1 % of all larger files changed, rows shuffled / check",
                pairs(self.count, lambda: self.plan(self.worn)),
            )
        )
        print(line("milliseconds: explain's queries, its whole process", self.explain()))
        print(line("sync of the same rows shuffled / check", pairs(self.count, self.resync(self.shuffled))))
        print(
            line(
                "sync with 1 % of people and classes changed / check",
                pairs(self.count, self.resync(self.changed, self.clean)),
            )
        )
        checked, synced = self.check(self.clean), self.sync(self.shuffled, self.database)
        print(line("seconds: check, sync without changes", f"{checked.seconds:.1f}, {synced.seconds:.1f}"))
        print(line("peak MiB: check, sync without changes", f"{checked.peak:,.0f}, {synced.peak:,.0f}"))


def frictionless(place: Path, count: int) -> str:
    """What frictionless takes for the same files against a check, at 10,000 students.

    For the reader's orientation: it infers types and finds damaged rows, and knows neither code lists
    nor references between these files.
    """
    target = os.environ.get("FRICTIONLESS")
    if not target:
        return "  frictionless is not installed: run make bench"
    directory = place / "frictionless"
    run(*CARTABLE, "generate", directory, "--students", "10000", "--seed", "1")
    files = sorted(path.name for path in directory.glob("*.csv"))
    there = {**os.environ, "PYTHONPATH": str(Path(target).absolute())}

    def measure() -> float:
        begun = time.perf_counter()
        validate = [*PYTHON, "frictionless", "validate", *files]
        subprocess.run(validate, cwd=directory, env=there, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - begun) / run(*CARTABLE, "check", directory).seconds

    return f"  {'frictionless validate / check, at 10,000 students':62} {pairs(count, measure)}"


def main() -> None:
    """Parse the sizes and print a block for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, action="append")
    parser.add_argument("--memory", help="DuckDB's memory limit on both sides, such as 1GB")
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as place:
        smallest = Path(place) / "smallest"
        run(*CARTABLE, "generate", smallest, "--students", "10", "--seed", "1")
        seconds = sorted(run(*CARTABLE, "check", smallest).seconds for _ in range(5))
        print(
            f"seconds of a whole check of a few rows: {seconds[2]:.2f} "
            f"({seconds[0]:.2f} to {seconds[-1]:.2f})"
        )
        print(frictionless(Path(place), arguments.pairs))
    for students in arguments.students or [10_000, 100_000]:
        with tempfile.TemporaryDirectory(prefix="cartable-bench-") as place:
            Bench(Path(place), students, arguments.memory, arguments.pairs).report()


if __name__ == "__main__":
    main()
