"""The one place that writes a roster: a plan is applied whole, or not at all.

One transaction. Additions go from the plan into the current table as they come. What changes an
existing record is first staged in a temporary table and then merged by two statements: the old
row goes to the history with the revision at which it ends, and the current row takes the new
values. A process killed at any instant leaves the old roster, because nothing was committed.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

from django.db import IntegrityError
from django.db.transaction import atomic

from cartable.errors import PlanForeign, PlanStale
from cartable.model import leaves
from cartable.model.audits import Action, Document, plan_part
from cartable.model.checksums import checksums_from
from cartable.model.entities import ENTITIES, Entity
from cartable.model.holds import Approval
from cartable.model.plans import ChangeKind, ChangeRows, Counts, PlanHeader, Run
from cartable.store import (
    auditing,
    checksums,
    columns,
    decisions,
    following,
    holds,
    lists,
    publishing,
    states,
)
from cartable.store.columns import listed, quoted, snake
from cartable.store.drivers import Wanted
from cartable.store.failures import translated
from cartable.store.forgetting import Forgotten
from cartable.store.rosters import Roster
from cartable.store.runs import (
    finding_rows,
    identity,
    instant,
    kept_rows,
    other_sources,
    row_of,
)

Erase = Callable[[Roster], Forgotten]
"""Destroys values in the transaction of an apply, and tells what the audit chain is to say of it."""

_STAGE = "roster_stage"
_APPLIED = "applied"

# Whether a record must be active for a change of the kind, and whether it is afterwards; None for as it
# is: an inactive record too may refer to one with a new key. A key that one record gives up may be
# another one's next: that comes first.
_ACTIVITY: dict[ChangeKind, tuple[bool, bool] | None] = {
    ChangeKind.REKEY: None,
    ChangeKind.UPDATE: None,
    ChangeKind.REACTIVATE: (False, True),
    ChangeKind.DEACTIVATE: (True, False),
    ChangeKind.CLOSE: (True, False),
}
_EXTRAS = (columns.REASON, columns.DIGEST, columns.LINE, columns.SALT)


def apply(
    roster: Roster,
    header: PlanHeader,
    rows: ChangeRows,
    *,
    kind: str,
    accepted: Sequence[str],
    started: str,
    now: Callable[[], str],
    actor: str = "",
    approval: Approval | None = None,
    erase: Erase | None = None,
) -> Run:
    """Apply a plan in one transaction, with its link of the audit chain.

    Args:
        header, rows: the plan.
        kind: what the run remembers, see `cartable.model.plans.Run`.
        accepted: guards that the operator accepted.
        started: when the work on this plan began, ISO 8601.
        now: tells the present instant, ISO 8601.
        actor: who applies it.
        approval: the hold under which the plan has waited, where it has.
        erase: destroys values when the changes are made; the roster then moves on even without any.

    Raises:
        PlanStale: the roster has moved since the plan was computed, or what people decided has.
        HoldDecided, HoldExpired: it waits no longer under that hold.
        ClockBehind: the clock tells an earlier time than what was written last.
        PlanForeign: the plan was computed against another roster, or contradicts this one.
        RosterBusy: another process kept the roster locked for too long.
        DatabaseError: the database refused.
    """
    with translated(roster.place):
        try:
            with atomic(using=roster.alias):
                return _apply(
                    roster, header, rows, kind, tuple(accepted), started, now, actor, approval, erase
                )
        except IntegrityError:
            # Not chained: PostgreSQL's text quotes the record.
            raise _contradiction("it writes a record twice, or without its key") from None


def _apply(
    roster: Roster,
    header: PlanHeader,
    rows: ChangeRows,
    kind: str,
    accepted: tuple[str, ...],
    started: str,
    now: Callable[[], str],
    actor: str,
    approval: Approval | None,
    erase: Erase | None,
) -> Run:
    from cartable.store.tables import Installation
    from cartable.store.tables import Run as RunRow

    roster.driver.lock(roster.connection)
    moment = now()
    latest = RunRow._default_manager.using(roster.alias).order_by("-number").first()
    number = latest.number + 1 if latest else 1
    if approval:
        holds.approve(roster, approval, header, actor, instant(moment), number)
    _check_revision(roster, header)
    decisions.check(roster, header)
    auditing.begin(roster, actor, instant(moment))
    counts = {entity.name: header.counts.get(entity.name, Counts()) for entity in ENTITIES}
    moves = erase is not None or any(count.changing for count in counts.values())
    revision = header.revision + moves
    merging = _Merging(roster, rows, header.source, revision, moment)
    made = {entity.name: merging.merge(entity, counts[entity.name]) for entity in ENTITIES}
    if revision != header.revision:
        Installation._default_manager.using(roster.alias).update(revision=revision)
    listed_with = _list(roster, number, rows)
    run = Run(
        number=number,
        kind=kind,
        status=_APPLIED,
        source=header.source,
        started=started,
        finished=now(),
        revision=revision,
        changes=counts,
        input=header.delivery,
        summary=header.summary,
        accepted=accepted,
        actor=actor,
        undoes=header.undoes,
        quarantined=header.quarantined,
        raised=header.raised,
    )
    erased = erase(roster) if erase else Forgotten({})
    before = checksums_from(latest.checksums) if latest else {}
    sums = checksums.after(roster, before, run, has_erased=erase is not None)
    row = row_of(run, header.profile, sums)
    row.save(using=roster.alias, force_insert=True)
    expired = holds.expire(roster, run) if revision != header.revision else []
    carried = decisions.carry(roster, header, run)
    document = {
        **_told(run, header, made),
        "lists": lists.of_run(number, listed_with),
        **erased.document,
    }
    told = {(type(one), one.pk): one for one in (*erased.rows, row, *expired, *carried)}
    auditing.append(roster, Action.APPLY, actor, instant(run.finished), document, told.values())
    publishing.follow(roster, revision, instant(run.finished), has_erased=erase is not None)
    if revision != header.revision:
        # Last, since whoever writes grades waits from here on.
        following.follow(roster, revision, instant(run.finished))
    return run


def _told(run: Run, header: PlanHeader, made: Mapping[str, Document]) -> Document:
    """What the audit chain tells of a run.

    Args:
        made: by entity, the states that it has made.
    """
    return {
        "run": run.number,
        "kind": run.kind,
        "revision": run.revision,
        **plan_part(header),
        "accepted": list(run.accepted),
        "states": {entity: told for entity, told in made.items() if told},
    }


def _list(roster: Roster, run: int, rows: ChangeRows) -> list[lists.Passing]:
    """Write the lists that belong to a run, and return them with their digests."""
    passed = [
        lists.Passing(lists.FINDINGS, finding_rows(run, rows.findings())),
        lists.Passing(lists.KEPT, kept_rows(run, rows.kept())),
        lists.Passing(lists.PINNED, decisions.pinned_rows(run, rows.pinned())),
    ]
    for one in passed:
        roster.driver.insert(roster.connection, one.listing.table, one.listing.columns, one)
    return passed


def _check_revision(roster: Roster, header: PlanHeader) -> None:
    from cartable.store.tables import Installation
    from cartable.store.tables import Run as RunRow

    installation = Installation._default_manager.using(roster.alias).get()
    if header.roster and header.roster != identity(installation):
        raise PlanForeign(
            "The plan was made for another roster than {place}; nothing was written.",
            "Name the roster that it was made for, or make the plan again.",
            place=roster.place,
        )
    current = installation.revision
    if current == header.revision:
        return
    later = RunRow._default_manager.using(roster.alias).filter(revision__gt=header.revision)
    movers = later.order_by("number").values_list("revision", "number")
    # A run that changed nothing repeats the revision of the one before it.
    first: dict[int, int] = {}
    for revision, number in movers:
        first.setdefault(revision, number)
    if not first:
        raise PlanStale(
            "The plan was computed against revision {planned}, but this roster has only reached {current}; "
            "nothing was written.",
            "Apply it to the roster that it was computed against, or make the plan again.",
            planned=header.revision,
            current=current,
        )
    raise PlanStale(
        "The plan was computed against revision {planned} of the roster, which is at revision {current} "
        "since run {runs}; nothing was written.",
        "Make the plan again.",
        planned=header.revision,
        current=current,
        runs=", ".join(map(str, first.values())),
    )


def _contradiction(what: str) -> PlanForeign:
    return PlanForeign(
        "The plan contradicts the roster: {what}; nothing was written.", "Make the plan again.", what=what
    )


class _Merging:
    """What the statements of one apply share."""

    def __init__(self, roster: Roster, rows: ChangeRows, source: str, revision: int, moment: str) -> None:
        self.roster = roster
        self.rows = rows
        self.source = source
        self.revision = revision
        self.others = other_sources(roster, source)
        self.instant = instant(moment).astimezone(UTC)
        # As the database spells it: SQLite keeps instants as texts.
        self.moment = roster.connection.ops.adapt_datetimefield_value(self.instant)

    def merge(self, entity: Entity, counts: Counts) -> Document:
        """Apply all changes of an entity; what the audit chain tells of the states that they made."""
        told: Document = {}
        for kind, activity in _ACTIVITY.items():
            if count := getattr(counts, kind.value):
                self._change(entity, kind, count, activity)
        if counts.add:
            told[states.ADDED] = self._add(entity, counts.add)
        if counts.changing:
            for other in self.others:
                self._see_that_none_is_of(other, entity)
        if counts.changing > counts.add:
            told[states.CHANGED] = states.changed(self.roster, entity, self.revision)
        return told

    def _add(self, entity: Entity, count: int) -> Document:
        wanted = Wanted(
            entity,
            ChangeKind.ADD,
            entity.fields,
            _EXTRAS,
            (
                (columns.ACTIVE, 1),
                (columns.FROM_REVISION, self.revision),
                (columns.SOURCE, self.source),
                (columns.MODIFIED, str(self.moment)),
            ),
        )
        table, last = columns.table_of(entity), states.last_id(self.roster, entity)
        parts = {
            leaves.SOURCE: self.source,
            leaves.ACTIVE: "true",
            leaves.MODIFIED: self.instant.strftime(leaves.INSTANT),
        }
        # DuckDB's work on the leaves beside the database's on the rows.
        with ThreadPoolExecutor(1) as pool:
            tally = pool.submit(leaves.tallied, self.rows.leaves(entity.name, parts))
            self._expect(self.roster.driver.copy(self.roster.connection, table, wanted, self.rows), count)
        return states.added(self.roster, entity, last, tally.result())

    def _change(
        self, entity: Entity, kind: ChangeKind, count: int, activity: tuple[bool, bool] | None
    ) -> None:
        # What comes or goes may refer to a record with a new key, as what is rekeyed does.
        fields = entity.values if kind is ChangeKind.UPDATE else entity.fields
        wanted = Wanted(entity, kind, fields, ("id", *_EXTRAS))
        staged = [snake(name) for name in wanted.names]
        table = quoted(columns.table_of(entity))
        self._execute(f"create temporary table {_STAGE} as select {listed(staged)} from {table} limit 0")
        self._execute(f"create unique index {_STAGE}_id on {_STAGE} (id)")
        self._expect(self.roster.driver.copy(self.roster.connection, _STAGE, wanted, self.rows), count)
        self.roster.driver.measure(self.roster.connection, _STAGE)
        self._keep_history(entity, count, was_active=activity and activity[0])
        settings = {name: f"s.{quoted(name)}" for name in staged if name != "id"}
        settings |= {columns.FROM_REVISION: "%s", columns.MODIFIED: "%s"}
        parameters: list[object] = [self.revision, self.moment]
        if activity:
            settings[columns.ACTIVE] = "%s"
            parameters.append(activity[1])
        changed = ", ".join(f"{quoted(name)} = {value}" for name, value in settings.items())
        self._execute(
            f"update {table} set {changed} "
            # Said twice, so that SQLite walks the stage and not the table.
            f"from {_STAGE} s where {table}.id = s.id and {table}.id in (select id from {_STAGE})",
            parameters,
        )
        self._execute(f"drop table {_STAGE}")

    def _keep_history(self, entity: Entity, count: int, *, was_active: bool | None) -> None:
        kept = (*columns.TRACKED, *columns.field_columns(entity))
        table, history = quoted(columns.table_of(entity)), quoted(columns.history_of(entity))
        active = "" if was_active is None else f" and c.{quoted(columns.ACTIVE)} = %s"
        # CROSS JOIN: SQLite then walks the stage, and looks each record up.
        moved = self._execute(
            f"insert into {history} ({listed(kept)}, {listed((columns.TO_REVISION, columns.RECORD))}) "
            f"select {listed(kept, 'c')}, %s, c.id from {_STAGE} s cross join {table} c "
            f"where c.id = s.id and c.{quoted(columns.SOURCE)} = %s{active}",
            (self.revision, self.source, *(() if was_active is None else (was_active,))),
        )
        self._expect(moved, count)

    def _see_that_none_is_of(self, other: str, entity: Entity) -> None:
        """A record has one owner: what was written may not be active under another source too."""
        table = quoted(columns.table_of(entity))
        source, active = quoted(columns.SOURCE), quoted(columns.ACTIVE)
        same = " and ".join(f"b.{quoted(key)} = a.{quoted(key)}" for key in columns.key_columns(entity))
        # CROSS JOIN: SQLite then walks what was written, and looks for each of it.
        with self.roster.connection.cursor() as cursor:
            cursor.execute(
                f"select count(*) from {table} a cross join {table} b where a.{source} = %s and a.{active} "
                f"and a.{quoted(columns.FROM_REVISION)} = %s and b.{source} = %s and b.{active} and {same}",
                (self.source, self.revision, other),
            )
            ((count,),) = cursor.fetchall()
        if count:
            raise _contradiction(f"{count} of its records are those of the source {other}")

    def _execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        with self.roster.connection.cursor() as cursor:
            cursor.execute(sql, parameters)  # type: ignore[arg-type]  # narrower than the drivers are
            return int(cursor.rowcount)

    def _expect(self, found: int, count: int) -> None:
        if found != count:
            raise _contradiction(f"it announces {count} changes where {found} are possible")
