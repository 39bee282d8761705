"""The commands for deliveries, a few lines each: ask `flow`, answer in the form asked for."""

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from cartable import words
from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Bars, Form, answer, written
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, options_of, place_of, status_of, status_of_plan
from cartable.errors import UsageError
from cartable.model.options import Against, CheckOptions
from cartable.model.plans import DEFAULT_SOURCE
from cartable.model.profiles import Precedent
from cartable.reports import document, table, text
from cartable.reports.material import RunRecord, Stays


@app.command(cls=Command)
def check(
    path: given.DeliveryPath,
    form: given.CheckFormOption = Form.TEXT,
    output: given.Output = None,
    create_users: given.CreateUsers = False,
    contacts: given.Contacts = False,
    codes: given.CodesFile = None,
    receivers: given.Receivers = None,
    limit: given.Limit = None,
    mask: given.Mask = False,
    memory: given.Memory = None,
    against: given.CheckAgainst = None,
    source: given.RunSource = DEFAULT_SOURCE,
    database: given.Database = None,
) -> int:
    """Check a delivery and report every finding and its cause; the roster is not touched."""
    from cartable.flow.checking import checked

    options = options_of(create_users, contacts, codes, memory, receivers)
    other = given.against(against, None)
    to = written(output, form) if output else answer(form, reporting.failed_report(path, form, mask=mask))
    with (
        to as out,
        Bars() as bars,
        checked(path, options, bars, precedent=_precedent(other, source, database, options, bars)) as result,
    ):
        bars.close()
        status = status_of(result.summary)
        reporting.write_check(result, form, limit, out, mask=mask)
    if output:
        print(text.verdict(result.summary), file=sys.stderr)
        print(words.text("The report is in {path}.", path=output), file=sys.stderr)
    return status


@app.command(cls=Command)
def repair(
    path: given.DeliveryPath,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write: a new or empty directory.")
    ],
    create_users: given.CreateUsers = False,
    contacts: given.Contacts = False,
    codes: given.CodesFile = None,
    memory: given.Memory = None,
) -> int:
    """Write a copy of a delivery in which all is repaired that needs no guessing, and list each repair."""
    from cartable.flow.repairing import repair as repaired
    from cartable.reports.repairs import write_repaired

    options = options_of(create_users, contacts, codes, memory)
    with answer(Form.TEXT, document.write_error) as out, Bars() as bars:
        done = repaired(path, output, options, bars)
        bars.close()
        write_repaired(done, reporting.page_on(out))
    return status_of(done.after)


@app.command(cls=Command)
def plan(
    path: given.DeliveryPath,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Save the plan.")
    ] = None,
    form: given.PlanFormOption = Form.TEXT,
    database: given.Database = None,
    accept: given.Accept = None,
    guards: given.GuardsFile = None,
    raised: given.Raise = None,
    by: given.Actor = None,
    source: given.Source = DEFAULT_SOURCE,
    no_rekey: given.NoRekey = False,
    create_users: given.CreateUsers = False,
    contacts: given.Contacts = False,
    codes: given.CodesFile = None,
    receivers: given.Receivers = None,
    limit: given.Limit = None,
    mask: given.Mask = False,
    memory: given.Memory = None,
    against: given.PlanAgainst = None,
) -> int:
    """Check a delivery and show what would change in the roster; nothing is written to it."""
    from cartable.flow import showing
    from cartable.flow.planning import planned

    options = options_of(create_users, contacts, codes, memory, receivers)
    with (
        answer(form, reporting.failed_report(path, form, mask=mask)) as out,
        Bars() as bars,
        planned(
            path,
            place_of(database),
            options,
            actor=given.actor(by),
            accept=accept or (),
            guards=guards,
            raised=raised or (),
            progress=bars,
            is_preview=True,
            against=given.against(against, "last"),
            source=source,
            rekeys=not no_rekey,
        ) as (result, made),
    ):
        bars.close()
        status = status_of_plan(made)
        outcome = reporting.outcome_of(made)
        if output and not made.is_fatal:
            reporting.save_plan(made.save, output)
        if form is Form.HTML and not made.is_fatal:
            reporting.write_shown(showing.preview(made), form, limit, out, mask=mask)
        else:
            reporting.write_plan(result, outcome, form, limit, out, mask=mask)
    return status


@app.command(cls=Command)
def apply(
    file: given.PlanPath,
    database: given.Database = None,
    accept: given.Accept = None,
    guards: given.GuardsFile = None,
    by: given.Actor = None,
    source: given.PlanSource = None,
) -> int:
    """Apply exactly that plan, or refuse it because the roster has moved since."""
    from cartable.flow.planning import opened_plan

    with (
        answer(Form.TEXT, document.write_error) as out,
        opened_plan(
            file,
            place_of(database),
            actor=given.actor(by),
            accept=accept or (),
            guards=guards,
            source=source,
        ) as made,
    ):
        run = None if made.held else made.apply("apply")
        outcome = reporting.outcome_of(made, run)
        status = status_of_plan(made)
        text.write_outcome(outcome, reporting.page_on(out))
    return status


