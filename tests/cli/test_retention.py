"""What must not be kept, and who asks what is, as people meet it at the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import cli, words
from cartable.flow.gates import GUARDS
from tests.flow.rosters import Nights
from tests.flow.test_retention import district

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """A pupil with a name that is nobody else's, whose e-mail was wrong once."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", "roster.db")
    made = Nights(Path(), "roster.db")
    made.sync(district())
    users = district()["users"]
    made.sync(district(users=users.replace("zq@home.example", "wrong at home")), *GUARDS)
    return made


def protect(nights: Nights) -> None:
    """Somebody has written the person into a file of the vault."""
    protected = '[[protected]]\nuser = "P-4711" # Zq, see Ms Roux\nwhy = "Her mother asked"\n'
    nights.guards.with_name("protected.toml").write_text(protected)


def said(capsys: Capture, *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert cli.main(list(arguments)) == status
    return capsys.readouterr().out


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_is_destroyed_is_told(
    nights: Nights, capsys: Capture, language: str, same_as_before: Callable[[str, str], None]
) -> None:
    protect(nights)
    told = [
        said(capsys, *command, "--lang", language, "--by", "marie")
        for command in (
            ["forget", "P-4711", "--preview"],
            ["forget", "P-4711"],
            ["purge", "--inactive-for", "3y"],
        )
    ]
    told.append(said(capsys, "audit", "log", "--lang", language))
    told.append(said(capsys, "runs", "show", "3", "--lang", language))
    same_as_before(f"retention.{language}.txt", "\n----\n".join(told))


def test_a_program_is_told_in_numbers(nights: Nights, capsys: Capture) -> None:
    protect(nights)
    told = json.loads(said(capsys, "forget", "zq.first", "--format", "json"))
    assert (told["person"], told["run"], told["active"]["users"]) == ("P-4711", 3, 1)
    assert told["written"] == [{"file": "protected.toml", "line": 2}]
    told = json.loads(said(capsys, "purge", "--inactive-for", "90d", "--apply", "--format", "json"))
    assert (told["run"], told["states"]) == (None, 0)


def test_whoever_asks_gets_all_that_is_held(nights: Nights, capsys: Capture) -> None:
    protect(nights)
    told = json.loads(said(capsys, "person", "export", "P-4711", "--format", "json"))
    assert [one["entity"] for one in told["records"]] == [
        "users", "roles", "enrollments", "relationships", "demographics", "userFlags"
    ]  # fmt: skip
    (state,) = told["records"][0]["states"]
    assert (state["values"]["phone"], state["from"]["run"]) == ("+33199887766", 1)
    assert [(one["code"], one["value"]) for one in told["findings"]] == [("value.email", "wrong at home")]
    files = {(tuple(one["runs"]), one["name"]) for one in told["files"]}
    assert {((1,), "users.csv"), ((2,), "users.csv"), ((1, 2), "demographics.csv")} <= files
    assert [(one["file"], one["line"]) for one in told["written"]] == [("protected.toml", 2)]
    # What stands there of the person besides.
    assert 'why = "Her mother asked"' in told["written"][0]["text"]
    assert "Léo" not in json.dumps(told, ensure_ascii=False)
