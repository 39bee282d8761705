"""What a request asks: which page, in which order, which properties. Source: OneRoster, REST binding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cartable.api.failures import ApiError, Minor
from cartable.api.filters import Filter, parsed

LIMIT = 100
"""Objects on a page where nobody says how many."""
MOST = 10_000
"""Objects on a page at most; who asks for more gets so many."""
FARTHEST = 2**40

CURSOR = "cursor"
"""The parameter that our links carry: at which revision a pull began, and where the page begins."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of a collection or of one object.

    Args:
        sort: a dotted path; '' for the identifiers.
        fields: names of properties; None for all.
        others: all parameters but those of paging, by name: what tells one pull from another.
    """

    limit: int = LIMIT
    offset: int = 0
    sort: str = ""
    is_descending: bool = False
    filter: Filter = ()
    fields: tuple[str, ...] | None = None
    cursor: str = ""
    others: tuple[tuple[str, str], ...] = ()


def asked(parameters: Mapping[str, Sequence[str]], *, is_one: bool) -> Asked:
    """What the parameters of a request ask; those that the standard does not know say nothing.

    Args:
        is_one: whether one object is asked for: then only `fields` says something.

    Raises:
        ApiError: a parameter says something impossible.
    """
    # Some clients put a blank at the end of a name.
    told = {name.strip(): list(values) for name, values in parameters.items()}
    fields = None
    if "fields" in told:
        fields = tuple(part.strip() for value in told["fields"] for part in value.split(","))
    if is_one:
        return Asked(fields=fields)
    return Asked(
        limit=min(MOST, _number(told, "limit", 1, LIMIT)),
        offset=_number(told, "offset", 0, 0),
        sort=_single(told, "sort"),
        is_descending=_single(told, "orderBy").lower() == "desc",
        filter=parsed(text) if (text := _single(told, "filter")) else (),
        fields=fields,
        cursor=_single(told, CURSOR),
        others=tuple(
            (name, value)
            for name in sorted(told.keys() & {"sort", "orderBy", "filter", "fields"})
            for value in told[name]
        ),
    )


def _single(told: Mapping[str, Sequence[str]], name: str) -> str:
    values = told.get(name, ())
    if len(values) > 1:
        raise ApiError(400, Minor.DATA, f"{name} is there more than once.")
    return values[0].strip() if values else ""


def _number(told: Mapping[str, Sequence[str]], name: str, least: int, default: int) -> int:
    text = _single(told, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= FARTHEST):
        raise ApiError(400, Minor.DATA, f"{name} is no whole number from {least} on.")
    return int(text)
