"""Prints how fast the API answers, on SQLite and PostgreSQL: `python -m benchmarks.serving`.

Server and client share the machine, as the figures are promised. What else runs there takes from both, so
that the load stands beside each figure, and what a request costs the server's processes in processor time,
which says what a quiet machine would do.
"""

import argparse
import json
import os
import re
import tempfile
import time
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from tests.postgresql import running
from tests.servers import Server, served

from benchmarks.loading import Ask, load
from benchmarks.main import CARTABLE, run

BASE = "/ims/oneroster/rostering/v1p2"
STUDENTS = 81_000
"""Some 107,000 users and 600,000 enrollments."""
_TICKS = os.sysconf("SC_CLK_TCK")
_HELD = re.compile(r"RssAnon:\s*(\d+)")


class Processes:
    """The processes that answer."""

    def __init__(self, server: Server) -> None:
        self._ids = [
            int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == server.process.pid
        ]

    def processor(self) -> float:
        """Seconds of the processors that they have taken."""
        spent = 0
        for one in self._ids:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            spent += int(fields[11]) + int(fields[12])
        return spent / _TICKS

    def memory(self) -> float:
        """MiB that they hold for themselves, without what they share with files."""
        told = (Path(f"/proc/{one}/status").read_text() for one in self._ids)
        return sum(int(found[1]) for text in told if (found := _HELD.search(text))) / 1024


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return 0


class Bench:
    """The measurements on one database.

    Args:
        seconds: for how long each is made.
    """

    def __init__(self, name: str, server: Server, seconds: float) -> None:
        self.name, self.server, self.seconds = name, server, seconds
        self.processes = Processes(server)
        added = run(*CARTABLE, "clients", "add", f"bench {time.time()}", "--rate", "0", "--format", "json",
                    "--database", server.database)  # fmt: skip
        client = json.loads(added.output)
        self.token = server.token(client["client_id"], client["client_secret"]).json["access_token"]

    def pages(self, collection: str, limit: int) -> Ask:
        """Pull again and again, by the links."""
        first = f"{BASE}/{collection}?limit={limit}"
        return lambda _, link: link or first

    def once(self, path: str) -> float:
        """Milliseconds of a request, the least of some."""
        return min(load(self.server.port, self.token, _times(path, 9), connections=1).times) * 1000

    def row(self, what: str, ask: Ask, rows: int, connections: int, encoding: str = "identity") -> None:
        """Measure under load, and print a line of the table."""
        before = self.processes.processor()
        found = load(
            self.server.port,
            self.token,
            ask,
            connections=connections,
            seconds=self.seconds,
            encoding=encoding,
        )
        spent = (self.processes.processor() - before) / len(found.times)
        busy = os.getloadavg()[0]
        print(
            f"| {what} | {self.name} | {found.rate:,.0f} | {found.rate * rows:,.0f} | "
            f"{found.percentile(50):.1f} | {found.percentile(99):.1f} | {spent * 1000:.2f} | {busy:.1f} |",
            flush=True,
        )

    def table(self) -> None:
        """All of the table's lines for this database."""
        found = self.server.ask(
            "GET",
            f"{BASE}/users?limit=10000&fields=sourcedId",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        paths = cycle([f"{BASE}/users/{one['sourcedId']}" for one in found.json["users"]])
        self.row("pages of 100 users", self.pages("users", 100), 100, 4)
        self.row("single users", lambda _, __: next(paths), 1, 4)
        self.row("pages of 5,000 users", self.pages("users", 5_000), 5_000, 2)
        self.row("pages of 5,000 enrollments", self.pages("enrollments", 5_000), 5_000, 2)
        self.row("pages of 5,000 users, gzip", self.pages("users", 5_000), 5_000, 2, "gzip")

    def depth(self) -> None:
        """What the last page costs against the first."""
        for collection in ("users", "enrollments"):
            answer = self.server.ask(
                "GET",
                f"{BASE}/{collection}?limit=1",
                headers={"Authorization": f"Bearer {self.token}"},
            )
            total = int(answer.headers["x-total-count"])
            last = (total - 100) // 100 * 100
            first, far = (self.once(f"{BASE}/{collection}?limit=100&offset={offset}") for offset in (0, last))
            print(
                f"{self.name}: {collection}, last page of {total:,} by its offset / first page: "
                f"{far / first:.2f} ({far:.1f} and {first:.1f} ms)",
                flush=True,
            )

    def pulls(self) -> None:
        """That a pull takes as long for each of its parts."""
        for collection in ("users", "enrollments"):
            first = f"{BASE}/{collection}?limit=5000"
            begun = [first]
            before = self.processes.processor()
            found = load(
                self.server.port,
                self.token,
                lambda _, link, begun=begun: begun.pop() if begun else link,  # type: ignore[misc]
                connections=1,
            )
            spent = self.processes.processor() - before
            half = len(found.times) // 2
            ratio = sum(found.times[half : 2 * half]) / sum(found.times[:half])
            print(
                f"{self.name}: complete pull of {collection}: {found.seconds:.1f} s in "
                f"{len(found.times)} pages, "
                f"{spent:.1f} s of a processor; second half / first half: {ratio:.2f}",
                flush=True,
            )

    def memory(self, minutes: float) -> None:
        """What the processes hold while they are kept busy."""
        kinds = cycle(
            [self.pages("users", 100), self.pages("enrollments", 5_000), self.pages("users", 5_000)]
        )
        end = time.monotonic() + minutes * 60
        held = []
        while time.monotonic() < end:
            load(self.server.port, self.token, next(kinds), connections=4, seconds=min(5, minutes * 20))
            held.append(self.processes.memory())
        third = max(1, len(held) // 3)
        print(
            f"{self.name}: MiB of all processes over {minutes:g} minutes: after the first third "
            f"{max(held[:third]):,.0f} at most, in the last third {max(held[-third:]):,.0f} at most",
            flush=True,
        )


def _times(path: str, count: int) -> Ask:
    left = [path] * count
    return lambda _, __: left.pop() if left else ""


HEAD = (
    "| what | database | requests/s | rows/s | median ms | p99 ms | processor ms a request | load |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|"
)


def main() -> None:
    """Parse the sizes, fill the databases and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--minutes", type=float, default=10, help="for which memory is watched")
    parser.add_argument("--workers", default="2", help="processes that answer")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--place", help="a directory to work in, kept afterwards")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        place = Path(
            arguments.place or stack.enter_context(tempfile.TemporaryDirectory(prefix="cartable-bench-"))
        ).absolute()
        os.environ["XDG_DATA_HOME"] = str(place / "data")
        delivery = place / "delivery"
        if not delivery.exists():
            run(*CARTABLE, "generate", delivery, "--students", str(arguments.students), "--seed", "1")
        for name in arguments.database or ("sqlite", "postgresql"):
            url = f"sqlite:///{place / 'rosters' / 'roster.db'}"
            if name == "postgresql":
                cluster = stack.enter_context(running())
                cluster.execute("create database bench")
                url = cluster.url("bench")
            synced = run(*CARTABLE, "sync", delivery, "--database", url)
            begun = time.perf_counter()
            with served(url, "--workers", arguments.workers) as server:
                print(
                    f"\n{name}: synced in {synced.seconds:.0f} s, published and served in "
                    f"{time.perf_counter() - begun:.0f} s\n\n{HEAD}",
                    flush=True,
                )
                bench = Bench(name, server, arguments.seconds)
                bench.table()
                print()
                bench.depth()
                bench.pulls()
                bench.memory(arguments.minutes)


if __name__ == "__main__":
    main()
