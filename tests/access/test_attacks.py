"""What strangers may send to a running server: never a fault of ours, never an answer that is no JSON."""

import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.servers import Server, basic_of, ended, served

ADDRESSES = count(1)
FORM = "application/x-www-form-urlencoded"
KINDS = (FORM, f"{FORM}; charset=utf-7", "text/plain")
NAMES = ("grant_type", "client_id", "client_secret", "scope", "resource", "assertion", "code")
BEGUN = (
    f"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\na"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path: Path = tmp_path_factory.mktemp("attacked") / "roster.db"
    with served(str(path), "--workers", "2", "--trusted-proxy", "127.0.0.1") as running:
        yield running


def from_somewhere() -> dict[str, str]:
    """Headers of somebody who has not guessed yet."""
    number = next(ADDRESSES)
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


headers = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=200)
pairs = st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=40)), max_size=6)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=300),
        pairs.map(lambda some: b"&".join(name.encode() + b"=" + value for name, value in some)),
        pairs.map(lambda some: b"grant_type=client_credentials&" + b"&".join(value for _, value in some)),
    ),
    authorization=st.one_of(st.just(""), headers, st.text(max_size=80).map(basic_of)),
    kind=st.sampled_from(KINDS),
    query=st.sampled_from(("", "?", "?client_id=a&client_secret=b", "?%zz=%ff", "?a=[")),
)
def test_nothing_that_is_sent_breaks_the_token_endpoint(
    server: Server, body: bytes, authorization: str, kind: str, query: str
) -> None:
    given = {**from_somewhere(), "Content-Type": kind}
    if authorization:
        given["Authorization"] = authorization.strip()
    answer = server.ask("POST", f"/oauth2/token{query}", body, given)
    assert answer.status in (400, 401)
    assert answer.json["error"] in ("invalid_request", "invalid_client", "unsupported_grant_type")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-For": ", ,"},
        {"X-Forwarded-For": "' or 1=1 --"},
        {"X-Forwarded-For": "::ffff:127.0.0.1%eth0"},
        {"X-Forwarded-For": "10.0.0.1, " * 5_000},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Host": "localhost"},
    ],
)
def test_whatever_a_proxy_passes_on_is_borne(server: Server, forged: dict[str, str]) -> None:
    assert server.token("nobody", "wrong", forged).status == 401


def test_a_host_that_a_proxy_passes_on_must_be_the_servers(server: Server) -> None:
    assert server.token("nobody", "wrong", {"X-Forwarded-Host": "evil.example"}).status == 400


def test_addresses_of_one_house_are_counted_together(server: Server) -> None:
    statuses = [
        server.token("nobody", "wrong", {"X-Forwarded-For": f"2001:db8:0:7::{number:x}"}).status
        for number in range(12)
    ]
    assert statuses == [*[401] * 10, 429, 429]


def test_who_begins_a_body_and_never_ends_it_holds_nobody_up(tmp_path: Path) -> None:
    with served(str(tmp_path / "roster.db"), "--workers", "1") as server:
        silent = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(20)]
        for connection in silent:
            connection.sendall(BEGUN.encode())
        assert server.token("nobody", "wrong").status == 401
        # Who ends it after all gets an answer; the others go away without one.
        silent[0].sendall(b"&" * 99)
        assert silent[0].recv(1 << 16).startswith(b"HTTP/1.1 400")
        for connection in silent:
            connection.close()
        assert server.token("nobody", "wrong").status == 401
        assert ended(server.process) == (0, "", "")


def test_a_header_that_reads_like_a_proxys_is_none(server: Server) -> None:
    forged = {"X-Forwarded-For": "10.255.0.1", "X_Forwarded_For": "10.255.0.2"}
    assert [server.token("nobody", "wrong", forged).status for _ in range(11)] == [*[401] * 10, 429]
    assert server.token("nobody", "wrong", {"X-Forwarded-For": "10.255.0.2"}).status == 401
