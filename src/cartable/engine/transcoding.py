"""Brings the text of a file to what SDS expects: UTF-8, no mark, lines that end with LF or CR LF.

Each step reads a file in blocks and writes another one, or finds nothing to do and writes nothing.
"""

import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from cartable.engine.mistaking import ENCODINGS, UTF8_MARK, mistaken, title_of, wide_codec
from cartable.formats.format import File
from cartable.model.repairs import Repair
from cartable.rules import files as rules

_BLOCK = 4 * 1024 * 1024
_MARK = "\ufeff"

# Signs that names and titles are written with beside letters; the opening ones stand before a
# word, the closing ones behind it.
_OPENING, _CLOSING = frozenset("«“"), frozenset("»”…")
_SIGNS = _OPENING | _CLOSING | frozenset("’‘–—°€·²³º\u00a0")
# Latin letters of the old encodings that no name is written with.
_NO_LETTERS = frozenset("ƒªı")


def decode(source: Path, target: Path, file: File) -> list[Repair]:
    """Write the text in UTF-8 where it is in one other encoding for certain."""
    codec = _codec_of(source)
    if not codec or not _recoded(source, target, codec):
        return []
    return [Repair("encoding", file.name, None, None, title_of(codec), "UTF-8")]


def take_marks(source: Path, target: Path, file: File) -> list[Repair]:
    """Leave out the byte order marks that a file in UTF-8 begins with."""
    with source.open("rb") as stream:
        count = 0
        while stream.read(len(UTF8_MARK)) == UTF8_MARK:
            count += 1
        if not count:
            return []
        stream.seek(count * len(UTF8_MARK))
        with target.open("wb") as out:
            while piece := stream.read(_BLOCK):
                out.write(piece)
    return [Repair("mark", file.name, None, None, " ".join(["U+FEFF"] * min(count, 9)), "")]


def end_lines(source: Path, target: Path, file: File) -> list[Repair]:
    """Write line feeds where every line ends with a carriage return alone."""
    has_return = False
    for piece in _blocks(source):
        if b"\n" in piece or b"\0" in piece:
            return []
        has_return = has_return or b"\r" in piece
    if not has_return:
        return []
    with target.open("wb") as out:
        for piece in _blocks(source):
            out.write(piece.replace(b"\r", b"\n"))
    return [Repair("line-ends", file.name, None, None, "CR", "LF")]


def _blocks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as stream:
        while piece := stream.read(_BLOCK):
            yield piece


def _codec_of(source: Path) -> str | None:
    """The encoding of a file that is not UTF-8; None where it is, or where more than one is possible."""
    first = next(_blocks(source), b"")[:_BLOCK]
    if codec := wide_codec(first):
        return codec
    fault = mistaken(first)
    if (fault and fault.rule is not rules.ENCODING) or _is_utf8(source):
        return None
    fitting, known = list(ENCODINGS), set[bytes]()
    for met in _met(source):
        fitting = [codec for codec in fitting if all(_is_sound(codec, one) for one in met - known)]
        if not fitting:
            return None
        known |= met
    return fitting[0] if len(fitting) == 1 else None


def _is_utf8(source: Path) -> bool:
    decoder = getincrementaldecoder("utf-8")("strict")
    try:
        for piece in _blocks(source):
            if not piece.isascii() or decoder.getstate()[0]:
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _met(source: Path) -> Iterator[set[bytes]]:
    """The bytes beyond ASCII as they occur in each block, between their neighbours."""
    before, blocks = b"\n", _blocks(source)
    piece = next(blocks, b"")
    while piece:
        following = next(blocks, b"")
        around = np.frombuffer(before + piece + (following[:1] or b"\n"), np.uint8).astype(np.uint32)
        places = np.flatnonzero(around[1:-1] > 127) + 1
        triples = around[places - 1] << 16 | around[places] << 8 | around[places + 1]
        yield {int(one).to_bytes(3, "big") for one in np.unique(triples)}
        before, piece = piece[-1:], following


def _is_sound(codec: str, met: bytes) -> bool:
    """Whether the middle one of three bytes is a letter or a sign that can stand where it stands."""
    before, character, after = list(met.decode(codec, errors="replace"))
    if "\0" in (before, after):
        return False
    if character in _SIGNS:
        return not (
            (character in _OPENING and before.isalnum()) or (character in _CLOSING and after.isalpha())
        )
    if character in _NO_LETTERS or not unicodedata.name(character, "").startswith("LATIN"):
        return False
    if character.isupper():
        # Capitals stand at the start of a word or side by side.
        return not before.islower() and not (before.isupper() and after.islower())
    return not after.isupper()


def _recoded(source: Path, target: Path, codec: str) -> bool:
    """Write the text in UTF-8 without a mark; whether every byte could be decoded."""
    decoder, is_begun = getincrementaldecoder(codec)("strict"), False
    try:
        with target.open("wb") as out:
            for piece in chain(_blocks(source), [b""]):
                text = decoder.decode(piece, final=not piece)
                if not is_begun:
                    text = text.lstrip(_MARK)
                    is_begun = bool(text)
                out.write(text.encode())
    except UnicodeError:
        target.unlink()
        return False
    return True
