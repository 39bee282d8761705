"""What was applied: the runs, their findings and their changes.

Runs are asked for by pages and reports, so these functions speak in the model's words.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cartable.errors import UsageError
from cartable.model.audits import canonical
from cartable.model.checksums import Checksums, checksums_document
from cartable.model.documents import (
    counts_from,
    delivery_from,
    profile_document,
    profile_from,
    quarantined_from,
)
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.findings import Action, Finding, Severity, Summary
from cartable.model.plans import Change, ChangeKind, Kept, KeptReason, Reason, Run
from cartable.model.profiles import Precedent, Profile
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.failures import translated
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    from cartable.store.tables import Installation
    from cartable.store.tables import Run as RunRow

_BATCH = 5_000

FINDING_COLUMNS = (
    *("run", "number", "code", "severity", "action", "file", "line", "column", "record"),
    *("value", "detail", "cause", columns.SALT),
)


def instant(text: str) -> datetime:
    """The instant that an ISO 8601 text names; UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """The instant as an ISO 8601 text, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def identity(installation: "Installation") -> str:
    """What tells a roster from every other: the instant of its making; '' while it holds nothing."""
    return iso(installation.created) if installation.revision else ""


def row_of(run: Run, profile: Profile | None, checksums: Checksums) -> "RunRow":
    """A run as the database keeps it, not yet saved."""
    from cartable.store.tables import Run as Row

    return Row(
        number=run.number,
        kind=run.kind,
        status=run.status,
        source=run.source,
        started=instant(run.started),
        finished=instant(run.finished),
        revision=run.revision,
        changes={entity: asdict(counts) for entity, counts in run.changes.items()},
        input=asdict(run.input),
        summary=asdict(run.summary),
        accepted=list(run.accepted),
        profile=profile and profile_document(profile),
        actor=run.actor,
        undoes=run.undoes,
        quarantined={school: asdict(one) for school, one in run.quarantined.items()},
        raised=list(run.raised),
        checksums=checksums_document(checksums),
    )


def run_of(row: "RunRow") -> Run:
    """A run as the database keeps it."""
    counts = counts_from(row.changes)
    return Run(
        number=row.number,
        kind=row.kind,
        status=row.status,
        source=row.source,
        started=iso(row.started),
        finished=iso(row.finished),
        revision=row.revision,
        # PostgreSQL keeps no order of names.
        changes={entity.name: counts[entity.name] for entity in ENTITIES},
        input=delivery_from(row.input),
        summary=Summary(**row.summary),
        accepted=tuple(row.accepted),
        actor=row.actor,
        undoes=row.undoes,
        quarantined=quarantined_from(row.quarantined),
        raised=tuple(row.raised),
    )


KEPT_COLUMNS = ("run", "entity", "key", "reason", "code", "file", "line", "keep", "why", columns.SALT)

PINNED_COLUMNS = ("run", "entity", "record", "key", "field", "delivered", "stays", "number", columns.SALT)


def kept_rows(run: int, kept: Iterator[Kept]) -> Iterator[tuple[object, ...]]:
    """Kept records as rows of `KEPT_COLUMNS`."""
    for one in kept:
        # What a keep says stands with the keep.
        why = "" if one.keep else one.why
        place = (_storable(one.file), one.line)
        head = (run, one.entity, key_text(one.key), one.reason.value, one.code)
        yield *head, *place, one.keep, why, columns.new_salt()


def key_text(key: tuple[str, ...]) -> str:
    """A record's key as the ledgers keep it."""
    return json.dumps(key, ensure_ascii=False)


def _storable(text: str | None) -> str | None:
    """A text that both databases can keep: a NUL is shown as its picture, half a character as its code."""
    if text is None:
        return None
    return text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode()


def finding_rows(run: int, findings: Iterator[Finding]) -> Iterator[tuple[object, ...]]:
    """Findings as rows of `FINDING_COLUMNS`."""
    for finding in findings:
        record = finding.record and [_storable(part) for part in finding.record]
        detail = {name: _storable(text) for name, text in finding.detail.items()}
        yield (
            run,
            finding.number,
            finding.code,
            finding.severity.value,
            finding.action.value,
            _storable(finding.file),
            finding.line,
            _storable(finding.column),
            None if finding.record is None else canonical(record),
            _storable(finding.value),
            canonical(detail),
            finding.cause,
            columns.new_salt(),
        )


