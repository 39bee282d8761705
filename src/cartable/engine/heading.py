"""Reads the header of a file: its encoding, its separator and its columns."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cartable.engine.findings import Found
from cartable.engine.mistaking import UTF8_MARK, encoding_fault, mistaken
from cartable.engine.naming import alike, translated
from cartable.engine.scanning import Cut, Fault, Scanner
from cartable.formats.format import Column, File, Format, Need
from cartable.formats.oneroster import EXTENSION
from cartable.model import limits
from cartable.rules import files as rules
from cartable.rules import packages

LONGEST_HEADER = limits.HEADER.size
# Bytes that nearly every header lies in.
_USUAL_HEADER = 1 << 13
# Characters that are shown of a header that is quoted wrongly and may take in anything.
_SHOWN = 100
# A first line that only Excel understands: it names the separator.
_SEPARATOR_LINE = "sep="


@dataclass(frozen=True, slots=True)
class Head:
    """The first record of a file.

    Args:
        names: its cells; empty where it cannot be read.
        text: its bytes without byte order mark and line end, likewise.
        line: physical line where it begins.
        following: physical line behind it.
        end: byte behind it.
        blank: physical lines before it, all blank.
        crlf: whether it ends with CR LF; None where it ends with the file.
        plain: whether it is the file's first line and a single one.
        misquoted: the start of its first line, where a quotation mark breaks RFC 4180 or takes in
            further lines, else None; `names` are then those in that line, read leniently.
        fault: why the file cannot be read, or None.
    """

    names: tuple[str, ...] = ()
    text: bytes = b""
    line: int = 1
    following: int = 2
    end: int = 0
    blank: tuple[int, ...] = ()
    crlf: bool | None = None
    plain: bool = True
    misquoted: str | None = None
    fault: Found | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file.

    Args:
        width: how many columns it has.
        fields: place of the column of each field that it has, in the file's order.
        names: header of each column.
        secret: places of columns whose values are never shown.
        fatal: whether its rows cannot be read.
        findings: what is wrong with it.
    """

    width: int
    fields: Mapping[str, int]
    names: tuple[str, ...]
    secret: frozenset[int]
    fatal: bool
    findings: tuple[Found, ...]


def head_of(first: bytes, size: int) -> Head:
    """The first record that is no blank line.

    Args:
        first: the first bytes of the file, `LONGEST_HEADER` of them where it has so many.
        size: bytes of the file.
    """
    if not size:
        return Head(fault=Found(rules.EMPTY))
    if fault := mistaken(first):
        return Head(fault=fault)
    begin = len(UTF8_MARK) if first.startswith(UTF8_MARK) else 0
    if size == begin:
        return Head(fault=Found(rules.EMPTY))
    for length in (_USUAL_HEADER, len(first)):
        piece = first[:length]
        scanner = Scanner(begin, 1, cells=-1)
        # What follows matters only to a record that goes on, and that is no whole one.
        following = -1 if size <= len(piece) else 0
        cut = scanner.feed(np.frombuffer(piece, np.uint8)[begin:], following).cut
        if len(records := np.flatnonzero(cut.faults)):
            return _head_at(int(records[0]), cut, first, scanner.invalid)
    return _headless(first, size, begin, cut)


_LINE_ENDS = {"case": "line-ends", "likely": "UTF-8"}


