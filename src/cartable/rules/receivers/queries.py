"""The queries that several receivers' rules are made of."""

from collections.abc import Mapping

from cartable.rules.checks import Query

# Who is somebody in a school; contacts are not.
HAS_ROLE = "sourcedId in (select userSourcedId from {accepted.roles})"


def sound(field: str) -> str:
    """SQL: whether the field lost no value: of one that did, another rule has spoken."""
    return f"not coalesce(list_contains(_damaged, '{field}'), false)"


def each(
    entity: str, field: str, where: str, receivers: tuple[str, ...], details: Mapping[str, str] | None = None
) -> Query:
    """Finds every row that goes on and of which the condition is true."""
    return Query(
        entity=entity,
        field=field,
        receivers=receivers,
        sql=f"select _line{_columns(details)} from {{accepted.{entity}}} where {where}",
        shows_value=True,
    )


def once(
    entity: str,
    field: str,
    where: str,
    receivers: tuple[str, ...],
    details: Mapping[str, str] | None = None,
    *,
    case: str = "",
    shows_value: bool = True,
) -> Query:
    """Finds the first of the rows of which the condition is true, and their number as `count`.

    One finding for all of them: what is the same of every row is said once.

    Args:
        case: of the rule, if it is not told by the rule's own words.
    """
    told = {**(details or {}), **({"case": f"'{case}'"} if case else {})}
    return Query(
        entity=entity,
        field=field,
        case=case,
        receivers=receivers,
        sql=f"select min(_line) as _line, cast(count(*) as varchar) as count{_columns(told)} "
        f"from {{accepted.{entity}}} where {where} having count(*) > 0",
        shows_value=shows_value,
    )


def emptied(entity: str, field: str, where: str, receivers: tuple[str, ...]) -> tuple[Query, Query]:
    """Finds rows without a value: each of them, or (as case `all`) once where no row has one."""
    return (
        Query(
            entity=entity,
            field=field,
            receivers=receivers,
            sql=f"""select _line, '' as "case", '' as count from (
                select *, count({field}) over () as filled from {{accepted.{entity}}}
            ) as one where filled > 0 and {field} is null and {sound(field)} and {where}""",
        ),
        once(
            entity,
            field,
            f"{where} and not exists (select 1 from {{accepted.{entity}}} where {field} is not null)",
            receivers,
            case="all",
            shows_value=False,
        ),
    )


def _columns(details: Mapping[str, str] | None) -> str:
    return "".join(f', {sql} as "{name}"' for name, sql in (details or {}).items())
