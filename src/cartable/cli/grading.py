"""The command that hands grades on."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cartable import words
from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Form, answer, written
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.errors import UsageError
from cartable.reports import document
from cartable.words import marked


class _Handing(StrEnum):
    CSV = "csv"
    ONEROSTER = "oneroster"


_VERSIONS = ("1.1", "1.2")


@app.command("grades export", cls=Command)
def grades_export(
    klass: given.Klass = "",
    school: given.School = "",
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(_Handing),
            parser=given.one_of(
                tuple(_Handing), marked("There is no format {name}."), marked("The formats are: {names}.")
            ),
            autocompletion=lambda: list(_Handing),
            help="csv is a table to read; oneroster is the files of that format.",
        ),
    ] = _Handing.CSV,
    version: Annotated[
        str,
        typer.Option(
            "--oneroster",
            metavar="|".join(_VERSIONS),
            parser=given.one_of(
                _VERSIONS, marked("There is no version {name}."), marked("The versions are: {names}.")
            ),
            help="The version of OneRoster.",
        ),
    ] = _VERSIONS[-1],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="Where to write: a file; of oneroster a directory or a .zip.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an export that is there already.")
    ] = False,
    database: given.Database = None,
) -> int:
    """Write the grades of a class or a school, as consumers wrote them, for a system that has no API."""
    from cartable.flow.grading import graded
    from cartable.reports import grades as report

    is_package = form == _Handing.ONEROSTER
    if is_package and output is None:
        raise UsageError("Where the files go is not said.", "Name a directory or a .zip with -o.")
    with graded(place_of(database), klass=klass, school=school) as grades:
        if output is None:
            with answer(Form.CSV, document.write_error) as out:
                report.write(grades, out)
            return DONE
        if is_package:
            counts = grades.package(output, version, overwrites=overwrite)
        else:
            with written(output, Form.CSV) as file:
                report.write(grades, file)
        with answer(Form.TEXT, document.write_error) as out:
            page = reporting.page_on(out)
            page.write(
                words.text("The grades are in {path}. Keep them as safe as the roster itself.", path=output)
            )
            if is_package:
                for name, count in counts.items():
                    page.write(
                        words.counted("{name}: {number} row", "{name}: {number} rows", count, name=name)
                    )
    return DONE
