"""The command that serves the roster to its consumers."""

import os
from typing import Annotated

import typer

from cartable import words
from cartable.cli import parameters as given
from cartable.cli.grammar import Command
from cartable.cli.program import DONE, app, place_of
from cartable.errors import UsageError

_PORTS = 65_535
_LOG_DAYS = 365


def _port(value: str) -> int:
    port = given.whole("--port", 1)(value)
    if port > _PORTS:
        raise UsageError("--port takes a number from 1 to {most}.", most=_PORTS)
    return port


@app.command(cls=Command)
def serve(
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Address of this machine to listen at.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", parser=_port, help="Port to listen at.")] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            parser=given.whole("--workers", 1),
            help="Processes that answer; as many as the machine has processors by default.",
        ),
    ] = None,
    url: given.ServerUrl = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host",
            metavar="NAME",
            help="A further name by which the server may be called; may be repeated.",
        ),
    ] = None,
    proxies: Annotated[
        list[str] | None,
        typer.Option(
            "--trusted-proxy",
            metavar="ADDRESS",
            help="Address of a proxy whose X-Forwarded-For, -Proto and -Host are believed; may be repeated.",
        ),
    ] = None,
    log_days: Annotated[
        int | None,
        typer.Option(
            "--log-days",
            metavar="N",
            envvar="CARTABLE_LOG_DAYS",
            parser=given.whole("--log-days", 1),
            help=f"Days for which the access log of the API clients is kept; {_LOG_DAYS} by default.",
        ),
    ] = None,
    database: given.Database = None,
) -> int:
    """Serve the roster to its API clients until interrupted; the token endpoint is /oauth2/token."""
    from cartable.site import serving

    language = words.language()

    def tell(address: str) -> None:
        # In a thread of its own, which speaks no language yet.
        words.speak(language)
        print(words.text("Cartable listens at {address}; Ctrl+C ends it.", address=address), flush=True)

    serving.serve(
        place_of(database),
        host,
        port,
        workers or os.cpu_count() or 1,
        url or "",
        hosts or (),
        proxies or (),
        log_days or _LOG_DAYS,
        tell,
    )
    return DONE
