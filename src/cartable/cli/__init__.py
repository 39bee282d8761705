"""The command line: decide the language, run the command, tell what went wrong in one sentence.

Exit status, the first that applies: 64 the command was called wrongly, or the plan file is
none; 2 a fatal finding; 3 a guard
holds the plan and nothing was written; 1 rows were left out; 0. Besides: 69 the database, 70 a
fault of ours, 74 the operating system refused, 75 the roster is busy, 130 interrupted.
"""

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Sequence

from cartable import words
from cartable.errors import CartableError, UsageError, failure_of

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        arguments: what follows the program's name; None takes the process's.
    """
    if arguments is None:
        # The process ends with this command: what was loaded is not worth collecting, at its exit
        # least of all, where that takes a tenth of a short check.
        atexit.register(gc.freeze)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        asked, rest = _language_option(given)
        _speak(words.chosen(os.environ, asked))
        return _run(rest)
    except KeyboardInterrupt:
        return _interrupted()
    except CartableError as error:
        return _told(error)
    except Exception as exception:
        if os.environ.get("CARTABLE_DEBUG") == "1":
            traceback.print_exc()
        return _told(failure_of(exception))


def _run(arguments: list[str]) -> int:
    from typer import TyperException

    from cartable.cli import modules  # noqa: F401 (registers the commands)
    from cartable.cli.grammar import command_of, misuse
    from cartable.cli.program import app

    try:
        status = command_of(app).main(arguments, prog_name="cartable", standalone_mode=False)
    except TyperException as exception:
        raise misuse(exception) from exception
    # Typer answers an interruption with its exit status.
    return _interrupted() if status == INTERRUPTED else int(status or 0)


def _language_option(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Take `--lang` out of the arguments, wherever it stands: help is written in that language too."""
    asked, rest = None, []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument == "--lang":
            asked = _known_language(next(remaining, ""))
        elif argument.startswith("--lang="):
            asked = _known_language(argument.removeprefix("--lang="))
        else:
            rest.append(argument)
    return asked, rest


def _known_language(asked: str) -> str:
    if asked not in words.LANGUAGES:
        _speak(words.chosen(os.environ))
        raise UsageError("--lang takes one of: {choices}.", choices=", ".join(words.LANGUAGES))
    return asked


def _speak(language: str) -> None:
    import gettext

    words.speak(language)
    # Typer's own words go through the process-wide gettext; ours is the catalogue that has them.
    gettext.bindtextdomain(words.DOMAIN, words.LOCALE)
    gettext.textdomain(words.DOMAIN)
    os.environ["LANGUAGE"] = language


def _told(error: CartableError) -> int:
    from cartable.reports.wording import failure

    print(" ".join(filter(None, failure(error))), file=sys.stderr)
    return error.exit_status


def _interrupted() -> int:
    print(words.text("Interrupted."), file=sys.stderr)
    return INTERRUPTED
