"""What people decided over the head of a delivery: keeps and pins, as the roster remembers them.

A decision is no change of the roster, but a plan that was computed without it is stale.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from django.db.transaction import atomic

from cartable.errors import PlanStale, UsageError
from cartable.model.audits import Action
from cartable.model.decisions import DecisionState, InForce, Keep, Pin, Pinned
from cartable.model.entities import BY_NAME
from cartable.model.plans import ChangeKind, KeptReason, PlanHeader, Run
from cartable.store import auditing, columns
from cartable.store.columns import quoted
from cartable.store.failures import translated
from cartable.store.rosters import Roster
from cartable.store.runs import instant, iso, key_text
from cartable.words import marked

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from cartable.store.ledgers import Keep as KeepRow
    from cartable.store.ledgers import Pin as PinRow

# The keep's columns that name a record, by the record's entity.
_KEPT_BY = {"users": "user", "classes": "class"}
_DECIDED = tuple(reason.value for reason in KeptReason if reason.is_decided)


def keeps(roster: Roster) -> Iterator[Keep]:
    """All keeps by number: those in force, those that ended and those that were released."""
    with translated(roster.place):
        rows = list(_keeps(roster).order_by("number"))
    yield from map(_keep_of, rows)


def pins(roster: Roster) -> Iterator[Pin]:
    """All pins by number, released ones too, each with the key that its record has now."""
    with translated(roster.place):
        rows = list(_pins(roster).order_by("number"))
        keys = _keys(roster, rows)
    yield from (_pin_of(row, keys.get((row.entity, row.record), ())) for row in rows)


def about(
    roster: Roster, entity: str, identifier: str, records: Mapping[str, Iterable[int]]
) -> list[Keep | Pin]:
    """All decisions ever made about some records, found by indexes.

    Args:
        entity, identifier: a record whose keeps are asked for; only people and classes have some.
        records: ids of current rows whose pins are asked for, by entity.
    """
    found: list[Keep | Pin] = []
    with translated(roster.place):
        if column := _KEPT_BY.get(entity):
            field = "klass" if column == "class" else column
            found += map(_keep_of, _keeps(roster).filter(**{field: identifier}).order_by("number"))
        for name, ids in records.items():
            rows = list(_pins(roster).filter(entity=name, record__in=list(ids)).order_by("number"))
            keys = _keys(roster, rows)
            found += (_pin_of(row, keys.get((name, row.record), ())) for row in rows)
    return found


def in_force(roster: Roster, day: str) -> InForce:
    """The decisions that hold on a day, ISO 8601."""
    with translated(roster.place):
        kept = _keeps(roster).filter(released=None, until__gte=date.fromisoformat(day))
        pinned = _pins(roster).filter(released=None)
        numbers = (tuple(q.order_by("number").values_list("number", flat=True)) for q in (kept, pinned))
        return InForce(day, *numbers)


def add_keep(roster: Roster, keep: Keep) -> Keep:
    """Write a keep down.

    Returns:
        The keep with its number.
    """
    from cartable.store.ledgers import Keep as Row

    with _writing(roster):
        row = Row(
            number=_next(_keeps(roster)),
            user=keep.user,
            klass=keep.klass,
            until=keep.until,
            why=keep.why,
            author=keep.author,
            created=instant(keep.created),
        )
        row.save(using=roster.alias, force_insert=True)
        auditing.append(roster, Action.KEEP, keep.author, row.created, {"keep": row.number}, (row,))
    return _keep_of(row)


def release_keep(roster: Roster, number: int, by: str, moment: str, today: date) -> Keep:
    """End a keep before its day.

    Raises:
        UsageError: there is none of that number that is in force.
    """
    with _writing(roster):
        row = _keeps(roster).filter(number=number).first()
        if row is None:
            raise UsageError(
                "There is no keep {number}.", "See `cartable keeps` for all of them.", number=number
            )
        keep = _keep_of(row)
        if keep.released:
            raise _released_already(
                marked("Keep {number} was released by {releaser} on {day} already."), keep
            )
        if keep.state(today) is DecisionState.ENDED:
            raise UsageError(
                "Keep {number} ended on {day}; there is nothing to release.", number=number, day=keep.until
            )
        row.released, row.releaser = instant(moment), by
        row.save(using=roster.alias)
        auditing.append(roster, Action.RELEASE, by, row.released, {"keep": number}, (row,))
    return _keep_of(row)


def release_pin(roster: Roster, number: int, by: str, moment: str) -> Pin:
    """Let deliveries change a field again.

    Raises:
        UsageError: there is none of that number that is in force.
    """
    with _writing(roster):
        row = _pins(roster).filter(number=number).first()
        if row is None:
            raise UsageError(
                "There is no pin {number}.", "See `cartable pins` for all of them.", number=number
            )
        key = _keys(roster, [row]).get((row.entity, row.record), ())
        if row.released:
            raise _released_already(
                marked("Pin {number} was released by {releaser} on {day} already."), _pin_of(row, key)
            )
        row.released, row.releaser = instant(moment), by
        row.save(using=roster.alias)
        auditing.append(roster, Action.RELEASE, by, row.released, {"pin": number}, (row,))
    return _pin_of(row, key)


def check(roster: Roster, header: PlanHeader) -> None:
    """In the transaction that applies a plan: refuse one that was computed with other decisions.

    Raises:
        PlanStale: some were made or released since.
    """
    if header.in_force is None:
        return
    known, now = header.in_force, in_force(roster, header.in_force.day)
    keeps_moved, pins_moved = (set(now.keeps) ^ set(known.keeps)), (set(now.pins) ^ set(known.pins))
    if keeps_moved or pins_moved:
        raise PlanStale(
            "Since the plan was computed, keeps or pins were set or released (keeps: {keeps}; "
            "pins: {pins}); nothing was written.",
            "Make the plan again.",
            keeps=", ".join(map(str, sorted(keeps_moved))) or "–",
            pins=", ".join(map(str, sorted(pins_moved))) or "–",
        )


def carry(roster: Roster, header: PlanHeader, run: Run) -> "list[KeepRow | PinRow]":
    """In the transaction that applied a plan: set its pin, and let decisions go with their records.

    What pinned a field is released where a plan takes back the run that set it; a keep follows the
    person and the class that get another identifier.

    Returns:
        The rows that are new or others, for the run's link to tell of.
    """
    carried: list[KeepRow | PinRow] = []
    if header.pin:
        carried.append(_add_pin(roster, header.pin, run))
    if header.undoes is not None:
        carried += _release_undone(roster, header.undoes, run)
    followed: set[int] = set()
    for entity, column in _KEPT_BY.items():
        if getattr(run.changes[entity], ChangeKind.REKEY.value):
            followed |= _follow(roster, entity, column, run.revision)
    return [*carried, *_keeps(roster).filter(number__in=followed)]


def pinned_rows(run: int, pinned: Iterable[Pinned]) -> Iterator[tuple[object, ...]]:
    """Pinned fields as rows of `cartable.store.runs.PINNED_COLUMNS`."""
    for one in pinned:
        yield (
            *(run, one.entity, one.record, key_text(one.key), one.field),
            *(one.delivered, one.stays, one.number, columns.new_salt()),
        )


def pinned(roster: Roster, run: int) -> Iterator[Pinned]:
    """What a run left as it was pinned, by entity, key and field."""
    from cartable.store.ledgers import Pinned as Row

    with translated(roster.place):
        rows = list(
            Row._default_manager.using(roster.alias).filter(run=run).order_by("entity", "key", "field")
        )
        said = {pin.number: pin for pin in _pins(roster).filter(number__in={row.number for row in rows})}
    for row in rows:
        pin = said[row.number]
        key = tuple(json.loads(row.key))
        yield Pinned(
            *(row.entity, row.record, key, row.field, row.delivered, row.stays),
            *(row.number, pin.author, pin.why),
        )


@contextmanager
def _writing(roster: Roster) -> Iterator[None]:
    """A transaction in which nobody else writes."""
    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        yield


def _keeps(roster: Roster) -> "QuerySet[KeepRow]":
    from cartable.store.ledgers import Keep as Row

    return Row._default_manager.using(roster.alias)


def _pins(roster: Roster) -> "QuerySet[PinRow]":
    from cartable.store.ledgers import Pin as Row

    return Row._default_manager.using(roster.alias)


def _next(rows: "QuerySet[KeepRow] | QuerySet[PinRow]") -> int:
    last = rows.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _keep_of(row: "KeepRow") -> Keep:
    released = iso(row.released) if row.released else ""
    return Keep(
        *(row.number, row.user, row.klass, row.until, row.why),
        *(row.author, iso(row.created), released, row.releaser),
    )


def _pin_of(row: "PinRow", key: tuple[str, ...]) -> Pin:
    released = iso(row.released) if row.released else ""
    return Pin(
        *(row.number, row.entity, row.record, key, row.field, row.value, row.why),
        *(row.author, iso(row.created), released, row.releaser, row.run),
    )


def _keys(roster: Roster, rows: Iterable["PinRow"]) -> dict[tuple[str, int], tuple[str, ...]]:
    """The keys that pinned records have now, by entity and id."""
    from cartable.store.tables import CURRENT

    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.entity, set()).add(row.record)
    return {
        (entity, record): tuple(key)
        for entity, records in ids.items()
        for record, *key in CURRENT[entity]
        ._default_manager.using(roster.alias)
        .filter(id__in=records)
        .values_list("id", *columns.key_columns(BY_NAME[entity]))
    }


def _released_already(message: str, decision: Keep | Pin) -> UsageError:
    day = instant(decision.released).astimezone().date()
    return UsageError(message, number=decision.number, releaser=decision.releaser, day=day)


def _add_pin(roster: Roster, pin: Pin, run: Run) -> "PinRow":
    from cartable.store.ledgers import Pin as Row

    row = Row(
        number=_next(_pins(roster)),
        entity=pin.entity,
        record=pin.record,
        field=pin.field,
        value=pin.value,
        why=pin.why,
        author=pin.author,
        created=instant(pin.created),
        run=run.number,
    )
    row.save(using=roster.alias, force_insert=True)
    return row


def _release_undone(roster: Roster, undone: int, run: Run) -> "Iterator[PinRow]":
    from cartable.store.tables import CURRENT

    for row in _pins(roster).filter(run=undone, released=None):
        touched = {"id": row.record, columns.FROM_REVISION: run.revision}
        if CURRENT[row.entity]._default_manager.using(roster.alias).filter(**touched).exists():
            row.released, row.releaser = instant(run.finished), run.actor
            row.save(using=roster.alias)
            yield row


def _follow(roster: Roster, entity: str, column: str, revision: int) -> set[int]:
    """Let keeps name what was rekeyed by its new key; their numbers."""
    kind = BY_NAME[entity]
    (key,) = columns.key_columns(kind)
    named, key = quoted(column), quoted(key)
    rekeyed = (
        f"from {quoted(columns.table_of(kind))} c join {quoted(columns.history_of(kind))} h "
        f"on h.{quoted(columns.RECORD)} = c.id and h.{key} <> c.{key} "
        f"where h.{quoted(columns.TO_REVISION)} = %s"
    )
    with roster.connection.cursor() as cursor:
        cursor.execute(
            f"select number from roster_keep where {named} in (select h.{key} {rekeyed})", (revision,)
        )
        numbers = {number for (number,) in cursor.fetchall()}
        cursor.execute(
            f"update roster_keep set {named} = (select c.{key} {rekeyed} and h.{key} = roster_keep.{named}) "
            f"where {named} in (select h.{key} {rekeyed})",
            (revision, revision),
        )
    return numbers
