"""Repairs: what was changed in the copy of a delivery."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repair:
    """One change of a file as a whole, of its header, or of one cell.

    Args:
        kind: code of the kind of repair, see `cartable.rules.repairs`.
        file: name of the file in the copy.
        line: physical line in the file received; None for the file as a whole.
        column: the column's header in the copy; None for the file as a whole.
        before, after: what was received, and what stands in the copy.
    """

    kind: str
    file: str
    line: int | None
    column: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repairs:
    """Repairs of one kind in one column, or in one file.

    Args:
        count: how many there are.
        example: the first of them.
    """

    count: int
    example: Repair
