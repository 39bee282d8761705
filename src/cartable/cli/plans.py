"""The commands that read a saved plan."""

import sys
from typing import Annotated

import typer

from cartable import words
from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer, written
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, HELD, app, place_of
from cartable.reports import document


@app.command("plan show", cls=Command)
def plan_show(
    file: given.PlanPath,
    form: given.PlanFormOption = Form.TEXT,
    output: given.Output = None,
    school: Annotated[
        str, typer.Option("--school", metavar="SCHOOL", help="One school alone: its sourcedId or its name.")
    ] = "",
    entity: Annotated[
        str, typer.Option("--entity", metavar="ENTITY", help="One kind of record alone, such as enrollments.")
    ] = "",
    user: Annotated[
        str, typer.Option("--user", metavar="USER", help="One person alone: the sourcedId.")
    ] = "",
    limit: given.Limit = None,
    mask: given.Mask = False,
    database: given.Database = None,
) -> int:
    """Show a saved plan as a list of changes by school; with a school, an entity or a person, each change."""
    from cartable.flow.showing import shown

    to = written(output, form) if output else answer(form, document.write_error)
    with (
        to as out,
        shown(file, place_of(database), school=school, entity=entity, user=user) as plan,
    ):
        status = HELD if plan.header.holds else DONE
        reporting.write_shown(plan, form, limit, out, mask=mask)
    if output:
        print(words.text("The report is in {path}.", path=output), file=sys.stderr)
    return status
