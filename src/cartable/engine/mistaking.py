"""Tells what a file is that was taken for CSV text in UTF-8 and is none."""

from cartable.engine.findings import Found
from cartable.rules import files as rules

# Codecs by their mark. The longest first: the first mark of UTF-32 is also one of UTF-16.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# And by where the zeros stand among the first bytes of ASCII text.
_ZEROS = {"x000": "utf-32-le", "000x": "utf-32-be", "x0x0": "utf-16-le", "0x0x": "utf-16-be"}
UTF8_MARK = b"\xef\xbb\xbf"

# What compressed files begin with. Sources: APPNOTE.TXT 4.3.7 (zip); RFC 1952 (gzip); RFC 8878
# (Zstandard); the format descriptions of 7-Zip and xz.
_ZIP = b"PK\x03\x04"
_COMPRESSED = (_ZIP, b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\0")
# Names and types at the start of a zip that is a workbook. Sources: ISO/IEC 29500-2; OpenDocument 1.3,
# part 2, section 3.3.
_WORKBOOK = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"xl/", b"opendocument.spreadsheet")
_WORKBOOK_START = 200
# The container of Excel's older workbooks. Source: MS-CFB, section 2.2.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# How many bytes on each side of a wrong one are shown.
_AROUND = 40

# Encodings that exports come in, the likeliest first, and letters that tell which it is,
# some of them much more common than others.
ENCODINGS = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "DOS code page 850"}
_COMMON, _LETTERS = frozenset("éèàêç"), frozenset("àâäáãçéèêëíîïñóôöõúùûüÿœæßÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒ’‘“”«»–—…°€")


def mistaken(first: bytes) -> Found | None:
    """What the first bytes of a file show that it is, if it is no CSV text in UTF-8."""
    if any(first.startswith(mark) for mark, _ in _MARKS):
        return _not_utf8(first)
    if first.startswith(_OLD_WORKBOOK) or (
        first.startswith(_ZIP) and any(name in first[:_WORKBOOK_START] for name in _WORKBOOK)
    ):
        return Found(rules.UNREADABLE, detail={"case": "workbook"})
    if first.startswith(_COMPRESSED):
        return Found(rules.UNREADABLE, detail={"case": "compressed"})
    if wide_codec(first):
        return _not_utf8(first)
    if first.startswith(UTF8_MARK * 2):
        return Found(rules.ENCODING, line=1, detail={"case": "marks", "likely": "UTF-8"})
    return None


def wide_codec(first: bytes) -> str | None:
    """The codec of a text whose characters take several bytes each, as the first ones show."""
    zeros = "".join("0" if byte == 0 else "x" for byte in first[:4])
    return next((codec for mark, codec in _MARKS if first.startswith(mark)), _ZEROS.get(zeros))


def title_of(codec: str) -> str:
    """The name of an encoding for people."""
    return ENCODINGS.get(codec) or codec[: len("utf-16")].upper()


def _not_utf8(first: bytes) -> Found:
    return Found(rules.ENCODING, line=1, detail={"likely": title_of(wide_codec(first) or "")})


def encoding_fault(before: bytes, piece: bytes, line: int, *, shown: bool) -> Found:
    """The finding about a byte that is not UTF-8.

    Args:
        before: what stands before it in its line, or the last of that.
        piece: the byte and what follows.
        line: physical line that it stands in.
        shown: whether the text around it may be shown.
    """
    likely = _likely(piece)
    value = None
    if shown:
        around = before[-_AROUND:] + piece[:_AROUND].partition(b"\n")[0].rstrip(b"\r")
        value = around.decode(likely, errors="replace")
    return Found(rules.ENCODING, line=line, value=value, detail={"likely": ENCODINGS[likely]})


def _likely(piece: bytes) -> str:
    """The encoding in which most bytes beyond ASCII are letters that names are written with."""
    beyond = bytes(byte for byte in piece[: 1 << 16] if byte > 127)

    def letters(encoding: str) -> int:
        text = beyond.decode(encoding, errors="replace")
        return sum((letter in _LETTERS) + 2 * (letter in _COMMON) for letter in text)

    return max(ENCODINGS, key=letters)