def _head_at(at: int, cut: Cut, first: bytes, invalid: int | None) -> Head:
    """The head that is one of the records at the start of a file."""
    start, end, line = int(cut.start[at]), int(cut.end[at]), int(cut.line[at])
    blank = tuple(cut.line[:at].tolist())
    raw = first[start:end]
    several = b"\n" in raw.rstrip(b"\r\n")
    if several:
        end = first.index(b"\n", start) + 1
    if invalid is not None and invalid < end:
        fault = encoding_fault(first[start:invalid], first[invalid:end], line, shown=True)
        return Head(line=line, end=end, blank=blank, fault=fault)
    if several or (Fault.QUOTE in Fault(int(cut.faults[at])) and b"\r" not in raw.rstrip(b"\r\n")):
        return _misquoted(first[start:end], line, blank)
    text = raw.decode("utf-8").rstrip("\r\n")
    if "\r" in text:
        return Head(blank=blank, fault=Found(rules.ENCODING, line=line, detail=_LINE_ENDS))
    if (columns := int(cut.cells[at])) > limits.COLUMNS.size:
        detail = {"case": "columns", "found": str(columns), "limit": str(limits.COLUMNS.number)}
        return Head(blank=blank, fault=Found(rules.UNREADABLE, line=line, detail=detail))
    following = int(cut.last[at]) + 1
    ended = raw.endswith(b"\n")
    return Head(
        names=tuple(cells_of(text) or (text,)),
        text=raw.removesuffix(b"\n").removesuffix(b"\r"),
        line=line,
        following=following,
        end=end,
        blank=blank,
        crlf=raw.endswith(b"\r\n") if ended else None,
        plain=not blank and following == line + 1 == 2,
    )


def _misquoted(raw: bytes, line: int, blank: tuple[int, ...]) -> Head:
    """The head of a file whose header is quoted wrongly: its first line as far as it can be read."""
    text = raw.decode("utf-8", errors="replace").rstrip("\r\n")
    names = tuple(cells_of(text) or (text,))[: limits.COLUMNS.size]
    return Head(names=names, line=line, blank=blank, misquoted=text[:_SHOWN])


def _headless(first: bytes, size: int, begin: int, blanks: Cut) -> Head:
    """The head of a file whose first bytes hold no whole record but blank ones."""
    if size <= len(first):
        return Head(fault=Found(rules.EMPTY))
    blank = tuple(blanks.line.tolist())
    line, rest = len(blank) + 1, first[int(blanks.end[-1]) if blank else begin :]
    if b"\n" in rest:
        return _misquoted(rest.partition(b"\n")[0], line, blank)
    if b"\r" in rest:
        return Head(blank=blank, fault=Found(rules.ENCODING, line=line, detail=_LINE_ENDS))
    detail = {"case": "header", "limit": str(limits.HEADER.number)}
    return Head(blank=blank, fault=Found(rules.UNREADABLE, line=line, detail=detail))


def cells_of(text: str) -> list[str] | None:
    """The cells of one record, read leniently; None where a cell is longer than `csv` takes."""
    try:
        return next(csv.reader([text]), None)
    except csv.Error:
        return None


def judge(head: Head, file: File, layout: Format) -> Header:
    """Compare a header with the columns that the format has.

    Matching is exact, capitals included. Source: SDS v2.1 CSV file format, "Column headers are
    case-sensitive".
    """
    known = {column.name: column for column in (*file.columns, *file.extensions)}
    if fault := _unsplit(head, known):
        return Header(len(head.names), {}, head.names, frozenset(), fatal=True, findings=(fault,))
    legacy = {name.casefold() for name in file.legacy}
    near = nearest(tuple(name for name in head.names if name.casefold() not in legacy), known, file)
    missing = list(_missing(head, file, near))
    findings = [
        *_unknown(head, file, near, missing, layout),
        *_duplicate(head, known),
        *missing,
        *_incomplete(head, file, missing),
    ]
    places = {name: place for place, name in enumerate(head.names)}
    return Header(
        width=len(head.names),
        fields={known[name].field: places[name] for name in head.names if name in known},
        names=head.names,
        secret=frozenset(place for place, name in enumerate(head.names) if name.casefold() in legacy),
        fatal=any(finding.rule.severity == rules.MISSING.severity for finding in findings),
        findings=tuple(findings),
    )


def _unsplit(head: Head, known: Mapping[str, Column]) -> Found | None:
    """Why the header cannot be split into columns, or None."""
    first = ",".join(head.names)
    if first.casefold().startswith(_SEPARATOR_LINE) and len(first) <= len(_SEPARATOR_LINE) + 1:
        separator = first[len(_SEPARATOR_LINE) :]
        return Found(rules.DELIMITER, line=head.line, detail={"case": "sep", "separator": separator})
    if separator := _separator(head.names, known) or "":
        case = {"case": "tab"} if separator == "\t" else {}
        return Found(rules.DELIMITER, line=head.line, detail={**case, "separator": separator})
    if head.misquoted is not None:
        detail = {"case": "header-quote"}
        return Found(rules.UNREADABLE, line=head.line, value=head.misquoted, detail=detail)
    return None


