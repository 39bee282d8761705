"""The commands for what people decide over the head of a delivery: keeps, pins, and taking them back."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, options_of, place_of
from cartable.errors import UsageError
from cartable.model.decisions import Keep, Pin
from cartable.model.entities import BY_NAME
from cartable.reports import decisions, document, text
from cartable.reports.material import Outcome


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError("{value} is no day.", "Write it as 2026-12-18.", value=value) from None


def _number(value: str) -> int:
    if not (value.isascii() and value.isdecimal()):
        raise UsageError(
            "{value} is no number.", "See `cartable keeps` and `cartable pins` for all of them.", value=value
        )
    return int(value)


Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why: plans and lists repeat it.")]


@app.command(cls=Command)
def keep(
    until: Annotated[date, typer.Option("--until", metavar="DAY", parser=_day, help="The last day.")],
    why: Why,
    user: Annotated[
        str, typer.Argument(metavar="[USER]", show_default=False, help="Identifier of a person.")
    ] = "",
    klass: Annotated[
        str,
        typer.Option("--class", metavar="CLASS", show_default=False, help="Identifier of a class."),
    ] = "",
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Keep a person, a class (--class) or a membership (both) until a day, whatever deliveries say."""
    from cartable.flow import keeping

    with answer(Form.TEXT, document.write_error) as out:
        kept = keeping.keep(place_of(database), user, klass, until, why, given.actor(by))
        decisions.write_keep(kept, reporting.page_on(out))
    return DONE


@app.command(cls=Command)
def keeps(form: given.FormOption = Form.TEXT, database: given.Database = None) -> int:
    """List who and what was ever kept until a day: by whom, why, and whether it still holds."""
    from cartable.flow import clock, keeping

    with answer(form, document.write_error) as out:
        reporting.write_keeps(keeping.keeps(place_of(database)), clock.today(), form, out)
    return DONE


@app.command(cls=Command)
def pin(
    entity: Annotated[
        str, typer.Argument(metavar="ENTITY", help=f"What kind of record: {', '.join(BY_NAME)}.")
    ],
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its key, the parts with commas between them.")],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The field to set.")],
    why: Why,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="[VALUE]", help="What it is set to, as a file would hold it; what it holds by default."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Save the plan.")
    ] = None,
    is_applied: Annotated[bool, typer.Option("--apply", help="Apply it.")] = False,
    database: given.Database = None,
    by: given.Actor = None,
    codes: given.CodesFile = None,
) -> int:
    """Set a field by hand, which stays so until it is released; show that, save the plan or apply it."""
    from cartable.flow import pinning

    options = options_of(False, False, codes, None)
    with (
        answer(Form.TEXT, document.write_error) as out,
        pinning.pinned(
            place_of(database), entity, key, field, value, why=why, actor=given.actor(by), options=options
        ) as made,
    ):
        if output:
            reporting.save_plan(made.save, output)
        assert made.header.pin, "the plan sets it"
        run, done = pinning.apply(made) if is_applied else (None, made.header.pin)
        page = reporting.page_on(out)
        text.write_outcome(Outcome(made.header.counts, made.held, made.changes, run), page)
        decisions.write_pin(done, page)
    return DONE


@app.command(cls=Command)
def pins(form: given.FormOption = Form.TEXT, database: given.Database = None) -> int:
    """List the fields that were ever pinned: at what, by whom, why, and whether they still are."""
    from cartable.flow import pinning

    with answer(form, document.write_error) as out:
        reporting.write_pins(pinning.pins(place_of(database)), form, out)
    return DONE


@app.command(cls=Command)
def release(
    what: Annotated[str, typer.Argument(metavar="keep|pin", help="What to take back.")],
    number: Annotated[int, typer.Argument(metavar="N", parser=_number, help="Its number.")],
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Take back a keep or a pin: the next delivery decides again."""
    from cartable.flow import keeping, pinning

    releases: Mapping[str, Callable[[str, int, str], Keep | Pin]]
    releases = {"keep": keeping.release, "pin": pinning.release}
    if what not in releases:
        raise UsageError("{what} cannot be released.", "Write: cartable release keep 3", what=what)
    with answer(Form.TEXT, document.write_error) as out:
        released = releases[what](place_of(database), number, given.actor(by))
        decisions.write_released(released, reporting.page_on(out))
    return DONE
