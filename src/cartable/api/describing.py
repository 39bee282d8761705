"""The discovery documents: what the API answers, as OpenAPI, made from the tables that it answers by.

Source: OpenAPI 3.0.3; OneRoster 1.2, discovery; RFC 6749 §4.4.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from cartable.api import schemas
from cartable.api.asking import LIMIT
from cartable.api.operations import OPERATIONS, SCOPES, Method, Operation, Service
from cartable.model.objects import Version

Document = dict[str, Any]

SECURITY = "OAuth2CC"
_NUMBERS = {Version.V1P1: "1.1", Version.V1P2: "1.2"}
_FILES = ("onerosterv1p2{word}service_openapi3_v1p0.json", "imsorv1p2_{service}_openapi3_v1p0.json")
_FILE_OF_1_1 = "onerosterv1p1_openapi3_v1p0.json"
_WORDS = {Service.ROSTERING: "rosters"}
"""What a service is called in the names of its documents, where it is called otherwise there."""
_SINGULARS = {"classes": "class", "categories": "category", "demographics": "demographics"}

_FAILURES = {
    400: "The request cannot be read, or names a property that is not known.",
    401: "No valid access token came with the request.",
    403: "The token has no scope for the operation, or the client may not see the object.",
    404: "There is no object of such a name.",
    408: "The body did not arrive in time.",
    413: "The body is too long.",
    414: "The address is too long.",
    422: "The body can be read but says something impossible, or names what is not there.",
    429: "The client calls too often; Retry-After says when it may again.",
    500: "A fault of the server.",
    503: "The roster is being published; Retry-After says when to ask again.",
}
"""What is answered in place of what was asked for."""
_WITHOUT_BODY = 408
_ALWAYS = (400, 401, 403, 414, 429, 500, 503)
_WRITING = (Method.PUT, Method.POST)
"""Methods that send something, and what is answered to what cannot be taken."""
_UNTAKEN = (408, 413, 422)

_SUCCESSES: dict[Method, dict[int, str]] = {
    Method.GET: {200: "What was asked for.", 304: "The client has it already."},
    Method.PUT: {200: "The object was replaced.", 201: "The object was made."},
    Method.POST: {201: "The objects were made; which identifiers they got."},
    Method.DELETE: {204: "The object is gone."},
}
_VERBS = {
    Method.GET: "Reads",
    Method.PUT: "Makes or replaces",
    Method.POST: "Makes",
    Method.DELETE: "Deletes",
}

_PAGING: tuple[tuple[str, Document, str], ...] = (
    ("limit", {"type": "integer", "minimum": 1, "default": LIMIT}, "Objects on a page."),
    ("offset", {"type": "integer", "minimum": 0, "default": 0}, "Objects before the page."),
    ("sort", {"type": "string"}, "A property to sort by; others than those that there are say nothing."),
    ("orderBy", {"type": "string", "enum": ["asc", "desc"]}, "Ascending or descending."),
    ("filter", {"type": "string"}, "Conditions: field='value', with AND and OR."),
)
_FIELDS: tuple[str, Document, str] = (
    "fields",
    {"type": "array", "items": {"type": "string"}},
    "Properties to answer with; then no others are there, whatever the schema demands.",
)


def files(version: Version, service: Service | None) -> tuple[str, ...]:
    """What the document of a version and service is called; 1.1 has one, whose name is ours."""
    if version is Version.V1P1:
        return (_FILE_OF_1_1,)
    if service is None:
        return ()
    word = _WORDS.get(service, service.value)
    return tuple(name.format(word=word, service=service.value) for name in _FILES)


def described(version: Version, service: Service | None, base: str, token_url: str) -> Document:
    """The document of a version and service.

    Args:
        service: None for all, as in 1.1.
        base: the address of the version and the service, absolute.
        token_url: where a client gets a token.
    """
    operations = [one for one in OPERATIONS if version in one.versions and service in (None, one.service)]
    paths: dict[str, Document] = {}
    for operation in operations:
        path = "/" + "/".join(_named(operation))
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, version)
    resources = {one.resource.name: one.resource for one in operations}
    number = _NUMBERS[version]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"OneRoster {number}, {service.value}" if service else f"OneRoster {number}",
            "version": number,
            "description": "What this server answers. Objects and names are those of 1EdTech OneRoster.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "securitySchemes": {SECURITY: _security(operations, version, token_url)},
            "parameters": {told[0]: _parameter(*told) for told in (*_PAGING, _FIELDS)},
            "responses": {str(status): _failure(status) for status in _FAILURES},
            "schemas": schemas.components(resources.values(), version),
        },
    }


def _security(operations: Sequence[Operation], version: Version, token_url: str) -> Document:
    scopes = dict.fromkeys(scope for one in operations for scope in one.scopes)
    told = {SCOPES.format(version=version, scope=scope): scope.value for scope in scopes}
    return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": token_url, "scopes": told}}}


# One operation

_PARAMETER = re.compile(r"\{(\w+)\}")


def singular(name: str) -> str:
    """What one of a collection is called."""
    return _SINGULARS.get(name, name.removesuffix("s"))


def _named(operation: Operation) -> Iterator[str]:
    """The parts of an operation's path, parameters by the standard's names."""
    before = ""
    for part in operation.path.strip("/").split("/"):
        inside = _PARAMETER.fullmatch(part)
        name = "sourcedId" if inside and inside[1] == "id" else f"{singular(before)}SourcedId"
        yield f"{{{name}}}" if inside else part
        before = part


def identifier(operation: Operation) -> str:
    """The operation's name: `getAllOrgs`, `getOrg`, `getStudentsForClassInSchool`."""
    *parents, last = [part for part in operation.parts if part]
    verb = operation.method.lower()
    if operation.is_one:
        return verb + schemas.titled(singular(last))
    if not parents:
        return f"{verb}All{schemas.titled(last)}"
    inner = [schemas.titled(singular(one)) for one in reversed(parents)]
    # Of a class in a school, but of a student for a class.
    joined = "InSchool" if inner[1:] == ["School"] else "".join(f"For{one}" for one in inner[1:])
    return f"{verb}{schemas.titled(last)}For{inner[0]}{joined}"


