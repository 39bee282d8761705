"""Plan a delivery against the roster, apply the plan, tell what was applied.

The only caller of `store.applying`: whatever changes the roster comes through here, as a plan.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cartable.engine import diffing, shaping, streaming, workspace
from cartable.errors import DatabaseError, PlanHeld, PlanStale
from cartable.flow import checking, comparing, gates, planfiles
from cartable.flow.checking import Checked
from cartable.model.entities import ENTITIES
from cartable.model.options import Against, CheckOptions
from cartable.model.plans import Change, Counts, Hold, PlanHeader, RosterState, Run
from cartable.model.profiles import Precedent, Profile
from cartable.model.progress import Progress, silent
from cartable.store import applying, opening, queries
from cartable.store.queries import DEFAULT_SOURCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cartable.store.rosters import Roster

    Ids = NDArray[np.int64]
    Activity = NDArray[np.bool_]

# How often a sync plans anew when another one was applied meanwhile, before it gives up.
_ATTEMPTS = 5


def now() -> str:
    """The present instant, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Planned:
    """A plan in a workspace; valid while that is open.

    Args:
        header: counts, holds and what the plan rests on.
        held: the holds that were not accepted; while there is one, the plan cannot be applied.
        accepted: names of the guards that the operator accepted.
        again: plans the same delivery anew, against the roster as it is now.
    """

    workspace: workspace.Workspace
    roster: "Roster"
    header: PlanHeader
    held: tuple[Hold, ...]
    accepted: tuple[str, ...]
    started: str

    again: "Callable[[], Planned]"

    @property
    def is_fatal(self) -> bool:
        """Whether the delivery could not be judged, so that there is nothing to apply."""
        return self.header.summary.fatal > 0

    def changes(self, limit_per_kind: int | None = None) -> Iterator[Change]:
        """What would change, by entity, kind and key; at most so many of each kind in each entity."""
        for entity in ENTITIES:
            if self.header.counts[entity.name].changing:
                yield from diffing.changes(self.workspace, entity, limit_per_kind)

    def save(self, path: Path) -> None:
        """Write the plan to a file."""
        planfiles.save(self.workspace, self.header, path)

    def apply(self, kind: str) -> Run:
        """Apply the plan, all of it or none.

        Args:
            kind: "sync" or "apply", which the run remembers.

        Raises:
            PlanHeld: a guard holds it.
            PlanStale: the roster has moved since.
        """
        if self.held:
            raise PlanHeld(
                "The plan is held by {guards}; nothing was written.",
                "Look at what it would do, then repeat with {accept}.",
                guards=", ".join(dict.fromkeys(hold.guard for hold in self.held)),
                accept=" ".join(f"--accept {guard}" for guard in dict.fromkeys(h.guard for h in self.held)),
            )
        rows = streaming.PlanRows(self.workspace)
        return applying.apply(
            self.roster, self.header, rows, kind=kind, accepted=self.accepted, started=self.started, now=now
        )

    def sync(self) -> "tuple[Planned, Run | None]":
        """Apply the plan; where another one was applied meanwhile, plan anew and apply that.

        Returns:
            The plan that was applied and its run; or the plan that may not be, and None.
        """
        plan = self
        for _ in range(_ATTEMPTS):
            if plan.is_fatal or plan.held:
                return plan, None
            try:
                return plan, plan.apply("sync")
            except PlanStale:
                plan = plan.again()
        return plan, plan.apply("sync")


@dataclass(frozen=True)
class _Reader:
    """One source's records, as planning reads them."""

    roster: "Roster"
    source: str

    def digests(self, entity: str) -> "Iterator[tuple[Ids, Ids, Activity]]":
        return queries.digests(self.roster, entity, self.source)

    def records(
        self, entity: str, ids: "Iterator[Ids]", keys: Iterator[list[tuple[object, ...]]]
    ) -> Iterator[list[tuple[object, ...]]]:
        return queries.records(self.roster, entity, self.source, ids, keys)


@contextmanager
def planned(
    path: Path,
    database: str,
    options: CheckOptions,
    *,
    accept: Collection[str] = (),
    progress: Progress = silent,
    is_preview: bool = False,
    against: Against = "last",
) -> Iterator[tuple[Checked, Planned]]:
    """Check the delivery at `path` and plan it against the roster.

    Args:
        database: a path or URL (`cartable.store.opening`).
        accept: names of guards that shall not hold the plan.
        is_preview: the plan will not be applied here; then a roster that is not there is not made.
        against: what to compare the delivery with.

    Raises:
        InputError, DatabaseError, UsageError.
    """
    started = now()
    gates.check_names(accept)
    if isinstance(against, int):
        _see_that_there_is_one(database)
    with _prospect(database) if is_preview else opening.opened(database) as roster:
        state = queries.state(roster, DEFAULT_SOURCE)
        precedent = _precedent(roster, against, options, progress)
        if precedent:
            # That a file of the last run is missing is what a guard says.
            precedent = replace(precedent, guarded=frozenset(state.baseline))
        with checking.checked(path, options, progress, state.delivered, precedent) as result:
            profile = None
            if not result.summary.fatal:
                profile = result.profile()
                shaping.shape(result.workspace, result.delivery)
            yield result, _plan(result, roster, state, tuple(accept), started, progress, profile)


