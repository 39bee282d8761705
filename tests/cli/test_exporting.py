"""`cartable export`: what it tells, to people and to programs, and what it refuses."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import cli, words
from tests.flow.exports import contents
from tests.flow.rosters import Nights
from tests.flow.test_exporting import WORLD

Capture = pytest.CaptureFixture[str]
TARGETS = ("sds-v2.1", "oneroster-1.1", "oneroster-1.2")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test puts the roster, for the others."""
    return tmp_path_factory.mktemp("world")


@pytest.fixture
def world(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """A roster in which everything is there that one of the formats has no place for."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("CARTABLE_DATABASE", "roster.db")
    if not any(made.iterdir()):
        Nights(made, str(made / "roster.db")).sync(WORLD)
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Nights(Path(), "roster.db")


def said(capsys: Capture, *arguments: str, status: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert cli.main(list(arguments)) == status
    printed = capsys.readouterr()
    return printed.out, printed.err


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_an_export_carries_reads_well(
    language: str, world: Nights, capsys: Capture, same_as_before: Callable[[str, str], None]
) -> None:
    told = []
    for command in (
        "export sds-v2.1 sds",
        "export oneroster-1.1 first",
        "export oneroster-1.2 second.zip --fields all",
        "export sds-v2.1 school --school North --fields phones,birthDates --as-of 2026-11-24",
    ):
        out, err = said(capsys, *command.split(), "--lang", language)
        assert err == ""
        told.append(f"$ cartable {command}\n{out}")
    same_as_before(f"exports.{language}.txt", "\n".join(told))


def test_a_program_is_told_in_numbers(world: Nights, capsys: Capture) -> None:
    told = json.loads(said(capsys, "export", "oneroster-1.2", "out", "--format", "json")[0])
    assert (told["format"], told["path"], told["school"]) == ("oneroster-1.2", "out", None)
    assert (told["as_of"]["run"], told["files"]["users.csv"]) == (1, 6)
    assert {
        "fate": "lost",
        "reason": "nobody",
        "file": "users.csv",
        "field": None,
        "count": 1,
        "message": "Who has no role, no class and no pupil has no place.",
    } in told["differences"]
    assert {one["fate"] for one in told["differences"]} == {"lost", "withheld", "made-up"}


def test_the_own_format_has_everything_by_default_and_others_nothing_sensitive(
    world: Nights, capsys: Capture
) -> None:
    for target in TARGETS:
        said(capsys, "export", target, target)
        text = b"".join(contents(Path(target)).values())
        assert (b"2014-05-06" in text) == (b"+33600000001" in text) == (target == "sds-v2.1")
    said(capsys, "export", "sds-v2.1", "none", "--fields", "none")
    assert b"2014-05-06" not in b"".join(contents(Path("none")).values())


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("sds-v2 out", "There is no format sds-v2. Did you mean sds-v2.1?"),
        ("csv out", "There is no format csv. The formats are: sds-v2.1, oneroster-1.1, oneroster-1.2."),
        ("sds-v2.1 out --fields phone", "There is no group of fields phone. Did you mean phones?"),
        (
            "sds-v2.1 out --fields names",
            "There is no group of fields names. The groups are: phones, birthDates, demographics, flags, "
            "all, none.",
        ),
        ("sds-v2.1 .", "There is something at . already. Name another place, or say --overwrite;"),
        ("sds-v2.1 . --overwrite", "The directory . is not replaced: it holds night-1"),
        ("sds-v2.1 roster.db", "roster.db is there already, and is no export of this kind."),
        ("sds-v2.1 out --school Nord", "There is no organisation Nord in the roster. cartable roster"),
        ("sds-v2.1 out --as-of 2027-01-01", "2027-01-01 is yet to come."),
        (
            "sds-v2.1 out --as-of 2026-01-01",
            "There is nobody in this part of the roster: nothing was written.",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told_with_its_remedy(
    command: str, told: str, world: Nights, capsys: Capture
) -> None:
    before = sorted(Path().iterdir())
    out, err = said(capsys, "export", *command.split(), status=64)
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(told)
    assert sorted(Path().iterdir()) == before


def test_where_there_is_no_roster_none_is_made(tmp_path: Path, capsys: Capture) -> None:
    database = str(tmp_path / "typo" / "roster.db")
    _, err = said(capsys, "export", "sds-v2.1", str(tmp_path / "out"), "--database", database, status=69)
    assert err.startswith("There is no roster at")
    assert list(tmp_path.iterdir()) == []
