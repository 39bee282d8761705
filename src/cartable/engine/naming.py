"""Tells which names are meant by others: columns and files, misspelt or in another language."""

import unicodedata
from collections.abc import Collection, Sequence
from functools import cache

from cartable.formats.format import File
from cartable.formats.sds import TRANSLATED_HEADERS

# How alike two headers, or two names of files, must be, in percent, for one to be the other misspelt.
_ALIKE_HEADERS, _ALIKE_FILES = 75.0, 85.0


def alike(name: str, others: Sequence[str]) -> list[str]:
    """The headers that one may be a misspelling of, the likeliest first."""
    return _alike(name.strip(), others, _ALIKE_HEADERS)


def files_alike(name: str, others: Collection[str]) -> list[str]:
    """The names of files that one may be a misspelling of, the likeliest first."""
    return _alike(name, others, _ALIKE_FILES)


def _alike(name: str, others: Collection[str], least: float) -> list[str]:
    if not others:
        return []
    from rapidfuzz import fuzz  # takes time to load, and most names are right

    scored = [(fuzz.ratio(name.casefold(), other.casefold()), other) for other in others]
    return [other for score, other in sorted(scored, reverse=True) if score >= least]


def translated(name: str, file: File) -> str | None:
    """The column of a file that a header is in another language, if any."""
    column = _words(file.entity).get(folded(name))
    return None if column and column.casefold() == name.strip().casefold() else column


@cache
def _words(entity: str) -> dict[str, str]:
    return {folded(word): column for word, column in TRANSLATED_HEADERS.get(entity, {}).items()}


def folded(text: str) -> str:
    """The letters and digits of a text, without capitals and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if character.isalnum()).casefold()
