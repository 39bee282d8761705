"""All tables of an installation as streams of rows, and back: the same for every database."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cartable.errors import DatabaseError
from cartable.store import opening
from cartable.store.columns import quoted
from cartable.store.failures import translated
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    from django.db.models import Model

_BATCH = 5_000

Row = Sequence[Any]


def tables() -> "dict[str, type[Model]]":
    """The models of everything that an installation keeps in its database, by table."""
    models = (model for app in opening.own_apps() for model in app.get_models())
    return {model._meta.db_table: model for model in models}


def columns_of(table: str) -> list[str]:
    """The columns of a table, in the order in which its rows come."""
    return [_column(field) for field in tables()[table]._meta.concrete_fields]


def dumped(roster: Roster) -> "Iterator[tuple[str, Iterator[Row]]]":
    """Every table with its rows, all from one state of the roster; values that JSON can spell.

    Each table's rows must be taken before the next table is.
    """
    with roster.reading() as connection, connection.cursor() as first:
        # What opens the snapshot.
        first.execute("select revision from roster_installation")
        for table, model in tables().items():
            texts = ", ".join(_text(connection.vendor, field) for field in model._meta.concrete_fields)
            with connection.chunked_cursor() as cursor:
                key = model._meta.pk
                assert key is not None
                cursor.execute(f"select {texts} from {quoted(table)} order by {quoted(_column(key))}")
                yield table, _rows(cursor)


def _column(field: Any) -> str:
    return str(field.column)


def _rows(cursor: Any) -> Iterator[Row]:
    while batch := cursor.fetchmany(_BATCH):
        yield from batch


def _text(vendor: str, field: Any) -> str:
    """SQL: a column's value as JSON spells it; instants and days as ISO 8601 in UTC."""
    name, kind = quoted(_column(field)), field.get_internal_type()
    if vendor == "sqlite":
        # Kept as texts and numbers already; Django would make objects of some.
        return f"cast({name} as text)" if kind in ("DateField", "DateTimeField", "JSONField") else name
    match kind:
        case "DateTimeField":
            return f"to_char({name} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        case "DateField":
            return f"to_char({name}, 'YYYY-MM-DD')"
        case "JSONField":
            return f"{name}::text"
        case "BooleanField":
            return f"case {name} when true then 1 when false then 0 end"
        case _:
            return name


def load(
    roster: Roster, contents: Iterable[tuple[str, Iterable[Row]]], finish: Callable[[], None] | None = None
) -> None:
    """Fill an empty roster with what `dumped` gave, all or nothing.

    Args:
        finish: called in the same transaction, when all is there.

    Raises:
        DatabaseError: the roster is not empty, or the database refused.
    """
    from django.core.management.color import no_style
    from django.db.transaction import atomic

    models = tables()
    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        refuse_if_used(roster)
        with roster.connection.cursor() as cursor:
            cursor.execute("delete from roster_installation")
        for table, rows in contents:
            roster.driver.insert(roster.connection, table, columns_of(table), _taken(models[table], rows))
        with roster.connection.cursor() as cursor:
            for sql in roster.connection.ops.sequence_reset_sql(no_style(), list(models.values())):
                cursor.execute(sql)
        if finish:
            finish()


def refuse_if_used(roster: Roster) -> None:
    """Raise DatabaseError where the roster holds anything already."""
    with roster.connection.cursor() as cursor:
        used = []
        for table in tables():
            if table == "roster_installation":
                continue
            cursor.execute(f"select 1 from {quoted(table)} limit 1")
            used += cursor.fetchall()
    if used:
        raise DatabaseError(
            "The roster at {place} is not empty; nothing was written.",
            "Restore to a new place with --database, and look at it before it takes the old one's place.",
            place=roster.place,
        )


def _taken(model: "type[Model]", rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    """Rows as the drivers take them: booleans that came as numbers are booleans again."""
    places = [
        place
        for place, field in enumerate(model._meta.concrete_fields)
        if field.get_internal_type() == "BooleanField"
    ]
    for row in rows:
        values = list(row)
        for place in places:
            values[place] = None if values[place] is None else bool(values[place])
        yield tuple(values)
