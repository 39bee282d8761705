"""The story of a record: what happened to it, in which run, because of which row."""

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Keeping:
    """Runs on end that left a record at its last good state, for one reason.

    Args:
        first, last: the runs between which it was kept.
        code, file, line: the rule that left its row out and the row, in the first of them.
    """

    first: Teller
    last: Teller
    reason: KeptReason
    code: str = ""
    file: str = ""
    line: int | None = None


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
    events: tuple[Event | Keeping, ...]


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
