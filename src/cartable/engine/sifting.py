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
from cartable.engine.findings import add, add_lines, pull
from cartable.engine.heading import Head, Header
from cartable.engine.scanning import LONGEST_ROW, Cut, Rows
from cartable.engine.workspace import BATCH, Workspace
from cartable.formats.format import File
from cartable.rules import rows as rules

_PIECE = 8 * 1024 * 1024


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
    """

    def __init__(self, workspace: Workspace, file: File, head: Head, header: Header, source: int) -> None:
        self.kept = 0
        self.pulled = 0
        self.longest = 0
        self._workspace = workspace
        self._file = file
        self._header = header
        self._source = source
        self._excerpts = Excerpts(file, header, source)
        self._first_line = head.following
        self._written = head.end
        self._lf, self._crlf = head.crlf is False, head.crlf is True
        self._copy: BufferedWriter | None = None
        self._lines: BufferedWriter | None = None
        if not head.plain:
            self._begin_copy()
        if head.blank:
            add_lines(workspace, rules.BLANK, file.entity, file.name, np.array(head.blank, np.int64))

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
        self._lf, self._crlf = self._lf or rows.lf, self._crlf or rows.crlf
        # DuckDB refuses a file with both line ends; the copy has LF alone.
        if not self._copy and (len(rows.cut.start) or (self._lf and self._crlf)):
            self._begin_copy()
        if self._copy and self._lines:
            self._write(rows.cut, rows.done)
            self._lines.write(rows.lines.astype(np.int64).tobytes())
        self.kept += len(rows.lines)
        self.longest = max(self.longest, min(rows.longest, LONGEST_ROW))
        if len(rows.cut.start):
            self._note(rows.cut)

    def discard(self) -> None:
        """Remove the copy from the disk."""
        for kind in ("copy", "lines"):
            self._path(kind).unlink(missing_ok=True)

    def _path(self, kind: str) -> Path:
        return self._workspace.directory / f"{self._file.entity}.{kind}"

    def _begin_copy(self) -> None:
        """Start the copy; up to now each row was one line, and the copy's header is a made-up one."""
        self._copy = self._path("copy").open("wb")
        self._copy.write(b",".join(b"c" for _ in range(self._header.width)) + b"\n")
        self._lines = self._path("lines").open("wb")
        before = np.arange(self._first_line, self._first_line + self.kept, dtype=np.int64)
        self._lines.write(before.tobytes())

    def _write(self, cut: Cut, done: int) -> None:
        """Copy what lies between the records that are cut out, up to `done`."""
        begins = np.concatenate((np.array([self._written], np.int64), cut.end))
        ends = np.append(cut.start, done)
        some = begins < ends
        for begin, end in zip(begins[some].tolist(), ends[some].tolist(), strict=True):
            self._copy_range(begin, end)
        self._written = done

    def _copy_range(self, begin: int, end: int) -> None:
        assert self._copy
        while begin < end:
            piece = os.pread(self._source, min(_PIECE, end - begin), begin)
            if not piece:
                return
            if piece.endswith(b"\r") and len(piece) > 1 and begin + len(piece) < end:
                piece = piece[:-1]  # its LF comes with the next piece
            begin += len(piece)
            self._copy.write(piece.replace(b"\r\n", b"\n"))

    def _note(self, cut: Cut) -> None:
        """Findings and pulled rows of what is cut out."""
        entity, name = self._file.entity, self._file.name
        add_lines(self._workspace, rules.BLANK, entity, name, cut.line[cut.faults == 0])
        faulty = np.flatnonzero(cut.faults)
        self.pulled += len(faulty)
        for begin in range(0, len(faulty), BATCH):
            part = [self._excerpts.of(row) for row in cut.records(faulty[begin : begin + BATCH])]
            add(self._workspace, (found for row in part for found in row.findings))
            pull(self._workspace, entity, ((row.line, row.key) for row in part))
