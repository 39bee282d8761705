"""The commands that read a saved plan."""

from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, HELD, app, place_of
from cartable.reports import changelists, document, table


@app.command("plan show", cls=Command)
def plan_show(
    file: given.PlanPath,
    form: given.FormOption = Form.TEXT,
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
    database: given.Database = None,
) -> int:
    """Show a saved plan as a list of changes by school; with a school, an entity or a person, each change."""
    from cartable.flow.showing import shown

    with (
        answer(form, document.write_error) as out,
        shown(file, place_of(database), school=school, entity=entity, user=user) as plan,
    ):
        if form is Form.JSON:
            changelists.write_document(plan, out)
        elif form is Form.CSV:
            table.write_changes(plan.changes(limit), out)
        else:
            changelists.write(plan, limit, reporting.page_on(out))
        return HELD if plan.header.holds else DONE
