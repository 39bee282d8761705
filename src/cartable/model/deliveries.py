"""A delivery: the files of one upload, as they were received."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Mode(StrEnum):
    """What a file says of records that it does not show."""

    WHOLE = "bulk"
    """They are gone: it holds all there are."""
    PARTLY = "delta"
    """Nothing: it holds what has changed, and what is gone is said by a row."""
    NOTHING = "absent"
    """Nothing, for it is not there, and the delivery says that it need not be."""


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file of a delivery.

    Args:
        name: file name as received.
        entity: the entity that it carries; None for a file that is none of the format's.
        sha256: digest of the bytes received, hexadecimal.
        bytes: size in bytes.
        columns: names of the fields whose column is present, in the file's order.
        readable: whether header and encoding allowed its rows to be read.
        rows: parsed records after the header; blank lines are none.
        accepted: rows that passed.
        excluded: rows left out, each with a finding.
        mode: what it says of records that it does not show.
    """

    name: str
    entity: str | None
    sha256: str
    bytes: int
    columns: tuple[str, ...] = ()
    readable: bool = False
    rows: int = 0
    accepted: int = 0
    excluded: int = 0
    mode: Mode = Mode.WHOLE

    def counted(self, *, rows: int, excluded: int) -> "DeliveredFile":
        """The same file with its row counts."""
        return replace(self, rows=rows, accepted=rows - excluded, excluded=excluded)


@dataclass(frozen=True, slots=True)
class Compared:
    """The earlier delivery that a delivery was compared with.

    Args:
        run, finished: number of the run that applied it and when that was; None and '' where none did.
        path: where it was read, as the operator named it; '' for a run's.
    """

    run: int | None = None
    finished: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The files of one upload.

    Args:
        path: where it was read, as the operator named it.
        format: code of the recognised format, or "unknown".
        files: in the order of the format's table, then the others by name.
        against: the earlier delivery that it was compared with, if any.
        taken: what the roster's entities were taken from, where the format's files are not theirs.
    """

    path: str
    format: str
    files: tuple[DeliveredFile, ...]
    against: Compared | None = None
    taken: tuple[DeliveredFile, ...] = ()

    @property
    def carriers(self) -> tuple[DeliveredFile, ...]:
        """The files as the roster's entities see them: one each, some perhaps of the same name."""
        return self.taken or self.files

    @property
    def is_whole(self) -> bool:
        """Whether its files hold all that there is, so that another one can be compared with it."""
        return all(file.mode is Mode.WHOLE for file in self.files)

    def is_silent(self, entity: str) -> bool:
        """Whether it says nothing of an entity's records that it does not show, on purpose."""
        file = self.file_of(entity)
        return file is not None and file.mode is not Mode.WHOLE

    def file_of(self, entity: str) -> DeliveredFile | None:
        """The file that carries the entity, or None."""
        return next((file for file in self.carriers if file.entity == entity), None)

    def delivers(self, entity: str) -> bool:
        """Whether rows of the entity could be read."""
        file = self.file_of(entity)
        return file is not None and file.readable
