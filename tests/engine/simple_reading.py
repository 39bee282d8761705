"""A slow and simple reader of CSV texts: what the fast one must agree with."""

from collections.abc import Iterator

from cartable.model.limits import ROW


def simple_records(text: str, columns: int, header: str = "") -> Iterator[tuple[int, str, set[str]]]:
    """(line, text, faults) of each record, found character by character as `csv.reader` would.

    Args:
        header: a record of this text, with or without a byte order mark, is the header again.
    """
    place, line = 0, 1
    while place < len(text):
        begin, first, faults, commas = place, line, set(), 0
        quoted, at_start = False, True
        while place < len(text):
            here, behind = text[place], text[place + 1 : place + 2]
            ended = here == "\n" and not quoted
            line += here == "\n" or (here == "\r" and behind != "\n")
            if (here in "\r\n" and quoted and text[place : place + 2] != "\r\n") or (
                here == "\r" and behind != "\n"
            ):
                faults.add("row.linebreak")
            if here not in "\t\r\n" and (here < " " or "\x7f" <= here < "\xa0"):
                faults.add("row.control-character")
            if here == '"' and quoted and behind == '"':
                place += 1
            elif here == '"' and quoted:
                quoted = False
                if behind not in ("", ",", "\r", "\n"):
                    faults.add("row.quote")
            elif here == '"' and at_start:
                quoted = True
            elif here == '"':
                faults.add("row.quote")
            commas += here == "," and not quoted
            at_start = here == "," and not quoted
            place += 1
            if ended:
                break
        if quoted:
            faults.add("row.quote")
        if commas != columns - 1:
            faults.add("row.ragged")
        bare = text[begin:place].removesuffix("\n").removesuffix("\r").removeprefix("\ufeff")
        if header and bare == header:
            faults.add("row.header")
        yield first, text[begin:place], faults


def is_blank(text: str) -> bool:
    """Whether a record is a blank line, which is no row."""
    return not text.strip(" \t,\r\n")


def rows_of(data: bytes) -> int:
    """How many rows a file in UTF-8 has behind its header."""
    records = [text for _, text, _ in simple_records(data.decode("utf-8-sig"), 1) if not is_blank(text)]
    assert all(len(text.encode()) <= ROW.size for text in records)
    return max(len(records) - 1, 0)
