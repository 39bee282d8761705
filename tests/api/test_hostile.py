"""Requests that nobody means well: each is refused in the standard's words or finds nothing, and at once."""

import json
import socket
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cartable.api.operations import OPERATIONS, Method
from cartable.cli import main
from tests.api.conftest import DISTRICT, delivered
from tests.api.consumers import BASES, EVERY_FIELD, Consumer, Printed, consumer
from tests.api.test_failing import minor
from tests.api.test_rostering import addressed
from tests.flow.rosters import lines
from tests.servers import Answer, Server

_FIELDS = tuple(option for name in EVERY_FIELD for option in ("--field", name))
# A table, a path, a line of code, a type of Python, a library.
INSIDES = ("published_", "roster_", "traceback", "/src/", "site-packages", "sqlite", "psycopg", "django")
INSIDES += ("select ", "Error", "0x")
LONGEST_BODY = 2_621_440


@pytest.fixture(scope="module", params=list(BASES))
def client(request: pytest.FixtureRequest, lone_server: Server) -> Consumer:
    capsys: Any = Printed()
    with capsys:
        return consumer(lone_server, capsys, *_FIELDS, "--rate", "0", version=request.param)


def refused(answer: Answer, version: str, *expected: tuple[int, str]) -> None:
    """The answer is a failure as the version tells it, and tells nothing else."""
    assert (answer.status, minor(answer)) in expected, answer.body
    assert answer.headers["content-type"] == "application/json"
    assert ("imsx_messageRefIdentifier" in answer.json) is (version == "v1p1")
    assert answer.json["imsx_codeMajor"] == "failure"
    text = answer.body.decode()
    assert not [inside for inside in INSIDES if inside in text], text


def ask(client: Consumer, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    """Send a path as it is."""
    given = {"Authorization": f"Bearer {client.token}", **headers}
    return client.server.ask(method, BASES[client.version] + path, body, given)


def test_whoever_has_no_token_that_holds_learns_nothing_else(client: Consumer) -> None:
    for authorization in ("", "Bearer", "Bearer x", "Basic eDp5", f"Bearer {client.token}x", "Bearer é"):
        answer = ask(client, "/users/P1", Authorization=authorization.encode().decode("latin-1"))
        refused(answer, client.version, (401, "unauthorisedrequest"))
        assert answer.headers["www-authenticate"].startswith("Bearer")


WRONG = ("", "/", "/nothing", "/Users", "/users/P1/more", "/discovery", "/discovery/", "/discovery/none.json")
WRONG += (
    "/users/%0A",
    "/nothing%0D%0A",
    "/../../oauth2/token",
    "/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/users/" + "a/" * 900,
    "/schools",
)


@pytest.mark.parametrize("path", WRONG)
def test_a_wrong_path_is_told_so(client: Consumer, path: str) -> None:
    if path == "/schools":
        answer = client.server.ask("GET", f"/ims/oneroster/v1p9{path}")
        assert minor(answer) == "unknownobject"
        return
    refused(ask(client, path), client.version, (404, "unknownobject"))


def test_other_methods_are_told_which_there_are(client: Consumer) -> None:
    known: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        known.setdefault(addressed(operation), set()).add(operation.method.value)
    for path, methods in known.items():
        for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE", "FETCH"} - methods:
            answer = ask(client, path, method)
            refused(answer, client.version, (405, "invaliddata"))
            assert {one.strip() for one in answer.headers["allow"].split(",")} >= methods
        break


def in_pieces(length: int) -> Iterator[bytes]:
    while length > 0:
        yield b"x" * min(length, 65_536)
        length -= 65_536


@pytest.mark.parametrize("length", [LONGEST_BODY + 1, 4 * LONGEST_BODY])
@pytest.mark.parametrize("is_told", [True, False], ids=["told before", "in pieces"])
def test_a_body_that_is_too_long_is_told_so(client: Consumer, is_told: bool, length: int) -> None:
    body: Any = b"x" * length if is_told else in_pieces(length)
    refused(ask(client, "/users/P1", "PUT", body), client.version, (413, "invaliddata"))
    # The longest is not; what it holds is looked at.
    assert ask(client, "/users/P1", "PUT", b"x" * LONGEST_BODY).status == 405


def test_a_body_that_is_far_too_long_is_not_waited_for(client: Consumer) -> None:
    for headers in (
        {"Content-Length": "99999999999"},
        {"Content-Length": "9999999", "Expect": "100-continue"},
    ):
        answer = ask(client, "/users/P1", "PUT", None, **headers)
        refused(answer, client.version, (413, "invaliddata"))


BODIES = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b'{"result": 1e999}')
BODIES += (b'{"result": {"sourcedId": "\\ud800"}}', b'{"result": {"sourcedId": "\\u0000"}}')


