"""Writes the copy of a file: repaired cells in their rows, every other byte as it was."""

import hashlib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from cartable.engine.splitting import cells_of, joined, lines, split_end

# One cell to write: physical line of its row, place in the row, value.
Change = tuple[int, int, str]

_PIECE = 1024 * 1024


def copied(source: Path, target: Path) -> str:
    """Copy a file; the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as stream, target.open("xb") as out:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def rewritten(source: Path, target: Path, changes: Iterable[Change]) -> str:
    """Copy a file with some cells changed; the SHA-256 of what was read.

    Args:
        changes: in the order of their lines; each in a row without a line break.
    """
    digest = hashlib.sha256()
    due = groupby(changes, key=lambda change: change[0])
    line, cells = next(due, (0, iter(())))
    with source.open("rb") as stream, target.open("xb") as out:
        for number, record in lines(stream):
            digest.update(record)
            if number != line:
                out.write(record)
                continue
            out.write(_changed(record, {place: value.encode() for _, place, value in cells}))
            line, cells = next(due, (0, iter(())))
    return digest.hexdigest()


def _changed(record: bytes, changes: dict[int, bytes]) -> bytes:
    body, end = split_end(record)
    cells = cells_of(body, b",")
    assert cells, "a row that was read can be split"
    return joined(cells, changes) + end