def precedent(
    database: str, against: Against, options: CheckOptions, progress: Progress = silent
) -> Precedent | None:
    """What to compare a delivery with that is only checked.

    Raises:
        UsageError: there is no such run.
        InputError, DatabaseError.
    """
    with _recalled(database) as roster:
        return _precedent(roster, against, options, progress)


def _precedent(
    roster: "Roster", against: Against, options: CheckOptions, progress: Progress
) -> Precedent | None:
    if against is None:
        return None
    if isinstance(against, Path):
        return comparing.delivered(against, options, progress)
    return queries.precedent(roster, DEFAULT_SOURCE, None if against == "last" else against)


@contextmanager
def _prospect(database: str) -> "Iterator[Roster]":
    """The roster, or an empty one that is gone afterwards where there is none yet."""
    with (
        tempfile.TemporaryDirectory(prefix="cartable-") as directory,
        opening.opened(database if opening.exists(database) else f"{directory}/empty") as roster,
    ):
        yield roster


def _plan(
    result: Checked,
    roster: "Roster",
    state: RosterState,
    accept: tuple[str, ...],
    started: str,
    progress: Progress,
    profile: Profile | None,
) -> Planned:
    counts = {entity.name: Counts() for entity in ENTITIES}
    holds: tuple[Hold, ...] = ()
    if not result.summary.fatal:
        reader = _Reader(roster, DEFAULT_SOURCE)
        for done, entity in enumerate(ENTITIES):
            progress("planning", done, len(ENTITIES))
            file = result.delivery.file_of(entity.name)
            counts[entity.name] = diffing.compare(result.workspace, entity, file, reader)
        progress("planning", len(ENTITIES), len(ENTITIES))
        holds = gates.holds(result.delivery, counts, state)
    header = PlanHeader(
        DEFAULT_SOURCE,
        state.revision,
        result.delivery,
        result.summary,
        counts,
        holds,
        started,
        state.roster,
        profile,
    )

    def again() -> Planned:
        state = queries.state(roster, DEFAULT_SOURCE)
        return _plan(result, roster, state, accept, started, progress, profile)

    return Planned(result.workspace, roster, header, gates.unaccepted(holds, accept), accept, started, again)


@contextmanager
def opened_plan(path: Path, database: str, *, accept: Collection[str] = ()) -> Iterator[Planned]:
    """The plan that `Planned.save` wrote to `path`.

    Raises:
        PlanUnreadable, DatabaseError, UsageError.
    """
    gates.check_names(accept)
    with workspace.opened() as work:
        header = planfiles.load(work, path)

        def again() -> Planned:
            raise PlanStale("The roster has moved since the plan was made.", "Plan the delivery again.")

        with opening.opened(database) as roster:
            held = gates.unaccepted(header.holds, accept)
            yield Planned(work, roster, header, held, tuple(accept), now(), again)


@contextmanager
def _recalled(database: str) -> "Iterator[Roster]":
    """The roster, which must be there.

    Raises:
        DatabaseError: it is not.
    """
    _see_that_there_is_one(database)
    with opening.opened(database) as roster:
        yield roster


def _see_that_there_is_one(database: str) -> None:
    if not opening.exists(database):
        raise DatabaseError(
            "There is no roster at {place}.",
            "Check --database or CARTABLE_DATABASE; the first sync makes the roster.",
            place=database,
        )


def runs(database: str) -> Iterator[Run]:
    """All runs, the latest first.

    Raises:
        DatabaseError: there is no roster.
    """
    with _recalled(database) as roster:
        yield from queries.runs(roster)


def run(database: str, number: int) -> Run:
    """One run.

    Raises:
        UsageError: there is none of that number.
        DatabaseError: there is no roster.
    """
    with _recalled(database) as roster:
        return queries.run(roster, number)


@contextmanager
def run_check(database: str, number: int) -> Iterator[Checked]:
    """The check that a run rests on, of what was kept of it."""
    with _recalled(database) as roster:
        kept = queries.run(roster, number)
        with checking.recalled(kept.input, kept.summary, queries.findings(roster, number)) as result:
            yield result


def run_changes(database: str, number: int, limit_per_kind: int | None = None) -> Iterator[Change]:
    """What a run changed, by entity, kind and key; at most so many of each kind in each entity."""
    with _recalled(database) as roster:
        yield from queries.run_changes(roster, queries.run(roster, number), limit_per_kind)
