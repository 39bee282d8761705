"""The program that all commands belong to, and what they have in common.

A module of commands registers its own with `app`; `cartable.cli.modules` lists these modules.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cartable import __version__
from cartable.cli import parameters as given
from cartable.cli.grammar import Group
from cartable.model.findings import Summary
from cartable.model.options import CheckOptions

if TYPE_CHECKING:
    from cartable.flow.planning import Planned

FATAL, HELD, LEFT_OUT, DONE = 2, 3, 1, 0

app = typer.Typer(cls=Group, rich_markup_mode=None, pretty_exceptions_enable=False)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        print(f"cartable {__version__}")
        raise typer.Exit


@app.callback()
def cartable(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit."),
    ] = False,
    lang: Annotated[
        str,
        typer.Option(metavar="fr|en", show_default=False, help="Language; the locale's by default."),
    ] = "",
) -> None:
    """Carry school rosters from the school information system to the classroom.

    Every row is checked, what will change is shown, all of it is applied or none, and you are told why.
    """


def options_of(
    create_users: bool,
    contacts: bool,
    codes: Path | None,
    memory: str | None,
    receivers: list[str] | None = None,
) -> CheckOptions:
    """What the options ask of a check."""
    from cartable.formats.codes import read_codes

    known = read_codes(codes) if codes else {}
    return CheckOptions(create_users, contacts, known, memory, tuple(receivers or ()))


def place_of(database: str | None) -> str:
    """Where the roster lies: as named, else in the user's data directory."""
    return database or given.default_database()


def status_of(summary: Summary, *, is_held: bool = False, is_quarantined: bool = False) -> int:
    """The exit status of what was checked and perhaps planned."""
    if summary.fatal:
        return FATAL
    if is_held:
        return HELD
    return LEFT_OUT if summary.error or is_quarantined else DONE


def status_of_plan(plan: "Planned") -> int:
    """The exit status of a plan, applied or not."""
    header = plan.header
    return status_of(header.summary, is_held=bool(plan.held), is_quarantined=bool(header.quarantined))
