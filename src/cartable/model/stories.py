"""The story of a record: what happened to it, in which run, because of which row."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cartable.model.plans import Change, KeptReason


@dataclass(frozen=True, slots=True)
class Teller:
    """The run that something happened in.

    Args:
        finished: ISO 8601 instant.
        actor: who applied it; '' where nobody was noted.
        undoes: number of the run that it took back.
    """

    run: int
    finished: str
    actor: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a record.

    Args:
        change: with the line in the entity's file.
        file: name of the file; '' where the run had none of the entity.
    """

    teller: Teller
    change: Change
    file: str = ""

    @property
    def since(self) -> Teller:
        """The run that it happened in."""
        return self.teller

    @property
    def moment(self) -> str:
        """When it happened, an ISO 8601 instant."""
        return self.teller.finished


@dataclass(frozen=True, slots=True)
class Keeping:
    """Runs on end that left a record at its last good state, for one reason.

    Args:
        first, last: the runs between which it was kept.
        code, file, line: the rule that left its row out and the row, in the first of them.
        keep, why, until: the keep by which it stayed, what that or the protection says, and its last day.
    """

    first: Teller
    last: Teller
    reason: KeptReason
    code: str = ""
    file: str = ""
    line: int | None = None
    keep: int | None = None
    why: str = ""
    until: str = ""

    @property
    def since(self) -> Teller:
        """The run that it happened in first."""
        return self.first

    @property
    def moment(self) -> str:
        """When it happened first, an ISO 8601 instant."""
        return self.first.finished


class DecisionKind(StrEnum):
    """What somebody decided of a record, or took back."""

    KEEP = "keep-set"
    KEEP_RELEASED = "keep-released"
    PIN = "pin-set"
    PIN_RELEASED = "pin-released"


@dataclass(frozen=True, slots=True)
class Decision:
    """That somebody decided something of a record, whatever deliveries say, or took that back.

    Args:
        entity: of the record.
        number: of the keep or the pin.
        moment: ISO 8601 instant.
        actor: who did it.
        why: what the keep or the pin says.
        until: the last day of a keep, ISO 8601.
        field, value: what was pinned, and at what.
    """

    kind: DecisionKind
    entity: str
    number: int
    moment: str
    actor: str
    why: str
    until: str = ""
    field: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happened to one record, the earliest first.

    Args:
        key: as it is now.
        values: every field as it is now.
    """

    entity: str
    key: tuple[str, ...]
    is_active: bool
    values: Mapping[str, str | None]
    events: tuple[Event | Keeping | Decision, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """The story of a person, a class, an organisation, a session or a course.

    Args:
        own: of the record itself.
        memberships: of the roles, enrollments and contacts that it has or had, and of what else is
            kept of a person.
        names: what the records are called that these name, by entity and sourcedId.
    """

    own: Chapter
    memberships: tuple[Chapter, ...]
    names: Mapping[tuple[str, str], str]
