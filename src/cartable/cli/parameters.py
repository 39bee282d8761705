"""The arguments and options that commands share, and how their values are read."""

import os
import re
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from cartable.cli.answering import PLAIN, Form
from cartable.errors import UsageError
from cartable.model.entities import BY_NAME
from cartable.model.groups import Group
from cartable.model.options import Against
from cartable.model.receivers import RECEIVERS
from cartable.model.undos import KINDS
from cartable.words import marked

DATABASE_VARIABLE = "CARTABLE_DATABASE"
URL_VARIABLE = "CARTABLE_URL"
LOCAL_URL = "http://127.0.0.1:8000"

EVERYTHING, NOTHING = "all", "none"

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


def existing(path: str) -> Path:
    """A path where there is something.

    Raises:
        UsageError: there is nothing.
    """
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


def run_number(value: str) -> int:
    """The number of a run.

    Raises:
        UsageError: it is none.
    """
    if not (value.isascii() and value.isdecimal()):
        raise UsageError("{value} is no run's number.", "See `cartable runs` for all of them.", value=value)
    return int(value)


def one_of(names: Collection[str], missing: str, choices: str) -> Callable[[str], str]:
    """A parser that takes one of the names, or none.

    Args:
        missing, choices: templates: that there is no such {name}, and what the {names} are.
    """

    def parse(value: str) -> str:
        if value and value not in names:
            near = get_close_matches(value, names, n=1)
            hint = "Did you mean {near}?" if near else choices
            raise UsageError(missing, hint, name=value, near="".join(near), names=", ".join(names))
        return value

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


def _guard(text: str) -> str:
    from cartable.flow.guarding import accepted_guard

    return accepted_guard(text)


def _raised(text: str) -> str:
    from cartable.flow.guarding import raised_limit

    return raised_limit(text)


def _fields(asked: str) -> str:
    known = (*Group, EVERYTHING, NOTHING)
    for name in asked.split(","):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise UsageError(
                "There is no group of fields {name}.",
                "Did you mean {near}?" if near else "The groups are: {names}.",
                name=name,
                near="".join(near),
                names=", ".join(known),
            )
    return asked


def groups(asked: str | None, default: Collection[Group]) -> frozenset[Group]:
    """The groups of fields that `--fields` asks for.

    Args:
        asked: what it says, names separated by commas; None where it is not given.
        default: for that case.
    """
    if asked is None:
        return frozenset(default)
    names = asked.split(",")
    return (
        frozenset(Group) if EVERYTHING in names else frozenset(Group(one) for one in names if one != NOTHING)
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_known = False
    else:
        is_known = is_known and not (parts.query or parts.fragment or parts.username)
    if not is_known:
        raise UsageError(
            "{url} is no address of a server.", "Write it as https://cartable.example", url=text or '""'
        )
    return text.rstrip("/")


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
        parser=existing,
        help="A folder of SDS v2.1 files, or a zip of them. A zip may unpack to {zip_size} GB and hold "
        "{files} files; a file in it may unpack to 64 MiB, or to {zip_ratio} times its size where that is "
        "more; a header may have {header} MiB and {columns} columns, a row {row} MiB.",
    ),
]
PlanPath = Annotated[
    Path, typer.Argument(metavar="FILE", parser=existing, help="A plan that cartable plan -o wrote.")
]
FormOption = Annotated[Form, form_option(PLAIN)]
PlanFormOption = Annotated[Form, form_option((*PLAIN, Form.HTML))]
StoryFormOption = Annotated[Form, form_option((Form.TEXT, Form.JSON))]
GuardsFormOption = Annotated[Form, form_option((Form.TEXT, Form.JSON))]
CheckFormOption = Annotated[Form, form_option(tuple(Form))]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write the report to a file; a CSV file has the byte order mark by which Excel reads accents.",
    ),
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
        parser=existing,
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
        help="How many to list: findings of each cause (text, HTML) or each code (CSV, JSON, SARIF), or "
        "causes of each rule in each file (JUnit); by default 20 in text, HTML and JUnit, 100,000 in JSON "
        "and SARIF, all in CSV.",
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
        metavar="GUARD[@SCHOOL]",
        parser=_guard,
        help="A guard that shall not hold the plan, or not quarantine a school; may be repeated.",
    ),
]
GuardsFile = Annotated[
    Path | None,
    typer.Option(
        "--guards",
        metavar="FILE",
        parser=existing,
        help="Your own guards, a TOML file of at most {guards} MiB; guards.toml in the roster's vault by "
        "default, where there is one.",
    ),
]
Raise = Annotated[
    list[str] | None,
    typer.Option(
        "--raise",
        metavar="GUARD=LIMIT",
        parser=_raised,
        help="Another limit for this run alone, such as deactivations=30% or deactivations.users=200; may "
        "be repeated.",
    ),
]
ServerUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        parser=_url,
        envvar=URL_VARIABLE,
        help="The address under which consumers know the server, such as https://cartable.example; its host "
        "and port by default.",
    ),
]
PublicUrl = Annotated[
    str,
    typer.Option(
        "--url",
        metavar="URL",
        parser=_url,
        envvar=URL_VARIABLE,
        help="The address under which the client knows the server.",
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
RunNumber = Annotated[
    int, typer.Argument(metavar="RUN", parser=run_number, help="The number of a run, as cartable runs lists.")
]
School = Annotated[
    str,
    typer.Option("--school", metavar="S", show_default=False, help="Of one school: its identifier or name."),
]
Klass = Annotated[
    str,
    typer.Option("--class", metavar="C", show_default=False, help="Of one class: its identifier or title."),
]
User = Annotated[
    str,
    typer.Option("--user", metavar="U", show_default=False, help="Of one person: identifier or username."),
]
EntityName = Annotated[
    str,
    typer.Option(
        "--entity",
        metavar="E",
        show_default=False,
        parser=one_of(BY_NAME, marked("There is no entity {name}."), marked("The entities are: {names}.")),
        autocompletion=lambda: list(BY_NAME),
        help=f"Of one entity: {', '.join(BY_NAME)}.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DAY|INSTANT|RUN",
        help="When: at the end of a day (2026-03-03), at an instant, after a run (17); now by default.",
    ),
]
Only = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="KIND",
        parser=one_of(KINDS, marked("There is no kind of change {name}."), marked("The kinds are: {names}.")),
        autocompletion=lambda: list(KINDS),
        help=f"Only what the run did of one kind: {', '.join(KINDS)}.",
    ),
]
Fields = Annotated[
    str | None,
    typer.Option(
        "--fields",
        metavar="GROUP,…",
        parser=_fields,
        autocompletion=lambda: [*Group, EVERYTHING, NOTHING],
        help=f"Which sensitive fields go out, separated by commas: {', '.join(Group)}, {EVERYTHING} or "
        f"{NOTHING}. By default all of them in SDS, your own format, and none in OneRoster.",
    ),
]
Source = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Who delivers, where several systems feed one roster; each changes its own records alone.",
    ),
]
RunSource = Annotated[
    str,
    typer.Option("--source", metavar="NAME", help="Whose runs --against means."),
]
PlanSource = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Refuse the plan unless it is this source's; any source's by default.",
    ),
]
NoRekey = Annotated[
    bool,
    typer.Option(
        "--no-rekey",
        help="Do not look for records with a new identifier: plan them as gone, and as added.",
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
