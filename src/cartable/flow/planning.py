"""Plan a delivery against the roster, and apply the plan.

The only caller of `store.applying`: whatever changes the roster comes through here, as a plan.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cartable.engine import describing, diffing, identifying, listing, reusing, shaping, streaming, workspace
from cartable.engine.belonging import Schools
from cartable.errors import CartableError, PlanHeld, PlanStale
from cartable.flow import (
    checking,
    clock,
    comparing,
    gates,
    guarding,
    inputs,
    overlaying,
    planfiles,
    policies,
    protecting,
    recalling,
    remembering,
    sourcing,
)
from cartable.flow.checking import Checked
from cartable.flow.guarding import Terms
from cartable.flow.weighing import Case
from cartable.model.decisions import InForce, Pinned
from cartable.model.entities import ENTITIES
from cartable.model.holds import Approval
from cartable.model.options import Against, CheckOptions
from cartable.model.plans import (
    DEFAULT_SOURCE,
    Change,
    Counts,
    Hold,
    Kept,
    PlanHeader,
    PlanKind,
    RosterState,
    Run,
)
from cartable.model.profiles import Precedent, Profile
from cartable.model.progress import Progress, silent
from cartable.rules.catalogue import digest_of_rules
from cartable.store import applying, auditing, opening, queries
from cartable.store.vault import Vault, vault_of

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

# How often a sync plans anew when another one was applied meanwhile, before it gives up.
ATTEMPTS = 5


@dataclass(frozen=True)
class Planned:
    """A plan in a workspace; valid while that is open.

    Args:
        header: counts, holds and what the plan rests on.
        held: the holds that were not accepted; while there is one, the plan cannot be applied.
        accepted: names of the guards that the operator accepted.
        actor: who plans or applies it.
        again: plans the same delivery anew, against the roster as it is now.
        describe: adds what lets a plan file be read without the roster; None where there is nothing to add.
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
    describe: Callable[[], None] | None = None

    @property
    def is_fatal(self) -> bool:
        """Whether the delivery could not be judged, so that there is nothing to apply."""
        return self.header.summary.fatal > 0

    def changes(self, limit_per_kind: int | None = None) -> Iterator[Change]:
        """What would change, by entity, kind and key; at most so many of each kind in each entity."""
        for entity in ENTITIES:
            if self.header.counts[entity.name].changing:
                yield from listing.changes(self.workspace, entity, limit_per_kind)

    def kept(self) -> Iterator[Kept]:
        """What stays as it is though the delivery says otherwise, by entity and key."""
        if not self.is_fatal:
            yield from streaming.PlanRows(self.workspace).kept()

    def pinned(self) -> Iterator[Pinned]:
        """What stays as it was pinned though the delivery says otherwise, by entity, key and field."""
        if not self.is_fatal:
            yield from streaming.PlanRows(self.workspace).pinned()

    def save(self, path: Path) -> None:
        """Write the plan to a file, sealed; where there is a roster, its audit chain tells of it.

        Raises:
            KeyUnusable: the installation's key is missing.
            ClockBehind, RosterBusy, DatabaseError: the audit chain cannot tell of it.
        """
        digest = self.seal_into(path)
        if self.header.roster:
            try:
                auditing.saved(self.roster, self.header, digest, clock.now())
            except CartableError:
                path.unlink()
                raise

    def seal_into(self, path: Path) -> str:
        """Write the plan to a file, sealed, and return the digest of what is sealed.

        Raises:
            KeyUnusable: the installation's key is missing.
        """
        if self.describe:
            self.describe()
        roster = self.roster if self.header.roster else None
        inputs.keep(self.vault, self.header.delivery, self.workspace.received)
        return planfiles.save(self.workspace, self.header, path, self.vault.seal(roster))

    def apply(self, kind: str, approval: Approval | None = None, erase: applying.Erase | None = None) -> Run:
        """Apply the plan, all of it or none.

        Args:
            kind: "sync", "apply" or "approve", which the run of a delivery remembers; another one what it
                was made of.
            approval: the hold under which it has waited, where it has.
            erase: destroys values in the same transaction.

        Raises:
            PlanHeld: a guard holds it.
            SamePerson: another person has to approve it.
            PlanStale: the roster has moved since.
        """
        if self.held:
            raise PlanHeld(
                "The plan is held by {guards}; nothing was written.",
                "Look at what it would do, then repeat with {accept}.",
                guards=", ".join(dict.fromkeys(hold.guard for hold in self.held)),
                accept=" ".join(f"--accept {guard}" for guard in dict.fromkeys(h.guard for h in self.held)),
            )
        policies.see_that_two_agree(self.vault, self.header, self.actor, self.accepted)
        inputs.keep(self.vault, self.header.delivery, self.workspace.received)
        run = applying.apply(
            self.roster,
            self.header,
            streaming.PlanRows(self.workspace),
            kind=kind if self.header.kind is PlanKind.DELIVERY else self.header.kind.value,
            accepted=self.accepted,
            started=self.started,
            now=clock.stamp,
            actor=self.actor,
            approval=approval,
            erase=erase,
        )
        inputs.prune(self.vault, queries.runs(self.roster))
        return run

    def sync(self) -> "tuple[Planned, Run | None]":
        """Apply the plan; where another one was applied meanwhile, plan anew and apply that.

        Returns:
            The plan that was applied and its run; or the plan that may not be, and None.
        """
        plan = self
        for _ in range(ATTEMPTS):
            if plan.is_fatal or plan.held:
                return plan, None
            try:
                return plan, plan.apply("sync")
            except PlanStale:
                plan = plan.again()
        return plan, plan.apply("sync")


