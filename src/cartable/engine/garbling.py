"""Reads texts again that were garbled: they are in UTF-8 and were once read in another encoding."""

import re

from cartable.rules.characters import BEHIND_A_WORD, GARBLED_LETTER
from cartable.rules.derived import BLANKS

_BLANKS = "".join(BLANKS)
# The same pattern as Python writes it.
_LETTER = re.sub(r"\\x\{([0-9a-f]{4})\}", r"\\u\1", GARBLED_LETTER)
_ONE = re.compile(_LETTER)
_LOST = re.compile(rf"\u00c3 (?=[{BEHIND_A_WORD}]|\Z)")
_WHOLE = re.compile(rf"(?:[ -~]|{_LETTER}|{_LOST.pattern})*+")


def read_again(value: str) -> str:
    """A text that was garbled by being read as Windows-1252 or Latin-1, as it was; else as it is.

    What was garbled several times is read again as often. A text that holds anything but ASCII and
    garbled letters is left: not all of it went the same way.
    """
    while _ONE.search(value) and _WHOLE.fullmatch(value):
        try:
            before = b"".join(map(_byte_of, _LOST.sub("\u00c3\u00a0", value))).decode("utf-8")
        except UnicodeError:
            return value
        value = before
    return value


def regained(value: str) -> str | None:
    """A garbled text as it was, without blanks at its ends; None where it was not garbled."""
    bare = value.strip(_BLANKS)
    # A blank at an end may be what is left of a letter.
    for text in (value, value.strip(" \t"), bare):
        if (again := read_again(text)) != text:
            return regained(again) or again.strip(_BLANKS)
    return None


def _byte_of(character: str) -> bytes:
    """The byte that was taken for the character; Windows-1252 has none for some controls of Latin-1."""
    try:
        return character.encode("cp1252")
    except UnicodeError:
        return character.encode("latin-1")
