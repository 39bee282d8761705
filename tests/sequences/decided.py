"""What a roster must hold after damaged deliveries, keeps and pins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.sequences.model import KEYS, REFERENCES, Key, Roster, Row

Field = tuple[str, Key, str]

# Which part of an entity's key names a person, and which a class.
PERSON = {"users": "sourcedId", "roles": "userSourcedId", "enrollments": "userSourcedId"}
CLASS = {"classes": "sourcedId", "enrollments": "classSourcedId"}


@dataclass
class Keep:
    """Somebody or something that stays until a day."""

    user: str
    klass: str
    until: date
    is_released: bool = False

    def means(self, entity: str, key: Key) -> bool:
        """Whether it is about the record."""
        named = dict(zip(KEYS[entity], key, strict=True))
        parts = ((self.user, PERSON), (self.klass, CLASS))
        return all(named.get(by.get(entity, "")) == value for value, by in parts if value)


@dataclass
class Decided(Roster):
    """A roster with decisions.

    Args:
        pins: what each pinned field holds.
    """

    keeps: list[Keep] = field(default_factory=list)
    pins: dict[Field, str] = field(default_factory=dict)

    def pin(self, pinned: Field, value: str | None) -> None:
        """Pin a field of an active record."""
        entity, key, name = pinned
        values = self.records[entity][key].values
        self.pins[pinned] = values[name] = values[name] if value is None else value

    def night(self, rows: Mapping[str, list[Row]], today: date) -> None:
        """What applying a delivery must do on that day."""
        before = {(entity, key) for entity in self.records for key in self.active(entity)}
        self.take(rows)
        for (entity, key, name), value in self.pins.items():
            self.records[entity][key].values[name] = value
        for keep in self.keeps:
            if not keep.is_released and today <= keep.until:
                for entity, key in before:
                    if keep.means(entity, key):
                        self._stay(entity, key, before)

    def _stay(self, entity: str, key: Key, before: set[tuple[str, Key]]) -> None:
        # What stays for a row that was left out needs the same as what no row stands for.
        if key in self.accepted[entity] or (entity, key) not in before:
            return
        record = self.records[entity][key]
        record.active = True
        for needed in self._needs(entity, record.values):
            self._stay(*needed, before)

    def _needs(self, entity: str, values: Mapping[str, str]) -> Iterator[tuple[str, Key]]:
        for column, target in REFERENCES.get(entity, {}).items():
            yield target, (values[column],)
        if entity == "enrollments":
            school = self.records["classes"][(values["classSourcedId"],)].values["orgSourcedId"]
            for key in self.records["roles"]:
                if key[:2] == (values["userSourcedId"], school):
                    yield "roles", key
