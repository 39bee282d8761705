"""Characters, as the rules name them in regular expressions and in bytes; letters garbled by an encoding."""


def escaped(characters: str) -> str:
    """Characters one after the other for a regular expression, in ASCII."""
    return "".join(rf"\x{{{ord(character):04x}}}" for character in characters)


def one_of(characters: str) -> str:
    """The same for a class of characters, in ranges: planning a query takes longer the longer it is."""
    ranges: list[str] = []
    for character in sorted(set(characters)):
        if ranges and ord(character) == ord(ranges[-1][-1]) + 1:
            ranges[-1] = ranges[-1][0] + character
        else:
            ranges.append(character)
    return "".join("-".join(map(escaped, one)) for one in ranges)


def bytes_of(characters: str) -> tuple[bytes, ...]:
    """The UTF-8 of each character."""
    return tuple(character.encode() for character in characters)


# UTF-8 that was read in another encoding: each letter beyond ASCII has become two or three characters,
# of which the first shows how many, and which the others may be. Listed are those of letters and
# signs of languages in Latin letters; all others would be taken for real words too easily.
_TAIL = bytes(range(0x80, 0xC0))
_SEQUENCES: tuple[tuple[bytes, bytes], ...] = (
    (b"\xc2", _TAIL[0x20:]),  # signs, no-break space
    (b"\xc3", _TAIL),  # western letters
    (b"\xc4", _TAIL),  # central and eastern European letters
    (b"\xc5", _TAIL),
    (b"\xc6", b"\xa0\xa1\xaf\xb0"),  # Vietnamese horned letters
    (b"\xc8", b"\x98\x99\x9a\x9b"),  # Romanian letters with a comma
    (b"\xe1\xba", _TAIL),  # Vietnamese letters
    (b"\xe1\xbb", _TAIL),
    (b"\xe2\x80", _TAIL),  # quotation marks, dashes
    (b"\xe2\x82", b"\xac"),  # the euro
    (b"\xef\xbb", b"\xbf"),  # the mark of UTF-8
    (b"\xef\xbf", b"\xbd"),  # the character that replaces unreadable ones
)


def _sequences(encoding: str) -> tuple[tuple[str, str], ...]:
    """What begins and what may end a letter that was read in this encoding."""
    return tuple((head.decode(encoding), tail.decode(encoding, "ignore")) for head, tail in _SEQUENCES)


def _letter(*encodings: str) -> str:
    """A letter that was read in one of these encodings, for a regular expression."""
    return "(?:{})".format(
        "|".join(
            f"{escaped(head)}[{one_of(tail)}]"
            for encoding in encodings
            for head, tail in _sequences(encoding)
        )
    )


BEHIND_A_WORD = " ,.;:!?)"
"""What follows a word: there the no-break space behind a broken "à" is often a plain one by now; it was
none where a letter follows."""

GARBLED_LETTER = _letter("latin-1", "cp1252")
"""What a letter becomes when UTF-8 is read as Windows-1252 or Latin-1, as a regular expression."""


def garbled(*encodings: str) -> str:
    """A text with letters that were read in these encodings, and nothing else beyond ASCII."""
    letter = _letter(*encodings)
    plain = rf"(?:[ -~]|{letter}|\x{{00c3}} (?:[{BEHIND_A_WORD}]|\z))*"
    return rf"\A{plain}{letter}{plain}\z"


GARBLED_BYTES = tuple(
    sorted({(head + tail[0]).encode()[:3] for head, tails in _sequences("cp1252") for tail in tails})
)
"""The first three bytes of letters that were read as Windows-1252."""
