"""Plan a delivery against the roster, and apply the plan.

The only caller of `store.applying`: whatever changes the roster comes through here, as a plan.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from cartable.engine import diffing, shaping, streaming, workspace
from cartable.errors import PlanHeld, PlanStale
from cartable.flow import checking, clock, comparing, gates, overlaying, planfiles, protecting, recalling
from cartable.flow.checking import Checked
from cartable.model.decisions import InForce, Pinned
from cartable.model.entities import ENTITIES
from cartable.model.options import Against, CheckOptions
from cartable.model.plans import Change, Counts, Hold, Kept, PlanHeader, RosterState, Run
from cartable.model.profiles import Precedent, Profile
from cartable.model.progress import Progress, silent
from cartable.rules.catalogue import digest_of_rules
from cartable.store import applying, opening, queries
from cartable.store.queries import DEFAULT_SOURCE
from cartable.store.vault import Vault, vault_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cartable.store.rosters import Roster

    Ids = NDArray[np.int64]
    Activity = NDArray[np.bool_]

# How often a sync plans anew when another one was applied meanwhile, before it gives up.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Planned:
    """A plan in a workspace; valid while that is open.

    Args:
        header: counts, holds and what the plan rests on.
        held: the holds that were not accepted; while there is one, the plan cannot be applied.
        accepted: names of the guards that the operator accepted.
        actor: who plans or applies it.
        again: plans the same delivery anew, against the roster as it is now.
    """

    workspace: workspace.Workspace
    roster: "Roster"
    vault: Vault
    header: PlanHeader
    held: tuple[Hold, ...]
    accepted: tuple[str, ...]
    started: str
    actor: str
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

    def kept(self) -> Iterator[Kept]:
        """What stays because somebody decided it, by entity and key."""
        if not self.is_fatal:
            rows = streaming.PlanRows(self.workspace).kept()
            yield from (one for one in rows if one.reason.is_decided)

    def pinned(self) -> Iterator[Pinned]:
        """What stays as it was pinned though the delivery says otherwise, by entity, key and field."""
        if not self.is_fatal:
            yield from streaming.PlanRows(self.workspace).pinned()

    def save(self, path: Path) -> None:
        """Write the plan to a file, sealed.

        Raises:
            KeyUnusable: the installation's key is missing.
        """
        roster = self.roster if self.header.roster else None
        planfiles.save(self.workspace, self.header, path, self.vault.seal(roster))

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
            self.roster,
            self.header,
            rows,
            kind=kind,
            accepted=self.accepted,
            started=self.started,
            now=clock.stamp,
            actor=self.actor,
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
        self,
        entity: str,
        ids: "Iterator[Ids]",
        keys: Iterator[list[tuple[object, ...]]],
        named: Mapping[str, Iterator[list[tuple[object, ...]]]] = MappingProxyType({}),
    ) -> Iterator[list[tuple[object, ...]]]:
        return queries.records(self.roster, entity, self.source, ids, keys, named)


@contextmanager
def planned(
    path: Path,
    database: str,
    options: CheckOptions,
    *,
    actor: str = "",
    accept: Collection[str] = (),
    progress: Progress = silent,
    is_preview: bool = False,
    against: Against = "last",
) -> Iterator[tuple[Checked, Planned]]:
    """Check the delivery at `path` and plan it against the roster.

    Args:
        database: a path or URL (`cartable.store.opening`).
        actor: who plans.
        accept: names of guards that shall not hold the plan.
        is_preview: the plan will not be applied here; then a roster that is not there is not made.
        against: what to compare the delivery with.

    Raises:
        InputError, DatabaseError, UsageError.
    """
    started = clock.stamp()
    gates.check_names(accept)
    protecting.protections(vault_of(database))  # refused before anything is read
    if isinstance(against, int):
        recalling.see_that_there_is_one(database)
    with _prospect(database) if is_preview else opening.opened(database) as roster:
        state = queries.state(roster, DEFAULT_SOURCE)
        precedent = _precedent(roster, against, options, progress)
        with checking.checked(path, options, progress, state.delivered, precedent) as result:
            profile = None
            if not result.summary.fatal:
                profile = result.profile()
                shaping.shape(result.workspace, result.delivery)
            work = _Work(result, roster, vault_of(database), tuple(accept), started, actor, progress, profile)
            yield result, _plan(work, state)


def precedent(
    database: str, against: Against, options: CheckOptions, progress: Progress = silent
) -> Precedent | None:
    """What to compare a delivery with that is only checked.

    Raises:
        UsageError: there is no such run.
        InputError, DatabaseError.
    """
    with recalling.opened(database) as roster:
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


@dataclass(frozen=True)
class _Work:
    """What planning a delivery needs, however often it is planned."""

    result: Checked
    roster: "Roster"
    vault: Vault
    accept: tuple[str, ...]
    started: str
    actor: str
    progress: Progress
    profile: Profile | None


def _plan(work: _Work, state: RosterState) -> Planned:
    result, roster = work.result, work.roster
    counts = {entity.name: Counts() for entity in ENTITIES}
    holds: tuple[Hold, ...] = ()
    in_force: InForce | None = None
    if not result.summary.fatal:
        reader, today = _Reader(roster, DEFAULT_SOURCE), clock.today()
        result.workspace.execute(diffing.KEPT)
        in_force = overlaying.overlay(result.workspace, roster, work.vault, reader, today)
        for done, entity in enumerate(ENTITIES):
            work.progress("planning", done, len(ENTITIES))
            file = result.delivery.file_of(entity.name)
            counts[entity.name] = diffing.compare(result.workspace, entity, file, reader, today)
        work.progress("planning", len(ENTITIES), len(ENTITIES))
        holds = gates.holds(result.delivery, counts, state)
    header = PlanHeader(
        DEFAULT_SOURCE,
        state.revision,
        result.delivery,
        result.summary,
        counts,
        holds,
        work.started,
        state.roster,
        work.profile,
        actor=work.actor,
        rules=digest_of_rules(),
        in_force=in_force,
    )

    def again() -> Planned:
        return _plan(work, queries.state(roster, DEFAULT_SOURCE))

    held = gates.unaccepted(holds, work.accept)
    return Planned(
        result.workspace, roster, work.vault, header, held, work.accept, work.started, work.actor, again
    )


@contextmanager
def opened_plan(
    path: Path, database: str, *, actor: str = "", accept: Collection[str] = ()
) -> Iterator[Planned]:
    """The plan that `Planned.save` wrote to `path`.

    Args:
        actor: who applies it.

    Raises:
        PlanUnreadable, PlanForeign, DatabaseError, UsageError.
    """
    gates.check_names(accept)
    vault = vault_of(database)
    with workspace.opened() as work, opening.opened(database) as roster:
        header = planfiles.load(work, path, vault.seal(roster))

        def again() -> Planned:
            raise PlanStale("The roster has moved since the plan was made.", "Plan the delivery again.")

        held = gates.unaccepted(header.holds, accept)
        yield Planned(work, roster, vault, header, held, tuple(accept), clock.stamp(), actor, again)
