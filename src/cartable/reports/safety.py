"""What comes from a delivery is made harmless before it is printed.

A value may hold anything: escape codes that rewrite a terminal's lines, characters that turn the
reading direction, zero-width ones that hide a difference, megabytes of text, a spreadsheet's formula.
"""

import re
import unicodedata

from cartable import words

LONGEST = 200
"""Characters of a value that a message shows; the others are counted."""

BLANK = "␣"
"""What stands for a blank that nobody would see, or take for another: the sign of Unicode for it."""

_ENDS = re.compile(r"\A +| +\Z")

# Characters that print as nothing although Unicode counts them as letters or marks.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

CSV_FILE = "utf-8-sig"
"""Encoding of a CSV file: Excel takes one without a byte order mark for the system's old encoding."""

# What makes a spreadsheet take a cell for a formula; the full-width signs do where it speaks an East Asian
# language. Source: OWASP, "CSV Injection". Where it separates by semicolons, as in French, by tabs or by
# bars, a cell begins behind each of them too, and quotation marks do not hold ours together.
_FORMULA = r"[=+@＝＋－＠-]"
_AT_THE_START = re.compile(rf"[\s\"]*{_FORMULA}|[\t\r\n]")
_WITHIN = re.compile(rf"([;|\t][\s\"]*)(?={_FORMULA})")


def visible(value: str) -> str:
    """The value with a sign in place of every character that would not print as itself.

    A no-break space and its kin are `BLANK`, every other one is its code point.
    """
    if value.isascii() and value.isprintable():
        return value
    # Not printable, for Python, are controls, formats (bidirectional and zero-width ones among them),
    # surrogates, unassigned characters and every blank but the plain one.
    return "".join(
        character if character.isprintable() and character not in _INVISIBLE else _sign(character)
        for character in value
    )


def visible_line(line: str) -> str:
    """A line of a file: visible, and so are the plain blanks at its ends."""
    return _ENDS.sub(lambda blanks: BLANK * len(blanks[0]), visible(line))


def shown(value: str) -> str:
    """The value as messages show it: visible, and cut to `LONGEST` characters with the rest counted."""
    left_out = len(value) - LONGEST
    if left_out <= 0:
        return visible(value)
    rest = words.counted("({number} more character)", "({number} more characters)", left_out)
    return f"{visible(value[:LONGEST])}… {rest}"


def cell(value: str) -> str:
    """A text as a cell of a CSV file that a spreadsheet runs nothing of, whatever separates there."""
    sign = "'" if _AT_THE_START.match(value) else ""
    return sign + _WITHIN.sub(r"\1'", value)


def _sign(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return BLANK
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