@app.command(cls=Command)
def sync(
    path: given.DeliveryPath,
    form: given.FormOption = Form.TEXT,
    database: given.Database = None,
    accept: given.Accept = None,
    guards: given.GuardsFile = None,
    raised: given.Raise = None,
    by: given.Actor = None,
    source: given.Source = DEFAULT_SOURCE,
    no_rekey: given.NoRekey = False,
    create_users: given.CreateUsers = False,
    contacts: given.Contacts = False,
    codes: given.CodesFile = None,
    receivers: given.Receivers = None,
    limit: given.Limit = None,
    mask: given.Mask = False,
    memory: given.Memory = None,
    against: given.PlanAgainst = None,
) -> int:
    """Plan a delivery, and apply the plan when no guard holds it; a held plan waits under a number."""
    from cartable.flow.holding import sync as synced
    from cartable.flow.planning import planned

    options = options_of(create_users, contacts, codes, memory, receivers)
    with (
        answer(form, reporting.failed_report(path, form, mask=mask)) as out,
        Bars() as bars,
        planned(
            path,
            place_of(database),
            options,
            actor=given.actor(by),
            accept=accept or (),
            guards=guards,
            raised=raised or (),
            progress=bars,
            against=given.against(against, "last"),
            source=source,
            rekeys=not no_rekey,
        ) as (result, made),
    ):
        done, run, waiting = synced(made)
        bars.close()
        status = status_of_plan(done)
        outcome = reporting.outcome_of(done, run, waiting)
        reporting.write_plan(result, outcome, form, limit, out, mask=mask)
    return status


@app.command(cls=Command)
def runs(
    asked: Annotated[
        list[str] | None,
        typer.Argument(metavar="[show N]", help="Show run N whole: its files, changes and findings."),
    ] = None,
    form: given.FormOption = Form.TEXT,
    database: given.Database = None,
    limit: given.Limit = None,
    mask: given.Mask = False,
) -> int:
    """List what was applied and when, on which files, what changed and what was found."""
    from cartable.flow import recalling as flow

    place, number = place_of(database), given.shown_number(asked or [], "runs")
    with answer(form, document.write_error) as out:
        if number is None:
            reporting.write_runs(flow.runs(place), form, out, mask=mask)
        else:
            with flow.run_check(place, number) as kept:
                record = RunRecord(
                    flow.run(place, number),
                    kept,
                    lambda most: flow.run_changes(place, number, most),
                    Stays(lambda: flow.run_kept(place, number), lambda: flow.run_pinned(place, number)),
                )
                reporting.write_run(record, form, limit, out, mask=mask)
    return DONE


@app.command(cls=Command)
def rules(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="One rule, with examples.")] = None,
    form: given.FormOption = Form.TEXT,
) -> int:
    """Print the rule catalogue: what is checked, what becomes of the data, what to do."""
    from cartable.reports import catalogue  # reads the examples, which no other command needs

    known = reporting.known_rules()
    if code is not None and code not in known:
        near = get_close_matches(code, known, n=1)
        hint = "Did you mean {near}?" if near else "cartable rules lists them all."
        raise UsageError("There is no rule {code}.", hint, code=code, near="".join(near))
    listed = known if code is None else {code: known[code]}
    with answer(form, document.write_error) as out:
        if form is Form.JSON:
            document.write_rules(listed, out)
        elif form is Form.CSV:
            table.write_rules(listed, out)
        elif code is None:
            catalogue.write_rules(listed, reporting.page_on(out))
        else:
            catalogue.write_rule(listed[code], reporting.page_on(out))
    return DONE


@app.command(cls=Command)
def schema(
    name: Annotated[str, typer.Argument(metavar="report", help="The report of check, plan and sync.")],
) -> int:
    """Print the JSON Schema of what --format json prints."""
    from cartable.reports.schema import report_schema

    if name != "report":
        raise UsageError("There is no schema {name}.", "The schemas are: {names}.", name=name, names="report")
    with answer(Form.TEXT, document.write_error) as out:
        out.write(report_schema())
    return DONE


@app.command(cls=Command)
def generate(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write: a new or empty directory.")
    ],
    students: given.Students,
    seed: given.Seed,
    faults: given.FaultRate = 0.0,
    kinds: given.FaultKinds = None,
) -> int:
    """Write a synthetic district, with faults on demand and then the key of what was broken."""
    from cartable.generating.writing import generate as written

    with answer(Form.TEXT, document.write_error) as out, Bars() as bars:
        made = written(directory, students, seed, faults, tuple(kinds or ()), bars)
        bars.close()
        text.write_district(
            made.directory, made.key, sum(made.rows.values()), made.planted, reporting.page_on(out)
        )
    return DONE


def _precedent(
    against: Against, source: str, database: str | None, options: CheckOptions, bars: Bars
) -> Precedent | None:
    if against is None:
        return None
    if isinstance(against, Path):
        from cartable.flow import comparing

        return comparing.delivered(against, options, bars)
    from cartable.flow import planning  # loads the database's part of the program

    return planning.precedent(place_of(database), source, against, options, bars)
