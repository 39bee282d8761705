"""Lists what the gradebook holds of a class or a school, one row after the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cartable.model.grades import Grade
from cartable.model.objects import BY_RESOURCE
from cartable.model.scopes import Scope
from cartable.store.columns import listed
from cartable.store.failures import translated
from cartable.store.publications import SOURCED_ID, column_of, table_of
from cartable.store.rosters import Roster

_BATCH = 2_000

_GRADED = (
    "from gradebook_results r join gradebook_line_items l on l.sourced_id = r.line_item "
    "left join gradebook_categories c on c.sourced_id = l.category where r.active and l.active and {scope}"
)
_CONDITIONS = {
    "lineItems": "o.active and {scope}",
    "results": "o.active and o.line_item in "
    "(select l.sourced_id from gradebook_line_items l where l.active and {scope})",
    "categories": "o.sourced_id in "
    "(select l.category from gradebook_line_items l where l.active and {scope})",
}


def grades(roster: Roster, scope: Scope) -> Iterator[Grade]:
    """Every result, by class, line item and pupil.

    Args:
        scope: a class, a school or both, by sourcedId.

    Raises:
        DatabaseError: the database refused.
    """
    family, given = (
        _called(roster, "roster_users", name, "r.student") for name in ("family_name", "given_name")
    )
    title = _called(roster, "roster_classes", "title", 'l."class"')
    condition, parameters = _scoped(scope, "l")
    sql = (
        f'select r.student, {family} as family, {given} as given, l."class", {title} as called, l.title, '
        "c.title, r.score, r.text_score, l.result_value_max, r.score_status, r.score_date, r.comment "
        f"{_GRADED.format(scope=condition)} "
        'order by called, l."class", l.due_date, l.sourced_id, family, given, r.student'
    )
    for row in _read(roster, sql, parameters):
        yield Grade(*(value or "" for value in row))


def objects(roster: Roster, resource: str, scope: Scope) -> Iterator[Mapping[str, str | None]]:
    """The categories, line items or results, by sourcedId; every property as it is kept, by column.

    Raises:
        DatabaseError: the database refused.
    """
    kind = BY_RESOURCE[resource]
    names = [SOURCED_ID, *(column_of(name) for name in kind.columns)]
    condition, parameters = _scoped(scope, "o" if resource == "lineItems" else "l")
    sql = (
        f"select {listed(names, 'o')} from {table_of(kind)} o "
        f"where {_CONDITIONS[resource].format(scope=condition)} order by o.{SOURCED_ID}"
    )
    for row in _read(roster, sql, parameters):
        yield dict(zip(names, row, strict=True))


def _called(roster: Roster, table: str, name: str, identifier: str) -> str:
    """SQL of what something is called: by the record that counts, where several sources have one."""
    return (
        f"(select x.{name} {roster.driver.bytewise} from {table} x where x.sourced_id = {identifier} "
        "order by x.active desc, x.date_last_modified desc, x.source limit 1)"
    )


def _scoped(scope: Scope, alias: str) -> tuple[str, list[str]]:
    asked = [(column, value) for column, value in (("class", scope.klass), ("school", scope.school)) if value]
    return " and ".join(f'{alias}."{column}" = %s' for column, _ in asked), [value for _, value in asked]


def _read(roster: Roster, sql: str, parameters: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    with translated(roster.place), roster.connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while batch := cursor.fetchmany(_BATCH):
            yield from batch