@contextmanager
def planned(
    path: Path,
    database: str,
    options: CheckOptions,
    *,
    actor: str = "",
    accept: Collection[str] = (),
    guards: Path | None = None,
    raised: Collection[str] = (),
    progress: Progress = silent,
    is_preview: bool = False,
    against: Against = "last",
    source: str = DEFAULT_SOURCE,
    rekeys: bool = True,
) -> Iterator[tuple[Checked, Planned]]:
    """Check the delivery at `path` and plan it against the roster.

    Args:
        database: a path or URL (`cartable.store.opening`).
        actor: who plans.
        accept: names of guards that shall not hold the plan, or guard@school for one school.
        guards: a file of guards; None for the installation's own, or the defaults.
        raised: limits for this plan alone, such as "deactivations=30%".
        is_preview: the plan will not be applied here; then a roster that is not there is not made.
        against: what to compare the delivery with.
        source: who delivered; only the records of this source may change.
        rekeys: whether a record that is gone may be one that is new, under another key.

    Raises:
        InputError, DatabaseError, UsageError.
    """
    sourcing.check_name(source)
    started, vault = clock.stamp(), vault_of(database)
    policies.see_that_guards_are_own(vault, guards)
    terms = guarding.terms(
        guarding.in_force(vault, guards), clock.today(), accept, raised, is_latest=against == "last"
    )
    protecting.protections(vault)  # refused before anything is read
    if isinstance(against, int):
        recalling.see_that_there_is_one(database)
    with _prospect(database) if is_preview else opening.opened(database) as roster:
        reader = sourcing.Reader(roster, source)
        state = queries.state(roster, source)
        precedent = _precedent(roster, source, against, options, progress)
        if precedent:
            # That a file of the last run is missing is what a guard says.
            precedent = replace(precedent, guarded=frozenset(state.baseline))
        others = reader if reader.others else None
        memory = remembering.Memory(roster, vault, source)
        with checking.checked(
            path, options, progress, state.delivered, precedent, others, reader, memory
        ) as result:
            profile = None
            if not result.summary.fatal:
                profile = result.profile()
                shaping.shape(result.workspace, result.delivery)
            work = _Work(result, reader, vault, terms, started, actor, progress, profile, rekeys=rekeys)
            yield result, _plan(work, state)


def precedent(
    database: str, source: str, against: Against, options: CheckOptions, progress: Progress = silent
) -> Precedent | None:
    """What to compare a delivery with that is only checked.

    Args:
        source: whose runs are meant.

    Raises:
        UsageError: there is no such run.
        InputError, DatabaseError.
    """
    with recalling.opened(database) as roster:
        return _precedent(roster, source, against, options, progress)


def _precedent(
    roster: "Roster", source: str, against: Against, options: CheckOptions, progress: Progress
) -> Precedent | None:
    if against is None:
        return None
    if isinstance(against, Path):
        return comparing.delivered(against, options, progress)
    return queries.precedent(roster, source, None if against == "last" else against)


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
    reader: sourcing.Reader
    vault: Vault
    terms: Terms
    started: str
    actor: str
    progress: Progress
    profile: Profile | None
    rekeys: bool


