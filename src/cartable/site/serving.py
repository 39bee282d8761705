"""Starts the web application and ends it: granian, a few processes of one thread each.

One blocking thread a process: twice as fast on two cores as granian's default, and a connection to the
database each.
"""

import multiprocessing
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cartable.access import counting
from cartable.errors import SystemFailure
from cartable.flow import clock, offering
from cartable.site.served import Served
from cartable.store import opening, publishing

_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_SECONDS_TO_END = 10
_LOOKING = 0.02


def serve(
    database: str,
    host: str,
    port: int,
    workers: int,
    url: str,
    hosts: Sequence[str],
    proxies: Sequence[str],
    log_days: int,
    tell: Callable[[str], None],
) -> None:
    """Serve a roster until the process is interrupted or told to end.

    Args:
        url: the address under which consumers know the server; empty for host and port.
        hosts: further names by which it may be called.
        proxies: addresses of proxies whose headers are believed.
        log_days: how long the access log is kept.
        tell: called with the server's address when it answers.

    Raises:
        SystemFailure: the port is taken, the address is not this machine's, or the server ended by itself.
        UsageError: the file of categories says what no such file says.
        DatabaseError, KeyUnusable: the roster or its key cannot be used.
    """
    address = _free_address(host, port)
    shown = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    public = url or shown
    with opening.opened(database) as roster:
        roster.vault.seal(roster)
        publishing.publish(roster, clock.now())
        offering.offer(roster, clock.now())
    with tempfile.TemporaryDirectory(prefix="cartable-") as directory:
        counters, pulls = Path(directory) / "counters", Path(directory) / "pulls"
        counting.make(counters)
        counting.make(pulls)
        named = urlsplit(public).hostname or ""
        known = (*_LOCAL, host, f"[{named}]" if ":" in named else named, *hosts)
        names = tuple(dict.fromkeys(known))
        Served(database, public, names, tuple(proxies), str(counters), str(pulls), log_days).pass_on()
        _run(address, port, workers, lambda: tell(shown))


def _free_address(host: str, port: int) -> str:
    """The numbers of an address at which nothing listens."""
    # The processes share the port, so that each would take one that another server has.
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            return str(address[0])
    except OSError as error:
        raise SystemFailure(
            "Cartable cannot listen at {host}, port {port}: {reason}.",
            "Name another port with --port, or end what listens there; --host takes an address "
            "of this machine.",
            host=host,
            port=port,
            reason=(error.strerror or str(error)).rstrip("."),
        ) from None


def _run(host: str, port: int, workers: int, tell: Callable[[], None]) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    # Not forked: the command has other settings than the web application.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "cartable.site.wsgi:called",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        blocking_threads=1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_SECONDS_TO_END,
    )
    ended = threading.Event()
    listening = threading.Thread(target=_tell_when_it_listens, args=(host, port, ended, tell), daemon=True)
    server.on_startup(listening.start)
    try:
        server.serve()
    except SystemExit:
        raise SystemFailure(
            "The server has ended by itself.", "Look at what it said before; cartable serve starts it again."
        ) from None
    finally:
        ended.set()


def _tell_when_it_listens(host: str, port: int, ended: threading.Event, tell: Callable[[], None]) -> None:
    while not ended.wait(_LOOKING):
        try:
            with socket.create_connection((host, port), timeout=1):
                tell()
                return
        except OSError:
            continue
