"""Takes faulty rows and blank lines out of a file: findings for them, a clean copy of the rest.

Nothing is copied as long as a file has neither. In the copy every row stands on its line, so that no
line number need be kept: a filler, which is no row, stands for each line that was taken out.
"""

import os
from io import BufferedWriter
from pathlib import Path
from types import TracebackType

import numpy as np

from cartable.engine.excerpting import Excerpts
from cartable.engine.findings import Found, add, pull
from cartable.engine.heading import Head, Header
from cartable.engine.scanning import Cut, Record, Rows
from cartable.engine.workspace import BATCH, Workspace
from cartable.formats.format import File
from cartable.rules import rows as rules

_PIECE = 1024 * 1024
# A control character, which no sound row holds.
FILLER = "\x01"
# Characters of values and keys that are held before they are told.
_MOST_TEXT = 8_000_000


class Sieve:
    """Sorts the records of one file into rows to load and rows pulled.

    Args:
        workspace: where findings go, and in whose directory copies are made.
        file: the file's description.
        head, header: its first record.
        source: the file itself, open for reading.

    Attributes:
        kept: sound rows so far.
        pulled: faulty rows so far.
        fillers: fillers in the copy so far.
        longest: bytes of the longest row that is kept.
        last: the last faulty row so far.
    """

    def __init__(self, workspace: Workspace, file: File, head: Head, header: Header, source: int) -> None:
        self.kept = 0
        self.pulled = 0
        self.fillers = 0
        self.longest = 0
        self.last: Record | None = None
        self._workspace = workspace
        self._file = file
        self._header = header
        self._source = source
        self._excerpts = Excerpts(file, header, source)
        self._written = head.end
        self._gap = 0
        # The copy's lines end as the header does: DuckDB refuses a file with both line ends.
        self._newline = b"\r\n" if head.crlf else b"\n"
        self._findings: list[Found] = []
        self._pulled: list[tuple[int, tuple[str, ...] | None]] = []
        self._length = 0
        self._blanks = len(head.blank)
        self._first_blank = head.blank[0] if head.blank else None
        self._copy: BufferedWriter | None = None
        if not head.plain:
            self._begin_copy()

    def __enter__(self) -> "Sieve":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._copy:
            self._copy.close()

    @property
    def copy(self) -> Path | None:
        """The clean copy, under a header line of its own; None where the file itself is clean."""
        return self._path if self._copy else None

    @property
    def told_by(self) -> str:
        """The field whose value in a filler is `FILLER`."""
        return min(self._header.fields, key=self._header.fields.__getitem__)

    def take(self, rows: Rows) -> None:
        """Take the records of the next block."""
        other = rows.lf if self._newline == b"\r\n" else rows.crlf
        if not self._copy and (len(rows.cut.start) or other):
            self._begin_copy()
        if self._copy:
            self._write(rows.cut, rows.done, convert=other)
        self.kept += len(rows.lines)
        self.longest = max(self.longest, rows.longest)
        if len(rows.cut.start):
            self._note(rows.cut)

    def tell(self) -> None:
        """Store what was noted, once all is taken; all blank lines of a file are one finding."""
        if self._blanks:
            detail = {"case": "several", "count": str(self._blanks)} if self._blanks > 1 else {}
            entity, name = self._file.entity, self._file.name
            self._findings.append(Found(rules.BLANK, entity, name, self._first_blank, detail=detail))
        self._store()

    def _store(self) -> None:
        """Store what was noted so far: few statements a file, however many blocks it has."""
        add(self._workspace, self._findings)
        pull(self._workspace, self._file.entity, self._pulled)
        self._findings, self._pulled, self._length = [], [], 0

    def discard(self) -> None:
        """Remove the copy from the disk."""
        self._path.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return self._workspace.directory / f"{self._file.entity}.copy"

    def _begin_copy(self) -> None:
        """Start the copy under a header that is made up."""
        self._copy = self._path.open("wb")
        self._copy.write(b",".join(b"c" for _ in range(self._header.width)) + self._newline)

    def _write(self, cut: Cut, done: int, *, convert: bool) -> None:
        """Copy what lies between the records that are cut out, up to `done`, each row to its line."""
        copy = self._converted if convert else self._copied
        begins = np.concatenate((np.array([self._written], np.int64), cut.end))
        ends = np.append(cut.start, done)
        # Lines that were taken out so far.
        gone = np.concatenate((np.zeros(1, np.int64), np.cumsum(cut.last - cut.line + 1))) + self._gap
        some = np.flatnonzero(begins < ends)
        gaps = np.diff(gone[some], prepend=0)
        for begin, end, gap in zip(begins[some].tolist(), ends[some].tolist(), gaps.tolist(), strict=True):
            self._fill(gap)
            copy(begin, end)
        # Behind the last row nothing is filled, however many lines its quotation may have swallowed.
        self._gap = int(gone[-1] - (gone[some[-1]] if len(some) else 0))
        self._written = done

    def _fill(self, lines: int) -> None:
        """Write fillers."""
        assert self._copy
        place, width = self._header.fields[self.told_by], self._header.width
        filler = b",".join(FILLER.encode() if n == place else b"" for n in range(width)) + self._newline
        at_once = 1 + _PIECE // len(filler)
        self.fillers += lines
        for begin in range(0, lines, at_once):
            self._copy.write(filler * min(at_once, lines - begin))

    def _copied(self, begin: int, end: int) -> None:
        assert self._copy
        while begin < end and (piece := os.pread(self._source, min(_PIECE, end - begin), begin)):
            begin += self._copy.write(piece)

    def _converted(self, begin: int, end: int) -> None:
        """Copy with the copy's line ends: sound rows have no line break but at their end."""
        assert self._copy
        while begin < end and (piece := os.pread(self._source, min(_PIECE, end - begin), begin)):
            if piece.endswith(b"\r") and len(piece) > 1 and begin + len(piece) < end:
                piece = piece[:-1]  # its LF comes with the next piece
            begin += len(piece)
            self._copy.write(piece.replace(b"\r\n", b"\n").replace(b"\n", self._newline))

    def _note(self, cut: Cut) -> None:
        """Note findings and pulled rows of what is cut out, and tell them where they become many."""
        blank = cut.line[cut.faults == 0]
        if len(blank):
            self._first_blank = self._first_blank or int(blank[0])
            self._blanks += len(blank)
        faulty = np.flatnonzero(cut.faults)
        self.pulled += len(faulty)
        for begin in range(0, len(faulty), BATCH):
            for record in cut.records(faulty[begin : begin + BATCH]):
                self.last = record
                row = self._excerpts.of(record)
                self._findings += row.findings
                self._pulled.append((row.line, row.key))
                self._length += row.length
            if len(self._pulled) >= BATCH or self._length > _MOST_TEXT:
                self._store()
