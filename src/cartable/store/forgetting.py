"""Destroys what a roster keeps on people, so that the audit chain still verifies.

Of each state its place and its dates stay, under no source and with a key that says nothing; of what was
found, kept, decided and set by hand, that it was. The caller is inside the transaction of a run.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from cartable.model.audits import Document, canonical
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.erasures import ERASED, SOURCE, Subject
from cartable.model.objects import WRITTEN
from cartable.store import columns, erasing, lists, persons
from cartable.store.columns import quoted, snake
from cartable.store.publications import table_of
from cartable.store.rosters import Roster
from cartable.store.runs import key_text

_AT_ONCE = 500


@dataclass(frozen=True)
class Forgotten:
    """What was destroyed, as the link of the audit chain tells it.

    Args:
        document: parts of the link, see `cartable.model.audits`.
        rows: ledger rows that are others now.
    """

    document: Document
    rows: list[models.Model] = field(default_factory=list)


def forget(roster: Roster, subject: Subject) -> Forgotten:
    """Destroy the values of the subject's records, and what else tells of them.

    Raises:
        django.db.Error: the database refused.
    """
    of_runs = {
        lists.FINDINGS.name: _forget_findings(roster, subject),
        lists.KEPT.name: _forget_kept(roster, subject),
        lists.PINNED.name: _forget_pinned(roster, subject),
    }
    rows = [*_forget_keeps(roster, subject), *_forget_pins(roster, subject), *_forget_holds(roster, subject)]
    for name, ids in subject.records.items():
        _forget_records(roster, BY_NAME[name], ids)
    changed = {
        listing.name: {
            str(run): tally.told
            for run, tally in lists.tallies(roster, listing)
            if run in of_runs[listing.name]
        }
        for listing in lists.LISTINGS
        if of_runs[listing.name]
    }
    document = {**erasing.told(roster), "lists": changed}
    return Forgotten(document, rows)


def _forget_records(roster: Roster, entity: Entity, records: Iterable[int]) -> None:
    for some in _pieces(records):
        record = quoted(columns.RECORD)
        earlier = f"select id from {quoted(columns.history_of(entity))} where {record} in ({_listed(some)})"
        for is_history, ids in (True, [one for (one,) in persons.rows(roster, earlier)]), (False, some):
            with erasing.erasing(roster, entity, ids, is_history=is_history):
                for piece in _pieces(ids):
                    _blank(roster, entity, piece, is_history=is_history)


def _blank(roster: Roster, entity: Entity, ids: list[int], *, is_history: bool) -> None:
    table = quoted(columns.history_of(entity) if is_history else columns.table_of(entity))
    first, *others = columns.key_columns(entity)
    settings = {
        quoted(first): f"'{ERASED}-' || id",
        **{quoted(name): "''" for name in others},
        **{quoted(snake(one.name)): "null" for one in entity.values},
        quoted(columns.SOURCE): f"'{SOURCE}'",
        quoted(columns.DIGEST): "0",
        quoted(columns.SALT): "0",
        quoted(columns.LINE): "null",
    }
    changed = ", ".join(f"{name} = {value}" for name, value in settings.items())
    _execute(roster, f"update {table} set {changed} where id in ({_listed(ids)})")


def _forget_findings(roster: Roster, subject: Subject) -> set[int]:
    """Blank the values of findings that tell of the people; the runs whose they are."""
    runs = set()
    for told in list(persons.findings(roster, subject)):
        value = told["value"]
        is_told = value is not None and persons.mentions(subject, value)
        record = [_blanked(subject, part) for part in told["record"]]
        detail = {name: _blanked(subject, text) for name, text in told["detail"].items()}
        _execute(
            roster,
            "update roster_runfinding set record = %s, value = %s, detail = %s, salt = 0 where id = %s",
            (
                canonical(record) if told["record"] else None,
                # What a cell of their row held is theirs, whatever it was.
                None if is_told or record != told["record"] else value,
                canonical(detail),
                told["id"],
            ),
        )
        runs.add(told["run"])
    return runs


def _blanked(subject: Subject, part: Any) -> Any:
    return ERASED if isinstance(part, str) and persons.mentions(subject, part) else part


def _forget_kept(roster: Roster, subject: Subject) -> set[int]:
    """Blank the keys of records that runs kept; the runs whose they are."""
    ids = []
    for one, _, key in list(persons.kept(roster, subject)):
        ids.append(one)
        _execute(
            roster,
            "update roster_kept set key = %s, file = '', line = null, why = '', salt = 0 where id = %s",
            (key_text((ERASED, *[""] * (len(key) - 1))), one),
        )
    found = set()
    for some in _pieces(ids):
        sql = f"select distinct run from roster_kept where id in ({_listed(some)})"
        found |= {run for (run,) in persons.rows(roster, sql)}
    return found


def _forget_pinned(roster: Roster, subject: Subject) -> set[int]:
    """Blank what runs left of the records' pinned fields; the runs whose they are."""
    runs = set()
    records = {(name, one) for name, ids in subject.records.items() for one in ids}
    listed = persons.rows(roster, "select id, run, entity, record from roster_pinned order by id")
    for one, run, entity, record in listed:
        if (entity, record) in records:
            runs.add(run)
            _execute(
                roster,
                "update roster_pinned set key = %s, delivered = null, stays = null, salt = 0 where id = %s",
                (key_text((ERASED, *[""] * (len(BY_NAME[entity].key) - 1))), one),
            )
    return runs