def _compare(work: _Work, state: RosterState) -> tuple[dict[str, Counts], InForce]:
    """What the delivery changes in each entity, and what people decided beforehand that was heeded."""
    result, reader, today = work.result, work.reader, clock.today()
    result.workspace.execute(diffing.KEPT)
    identifying.start(result.workspace)
    in_force = overlaying.overlay(result.workspace, reader.roster, work.vault, reader, today)
    counts = {}
    for done, entity in enumerate(ENTITIES):
        work.progress("planning", done, len(ENTITIES))
        counts[entity.name] = diffing.compare(
            result.workspace,
            entity,
            result.delivery.file_of(entity.name),
            reader,
            today,
            checksum=state.checksums.get(entity.name),
            rekeys=work.rekeys,
        )
    work.progress("planning", len(ENTITIES), len(ENTITIES))
    return counts, in_force


def _plan(work: _Work, state: RosterState) -> Planned:
    result, reader = work.result, work.reader
    verdict, profile = gates.Verdict({entity.name: Counts() for entity in ENTITIES}), work.profile
    in_force: InForce | None = None
    if not result.summary.fatal:
        counts, in_force = _compare(work, state)
        verdict = gates.judge(Case(result.workspace, result.delivery, counts, state, reader), work.terms)
        verdict = replace(verdict, holds=(*verdict.holds, *gates.reuses(reusing.reused(result.workspace))))
        if profile and verdict.quarantined:
            profile = _as_it_was(profile, verdict.quarantined, reader)
    header = PlanHeader(
        reader.source,
        state.revision,
        result.delivery,
        result.summary,
        verdict.counts,
        verdict.holds,
        work.started,
        state.roster,
        profile,
        actor=work.actor,
        rules=digest_of_rules(),
        quarantined=verdict.quarantined,
        raised=work.terms.raised,
        period=work.terms.period,
        postponed=verdict.postponed,
        accepted=work.terms.accepted,
        in_force=in_force,
    )

    def again() -> Planned:
        return _plan(work, queries.state(reader.roster, reader.source))

    def describe() -> None:
        changing = [name for name, count in header.counts.items() if count.changing]
        schools = Schools(result.workspace, state.active, reader)
        try:
            describing.describe(result.workspace, schools, reader, changing)
        finally:
            schools.close()

    held = gates.held(header, work.terms)
    accepted = work.terms.accepted
    return Planned(
        result.workspace,
        reader.roster,
        work.vault,
        header,
        held,
        accepted,
        work.started,
        work.actor,
        again,
        describe,
    )


def _as_it_was(profile: Profile, quarantined: Collection[str], reader: sourcing.Reader) -> Profile:
    """The profile with what the last run said of schools that are left as they were.

    Else the next delivery, which lacks the same, would be compared with this one and lack nothing.
    """
    last = queries.precedent(reader.roster, reader.source)
    return profile.with_schools(quarantined, last.profile) if last and last.profile else profile


@contextmanager
def opened_plan(
    path: Path,
    database: str,
    *,
    actor: str = "",
    accept: Collection[str] = (),
    guards: Path | None = None,
    source: str | None = None,
) -> Iterator[Planned]:
    """The plan that `Planned.save` wrote to `path`.

    Args:
        actor: who applies it.
        accept: names of guards that shall not hold it.
        guards: a file of guards, whose calendar may hold it; None for the installation's own.
        source: whose plan it must be; None for anybody's.

    Raises:
        PlanUnreadable, PlanForeign, DatabaseError, UsageError.
    """
    vault = vault_of(database)
    policies.see_that_guards_are_own(vault, guards)
    terms = guarding.terms(guarding.in_force(vault, guards), clock.today(), accept, (), is_latest=False)
    gates.see_that_none_is_of_a_school(terms)
    with workspace.opened() as work, opening.opened(database) as roster:
        header = planfiles.load(work, path, vault.seal(roster))
        if source is not None:
            sourcing.see_that_it_is(source, header.source)

        def again() -> Planned:
            raise PlanStale("The roster has moved since the plan was made.", "Make the plan again.")

        held = gates.held(header, terms)
        yield Planned(work, roster, vault, header, held, terms.accepted, clock.stamp(), actor, again)
