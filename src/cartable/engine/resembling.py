"""Judges whether one text stands for another that somebody mistyped, or that a program respelled.

Plausible is what a school's secretary would agree with at a glance. Between two that are equally
close there is no answer: a wrong suggestion costs more than none.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from itertools import takewhile

from cartable.rules.derived import BLANKS

LONGEST = 100
"""Characters of a text that may resemble another; what is longer is no code and no identifier."""

SEPARATORS = "-_ ./·'’"
"""Characters that people put between the parts of a code, and leave out as easily."""

HOMOGLYPHS = (
    "АВЕКМНОРСТУХІЅЈаеорсухіѕј" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABEKMHOPCTYXISJaeopcyxisj" + "ABEZHIKMNOPTYXo",
)
"""Cyrillic and Greek letters, and the Latin ones that nobody can tell them from."""

# Letters that a typeface shows like a digit. They are told before capitals are, since neither a
# small i nor a capital L looks like a one.
_LOOK_ALIKES = str.maketrans("OoIl", "0011")

_FOREIGN = str.maketrans(*HOMOGLYPHS)

# Those of them that cannot be told apart at a glance; and how many of such characters are told.
_SAME_LOOK, _SHOWN = str.maketrans("OIl", "011"), 3

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})

_BLANK = re.compile(f"[{''.join(BLANKS)}]+")
_SEPARATOR = re.compile(f"[{re.escape(SEPARATORS)}]+")
_BESIDE_A_LETTER = re.compile(r"(?<![0-9])-|-(?![0-9])")
_PADDING = re.compile(r"(?<![0-9])0+(?=[0-9])")
_DECIMALS = re.compile(r"\A([0-9]+)[.,]0+\Z")

# Digits that people write in groups; 1-02 and 102 differ.
_GROUPED = 6

# A word in which two slips are forgiven.
_LONG = 8
# What a slip leaves recognisable: a letter in MATHS, two digits in 1204; neither the A of 6A nor the
# 12 of CLS-12.
_WORD, _SERIES = 4, 3

SHORTEST = 4
"""Characters that a text must have for a slip to leave it recognisable."""


def folded(text: str) -> str:
    """The text without capitals, accents and blanks, its separators alike: what slips are counted in."""
    return _joined(_plain(text)).casefold()


def _plain(text: str) -> str:
    """The text in Latin letters where others look like them, without accents and ligatures.

    A full-width or other form of a character is the character.
    """
    marked = unicodedata.normalize("NFKD", text.translate(_FOREIGN).translate(_LIGATURES))
    return "".join(one for one in marked if not unicodedata.combining(one))


def _joined(text: str) -> str:
    """The text with one kind of separator, and none at its ends."""
    return _SEPARATOR.sub("-", _BLANK.sub(" ", text)).strip("-")


def _bare(text: str) -> str:
    """The same without separators beside letters; 1-02 and 102 differ."""
    return _BESIDE_A_LETTER.sub("", _joined(text))


def _forms(text: str) -> tuple[tuple[str, ...], ...]:
    """What is left of a text where ever more is overlooked: texts that share a form resemble each other.

    First capitals and blanks; then accents and separators; then either the zeros that fill a number
    up (and the decimals that a spreadsheet gave it), or letters that look like digits; then separators
    within a number, if it is a long one.
    """
    plain = _plain(text)
    same = _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()
    bare = _bare(plain).casefold()
    unpadded = _PADDING.sub("", _bare(_DECIMALS.sub(r"\1", plain)).casefold())
    alike = _bare(plain.translate(_LOOK_ALIKES)).casefold()
    whole = bare.replace("-", "") if len(_digits(bare)) >= _GROUPED else ""
    levels = (same,), (bare,), (f"={unpadded}" if unpadded else "", f"~{alike}" if alike else ""), (whole,)
    return tuple(tuple(filter(None, forms)) for forms in levels)


class Known:
    """Texts that are known, and what each of them stands for.

    Args:
        meanings: pairs of a text and what it stands for: itself, or the code that it is a label of.
    """

    def __init__(self, meanings: Iterable[tuple[str, str]]) -> None:
        self._by_form: tuple[dict[str, set[str]], ...] = ({}, {}, {}, {})
        self._folded: dict[str, set[str]] = {}
        for text, meaning in meanings:
            self._folded.setdefault(folded(text), set()).add(meaning)
            for level, forms in zip(self._by_form, _forms(text), strict=True):
                for form in forms:
                    level.setdefault(form, set()).add(meaning)

    def respelled(self, text: str) -> set[str]:
        """What it stands for where no letter is wrong; several where that cannot be told."""
        for level, forms in zip(self._by_form, _forms(text), strict=True):
            if meant := {meaning for form in forms for meaning in level.get(form, ())}:
                return meant
        return set()

    def mistyped(self, text: str) -> set[str]:
        """What it stands for where a letter is wrong, missing or too much, or two changed places."""
        # Takes time to load, and most deliveries need none of it.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        received = folded(text)
        most = 2 if len(received) >= _LONG and received.isalpha() else 1
        near = process.extract(
            received, self._folded.keys(), scorer=OSA.distance, score_cutoff=most, limit=None
        )
        close = [known for known, distance, _ in near if distance == near[0][1]]
        if not all(_is_recognisable(received, known) for known in close):
            return set()
        return {meaning for known in close for meaning in self._folded[known]}

    def closest(self, text: str) -> str | None:
        """The one thing that the text must have been meant for; None where there is none, or several."""
        return only(self.respelled(text) or self.mistyped(text)) if 0 < len(text) <= LONGEST else None


def respelling(text: str, others: Iterable[str]) -> set[str]:
    """Those of the others that the text is equally well another spelling of."""
    return Known((other, other) for other in others).respelled(text)


def look_alike(text: str, other: str) -> str | None:
    """The characters by which two texts differ that look the same, with their code points; else None.

    Of two that look alike the one that is less usual: a foreign letter, a letter among digits.
    """
    one, two = unicodedata.normalize("NFC", text), unicodedata.normalize("NFC", other)
    if text == other or _look(one) != _look(two):
        return None
    pairs = ((left, right) for left, right in zip(one, two, strict=True) if left != right)
    odd = [max(pair, key=lambda sign: (not sign.isascii(), sign.isalpha())) for pair in pairs]
    if one == two:
        # Composed in one of them only: a letter and a mark, which is shown on a circle.
        odd = [f"◌{sign}" for sign in text + other if unicodedata.combining(sign)]
    return "; ".join(f"{sign}, U+{ord(sign[-1]):04X}" for sign in [*dict.fromkeys(odd)][:_SHOWN])


def _look(text: str) -> str:
    return text.translate(_FOREIGN).translate(_SAME_LOOK)


def only(meant: Collection[str]) -> str | None:
    """The one that was meant, None where it may have been several."""
    return next(iter(meant)) if len(meant) == 1 else None


def is_slip(text: str, identifier: str, *, numbered: bool) -> bool:
    """Whether a text that is one edit away from an identifier is so by a slip of the fingers.

    A letter may slip inside a word, not at its end, where it may count something (GROUPA, GROUPB); two
    neighbours may change places. Another digit makes another number.

    Args:
        numbered: whether the identifier is one of a series, so that digits in another order make
            another number too.
    """
    one, other = folded(text), folded(identifier)
    if sorted(one) == sorted(other):
        start, _ = _difference(one, other)
        return _is_recognisable(one, other) and not (numbered and one[start].isdigit())
    return _is_recognisable(one, other) and _is_inside(one, other)


def _is_recognisable(one: str, other: str) -> bool:
    """Whether two folded texts, a few edits apart, differ within a word, or by the order of digits."""
    if min(len(one), len(other)) < SHORTEST:
        return False
    start, _ = _difference(one, other)
    longer = max(one, other, key=len)
    if sorted(one) == sorted(other):
        kind = str.isdigit if one[start : start + 2].isdigit() else str.isalpha
        return sum(_around(longer, start, kind)) >= _SERIES and kind(one[start : start + 2])
    return _digits(one) == _digits(other) and sum(_around(longer, start, str.isalpha)) >= _WORD


def _is_inside(one: str, other: str) -> bool:
    """Whether two folded texts differ neither at the start nor at the end of a word."""
    start, end = _difference(one, other)
    before, after = _around(max(one, other, key=len), start, str.isalpha)
    return before > 0 and after > end - start


def _difference(one: str, other: str) -> tuple[int, int]:
    """From where to where the longer of two texts differs from the other."""
    start = len(_shared(one, other))
    shared = len(_shared(one[start:][::-1], other[start:][::-1]))
    return start, max(len(one), len(other)) - shared


def _shared(one: str, other: str) -> str:
    """What both texts begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(first for first, _ in pairs)


def _around(text: str, place: int, kind: Callable[[str], bool]) -> tuple[int, int]:
    """How many characters of a kind stand unbroken before a place, and how many from it on."""
    return sum(1 for _ in takewhile(kind, text[:place][::-1])), sum(1 for _ in takewhile(kind, text[place:]))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
