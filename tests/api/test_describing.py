"""The discovery documents: whoever reads them knows every answer, and no answer is another one."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from cartable.api.operations import OPERATIONS, Method, Operation, Service
from tests.api.consumers import EVERY_FIELD, Consumer, Printed, consumer
from tests.api.test_rostering import addressed
from tests.servers import Server

_FIELDS = tuple(option for name in EVERY_FIELD for option in ("--field", name))
ROOT = "/ims/oneroster"
# Where the documents are, and the addresses that they are about.
DOCUMENTS = {
    f"{base}/discovery/{name}": (base, version, service)
    for service, official in (
        ("rostering", "rosters"),
        ("gradebook", "gradebook"),
        ("resources", "resources"),
    )
    for base, version in (
        (f"{ROOT}/{service}/v1p2", "v1p2"),
        (f"{ROOT}/v1p2/{service}/v1p2", "v1p2"),
    )
    for name in (
        f"onerosterv1p2{official}service_openapi3_v1p0.json",
        f"imsorv1p2_{service}_openapi3_v1p0.json",
    )
    if service in set(Service)
} | {f"{ROOT}/v1p1/discovery/onerosterv1p1_openapi3_v1p0.json": (f"{ROOT}/v1p1", "v1p1", "")}
ONE_EACH = {(version, service): path for path, (_, version, service) in DOCUMENTS.items()}


@pytest.fixture(scope="module")
def clients(lone_server: Server) -> dict[str, Consumer]:
    """A client that may do everything, with as many requests as it likes; by version."""
    scopes = {scope for operation in OPERATIONS for scope in operation.scopes}
    everything = tuple(option for scope in sorted(scopes) for option in ("--scope", scope.value))
    capsys: Any = Printed()
    with capsys:
        return {
            version: consumer(lone_server, capsys, *everything, *_FIELDS, "--rate", "0", version=version)
            for version in ("v1p1", "v1p2")
        }


def documented(server: Server, version: str, service: str) -> dict[str, Any]:
    told: dict[str, Any] = server.ask("GET", ONE_EACH[version, service]).json
    return told


@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_document_is_read_by_anybody_and_known_again(lone_server: Server, path: str) -> None:
    base, _, _ = DOCUMENTS[path]
    first, second = (lone_server.ask("GET", path) for _ in range(2))
    assert first.status == 200
    assert first.body == second.body
    address = f"http://127.0.0.1:{lone_server.port}"
    assert first.json["servers"] == [{"url": address + base}]
    (flow,) = first.json["components"]["securitySchemes"].values()
    assert flow["flows"]["clientCredentials"]["tokenUrl"] == f"{address}/oauth2/token"
    again = lone_server.ask("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    refused = lone_server.ask("DELETE", path)
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")
    assert lone_server.ask("GET", path.replace("openapi3", "openapi2")).status == 404


@pytest.mark.parametrize(("version", "service"), ONE_EACH)
def test_a_document_names_every_operation_with_its_scopes(
    lone_server: Server, version: str, service: str
) -> None:
    document = documented(lone_server, version, service)
    told = [
        (method.upper(), operation)
        for methods in document["paths"].values()
        for method, operation in methods.items()
    ]
    ours = [one for one in OPERATIONS if version in one.versions and service in ("", one.service.value)]
    assert len({operation["operationId"] for _, operation in told}) == len(told) == len(ours)
    known = document["components"]["securitySchemes"]["OAuth2CC"]["flows"]["clientCredentials"]["scopes"]
    wanted = {scope for _, operation in told for one in operation["security"] for scope in one["OAuth2CC"]}
    assert known.keys() == wanted
    assert all(scope.startswith(f"https://purl.imsglobal.org/spec/or/{version}/scope/") for scope in wanted)
    assert {scope.rpartition("/")[2] for scope in wanted} == {
        scope.value for one in ours for scope in one.scopes
    }


def test_operations_have_the_names_of_the_standard(lone_server: Server) -> None:
    document = documented(lone_server, "v1p2", "rostering")
    names = {
        path: methods["get"]["operationId"] for path, methods in document["paths"].items() if "get" in methods
    }
    assert names["/academicSessions"] == "getAllAcademicSessions"
    assert names["/demographics/{sourcedId}"] == "getDemographics"
    assert names["/students/{studentSourcedId}/classes"] == "getClassesForStudent"
    assert (
        names["/schools/{schoolSourcedId}/classes/{classSourcedId}/teachers"] == "getTeachersForClassInSchool"
    )


def readings() -> Iterator[tuple[str, Operation]]:
    for operation in OPERATIONS:
        if operation.method is Method.GET:
            for version in operation.versions:
                yield version.value, operation


@pytest.mark.parametrize(("version", "service"), ONE_EACH)
def test_each_answer_is_as_its_schema_says(
    lone_server: Server, clients: dict[str, Consumer], version: str, service: str
) -> None:
    document = documented(lone_server, version, service)
    paths = {_nameless(path): methods for path, methods in document["paths"].items()}
    for told_of, operation in readings():
        if told_of != version or service not in ("", operation.service.value):
            continue
        base = ROOT + (f"/{operation.service.value}/v1p2" if version == "v1p2" else "/v1p1")
        path = addressed(operation)
        if operation.is_one:
            found = clients[version].ask(path.removesuffix("/{id}"), base=base).json[operation.resource.name]
            path = path.replace("{id}", found[0]["sourcedId"] if found else "nobody")
        answer = clients[version].ask(path, base=base)
        response = paths[_nameless(operation.path)]["get"]["responses"][str(answer.status)]
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response["content"]["application/json"]["schema"]
        validator = jsonschema.Draft4Validator({**schema, "components": document["components"]})
        faults = [fault.message for fault in validator.iter_errors(answer.json)]
        assert not faults, (operation.path, faults)


def _nameless(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


# Whatever the documents let anybody send, and what they do not

load_all_checks()
_CHECKS = [
    *CHECKS.get_by_names(["not_a_server_error", "status_code_conformance", "content_type_conformance"])
]
# A hundred for each document; their seed is fixed, so that a run says what the last one said.
_BOUNDED = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("version", "service"), ONE_EACH)
def test_nothing_is_answered_that_the_document_does_not_tell(
    lone_server: Server, clients: dict[str, Consumer], version: str, service: str
) -> None:
    document = documented(lone_server, version, service)
    address = document["servers"][0]["url"]
    # What is made follows from the document alone: without the port, which is another one each time.
    steady = json.loads(json.dumps(document).replace(f"127.0.0.1:{lone_server.port}", "localhost"))
    operations = [one.ok() for one in schemathesis.openapi.from_dict(steady).get_all_operations()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of(one.as_strategy(generation_mode=mode) for one in operations for mode in modes)
    headers = {"Authorization": f"Bearer {clients[version].token}"}

    @_BOUNDED
    @given(case=cases)
    def call(case: schemathesis.Case) -> None:
        case.headers.update(headers)
        answer = case.call(base_url=address)
        case.validate_response(answer, checks=_CHECKS)
        if answer.status_code >= 400:
            told = json.loads(answer.content)
            assert told.get("imsx_codeMajor") == "failure", (case.method, answer.request.url, told)

    call()
