"""A file that stops in the middle of its last row is told as such."""

from pathlib import Path

import pytest

from cartable.flow.checking import checked
from cartable.model.options import CheckOptions
from tests.engine.uploads import BASE

USERS = "sourcedId,username,givenName\nT1,anne,Anne\nP1,leo,Léo\n"
LINE = 4


def codes(directory: Path, users: bytes) -> list[tuple[str, int | None]]:
    """What is found in users.csv."""
    for name, text in BASE.items():
        (directory / name).write_text(text, encoding="utf-8")
    (directory / "users.csv").write_bytes(users)
    with checked(directory, CheckOptions()) as result:
        return sorted((f.code, f.line) for f in result.findings() if f.file == "users.csv")


@pytest.mark.parametrize(
    ("end", "others"),
    [
        ("P2,mia", [("row.ragged", LINE)]),
        ("P2", [("row.ragged", LINE)]),
        ('P2,mia,"Mi', [("row.quote", LINE)]),
        ('"P2', [("row.quote", LINE)]),
        ('P2,"mia\nro', [("row.quote", LINE)]),
    ],
)
def test_a_last_row_without_its_end_is_cut(end: str, others: list[tuple[str, int]], tmp_path: Path) -> None:
    assert codes(tmp_path, (USERS + end).encode()) == [("file.cut", LINE), *others]


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("P2,mia,Mia", []),
        ("P2,mia\n", [("row.ragged", LINE)]),
        ("P2,mia,Mia,more", [("row.ragged", LINE)]),
        ('P2,mia,Mi"a', [("row.quote", LINE)]),
        ('P2,mia,"Mi\n', [("row.quote", LINE)]),
        (",,", [("row.blank", LINE)]),
    ],
)
def test_a_last_row_that_is_all_there_is_not_cut(
    end: str, found: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert codes(tmp_path, (USERS + end).encode()) == found


def test_a_file_may_stop_within_a_character(tmp_path: Path) -> None:
    found = codes(tmp_path, (USERS + "P2,zoé").encode()[:-1])
    assert found == [("file.cut", LINE), ("file.encoding", LINE)]


def test_a_file_in_another_encoding_is_not_cut(tmp_path: Path) -> None:
    assert codes(tmp_path, (USERS + "P2,mia,Mia\n").encode("cp1252")) == [("file.encoding", 3)]
