"""Who may call what: every operation, in each version, for each who may not."""

from collections.abc import Iterator
from typing import Any

import pytest

from cartable.api.operations import OPERATIONS, SCOPES, Method, Operation
from cartable.model.objects import Version
from tests.api.consumers import EVERY_FIELD, Consumer, Printed, consumer
from tests.api.test_failing import minor
from tests.api.test_rostering import addressed
from tests.servers import Server

_FIELDS = tuple(option for name in EVERY_FIELD for option in ("--field", name))
ALL_SCOPES = {scope for operation in OPERATIONS for scope in operation.scopes}
EVERY_SCOPE = tuple(option for scope in sorted(ALL_SCOPES) for option in ("--scope", scope.value))

# What belongs to the other school; whatever names none of these does not.
THEIRS = {"S2", "M3", "K3", "A3", "P4"}
# Sessions and categories are everybody's.
NOBODYS = {"academicSessions", "categories"}


class Callers:
    """Clients that may do everything but one thing, of one version."""

    def __init__(self, server: Server, version: Version) -> None:
        self._server, self.version = server, version
        self.everything = self._client(*_FIELDS)
        self.elsewhere = self._client(*_FIELDS, "--org", "S2")
        self.without_fields = self._client()
        self._without: dict[frozenset[str], Consumer] = {}

    def without(self, operation: Operation) -> Consumer:
        """One whose token has all scopes but the operation's."""
        others = frozenset(ALL_SCOPES.difference(operation.scopes))
        if others not in self._without:
            scope = " ".join(SCOPES.format(version=self.version, scope=one) for one in sorted(others))
            self._without[others] = self._client(*_FIELDS, scope=scope)
        return self._without[others]

    def _client(self, *options: str, scope: str = "") -> Consumer:
        capsys: Any = Printed()
        with capsys:
            return consumer(
                self._server,
                capsys,
                *EVERY_SCOPE,
                "--rate",
                "0",
                *options,
                version=self.version.value,
                scope=scope,
            )


@pytest.fixture(scope="module", params=list(Version))
def callers(request: pytest.FixtureRequest, lone_server: Server) -> Callers:
    return Callers(lone_server, request.param)


def base(operation: Operation, version: Version) -> str:
    return f"/ims/oneroster/{'v1p1' if version is Version.V1P1 else f'{operation.service.value}/v1p2'}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method.value} {one.path}")
def test_an_operation_is_for_whom_it_was_given(callers: Callers, operation: Operation) -> None:
    if callers.version not in operation.versions:
        return
    address = base(operation, callers.version)
    path, method = addressed(operation), operation.method.value
    nobody = path.replace("{id}", "nobody")
    answer = callers.everything.server.ask(method, address + nobody)
    assert (answer.status, minor(answer)) == (401, "unauthorisedrequest")
    answer = callers.without(operation).ask(nobody, method, address)
    assert (answer.status, minor(answer)) == (403, "forbidden")
    if operation.method is not Method.GET:
        return
    root = path.removesuffix("/{id}")
    answer = callers.everything.ask(root, base=address)
    assert answer.status == 200
    objects = answer.json[operation.resource.name]
    _see_what_others_see(callers.elsewhere, operation, address, path, objects)
    _see_what_is_masked(callers.without_fields, operation, address, path, objects)


def _see_what_others_see(
    client: Consumer, operation: Operation, address: str, path: str, objects: list[dict[str, Any]]
) -> None:
    """Of all objects, whoever was given the other school sees those of it."""
    theirs = [one["sourcedId"] for one in objects if is_theirs(operation, one)]
    if not operation.is_one:
        answer = client.ask(path, base=address)
        assert [one["sourcedId"] for one in answer.json[operation.resource.name]] == theirs
        assert answer.headers["x-total-count"] == str(len(theirs))
        return
    for known in (True, False):
        for one in [one for one in objects if is_theirs(operation, one) is known][:1]:
            answer = client.ask(path.replace("{id}", one["sourcedId"]), base=address)
            assert answer.status == (200 if known else 403)
            assert known or minor(answer) == "forbidden"


def is_theirs(operation: Operation, one: dict[str, Any]) -> bool:
    return operation.resource.name in NOBODYS or not THEIRS.isdisjoint(named_in(one))


def named_in(value: Any) -> Iterator[str]:
    """The identifiers that an object names, its own among them, but for what is below it."""
    if isinstance(value, list):
        for inside in value:
            yield from named_in(inside)
    elif isinstance(value, dict):
        yield from [value["sourcedId"]] if "sourcedId" in value else []
        for name, inside in value.items():
            if name != "children":
                yield from named_in(inside)


def _see_what_is_masked(
    client: Consumer, operation: Operation, address: str, path: str, objects: list[dict[str, Any]]
) -> None:
    """Who was given no sensitive fields sees none, and the rest as all do."""
    resource = operation.resource
    hidden = {one.name for one in resource.properties if one.group}
    if operation.is_one:
        path = path.replace("{id}", objects[0]["sourcedId"]) if objects else path.removesuffix("/{id}")
    answer = client.ask(path, base=address)
    if resource.groups:
        assert (answer.status, minor(answer)) == (403, "forbidden")
        return
    assert answer.status == 200
    (seen,) = answer.json.values()
    told = seen if isinstance(seen, list) else [seen]
    assert told == [
        {name: value for name, value in one.items() if name not in hidden} for one in objects[: len(told)]
    ]


CORE = {"/academicSessions", "/terms", "/gradingPeriods", "/orgs", "/schools", "/courses"}
CORE |= {"/classes", "/users", "/students", "/teachers", "/enrollments"}


def test_the_roster_is_read_with_the_scopes_of_the_standard() -> None:
    for operation in OPERATIONS:
        if operation.service == "rostering":
            root = operation.path.removesuffix("/{id}")
            expected = {"roster.readonly", "roster-core.readonly"} if root in CORE else {"roster.readonly"}
            if root == "/demographics":
                expected = {"roster-demographics.readonly"}
            assert {scope.value for scope in operation.scopes} == expected, operation.path


def test_there_is_something_to_hide(callers: Callers) -> None:
    """Else none of the above would show anything."""
    users = {name for one in callers.everything.read("/users") for name in one}
    assert {"phone", "metadata"} <= users
    assert {name for one in callers.everything.read("/demographics") for name in one} >= {"birthDate", "sex"}
