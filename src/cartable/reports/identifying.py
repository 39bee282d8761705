"""Whether what should identify a record, or be a code, tells who somebody is.

Exports put names where identifiers belong: a column too few, and the pupil's name stands in the next.
So an identifier of a person is taken for their name where

- it has no digit: `zoe.roy`, `Zoé`;
- it holds a word of five letters or more: `pastoureau2`, `LeopoldPastoureau1`;
- it holds two words of letters side by side, one of three letters or more: `leo.roy2`, `l.roy2`;
- it holds a character beyond ASCII other than an accent: `李2`.

Words for a role do not count (`student0042`), nor do letters of a hexadecimal number. Of a reference to
a person a whole date and a phone number as it is dialled within the country tell as much: `2010-03-09`,
`0612345678`. All else is an identifier: `P100001`, `U-0042`, `ELV00042`.
"""

import re
import unicodedata
from collections.abc import Iterable

from cartable.formats.oneroster_lists import LISTS
from cartable.model.synonyms import SYNONYMS
from cartable.model.vocabularies import (
    ENROLLMENT_ROLES,
    ORG_ROLES,
    RELATIONSHIP_ROLES,
    VOCABULARIES,
    Vocabulary,
)

_LETTER, _BETWEEN = r"[^\W\d_]", r"[\s.,_'-]+"
_WORD = re.compile(f"{_LETTER}+")
_NAME = re.compile(
    f"{_LETTER}{{5}}|{_LETTER}{{3}}{_BETWEEN}{_LETTER}|{_LETTER}{_BETWEEN}{_LETTER}{{3}}|[^\x00-\x7f]"
)
_SEVERAL_WORDS = re.compile(rf"{_LETTER}[^\w\s]*\s+[^\w\s]*{_LETTER}")
_HEXADECIMAL = re.compile(r"\{?[0-9a-fA-F-]{16,}\}?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")
_DIALLED = re.compile(r"0[1-9](?:[ ./-]?[0-9]{2}){4}")


def _folded(text: str) -> str:
    """The text without accents and capitals, with one kind of apostrophe."""
    marked = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(one for one in marked if not unicodedata.combining(one)).casefold()


def _words_of(vocabulary: Vocabulary) -> Iterable[str]:
    """What people write for the codes of a list."""
    words = SYNONYMS.get(vocabulary.name, {})
    for code in vocabulary.codes:
        yield from map(_folded, (code.value, code.en, code.fr, *code.aliases, *words.get(code.value, ())))


_WORDS = {name: frozenset(_words_of(vocabulary)) for name, vocabulary in {**LISTS, **VOCABULARIES}.items()}
_ROLES = frozenset().union(
    *(_WORDS[listed.name] for listed in (ORG_ROLES, ENROLLMENT_ROLES, RELATIONSHIP_ROLES))
)


def names_somebody(identifier: str) -> bool:
    """Whether an identifier of a person is their name."""
    if not any(map(str.isdecimal, identifier)):
        return True
    if _HEXADECIMAL.fullmatch(identifier):
        return False
    plain = _folded(identifier)
    return _NAME.search(_WORD.sub(_without_role, plain)) is not None


def points_at_somebody(reference: str) -> bool:
    """Whether a reference to a person is their name, a date or a phone number."""
    return (
        names_somebody(reference)
        or _DATE.fullmatch(reference) is not None
        or _DIALLED.fullmatch(reference) is not None
    )


def is_prose(code: str, vocabulary: Vocabulary | None) -> bool:
    """Whether several words stand where a code should, and are no words for one: they may be a name."""
    if _SEVERAL_WORDS.search(code) is None:
        return False
    return vocabulary is None or _folded(code.strip()) not in _WORDS[vocabulary.name]


def _without_role(word: re.Match[str]) -> str:
    return "0" if word[0] in _ROLES else word[0]