def _forget_keeps(roster: Roster, subject: Subject) -> list[models.Model]:
    from cartable.store.ledgers import Keep

    rows = Keep._default_manager.using(roster.alias)
    return _changed(roster, list(rows.all()), lambda one: one.user in subject.identifiers, ("user", "why"))


def _forget_pins(roster: Roster, subject: Subject) -> list[models.Model]:
    from cartable.store.ledgers import Pin

    records = {(name, one) for name, ids in subject.records.items() for one in ids}
    rows = Pin._default_manager.using(roster.alias)
    return _changed(
        roster, list(rows.all()), lambda one: (one.entity, one.record) in records, ("value", "why")
    )


def _forget_holds(roster: Roster, subject: Subject) -> list[models.Model]:
    from cartable.store.ledgers import Hold

    rows = Hold._default_manager.using(roster.alias)
    return _changed(roster, list(rows.all()), lambda one: persons.mentions(subject, one.why), ("why",))


def _changed(
    roster: Roster, rows: list[Any], is_theirs: Callable[[Any], bool], texts: tuple[str, ...]
) -> list[models.Model]:
    """Ledger rows of the people, whose texts are taken away."""
    found = [row for row in rows if is_theirs(row)]
    for row in found:
        for name in texts:
            setattr(row, name, ERASED if getattr(row, name) else getattr(row, name))
        row.salt = 0
        row.save(using=roster.alias, force_update=True)
    return found


def scrub(roster: Roster) -> None:
    """Leave nothing of what was destroyed in free pages, in the write-ahead log and in statistics."""
    tables = [columns.table_of(one) for one in ENTITIES] + [columns.history_of(one) for one in ENTITIES]
    ledgers = [
        "roster_runfinding",
        "roster_kept",
        "roster_keep",
        "roster_pin",
        "roster_pinned",
        "roster_hold",
    ]
    roster.driver.scrub(roster.connection, [*tables, *ledgers, *map(table_of, WRITTEN)])


def _pieces(ids: Iterable[int]) -> Iterable[list[int]]:
    listing = list(ids)
    return (listing[start : start + _AT_ONCE] for start in range(0, len(listing), _AT_ONCE))


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(str(int(one)) for one in ids)


def _execute(roster: Roster, sql: str, parameters: Iterable[Any] = ()) -> None:
    with roster.connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
