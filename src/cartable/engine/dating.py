"""Tells which days a spreadsheet's numbers of days are: it counts from 1900, or from 1904.

The same number is four years and a day later from 1904. What else the delivery says excludes one of the
two where most dates of a file would lie outside of its school years, in years to come, or too late for
pupils of their grades to be born; all columns of a file are counted alike.
"""

from collections.abc import Mapping

from cartable.engine import spelling
from cartable.engine.recoding import DECIMALS, code_meant
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME
from cartable.model.options import CheckOptions
from cartable.model.profiles import PEOPLE

# The day before the first, as it were: each system counts from one, and the older one counts a 29th of
# February 1900 that never was. Source: Microsoft Support, Date systems in Excel.
FIRST_DAYS: tuple[str, ...] = ("1899-12-30", "1904-01-01")
USUAL = FIRST_DAYS[0]

NUMBER_OF_DAYS = r"\A[1-7][0-9]{4}(?:[.,]0+)?\z"
"""Numbers of days from 1927 to 2119, as a regular expression."""

# What a date must be, over its `year`, the delivery's `last` school year and what its own row says: a
# session lies in its school year, which is named by the year in which it ends; a role has begun, or does
# in the next year; a pupil was born early enough for the grade.
_POSSIBLE: Mapping[str, Mapping[str, str]] = {
    "academicSessions": dict.fromkeys(("startDate", "endDate"), "year between own - 1 and own + 1"),
    "roles": {"roleStartDate": "year <= last + 1"},
    "demographics": {"birthDate": "year <= last - own"},
}

# A reading is possible where less than one date in twenty cannot be, and excluded where half cannot.
_SLIPS, _MOST = 20, 2

# How many years before the end of the school year pupils of the first grade were born at least: children
# enter it at five to seven. Source: UNESCO, ISCED 2011, level 1. And anybody at all.
_IN_FIRST_GRADE, _ANYBODY = 4, 1
# Which grade the ones before the first are, as it were.
_BEFORE_FIRST = {"kg": "0", "tk": "0", "pk": "-1", "pr": "-2"}


def read(value: str, first_day: str) -> str:
    """SQL: the day that a number of days is, as SDS writes it."""
    days = f"try_cast(regexp_extract({value}, '[0-9]+') as integer)"
    return f"strftime(date {literal(first_day)} + {days}, '%Y-%m-%d')"


def first_day(workspace: Workspace, entity: str, options: CheckOptions) -> str | None:
    """The one of `FIRST_DAYS` from which the numbers of days in an entity's file count; None if unknown."""
    demands = _POSSIBLE.get(entity)
    if not demands:
        return None
    year = f"try_cast({_code('academicSessions', 'schoolYear', options)} as integer)"
    ((last,),) = workspace.execute(f"select max({year}) from {quoted('raw_academicSessions')}")
    if last is None:
        return None
    own = {"academicSessions": year, "demographics": f"coalesce(grade.own, {_ANYBODY})"}.get(entity, "null")
    source = quoted(f"raw_{entity}")
    if entity == "demographics":
        source += f" left join ({_grades(options)}) as grade on grade.person = {_person('userSourcedId')}"
    broken = []
    for first in FIRST_DAYS:
        checks = " union all ".join(
            f"select not ({demand}) as is_broken from (select year(cast({read('value', first)} as date)) as "
            f"year, own, {last} as last from (select distinct {spelling.trimmed(quoted(field))} as value, "
            f"{own} as own from {source}) where regexp_matches(value, {literal(NUMBER_OF_DAYS)}))"
            for field, demand in demands.items()
        )
        broken += workspace.execute(f"select count(*) filter (where is_broken), count(*) from ({checks})")
    possible = [
        first for first, (some, total) in zip(FIRST_DAYS, broken, strict=True) if some * _SLIPS < total
    ]
    excluded = [
        first for first, (some, total) in zip(FIRST_DAYS, broken, strict=True) if some * _MOST >= total
    ]
    return possible[0] if len(possible) == len(excluded) == 1 else None


def _grades(options: CheckOptions) -> str:
    """SQL: how many years before the end of the school year a pupil of that grade was born at least."""
    code = _code("roles", "grade", options)
    early = " ".join(
        f"when {literal(grade)} then {literal(number)}" for grade, number in _BEFORE_FIRST.items()
    )
    grade = f"try_cast(case {code} {early} else {code} end as integer)"
    pupils = ", ".join(map(literal, sorted(PEOPLE["pupils"])))
    return (
        f"select {_person('userSourcedId')} as person, "
        f"max(greatest({grade} - 1 + {_IN_FIRST_GRADE}, {_ANYBODY})) as own "
        f"from {quoted('raw_roles')} where {_code('roles', 'role', options)} in ({pupils}) group by 1"
    )


def _person(name: str) -> str:
    """SQL: what an identifier has in common with what it is once it is repaired."""
    plain = f"regexp_replace({spelling.trimmed(quoted(name))}, '[^!-~]+', '', 'g')"
    return f"ltrim(regexp_replace({plain}, {DECIMALS}, ''), '0')"


def _code(entity: str, name: str, options: CheckOptions) -> str:
    """SQL: the code that a field holds or must mean."""
    return code_meant(BY_NAME[entity].field(name), options, spelling.trimmed(quoted(name)))
