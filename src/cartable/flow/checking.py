"""Check a delivery: read it, judge it, report on it. Needs no database and imports none."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cartable.engine import checking, profiling, reading, workspace
from cartable.model import following
from cartable.model.deliveries import Delivery
from cartable.model.findings import Finding, Summary
from cartable.model.options import CheckOptions
from cartable.model.profiles import Precedent, Profile
from cartable.model.progress import Progress, silent


@dataclass(frozen=True)
class Checked:
    """A delivery that was checked; valid while its workspace is open.

    Args:
        delivery: the files with their row counts.
        summary: totals.
        by_code: how many findings each code has.
    """

    workspace: workspace.Workspace
    delivery: Delivery
    summary: Summary
    by_code: Mapping[str, int]

    def findings(self, limit_per_code: int | None = None) -> Iterator[Finding]:
        """The findings in the order of their numbers, at most so many of each code."""
        return checking.findings(self.workspace, limit_per_code)

    def profile(self) -> Profile:
        """What to remember of the delivery for the next one."""
        return profiling.profile(self.workspace, self.delivery)

    def followers(self, limit_per_code: int) -> Iterator[following.Followers]:
        """The rows that take others with them, at most so many of each code, the worst first."""
        return following.grouped(
            self.workspace.execute(following.SQL.format(findings="report", limit=int(limit_per_code)))
        )


@contextmanager
def checked(
    path: Path,
    options: CheckOptions,
    progress: Progress = silent,
    earlier: Mapping[str, tuple[str, ...]] | None = None,
    precedent: Precedent | None = None,
) -> Iterator[Checked]:
    """Check the delivery at `path`.

    Args:
        path: a folder or a zip.
        earlier: fields that earlier runs delivered, by entity name; one that is gone is a finding.
        precedent: an earlier delivery to compare with.

    Raises:
        InputError: there is nothing at `path` that could be a delivery.
    """
    with workspace.opened(options.memory) as work:
        received = reading.read(work, path, progress=progress)
        checking.note_dropped_columns(work, received, earlier or {})
        delivery, summary = checking.check(work, received, options, progress, precedent=precedent)
        yield Checked(work, delivery, summary, checking.by_code(work))
