"""Splits records into cells byte by byte, so that what is not repaired stays as it was received."""

import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO, NamedTuple

from cartable.engine.scanning import LONGEST_ROW

QUOTE, COMMA = b'"', b","
_UNSAFE = re.compile(rb'[",\r\n]')


class Record(NamedTuple):
    """A record, or a line of one that cannot be split.

    Args:
        line: physical line where it begins.
        cells: as they are written; None where it cannot be split.
        is_bare: whether quotation marks stand within cells that are not quoted, where none may.
    """

    line: int
    raw: bytes
    cells: list[bytes] | None
    is_bare: bool = False


def records(stream: BinaryIO, mark: bytes = COMMA) -> Iterator[Record]:
    """The records of a file; behind a quotation mark that is never closed only sound ones are split."""
    waiting, again = lines(stream), list[tuple[int, bytes]]()
    width, is_sure = 0, True
    while following := again.pop() if again else next(waiting, None):
        number, raw = following
        body, _ = split_end(raw)
        cells = cells_of(body, mark)
        width = width or len(cells or ())
        if cells:
            yield Record(number, raw, cells)
        elif is_sure and (bare := _bare(body, mark, width)):
            yield Record(number, raw, bare, is_bare=True)
        else:
            taken = [following]
            quotes, length = raw.count(QUOTE), len(raw)
            while (
                quotes % 2
                and length < LONGEST_ROW
                and (more := again.pop() if again else next(waiting, None))
            ):
                taken.append(more)
                quotes += more[1].count(QUOTE)
                length += len(more[1])
            whole = b"".join(part for _, part in taken)
            if len(taken) > 1 and (cells := cells_of(split_end(whole)[0], mark)):
                yield Record(number, whole, cells)
            else:
                # The lines behind may be sound: only the first is given up.
                yield Record(number, raw, None)
                is_sure = is_sure and raw.count(QUOTE) % 2 == 0
                again += reversed(taken[1:])


def _bare(body: bytes, mark: bytes, width: int) -> list[bytes] | None:
    """The cells of a line in which no cell is quoted, though some hold quotation marks."""
    cells = body.split(mark)
    if len(cells) != width or b"\r" in body or any(cell.lstrip().startswith(QUOTE) for cell in cells):
        return None
    return cells


def cells_of(record: bytes, mark: bytes) -> list[bytes] | None:
    """The cells of a record as they are written; None where a quotation mark stands in a wrong place."""
    if QUOTE not in record:
        return record.split(mark)
    cells, at = [], 0
    while cell := _cell(mark).match(record, at):
        cells.append(cell[0])
        at = cell.end()
        if at == len(record):
            return cells
        if record[at : at + 1] != mark:
            return None
        at += 1
    return None


def joined(cells: list[bytes], changes: dict[int, bytes]) -> bytes:
    """The record of these cells, some of which have another value."""
    for place, value in changes.items():
        cells[place] = written(value)
    return COMMA.join(cells)


def written(value: bytes) -> bytes:
    """A value as a cell: in quotation marks where it needs them."""
    return QUOTE + value.replace(QUOTE, QUOTE * 2) + QUOTE if _UNSAFE.search(value) else value


def text_of(cell: bytes) -> str:
    """The value of a cell as it is written; bytes that are not UTF-8 become U+FFFD."""
    if cell.startswith(QUOTE):
        cell = cell[1:-1].replace(QUOTE * 2, QUOTE)
    return cell.decode(errors="replace")


def split_end(line: bytes) -> tuple[bytes, bytes]:
    """A line and its line end."""
    body = line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line
    return body, line[len(body) :]


@cache
def _cell(mark: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'"[^"]*+(?:""[^"]*+)*+"|[^"\n' + re.escape(mark) + rb"]*+")


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """What stands between line feeds, with the physical line where it begins.

    As in `cartable.engine.scanning`, a carriage return alone is a line end too, but ends no row. A piece
    that only goes on, of a row that is too long to be read, has the line 0, which none is.
    """
    number, is_begun = 1, False
    while record := stream.readline(LONGEST_ROW + 2):
        yield 0 if is_begun else number, record
        is_begun = not record.endswith(b"\n")
        number += record.count(b"\r") - record.endswith(b"\r\n") + (not is_begun)
