"""Small districts of several schools, whose deliveries tests take something away from."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.flow.rosters import Files, lines

Row = dict[str, str]

COLUMNS: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name", "type", "parentSourcedId"),
    "academicSessions": ("sourcedId", "title", "type", "schoolYear", "startDate", "endDate"),
    "users": ("sourcedId", "username", "email"),
    "courses": ("sourcedId", "orgSourcedId", "title", "schoolYearSourcedId"),
    "classes": ("sourcedId", "orgSourcedId", "title", "sessionSourcedIds", "courseSourcedId"),
    "roles": ("userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "grade"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "relationships": ("userSourcedId", "relationshipUserSourcedId", "relationshipRole"),
    "demographics": ("userSourcedId", "sex"),
}
KEYS: dict[str, tuple[str, ...]] = {
    "roles": ("userSourcedId", "orgSourcedId", "role", "sessionSourcedId"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "relationships": ("userSourcedId", "relationshipUserSourcedId"),
    "demographics": ("userSourcedId",),
}


def key_of(entity: str, row: Row) -> tuple[str, ...]:
    """The key of a row."""
    return tuple(row[name] for name in KEYS.get(entity, ("sourcedId",)))


@dataclass(frozen=True)
class District:
    """Rows by entity, in the order of `COLUMNS`."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {entity: [] for entity in COLUMNS})

    def add(self, entity: str, *values: str) -> None:
        """Add a row; what is not given is empty."""
        columns = COLUMNS[entity]
        padded = (*values, *[""] * (len(columns) - len(values)))
        self.rows[entity].append(dict(zip(columns, padded, strict=True)))

    def without(self, **gone: Callable[[Row], bool]) -> "District":
        """The same without the rows of which a function by entity says so."""
        return District(
            {
                entity: [row for row in rows if entity not in gone or not gone[entity](row)]
                for entity, rows in self.rows.items()
            }
        )

    def with_(self, **changed: Callable[[Row], Row]) -> "District":
        """The same with rows changed by a function by entity."""
        return District(
            {
                entity: [changed[entity](dict(row)) if entity in changed else row for row in rows]
                for entity, rows in self.rows.items()
            }
        )

    def leave(self, people: Iterable[str]) -> "District":
        """The same without some people and all that is theirs."""
        gone = frozenset(people)
        return self.without(
            users=lambda row: row["sourcedId"] in gone,
            **{
                entity: lambda row: row["userSourcedId"] in gone
                for entity in ("roles", "enrollments", "relationships", "demographics")
            },
        )

    def files(self, *, with_empty: bool = False) -> Files:
        """The files of all entities that have rows; those without too, where that is asked."""
        return {
            entity: lines(",".join(columns), *(_line(row, columns) for row in self.rows[entity]))
            for entity, columns in COLUMNS.items()
            if self.rows[entity] or with_empty
        }


def _line(row: Row, columns: tuple[str, ...]) -> str:
    return ",".join(json.dumps(row[name]) if "," in row[name] else row[name] for name in columns)


def district(schools: int, pupils: int, classes: int = 2) -> District:
    """Schools S1, S2 ... of a district D, each with pupils S1-1, S1-2 ... and classes S1-A, S1-B ..."""
    made = District()
    made.add("orgs", "D", "District", "district")
    made.add("academicSessions", "Y", "Year", "schoolYear", "2027", "2026-09-01", "2027-07-03")
    made.add("courses", "MATH", "D", "Mathematics", "Y")
    for number in range(1, schools + 1):
        school = f"S{number}"
        made.add("orgs", school, f"School {number}", "school", "D")
        names = [f"{school}-{chr(ord('A') + place)}" for place in range(classes)]
        for name in names:
            made.add("classes", name, school, f"Class {name}", "Y", "MATH")
        for pupil in range(1, pupils + 1):
            person = f"{school}-{pupil}"
            made.add("users", person, person.lower(), f"{person.lower()}@ecole.example")
            made.add("roles", person, school, "student", "Y", f"{pupil % 3 + 1:02}")
            made.add("enrollments", names[pupil % classes], person, "student")
    return made


def people(school: str, first: int, last: int) -> list[str]:
    """Pupils of a school by their numbers, both included."""
    return [f"{school}-{number}" for number in range(first, last + 1)]
