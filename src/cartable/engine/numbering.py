"""Gives findings their numbers, causes and records: the table `report`."""

from collections.abc import Iterable, Mapping

from cartable.engine.findings import REPORT
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.model.deliveries import Delivery
from cartable.model.entities import ENTITIES


def number(workspace: Workspace, delivery: Delivery, layout: Format, subjects: Mapping[str, Subject]) -> None:
    """Make `report` of `finding`: roots before followers, then by file, line and column.

    A finding that a damaged column, a cut file or a misspelt identifier explains has the finding about
    that as its cause; one that follows from an excluded row, the first finding that excluded it.
    Severity and action are its own, so that every excluded row still has a finding that excludes it.
    """
    note_records(workspace, subjects)
    workspace.execute(REPORT)
    workspace.execute(
        f"""create or replace temp table waiting as
        select finding.*, finding.record as keys,
            case when finding.file is null then -1 else coalesce(files.place, 1000000) end as file_place,
            coalesce(fields.place, -1) as field_place
        from finding
        left join {_files(delivery, layout)} on files.file = finding.file
        left join {_fields(layout)}
            on fields.entity = finding.entity and fields.field = finding.field"""
    )
    roots = "cause_line is null and damage is null"
    _take(workspace, f"select *, cast(null as bigint) as cause from waiting where {roots}")
    workspace.execute(f"delete from waiting where {roots}")
    _take(
        workspace,
        "select waiting.*, report.number as cause from waiting join report on report.code = waiting.damage "
        "and report.entity = waiting.damage_entity "
        "and report.field is not distinct from waiting.damage_field "
        "and (waiting.damage_line is null or waiting.damage_line = report.line)",
    )
    workspace.execute("delete from waiting where damage is not null")
    # Each round numbers what follows from the findings of the round before; references between
    # entities form no circle, so there are fewer rounds than entities.
    for _ in ENTITIES:
        if workspace.execute("select count(*) from waiting") == [(0,)]:
            break
        workspace.execute(
            """create or replace temp table root as
            select entity, line, min(number) as number from report where action = 'exclude' group by all"""
        )
        followers = (
            "select waiting.*, root.number as cause from waiting "
            "join root on root.entity = waiting.cause_entity and root.line = waiting.cause_line"
        )
        _take(workspace, followers)
        workspace.execute(
            "delete from waiting where exists (select 1 from root "
            "where root.entity = waiting.cause_entity and root.line = waiting.cause_line)"
        )
    workspace.execute("drop table waiting")


def _take(workspace: Workspace, rows: str) -> None:
    """Number these rows after those that have numbers."""
    workspace.execute(
        f"""insert into report
        select (select coalesce(max(number), 0) from report)
                + row_number() over (
                    order by file_place, file, line nulls first, field_place, code, value, detail),
            code, severity, action, entity, file, line, "column", field, keys, value, detail, cause
        from ({rows}) as ready"""
    )


def _places(names: Iterable[tuple[str, ...]], columns: str) -> str:
    """SQL: a table of names and where they stand in their order."""
    rows = ", ".join(f"({', '.join(map(literal, name))}, {place})" for place, name in enumerate(names))
    return f"(values {rows}) as {columns}"


def _files(delivery: Delivery, layout: Format) -> str:
    """Where files stand in the format; unknown ones come last, by name."""
    names = [file.name for file in layout.files]
    names += sorted(file.name for file in delivery.files if file.name not in names)
    return _places(((name,) for name in names), "files (file, place)")


def _fields(layout: Format) -> str:
    """Where columns stand in their file."""
    columns = ((file.entity, column.field) for file in layout.files for column in file.columns)
    return _places(columns, "fields (entity, field, place)")


def note_records(workspace: Workspace, subjects: Mapping[str, Subject]) -> None:
    """Give every finding about a row the values of its key, where all required ones can be read."""
    workspace.execute(
        "create or replace temp table record_of (entity varchar, line bigint, record varchar[])"
    )
    untold = "finding.line is not null and finding.entity is not null and finding.record is null"
    for (name,) in workspace.execute(f"select distinct entity from finding where {untold}"):
        if name not in subjects:  # a file that none of the roster's entities comes from
            continue
        subject = subjects[name]
        parts = {key: f"one.{quoted(key)}" for key in subject.entity.key}
        mended = ""
        if subject.is_mended:
            # What is at fault is told as it was received.
            parts = {
                key: f"coalesce({part}, mended.{quoted(f'trimmed {key}')})" for key, part in parts.items()
            }
            mended = f"left join {subject.table('mended')} as mended on mended._line = one._line"
        record = ", ".join(f"coalesce({part}, '')" for part in parts.values())
        readable = " and ".join(f"{parts[key]} is not null" for key in parts if subject.is_required(key))
        subject.execute(
            f"insert into record_of select {literal(name)}, one._line, [{record}] "
            f"from (select * from {subject.table('canonical')} semi join (select line as _line from finding "
            f"where entity = {literal(name)}) as found using (_line)) as one {mended} where {readable}"
        )
    workspace.execute(
        f"update finding set record = known.record from record_of as known "
        f"where known.entity = finding.entity and known.line = finding.line and {untold}"
    )
    workspace.execute("drop table record_of")
