"""Weighs what a plan does against the limits in force: in each school and class, and in the whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cartable.engine.rosters import RosterReader
from cartable.engine.tallying import Broken, Tallies
from cartable.engine.workspace import Workspace
from cartable.flow.guarding import Terms
from cartable.model import guards
from cartable.model.deliveries import Delivery
from cartable.model.guards import GUARDS, Guard, Limit, Scope
from cartable.model.plans import Counts, RosterState

# What a guard counts by the kind of change alone.
_COUNTED: Mapping[Guard, str] = {
    guards.DEACTIVATIONS: "deactivate",
    guards.UPDATES: "update",
    guards.REKEYS: "rekey",
    guards.ADDITIONS: "add",
}
_COUNTING = tuple(guard for guard in GUARDS.values() if guard.entities)


@dataclass(frozen=True)
class Case:
    """A plan that is to be judged.

    Args:
        workspace: where its changes are.
        delivery: what was delivered.
        counts: what the plan would do, by entity name.
        state: the roster that it was computed against.
        roster: that roster's records.
    """

    workspace: Workspace
    delivery: Delivery
    counts: Mapping[str, Counts]
    state: RosterState
    roster: RosterReader


class Breach(NamedTuple):
    """A limit that is broken: in a school, or in the whole where `broken` names none.

    Args:
        code: the finding by which it was seen, where it was one.
    """

    guard: Guard
    entity: str
    limit: Limit
    broken: Broken
    code: str = ""


class Weighing:
    """The limits beside the changes of one plan.

    Args:
        waiting: guards of changes that wait for the calendar and are not applied.
    """

    def __init__(self, case: Case, terms: Terms, tallies: Tallies, waiting: frozenset[Guard]) -> None:
        self.case = case
        self.terms = terms
        self.tallies = tallies
        self.guards = [guard for guard in _COUNTING if guard not in waiting]

    def of_schools(self) -> Iterator[Breach]:
        """The limits that are broken in schools and in their classes."""
        for guard in self.guards:
            for (entity, scope), limit in self.terms.limits[guard.name].items():
                if scope is not Scope.WHOLE and self._may_break(guard, entity, limit, self.case.counts):
                    for broken in self.tallies.broken(guard, entity, scope, limit):
                        yield Breach(guard, entity, limit, broken)

    def of_whole(self, counts: Mapping[str, Counts]) -> Iterator[Breach]:
        """The limits that are broken in the whole by what remains of the plan."""
        for guard in self.guards:
            for (entity, scope), limit in self.terms.limits[guard.name].items():
                if scope is Scope.WHOLE and self._may_break(guard, entity, limit, counts):
                    number, active = self._number(guard, entity, counts), self.case.state.active[entity]
                    if limit.is_broken_by(number, active) and guard is guards.ADDITIONS:
                        number -= self.tallies.excused(entity)
                    if limit.is_broken_by(number, active):
                        yield Breach(guard, entity, limit, Broken("", number, active))

    def _may_break(self, guard: Guard, entity: str, limit: Limit, counts: Mapping[str, Counts]) -> bool:
        """Whether there are enough changes at all; where not, nothing need be looked up."""
        least = limit.least
        if least is None or not self.case.state.active.get(entity) or not counts[entity].changing:
            return False
        return self._number(guard, entity, counts) >= least

    def _number(self, guard: Guard, entity: str, counts: Mapping[str, Counts]) -> int:
        if guard in _COUNTED:
            return int(getattr(counts[entity], _COUNTED[guard]))
        return self.tallies.whole(guard, entity)
