"""Where single records stand, of whatever source: for a person who names one, or a rule that means some."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cartable.model.entities import Entity
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.failures import translated
from cartable.store.rosters import Roster
from cartable.store.runs import iso

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a record stands.

    Args:
        record: id of the current row.
        since: the revision since which it is as it is.
    """

    record: int
    source: str
    is_active: bool
    since: int


def standing(roster: Roster, entity: Entity, values: Mapping[str, str]) -> Standing | None:
    """Where the record stands whose fields have these values; None where there never was one.

    Of several an active one, else the one that was active last.
    """
    same = " and ".join(f"{quoted(snake(name))} = %s" for name in values)
    wanted = listed(("id", columns.SOURCE, columns.ACTIVE, columns.FROM_REVISION))
    with translated(roster.place), roster.connection.cursor() as cursor:
        cursor.execute(
            f"select {wanted} from {quoted(columns.table_of(entity))} where {same} "
            f"order by {quoted(columns.ACTIVE)} desc, {quoted(columns.FROM_REVISION)} desc limit 1",
            list(values.values()),
        )
        row = cursor.fetchone()
    return row and Standing(row[0], row[1], bool(row[2]), row[3])


def moment_of(roster: Roster, revision: int) -> tuple[int, str]:
    """The run that moved the roster to a revision: its number and when it finished, ISO 8601."""
    from cartable.store.tables import Run

    with translated(roster.place):
        rows = Run._default_manager.using(roster.alias).filter(revision=revision).order_by("number")
        number, finished = rows.values_list("number", "finished")[0]
    return number, iso(finished)


def named(roster: Roster, entity: Entity, values: Mapping[str, str], want: str) -> Iterator[str]:
    """What a field holds in the active records whose fields have these values, each text once.

    Args:
        want: the field.
    """
    same = "".join(f" and {quoted(snake(name))} = %s" for name in values)
    yield from _texts(roster, entity, want, same, [*values.values()])


def called(roster: Roster, entity: Entity, identifier: str) -> Iterator[str]:
    """The identifier, where a record has it; else those that the records have now that had it before."""
    (key,) = columns.key_columns(entity)
    current, history = quoted(columns.table_of(entity)), quoted(columns.history_of(entity))
    if standing(roster, entity, {entity.key[0]: identifier}):
        yield identifier
        return
    with translated(roster.place), roster.connection.cursor() as cursor:
        cursor.execute(
            f"select distinct c.{quoted(key)} from {history} h join {current} c "
            f"on c.id = h.{quoted(columns.RECORD)} where h.{quoted(key)} = %s",
            (identifier,),
        )
        yield from (one for (one,) in cursor.fetchall())


def matching(roster: Roster, entity: Entity, pattern: str, fields: Sequence[str], want: str) -> Iterator[str]:
    """What a field holds in the active records in which one of some fields is like the pattern.

    Args:
        pattern: `*` stands for any text, `?` for one character; capitals of ASCII are alike.
        fields: the fields, of which one must be like it.
    """
    folded = "".join(_LIKE.get(letter, letter) for letter in _lower(pattern))
    like = " or ".join(f"{roster.driver.folded(quoted(snake(name)))} like %s escape '!'" for name in fields)
    yield from _texts(roster, entity, want, f" and ({like})", [folded] * len(fields))


# A pattern's characters as LIKE has them, and those that only LIKE knows.
_LIKE = {"*": "%", "?": "_", "%": "!%", "_": "!_", "!": "!!"}


def _lower(text: str) -> str:
    """The text with the capitals of ASCII as small letters: what both databases can do alike."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _texts(roster: Roster, entity: Entity, want: str, condition: str, values: list[str]) -> Iterator[str]:
    with roster.reading() as connection, connection.chunked_cursor() as cursor:
        cursor.execute(
            f"select distinct {quoted(snake(want))} from {quoted(columns.table_of(entity))} "
            f"where {quoted(columns.ACTIVE)}{condition}",
            values,
        )
        while rows := cursor.fetchmany(_BATCH):
            for (text,) in rows:
                if text is not None:
                    yield text
