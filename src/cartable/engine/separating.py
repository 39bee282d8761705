"""Splits records into cells byte by byte, so that what is not repaired stays as it was received."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cartable.engine.heading import judge
from cartable.engine.recognising import peek
from cartable.engine.renaming import columns_meant
from cartable.engine.scanning import LONGEST_ROW
from cartable.formats.format import File, Format
from cartable.formats.sds import SDS_V2_1
from cartable.model.repairs import Repair
from cartable.rules import files as rules

_PIECE = 1024 * 1024
_QUOTE, _COMMA = b'"', b","
_UNSAFE = re.compile(rb'[",\r\n]')
_NAMES = {b";": ";", b"\t": "TAB", b",": ","}


class _Record(NamedTuple):
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


def drop_separator_line(source: Path, target: Path, file: File, layout: Format = SDS_V2_1) -> list[Repair]:
    """Leave out a first line that only names the separator, where what follows is so separated."""
    head = peek(source)
    separator = _found(source, file, layout)
    if separator is None or not head.plain or not ",".join(head.names).casefold().startswith("sep="):
        return []
    with source.open("rb") as stream, target.open("wb") as out:
        line = stream.readline(_PIECE)
        while piece := stream.read(_PIECE):
            out.write(piece)
    if _found(target, file, layout) not in (None, separator):
        target.unlink()
        return []
    return [Repair("separator-line", file.name, 1, None, line.decode(errors="replace").strip("\r\n"), "")]


def separate(source: Path, target: Path, file: File, layout: Format = SDS_V2_1) -> list[Repair]:
    """Write commas where the header shows that semicolons or tabs separate the columns."""
    found = _found(source, file, layout)
    mark = (found or "").encode()
    if mark not in _NAMES or mark == _COMMA:
        return []
    with source.open("rb") as stream, target.open("wb") as out:
        for record in _records(stream, mark):
            out.write(_with_commas(record, mark))
    return [Repair("delimiter", file.name, None, None, _NAMES[mark], _NAMES[_COMMA])]


def rename_columns(source: Path, target: Path, file: File) -> list[Repair]:
    """Write a header that the format does not know as the column that it must be."""
    head = peek(source)
    if head.fault or head.misquoted is not None or not head.plain:
        return []
    meant = columns_meant(head.names, file)
    if not meant:
        return []
    with source.open("rb") as stream, target.open("wb") as out:
        body, end = split_end(stream.read(head.end))
        cells = cells_of(body, _COMMA)
        if cells is None:
            return []
        out.write(joined(cells, {place: name.encode() for place, name in meant.items()}) + end)
        while piece := stream.read(_PIECE):
            out.write(piece)
    return [
        Repair("header", file.name, head.line, name, head.names[place], name) for place, name in meant.items()
    ]


def double_quotes(source: Path, target: Path, file: File, layout: Format = SDS_V2_1) -> Iterator[Repair]:
    """Write cells in quotation marks that hold some and are not quoted, where the row is clear without.

    Writes only once its first repair is asked for; they are yielded as they are made.
    """
    head = peek(source)
    if head.fault or not _has_quote(source):
        return
    header = judge(head, file, layout)
    if header.fatal:
        return
    with source.open("rb") as stream:
        if not any(_is_clear(record, header.secret) for record in _records(stream, _COMMA)):
            return
    with source.open("rb") as stream, target.open("wb") as out:
        for record in _records(stream, _COMMA):
            if not _is_clear(record, header.secret):
                out.write(record.raw)
                continue
            cells = record.cells or []
            out.write(_COMMA.join(map(written, cells)) + split_end(record.raw)[1])
            for place, cell in enumerate(cells):
                if _QUOTE in cell:
                    before, after = cell.decode(errors="replace"), written(cell).decode(errors="replace")
                    yield Repair("quotes", file.name, record.line, header.names[place], before, after)


def _is_clear(record: _Record, secret: frozenset[int]) -> bool:
    """Whether a row is to be quoted anew; values that may not be shown are left alone."""
    return record.is_bare and not any(_QUOTE in (record.cells or [])[place] for place in secret)


def _has_quote(source: Path) -> bool:
    with source.open("rb") as stream:
        return any(_QUOTE in piece for piece in iter(lambda: stream.read(_PIECE), b""))


def cells_of(record: bytes, mark: bytes) -> list[bytes] | None:
    """The cells of a record as they are written; None where a quotation mark stands in a wrong place."""
    if _QUOTE not in record:
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
    return _COMMA.join(cells)


def written(value: bytes) -> bytes:
    """A value as a cell: in quotation marks where it needs them."""
    return _QUOTE + value.replace(_QUOTE, _QUOTE * 2) + _QUOTE if _UNSAFE.search(value) else value


def split_end(line: bytes) -> tuple[bytes, bytes]:
    """A line and its line end."""
    body = line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line
    return body, line[len(body) :]


@cache
def _cell(mark: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'"[^"]*+(?:""[^"]*+)*+"|[^"\n' + re.escape(mark) + rb"]*+")


def _found(source: Path, file: File, layout: Format) -> str | None:
    """What separates the columns by the finding about it; None where nothing is wrong with it."""
    head = peek(source)
    findings = () if head.fault else judge(head, file, layout).findings
    return next((found.detail["separator"] for found in findings if found.rule is rules.DELIMITER), None)


def _records(stream: BinaryIO, mark: bytes) -> Iterator[_Record]:
    """The records of a file; behind a quotation mark that is never closed only sound ones are split."""
    waiting, again = lines(stream), list[tuple[int, bytes]]()
    width, is_sure = 0, True
    while following := again.pop() if again else next(waiting, None):
        number, raw = following
        body, _ = split_end(raw)
        cells = cells_of(body, mark)
        width = width or len(cells or ())
        if cells:
            yield _Record(number, raw, cells)
        elif is_sure and (bare := _bare(body, mark, width)):
            yield _Record(number, raw, bare, is_bare=True)
        else:
            taken = [following]
            quotes, length = raw.count(_QUOTE), len(raw)
            while (
                quotes % 2
                and length < LONGEST_ROW
                and (more := again.pop() if again else next(waiting, None))
            ):
                taken.append(more)
                quotes += more[1].count(_QUOTE)
                length += len(more[1])
            whole = b"".join(part for _, part in taken)
            if len(taken) > 1 and (cells := cells_of(split_end(whole)[0], mark)):
                yield _Record(number, whole, cells)
            else:
                # The lines behind may be sound: only the first is given up.
                yield _Record(number, raw, None)
                is_sure = is_sure and raw.count(_QUOTE) % 2 == 0
                again += reversed(taken[1:])


def _bare(body: bytes, mark: bytes, width: int) -> list[bytes] | None:
    """The cells of a line in which no cell is quoted, though some hold quotation marks."""
    cells = body.split(mark)
    if len(cells) != width or b"\r" in body or any(cell.lstrip().startswith(_QUOTE) for cell in cells):
        return None
    return cells


def _with_commas(record: _Record, mark: bytes) -> bytes:
    if record.cells is None:
        return record.raw
    if _COMMA not in record.raw and _QUOTE not in record.raw:
        return record.raw.replace(mark, _COMMA)
    return _COMMA.join(map(_requoted, record.cells)) + split_end(record.raw)[1]


def _requoted(cell: bytes) -> bytes:
    return cell if cell.startswith(_QUOTE) else written(cell)


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
