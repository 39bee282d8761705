"""Finds the rows of a CSV file in its bytes, and what is wrong with them, without parsing a cell.

The scan goes over the file once, block by block, with operations on whole blocks, and carries over what it
must know of a row that goes on in the next block.

A line ends with LF or CR LF. A carriage return alone is a line break for whoever looks at the file in
an editor, and a fault of its row; it ends no row.
"""

from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cartable.engine.mistaking import UTF8_MARK
from cartable.engine.quoting import COMMA, CR, LF, NO_PLACES, Bytes, Marks, Places, Quotation
from cartable.model import limits

LONGEST_ROW = limits.ROW.size

_TAB, _SPACE, _DELETE, _C1_LEAD = 9, 32, 127, 0xC2
_NOTHING = -1
# Bytes that tell nearly every row from a header.
_TELLING = 16

# Bytes that a blank line may hold.
_BLANK = np.zeros(256, np.bool_)
_BLANK[[LF, CR, COMMA, _TAB, _SPACE]] = True


class Fault(IntFlag):
    """What is wrong with a row; a row can have several."""

    QUOTE = 1
    TOO_LONG = 2
    LINEBREAK = 4
    CONTROL = 8
    RAGGED = 16
    HEADER = 32


@dataclass(frozen=True, slots=True)
class Cut:
    """Records that are no sound rows: arrays of equal length, in the file's order.

    Args:
        start, end: bytes of the file from the first of the record to behind its line end.
        line, last: physical lines where it begins and where it ends.
        cells: how many cells it has.
        faults: bits of `Fault`; none for a blank line, which is no row.
        place: byte of the first fault that has a place, else the start.
    """

    start: Places
    end: Places
    line: Places
    last: Places
    cells: Places
    faults: NDArray[np.uint8]
    place: Places

    def records(self, which: Places) -> Iterator["Record"]:
        """Some of the records, one by one."""
        columns = (self.start, self.end, self.line, self.last, self.cells, self.faults, self.place)
        for values in zip(*(column[which].tolist() for column in columns), strict=True):
            yield Record(*values)


