"""Whatever is renamed, and however often: nobody leaves, nothing is lost, every reference resolves."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cartable.flow import undoing
from cartable.flow.gates import GUARDS
from cartable.model.entities import BY_NAME
from cartable.store import opening, runs
from tests.flow.rosters import Nights, lines
from tests.flow.schools import see_that_all_resolves
from tests.sequences.conftest import Databases, examples

Rows = Mapping[str, list[tuple[str, ...]]]

HEADERS = {
    "orgs": "sourcedId,name,type,parentSourcedId",
    "academicSessions": "sourcedId,title,type,schoolYear,startDate,endDate",
    "users": "sourcedId,username,email",
    "courses": "sourcedId,orgSourcedId,title,schoolYearSourcedId",
    "classes": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
    "roles": "userSourcedId,orgSourcedId,role,sessionSourcedId",
    "enrollments": "classSourcedId,userSourcedId,role",
    "relationships": "userSourcedId,relationshipUserSourcedId,relationshipRole",
    "demographics": "userSourcedId,birthDate",
    "userFlags": "userSourcedId,flag",
}
SESSIONS = (
    ("Y", "Year", "schoolYear", "2027", "2026-09-01", "2027-07-03"),
    ("T1", "Term 1", "term", "2027", "2026-09-01", "2026-12-18"),
    ("T2", "Term 2", "term", "2027", "2027-01-04", "2027-07-03"),
)


@st.composite
def districts(draw: st.DrawFn) -> Rows:
    """Schools, people and classes, each known by something of its own; classes have members."""
    schools = [f"S{n}" for n in range(draw(st.integers(1, 3)))]
    people = [f"P{n}" for n in range(draw(st.integers(2, 7)))]
    classes = [f"K{n}" for n in range(draw(st.integers(1, 4)))]
    one_of, some = st.sampled_from, lambda of: st.sets(st.sampled_from(of), min_size=1)
    return {
        "orgs": [("D", "District", "district", "")]
        + [(s, f"School {s[1:]}", "school", "D") for s in schools],
        "academicSessions": list(SESSIONS),
        "users": [
            (p, f"person.{p[1:]}", draw(one_of(["", f"person.{p[1:]}@ecole.example"]))) for p in people
        ],
        "courses": [("M", draw(one_of(schools)), "Course", "Y")],
        "classes": [
            (
                *(k, draw(one_of(schools)), f"Class {k[1:]}"),
                *('"' + ",".join(draw(some(["Y", "T1", "T2"]))) + '"', draw(one_of(["", "M"]))),
            )
            for k in classes
        ],
        "roles": [(p, draw(one_of(schools)), "student", draw(one_of(["", "Y"]))) for p in people],
        "enrollments": [(k, p, "student") for k in classes for p in sorted(draw(some(people)))],
        "relationships": [(people[0], people[1], "parent")],
        "demographics": [(p, f"2014-05-0{1 + int(p[1:])}") for p in draw(some(people))],
        "userFlags": [(p, "iep") for p in draw(some(people))],
    }


@st.composite
def absences(draw: st.DrawFn, rows: Rows) -> Rows:
    """The district when some who belong to it, but to whom nothing belongs, are not there."""
    gone = {e: draw(st.sets(st.sampled_from(range(len(rows[e]))))) for e in ("enrollments", "demographics")}
    kept = {k for n, (k, *_) in enumerate(rows["enrollments"]) if n not in gone["enrollments"]}
    # A class without members would not be known again.
    return {
        entity: [
            row
            for n, row in enumerate(listed)
            if n not in gone.get(entity, ()) or (entity == "enrollments" and row[0] not in kept)
        ]
        for entity, listed in rows.items()
    }


def files(rows: Rows, names: Mapping[str, str], *, backwards: bool) -> dict[str, str]:
    """The delivery with other identifiers, and its rows the other way round."""

    def told(cell: str) -> str:
        parts = cell.strip('"').split(",")
        renamed = ",".join(names.get(part, part) for part in parts)
        return f'"{renamed}"' if cell.startswith('"') else renamed

    return {
        entity: lines(
            HEADERS[entity], *(",".join(map(told, row)) for row in (listed[::-1] if backwards else listed))
        )
        for entity, listed in rows.items()
    }


def identifiers(rows: Rows) -> list[str]:
    return [row[0] for entity, listed in rows.items() if len(BY_NAME[entity].key) == 1 for row in listed]


def whole(nights: Nights) -> list[list[dict[str, object]]]:
    """Every record, its internal id first."""
    return [sorted(nights.every_record(entity), key=lambda one: one["id"]) for entity in HEADERS]


def see_that_it_can_be_taken_back(nights: Nights, times: int) -> None:
    """Take the last run back, then that, and so on: the roster is as it was before and after it by turns."""
    with opening.opened(nights.database) as roster:
        number = next(runs.runs(roster)).number
    contents = [whole(nights)]
    for turn in range(2 * times):
        with undoing.undone(nights.database, number + turn) as undo:
            assert not list(undo.left())
            if (run := undo.apply()) is None:
                return
        assert run.number == number + turn + 1
        contents.append(whole(nights))
    assert contents[0::2] == contents[:1] * (times + 1)
    assert contents[1::2] == contents[1:2] * times


@settings(max_examples=examples(4), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_who_is_renamed_is_who_they_were(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    district = data.draw(districts())
    place = tmp_path_factory.mktemp("renaming")
    with databases(place) as database:
        nights = Nights(place, database)
        nights.sync(files(district, {}, backwards=False))
        left = data.draw(absences(district))
        nights.sync(files(left, {}, backwards=False), *GUARDS)
        records = {entity: sorted(nights.everything(entity).values()) for entity in HEADERS}
        names: dict[str, str] = {}
        for night in range(data.draw(st.integers(1, 3))):
            for name in sorted(data.draw(st.sets(st.sampled_from(sorted(set(identifiers(left))))))):
                # Some take their first name back.
                names[name] = name if data.draw(st.booleans()) else f"{name}-{night}"
            note(str(names))
            delivered = files(left, names, backwards=data.draw(st.booleans()))
            for entity, counts in nights.sync(delivered, *GUARDS).items():
                assert counts.changing == counts.rekey + counts.update, (entity, counts)
            assert {entity: sorted(nights.everything(entity).values()) for entity in HEADERS} == records
            see_that_all_resolves(nights)
            again = nights.plan(delivered).counts
            assert not any(counts.changing for counts in again.values())
        see_that_it_can_be_taken_back(nights, data.draw(st.integers(1, 2)))
