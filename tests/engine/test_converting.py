"""A roster taken from OneRoster's rows is the one that SDS's rows of the same people make."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from cartable.engine import checking, reading, shaping
from cartable.engine.workspace import opened, quoted
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import ENTITIES
from cartable.model.options import CheckOptions
from tests.cli.packages import package

# What the two say alike: the roster's role by OneRoster's, in either version.
ROLES = {
    "1.1": {
        "student": "student",
        "teacher": "teacher",
        "administrator": "administrator",
        "aide": "teacherAssistant",
    },
    "1.2": {
        "student": "student",
        "teacher": "teacher",
        "principal": "principal",
        "counselor": "advisor",
        "systemAdministrator": "itAdmin",
        "ext:nurse": "nurse",
    },
}
RELATIONS = ("parent", "guardian", "relative")
RACES = ("asian", "white", "blackOrAfricanAmerican")
FIRST = date(2026, 8, 24)


@dataclass(frozen=True)
class Person:
    name: str
    role: str
    schools: tuple[int, ...]
    grade: str
    number: str
    directory: str
    classes: frozenset[int]
    contacts: frozenset[int]
    races: frozenset[str]
    sex: str


@dataclass(frozen=True)
class World:
    version: str
    schools: int
    weeks: tuple[int, ...]
    classes: tuple[tuple[int, int, str], ...]
    people: tuple[Person, ...]
    relations: tuple[str, ...]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    version = draw(st.sampled_from(sorted(ROLES)))
    schools = draw(st.integers(1, 3))
    weeks = draw(st.lists(st.integers(1, 50), min_size=1, max_size=2))
    relations = draw(st.lists(st.sampled_from(RELATIONS), max_size=2))
    places = st.integers(0, schools - 1)
    classes = draw(
        st.lists(
            st.tuples(places, st.integers(0, len(weeks) - 1), st.sampled_from(("6A", "é, «b»", "7"))),
            max_size=3,
        )
    )
    person = st.builds(
        Person,
        name=st.sampled_from(("Zoé", "Léo", "O’Neil, J", "李")),
        role=st.sampled_from(sorted(ROLES[version])),
        schools=st.lists(places, min_size=1, max_size=2, unique=True).map(tuple),
        grade=st.sampled_from(("", "06", "kg")),
        number=st.sampled_from(("", "N7")),
        directory=st.sampled_from(("", "zoe@ecole.example")),
        classes=st.frozensets(st.integers(0, max(len(classes) - 1, 0)), max_size=2 if classes else 0),
        contacts=st.frozensets(st.integers(0, max(len(relations) - 1, 0)), max_size=2 if relations else 0),
        races=st.frozensets(st.sampled_from(RACES)),
        sex=st.sampled_from(("", "male", "female")),
    )
    people = draw(st.lists(person, min_size=1, max_size=4))
    return World(version, schools, tuple(weeks), tuple(classes), tuple(people), tuple(relations))


def ends(weeks: int) -> date:
    return FIRST + timedelta(weeks=weeks)


def year(weeks: int) -> str:
    return str(ends(weeks).year)


def pairs(world: World) -> list[tuple[int, int]]:
    """Pupils and their contacts."""
    return [
        (one, other)
        for one, person in enumerate(world.people)
        if person.role == "student"
        for other in sorted(person.contacts)
    ]


def in_sds(world: World) -> dict[str, list[dict[str, str]]]:
    roles = ROLES[world.version]
    people = list(enumerate(world.people))
    users = [
        {
            "sourcedId": f"U{n}",
            "username": f"u{n}",
            "givenName": person.name,
            "familyName": "Petit",
            "activeDirectoryMatchId": person.directory,
            "userNumber": person.number,
        }
        for n, person in people
    ]
    users += [
        {"sourcedId": f"C{n}", "username": f"c{n}", "givenName": "Ana", "familyName": "Petit"}
        for n in range(len(world.relations))
    ]
    is_primary = {"isPrimary": "true"} if world.version == "1.2" else {}
    return {
        "orgs": [
            {"sourcedId": f"S{n}", "name": f"École {n}", "type": "school"} for n in range(world.schools)
        ],
        "academicSessions": [
            {
                "sourcedId": f"Y{n}",
                "title": f"Session {n}",
                "type": "term",
                "schoolYear": year(weeks),
                "startDate": FIRST.isoformat(),
                "endDate": ends(weeks).isoformat(),
            }
            for n, weeks in enumerate(world.weeks)
        ],
        "users": users,
        "roles": [
            {
                "userSourcedId": f"U{n}",
                "orgSourcedId": f"S{school}",
                "role": roles[person.role],
                "grade": person.grade,
                **is_primary,
            }
            for n, person in people
            for school in person.schools
        ],
        "courses": [{"sourcedId": "K", "orgSourcedId": "S0", "title": "Cours", "code": "K1"}],
        "classes": [
            {
                "sourcedId": f"G{n}",
                "orgSourcedId": f"S{school}",
                "title": title,
                "sessionSourcedIds": f"Y{session}",
                "courseSourcedId": "K",
                "code": title,
            }
            for n, (school, session, title) in enumerate(world.classes)
        ],
        "enrollments": [
            {"classSourcedId": f"G{one}", "userSourcedId": f"U{n}", "role": "student"}
            for n, person in people
            for one in sorted(person.classes)
        ],
        "relationships": [
            {
                "userSourcedId": f"U{one}",
                "relationshipUserSourcedId": f"C{other}",
                "relationshipRole": world.relations[other],
            }
            for one, other in pairs(world)
        ],
        "demographics": [
            {"userSourcedId": f"U{n}", "sex": person.sex, "raceCodes": ",".join(sorted(person.races))}
            for n, person in people
        ],
    }


def in_oneroster(world: World) -> dict[str, list[dict[str, str]]]:
    """The same, with what SDS has no word for left empty."""
    told = in_sds(world)
    agents: dict[str, list[str]] = {}
    for one, other in pairs(world):
        agents.setdefault(f"U{one}", []).append(f"C{other}")
        agents.setdefault(f"C{other}", []).append(f"U{one}")
    roles = [(f"U{n}", person.role, person.schools, person.grade) for n, person in enumerate(world.people)]
    roles += [(f"C{n}", relation, (0,), "") for n, relation in enumerate(world.relations)]
    users = []
    for row, (person, role, schools, grade) in zip(told["users"], roles, strict=True):
        own = {
            "sourcedId": person,
            "enabledUser": "true",
            "username": row["username"],
            "givenName": row["givenName"],
            "familyName": row["familyName"],
            "identifier": row.get("userNumber", ""),
            "userIds": f"{{activeDirectory:{name}}}"
            if (name := row.get("activeDirectoryMatchId", ""))
            else "",
            "agentSourcedIds": ",".join(agents.get(person, ())),
            "grades": grade,
        }
        if world.version == "1.1":
            own |= {"role": role, "orgSourcedIds": ",".join(f"S{one}" for one in schools)}
        users.append(own)
    rows = {
        "orgs": told["orgs"],
        "academicSessions": [
            {**one, "endDate": (date.fromisoformat(one["endDate"]) + timedelta(1)).isoformat()}
            for one in told["academicSessions"]
        ],
        "users": users,
        "courses": [{"sourcedId": "K", "title": "Cours", "courseCode": "K1", "orgSourcedId": "S0"}],
        "classes": [
            {
                "sourcedId": one["sourcedId"],
                "title": one["title"],
                "courseSourcedId": "K",
                "classCode": one["code"],
                "classType": "scheduled",
                "schoolSourcedId": one["orgSourcedId"],
                "termSourcedIds": one["sessionSourcedIds"],
            }
            for one in told["classes"]
        ],
        "enrollments": [
            {
                "sourcedId": f"E{n}",
                "schoolSourcedId": f"S{world.classes[int(one['classSourcedId'][1:])][0]}",
                **one,
            }
            for n, one in enumerate(told["enrollments"])
        ],
        "demographics": [
            {
                "sourcedId": f"U{n}",
                "sex": person.sex,
                **{race: "true" if race in person.races else "false" for race in RACES},
            }
            for n, person in enumerate(world.people)
        ],
    }
    if world.version == "1.2":
        rows["roles"] = [
            {
                "sourcedId": f"{person}-{school}",
                "userSourcedId": person,
                "roleType": "primary",
                "role": role,
                "orgSourcedId": f"S{school}",
            }
            for person, role, schools, _ in roles
            for school in schools
        ]
    return rows


def written(directory: Path, told: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    directory.mkdir()
    for name, rows in told.items():
        file = SDS_V2_1.file_of(name)
        stream = io.StringIO()
        writer = csv.DictWriter(stream, [column.name for column in file.columns], restval="")
        writer.writeheader()
        writer.writerows(rows)
        (directory / file.name).write_text(stream.getvalue(), encoding="utf-8", newline="")
    return directory


def roster_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the roster would store of a delivery, by entity."""
    with opened() as workspace:
        delivery, summary = checking.check(workspace, reading.read(workspace, path), CheckOptions())
        assert (summary.fatal, summary.error, summary.blanked) == (0, 0, 0)
        shaping.shape(workspace, delivery)
        return {
            entity.name: sorted(
                workspace.execute(f"select * exclude (_line) from {quoted('shaped_' + entity.name)}"),
                key=repr,
            )
            for entity in ENTITIES
        }


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_where_nothing_is_lost_both_formats_make_the_same_roster(world: World) -> None:
    with TemporaryDirectory() as name:
        sds = roster_of(written(Path(name) / "sds", in_sds(world)))
        oneroster = roster_of(package(Path(name) / "oneroster", world.version, in_oneroster(world)))
    assert oneroster == sds
