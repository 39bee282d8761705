"""Reads the header of a file: its encoding, its separator and its columns."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cartable.engine.findings import Found
from cartable.engine.scanning import Fault, Scanner
from cartable.formats.format import Column, File, Format, Need
from cartable.formats.sds import TRANSLATED_HEADERS
from cartable.rules import files as rules

# A header is a few hundred bytes; what is longer is no header but a file without line ends.
LONGEST_HEADER = 1 << 20

# How alike two headers must be, in percent, for one to be a misspelling of the other.
_ALIKE = 75.0

# The longest first: the first mark of UTF-32 is also one of UTF-16.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_UTF8_MARK = b"\xef\xbb\xbf"

# How many bytes on each side of a wrong one are shown.
_AROUND = 40

# Encodings that exports come in, the likeliest first, and letters that tell which it is,
# some of them much more common than others.
_ENCODINGS = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "DOS code page 850"}
_COMMON, _LETTERS = frozenset("éèàêç"), frozenset("àâäáãçéèêëíîïñóôöõúùûüÿœæßÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒ’‘“”«»–—…°€")


@dataclass(frozen=True, slots=True)
class Head:
    """The first record of a file.

    Args:
        names: its cells; empty where it cannot be read.
        line: physical line where it begins.
        following: physical line behind it.
        end: byte behind it.
        blank: physical lines before it, all blank.
        crlf: whether it ends with CR LF; None where it ends with the file.
        plain: whether it is the file's first line and a single one.
        fault: why the file cannot be read, or None.
    """

    names: tuple[str, ...] = ()
    line: int = 1
    following: int = 2
    end: int = 0
    blank: tuple[int, ...] = ()
    crlf: bool | None = None
    plain: bool = True
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
    for mark, name in _MARKS:
        if first.startswith(mark):
            return Head(fault=Found(rules.ENCODING, line=1, detail={"likely": name}))
    if wide := _wide(first[:4]):
        return Head(fault=Found(rules.ENCODING, line=1, detail={"likely": wide}))
    begin = len(_UTF8_MARK) if first.startswith(_UTF8_MARK) else 0
    if size == begin:
        return Head(fault=Found(rules.EMPTY))
    scanner = Scanner(begin, 1, cells=-1)
    following = -1 if size <= len(first) else 0
    cut = scanner.feed(np.frombuffer(first, np.uint8)[begin:], following).cut
    records = np.flatnonzero(cut.faults)
    blank = tuple(cut.line[: records[0]].tolist() if len(records) else cut.line.tolist())
    if not len(records):
        return _headless(first, size, blank)
    at = int(records[0])
    start, end, line = int(cut.start[at]), int(cut.end[at]), int(cut.line[at])
    raw = first[start:end]
    if scanner.invalid is not None and scanner.invalid < end:
        before, piece = first[start : scanner.invalid], first[scanner.invalid : end]
        fault = encoding_fault(before, piece, line, shown=True)
        return Head(line=line, end=end, blank=blank, fault=fault)
    text = raw.decode("utf-8").rstrip("\r\n")
    if cut.faults[at] & Fault.LINEBREAK and "\r" in text.replace("\r\n", ""):
        return Head(blank=blank, fault=Found(rules.ENCODING, line=line, detail=_LINE_ENDS))
    following = int(cut.last[at]) + 1
    ended = raw.endswith(b"\n")
    return Head(
        names=tuple(cells_of(text) or (text,)),
        line=line,
        following=following,
        end=end,
        blank=blank,
        crlf=raw.endswith(b"\r\n") if ended else None,
        plain=not blank and following == line + 1 == 2,
    )


_LINE_ENDS = {"case": "line-ends", "likely": "UTF-8"}


def _headless(first: bytes, size: int, blank: tuple[int, ...]) -> Head:
    """The head of a file whose first bytes hold no whole record."""
    if size <= len(first):
        return Head(fault=Found(rules.EMPTY))
    line = len(blank) + 1
    if b"\r" in first.replace(b"\r\n", b""):
        return Head(blank=blank, fault=Found(rules.ENCODING, line=line, detail=_LINE_ENDS))
    detail = {"case": "header", "limit": str(LONGEST_HEADER)}
    return Head(blank=blank, fault=Found(rules.UNREADABLE, line=line, detail=detail))


def cells_of(text: str) -> list[str] | None:
    """The cells of one record, read leniently; None where a cell is longer than `csv` takes."""
    try:
        return next(csv.reader([text]), None)
    except csv.Error:
        return None


def encoding_fault(before: bytes, piece: bytes, line: int, *, shown: bool) -> Found:
    """The finding about a byte that is not UTF-8.

    Args:
        before: what stands before it in its line, or the last of that.
        piece: the byte and what follows.
        line: physical line that it stands in.
        shown: whether the text around it may be shown.
    """
    likely = _likely(piece)
    value = None
    if shown:
        around = before[-_AROUND:] + piece[:_AROUND].partition(b"\n")[0].rstrip(b"\r")
        value = around.decode(likely, errors="replace")
    return Found(rules.ENCODING, line=line, value=value, detail={"likely": _ENCODINGS[likely]})


def _likely(piece: bytes) -> str:
    """The encoding in which most bytes beyond ASCII are letters that names are written with."""
    beyond = bytes(byte for byte in piece[: 1 << 16] if byte > 127)

    def letters(encoding: str) -> int:
        text = beyond.decode(encoding, errors="replace")
        return sum((letter in _LETTERS) + 2 * (letter in _COMMON) for letter in text)

    return max(_ENCODINGS, key=letters)


def _wide(first: bytes) -> str | None:
    """The encoding whose characters take several bytes each, as the first ones show."""
    zeros = "".join("0" if byte == 0 else "x" for byte in first)
    return {"x000": "UTF-32", "000x": "UTF-32", "x0x0": "UTF-16", "0x0x": "UTF-16"}.get(zeros)


def judge(head: Head, file: File, layout: Format) -> Header:
    """Compare a header with the columns that the format has.

    Matching is exact, capitals included. Source: SDS v2.1 CSV file format, "Column headers are
    case-sensitive".
    """
    known = {column.name: column for column in file.columns}
    if separator := _separator(head.names, known):
        case = {"case": "tab"} if separator == "\t" else {}
        fault = Found(rules.DELIMITER, line=head.line, detail={**case, "separator": separator})
        return Header(len(head.names), {}, head.names, frozenset(), fatal=True, findings=(fault,))
    legacy = {name.casefold() for name in file.legacy}
    findings = [
        *_unknown(head, known, legacy, layout),
        *_duplicate(head, known),
        *_missing(head, known),
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


def _unknown(head: Head, known: Mapping[str, Column], legacy: set[str], layout: Format) -> Iterator[Found]:
    near = nearest(head.names, known)
    for name in dict.fromkeys(head.names):
        if name in known:
            continue
        if name.casefold() in legacy:
            yield Found(rules.HEADER_LEGACY, line=head.line, column=name)
            continue
        detail = {"format": layout.title}
        if not name:
            detail["case"] = "nameless"
        elif name in near:
            detail |= {"near": near[name], "case": "translated" if _translates(name, known) else "near"}
        yield Found(rules.HEADER_UNKNOWN, line=head.line, column=name, value=name, detail=detail)


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


def _missing(head: Head, known: Mapping[str, Column]) -> Iterator[Found]:
    found = {meant: name for name, meant in nearest(head.names, known).items()}
    for name, column in known.items():
        if name in head.names or column.need is not Need.REQUIRED:
            continue
        detail = {}
        if near := found.get(name):
            detail = {"near": near, "case": "translated" if _translates(near, known) else "near"}
        yield Found(rules.HEADER_MISSING, line=head.line, column=name, field=column.field, detail=detail)


def _translates(name: str, known: Mapping[str, Column]) -> bool:
    return TRANSLATED_HEADERS.get(name) in known


def nearest(names: tuple[str, ...], known: Mapping[str, Column]) -> dict[str, str]:
    """For names that are not known, the known one that each may stand for and that is not there."""
    strangers = [name for name in dict.fromkeys(names) if name and name not in known]
    if not strangers:
        return {}
    from rapidfuzz import fuzz  # takes time to load, and most headers are right

    free = [name for name in known if name not in names]
    near = {}
    for name in strangers:
        if TRANSLATED_HEADERS.get(name) in free:
            near[name] = TRANSLATED_HEADERS[name]
            continue
        scored = [(fuzz.ratio(name.strip().casefold(), other.casefold()), other) for other in free]
        score, other = max(scored, default=(0.0, ""))
        if score >= _ALIKE:
            near[name] = other
    return near
