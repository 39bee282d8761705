"""Faults of classes that show in their enrollments."""

from cartable.generating.batches import Batch, Row
from cartable.generating.fault import RowFault, anyone
from cartable.generating.link_faults import Scene
from cartable.model.findings import Severity
from cartable.model.vocabularies import OWNER_ROLES

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
# So many rows must agree on another spelling of an identifier.
_SEVERAL = 2


def untouched_class(batch: Batch) -> tuple[Row, list[Row]] | None:
    """A class and its enrollments, none of which a fault has touched; None where it finds none."""
    row = batch.pick("classes", anyone)
    if row is None:
        return None
    enrolled = batch.having("enrollments", "classSourcedId", batch.cells(row)["sourcedId"])
    return None if batch.locked(*enrolled) else (row, enrolled)


def _ownerless(batch: Batch, fault: Scene) -> bool:
    """The teachers of a class become substitutes, who own nothing."""
    found = untouched_class(batch)
    if found is None:
        return False
    row, enrolled = found
    for enrollment in enrolled:
        if batch.cells(enrollment)["role"] in OWNER_ROLES:
            batch.change(enrollment, role="substitute")
    batch.expect(fault.name, fault.code, _WARNING, row)
    batch.lock(row, *enrolled)
    return True


def _pupilless(batch: Batch, fault: Scene) -> bool:
    """A new class with a teacher alone."""
    found = untouched_class(batch)
    if found is None:
        return False
    row, enrolled = found
    number = f"X{batch.serial():05d}"
    teacher = next(at for at in enrolled if batch.cells(at)["role"] in OWNER_ROLES)
    empty = batch.add("classes", {"sourcedId": number}, after=row)
    batch.add("enrollments", {"classSourcedId": number}, after=teacher)
    batch.expect(fault.name, fault.code, _INFO, empty)
    batch.lock(row, teacher)
    return True


def _deserted(batch: Batch, fault: Scene) -> bool:
    """A new class with nobody."""
    row = batch.pick("classes", anyone)
    if row is None:
        return False
    empty = batch.add("classes", {"sourcedId": f"X{batch.serial():05d}"}, after=row)
    batch.expect(fault.name, fault.code, _WARNING, empty)
    batch.expect(fault.name, "class.students", _INFO, empty)
    return True


def _misspelt(batch: Batch, fault: Scene) -> bool:
    """A class gets small letters in its identifier, which all its enrollments have in capitals."""
    found = untouched_class(batch)
    if found is None or len(found[1]) < _SEVERAL:
        return False
    row, enrolled = found
    batch.change(row, sourcedId=batch.cells(row)["sourcedId"].lower())
    batch.expect(fault.name, fault.code, _WARNING, row, "sourcedId")
    batch.expect(fault.name, "class.owner", _WARNING, row)
    batch.expect(fault.name, "class.students", _INFO, row)
    for enrollment in enrolled:
        batch.expect(fault.name, "reference.missing", _ERROR, enrollment, "classSourcedId")
    batch.lock(row, *enrolled)
    return True


CLASS_FAULTS: tuple[RowFault, ...] = (
    Scene(
        name="key.spelling", code="key.spelling", entity="classes",
        act=_misspelt, what="A class whose identifier all its enrollments spell otherwise.",
    ),
    Scene(
        name="class.owner.substitute", code="class.owner", entity="classes",
        act=_ownerless, what="A class whose teacher is only a substitute.",
    ),
    Scene(
        name="class.owner.nobody", code="class.owner", entity="classes",
        act=_deserted, what="A class with nobody.",
    ),
    Scene(
        name="class.students", code="class.students", entity="classes",
        act=_pupilless, what="A class with a teacher alone.",
    ),
)  # fmt: skip
