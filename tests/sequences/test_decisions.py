"""Nights with damage and absence, keeps and pins: after each one the roster is what the model says.

So a kept record is never inactive before its day is past, and a pinned field never changes.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cartable.errors import UsageError
from cartable.flow import keeping, pinning, planning
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from tests.sequences.conftest import Databases, examples
from tests.sequences.decided import Decided, Field, Keep
from tests.sequences.model import COLUMNS, write
from tests.sequences.test_sequences import CLASSES, PEOPLE, UNIVERSE, Rows, deliveries, held

FIRST = date(2026, 11, 24)
PINNABLE = {"orgs": ("name", "West"), "users": ("email", "pinned@example.org"), "classes": ("title", "9Z")}


@dataclass(frozen=True)
class Keeping:
    """Somebody decides to keep, for so many days."""

    user: str
    klass: str
    days: int


@dataclass(frozen=True)
class Pinning:
    """Somebody sets a field, or pins what it holds."""

    field: Field
    value: str | None


@dataclass(frozen=True)
class Releasing:
    """Somebody takes the keep or pin of a number back."""

    what: str
    number: int


def decisions() -> st.SearchStrategy[list[Keeping | Pinning | Releasing]]:
    fields = [(entity, key, PINNABLE[entity]) for entity in PINNABLE for key, _ in UNIVERSE[entity]]
    pins = st.sampled_from(fields).flatmap(
        lambda one: st.builds(
            Pinning, st.just((one[0], one[1], one[2][0])), st.sampled_from((one[2][1], None))
        )
    )
    keeps = st.builds(
        Keeping,
        st.sampled_from(("", *PEOPLE)),
        st.sampled_from(("", *CLASSES)),
        st.integers(min_value=0, max_value=2),
    )
    releases = st.builds(Releasing, st.sampled_from(("keep", "pin")), st.integers(1, 3))
    return st.lists(st.one_of(keeps, pins, releases), max_size=3)


@dataclass
class Deciding:
    """Decides in the roster and in the model, which must refuse the same."""

    database: str
    model: Decided
    pinned: list[Field]

    def keep(self, one: Keeping, today: date) -> None:
        until = today + timedelta(one.days)
        people, classes, enrolled = (self.model.active(name) for name in ("users", "classes", "enrollments"))
        is_there = bool(one.user or one.klass)
        is_there &= not one.user or (one.user,) in people
        is_there &= not one.klass or (one.klass,) in classes
        is_there &= not (one.user and one.klass) or (one.klass, one.user, "student") in enrolled
        try:
            keeping.keep(self.database, one.user, one.klass, until, "why", "anne")
        except UsageError:
            assert not is_there
        else:
            assert is_there
            self.model.keeps.append(Keep(one.user, one.klass, until))

    def pin(self, one: Pinning) -> None:
        entity, key, name = one.field
        may_be = key in self.model.active(entity) and one.field not in self.model.pins
        try:
            with pinning.pinned(
                self.database,
                entity,
                ",".join(key),
                name,
                one.value,
                why="why",
                actor="anne",
                options=CheckOptions(),
            ) as plan:
                pinning.apply(plan)
        except UsageError:
            assert not may_be
        else:
            assert may_be
            self.model.pin(one.field, one.value)
            self.pinned.append(one.field)

    def release(self, one: Releasing, today: date) -> None:
        place = one.number - 1
        if one.what == "keep":
            keeps = self.model.keeps
            may_be = place < len(keeps) and not keeps[place].is_released and today <= keeps[place].until
        else:
            # Whoever pins the field again does so by another pin.
            is_last = place < len(self.pinned) and self.pinned[place] not in self.pinned[place + 1 :]
            may_be = is_last and self.pinned[place] in self.model.pins
        try:
            released = keeping.release if one.what == "keep" else pinning.release
            released(self.database, one.number, "jean")
        except UsageError:
            assert not may_be
        else:
            assert may_be
            if one.what == "keep":
                self.model.keeps[place].is_released = True
            else:
                del self.model.pins[self.pinned[place]]


# Who is kept is mostly gone: a night after which all are there, then nights that lack much.
NIGHTS = st.tuples(
    st.tuples(deliveries(("none",)), decisions()),
    st.tuples(deliveries(("none", "absent", "absent", "empty")), decisions()),
    st.tuples(deliveries(("none", "absent")), decisions()),
    st.tuples(deliveries(), st.just([])),
)


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nights=NIGHTS)
def test_what_people_decided_holds(
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    nights: tuple[tuple[Rows, list[Keeping | Pinning | Releasing]], ...],
) -> None:
    place = tmp_path_factory.mktemp("decided")
    with databases(place) as database, pytest.MonkeyPatch.context() as patch:
        deciding = Deciding(database, Decided(), [])
        for number, (rows, decided) in enumerate(nights):
            today = FIRST + timedelta(number)
            patch.setenv("CARTABLE_NOW", f"{today}T08:00:00+00:00")
            path = write(place / str(number), rows)
            note(f"{today}: {[(r.entity, r.key, r.damage) for rs in rows.values() for r in rs]} {decided}")
            with planning.planned(path, database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
                plan.apply("sync")
            deciding.model.night(rows, today)
            for one in decided:
                match one:
                    case Keeping():
                        deciding.keep(one, today)
                    case Pinning():
                        deciding.pin(one)
                    case Releasing():
                        deciding.release(one, today)
            for entity in COLUMNS:
                assert held(database, entity) == deciding.model.active(entity), (number, entity)
