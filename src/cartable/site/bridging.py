"""Calls a WSGI application from granian's event loop, when a request's body is there as a whole.

Were the application called at once, as granian's own WSGI does, it would wait in the middle of a request
for whoever sends a body slowly, and all others with it: a process has one thread. Here only the reading of
that body waits.
"""

import asyncio
import contextvars
import os
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_SECONDS_FOR_A_BODY = 30
_SECONDS_TO_END = 0.1
_TIMED_OUT = 408
_READ = 8
"""Of a body that is too long, how many times the limit is read before it is answered."""
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


# Django refuses to ask a database inside an event loop. Here nothing else runs meanwhile, on purpose.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


class Bridge:
    """A WSGI application as granian's RSGI calls it.

    Args:
        application: what answers.
        limit: bytes that are read of a body at most; a longer one is told to be longer, and cut.
        end: called as the process ends.

    Source: PEP 3333; the RSGI specification, version 1.5.
    """

    def __init__(self, application: Application, limit: int, end: Callable[[], None]) -> None:
        self._application = application
        self._limit = limit
        self._end = end
        # All requests are answered in one context: Django keeps its connection to the database there, and
        # would make another for each request, whose task has a context of its own.
        self._context = contextvars.copy_context()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer a request."""
        body = b""
        if scope.method not in _WITHOUT_BODY and _is_waited_for(scope.headers, self._limit):
            try:
                async with asyncio.timeout(_SECONDS_FOR_A_BODY):
                    body = await _body(protocol, self._limit)
            except TimeoutError:
                protocol.response_empty(_TIMED_OUT, [("connection", "close")])
                return
        status, headers, content = self._context.run(self._answer, _environment(scope, body))
        protocol.response_bytes(int(status[:3]), [(name.lower(), value) for name, value in headers], content)

    def _answer(self, environment: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        begun: list[Any] = []
        parts = self._application(environment, lambda *given: begun.extend(given))
        try:
            content = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        status, headers = begun[:2]
        return status, headers, content

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer what has come, and end the process.

        At once, since granian's threads go on: one that came back while Python takes itself apart would
        abort the process.
        """
        loop.run_until_complete(asyncio.sleep(_SECONDS_TO_END))
        self._end()
        os._exit(0)


def _is_waited_for(headers: Any, limit: int) -> bool:
    """Whether a body is read: not where it is far too long, or too long and not sent until it is wanted."""
    told = int(headers.get("content-length", 0))
    return told <= limit or (told <= _READ * limit and "expect" not in headers)


async def _body(protocol: Any, limit: int) -> bytes:
    """A body, cut where it is longer than the limit.

    The rest is read all the same, up to a point: who is answered in the middle of sending sees a broken
    connection and no answer.
    """
    pieces, length = [], 0
    async for piece in protocol:
        if length <= limit:
            pieces.append(piece)
        length += len(piece)
        if length > _READ * limit:
            break
    return b"".join(pieces)


def _environment(scope: Any, body: bytes) -> dict[str, Any]:
    name, _, port = scope.server.rpartition(":")
    environment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI's texts are bytes, each as the character of its number.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority:
        environment["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        # It would read like a header that is trusted.
        if "_" in name:
            continue
        key = _OWN_NAMES.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        environment[key] = f"{environment[key]},{value}" if key in environment else value
    if body:
        # Of a body in pieces nobody has told it; of one that was cut, the headers may.
        environment["CONTENT_LENGTH"] = str(max(len(body), int(environment.get("CONTENT_LENGTH") or 0)))
    return environment
