"""What objects, envelopes and failures look like, as JSON Schema; made from the table of resources.

Source: OpenAPI 3.0.3, Schema Object; OneRoster 1.1 and 1.2, information model.
"""

from collections.abc import Iterable
from typing import Any

from cartable.api.failures import Minor
from cartable.model.objects import BOTH, BY_RESOURCE, Kind, Property, Resource, Version

Schema = dict[str, Any]

FAILURE = "StatusInfo"
_OWN_CODE = r"^ext:[a-zA-Z0-9.\-_]+$"
_OWN = (
    Property("sourcedId", needed=BOTH),
    Property("status", needed=BOTH, codes=("active", "tobedeleted")),
    Property("dateLastModified", Kind.INSTANT, needed=BOTH),
)
_PLAIN: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.TRUTH: {"type": "string", "enum": ["true", "false"]},
    Kind.NUMBER: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.OBJECT: {"type": "object", "additionalProperties": True},
}


def titled(name: str) -> str:
    """A name as the name of a type: `academicSession` is `AcademicSession`."""
    return name[:1].upper() + name[1:]


def link(name: str) -> Schema:
    """A schema that another one is named by."""
    return {"$ref": f"#/components/schemas/{name}"}


def single(resource: Resource) -> str:
    """The name of the schema of the envelope around one object."""
    return f"Single{titled(resource.singular)}"


def several(resource: Resource) -> str:
    """The name of the schema of the envelope around a list of objects."""
    return f"{titled(resource.singular)}Set"


def pairs() -> Schema:
    """Of objects that were written as several, which identifier each was sent with and which it got."""
    parts = {name: {"type": "string"} for name in ("suppliedSourcedId", "allocatedSourcedId")}
    pair = {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    return _envelope("sourcedIdPairs", {"type": "array", "items": pair})


def components(resources: Iterable[Resource], version: Version) -> dict[str, Schema]:
    """The schemas of resources, their envelopes, and of what is answered in place of them, by name."""
    told: dict[str, Schema] = {}
    for resource in resources:
        name = titled(resource.singular)
        told[name] = _object((*_OWN, *resource.of(version)), version)
        told[single(resource)] = _envelope(resource.singular, link(name))
        told[several(resource)] = _envelope(resource.name, {"type": "array", "items": link(name)})
        for target in sorted(_targets(resource.of(version))):
            told[_named(target)] = _reference(target)
    return {**told, FAILURE: _failure(version)}


def _object(properties: Iterable[Property], version: Version) -> Schema:
    known = [one for one in properties if version in one.versions]
    told: Schema = {
        "type": "object",
        "properties": {one.name: _property(one, version) for one in known},
        "additionalProperties": False,
    }
    needed = [one.name for one in known if version in one.needed]
    return {**told, "required": needed} if needed else told


def _property(one: Property, version: Version) -> Schema:
    if one.kind is Kind.REFERENCE:
        return link(_named(one.target))
    needed = {"minItems": 1} if version in one.needed else {}
    if one.kind is Kind.REFERENCES:
        return {"type": "array", "items": link(_named(one.target)), **needed}
    if one.kind is Kind.OBJECTS:
        return {"type": "array", "items": _object(one.parts, version), **needed}
    if not one.codes:
        return _PLAIN[one.kind]
    codes = {"type": "string", "enum": list(one.codes)}
    if one.takes_own and version is not Version.V1P1:
        return {"anyOf": [codes, {"type": "string", "pattern": _OWN_CODE}]}
    return codes


def _targets(properties: Iterable[Property]) -> set[str]:
    """The resources that properties refer to, those inside of lists too."""
    found = set()
    for one in properties:
        found |= {one.target} - {""} | _targets(one.parts)
    return found


def _named(target: str) -> str:
    return f"{titled(BY_RESOURCE[target].singular)}Reference"


def _reference(target: str) -> Schema:
    parts = {
        "href": {"type": "string", "format": "uri"},
        "sourcedId": {"type": "string"},
        "type": {"type": "string", "enum": [BY_RESOURCE[target].token]},
    }
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}


def _envelope(key: str, inside: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {key: inside},
        "required": [key],
        "additionalProperties": False,
    }


def _failure(version: Version) -> Schema:
    minor = _object((Property("imsx_codeMinorFieldName", needed=BOTH),), version)
    minor["properties"]["imsx_codeMinorFieldValue"] = {"type": "string", "enum": [one.value for one in Minor]}
    minor["required"].append("imsx_codeMinorFieldValue")
    parts: dict[str, Schema] = {
        "imsx_codeMajor": {"type": "string", "enum": ["failure"]},
        "imsx_severity": {"type": "string", "enum": ["error"]},
        "imsx_description": {"type": "string"},
        "imsx_CodeMinor": _envelope("imsx_codeMinorField", {"type": "array", "minItems": 1, "items": minor}),
    }
    if version is Version.V1P1:
        parts["imsx_messageRefIdentifier"] = {"type": "string"}
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
