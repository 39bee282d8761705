"""Finds what a roster keeps on people: their own records and all that name them, in every state."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cartable.model.entities import BY_NAME, Entity
from cartable.model.erasures import NAMES, PERSONAL, SOURCE, TRAITS, Subject, people_named_by
from cartable.store import columns, stories
from cartable.store.columns import listed, quoted, snake
from cartable.store.failures import translated
from cartable.store.rosters import Roster
from cartable.store.stories import State

USERS = BY_NAME["users"]
_AT_ONCE = 500

Finding = Mapping[str, Any]


def person(roster: Roster, identifier: str) -> Subject:
    """All that is kept on whoever has or had a sourcedId; nobody where no one had."""
    return _belonging(roster, stories.records_called(roster, USERS.name, identifier))


def inactive_since(roster: Roster, moment: datetime) -> Subject:
    """What is kept on people who, and of records about people that, have been inactive since an instant.

    Somebody of whom a record is active, or was until later, is not among them.
    """
    people = set(_inactive(roster, USERS, moment))
    told = _belonging(roster, sorted(people))
    late = _lately(roster, told, moment)
    if late:
        told = _belonging(roster, sorted(people - late))
    records = {
        entity.name: tuple(sorted({*told.records.get(entity.name, ()), *_inactive(roster, entity, moment)}))
        for entity in PERSONAL
        if entity is not USERS
    }
    return _described(roster, {USERS.name: told.records.get(USERS.name, ()), **records})


def active_by_source(roster: Roster, subject: Subject) -> dict[str, dict[str, list[int]]]:
    """The ids of the active records by source and entity."""
    found: dict[str, dict[str, list[int]]] = {}
    for name, ids in subject.records.items():
        table = quoted(columns.table_of(BY_NAME[name]))
        for some in _pieces(ids):
            sql = (
                f"select {quoted(columns.SOURCE)}, id from {table} where id in ({some}) "
                f"and {quoted(columns.ACTIVE)} order by id"
            )
            for source, one in rows(roster, sql):
                found.setdefault(source, {}).setdefault(name, []).append(one)
    return found


def states(roster: Roster, subject: Subject) -> Iterator[tuple[Entity, int, list[State]]]:
    """Every record with all its states, the earliest first."""
    for name, ids in subject.records.items():
        for record, told in stories.states(roster, name, ids).items():
            yield BY_NAME[name], record, told


def findings(roster: Roster, subject: Subject) -> Iterator[Finding]:
    """Rows of `roster_runfinding` that tell values of the people, JSON read."""
    names = ("id", "run", "number", "code", "file", "line", "column", "record", "value", "detail")
    with roster.connection.chunked_cursor() as cursor:
        cursor.execute(f"select {listed(names)} from roster_runfinding order by id")
        while batch := cursor.fetchmany(5_000):
            for row in batch:
                told = dict(zip(names, row, strict=True))
                told["record"], told["detail"] = _read(told["record"]) or [], _read(told["detail"]) or {}
                if tells(subject, told):
                    yield told


def tells(subject: Subject, finding: Finding) -> bool:
    """Whether a finding tells a value of the people."""
    texts = [finding["value"], *finding["record"], *finding["detail"].values()]
    return any(text is not None and mentions(subject, str(text)) for text in texts)


def mentions(subject: Subject, text: str) -> bool:
    """Whether a text is, or has in it as a word, an identifier or a trait of theirs, or all their names."""
    if subject.is_told_by(text):
        return True
    parts = {part.strip("\"'") for part in _words(text)}
    if parts & subject.identifiers or parts & subject.traits:
        return True
    return any(all(set(name.split()) <= parts for name in names) for names in subject.names)


def kept(roster: Roster, subject: Subject) -> Iterator[tuple[int, str, list[str]]]:
    """Rows of `roster_kept` about the records: id, entity, key."""
    for one, entity, key in rows(roster, "select id, entity, key from roster_kept order by id"):
        told = json.loads(key)
        keys = subject.keys.get(entity, frozenset())
        if tuple(told) in keys or any(part in subject.identifiers for part in named_in(entity, told)):
            yield one, entity, told


def kept_rows(roster: Roster, subject: Subject) -> Iterator[dict[str, Any]]:
    """What runs kept of the records at its last good state, each with its run."""
    for one, _, key in kept(roster, subject):
        names = ("run", "entity", "reason", "code", "file", "line")
        ((*values,),) = rows(roster, f"select {listed(names)} from roster_kept where id = %s", (one,))
        yield {**dict(zip(names, values, strict=True)), "key": key}


def decisions(roster: Roster, subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """What people decided about the people: rows of the ledgers, by what they are."""
    from cartable.store.ledgers import Keep, Pin

    keeps = Keep._default_manager.using(roster.alias).order_by("number").values()
    pins = Pin._default_manager.using(roster.alias).order_by("number").values()
    return {
        "keeps": [dict(one) for one in keeps if one["user"] in subject.identifiers],
        "pins": [dict(one) for one in pins if one["record"] in subject.records.get(one["entity"], ())],
    }


def named_in(entity: str, key: Iterable[str]) -> Iterator[str]:
    """The parts of a key that name a person."""
    kind = BY_NAME[entity]
    people = kind.key if kind is USERS else people_named_by(kind)
    for name, part in zip(kind.key, key, strict=False):
        if name in people:
            yield part


def rows(roster: Roster, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """What a query gives."""
    with translated(roster.place), roster.connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _words(text: str) -> Iterator[str]:
    """What stands between blanks and between the separators of rows."""
    for part in text.replace(";", " ").replace(",", " ").replace("|", " ").split():
        yield part
        yield part.strip("\"'()[]<>«»:.")


def _belonging(roster: Roster, people: Iterable[int]) -> Subject:
    """The people's own records and those that name them now; a record keeps its id whatever it is called."""
    ids = tuple(people)
    if not ids:
        return Subject({})
    table = quoted(columns.table_of(USERS))
    current = [key for some in _pieces(ids) for (key,) in rows(roster, _keys_of(table, some))]
    records: dict[str, tuple[int, ...]] = {USERS.name: ids}
    for entity in PERSONAL:
        if entity is not USERS:
            records[entity.name] = tuple(stories.naming(roster, entity.name, USERS.name, current))
    return _described(roster, records)


