"""What differs between the databases: the shape that `sqlite` and `postgresql` both have."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cartable.model.entities import Entity, Field
from cartable.model.plans import ChangeKind, ChangeRows

if TYPE_CHECKING:
    import numpy as np
    from django.db.backends.base.base import BaseDatabaseWrapper
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a plan's rows goes into a table.

    Args:
        entity, kind: which rows.
        fields: fields of the entity.
        extras: columns of the rows besides (`id`, `reason`, `digest`), spelled alike in the table.
        constants: columns of the table that are the same in every row, with their values.
    """

    entity: Entity
    kind: ChangeKind
    fields: tuple[Field, ...]
    extras: tuple[str, ...]
    constants: tuple[tuple[str, str | int], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What to ask of the plan's rows."""
        return (*(field.name for field in self.fields), *self.extras)


class Driver(Protocol):
    """One kind of database."""

    bytewise: str
    """SQL of the collation that compares texts by their bytes."""

    serial: str
    """SQL of the type of a column that numbers rows."""

    def json_text(self, text: str) -> str:
        """SQL of a text as JSON spells it."""
        ...

    def joined(self, text: str) -> str:
        """SQL of all texts of a group with commas between, in the order in which they come."""
        ...

    def in_path(self, connection: "BaseDatabaseWrapper", text: str) -> str:
        """SQL of a text as it is spelled in a path of a URL."""
        ...

    def next_day(self, day: str) -> str:
        """SQL of the day after a day, as an ISO 8601 text."""
        ...

    def next_day_of_text(self, day: str) -> str:
        """The same of a day that is a text already."""
        ...

    def json_elements(self, document: str) -> str:
        """SQL of a table of the elements of a list of objects, in the column `value`; empty for NULL."""
        ...

    def json_document(self, text: str) -> str:
        """SQL of a text as a JSON document, for `json_field`."""
        ...

    def contains(self, connection: "BaseDatabaseWrapper", text: str, part: str) -> str:
        """SQL: that a text has another one in it, whatever the case of the letters."""
        ...

    def json_field(self, document: str, *path: str) -> str:
        """SQL of a text inside a JSON object."""
        ...

    def begin_reading(self, connection: "BaseDatabaseWrapper") -> None:
        """Begin a transaction that sees one state and never stops a writer."""
        ...

    def begin_verifying(self, connection: "BaseDatabaseWrapper") -> None:
        """Likewise, and read whatever somebody has made of a value."""
        ...

    def lock(self, connection: "BaseDatabaseWrapper") -> None:
        """Inside a transaction: wait until we alone may write."""
        ...

    def patient(self, connection: "BaseDatabaseWrapper", seconds: float) -> AbstractContextManager[None]:
        """Wait no longer than this for another writer, until the block ends."""
        ...

    def lock_tables(self, connection: "BaseDatabaseWrapper") -> None:
        """Inside a transaction: wait until we alone may change the tables themselves."""
        ...

    def scrub(self, connection: "BaseDatabaseWrapper", tables: Sequence[str]) -> None:
        """Outside a transaction: leave nothing of values that were destroyed in these tables."""
        ...

    def copy(self, connection: "BaseDatabaseWrapper", table: str, wanted: Wanted, rows: ChangeRows) -> int:
        """Write a plan's rows into a table; how many there were."""
        ...

    def insert(
        self,
        connection: "BaseDatabaseWrapper",
        table: str,
        columns: Sequence[str],
        rows: Iterable[tuple[object, ...]],
    ) -> None:
        """Write tuples into a table, in batches of bounded length."""
        ...

    def measure(self, connection: "BaseDatabaseWrapper", table: str) -> None:
        """Before many rows are joined with a temporary table: let the planner know its size."""
        ...

    def text(self, field: Field, column: str) -> str:
        """SQL of a field's canonical text."""
        ...

    def instant(self, column: str) -> str:
        """SQL of an instant's canonical text, in UTC with microseconds."""
        ...

    def sha256(self, connection: "BaseDatabaseWrapper", text: str) -> str:
        """SQL of the SHA-256 of a text, hexadecimal, sorted by its bytes."""
        ...

    def folded(self, column: str) -> str:
        """SQL of a text with the capitals of ASCII as small letters, and no other."""
        ...

    def elements(self, column: str) -> str:
        """SQL of a table of the elements of a list, in the column `value`."""
        ...

    def active_digests(self, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range) -> "Ids":
        """Digests of the active rows whose id is in a range, in the order of their ids."""
        ...

    def digests(
        self, connection: "BaseDatabaseWrapper", table: str, source: str, ids: range
    ) -> "tuple[Ids, Ids]":
        """Ids and digests of the rows whose id is in a range, in the order of their ids.

        An id is negative where the record is inactive.
        """
        ...
