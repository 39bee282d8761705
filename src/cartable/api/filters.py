"""The filters of OneRoster: from a text to conditions. Source: OneRoster 1.1 and 1.2, "Filtering".

The standard has one logical operator between two clauses; here there may be more, AND before OR.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cartable.api.failures import ApiError, Minor

if TYPE_CHECKING:
    from lark import Lark

LONGEST = 8_000
"""Characters of a filter."""
MOST = 20
"""Clauses of a filter: each is looked at for every object, and whoever asks holds up a process meanwhile."""
MOST_VALUES = 100
"""Values that a list may be compared with."""

_GRAMMAR = r"""
start: all ("OR"i all)*
all: clause ("AND"i clause)*
clause: PATH PREDICATE value
?value: QUOTED | PLAIN
PATH: /[A-Za-z_][A-Za-z0-9_.:-]*/
PREDICATE: "!=" | ">=" | "<=" | "=" | ">" | "<" | "~"
QUOTED: /'(?:[^']|'')*'/
PLAIN: /[^\s'=<>!~]+/
%ignore /[ \t\r\n]+/
"""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison: a dotted path, one of = != > >= < <= ~, and what it is compared with."""

    path: str
    predicate: str
    value: str


Filter = tuple[tuple[Clause, ...], ...]
"""Any of several groups of clauses, all of which hold."""


def parsed(text: str) -> Filter:
    """The filter that a text means.

    Raises:
        ApiError: it means none, or is too long.
    """
    if len(text) > LONGEST:
        raise ApiError(400, Minor.FILTER, f"The filter is longer than {LONGEST} characters.")
    from lark.exceptions import LarkError

    try:
        tree: Any = _parser().parse(text)
    except LarkError:
        raise ApiError(
            400, Minor.FILTER, "The filter cannot be read: it is one of field='value', joined by AND or OR."
        ) from None
    read = tuple(tuple(_clause(clause) for clause in group.children) for group in tree.children)
    if sum(map(len, read)) > MOST:
        raise ApiError(400, Minor.FILTER, f"The filter has more than {MOST} clauses.")
    return read


def _clause(tree: Any) -> Clause:
    path, predicate, value = tree.children
    text = str(value)
    if value.type == "QUOTED":
        text = text[1:-1].replace("''", "'")
    return Clause(str(path), str(predicate), text)


@cache
def _parser() -> "Lark":
    from lark import Lark

    options: dict[str, Any] = {"parser": "lalr", "lexer": "contextual"}
    return Lark(_GRAMMAR, **options)
