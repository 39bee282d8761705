"""The commands that keep an installation safe: backup and restore."""

from pathlib import Path
from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Bars, Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.errors import UsageError
from cartable.reports import document, safekeeping

BackupPath = Annotated[
    Path, typer.Argument(metavar="FILE", parser=given.existing, help="A backup that cartable backup wrote.")
]


@app.command(cls=Command)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the backup.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Write nothing; say whether the backup FILE is whole.")
    ] = False,
    database: given.Database = None,
) -> int:
    """Write everything that the installation keeps to one file: roster, history, key, kept inputs."""
    from cartable.flow import backing

    with answer(Form.TEXT, document.write_error) as out, Bars() as bars:
        try:
            done = backing.verify(file) if verify else backing.back_up(place_of(database), file, bars)
        except OSError as error:
            raise UsageError(
                "The backup cannot be written to {path}: {reason}.", path=file, reason=error.strerror
            ) from error
        bars.close()
        safekeeping.write_backup(done, file, reporting.page_on(out), is_new=not verify)
    return DONE


@app.command(cls=Command)
def restore(file: BackupPath, database: given.Database = None) -> int:
    """Bring back what a backup holds, after verifying it, into a place where there is no roster yet."""
    from cartable.flow import backing

    place = place_of(database)
    with answer(Form.TEXT, document.write_error) as out, Bars() as bars:
        done = backing.restore(file, place, bars)
        bars.close()
        safekeeping.write_restored(done, place, reporting.page_on(out))
    return DONE


@app.command(cls=Command)
def inputs(
    number: Annotated[int, typer.Argument(metavar="RUN", help="Number of the run.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Write the files there: a new or empty directory."
        ),
    ] = None,
    database: given.Database = None,
) -> int:
    """List the files that a run was made of, or write them out as they were received, without passwords."""
    from cartable.flow import inputs as flow

    place = place_of(database)
    with answer(Form.TEXT, document.write_error) as out:
        files = flow.write(place, number, output) if output else flow.kept(place, number)
        safekeeping.write_inputs(files, output, reporting.page_on(out))
    return DONE
