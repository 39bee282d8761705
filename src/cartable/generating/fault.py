"""The shape of a kind of fault."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from cartable.generating.batches import Batch, Row, is_pupil, severity_of
from cartable.model.findings import Severity

# What findings need beyond the delivery itself.
CREATE_USERS, CONTACTS, NO_CONTACTS = "--create-users", "--contacts", "without --contacts"
EARLIER = "an earlier delivery"

_VICTIMS_TRIED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault.

    Args:
        name: stable name, the one that `--fault` takes.
        code: code of the finding that it causes.
        entity: the entity in whose file it is planted.
        what: what is broken, one sentence.
        needs: option or context without which its findings are not reported.
        alone: whether it stops the check, or takes away so much that what becomes of other faults
            cannot be foretold.
        mixed: whether a mix of faults may hold it; not those that need an option, or that reach far.
        once: whether a district can hold it only once.
    """

    name: str
    code: str
    entity: str
    what: str
    needs: str = ""
    alone: bool = False
    mixed: bool = True
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault(Fault, ABC):
    """A fault that is planted in the rows of one catchment."""

    @abstractmethod
    def plant(self, batch: Batch) -> bool:
        """Plant it once and note what a check must say; False where the batch has no victim for it."""


def anyone(_batch: Batch, _row: Row) -> bool:
    """Any row will do."""
    return True


def of_pupil(batch: Batch, row: Row) -> bool:
    """A role row of a pupil."""
    return batch.cells(row)["role"] == "student"


def crowded(batch: Batch, row: Row) -> bool:
    """A pupil's enrollment in a class of several pupils, which stays a class without this one."""
    cells = batch.cells(row)
    classmates = batch.having("enrollments", "classSourcedId", cells["classSourcedId"])
    return cells["role"] == "student" and len(classmates) > 3 and not batch.locked(*classmates)


def pupil(batch: Batch, row: Row) -> bool:
    """A user who is a pupil."""
    return is_pupil(batch, row)


def made(to: str | Callable[[str], str], old: str) -> str:
    """A new value: the one given, or made from the old one."""
    return to if isinstance(to, str) else to(old)


def victim(
    batch: Batch, fault: Fault, who: Callable[[Batch, Row], bool], *, falls: bool, code: str
) -> Row | None:
    """A row to break; where it `falls` out of the delivery, one whose followers are all untouched.

    The followers are noted and locked, as are the row and the user or class that it is about.
    """
    for _ in range(_VICTIMS_TRIED):
        row = batch.pick(fault.entity, who)
        if row is None:
            return None
        fallen = batch.followers(row, code) if falls else []
        if fallen is not None:
            batch.lock(row, *batch.referred(row))
            batch.fell(fault.name, fallen, fault.needs)
            return row
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault(RowFault):
    """One cell with a value that cannot be.

    Args:
        field: whose cell it is.
        to: the broken value, or how it is made from the good one.
        who: which rows it may befall.
        severity: what the finding is, where that does not follow from whether the column is required.
        falls: whether the row is left out, where that does not follow from it either.
    """

    field: str
    to: str | Callable[[str], str]
    who: Callable[[Batch, Row], bool] = anyone
    severity: Severity | None = None
    falls: bool | None = None

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        row = self._broken(batch)
        if row is None:
            return False
        batch.expect(self.name, self.code, self._told(), row, self.field, self.needs)
        return True

    def _told(self) -> Severity:
        return self.severity or severity_of(self.entity, self.field)

    def _broken(self, batch: Batch) -> Row | None:
        """A row whose cell was broken; None where the batch has no victim."""
        falls = self._told() is Severity.ERROR if self.falls is None else self.falls
        # Without its own key the row cannot be known as excluded: it is as good as missing.
        code = "reference.missing" if self.field == "sourcedId" else "reference.excluded"
        row = victim(batch, self, self.who, falls=falls, code=code)
        if row is not None:
            batch.change(row, **{self.field: made(self.to, batch.cells(row)[self.field])})
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFault(CellFault):
    """One cell as a spreadsheet leaves it: its column is told once, whatever becomes of its row.

    Args:
        row: code of the finding about the row itself; empty where the value may stay.
    """

    row: str = ""

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        row = self._broken(batch)
        if row is None:
            return False
        batch.expect(self.name, self.code, Severity.WARNING, row, self.field, self.needs, once=True)
        if self.row:
            batch.expect(self.name, self.row, self._told(), row, self.field, self.needs)
        return True
