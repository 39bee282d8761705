"""Deliveries with damage, absence and return: after each one the roster is what the model says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cartable.flow import planning
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from cartable.store import opening, queries
from tests.sequences.conftest import Databases, examples
from tests.sequences.model import COLUMNS, KEYS, Roster, Row, write

Rows = dict[str, list[Row]]

SCHOOLS, PEOPLE, CLASSES = ("s1", "s2"), ("u1", "u2", "u3", "u4"), ("k1", "k2")

# Every record that may ever be delivered: its key and the values that its other columns may have.
UNIVERSE: dict[str, list[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]]] = {
    # No school has a name of the other's: it would be taken for that one under another id.
    "orgs": [((s,), ((f"North {s}", "school"), (f"South {s}", "school"))) for s in SCHOOLS],
    "users": [((u,), ((u, f"{u}@example.org"), (u, f"new-{u}@example.org"), (u, ""))) for u in PEOPLE],
    "classes": [((k,), ((s, "7A"), (s, "7B"))) for k, s in zip(CLASSES, SCHOOLS, strict=True)],
    "roles": [((u, s, "student"), (("01",), ("02",), ("",))) for u in PEOPLE for s in SCHOOLS[:1]],
    "enrollments": [((k, u, "student"), ((),)) for k in CLASSES for u in PEOPLE],
}
FATES = ("absent", "none", "none", "none", "none", "blank", "empty", "key", "ragged")


@st.composite
def deliveries(draw: st.DrawFn, fates: tuple[str, ...] = FATES) -> Rows:
    def rows(entity: str) -> list[Row]:
        made = []
        for key, variants in UNIVERSE[entity]:
            fate = draw(st.sampled_from(fates))
            if fate != "absent":
                cells = dict(zip(KEYS[entity], key, strict=True))
                others = [name for name in COLUMNS[entity] if name not in cells]
                made.append(
                    Row(
                        entity,
                        {**cells, **dict(zip(others, draw(st.sampled_from(variants)), strict=True))},
                        fate,
                    )
                )
        return draw(st.permutations(made))

    return {entity: rows(entity) for entity in UNIVERSE}


def held(database: str, entity: str) -> dict[tuple[str, ...], dict[str, Any]]:
    with opening.opened(database) as roster:
        names = COLUMNS[entity]
        records = (dict(record) for record in queries.active_records(roster, entity))
        return {
            tuple(record[name] for name in KEYS[entity]): {name: record[name] or "" for name in names}
            for record in records
        }


@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=st.lists(deliveries(), min_size=2, max_size=4))
def test_a_damaged_row_is_not_a_departed_pupil(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, sequence: list[Rows]
) -> None:
    place = tmp_path_factory.mktemp("sequence")
    model = Roster()
    with databases(place) as database:
        for number, rows in enumerate(sequence):
            path = write(place / str(number), rows)
            note(json.dumps({e: [(r.key, r.damage) for r in rs] for e, rs in rows.items()}))
            with planning.planned(path, database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
                plan.apply("sync")
            model.take(rows)
            for entity in COLUMNS:
                assert held(database, entity) == model.active(entity), (number, entity)


def test_the_same_delivery_again_changes_nothing(databases: Databases, tmp_path: Path) -> None:
    rows: Rows = {
        entity: [
            Row(
                entity,
                dict(
                    zip(
                        (*KEYS[entity], *(c for c in COLUMNS[entity] if c not in KEYS[entity])),
                        (*key, *variants[0]),
                        strict=True,
                    )
                ),
            )
            for key, variants in UNIVERSE[entity]
        ]
        for entity in UNIVERSE
    }
    with databases(tmp_path) as database:
        for number in (1, 2):
            path = write(tmp_path / "delivery", rows)
            with planning.planned(path, database, CheckOptions()) as (_, plan):
                applied = plan.apply("sync")
            changing = sum(counts.changing for counts in applied.changes.values())
            assert (applied.number, applied.revision, changing > 0) == (number, 1, number == 1)
