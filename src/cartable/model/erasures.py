"""What is held on people, and what is left when it is destroyed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cartable.model.entities import ENTITIES, Entity

SOURCE = ""
"""The source of what was erased: no delivery's, so that nothing that reads by source finds it."""

ERASED = "erased"
"""What stands for a value that was destroyed where there has to be one."""


def names_people(entity: Entity) -> bool:
    """Whether its records are about people: those of people themselves, and those that name one."""
    return entity.name == "users" or bool(people_named_by(entity))


def people_named_by(entity: Entity) -> tuple[str, ...]:
    """The fields of an entity that name a person."""
    return tuple(one.name for one in entity.references if one.reference and one.reference.entity == "users")


PERSONAL = tuple(entity for entity in ENTITIES if names_people(entity))
"""The entities whose records are about people, in the order of the table."""

TRAITS = ("username", "activeDirectoryMatchId", "email", "phone", "sms", "userNumber")
"""Fields of a person of which a value is one person's."""

NAMES = ("givenName", "familyName")
"""Fields of a person of which only all values together tell who it is."""


@dataclass(frozen=True)
class Subject:
    """Whose data is meant, and which records hold it.

    Args:
        records: ids of current rows, by entity name.
        identifiers: all sourcedIds that the people ever had.
        traits: the values of `TRAITS` that they ever had.
        names: the values of `NAMES`, together, that they ever had.
        keys: keys that the records ever had, by entity name.
    """

    records: Mapping[str, tuple[int, ...]]
    identifiers: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()
    names: frozenset[tuple[str, ...]] = frozenset()
    keys: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many records there are."""
        return sum(map(len, self.records.values()))

    def is_told_by(self, text: str) -> bool:
        """Whether a text as a whole is an identifier or a trait of theirs."""
        told = text.strip()
        return told in self.identifiers or told in self.traits


class Written(NamedTuple):
    """An entry of a file of the vault that people write, and its first line that names somebody."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Holding:
    """How much is held on the people of a subject.

    Args:
        active, inactive: records by entity name.
        states: states of these records, earlier ones too.
        findings: findings of runs that tell their values.
        files: kept files of deliveries that have rows of theirs.
        written: entries that name them in files that people write, such as the guards'. Those are theirs to
            change.
        grades: results of theirs in the gradebook.
    """

    active: Mapping[str, int]
    inactive: Mapping[str, int]
    states: int
    findings: int = 0
    files: int = 0
    written: tuple[Written, ...] = ()
    grades: int = 0