def test_no_body_is_more_than_refused(client: Consumer) -> None:
    for operation in OPERATIONS:
        if operation.method in (Method.PUT, Method.POST) and client.version in operation.versions:
            for body in BODIES:
                answer = ask(client, addressed(operation), operation.method.value, body)
                assert 400 <= answer.status < 500, (operation.path, body, answer.body)
                assert answer.json["imsx_codeMajor"] == "failure"


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


# What may stand in the parameter, and what is answered: refused or empty or all, never broken.
QUERIES: dict[str, tuple[int, ...]] = {
    f"filter={'a' * 60_000}": (414,),
    f"filter={quote(' OR '.join(['a=1'] * 1_500))}": (400, 414),
    f"filter={quote(' AND '.join(['familyName=1'] * 21))}": (400,),
    f"filter={quote(' OR '.join(['familyName=1'] * 20))}": (200,),
    f"filter={quote('grades~' + chr(39) + ','.join(map(str, range(1_500))) + chr(39))}": (400,),
    f"filter={quote('grades=' + chr(39) + ','.join(map(str, range(100))) + chr(39))}": (200,),
    f"filter={quote('grades=' + chr(39) + ',' * 3_000 + chr(39))}": (200,),
    f"filter={quote('(' * 5_000)}": (400,),
    f"filter={quote('familyName~' + chr(39) + '(a+)+$' * 900 + chr(39))}": (200,),
    f"filter={quote('familyName~' + chr(39) + '%_' * 2_000 + chr(39))}": (200,),
    f"filter={quote('familyName=' + chr(39) * 2 * 1_000)}": (200,),
    f"filter={quote('dateLastModified>' + chr(39) + '99999-99-99T99:99:99Z' + chr(39))}": (400,),
    f"filter={quote('familyName=' + chr(39) + '🂡' + chr(39))}": (200,),
    "filter=%00": (400,),
    "filter=familyName%3D%27%ED%A0%80%27": (200,),
    "filter=%FF": (400,),
    "offset=1099511627776": (200,),
    "offset=1099511627777": (400,),
    "limit=99999999999": (200, 400),
    "limit=1e9": (400,),
    "limit=%D9%A1": (400,),
    "&".join(["a=1"] * 101): (400,),
    "cursor=" + cursor("[" * 2_000): (200,),
    "cursor=" + cursor('[1,"\\ud800","x"]'): (200,),
    "cursor=" + cursor('[1,"\\u0000","x"]'): (200,),
    "cursor=" + cursor("[99999999999999999999]"): (200,),
    "cursor=" + cursor("[4000000000000000000]"): (200,),
    "cursor=" + cursor('{"a":1}'): (200,),
    "cursor=%F0%9F%82%A1": (200,),
}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:30])
def test_whatever_is_asked_is_refused_or_answered_and_at_once(client: Consumer, query: str) -> None:
    answer = ask(client, f"/users?{query}")
    assert answer.status in QUERIES[query], answer.body
    if answer.status != 200:
        refused(
            answer, client.version, (400, "invaliddata"), (400, "invalid_filter_field"), (414, "invaliddata")
        )
    elif "filter" in query or "offset" in query:
        assert answer.json == {"users": []}
    else:
        assert answer.json["users"]


STATEMENTS = ("' OR '1'='1", "1; drop table published_users", '" union select * from access_client --', "%s")
PARAMETERS = ("limit", "offset", "sort", "orderBy", "filter", "fields", "cursor", "nothing")


def test_a_statement_is_a_text_wherever_it_stands(client: Consumer) -> None:
    before = client.read("/users")
    for statement in map(quote, STATEMENTS):
        for name in PARAMETERS:
            assert ask(client, f"/users?{name}={statement}").status in (200, 400)
            assert ask(client, f"/users?{statement}={name}").status == 200
        for operation in OPERATIONS:
            if operation.parents and operation.method is Method.GET and operation.service == "rostering":
                path = "/".join(
                    statement if part.startswith("{") else part for part in operation.path.split("/")
                )
                answer = ask(client, path)
                if client.version == "v1p1":
                    assert answer.json == {operation.key: []}, path
                else:
                    assert answer.status == 404
    assert client.read("/users") == before


def test_a_slash_in_an_identifier_is_no_slash_of_the_path(client: Consumer) -> None:
    for path in (
        "/users/a%2Fb",
        "/users/..%2F..",
        "/classes/a%2Fb/students",
        "/schools/a%2F/classes/%2Fb/students",
    ):
        answer = ask(client, path)
        # 1.1 lists nothing below what is not there.
        if client.version == "v1p1" and path.endswith("students"):
            assert answer.json == {"users": []}
        else:
            refused(answer, client.version, (404, "unknownobject"))
            assert "operation" not in answer.json["imsx_description"]


def test_an_object_is_found_by_its_link_whatever_its_identifier_holds(
    lone_server: Server, tmp_path: Path
) -> None:
    regions = lines(
        "sourcedId,name,type,parentSourcedId", "R/1?%2F,Region,state,", "R/2,District,district,R/1?%2F"
    )
    delivery = delivered(
        tmp_path / "delivery", {**DISTRICT, "orgs": DISTRICT["orgs"] + regions.partition("\n")[2]}
    )
    assert main(["sync", delivery, "--database", lone_server.database]) == 0
    capsys: Any = Printed()
    with capsys:
        for version in BASES:
            client = consumer(lone_server, capsys, version=version)
            (district,) = client.read("/orgs/R%2F2")
            answer = lone_server.ask(
                "GET",
                district["parent"]["href"].partition(str(lone_server.port))[2],
                headers={"Authorization": f"Bearer {client.token}"},
            )
            assert answer.json["org"]["sourcedId"] == "R/1?%2F"
            assert client.ids("/schools/R%2F2/classes") == []
    assert main(["sync", delivered(tmp_path / "first", DISTRICT), "--database", lone_server.database]) == 0


def test_a_name_that_is_not_the_servers_is_told_in_the_versions_words(client: Consumer) -> None:
    refused(ask(client, "/users", Host="evil.example"), client.version, (400, "invaliddata"))


@contextmanager
def broken(database: str) -> Iterator[None]:
    """A roster without what is asked for, as no roster is."""
    path = database.removeprefix("sqlite:///")
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute('alter table published_orgs rename to "nobody knows"')
        try:
            yield
        finally:
            connection.execute('alter table "nobody knows" rename to published_orgs')
    connection.close()


def test_a_fault_of_ours_is_told_and_nothing_of_it(client: Consumer) -> None:
    with broken(client.server.database):
        refused(ask(client, "/orgs"), client.version, (500, "internal_server_error"))
    assert len(client.read("/orgs")) == 4


# What the server's library answers before anything of ours is asked: it has no body to it.
OUTSIDE = {
    "GET /ims/oneroster/v1p1/users?filter=dateLastModified>'2026-01-01' HTTP/1.1": b"400",
    "GET /ims/oneroster/v1p1/users?filter=a<1 HTTP/1.1": b"400",
    f"GET /ims/oneroster/v1p1/users?filter={'a' * 100_000} HTTP/1.1": b"414",
    "GET  HTTP/1.1": b"400",
    "\x00\x01\x02": b"400",
}


@pytest.mark.parametrize("line", OUTSIDE, ids=lambda line: line[-30:])
def test_what_is_no_request_of_http_is_refused_without_a_word(lone_server: Server, line: str) -> None:
    with socket.create_connection(("127.0.0.1", lone_server.port), timeout=30) as connection:
        connection.sendall(f"{line}\r\nHost: localhost\r\n\r\n".encode("latin-1"))
        told = connection.recv(1 << 16)
    assert told.startswith(b"HTTP/1.1 " + OUTSIDE[line])
    assert told.endswith(b"\r\n\r\n")


def test_an_answer_is_compressed_as_it_is_asked_for(client: Consumer) -> None:
    import gzip

    import zstandard

    plain = ask(client, "/users").body
    readers: dict[str, Any] = {
        "zstd": zstandard.ZstdDecompressor().decompress,
        "gzip": gzip.decompress,
    }
    for accepted, coding in {
        "zstd": "zstd",
        "gzip, deflate, br, zstd": "zstd",
        "gzip;q=1, zstd;q=0.5": "zstd",
        "gzip, zstd;q=0": "gzip",
        "gzip": "gzip",
        "xzstd, zstdx": "",
        "identity": "",
        "": "",
    }.items():
        answer = ask(client, "/users", **{"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding", "") == coding, accepted
        assert "Accept-Encoding" in answer.headers["vary"]
        assert json.loads(readers[coding](answer.body) if coding else answer.body) == json.loads(plain)
