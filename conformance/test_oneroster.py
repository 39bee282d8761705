"""Answers of the API against the documents that the standard's authors publish, where they lie beside the
project: each operation is called over HTTP on a small roster, and its answers validated.

What deviates is named here, and nothing else may.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import DISTRICT, delivered
from tests.api.consumers import EVERY_FIELD, Consumer, Printed, consumer
from tests.servers import Answer, Server, served

from cartable.access.scopes import BY_ADDRESS
from cartable.api.operations import OPERATIONS, SCOPES
from cartable.cli import main
from conformance.openapi import PUBLISHED, Operation, nameless, operations

pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published documents are not there")

OFFICIAL = {
    "rostering": "onerosterv1p2rostersservice_openapi3_v1p0.json",
    "gradebook": "onerosterv1p2gradebookservice_openapi3_v1p0.json",
    "resources": "onerosterv1p2resourcesservice_openapi3_v1p0.json",
}
# Of 1.1 there is only a document that others derived from the standard's and edited.
DERIVED = "oneroster_v1p1_derived.json"

# Services that are not built yet: their operations answer 404. A service that is built leaves this list.
NOT_BUILT = {"gradebook", "resources"}
NOT_BUILT_IN_1_1 = {"categories", "lineItems", "results", "resources"}
"""Likewise in 1.1, by what their operations answer."""

# Deviations from the official documents of 1.2: what is sent, and why.
DEVIATIONS = {
    "X-Total-Count of one object": "A consumer asks for it, though only lists are said to have it.",
}

ADDED_IN_1_1: set[tuple[str, str]] = set()
"""Operations that 1.1 has here and not in the derived document, by method and path."""

# Differences to the derived document of 1.1, by property: what it says, and why ours is otherwise.
DIFFERENCES = {
    "enabledUser": "It has JSON's truths; in the standard's model they are the texts true and false.",
    "primary": "Likewise.",
    "imsx_codeMinorFieldValue": "It lacks codes that the text of the standard has: invalid_filter_field, "
    "forbidden, invalid_blank_selection_field, server_busy.",
}
_FIELDS = tuple(option for name in EVERY_FIELD for option in ("--field", name))
_NAMES = {"school": "S1", "class": "K1", "course": "M1", "term": "T1", "student": "P1", "teacher": "A1"}
_NAMES |= {"user": "P1"}
QUERIES = ("", "limit=2&offset=1", "filter=status='active'&sort=dateLastModified&orderBy=desc")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("conforming")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(directory / "data"))
        patch.setenv("CARTABLE_NOW", "2026-11-24T08:00:00+00:00")
        patch.delenv("CARTABLE_DATABASE", raising=False)
        database = f"sqlite:///{directory / 'roster.sqlite3'}"
        assert main(["sync", delivered(Path(directory) / "delivery", DISTRICT), "--database", database]) == 0
        with served(database, "--workers", "1", XDG_DATA_HOME=os.environ["XDG_DATA_HOME"]) as running:
            yield running


@pytest.fixture(scope="module")
def clients(server: Server) -> dict[tuple[str, str], Consumer]:
    """By version: a client that may do everything, and of all scopes one that has no other."""
    capsys: Any = Printed()
    scopes = sorted({scope for one in OPERATIONS for scope in one.scopes})
    everything = tuple(option for scope in scopes for option in ("--scope", scope.value))
    with capsys:
        return {
            (version, scope): consumer(
                server,
                capsys,
                *everything,
                *_FIELDS,
                "--rate",
                "0",
                version=version,
                scope=scope and SCOPES.format(version=version, scope=scope),
            )
            for version in ("v1p1", "v1p2")
            for scope in ("", *(scope.value for scope in scopes))
            if not scope or SCOPES.format(version=version, scope=scope) in BY_ADDRESS
        }


def built(file: str) -> list[Operation]:
    if file == DERIVED:
        return [one for one in operations(file) if not set(one.path.split("/")) & NOT_BUILT_IN_1_1]
    service = next(name for name, known in OFFICIAL.items() if known == file)
    return [] if service in NOT_BUILT else operations(file)


ALL_OFFICIAL = [one for file in OFFICIAL.values() for one in built(file)]
_IDS: Any = lambda one: f"{one.method} {one.path}"  # noqa: E731


def addressed(operation: Operation, sample: str) -> str:
    """The operation's path with names of this roster's objects."""
    path = operation.path.replace("{sourcedId}", sample)
    for name, value in _NAMES.items():
        path = path.replace(f"{{{name}SourcedId}}", value)
    assert "{" not in path, path
    return path


def base_of(operation: Operation) -> str:
    if operation.file == DERIVED:
        return "/ims/oneroster/v1p1"
    return f"/ims/oneroster/{next(name for name, file in OFFICIAL.items() if file == operation.file)}/v1p2"


def called(operation: Operation, clients: dict[tuple[str, str], Consumer]) -> Iterator[Answer]:
    """Answers to an operation: what was asked for, and each way of being refused that it has."""
    version = "v1p1" if operation.file == DERIVED else "v1p2"
    client, base = clients[version, ""], base_of(operation)
    root = operation.path.removesuffix("/{sourcedId}")
    queries = QUERIES
    sample = ""
    if root != operation.path:
        (listed,) = client.ask(root, base=base).json.values()
        sample, queries = listed[0]["sourcedId"], ("", "fields=sourcedId,nothing")
        yield client.ask(f"{root}/nobody", base=base)
    path = addressed(operation, sample)
    for query in queries:
        yield client.ask(f"{path}?{query}", base=base)
    if root == operation.path:
        (listed,) = client.ask(path, base=base).json.values()
        assert listed, "The roster has nothing to show it by."
        yield client.ask(f"{path}?filter=nothing='1'", base=base)
    yield client.server.ask("GET", base + path)
    scopes = {
        told.rpartition("/")[2] for one in operation.told.get("security", ()) for told in scopes_of(one)
    }
    for (of, scope), other in clients.items():
        if scopes and of == version and scope and scope not in scopes:
            refused = other.ask(path, base=base)
            assert refused.status == 403
            yield refused


def scopes_of(security: dict[str, list[str]]) -> list[str]:
    return [scope for scopes in security.values() for scope in scopes]


@pytest.mark.parametrize("operation", ALL_OFFICIAL, ids=_IDS)
def test_each_operation_answers_as_its_document_says(
    clients: dict[tuple[str, str], Consumer], operation: Operation
) -> None:
    statuses = set()
    for answer in called(operation, clients):
        assert answer.headers["content-type"] == "application/json"
        assert not [*operation.faults(answer.status, answer.json)], answer.body
        statuses.add(answer.status)
        if answer.status == 200:
            declared = "X-Total-Count" in operation.told["responses"]["200"].get("headers", {})
            deviates = not declared and "X-Total-Count of one object" in DEVIATIONS
            assert ("x-total-count" in answer.headers) is (declared or deviates)
    assert statuses >= {200, 401, 403}
    # What is answered has a number of its own in the document.
    assert {str(status) for status in statuses} <= operation.told["responses"].keys()


@pytest.mark.parametrize("operation", ALL_OFFICIAL, ids=_IDS)
def test_each_operation_is_described_under_its_name(server: Server, operation: Operation) -> None:
    told = server.ask("GET", f"{base_of(operation)}/discovery/{operation.file}").json
    ours = {
        (nameless(path), method.upper()): one
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    }[operation.shape, operation.method]
    assert ours["operationId"] == operation.told["operationId"]
    assert {scope for one in ours["security"] for scope in scopes_of(one)} == {
        scope for one in operation.told["security"] for scope in scopes_of(one)
    }
    parameters = {
        one["name"] if "name" in one else one["$ref"].rpartition("/")[2] for one in ours["parameters"]
    }
    assert parameters >= {one["name"] for one in operation.told["parameters"]}
    # Whatever it may answer by the official document is described, but for what we never do.
    assert operation.told["responses"].keys() - {"default", "422", "404"} <= ours["responses"].keys()


def test_there_is_no_operation_that_the_documents_do_not_have() -> None:
    published = {(one.method, one.shape) for file in OFFICIAL.values() for one in operations(file)}
    ours = {(one.method.value, nameless(one.path)) for one in OPERATIONS if "v1p2" in {*one.versions}}
    assert ours <= published
    assert {name for name in OFFICIAL if name in {one.service.value for one in OPERATIONS}} == (
        OFFICIAL.keys() - NOT_BUILT
    )


def test_answers_of_1_1_differ_from_what_others_derived_in_what_is_named(
    clients: dict[tuple[str, str], Consumer],
) -> None:
    seen: dict[str, str] = {}
    for operation in built(DERIVED):
        for answer in called(operation, clients):
            for name, message in operation.faults(answer.status, answer.json):
                seen[name] = f"{operation.path}: {message}"
    assert seen.keys() == DIFFERENCES.keys(), seen
    ours = {(one.method.value, nameless(one.path)) for one in OPERATIONS if "v1p1" in {*one.versions}}
    assert ours == {(one.method, one.shape) for one in built(DERIVED)} | ADDED_IN_1_1
