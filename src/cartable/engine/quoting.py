"""Tells which bytes of a CSV file are quoted, and which quotation marks break RFC 4180.

A quotation mark opens only at the start of a cell. It closes when no second one follows; then a
comma, a line end or the end of the file must follow. Any other is a fault, and is taken as Python's
lenient `csv.reader` takes it. A block is judged as a whole; only where its marks break the rules
does a loop walk over them, and the next block is judged as a whole again.
"""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Marks = NDArray[np.bool_]

LF, CR, COMMA, QUOTE = 10, 13, 44, 34
_SPACE, _NOTHING = 32, -1

NO_PLACES: Places = np.zeros(0, np.int64)


class Quotation:
    """Follows the quotation marks of a file from block to block.

    Attributes:
        quoted: whether the next block begins within quotation marks.
    """

    def __init__(self) -> None:
        self.quoted = False
        # The byte before the block, as far as it says whether a cell begins or a mark is doubled.
        self._before = LF

    def feed(self, block: Bytes, following: int) -> tuple[Places, Marks | None]:
        """Places of wrong quotation marks; for each byte whether it is quoted, None where none is.

        Args:
            block: at least one byte.
            following: the byte behind it, -1 at the end of the file.
        """
        marks = block == QUOTE
        places = np.flatnonzero(marks) if marks.any() else NO_PLACES
        entered = self.quoted
        if not len(places):
            self._before = int(block[-1])
            return NO_PLACES, np.ones(len(block), np.bool_) if entered else None
        before = block[places - 1]
        if places[0] == 0:
            before[0] = self._before
        behind = block[np.minimum(places + 1, len(block) - 1)].astype(np.int16)
        if places[-1] == len(block) - 1:
            behind[-1] = following
        opening, closing = before[int(entered) :: 2], behind[1 - int(entered) :: 2]
        wrong = NO_PLACES
        if _all_in(opening, (COMMA, LF, QUOTE)) and _all_in(closing, (COMMA, LF, CR, QUOTE, _NOTHING)):
            self.quoted = entered ^ bool(len(places) & 1)
            self._before = int(block[-1])
        else:
            wrong = self._walk(places, before, behind, marks)
            self._before = int(block[-1]) if block[-1] != QUOTE or marks[-1] else _SPACE
        return wrong, _inside(marks, entered)

    def _walk(self, places: Places, before: Bytes, behind: NDArray[np.int16], marks: Marks) -> Places:
        """Judge quotation marks one by one; takes those that are mere text out of `marks`."""
        closers = {COMMA, LF, CR, QUOTE, _NOTHING}
        quoted = self.quoted
        closed = -1 if not quoted and self._before == QUOTE else -2
        wrong, text = [], []
        for place, left, right in zip(places.tolist(), before.tolist(), behind.tolist(), strict=True):
            if quoted:
                quoted, closed = False, place
                if right not in closers:
                    wrong.append(place)
            elif left in (COMMA, LF) or closed == place - 1:
                quoted = True
            else:
                wrong.append(place)
                text.append(place)
        marks[text] = False
        self.quoted = quoted
        return np.array(wrong, np.int64)


def _all_in(values: NDArray[np.generic], allowed: tuple[int, ...]) -> bool:
    """Whether each value is an allowed one."""
    good = values == allowed[0]
    for value in allowed[1:]:
        good |= values == value
    return bool(good.all())


def _inside(marks: Marks, entered: bool) -> Marks:
    """For each byte whether an odd number of marks lies before or on it.

    Works on 64 bytes at a time: the bits of a word are summed up without carry by shifting, and the
    words' own parities are passed on.
    """
    bits = np.packbits(marks, bitorder="little")
    words = np.zeros(-(-len(bits) // 8), "<u8")
    words.view(np.uint8)[: len(bits)] = bits
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(shift)
    parity = np.bitwise_xor.accumulate(words >> np.uint64(63))
    flips = np.concatenate((np.zeros(1, np.uint64), parity[:-1])) ^ np.uint64(entered)
    words ^= np.uint64(0) - flips
    return np.unpackbits(words.view(np.uint8), count=len(marks), bitorder="little").view(np.bool_)
