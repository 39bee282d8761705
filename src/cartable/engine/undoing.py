"""Computes what takes a run back: one table of changes an entity, of the shape that diffing makes.

Field by field: what the run changed is restored only where it is still what the run made it. What has
changed since is left, and so is what would leave an active record naming nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Protocol

from cartable.engine import diffing, findings, overlaying, referring, sparing
from cartable.engine.sparing import NOTHING_DECIDED, Decided
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import ENTITIES, Entity
from cartable.model.plans import ChangeKind, Counts, Reason
from cartable.model.undos import Left, LeftReason

Batches = Iterator[list[tuple[Any, ...]]]

# What is left, by the revision since which it is another than the run made it, where that is why.
_LEFT = """
create or replace table leftover (
    entity varchar, key varchar[], reason varchar, fields varchar[], revision bigint,
    other varchar, other_key varchar[], decision bigint
)
"""


class HistoryReader(referring.ReferenceReader, Protocol):
    """How an undo reads the roster and its history: streams, never whole."""

    def touched(self, entity: str) -> Batches:
        """The records that the run changed, see `cartable.store.histories.touched`."""
        ...

    def keepers(self, entity: str, keys: Iterator[list[tuple[object, ...]]]) -> Batches:
        """The records that have one of these keys now: id, active (0 or 1), every field."""
        ...

    def later(self, entity: str, ids: Iterator[int]) -> Batches:
        """All states that records took on after the run: id, revision, active (0 or 1), every field."""
        ...


def undo(
    workspace: Workspace,
    reader: HistoryReader,
    only: ChangeKind | None = None,
    decided: Decided = NOTHING_DECIDED,
) -> dict[str, Counts]:
    """Compute what takes the run back that the reader tells of.

    Makes `change_<entity>` of every entity as `cartable.engine.diffing.compare` does, and empty tables
    of findings and of kept records, so that the workspace holds a whole plan; and what `lefts` reads.

    Args:
        only: take back the run's changes of this kind alone.
        decided: what people decided, which goes before an undo too.

    Returns:
        Counts by entity name.
    """
    findings.recall(workspace, ())
    for table in (diffing.KEPT, overlaying.PINNED):
        workspace.execute(table)
    workspace.execute(_LEFT)
    restorations = [_Restoration(workspace, entity, reader) for entity in ENTITIES]
    for restoration in restorations:
        restoration.load()
        restoration.intend(only)
    referring.begin(workspace)
    sparing.spare(workspace, decided)
    referring.settle(workspace, reader)
    counts = {}
    for restoration in restorations:
        counts[restoration.entity.name] = restoration.change()
        restoration.note_left()
    return counts


def lefts(
    workspace: Workspace, runs: Mapping[int, int], decided: Decided = NOTHING_DECIDED
) -> Iterator[Left]:
    """What the undo leaves, by entity and key.

    Args:
        runs: number of the run that reached each revision.
        decided: what people decided.
    """
    order = f"list_position([{', '.join(literal(entity.name) for entity in ENTITIES)}], entity)"
    sql = f"select * from leftover order by {order}, key, revision, fields"
    for batch in workspace.stream(sql):
        for entity, key, reason, fields, revision, other, other_key, decision in batch:
            yield Left(
                entity,
                tuple(key),
                LeftReason(reason),
                tuple(fields or ()),
                runs.get(revision),
                other or "",
                tuple(other_key or ()),
                decided.decision(LeftReason(reason), decision),
            )


class _Restoration:
    """The steps of one entity, in the order of `undo`.

    A touched record has three states: `before` the run, as the run `made` it, and as it is `now`.
    """

    def __init__(self, workspace: Workspace, entity: Entity, reader: HistoryReader) -> None:
        self.workspace = workspace
        self.entity = entity
        self.reader = reader
        self.names = [field.name for field in entity.fields]
        self.touched = quoted(f"touched_{entity.name}")
        self.intended = quoted(f"intended_{entity.name}")

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        return self.workspace.execute(sql)

    def load(self) -> None:
        """Make `touched_<entity>`, and `taker` of the records that have a former key of one of them."""
        states = [f"{time} {name}" for time in ("before", "made", "now") for name in self.names]
        head = {"id": "bigint", "was": "boolean", "made": "boolean", "now": "boolean", "reason": "varchar"}
        self._take_in(f"touched_{self.entity.name}", head, states, self.reader.touched(self.entity.name))
        keys = ", ".join(_at("before", name) for name in self.entity.key)
        moved = self.workspace.stream(
            f"select distinct {keys} from {self.touched} where {self._is_rekeyed()}"
        )
        takers = self.reader.keepers(self.entity.name, moved)
        self._take_in("taker", {"id": "bigint", "active": "boolean"}, self.names, takers)

    def intend(self, only: ChangeKind | None) -> None:
        """Make `intended_<entity>`: what would restore each record, whatever refers to what.

        Its columns: id; whether it `was` active, the run `made` it so, it is so `now`; the `kind` of the
        change, NULL for none; `restored`, the fields that it restores; what `_judged` tells; each field as
        it becomes, and `old_` each field as it is.
        """
        becomes = (
            f"case when list_contains(restored, {literal(name)}) then {_at('before', name)} "
            f"else {_at('now', name)} end as {quoted(name)}"
            for name in self.names
        )
        olds = (f"{_at('now', name)} as {quoted('old_' + name)}" for name in self.names)
        asked = f"where ran = {literal(only)}" if only else ""
        judged = f"select *, {self._kind()} as kind from ({self._judged()}) as one {asked}"
        self.execute(
            f"""create or replace table {self.intended} as
            select id, was, made, now, kind, restored, alike, unlike, is_rekeyable, taker,
                {", ".join((*becomes, *olds))}
            from (select *, case when kind is null then [] when kind = {literal(ChangeKind.REKEY)}
                then alike || rekeyed else alike end as restored from ({judged}) as two) as three"""
        )

    def _judged(self) -> str:
        """SQL: every touched record, what the run did (`ran`), and what of it can be restored.

        `alike` are the fields that the run changed and that are still what it made them, `unlike` those that
        have changed since, `rekeyed` those of the key that it changed; `is_rekeyable` says that these are
        still so, and `taker` is the key of another record that has the former key.
        """
        key, values = self.entity.key, [field.name for field in self.entity.values]
        taker = ", ".join(f"k.{quoted(name)}" for name in key)
        has_key = " and ".join(f"k.{quoted(name)} = t.{_at('before', name)}" for name in key)
        is_alike = " and ".join(f"not {_differ('now', 'made', name)}" for name in key)
        return f"""
            select t.*, case when was is null then {literal(ChangeKind.ADD)}
                    when {self._is_rekeyed()} then {literal(ChangeKind.REKEY)}
                    when was = made then {literal(ChangeKind.UPDATE)}
                    when made then {literal(ChangeKind.REACTIVATE)}
                    when reason = {literal(Reason.ENDED)} then {literal(ChangeKind.CLOSE)}
                    else {literal(ChangeKind.DEACTIVATE)} end as ran,
                {self._is_rekeyed()} and {is_alike} as is_rekeyable,
                {
            _those(values, lambda name: f"{_moved(name)} and not {_differ('now', 'made', name)}")
        } as alike,
                {
            _those(
                self.names,
                lambda name: (
                    f"{_moved(name)} and {_differ('now', 'made', name)} and {_differ('now', 'before', name)}"
                ),
            )
        } as unlike,
                {_those(key, _moved)} as rekeyed,
                (select min([{taker}]) from taker as k where k.id <> t.id and {has_key}) as taker
            from {self.touched} as t"""

    def _kind(self) -> str:
        """SQL: the kind of the change that restores a judged record."""
        is_moved = "coalesce(was, false) <> made and now = made"
        return (
            f"case when {is_moved} and was then {literal(ChangeKind.REACTIVATE)} "
            f"when {is_moved} then {literal(ChangeKind.DEACTIVATE)} "
            f"when is_rekeyable and taker is null then {literal(ChangeKind.REKEY)} "
            f"when now and len(alike) > 0 then {literal(ChangeKind.UPDATE)} end"
        )

    def _is_rekeyed(self) -> str:
        return f"({' or '.join(map(_moved, self.entity.key))})"

    def change(self) -> Counts:
        """Make `change_<entity>` of what may be restored; how many of each kind there are."""
        change = quoted(f"change_{self.entity.name}")
        # Of an update alone single fields are left, which then stay as they are.
        becomes = ", ".join(
            f"case when list_contains(fields, {literal(name)}) then {quoted(name)} "
            f"else {quoted('old_' + name)} end as {quoted(name)}"
            for name in self.names
        )
        olds = ", ".join(quoted("old_" + name) for name in self.names)
        digest = diffing.digest_of({name: quoted(name) for name in self.names}, self.entity)
        self.execute(
            f"""create or replace table {change} as
            select kind, {literal(Reason.UNDONE)} as reason, null::bigint as line, id, {digest} as digest,
                fields, {", ".join(map(quoted, self.names))}, {olds}
            from (select kind, id, fields, {becomes}, {olds} from (
                select i.*, list_filter(
                        i.restored, lambda x: not list_contains(coalesce(d.fields, []), x)) as fields
                from {self.intended} as i left join ({self._dropped()}) as d using (id)
                where i.kind is not null and not coalesce(d.is_whole, false)) as one) as two
            where kind <> {literal(ChangeKind.UPDATE)} or len(fields) > 0"""
        )
        return Counts(**dict(self.execute(f"select kind, count(*) from {change} group by 1")))

    def _dropped(self) -> str:
        """SQL: what `cartable.engine.referring` left of the entity."""
        return (
            "select id, list(field) filter (field is not null) as fields, bool_or(field is null) as is_whole "
            f"from dropped where entity = {literal(self.entity.name)} group by id"
        )

    def note_left(self) -> None:
        """Note what is left, and why."""
        entity = literal(self.entity.name)
        key = ", ".join(f"i.{quoted('old_' + name)}" for name in self.entity.key)
        head = f"insert into leftover select {entity}, [{key}]"
        fields = "list_sort(list(d.field) filter (d.field is not null))"
        self.execute(
            f"{head}, d.reason, {fields}, null, d.other, d.other_key, d.decision "
            f"from dropped as d join {self.intended} as i using (id) where d.entity = {entity} group by all"
        )
        self.execute(
            f"{head}, {literal(LeftReason.TAKEN)}, [], null, {entity}, i.taker, null "
            f"from {self.intended} as i where is_rekeyable and taker is not null"
        )
        self._note_changed(head)

    def _note_changed(self, head: str) -> None:
        """Note what has changed since, with the revision at which it did."""
        gone = "kind is null and was and made and not now and len(unlike) + len(alike) > 0"
        changed = "(now or kind is not null) and len(unlike) > 0"
        ids = self.workspace.stream(f"select id from {self.intended} where ({gone}) or ({changed})")
        states = self.reader.later(self.entity.name, (row[0] for batch in ids for row in batch))
        shape = {"id": "bigint", "revision": "bigint", "active": "boolean"}
        self._take_in("later", shape, self.names, states)
        last = "select coalesce(max(revision), 0) from later as two where two.id = one.id and active"
        since = (
            f"select id, min(revision) as revision from later as one where revision > ({last}) group by id"
        )
        self.execute(
            f"{head}, {literal(LeftReason.INACTIVE)}, [], l.revision, null, null, null "
            f"from {self.intended} as i join ({since}) as l using (id) where {gone}"
        )
        first = ", ".join(
            f"min(revision) filter (l.{name} is distinct from t.{made}) as {name}"
            for name, made in ((quoted(one), _at("made", one)) for one in self.names)
        )
        by_field = (
            f"(select id, {first} from later as l join {self.touched} as t using (id) group by id) "
            f"unpivot (revision for field in ({', '.join(map(quoted, self.names))}))"
        )
        self.execute(
            f"{head}, {literal(LeftReason.CHANGED)}, list_sort(list(field)), revision, null, null, null "
            f"from (select id, field, revision from {by_field}) as l join {self.intended} as i using (id) "
            f"where {changed} and list_contains(unlike, field) group by all"
        )

    def _take_in(
        self,
        table: str,
        head: Mapping[str, str],
        texts: Sequence[str],
        batches: Iterator[list[tuple[Any, ...]]],
    ) -> None:
        """Make a table of what a reader streams: some columns, and then texts."""
        shape = {**head, **dict.fromkeys(texts, "varchar")}
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in shape.items())
        self.execute(f"create or replace table {quoted(table)} ({columns})")
        self.workspace.insert(table, shape, chain.from_iterable(batches))


def _at(time: str, name: str) -> str:
    """The column of a field's value at one of the three times."""
    return quoted(f"{time} {name}")


def _differ(time: str, other: str, name: str) -> str:
    """SQL: whether a field differs between two times."""
    return f"{_at(time, name)} is distinct from {_at(other, name)}"


def _moved(name: str) -> str:
    """SQL: whether the run changed a field of a record that was there."""
    return f"(was is not null and {_differ('before', 'made', name)})"


def _those(names: Iterable[str], condition: Callable[[str], str]) -> str:
    """SQL: the list of the names for which the condition holds."""
    cases = ", ".join(f"case when {condition(name)} then {literal(name)} end" for name in names)
    return f"list_filter([{cases}]::varchar[], lambda x: x is not null)"
