"""From the body of a request to the values of an object, as they are kept.

What is taken is wide, what is kept is strict: a date may come as an instant and an instant as a date, a
number as a text, a text as a number; a reference may lack all but its identifier. What the edition does not
know of is left out. Source: OneRoster 1.1 and 1.2, REST bindings; what consumers send.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from cartable.api.failures import ApiError, Minor
from cartable.gradebook.keeping import LARGEST, spelled_number
from cartable.model.objects import Kind, Property, Resource, Version
from cartable.store.publications import column_of
from cartable.store.publishing import spelled

DEEPEST = 20
"""Objects and lists in one another."""
LONGEST_NAME = 255
"""Characters of an identifier."""
MOST = 5_000
"""Objects that are posted at once."""


def document(body: bytes) -> Any:
    """The JSON that a body is.

    Raises:
        ApiError: it is none, or has too much in one another.
    """
    try:
        read = json.loads(body, parse_constant=_refused)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise ApiError(400, Minor.DATA, "The body is no JSON.") from None
    if _is_deeper(read, DEEPEST):
        raise _too_deep()
    return read


def enveloped(body: bytes, key: str) -> Any:
    """What stands in a body under its only key.

    Raises:
        ApiError: see `document`; or there is nothing of that name.
    """
    read = document(body)
    if not isinstance(read, dict) or key not in read:
        raise refused(f"The body is no object with {key} in it.")
    return read[key]


def values(
    told: Any, resource: Resource, version: Version, before: Mapping[str, str | None]
) -> dict[str, str | None]:
    """The values of an object, by column; without those that it needs and a server fills in.

    Args:
        told: the object as the client wrote it.
        before: what is kept of it: of properties that the edition does not have, it stays.

    Raises:
        ApiError: it is no such object.
    """
    if not isinstance(told, dict):
        raise refused(f"{resource.singular} is no object.")
    found = {column_of(name): None for name in resource.columns} | dict(before)
    for one in resource.of(version):
        found[column_of(one.kept_as)] = _value(one, told.get(one.name))
    return found


def is_active(told: Mapping[str, Any]) -> bool:
    """Whether an object is written as one that is, and not as one that was.

    Raises:
        ApiError: its status is none.
    """
    status = told.get("status") or "active"
    if status not in ("active", "inactive", "tobedeleted"):
        raise refused("status is neither active nor tobedeleted.")
    return bool(status == "active")


def identifier(told: Any, name: str) -> str:
    """An identifier of a client's.

    Raises:
        ApiError: it is none.
    """
    read = _text(told, name)
    if not read or len(read) > LONGEST_NAME:
        raise refused(f"{name} is no identifier of 1 to {LONGEST_NAME} characters.")
    return read


def refused(description: str) -> ApiError:
    """JSON that cannot be taken for what it should be."""
    return ApiError(422, Minor.DATA, description)


def _value(one: Property, told: Any) -> str | None:
    if told is None or (told == "" and one.kind is not Kind.TEXT) or (told == [] and one.kind.is_json):
        read = None
    else:
        read = _READERS[one.kind](one, told)
    if one.needed and not one.is_filled_in and not read:
        raise refused(f"{one.name} is missing.")
    if read and one.pattern and not re.fullmatch(one.pattern, read):
        raise refused(f"{one.name} has no value of its vocabulary.")
    return read


def _text(told: Any, name: str) -> str:
    if isinstance(told, int | float) and not isinstance(told, bool):
        told = str(told)
    if not isinstance(told, str):
        raise refused(f"{name} is no text.")
    if "\0" in told or any("\ud800" <= letter <= "\udfff" for letter in told):
        raise refused(f"{name} has characters that are none.")
    return told


def _truth(one: Property, told: Any) -> str:
    read = str(told).lower() if isinstance(told, bool | str) else ""
    if read not in ("true", "false"):
        raise refused(f"{one.name} is neither true nor false.")
    return read


def _number(one: Property, told: Any) -> str:
    try:
        read = math.nan if isinstance(told, bool) else float(told)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if not abs(read) < LARGEST:
        raise refused(f"{one.name} is no number.")
    return spelled_number(read)


def _instant(one: Property, told: Any) -> str:
    try:
        read = datetime.fromisoformat(_text(told, one.name).strip())
        return spelled(read if read.tzinfo else read.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise refused(f"{one.name} is no instant.") from None


def _day(one: Property, told: Any) -> str:
    text = _text(told, one.name).strip()
    try:
        # Of an instant the day where it was written counts.
        return (datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)).strftime(
            "%Y-%m-%d"
        )
    except ValueError:
        raise refused(f"{one.name} is no day.") from None


def _reference(one: Property, told: Any) -> str:
    return identifier(told.get("sourcedId") if isinstance(told, dict) else told, f"{one.name}.sourcedId")


def _written(told: Any) -> str:
    # `~` begins the addresses that are made when objects are read.
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("~", "\\u007e")


def _texts(one: Property, told: Any) -> str:
    return _written([_text(part, one.name) for part in _list(one, told)])


def _objects(one: Property, told: Any) -> str:
    return _written([_parts(one, part) for part in _list(one, told)])


def _parts(one: Property, told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise refused(f"{one.name} is no list of objects.")
    found = {}
    for part in one.parts:
        read = _value(part, told.get(part.name))
        if read is not None:
            found[part.name] = read if part.kind is Kind.TEXT else json.loads(read)
    return found


def _object(one: Property, told: Any) -> str:
    if not isinstance(told, dict):
        raise refused(f"{one.name} is no object.")
    text = _written(told)
    _text(text, one.name)
    return _text(text.replace("\\u0000", "\0"), one.name)


def _list(one: Property, told: Any) -> Sequence[Any]:
    if not isinstance(told, list):
        raise refused(f"{one.name} is no list.")
    return told


_READERS: dict[Kind, Callable[[Property, Any], str]] = {
    Kind.TEXT: lambda one, told: _text(told, one.name),
    Kind.TRUTH: _truth,
    Kind.NUMBER: _number,
    Kind.DATE: _day,
    Kind.INSTANT: _instant,
    Kind.REFERENCE: _reference,
    Kind.TEXTS: _texts,
    Kind.OBJECTS: _objects,
    Kind.OBJECT: _object,
}


def _refused(_: str) -> Any:
    raise ValueError


def _is_deeper(told: Any, levels: int) -> bool:
    if not isinstance(told, dict | list):
        return False
    parts = told.values() if isinstance(told, dict) else told
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in parts)


def _too_deep() -> ApiError:
    return ApiError(413, Minor.DATA, f"The body has more than {DEEPEST} objects and lists in one another.")