def _keys_of(table: str, ids: str) -> str:
    return f"select {quoted(snake(USERS.key[0]))} from {table} where id in ({ids})"


def _described(roster: Roster, records: Mapping[str, tuple[int, ...]]) -> Subject:
    """The subject with what its records tell of the people, and the keys that they ever had."""
    subject = Subject({name: ids for name, ids in records.items() if ids})
    keys: dict[str, set[tuple[str, ...]]] = {}
    traits, names = set(), set()
    for entity, _, told in states(roster, subject):
        for state in told:
            keys.setdefault(entity.name, set()).add(tuple(state.values[name] or "" for name in entity.key))
            if entity is USERS:
                traits |= {value for name in TRAITS if (value := state.values[name])}
                names.add(tuple(state.values[name] or "" for name in NAMES))
    return Subject(
        subject.records,
        frozenset(key[0] for key in keys.get(USERS.name, ())),
        frozenset(traits),
        frozenset(one for one in names if all(one)),
        {name: frozenset(some) for name, some in keys.items()},
    )


def _inactive(roster: Roster, entity: Entity, moment: datetime) -> list[int]:
    sql = (
        f"select id from {quoted(columns.table_of(entity))} where not {quoted(columns.ACTIVE)} "
        f"and {quoted(columns.SOURCE)} <> %s and {quoted(columns.MODIFIED)} < %s"
    )
    adapted = roster.connection.ops.adapt_datetimefield_value(moment)
    return [one for (one,) in rows(roster, sql, (SOURCE, adapted))]


def _lately(roster: Roster, subject: Subject, moment: datetime) -> set[int]:
    """Ids of people of whom a record is active, or was until after the instant."""
    adapted = roster.connection.ops.adapt_datetimefield_value(moment)
    late: set[str] = set()
    for name, ids in subject.records.items():
        entity = BY_NAME[name]
        fields = [snake(one) for one in people_named_by(entity)]
        for some in _pieces(ids if fields else ()):
            sql = (
                f"select {listed(fields)} from {quoted(columns.table_of(entity))} where id in ({some}) "
                f"and ({quoted(columns.ACTIVE)} or {quoted(columns.MODIFIED)} >= %s)"
            )
            late.update(value for row in rows(roster, sql, (adapted,)) for value in row)
    table, key = quoted(columns.table_of(USERS)), quoted(snake(USERS.key[0]))
    people = subject.records.get(USERS.name, ())
    return {
        one
        for some in _pieces(people)
        for one, called in rows(roster, f"select id, {key} from {table} where id in ({some})")
        if called in late
    }


def _pieces(ids: Iterable[int]) -> Iterator[str]:
    """Numbers as SQL lists of bounded length."""
    listing = list(ids)
    for start in range(0, len(listing), _AT_ONCE):
        yield ", ".join(str(int(one)) for one in listing[start : start + _AT_ONCE])


def _read(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) else text
