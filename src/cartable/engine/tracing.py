"""Looks for the traces of faults in a file's bytes: sequences of which one occurs wherever there is any.

It only says that a closer look is worth while; most files have no trace of anything.
"""

import re
from collections.abc import Mapping

import numpy as np

from cartable.engine.quoting import Bytes
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Damage
from cartable.rules.derived import BLANKS, WHITESPACE

TRACES: Mapping[str, tuple[bytes, ...]] = {
    rule.code: traces
    for rule in RULES.values()
    if (
        traces := tuple(trace for check in rule.checks if isinstance(check, Damage) for trace in check.traces)
    )
} | {WHITESPACE.code: tuple(blank.encode() for blank in BLANKS if not blank.isascii())}
"""What the traces of each code are; of blanks also every tab and space at an edge of a cell."""

_LONGEST = 3
_SPACE, _TAB = b" \t"
# What stands beside the edge of a cell.
_EDGES = np.zeros(1 << 8, np.bool_)
_EDGES[list(b',"\r\n')] = True
_EDGE = re.compile(rb'[,"\r\n][ \t]|[ \t][,"\r\n]')
# UTF-8's lowest first byte of a character beyond ASCII.
_LOWEST_LEAD = 0xC2


def _wide(length: int) -> dict[int, set[str]]:
    """Codes by trace, as a number, of the traces beyond ASCII of that many bytes."""
    found: dict[int, set[str]] = {}
    for code, traces in TRACES.items():
        for trace in traces:
            if len(trace) == length and not trace.isascii():
                found.setdefault(int.from_bytes(trace), set()).add(code)
    return found


# ASCII traces are looked for where their rarest byte is: that byte, its place, the trace, the code.
_RARE = b'#+."'
_NARROW: tuple[tuple[int, int, bytes, str], ...] = tuple(
    (trace[place], place, trace, code)
    for code, traces in TRACES.items()
    for trace in traces
    if trace.isascii()
    for place in [next(place for place, byte in enumerate(trace) if byte in _RARE)]
)
_PAIRS, _TRIPLES = _wide(2), _wide(3)
# Which two bytes are a trace, or the start of one.
_STARTS = np.zeros(1 << 16, np.bool_)
_STARTS[[*_PAIRS, *(trace >> 8 for trace in _TRIPLES)]] = True


class Tracer:
    """Looks through one file, block by block.

    Attributes:
        found: codes of which there is a trace; one too many does no harm.
    """

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._tail = b"\n"

    def feed(self, block: Bytes) -> None:
        """Look through the next block."""
        for rare, place, trace, code in _NARROW:
            if code not in self.found and _holds(block, rare, place, trace):
                self.found.add(code)
        seam = self._tail + block[: _LONGEST - 1].tobytes()
        for code, traces in TRACES.items():
            if code not in self.found and any(trace in seam for trace in traces):
                self.found.add(code)
        if WHITESPACE.code not in self.found and (_EDGE.search(seam) or _blank_edge(block)):
            self.found.add(WHITESPACE.code)
        self._tail = (self._tail + block[1 - _LONGEST :].tobytes())[1 - _LONGEST :]
        self._look(block)

    def finish(self) -> None:
        """Take note that the file has ended."""
        if self._tail.endswith((b" ", b"\t")):
            self.found.add(WHITESPACE.code)

    def _look(self, block: Bytes) -> None:
        """Look for the traces beyond ASCII; at the block's end a byte stands for those that follow."""
        leads = np.flatnonzero(block >= _LOWEST_LEAD)
        if not len(leads):
            return
        end = len(block) - 1
        pairs = block[leads].astype(np.uint32) << 8 | block[np.minimum(leads + 1, end)]
        some = np.flatnonzero(_STARTS[pairs])
        if not len(some):
            return
        thirds = block[np.minimum(leads[some] + 2, end)]
        pairs = pairs[some]
        for known, seen in ((_PAIRS, np.unique(pairs)), (_TRIPLES, np.unique(pairs << 8 | thirds))):
            for value in seen.tolist():
                self.found |= known.get(value, set())


def _blank_edge(block: Bytes) -> bool:
    """Whether a space or tab within the block stands beside the edge of a cell."""
    blanks = np.flatnonzero((block == _SPACE) | (block == _TAB))
    blanks = blanks[(blanks > 0) & (blanks < len(block) - 1)]
    return bool(np.count_nonzero(_EDGES[block[blanks - 1]] | _EDGES[block[blanks + 1]]))


def _holds(block: Bytes, rare: int, place: int, trace: bytes) -> bool:
    """Whether the trace lies within the block."""
    starts = max(len(block) - len(trace) + 1, 0)
    found = block[place : place + starts] == rare
    for at, byte in enumerate(trace):
        if at != place and np.count_nonzero(found):
            found &= block[at : at + starts] == byte
    return bool(np.count_nonzero(found))
