"""An organisation's own codes, read from the file behind --codes."""

from pathlib import Path

import pytest

from cartable.errors import UsageError
from cartable.formats.codes import read_codes
from cartable.model.limits import CODES
from cartable.model.vocabularies import GRADES


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "codes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_extended_by_codes_with_both_labels(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        '[grades]\n"6e" = { en = "Year 7", fr = "Sixième", aliases = ["6ème"] }\n'
        '[userFlags]\nbursary = { en = "Bursary", fr = "Boursier", sort = 9 }\n',
    )
    codes = read_codes(path)
    assert set(codes) == {"grades", "userFlags"}
    assert codes["grades"].codes[:-1] == GRADES.codes
    assert (codes["grades"].codes[-1].en, codes["grades"].codes[-1].fr) == ("Year 7", "Sixième")
    assert codes["grades"].spellings["6ème"] == "6e"
    assert codes["grades"].spellings["1"] == "01"
    assert codes["userFlags"].codes[-1].sort == 9


def test_an_empty_file_extends_nothing(tmp_path: Path) -> None:
    assert read_codes(_written(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "words", "remedy"),
    [
        ("[grade]\n", "list grade, which does not exist", "grades"),
        ("[orgRoles]\n", "orgRoles .* is fixed", "userFlags"),
        ("grades = 3\n", "grades is not a table", "[{list}]"),
        ("[grades\n", "is no TOML", "square brackets"),
        ('[grades]\nx = "X"\n', "code x lacks a label", "en ="),
        ('[grades]\nx = { en = "X" }\n', "code x lacks a label", "en ="),
        ('[grades]\nx = { en = "X", fr = "X", de = "X" }\n', "what no code has: de", "en ="),
        (
            '[grades]\nx = { en = "X", fr = "X", sort = "1" }\n',
            "sort of the code x is no whole number",
            "en =",
        ),
        ('[grades]\n" x" = { en = "X", fr = "X" }\n', "blanks at its ends", "en ="),
        ('[races]\n"a,b" = { en = "X", fr = "X" }\n', "a comma", "en ="),
        (
            '[grades]\nKG = { en = "X", fr = "X" }\n',
            "KG .* already in the list grades, as kg",
            "Leave it out",
        ),
        ('[grades]\nx = { en = "X", fr = "X", aliases = ["1"] }\n', "1 .* already .* as 01", "Leave it out"),
        (
            '[grades]\nx = { en = "X", fr = "X" }\nX = { en = "X", fr = "X" }\n',
            "X .* already",
            "Leave it out",
        ),
    ],
)
def test_what_is_no_code_is_refused_with_file_list_and_remedy(
    tmp_path: Path, text: str, words: str, remedy: str
) -> None:
    path = _written(tmp_path, text)
    with pytest.raises(UsageError, match=words) as caught:
        read_codes(path)
    assert str(path) in str(caught.value)
    hint = caught.value.hint
    assert remedy in hint or remedy in hint.format(**caught.value.values)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_codes(tmp_path / "none.toml")
    path = tmp_path / "codes.toml"
    path.write_bytes(b"\xff\xfe[\x00")
    with pytest.raises(UsageError, match="is no TOML"):
        read_codes(path)


def test_a_file_that_is_too_long_for_codes_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path, "#" * CODES.size + "\n")
    with pytest.raises(UsageError, match=r"longer than 1 MiB"):
        read_codes(path)


def test_a_file_of_endless_brackets_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no TOML: it is nested too deep"):
        read_codes(_written(tmp_path, "a = " + "[" * 5000))


def test_a_code_that_an_alias_of_an_earlier_one_takes_is_refused(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        '[grades]\n"6e" = { en = "a", fr = "b", aliases = ["Six"] }\nsix = { en = "a", fr = "b" }\n',
    )
    with pytest.raises(UsageError, match="already in the list grades, as 6e"):
        read_codes(path)
