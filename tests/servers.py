"""A real `cartable serve` on a free port, and plain HTTP to it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

_PROGRAM = "import sys; from cartable.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        said: the line that it printed.
    """

    database: str
    port: int
    said: str
    process: subprocess.Popen[str]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()

    def token(
        self, client: str = "", secret: str = "", headers: Mapping[str, str] | None = None, **form: str
    ) -> Answer:
        """Ask for a token, by a Basic header where a client is named."""
        form = {"grant_type": "client_credentials", **form}
        basic = {"Authorization": basic_of(f"{client}:{secret}")} if client else {}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return self.ask("POST", "/oauth2/token", body, {**kind, **basic, **(headers or {})})


def basic_of(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def started(database: str, port: int, *options: str, **environment: str) -> subprocess.Popen[str]:
    """`cartable serve`, as somebody calls it."""
    arguments = ("serve", "--port", str(port), "--database", database, *options)
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl+C in a terminal reaches the whole group.
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str], with_signal: int = signal.SIGTERM) -> tuple[int, str, str]:
    """Exit status of a server that is told to end, and the rest of what it said."""
    if process.poll() is None:
        process.send_signal(with_signal)
    said, told = process.communicate(timeout=30)
    return process.returncode, said, told


@contextmanager
def served(database: str, *options: str, **environment: str) -> Iterator[Server]:
    """A server that answers; it must end well."""
    port = free_port()
    process = started(database, port, *options, **environment)
    try:
        assert process.stdout
        yield Server(database, port, process.stdout.readline(), process)
    finally:
        status, _, told = ended(process)
        assert status == 0, told
