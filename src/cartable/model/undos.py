"""What taking a run back leaves as it is, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cartable.model.decisions import Keep, Pin
from cartable.model.plans import ChangeKind

# What `--only` takes: the run's changes of that kind alone are taken back.
KINDS: Mapping[str, ChangeKind] = MappingProxyType(
    {
        "additions": ChangeKind.ADD,
        "updates": ChangeKind.UPDATE,
        "deactivations": ChangeKind.DEACTIVATE,
        "reactivations": ChangeKind.REACTIVATE,
        "closings": ChangeKind.CLOSE,
        "re-keys": ChangeKind.REKEY,
    }
)


class LeftReason(StrEnum):
    """Why a record or some of its fields stay as they are though a run that changed them is taken back."""

    CHANGED = "changed-since"
    INACTIVE = "inactive-since"
    TAKEN = "key-taken"
    DANGLING = "names-nothing"
    NAMED = "still-named"
    KEPT = "kept"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Left:
    """A record that an undo leaves as it is, whole or in some fields.

    Args:
        key: as it is now.
        fields: names of the fields that are left; empty for the whole record.
        run: number of the later run that changed it.
        other, other_key: the record that stands in the way: the one that has its former key, the one
            that it would name, or one that names it.
        decision: the keep or the pin in force by which it is left.
    """

    entity: str
    key: tuple[str, ...]
    reason: LeftReason
    fields: tuple[str, ...] = ()
    run: int | None = None
    other: str = ""
    other_key: tuple[str, ...] = ()
    decision: Keep | Pin | None = None
