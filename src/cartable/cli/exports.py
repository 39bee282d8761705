"""The command that hands the roster on to other systems."""

from pathlib import Path
from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Bars, Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.model.exports import TARGETS, WHOLE_BY_DEFAULT
from cartable.model.groups import Group
from cartable.reports import document, exports
from cartable.words import marked

Target = Annotated[
    str,
    typer.Argument(
        metavar="|".join(TARGETS),
        parser=given.one_of(
            TARGETS, marked("There is no format {name}."), marked("The formats are: {names}.")
        ),
        autocompletion=lambda: list(TARGETS),
        help="The format of the files.",
    ),
]


@app.command(cls=Command)
def export(
    target: Target,
    path: Annotated[
        Path,
        typer.Argument(metavar="DIR|ZIP", help="Where to write: a new or empty directory, or a new .zip."),
    ],
    as_of: given.AsOf = None,
    school: given.School = "",
    fields: given.Fields = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an export that is there already.")
    ] = False,
    form: Annotated[Form, given.form_option((Form.TEXT, Form.JSON))] = Form.TEXT,
    database: given.Database = None,
    memory: given.Memory = None,
) -> int:
    """Write the roster, or a school of it, as files for another system, and tell what they cannot carry.

    The records of all sources go out. What the format demands and the roster does not have is made up the
    same way each time; the report counts it, and what is lost, by field.
    """
    from cartable.flow.exporting import exported

    default = tuple(Group) if target in WHOLE_BY_DEFAULT else ()
    with answer(form, document.write_error) as out, Bars() as bars:
        done = exported(
            place_of(database),
            target,
            path,
            as_of=as_of,
            school=school,
            groups=given.groups(fields, default),
            overwrites=overwrite,
            memory=memory,
            progress=bars,
        )
        bars.close()
        if form is Form.JSON:
            exports.write_document(done, out)
        else:
            exports.write_text(done, reporting.page_on(out))
    return DONE
