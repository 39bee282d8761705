"""The command that explains the guards."""

from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.reports import document


@app.command(cls=Command)
def guards(
    form: given.GuardsFormOption = Form.TEXT,
    file: given.GuardsFile = None,
    database: given.Database = None,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print the file itself, to make your own of it.")
    ] = False,
) -> int:
    """Explain what holds a plan or quarantines a school: each guard, its limits, where they come from."""
    from cartable.flow import clock, guarding
    from cartable.reports import guards as reports

    known = guarding.of_installation(place_of(database), file)
    day = clock.today()
    with answer(form, document.write_error) as out:
        if toml:
            out.write(known.text())
        elif form is Form.JSON:
            reports.write_document(known.guards, known.own, day, out)
        else:
            reports.write_guards(known.guards, known.own, day, reporting.page_on(out))
    return DONE
