"""Bodies that come in pieces: how long one is must be known before Django reads it."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def whole(application: Application, limit: int) -> Application:
    """A WSGI application that gets bodies of unknown length whole.

    Args:
        limit: bytes that are read of one at most; a longer one is told to be longer, and cut.

    Source: RFC 9112 §7.1, chunked transfer coding.
    """

    def answer(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environment.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = environment["wsgi.input"].read(limit + 1)
            environment |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environment, start)

    return answer
