"""Take a run back: a plan that restores what it changed, wherever nothing has changed since."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cartable.engine import undoing, workspace
from cartable.engine.sparing import Decided
from cartable.errors import PlanStale
from cartable.flow import clock, naming, recalling
from cartable.flow.planning import Planned
from cartable.model.decisions import InForce
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME, Field
from cartable.model.findings import Summary
from cartable.model.plans import ChangeKind, PlanHeader, PlanKind, Run
from cartable.model.scopes import WHOLE, Scope
from cartable.model.undos import Left
from cartable.store import decisions, histories, queries, standings
from cartable.store.vault import vault_of

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

Batches = Iterator[list[tuple[Any, ...]]]

_CLASSES = BY_NAME["classes"]


@dataclass(frozen=True)
class Undoing:
    """A plan that takes a run back; valid while its workspace is open.

    Args:
        run: the run that it takes back.
        revisions: number of the run that reached each revision.
        decided: the keeps and pins in force, which it spares.
    """

    run: Run
    plan: Planned
    revisions: dict[int, int]
    decided: Decided

    def left(self) -> Iterator[Left]:
        """What it leaves as it is, by entity and key."""
        return undoing.lefts(self.plan.workspace, self.revisions, self.decided)

    def apply(self) -> Run | None:
        """Apply it; None where there is nothing to take back.

        Raises:
            PlanStale: the roster has moved meanwhile.
        """
        changing = sum(counts.changing for counts in self.plan.header.counts.values())
        return self.plan.apply(PlanKind.UNDO.value) if changing else None


@dataclass(frozen=True)
class _Reader:
    """What the roster's history says of a run.

    Args:
        revision: the one that the run reached; None where it changed nothing.
    """

    roster: "Roster"
    source: str
    revision: int | None
    scope: Scope
    is_whole: bool

    def touched(self, entity: str) -> Batches:
        if self.revision is None or not self.scope.has(BY_NAME[entity]):
            return iter(())
        return histories.touched(self.roster, entity, self.revision, self.scope)

    def keepers(self, entity: str, keys: Iterator[list[tuple[object, ...]]]) -> Batches:
        return queries.records(self.roster, entity, self.source, iter(()), keys)

    def later(self, entity: str, ids: Iterator[int]) -> Batches:
        return histories.later(self.roster, entity, self.revision or 0, ids)

    def holders(self, entity: str, keys: Iterator[str]) -> Batches:
        return histories.holders(self.roster, entity, keys)

    def former_holders(self, entity: str, keys: Iterator[str]) -> Batches:
        return histories.former_holders(self.roster, entity, (self.revision or 0) - 1, keys)

    def referrers(self, entity: str, field: Field, keys: Iterator[str]) -> Batches:
        # Where the run is taken back whole, what it touched is known already.
        besides = self.revision if self.is_whole else None
        return histories.referrers(self.roster, entity, field, keys, besides)


@contextmanager
def undone(
    database: str,
    number: int,
    *,
    scope: Scope = WHOLE,
    only: ChangeKind | None = None,
    actor: str = "",
) -> Iterator[Undoing]:
    """Plan to take a run back.

    Args:
        database: a path or URL (`cartable.store.opening`).
        scope: the school and the entity whose records alone are restored.
        only: the run's changes of this kind alone.
        actor: who takes it back.

    Raises:
        UsageError: there is no such run, or no such school.
        DatabaseError: there is no roster.
    """
    started = clock.stamp()
    with recalling.opened(database) as roster, workspace.opened() as work:
        run = queries.run(roster, number)
        state = queries.state(roster, run.source)
        revisions = histories.movers(roster)
        scope = naming.resolved(roster, scope, run.revision)
        moved = run.revision if revisions.get(run.revision) == number else None
        reader = _Reader(roster, run.source, moved, scope, scope.is_whole and only is None)
        in_force = decisions.in_force(roster, clock.today().isoformat())
        decided = _decided(roster, in_force, number)
        counts = undoing.undo(work, reader, only, decided)
        header = PlanHeader(
            run.source,
            state.revision,
            Delivery(f"undo of run {number}", "", ()),
            Summary(),
            counts,
            (),
            started,
            state.roster,
            kind=PlanKind.UNDO,
            actor=actor,
            undoes=number,
            in_force=in_force,
        )

        def again() -> Planned:
            raise PlanStale("The roster has moved since the plan was made.", "Make the plan again.")

        plan = Planned(work, roster, vault_of(database), header, (), (), started, actor, again)
        yield Undoing(run, plan, revisions, decided)


def _decided(roster: "Roster", in_force: InForce, number: int) -> Decided:
    """What an undo of a run spares: not what that run itself pinned, which is released with it."""
    keeps = {keep.number: keep for keep in decisions.keeps(roster) if keep.number in in_force.keeps}
    pins = {
        pin.number: pin for pin in decisions.pins(roster) if pin.number in in_force.pins and pin.run != number
    }
    homes = {
        klass: home
        for klass in {keep.klass for keep in keeps.values() if keep.user and keep.klass}
        for home in standings.named(roster, _CLASSES, {_CLASSES.key[0]: klass}, _CLASSES.belongs_by)
    }
    return Decided(keeps, pins, homes)
