"""Whatever happens in whatever order: the roster, its past and its audit chain are what a simple model says.

Deliveries with damage and absence, held plans that are approved or dropped, keeps, pins and releases, undos,
erasures, backups that are restored elsewhere, plans that somebody has altered.
"""

import copy
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cartable.errors import HoldExpired, PlanForeign, PlanStale, PlanUnreadable, UsageError
from cartable.flow import auditing, backing, holding, planning, retention, undoing
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from cartable.store import opening, queries
from tests.checksums import counted, remembered
from tests.sequences.conftest import Databases, examples
from tests.sequences.decided import Decided
from tests.sequences.model import COLUMNS, KEYS, Key, Record, write
from tests.sequences.test_decisions import FIRST, Deciding, Keeping, Pinning, Releasing, decisions
from tests.sequences.test_sequences import PEOPLE, Rows, deliveries, held

_PLACES = 1 << 20

Content = dict[str, dict[Key, dict[str, Any]]]


@dataclass
class Waiting:
    """A held plan: its number, what it delivers, and what it rests on."""

    number: int
    rows: Rows
    today: date
    revision: int
    decided: int


@dataclass
class Moved:
    """A run that moved the roster: the model as it was before, and the pin that it set, if any."""

    number: int
    before: Decided
    pinned: int | None = None


@dataclass
class World:
    """A roster and its model."""

    place: Path
    database: str
    patch: pytest.MonkeyPatch
    today: date = FIRST
    waiting: Waiting | None = None
    moved: list[Moved] = field(default_factory=list)
    past: dict[int, Content] = field(default_factory=dict)
    decided: int = 0
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.model = Decided()
        self.deciding = Deciding(self.database, self.model, [])
        self.past[0] = {entity: {} for entity in COLUMNS}
        self.wake()

    def wake(self) -> None:
        self.patch.setenv("CARTABLE_NOW", f"{self.today}T08:00:00+00:00")

    def delivery(self, rows: Rows) -> Path:
        return write(self.place / f"delivery-{next(self.numbers)}", rows)

    def content(self) -> Content:
        return {entity: held(self.database, entity) for entity in COLUMNS}

    def expected(self) -> Content:
        return {entity: self.model.active(entity) for entity in COLUMNS}

    def last(self) -> tuple[int, int]:
        """Number of the last run, and the revision of the roster."""
        with opening.opened(self.database) as roster:
            run = queries.last_run(roster)
            return (run.number if run else 0), queries.state(roster).revision


