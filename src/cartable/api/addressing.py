"""What an address says before anything is looked up: whether it can be read, and its parts."""

import re
from functools import cache
from typing import TYPE_CHECKING

from cartable.api.failures import ApiError, Minor
from cartable.api.operations import BY_SHAPE

if TYPE_CHECKING:
    from django.http import HttpRequest

LONGEST_PATH = 2_000
"""Characters of a path and its parameters, before which nothing is looked at; filters count to it."""
LONGEST_QUERY = 16_000

UNREADABLE = ApiError(400, Minor.DATA, "The request cannot be read.")


def see_that_it_can_be_read(request: "HttpRequest", path: str) -> None:
    """Raise ApiError where a request is too long, or its address holds what no text does."""
    from django.conf import settings

    query = request.META.get("QUERY_STRING", "")
    if len(path) > LONGEST_PATH or len(query) > LONGEST_QUERY:
        raise ApiError(414, Minor.DATA, "The address is too long.")
    if "\0" in path or "%00" in query:
        raise UNREADABLE
    # Who only reads may send a body for nothing.
    if request.method not in ("GET", "HEAD"):
        length, most = int(request.META.get("CONTENT_LENGTH") or 0), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if most is not None and length > most:
            raise ApiError(413, Minor.DATA, f"The body is longer than {most} bytes.")


def parts_of(path: str) -> list[str]:
    """The parts of a path, each an identifier or a word of an operation.

    The server's library has decoded the path, so that a slash in an identifier looks like one of the path.
    Where the path is no operation's as it stands, identifiers with slashes are looked for.
    """
    parts = [part for part in path.split("/") if part]
    if any(_fits(shape, parts) for shape in BY_SHAPE):
        return parts
    for shape, pattern in _patterns():
        if found := pattern.fullmatch("/".join(parts)):
            identifiers = iter(found.groups())
            return [part or next(identifiers) for part in shape]
    return parts


def _fits(shape: tuple[str, ...], parts: list[str]) -> bool:
    return len(shape) == len(parts) and all(
        not known or known == part for known, part in zip(shape, parts, strict=True)
    )


@cache
def _patterns() -> list[tuple[tuple[str, ...], re.Pattern[str]]]:
    """What paths look like whose identifiers have slashes; those with more words of their own first."""
    shapes = sorted(BY_SHAPE, key=lambda shape: shape.count("") - len(shape))
    return [
        (shape, re.compile("/".join(re.escape(part) or "(.+?)" for part in shape), re.DOTALL))
        for shape in shapes
    ]
