"""The arguments and options that commands share, and how their values are read."""

import os
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer

from cartable.cli.answering import PLAIN, Form
from cartable.errors import UsageError
from cartable.model.options import Against
from cartable.model.receivers import RECEIVERS

DATABASE_VARIABLE = "CARTABLE_DATABASE"

_MEMORY = re.compile(r"(\d+)\s*([MGT])i?B", re.IGNORECASE)
_LEAST_MEGABYTES = 64
_MEGABYTES = {"M": 1, "G": 1000, "T": 1_000_000}


def default_database() -> str:
    """The roster in the user's data directory. Source: XDG Base Directory Specification."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return str(Path(home) / "cartable" / "roster.db")


def actor(named: str | None) -> str:
    """Who acts: the one who is named, or the account that the process runs as."""
    if named:
        return named
    try:
        return getuser()
    except (OSError, KeyError):  # an account without a name, as containers have
        return str(os.getuid())


def _existing(path: str) -> Path:
    if not path:
        raise UsageError("The path is empty.", "Name a file or folder; . is the one you are in.")
    found = Path(path)
    if not found.exists():
        raise UsageError("There is no file or folder {path}.", "Look for a misspelt name.", path=path)
    return found


def _form(forms: Sequence[Form]) -> Callable[[str], Form]:
    def parse(value: str) -> Form:
        if value not in forms:
            raise UsageError("--format takes one of: {choices}.", choices=", ".join(forms))
        return Form(value)

    return parse


def form_option(forms: Sequence[Form]) -> Any:
    """The option `--format` of a report that has these forms."""
    return typer.Option(
        "--format",
        metavar="|".join(forms),
        parser=_form(forms),
        autocompletion=lambda: list(forms),
        help="Form of the report.",
    )


def _memory(value: str) -> str:
    size = _MEMORY.fullmatch(value)
    if not size or int(size[1]) * _MEGABYTES[size[2].upper()] < _LEAST_MEGABYTES:
        raise UsageError(
            "--memory takes a size such as 1GB or 500MB, at least {least}MB.", least=_LEAST_MEGABYTES
        )
    return value


def whole(option: str, least: int) -> Callable[[str], int]:
    """Reads a whole number that an option or argument takes."""

    def parse(value: str) -> int:
        # Defaults pass through here too, as numbers.
        if not str(value).isascii() or not str(value).isdecimal() or int(value) < least:
            raise UsageError("{option} takes a whole number from {least} up.", option=option, least=least)
        return int(value)

    return parse


def said(option: str) -> Callable[[str], str]:
    """Reads words that are kept."""

    def parse(value: str) -> str:
        if not value.strip():
            raise UsageError("{option} takes some words.", option=option)
        # What the terminal sent may be no text, which no database keeps.
        return value.strip().encode("utf-8", "backslashreplace").decode()

    return parse


def shown_number(asked: list[str], command: str) -> int | None:
    """The number behind `show`; None where all are to be listed.

    Raises:
        UsageError: something else was asked for.
    """
    if not asked:
        return None
    match asked:
        case ["show", number] if number.isascii() and number.isdecimal():
            return int(number)
    raise UsageError(
        "Without an argument all are listed; show and a number shows one.",
        "Write: cartable {command} show 3",
        command=command,
    )


def _share(value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError("--faults takes a share of the rows, a number from 0 to 1 such as 0.001.")
    return share


def against(asked: str | None, default: Against) -> Against:
    """What `--against` means: a number is a run, `last` and `none` are words, all else is a path.

    Raises:
        UsageError: there is nothing at the path.
    """
    if asked is None:
        return default
    if asked == "last":
        return "last"
    if asked == "none":
        return None
    if asked.isascii() and asked.isdecimal():
        return int(asked)
    if not Path(asked).exists():
        raise UsageError(
            "There is neither a run nor a file or folder {path} to compare with.",
            "--against takes the number of a run, a path, last or none.",
            path=asked,
        )
    return Path(asked)


def _guard(name: str) -> str:
    from cartable.flow.gates import GUARDS

    if name not in GUARDS:
        raise UsageError(
            "There is no guard {name}.", "The guards are: {guards}.", name=name, guards=", ".join(GUARDS)
        )
    return name


def _receiver(name: str) -> str:
    if name not in RECEIVERS:
        near = get_close_matches(name.lower(), RECEIVERS, n=1)
        hint = "Did you mean {near}?" if near else "The receivers are: {receivers}."
        raise UsageError(
            "There is no receiver {name}.",
            hint,
            name=name,
            near="".join(near),
            receivers=", ".join(RECEIVERS),
        )
    return name


DeliveryPath = Annotated[
    Path,
    typer.Argument(
        metavar="PATH",
        parser=_existing,
        help="A folder of SDS v2.1 files, or a zip of them. A zip may unpack to {zip_size} GB and hold "
        "{files} files; a file in it may unpack to 64 MiB, or to {zip_ratio} times its size where that is "
        "more; a header may have {header} MiB and {columns} columns, a row {row} MiB.",
    ),
]
PlanPath = Annotated[
    Path, typer.Argument(metavar="FILE", parser=_existing, help="A plan that cartable plan -o wrote.")
]
FormOption = Annotated[Form, form_option(PLAIN)]
CheckFormOption = Annotated[Form, form_option(tuple(Form))]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write the report to a file."),
]
CreateUsers = Annotated[
    bool,
    typer.Option("--create-users", help="Require names, as receivers that create accounts do."),
]
Contacts = Annotated[
    bool,
    typer.Option(
        "--contacts", help="Require names and an e-mail of contacts, as receivers that link them do."
    ),
]
CodesFile = Annotated[
    Path | None,
    typer.Option(
        "--codes",
        metavar="FILE",
        parser=_existing,
        help="Your own codes, a TOML file of at most {codes} MiB.",
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory", metavar="SIZE", parser=_memory, help="Memory to work in; half the machine's by default."
    ),
]
Receivers = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        metavar="RECEIVER",
        parser=_receiver,
        autocompletion=lambda: list(RECEIVERS),
        help="Also say what a receiver will drop, refuse or alter; may be repeated. "
        f"One of: {', '.join(RECEIVERS)}.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        parser=whole("--limit", 0),
        help="Findings of each cause (text, HTML) or code to list; 20 in text, all in CSV by default.",
    ),
]
Mask = Annotated[
    bool,
    typer.Option("--mask", help="Mask personal data, so that the report can be passed on."),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="PLACE",
        envvar=DATABASE_VARIABLE,
        help="The roster: a path, sqlite:///path or postgresql://…; by default in your data directory.",
    ),
]
CheckAgainst = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="RUN|PATH",
        help="Compare with an earlier delivery: the number of a run of the roster, last, or a path "
        "(a folder named 3 is ./3); with nothing by default.",
    ),
]
PlanAgainst = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="RUN|PATH",
        help="Compare with an earlier delivery: the number of a run, a path (a folder named 3 is ./3), "
        "or none; with the last applied run by default.",
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="GUARD",
        parser=_guard,
        help="A guard that shall not hold the plan; may be repeated.",
    ),
]
Actor = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NAME",
        parser=said("--by"),
        envvar="CARTABLE_ACTOR",
        help="Who does this, as runs and the audit remember it; your account's name by default.",
    ),
]
Students = Annotated[
    int, typer.Option("--students", metavar="N", parser=whole("--students", 1), help="How many students.")
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="S", parser=whole("--seed", 0), help="The same seed makes the same district."
    ),
]
FaultRate = Annotated[
    float,
    typer.Option("--faults", metavar="RATE", parser=_share, help="Share of rows to break, 0 to 1."),
]
FaultKinds = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="KIND", help="A kind of fault to plant; may be repeated."),
]
