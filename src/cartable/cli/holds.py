"""The commands for held plans."""

from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of, status_of_plan
from cartable.reports import document
from cartable.reports.material import HoldRecord

HoldNumber = Annotated[
    int, typer.Argument(metavar="N", parser=given.whole("N", 1), help="Number of the hold.")
]


@app.command(cls=Command)
def holds(
    asked: Annotated[
        list[str] | None,
        typer.Argument(metavar="[show N]", help="Show hold N whole: what holds it and what it would change."),
    ] = None,
    form: given.FormOption = Form.TEXT,
    database: given.Database = None,
    limit: given.Limit = None,
    mask: given.Mask = False,
) -> int:
    """List the plans that a guard has held: which ones wait for a person, what became of the others."""
    from cartable.flow import holding

    place = place_of(database)
    number = given.shown_number(asked or [], "holds")
    with answer(form, document.write_error) as out:
        if number is None:
            reporting.write_holds(holding.every(place), form, out, mask=mask)
        else:
            with holding.shown(place, number) as (held, check, plan):
                outcome = reporting.outcome_of(plan, waiting=held) if plan else None
                reporting.write_hold(HoldRecord(held, check, outcome), form, limit, out, mask=mask)
    return DONE


@app.command(cls=Command)
def approve(
    number: HoldNumber,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="TEXT", parser=given.said("--why"), help="Why it may be applied."),
    ] = None,
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Apply exactly the plan that waits under the number, or refuse it because it waits no longer."""
    from cartable.flow.holding import approved
    from cartable.reports import text

    with (
        answer(Form.TEXT, document.write_error) as out,
        approved(place_of(database), number, actor=given.actor(by), why=why or "") as (plan, run),
    ):
        text.write_outcome(reporting.outcome_of(plan, run), reporting.page_on(out))
        return status_of_plan(plan)


@app.command(cls=Command)
def discard(
    number: HoldNumber,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", parser=given.said("--why"), help="Why it is dropped.")
    ],
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Drop the plan that waits under the number; nothing of it is applied."""
    from cartable.flow.holding import discard as discarded
    from cartable.reports import holds as report

    with answer(Form.TEXT, document.write_error) as out:
        held = discarded(place_of(database), number, actor=given.actor(by), why=why)
        reporting.page_on(out).write(report.state(held))
    return DONE
