"""The commands for API clients: who may read and write the roster through the web."""

from typing import Annotated

import typer

from cartable.cli import parameters as given
from cartable.cli import reporting
from cartable.cli.answering import PLAIN, Form, answer
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.model.clients import RATE
from cartable.reports import document

_ENTRIES = 50

ClientName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the client, or its client id.")]
IssuedFormOption = Annotated[Form, given.form_option((Form.TEXT, Form.JSON))]
ClientFormOption = Annotated[Form, given.form_option(PLAIN)]


@app.command("clients add", cls=Command)
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it: who it is.")],
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What its tokens are good for: an address, or a name such as roster.readonly for all "
            "versions; may be repeated. Reading what its services have by default.",
        ),
    ] = None,
    organisations: Annotated[
        list[str] | None,
        typer.Option(
            "--org",
            metavar="ORG",
            help="An organisation that it sees, with all below it: identifier or name; may be repeated. "
            "All by default.",
        ),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="GROUP",
            help="Sensitive fields that it sees: birthDates, demographics, flags or phones; may be repeated. "
            "None by default.",
        ),
    ] = None,
    services: Annotated[
        list[str] | None,
        typer.Option(
            "--service",
            metavar="SERVICE",
            help="A service that it may call: rostering, gradebook or resources; may be repeated. Those of "
            "its scopes by default, else rostering.",
        ),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            "--rate",
            metavar="N",
            parser=given.whole("--rate", 0),
            help=f"Requests that it may make a minute, {RATE} by default; 0 for any number.",
        ),
    ] = None,
    form: IssuedFormOption = Form.TEXT,
    url: given.PublicUrl = given.LOCAL_URL,
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Add an API client, and print its id and its secret, which is told this once."""
    from cartable.flow import granting
    from cartable.reports import clients

    with answer(form, document.write_error) as out:
        issued = granting.add(
            place_of(database),
            name,
            scopes=scopes or (),
            organisations=organisations or (),
            fields=fields or (),
            services=services or (),
            rate=rate,
            url=url,
            actor=given.actor(by),
        )
        if form is Form.JSON:
            clients.write_issued_document(issued, out)
        else:
            clients.write_issued(issued, reporting.page_on(out))
    return DONE


@app.command("clients list", cls=Command)
def every(form: ClientFormOption = Form.TEXT, database: given.Database = None) -> int:
    """List the API clients: what each may see and do, since when, and when it last called."""
    from cartable.flow import granting
    from cartable.reports import clients

    with answer(form, document.write_error) as out:
        listed = granting.every(place_of(database))
        if form is Form.JSON:
            clients.write_client_documents(listed, out)
        elif form is Form.CSV:
            clients.write_client_lines(listed, out)
        else:
            clients.write_clients(listed, reporting.page_on(out))
    return DONE


@app.command("clients rotate", cls=Command)
def rotate(
    name: ClientName,
    form: IssuedFormOption = Form.TEXT,
    url: given.PublicUrl = given.LOCAL_URL,
    database: given.Database = None,
    by: given.Actor = None,
) -> int:
    """Give an API client a new secret, told this once; the old one and its tokens end at once."""
    from cartable.flow import granting
    from cartable.reports import clients

    with answer(form, document.write_error) as out:
        issued = granting.rotate(place_of(database), name, url, given.actor(by))
        if form is Form.JSON:
            clients.write_issued_document(issued, out)
        else:
            clients.write_issued(issued, reporting.page_on(out))
    return DONE


@app.command("clients revoke", cls=Command)
def revoke(name: ClientName, database: given.Database = None, by: given.Actor = None) -> int:
    """Let an API client call no more; its tokens end at once."""
    from cartable.flow import granting
    from cartable.reports import clients

    with answer(Form.TEXT, document.write_error) as out:
        revoked = granting.revoke(place_of(database), name, given.actor(by))
        clients.write_revoked(revoked, reporting.page_on(out))
    return DONE


@app.command("clients log", cls=Command)
def log(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", show_default=False, help="Of one client: its name or id.")
    ] = "",
    form: ClientFormOption = Form.TEXT,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", metavar="N", parser=given.whole("--limit", 1), help="How many entries to list."
        ),
    ] = _ENTRIES,
    database: given.Database = None,
) -> int:
    """List what API clients read and wrote, the latest first: collection, rows, revision; no values."""
    from cartable.flow import granting
    from cartable.reports import clients

    with answer(form, document.write_error) as out:
        entries = granting.log(place_of(database), name, limit)
        if form is Form.JSON:
            clients.write_log_documents(entries, out)
        elif form is Form.CSV:
            clients.write_log_lines(entries, out)
        else:
            clients.write_log(entries, reporting.page_on(out))
    return DONE
