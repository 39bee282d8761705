"""Splits records into cells byte by byte, so that what is not repaired stays as it was received."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

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
        for record in _records(iter(lambda: stream.readline(LONGEST_ROW), b""), mark):
            out.write(record)
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


def _records(lines: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    """The records with commas between their cells; what cannot be split stays as it is."""
    waiting = iter(lines)
    again: list[bytes] = []
    while line := (again.pop() if again else next(waiting, b"")):
        if _QUOTE not in line:
            yield _converted(line, mark) or line
            continue
        taken, quotes, length = [line], line.count(_QUOTE), len(line)
        while quotes % 2 and length < LONGEST_ROW and (more := again.pop() if again else next(waiting, b"")):
            taken.append(more)
            quotes += more.count(_QUOTE)
            length += len(more)
        if record := _converted(b"".join(taken), mark):
            yield record
        else:
            # The lines behind may be sound: only the first is given up.
            yield line
            again += reversed(taken[1:])


def _converted(record: bytes, mark: bytes) -> bytes | None:
    if _QUOTE not in record and _COMMA not in record:
        return record.replace(mark, _COMMA)
    body, end = split_end(record)
    cells = cells_of(body, mark)
    if cells is None:
        return None
    return _COMMA.join(cell if cell.startswith(_QUOTE) else written(cell) for cell in cells) + end
