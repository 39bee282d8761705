"""Takes faulty rows and blank lines out of a file: findings for them, a clean copy of the rest.

Nothing is copied, and no line number is kept, as long as a file has neither.
"""

import os
from io import BufferedWriter
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from cartable.engine.excerpting import Excerpts
from cartable.engine.findings import Found, add, add_lines, pull
from cartable.engine.heading import Head, Header
from cartable.engine.quoting import NO_PLACES
from cartable.engine.scanning import LONGEST_ROW, Cut, Record, Rows
from cartable.engine.workspace import BATCH, Workspace
from cartable.formats.format import File
from cartable.rules import rows as rules

_PIECE = 1024 * 1024
# Lines of blank lines that are held before they are told: 8 bytes each.
_MOST_LINES = 1_000_000


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
        longest: bytes of the longest row.
        last: the last faulty row so far.
    """

    def __init__(self, workspace: Workspace, file: File, head: Head, header: Header, source: int) -> None:
        self.kept = 0
        self.pulled = 0
        self.longest = 0
        self.last: Record | None = None
        self._workspace = workspace
        self._file = file
        self._header = header
        self._source = source
        self._excerpts = Excerpts(file, header, source)
        self._first_line = head.following
        self._written = head.end
        # The copy's lines end as the header does: DuckDB refuses a file with both line ends.
        self._newline = b"\r\n" if head.crlf else b"\n"
        self._findings: list[Found] = []
        self._pulled: list[tuple[int, tuple[str, ...] | None]] = []
        self._blank = [np.array(head.blank, np.int64)]
        self._copy: BufferedWriter | None = None
        self._lines: BufferedWriter | None = None
        if not head.plain:
            self._begin_copy()

    def __enter__(self) -> "Sieve":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._copy, self._lines):
            if stream:
                stream.close()

    @property
    def copy(self) -> Path | None:
        """The clean copy, under a header line of its own; None where the file itself is clean."""
        return self._path("copy") if self._copy else None

    def lines(self) -> NDArray[np.int64]:
        """Physical lines of the kept rows; only where there is a copy, and once all is taken."""
        if not self.kept:
            return np.zeros(0, np.int64)
        return np.memmap(self._path("lines"), np.int64, "r")

    def take(self, rows: Rows) -> None:
        """Take the records of the next block."""
        other = rows.lf if self._newline == b"\r\n" else rows.crlf
        if not self._copy and (len(rows.cut.start) or other):
            self._begin_copy()
        if self._copy and self._lines:
            self._write(rows.cut, rows.done, convert=other)
            self._lines.write(rows.lines.astype(np.int64).tobytes())
        self.kept += len(rows.lines)
        self.longest = max(self.longest, min(rows.longest, LONGEST_ROW))
        if len(rows.cut.start):
            self._note(rows.cut)

    def tell(self) -> None:
        """Store what was noted: few statements a file, however many blocks it has."""
        entity, name = self._file.entity, self._file.name
        add_lines(self._workspace, rules.BLANK, entity, name, np.concatenate(self._blank))
        add(self._workspace, self._findings)
        pull(self._workspace, entity, self._pulled)
        self._blank, self._findings, self._pulled = [NO_PLACES], [], []

    def discard(self) -> None:
        """Remove the copy from the disk."""
        for kind in ("copy", "lines"):
            self._path(kind).unlink(missing_ok=True)

    def _path(self, kind: str) -> Path:
        return self._workspace.directory / f"{self._file.entity}.{kind}"

    def _begin_copy(self) -> None:
        """Start the copy; up to now each row was one line, and the copy's header is a made-up one."""
        self._copy = self._path("copy").open("wb")
        self._copy.write(b",".join(b"c" for _ in range(self._header.width)) + self._newline)
        self._lines = self._path("lines").open("wb")
        before = np.arange(self._first_line, self._first_line + self.kept, dtype=np.int64)
        self._lines.write(before.tobytes())

    def _write(self, cut: Cut, done: int, *, convert: bool) -> None:
        """Copy what lies between the records that are cut out, up to `done`."""
        copy = self._converted if convert else self._copied
        begins = np.concatenate((np.array([self._written], np.int64), cut.end))
        ends = np.append(cut.start, done)
        some = begins < ends
        for begin, end in zip(begins[some].tolist(), ends[some].tolist(), strict=True):
            copy(begin, end)
        self._written = done

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
        self._blank.append(cut.line[cut.faults == 0])
        faulty = np.flatnonzero(cut.faults)
        self.pulled += len(faulty)
        for begin in range(0, len(faulty), BATCH):
            for record in cut.records(faulty[begin : begin + BATCH]):
                self.last = record
                row = self._excerpts.of(record)
                self._findings += row.findings
                self._pulled.append((row.line, row.key))
            if len(self._pulled) >= BATCH:
                self.tell()
        if sum(map(len, self._blank)) > _MOST_LINES:
            self.tell()
