"""Whatever the nights were: a run that is taken back leaves the roster as it was before it."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cartable.flow import planning, undoing
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from cartable.model.plans import Run
from tests.sequences.conftest import Databases, examples
from tests.sequences.model import COLUMNS, KEYS, REFERENCES, write
from tests.sequences.test_sequences import Rows, deliveries, held

Place = tuple[str, tuple[str, ...]]
Content = dict[Place, dict[str, str]]


def content(database: str) -> Content:
    """The active records by entity and key."""
    return {(entity, key): values for entity in COLUMNS for key, values in held(database, entity).items()}


def dangling(of: Content) -> set[tuple[Place, str]]:
    """References of active records to what is not active: each record with the field."""

    def named() -> Iterator[tuple[Place, str]]:
        for (entity, key), values in of.items():
            for field, target in REFERENCES.get(entity, {}).items():
                if (target, (values[field],)) not in of:
                    yield (entity, key), field

    return set(named())


def taken_back(database: str, number: int) -> tuple[set[Place], Run | None]:
    """Take a run back: the records that are left, and the run that did it."""
    with undoing.undone(database, number) as made:
        # The model has no sessions, which a role's key ends with.
        left = {(one.entity, one.key[: len(KEYS[one.entity])]) for one in made.left()}
        return left, made.apply()


def differing(one: Content, other: Content) -> set[Place]:
    return {place for place in {*one, *other} if one.get(place) != other.get(place)}


@settings(max_examples=examples(4), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=st.lists(deliveries(), min_size=2, max_size=4), data=st.data())
def test_a_run_that_is_taken_back_might_never_have_been(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, sequence: list[Rows], data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("sequence")
    with databases(place) as database:
        states: list[Content] = [{}]
        for number, rows in enumerate(sequence, start=1):
            path = write(place / str(number), rows)
            with planning.planned(path, database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
                if plan.apply("sync").number == number:
                    states.append(content(database))
        number = data.draw(st.integers(1, len(sequence)), "run")
        before, made, now = states[number - 1], states[number], states[-1]
        changed_since = {one for later in states[number:] for one in differing(made, later)}

        left, undo = taken_back(database, number)
        after = content(database)
        note(f"run {number} of {len(sequence)}, left {left}")
        assert differing(after, before) - changed_since <= left
        assert differing(after, now) <= differing(before, made)
        assert dangling(after) <= dangling(now)

        # What an excluded row had kept may name what goes again: that is left too.
        again = taken_back(database, undo.number)[0] if undo else set()
        assert differing(content(database), now) <= again
        assert dangling(content(database)) <= dangling(after)
