"""The commands for what must not be kept, and for who asks what is."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cartable import words
from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer, written
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.reports import document, persons
from cartable.reports import retention as report

Person = Annotated[
    str,
    typer.Argument(metavar="PERSON", help="The sourcedId that the person has or had, or the username."),
]


@app.command(cls=Command)
def purge(
    inactive_for: Annotated[
        str, typer.Option("--inactive-for", metavar="PERIOD", help="For how long, such as 3y, 18m or 90d.")
    ],
    is_applied: Annotated[bool, typer.Option("--apply", help="Destroy it.")] = False,
    form: Annotated[Form, given.form_option((Form.TEXT, Form.JSON))] = Form.TEXT,
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Show the people, and the records about people, that have been gone for so long; destroy them."""
    from cartable.flow.retention import purged

    with (
        answer(form, document.write_error) as out,
        purged(place_of(database), inactive_for, actor=given.actor(by)) as erasure,
    ):
        run = erasure.apply() if is_applied else None
        if form is Form.JSON:
            report.write_document(erasure, run, out)
        else:
            command = f"cartable purge --inactive-for {inactive_for} --apply"
            report.write(erasure, run, command, reporting.page_on(out))
    return DONE


@app.command(cls=Command)
def forget(
    person: Person,
    preview: Annotated[bool, typer.Option("--preview", help="Show what is held; destroy nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask at a terminal.")] = False,
    form: Annotated[Form, given.form_option((Form.TEXT, Form.JSON))] = Form.TEXT,
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Destroy everything that is held on a person: in the roster, its history and the kept files."""
    from cartable.flow.retention import forgotten

    with (
        answer(form, document.write_error) as out,
        forgotten(place_of(database), person, actor=given.actor(by)) as erasure,
    ):
        is_meant = not preview and (yes or _confirmed(erasure.label))
        run = erasure.apply() if is_meant else None
        if form is Form.JSON:
            report.write_document(erasure, run, out)
        else:
            report.write(erasure, run, f"cartable forget {erasure.label}", reporting.page_on(out))
    return DONE


@app.command("person export", cls=Command)
def person_export(
    person: Person,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there.")
    ] = None,
    form: Annotated[Form, given.form_option((Form.HTML, Form.JSON))] = Form.HTML,
    database: given.Database = None,
) -> int:
    """Write everything that is held on a person, as a page to read or as JSON."""
    from cartable.flow.accessing import held_on

    write = persons.write_document if form is Form.JSON else persons.write_page
    with held_on(place_of(database), person) as held:
        if output is None:
            with answer(form, document.write_error) as out:
                write(held, out)
        else:
            with written(output, form) as file:
                write(held, file)
            with answer(Form.TEXT, document.write_error) as out:
                reporting.page_on(out).write(
                    words.text(
                        "All that is held on {person} is in {path}. Keep it as safe as the roster itself.",
                        person=held.person,
                        path=output,
                    )
                )
    return DONE


def _confirmed(label: str) -> bool:
    """Whether the operator means it; where nobody can be asked, whoever names the person does."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    question = words.text("Destroy everything that is held on {person}? Type it again:", person=label)
    return input(f"{question} ").strip() == label
