"""Whatever happens to a district: what a plan with quarantined schools leaves behind dangles nowhere.

Small districts whose records come, go, change and move at random, as deliveries without a damaged row.
Limits are so low that schools are quarantined often.
"""

import json

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cartable.flow.gates import GUARDS
from cartable.model.entities import BY_NAME
from cartable.store import opening, queries
from tests.flow.districts import COLUMNS, District, Row, key_of
from tests.flow.rosters import Nights
from tests.sequences.conftest import Databases, examples

Records = dict[str, dict[tuple[str, ...], dict[str, str | None]]]

SCHOOLS, PEOPLE, CLASSES = ("S1", "S2", "S3"), ("u1", "u2", "u3", "u4", "u5", "u6"), ("k1", "k2", "k3", "k4")
LOW = """
[deactivations]
percent = 0
minimum = 2
[deactivations.class]
minimum = 1
[updates]
percent = 0
minimum = 2
[additions]
percent = 0
minimum = 2
"""

# Every record that may be delivered: its key, and what its other columns may say.
UNIVERSE: dict[str, list[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]]] = {
    "orgs": [
        (("D",), (("District", "district", ""),)),
        *(((school,), ((school, "school", "D"), (school, "school", ""))) for school in SCHOOLS),
    ],
    "academicSessions": [
        (("Y",), (("Year", "schoolYear", "2027", "2026-09-01", "2027-07-03"),)),
        (("T",), (("Over", "term", "2027", "2026-09-01", "2026-10-31"),)),
    ],
    "users": [((user,), ((user, ""), (f"new-{user}", ""))) for user in PEOPLE],
    "courses": [
        ((course,), ((org, "Math", "Y"), (org, "Maths", ""))) for course, org in (("c0", "D"), ("c1", "S1"))
    ],
    "classes": [
        ((klass,), tuple((school, "7A", "Y,T", course) for school in SCHOOLS for course in ("c0", "c1", "")))
        for klass in CLASSES
    ],
    "roles": [
        ((user, school, role, session), (("01",), ("02",)))
        for user in PEOPLE
        for school in SCHOOLS
        for role, session in (("student", "Y"), ("teacher", ""))
    ],
    "enrollments": [((klass, user, "student"), ((),)) for klass in CLASSES for user in PEOPLE],
    "relationships": [
        (("u1", "u5"), (("guardian",),)), (("u2", "u6"), (("guardian",),)), (("u3", "u5"), (("parent",),)),
    ],
    "demographics": [((user,), (("female",), ("male",))) for user in PEOPLE],
}  # fmt: skip
REFERENCES = {
    entity: {
        one.name: (one.reference.entity, one.type.is_list)
        for one in BY_NAME[entity].references
        if one.reference
    }
    for entity in COLUMNS
}
OPTIONAL = {"parentSourcedId", "sessionSourcedIds", "courseSourcedId", "schoolYearSourcedId"}


def sound(rows: dict[str, list[Row]]) -> District:
    """The rows of which every reference is there; a reference that may be empty is emptied instead."""
    made = District()
    known: dict[str, set[str]] = {entity: set() for entity in COLUMNS}
    for entity in COLUMNS:
        for row in rows[entity]:
            if entity == "orgs":
                known["orgs"].add(row["sourcedId"])
        for row in rows[entity]:
            one = dict(row)
            for column, (target, _) in REFERENCES[entity].items():
                named = [name for name in one[column].split(",") if name in known[target]]
                one[column] = ",".join(named)
            if all(one[c] or c in OPTIONAL or not row[c] for c in REFERENCES[entity]):
                made.rows[entity].append(one)
                known[entity].add(one.get("sourcedId", ""))
    return made


@st.composite
def nights(draw: st.DrawFn) -> list[District]:
    """A district, and what becomes of it."""
    now: dict[str, list[Row]] = {entity: [] for entity in COLUMNS}
    made = []
    for _ in range(3):
        after: dict[str, list[Row]] = {}
        for entity, records in UNIVERSE.items():
            before = {key_of(entity, row): row for row in now[entity]}
            after[entity] = []
            for key, variants in records:
                fate = draw(st.sampled_from(("same", "same", "same", "gone", "drawn", "drawn")))
                if fate == "same" and key in before:
                    after[entity].append(before[key])
                elif fate == "drawn" or (not made and fate == "same"):
                    others = draw(st.sampled_from(variants))
                    after[entity].append(_row(entity, key, others))
        now = after
        made.append(sound(after))
    return made


def _row(entity: str, key: tuple[str, ...], others: tuple[str, ...]) -> Row:
    names = BY_NAME[entity].key
    rest = [column for column in COLUMNS[entity] if column not in names]
    row = dict.fromkeys(COLUMNS[entity], "") | dict(zip(names, key, strict=True))
    return row | dict(zip(rest, others, strict=False))


def records(database: str) -> Records:
    """The active records of the roster by entity and key."""
    found: Records = {}
    with opening.opened(database) as roster:
        for entity in COLUMNS:
            names = BY_NAME[entity].key
            found[entity] = {
                tuple(str(record[name]) for name in names): record
                for record in queries.active_records(roster, entity)
            }
    return found


def dangling(held: Records) -> list[tuple[str, tuple[str, ...], str, str]]:
    """References of active records to what is not active: entity, key, field, value."""
    return [
        (entity, key, field, named)
        for entity, fields in REFERENCES.items()
        for key, record in held[entity].items()
        for field, (target, is_list) in fields.items()
        for named in (json.loads(record[field] or "[]") if is_list else [record[field]])
        if named and (named,) not in held[target]
    ]


def of_school(held: Records, school: str) -> dict[str, object]:
    """What belongs to a school by its own word."""
    return {
        entity: {key: record for key, record in held[entity].items() if record["orgSourcedId"] == school}
        for entity in ("classes", "roles")
    }


@settings(
    max_examples=examples(5),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sequence=nights())
def test_what_is_quarantined_stays_as_it_was_and_nothing_dangles(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, sequence: list[District]
) -> None:
    place = tmp_path_factory.mktemp("quarantine")
    with databases(place) as database:
        roster = Nights(place, database)
        roster.guards.write_text(LOW)
        for tonight in sequence:
            before = records(database)
            files = tonight.files(with_empty=True)
            with roster.planned(files) as plan:
                header = plan.header
                note(f"{[*header.quarantined]} {[hold.guard for hold in header.holds]} {files}")
                assert header.summary.error == 0, "the delivery was meant to be sound"
                run = plan.sync()[1]
            run = run or roster.run(files, *GUARDS)
            assert run is not None
            after = records(database)
            assert dangling(after) == []
            for school in run.quarantined:
                gone = [k for e, of in of_school(before, school).items() for k in of if k not in after[e]]
                assert gone == [], school
                assert of_school(after, school) == of_school(before, school)
            for entity, counts in run.changes.items():
                if entity in COLUMNS:
                    assert len(after[entity]) - len(before[entity]) == counts.growth, entity
        # Once a person says so, the roster is what the delivery says.
        roster.run(sequence[-1].files(with_empty=True), *GUARDS)
        final = records(database)
        for entity, rows in sequence[-1].rows.items():
            assert {key_of(entity, row) for row in rows} == set(final[entity]), entity
