"""Tell the story of a person, a class, an organisation, a session or a course, from what the roster keeps."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.flow import deciding, naming, recalling
from cartable.model.decisions import Keep, Pin
from cartable.model.entities import BY_NAME, Entity
from cartable.model.memberships import CALLED_BY, called
from cartable.model.plans import Kept, Reason, Run
from cartable.model.scopes import is_named, references
from cartable.model.stories import Chapter, Decision, Event, Keeping, Story, Teller
from cartable.store import decisions, stories
from cartable.store.moments import moment_of
from cartable.store.runs import change_of
from cartable.store.stories import State

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

# What belongs to the story of a record besides its own.
_MEMBERSHIPS: Mapping[str, tuple[str, ...]] = {
    "users": ("roles", "enrollments", "relationships"),
    "classes": ("enrollments",),
}


def explained(database: str, identifier: str, entity: str = "") -> list[Story]:
    """The stories of all records that have or had the identifier, people first.

    Args:
        entity: of this entity alone; empty for all.

    Raises:
        UsageError: there is none, or records of the entity have no identifier of their own.
        DatabaseError: there is no roster.
    """
    if entity and not is_named(BY_NAME[entity]):
        raise UsageError(
            "Records of {entity} have no identifier of their own.",
            "--entity takes one of: {entities}.",
            entity=entity,
            entities=", ".join(CALLED_BY),
        )
    asked = [BY_NAME[name] for name in ([entity] if entity else CALLED_BY)]
    with recalling.opened(database) as roster:
        told = [
            _story(roster, one, record)
            for one in asked
            for record in stories.records_called(roster, one.name, identifier)
        ]
        if not told:
            close = naming.near(roster, asked, identifier, moment_of(roster))
            raise UsageError(
                "Nothing in the roster has or had the identifier {name}.",
                "Did you mean {near}?" if close else "Identifiers are written as in the files.",
                name=identifier,
                near=", ".join(close),
            )
    return told


def _story(roster: "Roster", entity: Entity, record: int) -> Story:
    own = stories.states(roster, entity.name, (record,))[record]
    identifiers = list(dict.fromkeys(_key(entity, state)[0] for state in own))
    belonging: dict[str, list[list[State]]] = {}
    for name in _MEMBERSHIPS.get(entity.name, ()):
        ids = stories.naming(roster, name, entity.name, identifiers)
        found = stories.states(roster, name, ids).values()
        belonging[name] = [one for one in found if _belongs(BY_NAME[name], one, entity, own)]
    told = {entity.name: [own], **belonging}
    records = {name: [states[0].record for states in many] for name, many in told.items()}
    decided = decisions.about(roster, entity.name, _key(entity, own[-1])[0], records)
    tellers = _Tellers(roster, [states for many in told.values() for states in many], decided)
    chapter, *_ = tellers.chapters(entity, [own])
    members = [member for name, many in belonging.items() for member in tellers.chapters(BY_NAME[name], many)]
    return Story(chapter, tuple(members), _names(roster, [chapter, *members]))


def _belongs(member: Entity, states: list[State], entity: Entity, own: list[State]) -> bool:
    """Whether the membership was ever this record's: another one may have had its identifier."""
    return any(
        state.is_active and (state.values[field.name],) == _key(entity, mine) and _overlap(state, mine)
        for state in states
        for field in references(member, entity)
        for mine in own
    )


def _overlap(one: State, other: State) -> bool:
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


def _key(entity: Entity, state: State) -> tuple[str, ...]:
    return tuple(state.values[name] or "" for name in entity.key)


