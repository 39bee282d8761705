"""Reading against a slow and simple reader of bytes, on many small files."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engine.readings import users_of
from tests.engine.simple_reading import is_blank, simple_records

COLUMNS = ("sourcedId", "username", "givenName")
HEADER = b"sourcedId,username,givenName\n"

# Pieces that garbage is made of: everything that the scan treats in a way of its own.
GARBAGE = st.lists(
    st.sampled_from(
        [
            b'"',
            b'""',
            b",",
            b"\n",
            b"\r\n",
            b"\r",
            b"a",
            b"U1",
            b" ",
            b"\t",
            b"\0",
            b"\x1b",
            "é".encode(),
            HEADER,
            HEADER.strip(),
            b"\xef\xbb\xbf",
            b"\xc2\x85",
        ]
    ),
    max_size=40,
).map(b"".join)

CELLS = st.text(st.sampled_from('abc éè😀«,"; \u00a0-'), max_size=8)


def expected_of(data: bytes) -> tuple[list[int], list[tuple[int, str]]]:
    """Lines of the rows to load; lines and codes of findings."""
    lines, findings, blank = [], [], []
    for line, text, faults in list(
        simple_records((HEADER + data).decode(), len(COLUMNS), HEADER.decode().strip())
    )[1:]:
        if is_blank(text):
            blank.append((line, "row.blank"))
        elif "row.header" in faults:
            findings.append((line, "row.header"))
        elif "row.quote" in faults:
            findings.append((line, "row.quote"))
        elif faults:
            findings += sorted((line, fault) for fault in faults)
        else:
            lines.append(line)
    return lines, findings + blank[:1]


@settings(max_examples=100, deadline=None)
@given(data=GARBAGE, block=st.integers(1, 12) | st.just(4096))
@example(data=b'"a""', block=2)
@example(data=b'a,b""\nU2,c,d\n', block=33)
@example(data=b'U1,"a""b",c\nU2,x"y,z\n', block=4096)
@example(data=b'U1,"a"\rb,c\n', block=3)
@example(data=b"U1,\xc2\x85,\n", block=5)
@example(data=b"\r\r\n", block=1)
@example(data=b"U1,a,b\r", block=4)
@example(data=b"U1,a,b\n\xef\xbb\xbf" + HEADER.strip(), block=5)
@example(data=HEADER.replace(b"\n", b"\r\n") * 2, block=4096)
@example(data=HEADER.strip() + b"\r", block=4096)
@example(data=HEADER.strip() + b"s\n" + HEADER, block=4096)
def test_garbage_is_told_apart_as_the_simple_reader_does(data: bytes, block: int) -> None:
    lines, findings = expected_of(data)
    with tempfile.TemporaryDirectory() as folder, users_of(Path(folder), HEADER + data, block) as result:
        told = result.findings("line", "code")
        # That the file ends within its last row is said besides.
        assert [(line, code) for line, code in told if line and code != "file.cut"] == sorted(findings)
        assert [line for (line,) in result.raw()] == lines
        rows = result.file()
        assert rows.rows == len(lines) + len(result.pulled())
        assert [line for line, _ in result.pulled()] == sorted(
            {line for line, code in findings if code != "row.blank"}
        )


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=60), block=st.integers(1, 9) | st.just(4096))
def test_no_bytes_make_reading_fail_or_lose_a_row(data: bytes, block: int) -> None:
    with tempfile.TemporaryDirectory() as folder, users_of(Path(folder), data, block) as result:
        file = result.file()
        assert file.rows == len(result.raw()) + len(result.pulled())
        fatal = result.workspace.execute("select count(*) from finding where severity = 'fatal'")
        assert file.readable == (fatal == [(0,)])


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS.map("U".__add__), CELLS, CELLS), max_size=8),
    blanks=st.lists(st.integers(0, 2), min_size=8, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    last=st.booleans(),
    block=st.integers(1, 40) | st.just(4096),
)
def test_well_formed_files_arrive_as_they_were_written(
    rows: list[tuple[str, str, str]],
    blanks: list[int],
    end: str,
    quoting: int,
    mark: bytes,
    last: bool,
    block: int,
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerow(COLUMNS)
    expected, line = [], 1
    for row, blank in zip(rows, blanks, strict=False):
        out.write(end * blank)
        writer.writerow(row)
        line += blank + 1
        expected.append((line, *(cell or None for cell in row)))
    text = out.getvalue() if last or not rows else out.getvalue().removesuffix(end)
    with (
        tempfile.TemporaryDirectory() as folder,
        users_of(Path(folder), mark + text.encode(), block) as result,
    ):
        assert result.raw(*COLUMNS) == expected
        assert {code for (code,) in result.findings("code")} <= {"row.blank", "file.header-only"}
