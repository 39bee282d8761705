"""JSON, piece by piece: ASCII only, so that no terminal and no transport can do anything to it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from cartable.model.deliveries import Compared

Document = dict[str, Any]


def serialized(value: object) -> str:
    """The value as JSON."""
    # A file name that is no text reaches us with lone surrogates, which JSON must not hold.
    written = json.dumps(value)
    return written if "\\ud" not in written else json.dumps(_readable(value))


def compared(against: Compared) -> Document:
    """What a delivery was compared with: a run, or another delivery."""
    if against.run:
        return {"run": against.run, "finished": against.finished}
    return {"path": against.path}


def write_list(items: Iterable[Document], to: TextIO) -> None:
    """Write a list of which one item at a time is held, each on a line of its own."""
    separator = "["
    for item in items:
        to.write(separator + "\n" + serialized(item))
        separator = ","
    to.write("[]" if separator == "[" else "\n]")


def _readable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value