class _Tellers:
    """The runs that some states came with, what runs kept, and what people decided."""

    def __init__(self, roster: "Roster", told: Iterable[list[State]], decided: Sequence[Keep | Pin]) -> None:
        self.roster = roster
        self.decided = decided
        revisions = {state.since for states in told for state in states}
        self.reached = stories.runs_reaching(roster, revisions)

    def chapters(self, entity: Entity, told: list[list[State]]) -> Iterator[Chapter]:
        """A chapter for each record, what is active first, then by key."""
        keys = {_key(entity, state) for states in told for state in states}
        kept: dict[tuple[str, ...], list[tuple[int, Kept]]] = defaultdict(list)
        for run, one in stories.kept(self.roster, entity.name, keys):
            kept[one.key].append((run, one))
        runs = stories.runs_numbered(self.roster, {run for many in kept.values() for run, _ in many})
        for states in sorted(told, key=lambda one: (not one[-1].is_active, _key(entity, one[-1]))):
            last = states[-1]
            happened: list[Event | Keeping] = [
                *self._events(entity, states),
                *_keepings(entity, states, kept, runs),
            ]
            decided = deciding.decided(self.decided, entity, last.record, _key(entity, last))
            events = _in_order(happened, decided)
            yield Chapter(entity.name, _key(entity, last), last.is_active, last.values, events)

    def _events(self, entity: Entity, states: list[State]) -> Iterator[Event]:
        for before, state in pairwise([None, *states]):
            assert state
            run = self.reached[state.since]
            file = run.input.file_of(entity.name)
            change = change_of(
                entity,
                Reason(state.reason),
                state.line,
                (before.is_active if before else None, state.is_active),
                list(state.values.values()),
                list(before.values.values()) if before else [None] * len(entity.fields),
            )
            yield Event(_teller(run), change, file.name if file else "")


def _keepings(
    entity: Entity,
    states: list[State],
    kept: Mapping[tuple[str, ...], list[tuple[int, Kept]]],
    runs: Mapping[int, Run],
) -> Iterator[Keeping]:
    """What runs kept of a record, while it had the key that they named; of runs on end one."""
    ours = sorted(
        (
            (number, one)
            for key in {_key(entity, state) for state in states}
            for number, one in kept.get(key, ())
            if any(_key(entity, state) == key and _was(state, runs[number].revision) for state in states)
        ),
        key=lambda pair: pair[0],
    )
    begun: Keeping | None = None
    for number, one in ours:
        teller = _teller(runs[number])
        alike = (number, one.reason, one.code, one.keep, one.why)
        if begun and (begun.last.run + 1, begun.reason, begun.code, begun.keep, begun.why) == alike:
            begun = replace(begun, last=teller)
            continue
        if begun:
            yield begun
        told = (one.reason, one.code, one.file, one.line, one.keep, one.why, one.until)
        begun = Keeping(teller, teller, *told)
    if begun:
        yield begun


def _was(state: State, revision: int) -> bool:
    return state.since <= revision and (state.until is None or revision < state.until)


def _in_order(
    happened: Iterable[Event | Keeping], decided: Iterable[Decision]
) -> tuple[Event | Keeping | Decision, ...]:
    """What happened by run, and what was decided before the first run that finished after it."""
    told: list[Event | Keeping | Decision] = [*sorted(happened, key=lambda one: one.since.run)]
    for decision in sorted(decided, key=lambda one: datetime.fromisoformat(one.moment)):
        moment = datetime.fromisoformat(decision.moment)
        later = (place for place, one in enumerate(told) if datetime.fromisoformat(one.moment) > moment)
        told.insert(next(later, len(told)), decision)
    return tuple(told)


def _teller(run: Run) -> Teller:
    return Teller(run.number, run.finished, run.actor, run.undoes)


def _names(roster: "Roster", chapters: Iterable[Chapter]) -> dict[tuple[str, str], str]:
    """What the records are called that the chapters are about or name."""
    named: dict[str, set[str]] = defaultdict(set)
    for chapter in chapters:
        kind = BY_NAME[chapter.entity]
        for field in kind.references:
            identifier = chapter.values[field.name]
            if field.reference and identifier and not field.type.is_list:
                named[field.reference.entity].add(identifier)
    names = {}
    for target, identifiers in named.items():
        for identifier, words in stories.called(roster, target, identifiers, CALLED_BY[target]).items():
            names[target, identifier] = called(target, dict(zip(CALLED_BY[target], words, strict=True)))
    return names
