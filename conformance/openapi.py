"""OpenAPI documents as somebody else wrote them, and what in an answer is not as they say."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

PUBLISHED = Path(__file__).parents[2] / "shared" / "spec" / "openapi"


@dataclass(frozen=True)
class Operation:
    """One operation of a document, by its method and its path without the names of parameters."""

    file: str
    method: str
    path: str
    told: Any

    @property
    def shape(self) -> str:
        return nameless(self.path)

    def schema(self, status: int) -> dict[str, Any] | None:
        """The schema of an answer; None where there is to be none."""
        responses = self.told["responses"]
        response = responses.get(str(status)) or responses["default"]
        if "content" not in response:
            return None
        schema: dict[str, Any] = response["content"]["application/json"]["schema"]
        return schema

    def faults(self, status: int, body: Any) -> Iterator[tuple[str, str]]:
        """What is not as the document says: the property's name, and the message."""
        schema = self.schema(status)
        if schema is None:
            if body:
                yield "", "There is a body."
            return
        whole = {**schema, "components": document(self.file)["components"]}
        checker = jsonschema.Draft4Validator.FORMAT_CHECKER
        for fault in jsonschema.Draft4Validator(whole, format_checker=checker).iter_errors(body):
            names = [str(part) for part in fault.absolute_path if not isinstance(part, int)]
            yield (names or [""])[-1], fault.message[:200]


def nameless(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


@cache
def document(file: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((PUBLISHED / file).read_text(encoding="utf-8"))
    return read


def operations(file: str) -> list[Operation]:
    """All operations of a document; none where it is not there."""
    if not (PUBLISHED / file).is_file():
        return []
    return [
        Operation(file, method.upper(), path, told)
        for path, methods in document(file)["paths"].items()
        for method, told in methods.items()
    ]