def runs(roster: Roster) -> Iterator[Run]:
    """All runs, the latest first."""
    from cartable.store.tables import Run as Row

    with translated(roster.place):
        rows = list(
            Row._default_manager.using(roster.alias).order_by("-number").values_list("number", flat=True)
        )
    for number in rows:
        yield run(roster, number)


def run(roster: Roster, number: int) -> Run:
    """One run.

    Raises:
        UsageError: there is none of that number.
    """
    from cartable.store.tables import Run as Row

    with translated(roster.place):
        # Not the profile, which may be long.
        row = Row._default_manager.using(roster.alias).filter(number=number).defer("profile").first()
    if row is None:
        raise UsageError("There is no run {number}.", "See `cartable runs` for all of them.", number=number)
    return run_of(row)


def last_run(roster: Roster, until: datetime | None = None) -> Run | None:
    """The last run, or the last one that had finished by an instant; None where there is none."""
    from cartable.store.tables import Run as Row

    with translated(roster.place):
        rows = Row._default_manager.using(roster.alias).defer("profile").order_by("-number")
        row = (rows if until is None else rows.filter(finished__lte=until)).first()
    return run_of(row) if row else None


def other_sources(roster: Roster, source: str) -> tuple[str, ...]:
    """The sources beside one that have ever delivered, by name."""
    from cartable.store.tables import Run as Row

    with translated(roster.place):
        others = Row._default_manager.using(roster.alias).exclude(source=source)
        return tuple(others.order_by("source").values_list("source", flat=True).distinct())


def precedent(roster: Roster, source: str, number: int | None = None) -> Precedent | None:
    """A run's delivery, for another one to be compared with; None where nothing was applied yet.

    Args:
        number: of the run; None is the last one that had a whole delivery.

    Raises:
        UsageError: there is no run of that number, or it had no delivery.
    """
    from cartable.store.tables import Run as Row

    with translated(roster.place):
        of_source = Row._default_manager.using(roster.alias).filter(source=source).order_by("-number")
        if number is None:
            # An undo has no delivery, nor has what was set by hand.
            inputs = of_source.values_list("number", "input").iterator(chunk_size=1)
            wholes = (
                one for one, document in inputs if document["files"] and delivery_from(document).is_whole
            )
            number = next(wholes, None)
            if number is None:
                return None
        row = of_source.filter(number=number).first()
    if row is None:
        raise UsageError(
            "There is no run {number} to compare with.",
            "See `cartable runs` for all of them; a folder of that name is written ./{number}",
            number=number,
        )
    if not row.input["files"]:
        raise UsageError(
            "Run {number} had no delivery to compare with.",
            "Name one that had; see `cartable runs`.",
            number=number,
        )
    kept = None if row.profile is None else profile_from(row.profile)
    return Precedent(delivery_from(row.input), kept, row.number, iso(row.finished), tuple(row.quarantined))


def kept(roster: Roster, number: int) -> Iterator[Kept]:
    """What a run left as it was though its delivery said otherwise, by entity and key."""
    sql = f"select {KEPT_TOLD} where kept.run = %s order by kept.id"
    with roster.reading() as connection, connection.chunked_cursor() as cursor:
        cursor.execute(sql, (number,))
        while rows := cursor.fetchmany(_BATCH):
            yield from (kept_of(row) for row in rows)


KEPT_TOLD = (
    "kept.entity, kept.key, kept.reason, kept.code, kept.file, kept.line, kept.keep, "
    "coalesce(said.why, kept.why), said.until "
    "from roster_kept kept left join roster_keep said on said.number = kept.keep"
)
"""SQL: what `kept_of` makes a `Kept` of, and whence; what a keep says stands with the keep."""


def kept_of(row: Sequence[Any]) -> Kept:
    """What a run kept, of the columns of `KEPT_TOLD`."""
    entity, key, reason, code, file, line, keep, why, until = row
    told = (code, file, line, keep, why, str(until or ""))
    return Kept(entity, tuple(json.loads(key)), KeptReason(reason), *told)


