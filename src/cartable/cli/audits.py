"""The command for the audit chain."""

from pathlib import Path
from typing import Annotated

import typer

from cartable import words
from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import Bars, Form, answer, written
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, HELD, app, place_of
from cartable.errors import UsageError
from cartable.reports import chains, document

Asked = Annotated[
    list[str],
    typer.Argument(
        metavar="verify|log|export N",
        help="Compare all that the chain tells of with what is there; list the chain; or write one file "
        "that explains run N to an auditor.",
    ),
]


@app.command(cls=Command)
def audit(
    asked: Asked,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write what is exported."),
    ] = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Do not mask personal data in what is exported.")
    ] = False,
    form: Annotated[Form, given.form_option((Form.TEXT, Form.JSON))] = Form.TEXT,
    database: given.Database = None,
) -> int:
    """Verify the audit chain of all that was done, list it, or explain a run to an auditor."""
    place = place_of(database)
    match asked:
        case ["verify"]:
            return _verify(place, form)
        case ["log"]:
            return _log(place, form)
        case ["export", number] if number.isascii() and number.isdecimal() and output:
            return _export(place, int(number), output, with_names=with_names)
        case ["export", number] if number.isascii() and number.isdecimal():
            raise UsageError(
                "You have not said where to write the file.",
                "Write: cartable audit export {run} -o FILE",
                run=number,
            )
    raise UsageError(
        "The audit chain can be verified or listed, or a run be explained in a file.",
        "Write: cartable audit verify, cartable audit log or cartable audit export 3 -o FILE",
    )


def _verify(place: str, form: Form) -> int:
    from cartable.flow import auditing

    with answer(form, document.write_error) as out, Bars() as bars:
        verdict = auditing.verify(place, bars)
        bars.close()
        if form is Form.JSON:
            chains.write_verdict_document(verdict, out)
        else:
            chains.write_verdict(verdict, reporting.page_on(out))
    return HELD if verdict.breaks else DONE


def _log(place: str, form: Form) -> int:
    from cartable.flow import auditing

    with answer(form, document.write_error) as out:
        links = auditing.links(place)
        if form is Form.JSON:
            chains.write_link_documents(links, out)
        else:
            chains.write_links(links, reporting.page_on(out))
    return DONE


def _export(place: str, number: int, output: Path, *, with_names: bool) -> int:
    from cartable.flow import auditing
    from cartable.reports import evidence

    with auditing.evidence(place, number) as found, written(output, Form.TEXT) as out:
        evidence.write(found if with_names else evidence.masked(found), reporting.known_rules(), out)
    print(words.text("What explains run {run} is in {path}.", run=number, path=output))
    return DONE
