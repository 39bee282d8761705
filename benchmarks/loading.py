"""A client that keeps a server busy: few processor cycles a request, since both share the machine."""

import re
import selectors
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NEXT = re.compile(rb'<https?://[^/>]*(/[^>]*)>; rel="next"')
_BLOCK = 1 << 20

Ask = Callable[[int, str], str]
"""Of a connection's number and its last page's next link, the path to ask for."""


@dataclass
class Load:
    """What was measured.

    Args:
        seconds: how long it took.
        times: of each answer, in seconds.
        bytes: of all bodies.
    """

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1] * 1000


@dataclass
class _Connection:
    socket: socket.socket
    number: int
    begun: float = 0.0
    next: str = ""
    received: bytearray = field(default_factory=bytearray)
    length: int = 0
    """Of the whole answer, once its head is there."""

    def send(self, path: str, head: bytes) -> None:
        self.received.clear()
        self.length = 0
        self.begun = time.perf_counter()
        self.socket.sendall(b"GET " + path.encode() + head)

    def read(self) -> int | None:
        """Take what has come; the length of the body when all of it is there."""
        self.received += self.socket.recv(_BLOCK)
        if not self.length:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = bytes(self.received[:end])
            found = _LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or not found:
                raise SystemExit(f"The server answers {bytes(self.received[:1000])!r}.")
            self.length = end + 4 + int(found[1])
            link = _NEXT.search(head)
            self.next = link[1].decode() if link else ""
            self.body = int(found[1])
        return self.body if len(self.received) >= self.length else None


def load(
    port: int, token: str, ask: Ask, *, connections: int = 4, seconds: float = 0, encoding: str = "identity"
) -> Load:
    """Ask on some connections at once, each again as soon as it is answered.

    Args:
        ask: '' ends a connection.
        seconds: for how long; 0 until all connections have ended.
    """
    head = (
        f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Accept-Encoding: {encoding}\r\n\r\n"
    ).encode()
    measured, begun = Load(), time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for number in range(connections):
            connection = _Connection(socket.create_connection(("127.0.0.1", port)), number)
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(ask(number, ""), head)
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                length = connection.read()
                if length is None:
                    continue
                now = time.perf_counter()
                measured.times.append(now - connection.begun)
                measured.bytes += length
                is_over = seconds and now - begun >= seconds
                path = "" if is_over else ask(connection.number, connection.next)
                if path:
                    connection.send(path, head)
                else:
                    selector.unregister(connection.socket)
                    connection.socket.close()
    measured.seconds = time.perf_counter() - begun
    return measured
