"""Repairs how a file is separated into columns: its separator, its header, its quotation marks."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cartable.engine.heading import judge
from cartable.engine.recognising import peek
from cartable.engine.renaming import columns_meant
from cartable.engine.splitting import COMMA, QUOTE, Record, cells_of, joined, records, split_end, written
from cartable.formats.format import File, Format
from cartable.formats.sds import SDS_V2_1
from cartable.model.repairs import Repair
from cartable.rules import files as rules

_PIECE = 1024 * 1024
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
    """Write commas where the header shows that semicolons or tabs separate the columns.

    Only where most rows say so too: of rows with commas the header alone is written with commas, and
    where they say nothing clear, the file is left.
    """
    found = _found(source, file, layout)
    mark = (found or "").encode()
    if mark not in _NAMES or mark == COMMA:
        return []
    header = peek(source).line
    votes = Counter(vote for _, vote in _votes(source, mark, header))
    if votes[mark] == votes[COMMA] > 0:
        return []
    has_rows_so = votes[mark] >= votes[COMMA]
    with target.open("wb") as out:
        for record, vote in _votes(source, mark, header):
            is_so = record.line == header or (has_rows_so and vote != COMMA)
            out.write(_with_commas(record, mark) if is_so else record.raw)
    kind = "delimiter" if has_rows_so else "header-delimiter"
    return [Repair(kind, file.name, None, None, _NAMES[mark], _NAMES[COMMA])]


def _votes(source: Path, mark: bytes, header: int) -> Iterator[tuple[Record, bytes | None]]:
    """The records, and what separates the cells of a row; None of the header, and where nothing tells.

    That is what splits it into about as many cells as the header has.

    Args:
        header: physical line of the header.
    """
    width = 0
    with source.open("rb") as stream:
        for record in records(stream, mark):
            if not width:
                width = len(record.cells or ()) if record.line == header else 0
                yield record, None
                continue
            counts = [len(cells or ()) for cells in (record.cells, cells_of(split_end(record.raw)[0], COMMA))]
            by_mark, by_comma = (abs(count - width) for count in counts)
            yield record, None if by_mark == by_comma else mark if by_mark < by_comma else COMMA


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
        cells = cells_of(body, COMMA)
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
        if not any(_is_clear(record, header.secret) for record in records(stream)):
            return
    with source.open("rb") as stream, target.open("wb") as out:
        for record in records(stream):
            if not _is_clear(record, header.secret):
                out.write(record.raw)
                continue
            cells = record.cells or []
            out.write(COMMA.join(map(written, cells)) + split_end(record.raw)[1])
            for place, cell in enumerate(cells):
                if QUOTE in cell:
                    before, after = cell.decode(errors="replace"), written(cell).decode(errors="replace")
                    yield Repair("quotes", file.name, record.line, header.names[place], before, after)


def _is_clear(record: Record, secret: frozenset[int]) -> bool:
    """Whether a row is to be quoted anew; values that may not be shown are left alone."""
    return record.is_bare and not any(QUOTE in (record.cells or [])[place] for place in secret)


def _has_quote(source: Path) -> bool:
    with source.open("rb") as stream:
        return any(QUOTE in piece for piece in iter(lambda: stream.read(_PIECE), b""))


def _found(source: Path, file: File, layout: Format) -> str | None:
    """What separates the columns by the finding about it; None where nothing is wrong with it."""
    head = peek(source)
    findings = () if head.fault else judge(head, file, layout).findings
    return next((found.detail["separator"] for found in findings if found.rule is rules.DELIMITER), None)


def _with_commas(record: Record, mark: bytes) -> bytes:
    if record.cells is None:
        return record.raw
    if COMMA not in record.raw and QUOTE not in record.raw:
        return record.raw.replace(mark, COMMA)
    return COMMA.join(map(_requoted, record.cells)) + split_end(record.raw)[1]


def _requoted(cell: bytes) -> bytes:
    return cell if cell.startswith(QUOTE) else written(cell)
