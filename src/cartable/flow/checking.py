"""Check a delivery: read it, judge it, report on it. Needs no database and imports none."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cartable.engine import causing, checking, findings, profiling, reading, sharing, workspace
from cartable.engine.rosters import Memory, RosterReader
from cartable.formats.layouts import layout_of
from cartable.model.causes import Cause
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
        causes_by_code: how many causes they have, by code, the code of the first cause first.
    """

    workspace: workspace.Workspace
    delivery: Delivery
    summary: Summary
    by_code: Mapping[str, int]
    causes_by_code: Mapping[str, int]

    @property
    def is_masked(self) -> bool:
        """It is whole; `cartable.reports.masking` masks it."""
        return False

    def findings(self, limit_per_code: int | None = None) -> Iterator[Finding]:
        """The findings in the order of their numbers, at most so many of each code."""
        return findings.findings(self.workspace, limit_per_code, is_grouped=True)

    def causes(self, limit: int | None = None, roots: int = 1, each: int | None = None) -> Iterator[Cause]:
        """The causes in the order in which to correct them; see `cartable.reports.material.Check`."""
        return causing.causes(self.workspace, layout_of(self.delivery.format), limit, roots, each)

    def profile(self) -> Profile:
        """What to remember of the delivery for the next one."""
        return profiling.profile(self.workspace, self.delivery)


@contextmanager
def checked(
    path: Path,
    options: CheckOptions,
    progress: Progress = silent,
    earlier: Mapping[str, tuple[str, ...]] | None = None,
    precedent: Precedent | None = None,
    others: sharing.Others | None = None,
    roster: RosterReader | None = None,
    memory: Memory | None = None,
) -> Iterator[Checked]:
    """Check the delivery at `path`.

    Args:
        path: a folder or a zip.
        earlier: fields that earlier runs delivered, by entity name; one that is gone is a finding.
        precedent: an earlier delivery to compare with.
        others: what other sources have in the roster, where there are any.
        roster: what files that hold changes alone may refer to; None where nobody knows.
        memory: what earlier packages said, for those that hold changes; None where nobody knows.

    Raises:
        InputError: there is nothing at `path` that could be a delivery.
    """
    with workspace.opened(options.memory) as work:
        received = reading.read(work, path, progress=progress)
        delivery, summary = checking.check(
            work,
            received,
            options,
            progress,
            precedent=precedent,
            others=others,
            roster=roster,
            earlier=_columns(earlier or {}, precedent),
            memory=memory,
        )
        yield result_of(work, delivery, summary)


def _columns(
    earlier: Mapping[str, tuple[str, ...]], precedent: Precedent | None
) -> Mapping[str, tuple[str, ...]]:
    """The fields that earlier runs or the delivery to compare with had, by entity."""
    before = precedent.columns if precedent else {}
    return {
        entity: tuple(dict.fromkeys((*earlier.get(entity, ()), *before.get(entity, ()))))
        for entity in {**earlier, **before}
    }


def result_of(work: workspace.Workspace, delivery: Delivery, summary: Summary) -> Checked:
    """What a workspace with numbered findings says of a delivery."""
    return Checked(
        work, delivery, summary, findings.by_code(work), causing.group(work, layout_of(delivery.format))
    )


@contextmanager
def recalled(delivery: Delivery, summary: Summary, kept: Iterable[Finding]) -> Iterator[Checked]:
    """A check as it was, of the findings that were kept of it."""
    with workspace.opened() as work:
        findings.recall(work, kept)
        yield result_of(work, delivery, summary)