class Record(NamedTuple):
    """One record of a `Cut`."""

    start: int
    end: int
    line: int
    last: int
    cells: int
    faults: int
    place: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The records that end in one block.

    Args:
        lines: physical lines where the sound rows begin.
        cut: the others, blank lines among them.
        done: byte of the file behind the last of all these records.
        longest: bytes of the longest sound row.
        lf, crlf: whether a record ends with LF alone; with CR LF.
    """

    lines: Places
    cut: Cut
    done: int
    longest: int
    lf: bool
    crlf: bool


@dataclass(slots=True)
class _Open:
    """What is known of the record that goes on in the next block.

    Args:
        text: its bytes so far, no more of them than a header with its marks has.
    """

    start: int
    line: int
    commas: int = 0
    blank: bool = True
    faults: int = 0
    place: int = _NOTHING
    text: bytes = b""


class Scanner:
    """Scans the bytes behind a header.

    Args:
        offset: byte of the file at which the first block begins.
        line: physical line that begins there.
        cells: how many cells a row must have.
        header: bytes of the header without its line end, to be known where it stands again.

    Attributes:
        invalid: byte of the file that is not UTF-8, or None; scanning must stop there.
        invalid_line: physical line that it stands in.
        line: physical line that the next block begins in.
    """

    def __init__(self, offset: int, line: int, cells: int, header: bytes = b"") -> None:
        self.invalid: int | None = None
        self.invalid_line = line
        self.line = line
        self._offset = offset
        self._cells = cells
        self._header, self._marked = header, UTF8_MARK + header
        self._open = _Open(offset, line)
        self._quotation = Quotation()
        self._after_cr = False
        self._decoder = getincrementaldecoder("utf-8")("strict")
        self._pending = False

    @property
    def is_quoted(self) -> bool:
        """Whether the next block begins within quotation marks; at the end of the file, none closes them."""
        return self._quotation.quoted

    def feed(self, block: Bytes, following: int) -> Rows:
        """Scan the next block.

        Args:
            block: at least one byte.
            following: the byte behind it, -1 at the end of the file.
        """
        last = following == _NOTHING
        self._decode(block, last)
        breaks = np.flatnonzero(block == LF)
        returns = int(np.count_nonzero(block == CR))
        lone, paired = self._carriage_returns(block, breaks, returns, following)
        quotes, inside = self._quotation.feed(block, following)
        ends_at, broken = breaks, NO_PLACES
        if inside is not None:
            within = inside[breaks]
            ends_at, broken, paired = breaks[~within], breaks[within], paired[~within]
        crlf = int(np.count_nonzero(paired))
        commas = np.flatnonzero(block == COMMA if inside is None else (block == COMMA) & ~inside)
        ends = ends_at + 1
        if last and (not len(ends) or ends[-1] < len(block)):
            ends = np.append(ends, len(block))
            if self._quotation.quoted:
                quotes = np.append(quotes, len(block) - 1)
        found = {
            Fault.QUOTE: quotes,
            Fault.LINEBREAK: np.sort(np.concatenate((broken, lone))) if len(lone) else broken,
            Fault.CONTROL: _controls(block, following, len(breaks) + returns),
        }
        line_ends = np.sort(np.concatenate((breaks, lone))) if len(lone) else breaks
        rows = self._rows(block, ends, commas, line_ends, found, (len(ends_at) > crlf, crlf > 0))
        if self.invalid is not None:
            self.invalid_line = self.line + int(np.searchsorted(line_ends, self.invalid - self._offset))
        self.line += len(line_ends)
        self._offset += len(block)
        return rows

    def _decode(self, block: Bytes, last: bool) -> None:
        """Note the first byte that is not UTF-8; ASCII is not decoded."""
        if self.invalid is not None or not (self._pending or last or int(block.max()) > _DELETE):
            return
        before = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(block.data, last)
        except UnicodeDecodeError as error:
            self.invalid = self._offset - before + error.start
        self._pending = bool(self._decoder.getstate()[0])

    def _carriage_returns(
        self, block: Bytes, breaks: Places, count: int, following: int
    ) -> tuple[Places, Marks]:
        """Places of the carriage returns that end no line, and which LF have one before them."""
        after_cr, self._after_cr = self._after_cr, bool(block[-1] == CR)
        if not count and not after_cr:
            return NO_PLACES, np.zeros(len(breaks), np.bool_)
        paired = block[breaks - 1] == CR
        if len(breaks) and breaks[0] == 0:
            paired[0] = after_cr
        pairs = int(np.count_nonzero(paired))
        within = pairs - int(after_cr and len(breaks) > 0 and breaks[0] == 0)
        within += int(self._after_cr and following == LF)
        if within == count:
            return NO_PLACES, paired
        returns = np.flatnonzero(block == CR)
        behind = np.append(block[1:], np.uint8(following if following >= 0 else 0))
        return returns[behind[returns] != LF], paired

    def _rows(
        self,
        block: Bytes,
        ends: Places,
        commas: Places,
        line_ends: Places,
        found: dict[Fault, Places],
        newlines: tuple[bool, bool],
    ) -> Rows:
        """Put together the records that end in the block, and remember the one that does not."""
        count, opened = len(ends), self._open
        # One piece of the block for each record that ends in it, and one for the record left open.
        starts = np.concatenate((np.zeros(1, np.int64), ends))
        pieces = _commas_of(commas, ends, self._cells - 1)
        pieces[0] += opened.commas
        lines = self._lines(starts, ends, line_ends)
        blank = _blank_pieces(block, starts)
        blank[0] &= opened.blank
        faults, places = _faults_of(found, ends, self._offset)
        faults[0] |= np.uint8(opened.faults)
        if opened.place != _NOTHING:
            places[0] = opened.place
        begin = starts + self._offset
        begin[0] = opened.start
        length = np.diff(begin)
        too_long = length > LONGEST_ROW
        if too_long.any():
            faults[:count][too_long] |= np.uint8(Fault.TOO_LONG)
        ragged = pieces[:count] != self._cells - 1
        if ragged.any():
            faults[:count][ragged] |= np.uint8(Fault.RAGGED)
        if self._header and len(again := self._repeated(block, starts, length)):
            faults[again] |= np.uint8(Fault.HEADER)
        self._open = _Open(
            int(begin[-1]),
            int(lines[-1]),
            int(pieces[-1]),
            bool(blank[-1]),
            int(faults[-1]),
            int(places[-1]),
            self._begun(block, starts),
        )
        out = np.flatnonzero(blank[:count] | (faults[:count] != 0))
        cut = Cut(
            start=begin[out],
            end=begin[out + 1],
            line=lines[out],
            last=self.line + np.searchsorted(line_ends, ends[out] - 1),
            cells=pieces[out] + 1,
            faults=np.where(blank[out], np.uint8(0), faults[out]),
            place=np.where(places[out] == _NOTHING, begin[out], places[out]),
        )
        sound = lines[:count]
        if len(out):
            sound, length = np.delete(sound, out), np.delete(length, out)
        return Rows(sound, cut, int(begin[-1]), int(length.max(initial=0)), *newlines)

    def _repeated(self, block: Bytes, starts: Places, length: Places) -> Places:
        """Which of the records that end in the block are the header again.

        Args:
            length: bytes of each record with its line end; few are as long as the header.
        """
        # It may stand behind a byte order mark of its own, and ends with LF, CR LF or the file.
        most = len(self._marked) + 2
        alike = np.flatnonzero((length >= len(self._header)) & (length <= most))
        found = alike[:0]
        if len(alike) and alike[0] == 0:
            found = alike[:1] if self._is_header(self._open.text + block[: starts[1]].tobytes()) else found
            alike = alike[1:]
        for place in range(min(len(self._header), _TELLING)):
            if not len(alike):
                return found
            byte = block[starts[alike] + place]
            alike = alike[(byte == self._header[place]) | (byte == self._marked[place])]
        whole = [self._is_header(block[starts[at] : starts[at + 1]].tobytes()) for at in alike.tolist()]
        return np.concatenate((found, alike[np.array(whole, np.bool_)]))

    def _is_header(self, record: bytes) -> bool:
        return record.removesuffix(b"\n").removesuffix(b"\r").removeprefix(UTF8_MARK) == self._header

    def _begun(self, block: Bytes, starts: Places) -> bytes:
        """The first bytes of the record that goes on, as many as could make a header."""
        if not self._header:
            return b""
        most = len(self._marked) + 2
        begun = self._open.text if len(starts) == 1 else b""
        return begun + block[starts[-1] : starts[-1] + max(most - len(begun), 0)].tobytes()

    def _lines(self, starts: Places, ends: Places, line_ends: Places) -> Places:
        """Physical lines where the pieces begin."""
        if len(line_ends) <= len(ends) <= len(line_ends) + 1 and _begin_with(ends, line_ends):
            lines = np.arange(self.line, self.line + len(starts), dtype=np.int64)
        else:
            lines = self.line + np.searchsorted(line_ends, starts)
        lines[0] = self._open.line
        return lines


def _controls(block: Bytes, following: int, line_ends: int) -> Places:
    """Places of control characters: C0 without TAB, LF and CR; DEL; C1, which is two bytes in UTF-8.

    Args:
        line_ends: how many LF and CR the block has, to see at once that it has nothing else.
    """
    found = []
    low = block < _SPACE
    if np.count_nonzero(low) != line_ends:
        places = np.flatnonzero(low)
        values = block[places]
        found.append(places[(values != LF) & (values != CR) & (values != _TAB)])
    if np.count_nonzero(block == _DELETE):
        found.append(np.flatnonzero(block == _DELETE))
    if np.count_nonzero(block == _C1_LEAD):
        leads = np.flatnonzero(block == _C1_LEAD)
        behind = np.append(block, np.uint8(max(following, 0)))[leads + 1]
        found.append(leads[(behind >= 0x80) & (behind < 0xA0)])
    return np.sort(np.concatenate(found)) if found else NO_PLACES


def _begin_with(ends: Places, line_ends: Places) -> bool:
    """Whether each line end ends a record."""
    return bool((ends[: len(line_ends)] - 1 == line_ends).all())


def _commas_of(commas: Places, ends: Places, expected: int) -> Places:
    """How many commas each piece has: those that end at `ends`, and the one behind them."""
    count = len(ends)
    if not count:
        return np.array([len(commas)], np.int64)
    first, behind = (int(place) for place in np.searchsorted(commas, (ends[0], ends[-1])))
    inner = commas[first:behind]
    if expected > 0 and len(inner) == (count - 1) * expected:
        grid = inner.reshape(count - 1, expected)
        if (grid[:, 0] >= ends[:-1]).all() and (grid[:, -1] < ends[1:]).all():
            pieces = np.full(count + 1, expected, np.int64)
            pieces[0], pieces[-1] = first, len(commas) - behind
            return pieces
    upto = np.searchsorted(commas, ends)
    return np.diff(upto, prepend=0, append=len(commas))


def _blank_pieces(block: Bytes, starts: Places) -> Marks:
    """Which pieces hold nothing but blanks, commas and line ends; a piece without a byte does.

    Args:
        starts: of the pieces; each ends where the next begins. Only the last can be without a byte.
    """
    some = starts[:-1] if starts[-1] == len(block) else starts
    blank = np.ones(len(starts), np.bool_)
    blank[: len(some)] = _BLANK[block[some]]
    doubtful = np.flatnonzero(blank[: len(some)])
    if len(doubtful):
        lengths = np.append(starts[1:], len(block))[doubtful] - starts[doubtful]
        heads = np.cumsum(lengths) - lengths
        every = np.arange(int(lengths.sum())) + np.repeat(starts[doubtful] - heads, lengths)
        blank[doubtful] = np.logical_and.reduceat(_BLANK[block[every]], heads)
    return blank


def _faults_of(found: dict[Fault, Places], ends: Places, offset: int) -> tuple[NDArray[np.uint8], Places]:
    """The faults of each piece, and the first place of one in the file or -1; `found` is in order."""
    faults, places = np.zeros(len(ends) + 1, np.uint8), np.full(len(ends) + 1, _NOTHING, np.int64)
    for fault, where in found.items():
        if len(where):
            pieces = np.searchsorted(ends, where, side="right")
            first = np.flatnonzero(np.diff(pieces, prepend=_NOTHING))
            pieces = pieces[first]
            faults[pieces] |= np.uint8(fault)
            at = where[first] + offset
            places[pieces] = np.where(places[pieces] == _NOTHING, at, np.minimum(places[pieces], at))
    return faults, places
