"""Gets letters back in rows that hold control characters in their place, which keep them from being read."""

import re
from collections.abc import Iterator
from pathlib import Path

from cartable.engine.garbling import regained
from cartable.engine.heading import Header, judge
from cartable.engine.recognising import peek
from cartable.engine.splitting import Record, joined, records, split_end, text_of
from cartable.formats.format import File, Format
from cartable.formats.sds import SDS_V2_1
from cartable.model.repairs import Repair

_PIECE = 1024 * 1024
# The control characters C1 in UTF-8: what Latin-1 has where UTF-8 has parts of letters.
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")


def regain_letters(source: Path, target: Path, file: File, layout: Format = SDS_V2_1) -> Iterator[Repair]:
    """Write values that were garbled into control characters as they were, where the whole value tells.

    Writes only once its first repair is asked for; they are yielded as they are made.
    """
    head = peek(source)
    if head.fault or not _has_controls(source):
        return
    header = judge(head, file, layout)
    if header.fatal:
        return
    with source.open("rb") as stream:
        if not any(_regained(record, header) for record in records(stream)):
            return
    with source.open("rb") as stream, target.open("wb") as out:
        for record in records(stream):
            changes = _regained(record, header)
            if not changes:
                out.write(record.raw)
                continue
            cells = record.cells or []
            before = {place: text_of(cells[place]) for place in changes}
            values = {place: value.encode() for place, value in changes.items()}
            out.write(joined(cells, values) + split_end(record.raw)[1])
            for place, value in changes.items():
                column = header.names[place]
                yield Repair("mojibake", file.name, record.line, column, before[place], value)


def _regained(record: Record, header: Header) -> dict[int, str]:
    """By place, the values with control characters that were something else; none that may not be shown."""
    if record.cells is None or record.is_bare or len(record.cells) != header.width:
        return {}
    if not _CONTROL.search(record.raw):
        return {}
    return {
        place: value
        for place, cell in enumerate(record.cells)
        if _CONTROL.search(cell) and place not in header.secret
        if (value := regained(text_of(cell)))
    }


def _has_controls(source: Path) -> bool:
    with source.open("rb") as stream:
        before = b""
        while piece := stream.read(_PIECE):
            if _CONTROL.search(before + piece):
                return True
            before = piece[-1:]
    return False
