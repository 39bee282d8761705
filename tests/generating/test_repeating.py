"""The same seed makes the same bytes; the directory is respected."""

import hashlib
import shutil
from pathlib import Path

import pytest

from cartable.errors import UsageError
from cartable.formats.sds import SDS_V2_1
from cartable.generating.writing import LF, generate

from .districts import rows


def _digest(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate(tmp_path / name, 300, seed)
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b") != _digest(tmp_path / "c")


def test_the_bytes_are_those_of_every_other_machine(tmp_path: Path) -> None:
    generate(tmp_path / "d", 40, seed=1)
    # Changes only when the generator is meant to make another district.
    assert _digest(tmp_path / "d")[:16] == "e726684cfe70725d"


def test_the_same_faults_are_planted_again(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        key = generate(tmp_path / name, 400, 5, faults=0.01).key
        assert key
        keys.append(key.read_bytes())
    assert keys[0] == keys[1]
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")


def test_faults_leave_the_rest_of_the_district_as_it_is(tmp_path: Path) -> None:
    generate(tmp_path / "clean", 400, 5)
    generate(tmp_path / "broken", 400, 5, kinds=["value.email.no-at"])
    for file in SDS_V2_1.files:
        clean = (tmp_path / "clean" / file.name).read_bytes().splitlines()
        broken = (tmp_path / "broken" / file.name).read_bytes().splitlines()
        different = sum(one != other for one, other in zip(clean, broken, strict=True))
        assert different == (1 if file.entity == "users" else 0)


def test_lines_end_as_asked_and_no_byte_order_mark_begins_a_file(tmp_path: Path) -> None:
    generate(tmp_path / "windows", 30, 1)
    generate(tmp_path / "unix", 30, 1, eol=LF)
    for file in SDS_V2_1.files:
        windows = (tmp_path / "windows" / file.name).read_bytes()
        unix = (tmp_path / "unix" / file.name).read_bytes()
        assert windows == unix.replace(b"\n", b"\r\n")
        assert b"\r" not in unix
        assert windows.endswith(b"\r\n")
        assert not windows.startswith(b"\xef\xbb\xbf")


def test_another_school_year_moves_every_date(tmp_path: Path) -> None:
    generate(tmp_path / "d", 30, 1, year=2024)
    for row in rows(tmp_path / "d", "academicSessions"):
        assert row["schoolYear"] == "2024"
        assert row["startDate"][:4] in ("2023", "2024")


def test_an_earlier_districts_answer_key_goes_with_it(tmp_path: Path) -> None:
    directory = tmp_path / "d"
    first = generate(directory, 200, 1, kinds=["row.blank"])
    assert first.key
    assert first.key.exists()
    shutil.rmtree(directory)
    generate(directory, 30, 1)
    assert not first.key.exists()


@pytest.mark.parametrize("name", ["thesis.txt", "users.csv"])
def test_a_directory_that_is_not_empty_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match=name):
        generate(tmp_path, 10, 1)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"students": 0}, "at least|0 students"),
        ({"faults": 1.5}, "1.5"),
        ({"kinds": ["value.emial"]}, "value.emial"),
        ({"kinds": ["file.empty", "row.blank"]}, "file.empty"),
        ({"year": 12}, "year 12"),
    ],
)
def test_a_wrong_request_is_refused_and_writes_nothing(
    tmp_path: Path, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        generate(tmp_path / "d", **({"students": 10, "seed": 1} | arguments))  # type: ignore[arg-type]
    assert not (tmp_path / "d").exists()


def test_a_district_too_small_for_a_fault_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"key\.shared\.username"):
        generate(tmp_path / "d", 1, 1, kinds=["key.shared.username"])


def test_progress_counts_the_students_to_the_last(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    generate(tmp_path / "d", 5_000, 1, on_progress=lambda *args: told.append(args))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1] == ("generate", 5_000, 5_000)
    assert len(told) > 1
