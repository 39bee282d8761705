"""A page of text: paragraphs and tables, as wide as the terminal, coloured where colours are seen."""

import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from cartable import words
from cartable.model.findings import Severity

_NARROWEST = 30

_COLOURS: Mapping[Severity, str] = {
    Severity.FATAL: "1;31",
    Severity.ERROR: "31",
    Severity.WARNING: "33",
    Severity.INFO: "36",
}


@dataclass(frozen=True)
class Page:
    """Where text goes.

    Args:
        to: the stream.
        width: characters a line; None where lines are not to be broken, as in a file.
        is_coloured: whether the reader sees colours.
    """

    to: TextIO
    width: int | None = None
    is_coloured: bool = False

    def write(
        self, text: str = "", indent: int = 0, hanging: int = 0, severity: Severity | None = None
    ) -> None:
        """A paragraph.

        Args:
            indent: blanks before each line.
            hanging: more blanks before each line but the first.
            severity: colours the first word.
        """
        lines = [text]
        if self.width:
            width = max(self.width - indent, _NARROWEST)
            blanks = " " * hanging
            # Tabs and line breaks in values are escapes by now; only plain blanks are broken at.
            lines = textwrap.wrap(
                text, width, subsequent_indent=blanks, break_long_words=False, break_on_hyphens=False
            )
        for number, line in enumerate(lines or [""]):
            written = self._coloured(line, severity) if severity and number == 0 else line
            self.to.write((" " * indent + written).rstrip() + "\n")

    def verbatim(self, lines: Iterable[str], indent: int) -> None:
        """Lines as they are, however long."""
        for line in lines:
            self.to.write(f"{' ' * indent}{line}\n")

    def table(self, heading: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> None:
        """Columns, the first `left` of them to the left and the numbers to the right; else a list."""
        lines = [tuple(heading), *map(tuple, rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        if self.width and sum(widths) + 2 * len(widths) > self.width:
            self._list(lines)
            return
        for line in lines:
            cells = [
                text.ljust(width) if place < left else text.rjust(width)
                for place, (text, width) in enumerate(zip(line, widths, strict=True))
            ]
            self.to.write(("  " + "  ".join(cells)).rstrip() + "\n")

    def _list(self, lines: Sequence[Sequence[str]]) -> None:
        """A table that is wider than the page: its rows one below the other, each cell with its heading."""
        headings, *rows = lines
        for row in rows:
            first, *others = (
                words.text("{place}: {sentence}", place=heading, sentence=text) if heading else text
                for heading, text in zip(headings, row, strict=True)
            )
            self.write(first, indent=2)
            self.write(", ".join(others), indent=4)

    def _coloured(self, line: str, severity: Severity) -> str:
        if not self.is_coloured:
            return line
        first, _, rest = line.partition(" ")
        return f"\x1b[{_COLOURS[severity]}m{first}\x1b[0m {rest}"


def page(to: TextIO, environment: Mapping[str, str]) -> Page:
    """A page on this stream.

    Args:
        environment: `NO_COLOR` (https://no-color.org) and `TERM=dumb` switch colours off; `COLUMNS`
            is the width of what is no terminal.
    """
    if not to.isatty():
        columns = environment.get("COLUMNS", "")
        return Page(to, int(columns) if columns.isdecimal() else None)
    is_coloured = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Page(to, shutil.get_terminal_size().columns, is_coloured)