class Everything(RuleBasedStateMachine):
    """What people and nights do to a roster."""

    world: World

    def _moves(self, before: Decided, *, pinned: int | None = None) -> None:
        """Note the run that has just moved the roster, if one has."""
        number, revision = self.world.last()
        if revision not in self.world.past:
            self.world.moved.append(Moved(number, before, pinned))
        self.world.past[revision] = self.world.content()

    @initialize(rows=deliveries(("none",)))
    def begin(self, rows: Rows) -> None:
        """All are there at first, so that there is something to lose."""
        self.deliver(rows)

    @rule(rows=deliveries())
    def deliver(self, rows: Rows) -> None:
        world = self.world
        before = copy.deepcopy(world.model)
        path = world.delivery(rows)
        with planning.planned(path, world.database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
            plan.apply("sync")
        world.model.night(rows, world.today)
        self._moves(before)

    @rule(rows=deliveries(("none", "absent", "absent")))
    def deliver_and_wait(self, rows: Rows) -> None:
        world = self.world
        before = copy.deepcopy(world.model)
        with planning.planned(world.delivery(rows), world.database, CheckOptions(), actor="ann") as (_, plan):
            if plan.header.quarantined:
                return  # see test_quarantine
            _, run, waiting = holding.sync(plan)
        if run:
            world.model.night(rows, world.today)
            self._moves(before)
        elif waiting:
            revision = world.last()[1]
            world.waiting = Waiting(waiting.number, rows, world.today, revision, world.decided)

    @precondition(lambda self: self.world.waiting is not None)
    @rule(is_approved=st.booleans())
    def decide(self, is_approved: bool) -> None:
        world = self.world
        waiting, world.waiting = world.waiting, None
        assert waiting
        before = copy.deepcopy(world.model)
        stands = world.last()[1] == waiting.revision
        try:
            if is_approved:
                with holding.approved(world.database, waiting.number, actor="bob"):
                    pass
            else:
                holding.discard(world.database, waiting.number, actor="bob", why="wrong export")
        except HoldExpired:
            assert not stands or world.today > waiting.today + timedelta(2)
        except PlanStale:
            assert stands
            assert world.decided != waiting.decided or world.today != waiting.today
        else:
            assert stands
            if is_approved:
                assert world.decided == waiting.decided
                world.model.night(waiting.rows, waiting.today)
                self._moves(before)

    @rule(decided=decisions())
    def decide_beforehand(self, decided: list[Keeping | Pinning | Releasing]) -> None:
        world = self.world
        for one in decided:
            before, pins = copy.deepcopy(world.model), len(world.deciding.pinned)
            match one:
                case Keeping():
                    world.deciding.keep(one, world.today)
                case Pinning():
                    world.deciding.pin(one)
                case Releasing():
                    world.deciding.release(one, world.today)
            world.decided += 1
            self._moves(before, pinned=pins if len(world.deciding.pinned) > pins else None)

    @rule(days=st.integers(1, 2))
    def sleep(self, days: int) -> None:
        self.world.today += timedelta(days)
        self.world.wake()

    @rule()
    def take_back_again(self) -> None:
        """The same, so that it happens as often as what it takes back."""
        if self.world.moved:
            self.take_back()

    @precondition(lambda self: self.world.moved)
    @rule()
    def take_back(self) -> None:
        """Take the last run back that moved the roster and was not taken back."""
        world = self.world
        last = world.moved.pop()
        with undoing.undone(world.database, last.number, actor="ann") as undo:
            left = {(one.entity, one.key[: len(KEYS[one.entity])]) for one in undo.left()}
            run = undo.apply()
        found = world.content()
        for entity, now in world.model.records.items():
            was = last.before.records[entity]
            for key in {*now, *was}:
                if (entity, key) in left:
                    # What is left is as it is.
                    values = found[entity].get(key)
                    now[key] = Record(dict(values), True) if values else Record(now[key].values, False)
                elif key in was:
                    now[key] = copy.deepcopy(was[key])
                else:
                    now[key] = Record(now[key].values, False)
        if run and last.pinned is not None:
            world.model.pins.pop(world.deciding.pinned[last.pinned], None)
        world.decided += 1
        world.past[world.last()[1]] = found

    @rule(person=st.sampled_from(PEOPLE))
    def forget(self, person: str) -> None:
        world = self.world
        try:
            with retention.forgotten(world.database, person, actor="ann") as erasure:
                erasure.apply()
        except UsageError:
            assert (person,) not in world.model.records["users"]
            return
        for entity, key in [(e, k) for e, records in world.model.records.items() for k in records]:
            if _names(entity, key, person):
                del world.model.records[entity][key]
        for one in list(world.model.pins):
            if _names(one[0], one[1], person):
                del world.model.pins[one]
        for keep in world.model.keeps:
            if keep.user == person:
                keep.user = "erased"
        for content in world.past.values():
            for entity, records in content.items():
                for key in [key for key in records if _names(entity, key, person)]:
                    del records[key]
        # What was before cannot be made again.
        world.moved.clear()
        world.past[world.last()[1]] = world.content()

    @rule(place=st.integers(0, _PLACES - 1), byte=st.integers(1, 255), rows=deliveries())
    def alter(self, place: int, byte: int, rows: Rows) -> None:
        """Alter one byte of a saved plan."""
        world = self.world
        path = world.place / f"plan-{next(world.numbers)}"
        with planning.planned(world.delivery(rows), world.database, CheckOptions()) as (_, plan):
            plan.save(path)
        content = bytearray(path.read_bytes())
        # No two plans of the same are equally long.
        content[place * len(content) // _PLACES] ^= byte
        path.write_bytes(content)
        with (
            pytest.raises((PlanUnreadable, PlanForeign)),
            planning.opened_plan(path, world.database, accept=tuple(GUARDS)) as plan,
        ):
            plan.apply("apply")

    @precondition(lambda self: self.world.database.startswith("sqlite") and self.world.last()[1] % 3 == 0)
    @rule()
    def move(self) -> None:
        """Restore a backup elsewhere, and go on there."""
        world = self.world
        number = next(world.numbers)
        backing.back_up(world.database, world.place / f"{number}.backup")
        world.database = f"sqlite:///{world.place / f'restored-{number}.db'}"
        world.deciding.database = world.database
        backing.restore(world.place / f"{number}.backup", world.database)

    @invariant()
    def is_what_the_model_says(self) -> None:
        assert self.world.content() == self.world.expected()

    @invariant()
    def remembers_every_day(self) -> None:
        world = self.world
        with opening.opened(world.database) as roster:
            for revision, content in world.past.items():
                for entity, records in content.items():
                    found = {
                        tuple(str(one[name] or "") for name in KEYS[entity]): {
                            name: one[name] or "" for name in COLUMNS[entity]
                        }
                        for one in queries.records_as_of(roster, entity, revision)
                    }
                    assert found == records, (revision, entity)

    @invariant()
    def knows_at_a_glance_what_it_holds(self) -> None:
        assert remembered(self.world.database, "main") == counted(self.world.database, "main")

    @invariant()
    def can_be_verified(self) -> None:
        assert not auditing.verify(self.world.database).breaks


def _names(entity: str, key: Key, person: str) -> bool:
    named = dict(zip(KEYS[entity], key, strict=True))
    return (named["sourcedId"] if entity == "users" else named.get("userSourcedId")) == person


def test_whatever_happens_the_roster_is_what_the_model_says(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    class Here(Everything):
        def __init__(self) -> None:
            super().__init__()
            place = tmp_path_factory.mktemp("everything")
            self.opened = ExitStack()
            patch = self.opened.enter_context(pytest.MonkeyPatch.context())
            database = self.opened.enter_context(databases(place))
            if database.startswith("postgresql"):
                patch.setenv("CARTABLE_VAULT", str(place / "vault"))
            self.world = World(place, database, patch)

        def teardown(self) -> None:
            self.opened.close()
            shutil.rmtree(self.world.place)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples(5),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # A world takes seconds: smaller ones would be sought for hours.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )
