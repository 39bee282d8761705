"""Our consumer pulls from our server, over HTTP, while another process syncs."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from urllib3.util import Retry

from cartable.cli import main
from cartable.connectors.copying import COLLECTIONS, Copy
from cartable.connectors.sis import Consumer, Provider
from cartable.errors import SisRefused, SisUnreachable
from cartable.flow.gates import GUARDS
from tests.api.consumers import added
from tests.flow.rosters import lines
from tests.postgresql import TEMPLATE
from tests.servers import Server, served

REVISIONS = 4
PUPILS = 60
_CLASSES = 6
_ACCEPTED = [word for name in GUARDS for word in ("--accept", name)]
_SYNC = """
import os, sys
from cartable.cli import main
database, count, *told = sys.argv[1:]
nights, accepted = told[:int(count)], told[int(count):]
for number, night in enumerate(nights, 2):
    # Some at the same moment.
    os.environ["CARTABLE_NOW"] = f"2026-11-24T08:{number // 3:02}:00+00:00"
    status = main(["sync", night, "--database", database, *accepted])
    assert status == 0, (night, status)
"""


def night(number: int) -> dict[str, str]:
    """A delivery: all that it says of a pupil tells which one it is; some go, come back, have a new name."""
    pupils = [n for n in range(PUPILS) if (n + number) % 7 or number == 1]
    # Pupils of one class are called otherwise from the third night on.
    called = {n: f"Q{n}" if number > 2 and n % _CLASSES == 0 else f"P{n}" for n in pupils}
    return {
        "orgs": lines("sourcedId,name,type", "S1,North,school"),
        "academicSessions": lines(
            "sourcedId,title,type,schoolYear,startDate,endDate",
            "Y,Year,schoolYear,2027,2026-09-01,2027-07-03",
            f"T{number % 2},Term,term,2027,2026-09-01,2027-07-03",
        ),
        "users": lines(
            "sourcedId,username,givenName,familyName,email,userNumber",
            *(
                f"{called[n]},pupil.{n},Night {number},Name {n},pupil.{n}@north.example,{1000 + n}"
                for n in pupils
            ),
        ),
        "roles": lines("userSourcedId,orgSourcedId,role", *(f"{called[n]},S1,student" for n in pupils)),
        "courses": lines("sourcedId,orgSourcedId,title", "M,S1,Mathematics"),
        "classes": lines(
            "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
            *(f"K{k},S1,Class {k} of {number},T{number % 2},M" for k in range(_CLASSES)),
        ),
        "enrollments": lines(
            "classSourcedId,userSourcedId,role",
            *(f"K{(n + number) % _CLASSES},{called[n]},student" for n in pupils),
        ),
    }


def users_of(number: int) -> set[tuple[str, str]]:
    """Who is delivered on a night, with the name that tells of it."""
    rows = (line.split(",") for line in night(number)["users"].splitlines()[1:])
    return {(row[0], row[2]) for row in rows}


def told(*pages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The same of what was pulled."""
    return [(one["sourcedId"], one["givenName"]) for page in pages for one in page]


@dataclass(frozen=True)
class Nights:
    """A served roster, and what is delivered to it on later nights."""

    server: Server
    provider: Provider
    deliveries: list[str]

    def syncing(self) -> subprocess.Popen[bytes]:
        named = [self.server.database, str(len(self.deliveries)), *self.deliveries, *_ACCEPTED]
        return subprocess.Popen([sys.executable, "-c", _SYNC, *named], stdout=subprocess.DEVNULL)


@pytest.fixture(params=["sqlite", "postgresql"])
def nights(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Nights]:
    if request.param == "sqlite":
        path = tmp_path / "roster.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield from _nights(f"sqlite:///{path}", tmp_path, monkeypatch, capsys)
    else:
        with request.getfixturevalue("cluster").database(TEMPLATE) as url:
            yield from _nights(url, tmp_path, monkeypatch, capsys)


def _nights(database: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Iterator[Nights]:
    monkeypatch.setenv("CARTABLE_NOW", "2026-11-24T08:00:00+00:00")
    deliveries = []
    for number in range(1, REVISIONS + 1):
        directory = place / f"night-{number}"
        directory.mkdir()
        for entity, text in night(number).items():
            (directory / f"{entity}.csv").write_text(text, encoding="utf-8")
        deliveries.append(str(directory))
    assert main(["sync", deliveries[0], "--database", database]) == 0
    with served(database, "--workers", "2", XDG_DATA_HOME=os.environ["XDG_DATA_HOME"]) as server:
        client = added(server, capsys, "--rate", "0")
        address = f"http://127.0.0.1:{server.port}"
        provider = Provider(
            f"{address}/ims/oneroster/rostering/v1p2",
            f"{address}/oauth2/token",
            client["client_id"],
            client["client_secret"],
        )
        yield Nights(server, provider, deliveries[1:])


def test_pulls_while_syncs_run_are_of_one_revision_and_deltas_lead_to_the_same(
    nights: Nights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [users_of(number) for number in range(1, REVISIONS + 1)]
    followed, whole = Copy(tmp_path / "followed"), Copy(tmp_path / "whole")
    followed.pull(Consumer(nights.provider, limit=13))
    # Begun before the first sync and ended after the last one, by links and by offsets.
    *begun, late = [
        Consumer(nights.provider, limit=7, follows_links=follows).pages("users")
        for follows in (True, False, True)
    ]
    pulled = [next(pages) for pages in (*begun, late)]
    reached = 0
    syncing = nights.syncing()
    try:
        while syncing.poll() is None:
            for follows in (True, False):
                consumer = Consumer(nights.provider, limit=11, follows_links=follows)
                rows = told(*consumer.pages("users"))
                assert len(rows) == len(set(rows))
                # Of one night, and of no earlier one than before.
                reached = expected.index(set(rows), reached)
            followed.pull(Consumer(nights.provider, limit=13))
    finally:
        assert syncing.wait() == 0
    for objects, pages in zip(pulled, begun, strict=False):
        rows = told(objects, *pages)
        assert len(rows) == PUPILS
        assert set(rows) == expected[0]
    followed.pull(Consumer(nights.provider, limit=13))
    whole.pull_whole(Consumer(nights.provider))
    for collection in COLLECTIONS:
        assert followed.documents(collection) == whole.documents(collection)
    assert set(told([*whole.documents("users").values()])) == expected[-1]
    # What ended more than a day ago is no more: rather no answer than half of one.
    monkeypatch.setenv("CARTABLE_NOW", "2026-11-25T08:30:00+00:00")
    assert main(["sync", nights.deliveries[0], "--database", nights.server.database, *_ACCEPTED]) == 0
    with pytest.raises(SisRefused, match="400"):
        list(late)


@contextmanager
def troubled(*answers: tuple[int, dict[str, str], str]) -> Iterator[tuple[Provider, list[str]]]:
    """A provider that answers so, and what it was asked."""
    left, asked = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = left.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.replace("{here}", f"http://127.0.0.1:{server.server_port}"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 (as the base class calls it)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        yield Provider(f"{address}/or", f"{address}/token", "id", "secret"), asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_TOKEN = (200, {}, '{"access_token": "t"}')


def _page(*ids: str, **headers: str) -> tuple[int, dict[str, str], str]:
    return 200, headers, json.dumps({"users": [{"sourcedId": one} for one in ids]})


_QUICK = Retry(
    total=2, allowed_methods=("GET", "POST"), status_forcelist=(429, 500, 503), raise_on_status=False
)


def test_who_is_busy_or_broken_for_a_moment_is_asked_again() -> None:
    answers = [(429, {"Retry-After": "1"}, ""), _TOKEN, (500, {}, "<html>"), _page("a")]
    with troubled(*answers) as (provider, asked):
        begun = time.monotonic()
        assert [one["sourcedId"] for page in Consumer(provider).pages("users") for one in page] == ["a"]
        assert time.monotonic() - begun >= 1
        assert [path.partition("?")[0] for path in asked] == ["/token", "/token", "/or/users", "/or/users"]


def test_a_token_that_has_expired_is_replaced_once() -> None:
    link = '<{here}/or/users?offset=1>; rel="next", <{here}/or/users?offset=0>; rel="first"'
    answers = [_TOKEN, _page("a", Link=link), (401, {}, ""), _TOKEN, _page("b", Link=""), (401, {}, "")]
    with troubled(*answers, _TOKEN, (401, {}, "")) as (provider, _):
        consumer = Consumer(provider)
        assert [one["sourcedId"] for page in consumer.pages("users") for one in page] == ["a", "b"]
        with pytest.raises(SisRefused, match="401"):
            next(consumer.pages("users"))


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([_TOKEN] + [(503, {}, "")] * 3, SisUnreachable),
        ([(401, {}, "")], SisRefused),
        ([(200, {}, "<html>")], SisRefused),
        ([_TOKEN, (200, {}, '{"users": [{"id": 1}]}')], SisRefused),
        ([_TOKEN, (404, {}, "")], SisUnreachable),
        # The token is nobody else's, and a circle has no end.
        ([_TOKEN, _page("a", Link='<https://elsewhere.example/or/users>; rel="next"')], SisRefused),
        ([_TOKEN, *[_page("a", Link='<{here}/or/users?offset=0>; rel="next"')] * 2], SisRefused),
    ],
)
def test_a_provider_in_lasting_trouble_is_told(
    answers: list[tuple[int, dict[str, str], str]], error: type[Exception]
) -> None:
    with troubled(*answers) as (provider, _), pytest.raises(error):
        list(Consumer(provider, retries=_QUICK).pages("users"))


def test_a_pull_that_breaks_off_leaves_the_copy_as_it_was(tmp_path: Path) -> None:
    link = {"Link": '<{here}/or/users?offset=1>; rel="next"'}
    answers = [_TOKEN, _page("a", Link=""), _page("b", **link), (404, {}, "")]
    with troubled(*answers) as (provider, _):
        copy, consumer = Copy(tmp_path / "copy"), Consumer(provider)
        copy.pull_whole(consumer, ["users"])
        with pytest.raises(SisUnreachable):
            copy.pull_whole(consumer, ["users"])
        assert copy.documents("users").keys() == {"a"}
        copy.close()
