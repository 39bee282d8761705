"""A page of the gradebook is one statement, whatever was asked and however deep it lies."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cartable.access import counting
from cartable.api.handler import Api
from cartable.api.operations import GRADEBOOK, Method, Service
from cartable.api.paging import Remembered
from cartable.model.objects import Version
from cartable.store import opening
from tests.api.consumers import Printed
from tests.api.graders import OBJECTS, addressed, grader
from tests.servers import Server

QUERIES = (
    "",
    "limit=1",
    "limit=1&offset=2",
    "limit=2&sort=dateLastModified&orderBy=desc",
    "filter=status='active' OR dateLastModified>'2026-01-01'",
)


class Everybody:
    """A client that may do everything."""

    id = 1
    token = "one"
    organisations = ("D",)
    fields = ()

    def __init__(self) -> None:
        from cartable.access.scopes import SCOPES

        self.scopes = tuple(scope.address for scope in SCOPES)


@pytest.fixture(scope="module")
def api(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, list[str]]]:
    """The handler over a gradebook, and the statements that it has asked."""
    capsys: Any = Printed()
    with capsys:
        one = grader(server, capsys)
    for resource, objects in OBJECTS.items():
        for identifier, told in objects.items():
            assert one.put(resource, identifier, told).status == 201
    asked: list[str] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, parameters, many, context)

    def fault() -> None:
        raise AssertionError

    path = tmp_path_factory.mktemp("counted") / "pulls"
    counting.make(path)
    with (
        closing(counting.Counters(path)) as pulls,
        opening.opened(server.database) as roster,
        roster.connection.execute_wrapper(note),
    ):
        client = Everybody()
        remembered = Remembered(time.monotonic, pulls)
        yield Api(roster, lambda _: client, lambda *_: None, remembered, fault), asked


def answered(api: Api, path: str, query: str) -> Any:
    from django.http import HttpRequest, QueryDict

    request = HttpRequest()
    request.method, request.path, request.META["QUERY_STRING"] = "GET", path, query
    request.GET = QueryDict(query)  # type: ignore[assignment]
    answer = api.answer(request, Version.V1P2, Service.GRADEBOOK, "http://x/gradebook/v1p2", path)
    assert answer.status_code == 200, answer.content
    return answer


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_is_one_statement(api: tuple[Api, list[str]], query: str) -> None:
    handler, asked = api
    reads = [one for one in GRADEBOOK if one.method is Method.GET]
    assert len(reads) == 19
    for operation in reads:
        path = addressed(operation)
        # Who has counted, counts no more until something is written.
        for _ in range(2):
            asked.clear()
            answer = answered(handler, path, query)
        is_beyond = not operation.is_one and "offset=2" in query and int(answer["X-Total-Count"]) < 3
        of_objects = [sql for sql in asked if re.search(r"from gradebook_\w+ o ", sql)]
        assert len(of_objects) == (0 if is_beyond else 1), (path, query, asked)
        # Besides that: which state there is, and whose objects are seen.
        assert len(asked) <= 5, asked
