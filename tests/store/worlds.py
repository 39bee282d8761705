"""A small world: plans made by hand, and rosters as plain dictionaries."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from cartable.model.decisions import Pinned
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.findings import Finding, Summary
from cartable.model.plans import ChangeKind, Counts, Kept, PlanHeader, Reason, Run
from cartable.store import applying, opening, queries

STARTED = "2026-11-22T01:00:00Z"
REASONS = {
    ChangeKind.ADD: Reason.NEW,
    ChangeKind.UPDATE: Reason.CHANGED,
    ChangeKind.DEACTIVATE: Reason.ABSENT,
    ChangeKind.REACTIVATE: Reason.RETURNED,
    ChangeKind.CLOSE: Reason.ENDED,
    ChangeKind.REKEY: Reason.RENAMED,
}
Row = dict[str, Any]


def record(entity: str, **values: str | None) -> Row:
    """A whole record: what is not given is empty."""
    kind = BY_NAME[entity]
    assert values.keys() <= {f.name for f in kind.fields}
    return {f.name: values.get(f.name, "" if f.name in kind.key else None) for f in kind.fields}


@dataclass
class Changes:
    """`ChangeRows` in memory; `touched` is called whenever the database asks for something more."""

    rows: dict[tuple[str, ChangeKind], list[Row]] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    batch: int = 2
    touched: Callable[[], None] = lambda: None

    def add(
        self, entity: str, kind: ChangeKind, row: Row, identifier: int | None = None, digest: int = 0
    ) -> None:
        extras = {
            "id": identifier,
            "reason": REASONS[kind].value,
            "digest": digest,
            "line": None,
            "salt": 1,
        }
        self.rows.setdefault((entity, kind), []).append({**row, **extras})

    def _sorted(self, entity: str, kind: ChangeKind) -> list[Row]:
        key = BY_NAME[entity].key
        return sorted(self.rows.get((entity, kind), []), key=lambda row: [row[name].encode() for name in key])

    def batches(
        self, entity: str, kind: ChangeKind, columns: Sequence[str]
    ) -> Iterator[list[tuple[object, ...]]]:
        rows = iter(self._sorted(entity, kind))
        while batch := [tuple(row[column] for column in columns) for row in islice(rows, self.batch)]:
            self.touched()
            yield batch

    def csv(
        self, entity: str, kind: ChangeKind, columns: Sequence[str], constants: Sequence[object] = ()
    ) -> Iterator[bytes]:
        for batch in self.batches(entity, kind, columns):
            text = io.StringIO()
            # None is an empty cell, '' a quoted one.
            csv.writer(text, quoting=csv.QUOTE_MINIMAL).writerows([*row, *constants] for row in batch)
            yield text.getvalue().encode()

    def leaves(self, entity: str, parts: Mapping[str, str]) -> Iterator[list[str]]:
        for row in sorted(leaf(entity, {**row, **parts}) for row in self.rows[entity, ChangeKind.ADD]):
            self.touched()
            yield [row]

    def kept(self) -> Iterator[Kept]:
        yield from ()

    def pinned(self) -> Iterator[Pinned]:
        yield from ()

    def findings(self) -> Iterator[Finding]:
        for finding in self.found:
            self.touched()
            yield finding


def leaf(entity: str, row: Mapping[str, Any]) -> str:
    """A leaf as the documentation says, not as the program does."""
    names = ["salt", "source", "record", "active", "reason", "line", "modified", "digest"]
    names += [field.name for field in BY_NAME[entity].fields]
    texts = ["\x1e" if row.get(name) is None else str(row[name]) for name in names]
    return hashlib.sha256("\x1f".join([entity, *texts]).encode()).hexdigest()


def counted(changes: Changes) -> dict[str, Counts]:
    return {
        entity.name: Counts(
            **{kind.value: len(changes.rows.get((entity.name, kind), [])) for kind in ChangeKind}
        )
        for entity in ENTITIES
    }


def delivery(*entities: Entity) -> Delivery:
    files = (
        DeliveredFile(f"{e.name}.csv", e.name, "00" * 32, 10, tuple(f.name for f in e.fields), readable=True)
        for e in entities or ENTITIES
    )
    return Delivery("export", "sds-v2.1", tuple(files))


def plan(changes: Changes, revision: int, source: str = "main", given: Delivery | None = None) -> PlanHeader:
    summary = Summary(rows=len(changes.found), warning=len(changes.found))
    return PlanHeader(source, revision, given or delivery(), summary, counted(changes), (), STARTED)


def clock(hour: int = 2) -> Callable[[], str]:
    """Instants a minute apart, from an hour on."""
    minutes = count()
    return lambda: f"2026-11-22T{hour:02d}:{next(minutes):02d}:00Z"


def later(roster: opening.Roster) -> Callable[[], str]:
    """Instants after all that was done."""
    return clock(2 + len(list(queries.runs(roster))))


def applied(
    roster: opening.Roster,
    changes: Changes,
    source: str = "main",
    given: Delivery | None = None,
    now: Callable[[], str] | None = None,
) -> Run:
    """Apply changes that were planned just now."""
    header = plan(changes, queries.state(roster, source).revision, source, given)
    now = now or later(roster)
    return applying.apply(roster, header, changes, kind="sync", accepted=("file",), started=STARTED, now=now)


def ids(roster: opening.Roster, entity: str, source: str = "main") -> dict[tuple[str, ...], int]:
    """Ids of all current records by key."""
    kind = BY_NAME[entity]
    place = [[f.name for f in kind.fields].index(name) + 2 for name in kind.key]
    everything = (chunk[0] for chunk in queries.digests(roster, entity, source))
    found = queries.records(roster, entity, source, everything, iter(()))
    return {tuple(row[p] for p in place): row[0] for batch in found for row in batch}


def held(roster: opening.Roster, source: str = "main") -> dict[str, list[dict[str, str | None]]]:
    """The active records of every entity."""
    return {e.name: list(queries.active_records(roster, e.name, source)) for e in ENTITIES}