def _operation(operation: Operation, version: Version) -> Document:
    scopes = [SCOPES.format(version=version, scope=scope) for scope in operation.scopes]
    what = "one object" if operation.is_one else "objects"
    return {
        "operationId": identifier(operation),
        "summary": f"{_VERBS[operation.method]} {what}: {operation.key}.",
        "tags": [operation.resource.name],
        "parameters": [*_parameters(operation)],
        **_body(operation),
        # Each alone suffices.
        "security": [{SECURITY: [scope]} for scope in scopes],
        "responses": {str(status): told for status, told in sorted(_responses(operation, version).items())},
    }


def _body(operation: Operation) -> Document:
    """What is sent with a request."""
    if operation.method not in _WRITING:
        return {}
    return {"requestBody": {"required": True, "content": _json(schemas.link(_envelope(operation)))}}


def _envelope(operation: Operation) -> str:
    resource = operation.resource
    return schemas.single(resource) if operation.is_one else schemas.several(resource)


def _parameters(operation: Operation) -> Iterator[Document]:
    for part in _named(operation):
        if inside := _PARAMETER.fullmatch(part):
            schema = {"type": "string", "minLength": 1}
            yield {"name": inside[1], "in": "path", "required": True, "schema": schema}
    if operation.method is Method.GET:
        for name, *_ in (*(() if operation.is_one else _PAGING), _FIELDS):
            yield {"$ref": f"#/components/parameters/{name}"}


def _failure(status: int) -> Document:
    told: Document = {"description": _FAILURES[status]}
    return told if status == _WITHOUT_BODY else {**told, "content": _json(schemas.link(schemas.FAILURE))}


def _parameter(name: str, schema: Document, told: str) -> Document:
    return {"name": name, "in": "query", "description": told, "schema": schema}


def _responses(operation: Operation, version: Version) -> dict[int, Document]:
    told: dict[int, Document] = {
        status: {"description": text} for status, text in _SUCCESSES[operation.method].items()
    }
    if operation.method is Method.GET:
        content = _json(schemas.link(_envelope(operation)))
        told[200] |= {"headers": _headers(operation), "content": content}
    if operation.method is Method.POST:
        told[201]["content"] = _json(schemas.pairs())
    for status in _failures(operation, version):
        told[status] = {"$ref": f"#/components/responses/{status}"}
    return told


def _failures(operation: Operation, version: Version) -> Iterator[int]:
    yield from _ALWAYS
    # Below what is not there 1.1 lists nothing.
    if operation.is_one or (operation.parents and version is not Version.V1P1):
        yield 404
    if operation.method in _WRITING:
        yield from _UNTAKEN


def _headers(operation: Operation) -> Document:
    count = {"description": "Objects on all pages.", "schema": {"type": "integer"}}
    tag = {"description": "What tells this answer from others.", "schema": {"type": "string"}}
    pages = {"description": "Where the other pages are.", "schema": {"type": "string"}}
    told = {"X-Total-Count": count, "ETag": tag}
    return told if operation.is_one else {**told, "Link": pages}


def _json(schema: schemas.Schema) -> Document:
    return {"application/json": {"schema": schema}}
