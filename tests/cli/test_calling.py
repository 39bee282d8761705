"""How the command is called, in which language it answers, and what it says when it is called wrongly."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from cartable import __version__, words
from cartable.cli import main
from cartable.cli.answering import Form, answer
from cartable.reports import document
from tests.cli.deliveries import CLEAN, delivered

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]
COMMANDS = (
    *("check", "repair", "plan", "apply", "sync", "runs", "rules", "schema", "generate"),
    *("undo", "roster", "diff", "explain", "guards", "backup", "restore", "inputs"),
    *("keep", "keeps", "pin", "pins", "release"),
)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_help_is_complete_and_in_the_readers_language(
    language: str,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    same_as_before: Callable[[str, str], None],
) -> None:
    monkeypatch.setenv("LANG", f"{language}_CA.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0
    for command in COMMANDS:
        assert main([command, "--help"]) == 0
    same_as_before(f"help.{language}.txt", capsys.readouterr().out)


# What stands for a value in the English help, and in hints that say how a command is called.
STAND_INS = r"\b(?:PATH|FILE|DIR|RECEIVER|GUARD|PLACE|SIZE|RUN|RATE|KIND)\b|show N\b"


def test_no_english_stands_for_a_value_in_french(capsys: Capture) -> None:
    for arguments in (*([command, "--help"] for command in COMMANDS), ["rules", "--format", "json"]):
        assert main([*arguments, "--lang", "fr"]) == 0
        printed = capsys.readouterr().out
        assert re.search(STAND_INS, printed) is None
    assert "cartable repair CHEMIN -o DOSSIER" in printed
    assert main(["check", "--lang", "fr"]) == 64
    assert capsys.readouterr().err.startswith("CHEMIN manque.")


def test_the_language_may_be_asked_for_anywhere(capsys: Capture) -> None:
    for arguments in (["--lang", "fr", "check", "/none"], ["check", "/none", "--lang=fr"]):
        assert main(arguments) == 64
        assert capsys.readouterr().err.startswith("Il n’y a ni fichier ni dossier /none.")


def test_after_two_dashes_it_is_a_name_like_any_other(capsys: Capture) -> None:
    assert main(["check", "--", "--lang"]) == 64
    assert "--lang" in capsys.readouterr().err


def test_the_version_is_told(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cartable {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "No command was given. cartable --help lists the commands."),
        (["chek"], "There is no command chek. Did you mean check?"),
        (["clients"], "clients alone does not say what to do. Write one of: cartable clients add, "),
        (["check"], "PATH is missing. cartable check --help says how it is called."),
        (["check", "/none"], "There is no file or folder /none. Look for a misspelt name."),
        (["check", ".", "more"], "cartable check takes no further argument more."),
        (["check", ".", "--fromat", "json"], "There is no option --fromat. Did you mean --format?"),
        (["check", ".", "--format"], "--format lacks its value, or takes none."),
        (["check", ".", "--format", "xml"], "--format takes one of: text, json, csv, html, sarif, junit."),
        (["plan", ".", "--format", "sarif"], "--format takes one of: text, json, csv, html."),
        (["sync", ".", "--format", "html"], "--format takes one of: text, json, csv."),
        (["check", ".", "--limit", "-1"], "--limit takes a whole number from 0 up."),
        (["check", ".", "--memory", "lots"], "--memory takes a size such as 1GB or 500MB, at least 64MB."),
        (["check", ".", "--memory", "63MB"], "--memory takes a size such as 1GB or 500MB, at least 64MB."),
        (["check", ".", "--memory", "50%"], "--memory takes a size such as 1GB or 500MB, at least 64MB."),
        (["sync", ".", "--accept", "all"], "There is no guard all. These are known: file.missing,"),
        (["runs", "shwo", "3"], "Without an argument all are listed; show and a number shows one."),
        (["rules", "value.emial"], "There is no rule value.emial. Did you mean value.email?"),
        (["schema", "plan"], "There is no schema plan."),
        (["generate", "x", "--students", "some", "--seed", "1"], "--students takes a whole number"),
        (["generate", "x", "--students", "5", "--seed", "1", "--faults", "2"], "--faults takes a share"),
        (["--lang", "de", "check", "."], "--lang takes one of: en, fr."),
    ],
)
def test_a_wrong_call_is_told_in_one_line_with_status_64(
    arguments: list[str], said: str, capsys: Capture
) -> None:
    assert main(arguments) == 64
    captured = capsys.readouterr()
    assert captured.err.startswith(said)
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_the_help_of_one_word_lists_the_commands_that_begin_with_it(capsys: Capture) -> None:
    assert main(["clients", "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Usage: cartable clients COMMAND")
    assert re.findall(r"^  (clients \w+)", told, re.M) == [
        f"clients {word}" for word in ("add", "list", "rotate", "revoke", "log")
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = \n", "n’est pas du TOML : .*\\w\\)\\. Enregistrez-le"),
        ('x = "X"\n', "il manque au code x un libellé"),
        ('x = { en = "X", fr = "X", de = "X" }\n', "le code x a ce qu’aucun code n’a : de"),
        ('x = { en = "X", fr = "X", sort = "1" }\n', "sort du code x n’est pas un nombre entier"),
        ('x = { en = "X", fr = "X", aliases = "y" }\n', "aliases du code x n’est pas une liste"),
        ('" x" = { en = "X", fr = "X" }\n', "est vide ou a des espaces"),
        ('"a,b" = { en = "X", fr = "X" }\n', "contient une virgule"),
    ],
)
def test_what_is_wrong_with_a_code_is_told_in_the_readers_language(
    text: str, told: str, tmp_path: Path, capsys: Capture
) -> None:
    codes = tmp_path / "codes.toml"
    codes.write_text(f"[grades]\n{text}", encoding="utf-8")
    assert main(["check", ".", "--codes", str(codes), "--lang", "fr"]) == 64
    assert re.search(told, capsys.readouterr().err.replace("\u202f", " "))


def test_nothing_that_a_district_would_overwrite_is_touched(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path / "export", CLEAN)
    assert main(["generate", str(path), "--students", "5", "--seed", "1"]) == 64
    assert capsys.readouterr().err.startswith(f"The directory {path} is not empty: it holds orgs.csv. Name")
    assert {file.name: file.read_text(encoding="utf-8") for file in path.iterdir()} == CLEAN


def test_a_wrong_call_writes_no_json(capsys: Capture) -> None:
    assert main(["check", "/none", "--format", "json"]) == 64
    assert capsys.readouterr().out == ""


def test_a_name_that_would_move_the_terminal_is_told_harmlessly(capsys: Capture) -> None:
    assert main(["check", "\x1b[2Jnone"]) == 64
    assert "\\x1b[2Jnone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("exception", "code", "told"),
    [
        (ZeroDivisionError("pupil P1"), "internal", "not made for (ZeroDivisionError)"),
        (OSError(28, "No space left on device", "P1.db"), "system", "No space left on device"),
    ],
)
def test_a_failure_is_one_json_document_without_values(
    exception: Exception, code: str, told: str, capsys: Capture
) -> None:
    with suppress(type(exception)), answer(Form.JSON, document.write_error) as out:
        out.write('{"half": ' + "1" * 1000)
        raise exception
    printed = capsys.readouterr().out
    failure = json.loads(printed)["error"]
    assert failure["code"] == code
    assert told in failure["message"]
    assert "P1" not in printed


class Stopping(io.StringIO):
    """A stream that stops working in a way that nobody foresaw."""

    def write(self, text: str) -> int:
        raise ZeroDivisionError("pupil P1")


@pytest.mark.parametrize("debugging", ["0", "1"])
def test_a_fault_of_ours_is_one_sentence_unless_somebody_debugs(
    debugging: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTABLE_DEBUG", debugging)
    monkeypatch.setattr(sys, "stdout", Stopping())
    assert main(["rules"]) == 70
    told = capsys.readouterr().err
    assert ("Traceback" in told, "P1" in told) == (debugging == "1", debugging == "1")
    assert told.endswith("CARTABLE_DEBUG=1 shows the details.\n")


def test_a_full_disk_is_told_as_such() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        run = subprocess.run(
            [sys.executable, "-m", "cartable", "rules"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 74
    assert run.stderr.startswith("The operating system refused to go on: No space left on device.")


def test_an_interruption_is_one_line(tmp_path: Path) -> None:
    path, codes = delivered(tmp_path / "delivery", CLEAN), tmp_path / "codes.toml"
    os.mkfifo(codes)
    process = subprocess.Popen(
        [sys.executable, "-m", "cartable", "check", str(path), "--codes", str(codes)],
        stderr=subprocess.PIPE,
        text=True,
    )
    with codes.open("w"):  # opens when the other side reads, and gives it nothing
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert (process.returncode, told) == (130, "Interrupted.\n")


def cartable(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cartable", *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


def test_the_shell_completes_commands_options_and_forms() -> None:
    def completed(line: str) -> str:
        return cartable(
            _CARTABLE_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1)
        ).stdout

    assert completed("cartable ch").split() == ["check"]
    assert "--create-users" in completed("cartable check --").split()
    assert completed("cartable check --format j").split() == ["json", "junit"]


def test_a_reader_that_stops_reading_changes_no_status(tmp_path: Path) -> None:
    path = delivered(tmp_path, CLEAN)
    shell = f"set -o pipefail; {sys.executable} -m cartable rules --format csv | head -c 1 > {path / 'out'}"
    run = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_a_terminal_that_knows_no_accents_gets_replacements() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cartable", "--lang", "fr", "rules"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.isascii()
