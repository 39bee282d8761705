"""What a roster must hold after a sequence of deliveries, told row by row without SQL.

A small world: two schools, some people, classes, roles and enrollments. Every record may be in a
delivery whole, in one of a few values, damaged in one of a few ways, or absent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Key = tuple[str, ...]
Values = dict[str, str]

COLUMNS: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name", "type"),
    "users": ("sourcedId", "username", "email"),
    "classes": ("sourcedId", "orgSourcedId", "title"),
    "roles": ("userSourcedId", "orgSourcedId", "role", "grade"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
}
KEYS: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId",),
    "users": ("sourcedId",),
    "classes": ("sourcedId",),
    "roles": ("userSourcedId", "orgSourcedId", "role"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
}
REFERENCES: dict[str, dict[str, str]] = {
    "classes": {"orgSourcedId": "orgs"},
    "roles": {"userSourcedId": "users", "orgSourcedId": "orgs"},
    "enrollments": {"classSourcedId": "classes", "userSourcedId": "users"},
}

# Each way of damaging a row: what it does to the cells, by entity.
BLANKS = {"users": ("email", "nobody at home"), "roles": ("grade", "grade 99")}
EMPTIES = {"orgs": "name", "users": "username", "classes": "title"}
LOST_KEYS = {"roles": ("role", "eleve"), "enrollments": ("role", "eleve")}


@dataclass(frozen=True)
class Row:
    """One row of a delivery: its values and how it is damaged, if it is."""

    entity: str
    values: Values
    damage: str = "none"

    @property
    def key(self) -> Key:
        return tuple(self.values[name] for name in KEYS[self.entity])

    def cells(self) -> list[str]:
        """The row's cells as they stand in the file."""
        values = dict(self.values)
        if self.damage == "blank" and self.entity in BLANKS:
            column, value = BLANKS[self.entity]
            values[column] = value
        if self.damage == "empty" and self.entity in EMPTIES:
            values[EMPTIES[self.entity]] = ""
        if self.damage == "key" and self.entity in LOST_KEYS:
            column, value = LOST_KEYS[self.entity]
            values[column] = value
        cells = [values[name] for name in COLUMNS[self.entity]]
        return [*cells, "surplus"] if self.damage == "ragged" else cells

    @property
    def is_excluded_itself(self) -> bool:
        return (
            self.damage == "ragged"
            or (self.damage == "empty" and self.entity in EMPTIES)
            or (self.damage == "key" and self.entity in LOST_KEYS)
        )

    @property
    def claim(self) -> tuple[str | None, ...]:
        """The key as far as it can be read."""
        if self.damage == "ragged":
            return tuple(None for _ in self.key)
        lost = LOST_KEYS[self.entity][0] if self.damage == "key" and self.entity in LOST_KEYS else ""
        return tuple(None if name == lost else self.values[name] for name in KEYS[self.entity])


@dataclass
class Record:
    """One record of the roster."""

    values: Values
    active: bool = True


@dataclass
class Roster:
    """The records by entity and key, and the keys of the rows that the last delivery had accepted."""

    records: dict[str, dict[Key, Record]] = field(default_factory=lambda: {entity: {} for entity in COLUMNS})
    accepted: dict[str, set[Key]] = field(default_factory=dict)

    def take(self, rows: Mapping[str, list[Row]]) -> None:
        """What applying a delivery must do."""
        readable: dict[str, set[str]] = {entity: set() for entity in COLUMNS}
        excluded: dict[str, set[str]] = {entity: set() for entity in COLUMNS}
        for entity in COLUMNS:
            self._take_entity(entity, rows[entity], readable, excluded)

    def _take_entity(
        self, entity: str, rows: list[Row], readable: dict[str, set[str]], excluded: dict[str, set[str]]
    ) -> None:
        held = self.records[entity]
        seen: set[Key] = set()
        claims: list[tuple[Key | None, tuple[str | None, ...]]] = []
        for row in rows:
            dangling = {
                column
                for column, target in REFERENCES.get(entity, {}).items()
                if row.values[column] not in readable[target]
            }
            follows = any(row.values[c] in excluded[t] for c, t in REFERENCES.get(entity, {}).items())
            if row.damage != "ragged" and "sourcedId" in row.values:
                readable[entity].add(row.values["sourcedId"])
            if row.is_excluded_itself or dangling or follows:
                if row.damage != "ragged" and "sourcedId" in row.values:
                    excluded[entity].add(row.values["sourcedId"])
                sound = tuple(
                    None if part is None or name in dangling else part
                    for part, name in zip(row.claim, KEYS[entity], strict=True)
                )
                stated = None if row.damage in ("ragged", "key") and None in row.claim else row.key
                claims.append((stated, sound))
                continue
            seen.add(row.key)
            self._accept(held, row)
        self.accepted[entity] = seen
        kept = set(self._kept(held, seen, claims))
        for key, record in held.items():
            if key not in seen and key not in kept:
                record.active = False

    @staticmethod
    def _accept(held: dict[Key, Record], row: Row) -> None:
        values = dict(row.values)
        before = held.get(row.key)
        if row.damage == "blank" and row.entity in BLANKS:
            column = BLANKS[row.entity][0]
            values[column] = before.values[column] if before else ""
        held[row.key] = Record(values)

    @staticmethod
    def _kept(
        held: Mapping[Key, Record], seen: set[Key], claims: list[tuple[Key | None, tuple[str | None, ...]]]
    ) -> Iterator[Key]:
        for stated, sound in claims:
            if stated is not None and stated in held:
                yield stated
            elif None in sound:
                yield from (
                    key
                    for key in held
                    if key not in seen
                    and all(part is None or part == own for part, own in zip(sound, key, strict=True))
                )

    def active(self, entity: str) -> dict[Key, Values]:
        """The active records' values by key."""
        return {key: record.values for key, record in self.records[entity].items() if record.active}


def write(directory: Path, rows: Mapping[str, list[Row]]) -> Path:
    """The delivery's files."""
    directory.mkdir(parents=True, exist_ok=True)
    for entity, columns in COLUMNS.items():
        lines = [",".join(columns), *(",".join(row.cells()) for row in rows[entity])]
        (directory / f"{entity}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return directory