def _separator(names: tuple[str, ...], known: Mapping[str, Column]) -> str | None:
    """What separates the columns, where it is no comma."""
    text = ",".join(names)

    def recognised(mark: str) -> int:
        return sum(name.strip(' "') in known for name in text.split(mark))

    best = max((";", "\t"), key=recognised)
    if len(names) == 1 and not recognised(best):
        best = max((";", "\t"), key=text.count)
        return best if best in text else None
    return best if best in text and recognised(best) > sum(name in known for name in names) else None


def _unknown(
    head: Head, file: File, near: Mapping[str, str], missing: Sequence[Found], layout: Format
) -> Iterator[Found]:
    """The columns that are none of the format's; of one that must be a missing one that is said already."""
    known = {column.name for column in (*file.columns, *file.extensions)}
    legacy = {name.casefold() for name in file.legacy}
    told = {found.detail.get("near") for found in missing}
    lost = ", ".join(found.column or "" for found in missing if not found.detail)
    for name in dict.fromkeys(head.names):
        if name in known or name in told:
            continue
        if name in file.order:  # a secret that the format has a column for, empty or not
            continue
        if name.casefold() in legacy:
            yield Found(rules.HEADER_LEGACY, line=head.line, column=name)
            continue
        detail = {"format": layout.title}
        if file.shape and name.startswith(EXTENSION):
            detail["case"] = "extension"
        elif name in near:
            detail |= _meant(name, near[name], file)
        elif lost:
            detail |= {"case": "beside", "missing": lost}
        elif not name:
            detail["case"] = "nameless"
        yield Found(rules.HEADER_UNKNOWN, line=head.line, column=name, value=name, detail=detail)


def _incomplete(head: Head, file: File, missing: Sequence[Found]) -> Iterator[Found]:
    """What a header lacks that must be whole and in order, as OneRoster's; of a faulty one all is said."""
    if not file.shape or missing:
        return
    if lacking := [name for name in file.headers if name not in head.names]:
        yield Found(packages.COLUMNS, line=head.line, detail={"missing": ", ".join(lacking)})
    elif tuple(name for name in head.names if name in file.headers) != file.headers:
        yield Found(packages.COLUMNS, line=head.line, detail={"case": "order"})


def _duplicate(head: Head, known: Mapping[str, Column]) -> Iterator[Found]:
    for name in dict.fromkeys(head.names):
        if name and (times := head.names.count(name)) > 1:
            field = known[name].field if name in known else None
            yield Found(
                rules.HEADER_DUPLICATE,
                line=head.line,
                column=name,
                field=field,
                detail={"times": str(times)},
            )


def _missing(head: Head, file: File, near: Mapping[str, str]) -> Iterator[Found]:
    stand: dict[str, str] = {}
    for name, meant in near.items():
        stand.setdefault(meant, name)
    for column in file.columns:
        if column.name in head.names or column.need is not Need.REQUIRED:
            continue
        other = stand.get(column.name)
        detail = _meant(other, other, file) if other else {}
        yield Found(
            rules.HEADER_MISSING, line=head.line, column=column.name, field=column.field, detail=detail
        )


def _meant(name: str, near: str, file: File) -> dict[str, str]:
    """The details of a header that is probably another one: what is told as near, and in which words."""
    return {"near": near, "case": "translated" if translated(name, file) else "near"}


def nearest(names: tuple[str, ...], known: Collection[str], file: File) -> dict[str, str]:
    """For names that are not known, the known one that each may stand for and that is not there."""
    strangers = [name for name in dict.fromkeys(names) if name and name not in known]
    if not strangers:
        return {}
    free = [name for name in known if name not in names]
    near = {}
    for name in strangers:
        if (word := translated(name, file)) and word in free:
            near[name] = word
        elif others := alike(name, free):
            near[name] = others[0]
    return near
