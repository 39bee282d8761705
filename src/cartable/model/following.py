"""Which rows take others with them: one query, for every table that keeps findings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cartable.model.findings import Action


@dataclass(frozen=True, slots=True)
class Followers:
    """The findings of one code that follow from one row.

    Args:
        code: the followers' code.
        action: what becomes of the followers: their row is left out, or a value of it.
        file, line: the row that they follow from; the line is None where no row can be named.
        rows: how many rows follow, by file.
        causes: how many such groups the code has, shown or not.
    """

    code: str
    action: Action
    file: str
    line: int | None
    rows: dict[str, int]
    causes: int


# Takes the findings, which have number, code, action, file, line and cause; and how many groups of
# each code to show, those that take the most with them. Speaks to DuckDB, SQLite and PostgreSQL alike.
SQL = """
with pair as (
    select led.code, led.action, root.file as root_file, root.line as root_line,
        min(root.number) as root, led.file, count(distinct led.line) as led_rows
    from {findings} led join {findings} root on root.number = led.cause
    group by led.code, led.action, root.file, root.line, led.file
), summed as (
    select pair.*, sum(led_rows) over (partition by code, action, root_file, root_line) as total,
        min(root) over (partition by code, action, root_file, root_line) as first_root
    from pair
), ranked as (
    select summed.*, dense_rank() over (partition by code order by total desc, first_root, action) as place
    from summed
), counted as (
    select ranked.*, max(place) over (partition by code) as causes from ranked
)
select code, action, root_file, root_line, causes, file, led_rows
from counted where place <= {limit} order by code, place, file
"""


def grouped(rows: Iterable[tuple[Any, ...]]) -> Iterator[Followers]:
    """What the rows of `SQL` say."""
    for (code, action, file, line, causes), files in groupby(rows, key=lambda row: row[:5]):
        yield Followers(code, Action(action), file, line, {row[5]: row[6] for row in files}, causes)
