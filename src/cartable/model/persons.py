"""Everything that is held on a person, for whoever asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cartable.model.entities import Entity
from cartable.model.erasures import Written
from cartable.model.plans import Run


@dataclass(frozen=True, slots=True)
class HeldState:
    """What a record was for a while.

    Args:
        reason, line: why it was so, and the line of the file that said it.
        values: every field as canonical text.
        begun, ended: the runs that made it so, and something else; None where nothing tells.
    """

    is_active: bool
    reason: str
    line: int | None
    values: Mapping[str, str | None]
    begun: Run | None
    ended: Run | None


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record of the person, or one that names the person, in all its states, the earliest first."""

    entity: Entity
    states: tuple[HeldState, ...]


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Rows about the person in a kept file, the file's header first.

    Args:
        runs: which runs it was for; none where its plan was never applied, and then `name` is empty.
    """

    runs: tuple[int, ...]
    name: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class PersonRecord:
    """Everything that is held on a person.

    Args:
        person: a sourcedId.
        exported: when it was put together, ISO 8601.
        kept: what runs kept at its last good state: run, entity, key, reason, rule, file, line.
        findings: rows of findings that tell of the person.
        decisions: what people decided about the person, by what it is: rows of the ledgers.
        files: rows in kept files of deliveries.
        grades: the person's results, as the gradebook keeps them.
        written: entries that name the person in files that people write, such as the guards'.
    """

    person: str
    exported: str
    records: tuple[HeldRecord, ...]
    kept: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]
    decisions: Mapping[str, list[dict[str, Any]]]
    files: tuple[HeldRows, ...]
    written: tuple[Written, ...] = ()
    grades: tuple[Mapping[str, Any], ...] = ()
