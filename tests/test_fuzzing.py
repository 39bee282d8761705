"""What holds whatever the input: each input that is kept in the corpus, and many made of them."""

from pathlib import Path

import pytest
from fuzzing import targets
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CORPUS = Path(targets.__file__).parent / "corpus"
KEPT = sorted(CORPUS.glob("*/*"))
OFTEN = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A whole check takes a tenth of a second.
SELDOM = settings(OFTEN, max_examples=15)

PIECES = st.binary(max_size=8) | st.sampled_from(
    [
        *(
            b"\0",
            b'"',
            b'""',
            b",",
            b"\n",
            b"\r",
            b"\r\n",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\xe9",
            b"\xc2\x85",
        ),
        *("é".encode(), "\u202e\u200b".encode(), b"=1+1", b"\x1b[2J", b"{value}", b"x" * 70_000, b"[" * 2000),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, target: str) -> bytes:
    """A kept input with bytes flipped, put in, taken out, repeated, or cut."""
    data = draw(st.sampled_from([path.read_bytes() for path in KEPT if path.parent.name == target]))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(data)))
        end = min(begin + draw(st.integers(0, 40)), len(data))
        match draw(st.sampled_from(["flip", "put in", "take out", "repeat", "cut"])):
            case "flip":
                data = data[:begin] + bytes(byte ^ 1 << (byte & 7) for byte in data[begin:end]) + data[end:]
            case "put in":
                data = data[:begin] + draw(PIECES) + data[begin:]
            case "take out":
                data = data[:begin] + data[end:]
            case "repeat":
                data = data[:end] + data[begin:end] * draw(st.integers(1, 20)) + data[end:]
            case "cut":
                data = data[:begin]
    return data


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_kept_breaks_no_promise(path: Path) -> None:
    targets.tried(path.parent.name, path.read_bytes())


def test_there_is_a_corpus_for_each_target() -> None:
    assert {path.parent.name for path in KEPT} == set(targets.TARGETS)


@OFTEN
@given(damaged("scanning") | st.binary(max_size=200))
def test_any_bytes_are_scanned_as_the_simple_reader_reads_them(data: bytes) -> None:
    targets.tried("scanning", data)


@OFTEN
@given(damaged("heading") | st.binary(max_size=200))
def test_any_file_has_a_head_or_a_reason_why_not(data: bytes) -> None:
    targets.tried("heading", data)


@OFTEN
@given(damaged("zips") | st.binary(max_size=200))
def test_any_zip_is_taken_in_or_said_why_not(data: bytes) -> None:
    targets.tried("zips", data)


@OFTEN
@given(damaged("codes") | st.binary(max_size=200))
@example(b"[grades]\n" + b"a = {" * 1000)
def test_any_file_of_codes_is_taken_or_refused(data: bytes) -> None:
    targets.tried("codes", data)


@settings(OFTEN, max_examples=30)
@given(damaged("plans"))
def test_any_plan_file_is_taken_or_refused(data: bytes) -> None:
    targets.tried("plans", data)


@SELDOM
@given(damaged("delivery") | st.binary(max_size=200))
def test_each_row_of_any_delivery_is_accounted_for(data: bytes) -> None:
    targets.tried("delivery", data)


@SELDOM
@given(damaged("archive"))
def test_each_row_of_any_zip_is_accounted_for(data: bytes) -> None:
    targets.tried("archive", data)
