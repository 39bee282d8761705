"""A consumer of OneRoster: asks, follows links, reads objects."""

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

from cartable.cli import main
from tests.servers import Answer, Server

BASES = {"v1p1": "/ims/oneroster/v1p1", "v1p2": "/ims/oneroster/rostering/v1p2"}
_numbers = count(1)
EVERY_FIELD = ("phones", "birthDates", "demographics", "flags")


@dataclass(frozen=True)
class Consumer:
    """A client with a token."""

    server: Server
    token: str
    version: str = "v1p2"

    def ask(self, path: str, method: str = "GET", base: str = "", **headers: str) -> Answer:
        """Ask for a path below the version's address; filters go as the consumers send them."""
        where = quote((base or BASES[self.version]) + path, safe="/?&='~!,%:+()*@-._")
        return self.server.ask(method, where, headers={"Authorization": f"Bearer {self.token}", **headers})

    def read(self, path: str) -> list[dict[str, Any]]:
        """The objects of one page."""
        answer = self.ask(path)
        assert answer.status == 200, (path, answer.status, answer.body)
        (objects,) = answer.json.values()
        return objects if isinstance(objects, list) else [objects]

    def ids(self, path: str) -> list[str]:
        return [one["sourcedId"] for one in self.read(path)]

    def pages(self, path: str) -> Iterator[list[dict[str, Any]]]:
        """All pages, by the links from one to the next."""
        answer = self.ask(path)
        while True:
            assert answer.status == 200, answer.body
            (objects,) = answer.json.values()
            yield objects
            if "next" not in (followed := links(answer)):
                return
            answer = self.server.ask(
                "GET", followed["next"], headers={"Authorization": f"Bearer {self.token}"}
            )


def links(answer: Answer) -> dict[str, str]:
    """The links of an answer by their relation, without the server's name."""
    found = {}
    for link in answer.headers["link"].split(", "):
        address, _, relation = link.partition(">; rel=")
        parts = urlsplit(address.lstrip("<"))
        found[relation.strip('"')] = f"{parts.path}?{parts.query}"
    return found


def consumer(server: Server, capsys: Any, *options: str, version: str = "v1p2", scope: str = "") -> Consumer:
    """Add a client as an operator does, and get a token for it."""
    told = added(server, capsys, *options)
    form = {"scope": scope} if scope else {}
    answer = server.token(told["client_id"], told["client_secret"], **form)
    assert answer.status == 200, answer.body
    return Consumer(server, answer.json["access_token"], version)


class Printed:
    """What a command prints, in a fixture of a module, where pytest's own cannot be had."""

    def __enter__(self) -> "Printed":
        self._text = io.StringIO()
        self._redirected = contextlib.redirect_stdout(self._text)
        self._redirected.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._redirected.__exit__(None, None, None)

    def readouterr(self) -> Any:
        out = self._text.getvalue()
        self._text.truncate(0)
        self._text.seek(0)
        return SimpleNamespace(out=out)


def added(server: Server, capsys: Any, *options: str) -> dict[str, str]:
    """Add a client as an operator does: what is told of it once."""
    capsys.readouterr()
    name = f"consumer {next(_numbers)}"
    arguments = ["clients", "add", name, *options, "--format", "json", "--database", server.database]
    assert main(arguments) == 0
    told: dict[str, str] = json.loads(capsys.readouterr().out)
    return told
