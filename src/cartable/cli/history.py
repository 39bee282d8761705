"""The commands for the past: take a run back, look at any day, compare two runs, tell a record's story."""

from pathlib import Path
from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of, status_of
from cartable.model.scopes import Scope
from cartable.model.undos import KINDS
from cartable.reports import document
from cartable.reports.material import Outcome


@app.command(cls=Command)
def undo(
    run: given.RunNumber,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Save the plan.")
    ] = None,
    is_applied: Annotated[bool, typer.Option("--apply", help="Apply it.")] = False,
    school: given.School = "",
    entity: given.EntityName = "",
    only: given.Only = None,
    form: given.FormOption = Form.TEXT,
    database: given.Database = None,
    by: given.Actor = None,
    mask: given.Mask = False,
) -> int:
    """Show what takes a run back, what has changed since and is left; save the plan or apply it."""
    from cartable.flow.undoing import undone
    from cartable.reports.undos import UndoRecord

    with (
        answer(form, document.write_error) as out,
        undone(
            place_of(database),
            run,
            scope=Scope(school=school, entity=entity),
            only=KINDS[only] if only else None,
            actor=given.actor(by),
        ) as made,
    ):
        plan = made.plan
        if output:
            reporting.save_plan(plan.save, output)
        applied = made.apply() if is_applied else None
        outcome = Outcome(plan.header.counts, plan.held, plan.changes, applied)
        reporting.write_undo(UndoRecord(made.run, outcome, made.left), form, out, mask=mask)
        return status_of(plan.header.summary, is_held=bool(plan.held))


@app.command(cls=Command)
def roster(
    as_of: given.AsOf = None,
    school: given.School = "",
    klass: given.Klass = "",
    user: given.User = "",
    entity: given.EntityName = "",
    form: given.FormOption = Form.TEXT,
    database: given.Database = None,
    mask: given.Mask = False,
) -> int:
    """Tell who is or was in which school and class; of one entity all records."""
    from cartable.flow.looking import past
    from cartable.reports.rosters import RosterView

    with (
        answer(form, document.write_error) as out,
        past(place_of(database), as_of, Scope(school, klass, user, entity)) as seen,
    ):
        view = RosterView(
            seen.scope,
            seen.moment.revision,
            seen.run.number if seen.run else None,
            seen.day.isoformat() if seen.day else "",
            seen.instant,
            *((), (), seen.records()) if entity else (seen.in_organisations(), seen.in_classes(), ()),
        )
        reporting.write_roster(view, form, out, mask=mask)
    return DONE


@app.command(cls=Command)
def diff(
    first: Annotated[int, typer.Argument(metavar="RUN_A", parser=given.run_number, help="The earlier run.")],
    last: Annotated[int, typer.Argument(metavar="RUN_B", parser=given.run_number, help="The later run.")],
    school: given.School = "",
    entity: given.EntityName = "",
    form: given.FormOption = Form.TEXT,
    database: given.Database = None,
    limit: given.Limit = None,
    mask: given.Mask = False,
) -> int:
    """Tell what differs between the rosters after two runs."""
    from cartable.flow.looking import differences

    with answer(form, document.write_error) as out:
        changes = differences(place_of(database), (first, last), Scope(school=school, entity=entity))
        reporting.write_differences((first, last), changes, form, limit, out, mask=mask)
    return DONE


@app.command(cls=Command)
def explain(
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="What a person, class, organisation, course or session is or was identified by.",
        ),
    ],
    entity: given.EntityName = "",
    form: given.StoryFormOption = Form.TEXT,
    database: given.Database = None,
    mask: given.Mask = False,
) -> int:
    """Tell the story of a record in plain words: what happened to it, in which run, because of which row."""
    from cartable.flow.explaining import explained

    with answer(form, document.write_error) as out:
        reporting.write_stories(explained(place_of(database), identifier, entity), form, out, mask=mask)
    return DONE