def findings(roster: Roster, number: int) -> Iterator[Finding]:
    """The findings of a run's check, by number."""
    sql = f"select {listed(FINDING_COLUMNS[1:-1])} from roster_runfinding where run = %s order by number"
    with roster.reading() as connection, connection.chunked_cursor() as cursor:
        cursor.execute(sql, (number,))
        while rows := cursor.fetchmany(_BATCH):
            for number_, code, severity, action, file, line, column, record, value, detail, cause in rows:
                yield Finding(
                    number_,
                    code,
                    Severity(severity),
                    Action(action),
                    file,
                    line,
                    column,
                    None if record is None else tuple(json.loads(record)),
                    value,
                    json.loads(detail),
                    cause,
                )


def run_changes(roster: Roster, run: Run, limit_per_kind: int | None = None) -> Iterator[Change]:
    """What a run changed, by entity and key, with the values before and after.

    Nothing was written down for this: it is what carries the run's revision, beside what ended there.

    Args:
        limit_per_kind: at most so many of each kind in each entity; None for all.
    """
    for name, counts in run.changes.items():
        if counts.changing:
            yield from _entity_changes(roster, BY_NAME[name], run.revision, limit_per_kind)


def _entity_changes(roster: Roster, entity: Entity, revision: int, limit: int | None) -> Iterator[Change]:
    width = len(entity.fields)
    sql, parameters = _changes_sql(roster, entity, limit is not None), [revision] * 3
    with roster.reading() as connection, connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters if limit is None else [*parameters, limit])
        while rows := cursor.fetchmany(_BATCH):
            for reason, line, is_active, was_active, *values in rows:
                activity = (None if was_active is None else bool(was_active), bool(is_active))
                yield change_of(entity, Reason(reason), line, activity, values[:width], values[width:])


def _changes_sql(roster: Roster, entity: Entity, is_limited: bool) -> str:
    """What began at a revision, each with what ended there; fields after, then before."""
    key = columns.key_columns(entity)
    kept = listed((columns.REASON, columns.LINE, columns.ACTIVE, *columns.field_columns(entity)))
    texts = (
        roster.driver.text(field, f"{side}.{quoted(snake(field.name))}")
        for side in "ab"
        for field in entity.fields
    )
    began = f"where {quoted(columns.FROM_REVISION)} = %s"
    record = quoted(columns.RECORD)
    current, history = quoted(columns.table_of(entity)), quoted(columns.history_of(entity))
    place = f"row_number() over (partition by {quoted(columns.REASON)} order by {listed(key)}) as place"
    return (
        f"select a.{quoted(columns.REASON)}, a.{quoted(columns.LINE)}, a.{quoted(columns.ACTIVE)}, "
        f"b.{quoted(columns.ACTIVE)}, {', '.join(texts)} from (select {record}, {kept}, {place} "
        f"from (select id as {record}, {kept} from {current} {began} "
        f"union all select {record}, {kept} from {history} {began}) r) a "
        f"left join {history} b on b.{record} = a.{record} and b.{quoted(columns.TO_REVISION)} = %s "
        f"{'where a.place <= %s ' if is_limited else ''}order by {listed(key, 'a')}"
    )


def change_of(
    entity: Entity,
    reason: Reason,
    line: int | None,
    activity: tuple[bool | None, bool],
    after: list[str | None],
    before: list[str | None],
) -> Change:
    """The change that made one state of a record another.

    Args:
        activity: whether it was active, None where it was not there; and whether it is.
        after, before: every field's canonical text.
    """
    names = [field.name for field in entity.fields]
    new, old = (dict(zip(names, values, strict=True)) for values in (after, before))
    key = tuple(new[name] or "" for name in entity.key)
    if activity[0] is None:
        # A plan shows an addition in the same way: what is empty is not listed.
        return Change(entity.name, ChangeKind.ADD, reason, key, line, {}, {n: v for n, v in new.items() if v})
    differing = [name for name in names if new[name] != old[name]]
    return Change(
        entity.name,
        _kind(reason, activity, is_renamed=any(name in entity.key for name in differing)),
        reason,
        key,
        line,
        {name: old[name] for name in differing},
        {name: new[name] for name in differing},
    )


def _kind(reason: Reason, activity: tuple[bool | None, bool], *, is_renamed: bool) -> ChangeKind:
    """What happened to a record that was there before, by whether it was and is active."""
    if activity[0] == activity[1]:
        return ChangeKind.REKEY if is_renamed else ChangeKind.UPDATE
    if activity[1]:
        return ChangeKind.REACTIVATE
    return ChangeKind.CLOSE if reason is Reason.ENDED else ChangeKind.DEACTIVATE
