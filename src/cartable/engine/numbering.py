"""Gives findings their numbers, causes and records: the table `report`."""

from cartable.engine.spelling import trimmed
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.model.deliveries import Delivery
from cartable.model.entities import ENTITIES

_REPORT = """
create or replace table report (
    number bigint, code varchar, severity varchar, action varchar, entity varchar, file varchar,
    line bigint, "column" varchar, field varchar, record varchar[], value varchar, detail varchar,
    cause bigint
)
"""


def number(workspace: Workspace, delivery: Delivery, layout: Format, subjects: dict[str, Subject]) -> None:
    """Make `report` of `finding`: roots before followers, then by file, line and column.

    A finding that follows from an excluded row has as its cause the first finding that excluded it.
    """
    _make_positions(workspace, delivery, layout)
    _make_records(workspace, subjects)
    workspace.execute(_REPORT)
    workspace.execute(
        """create or replace temp table waiting as
        select finding.*, coalesce(finding.record, known.record) as keys,
            case when finding.file is null then -1 else coalesce(files.place, 1000000) end as file_place,
            coalesce(fields.place, -1) as field_place
        from finding
        left join record_of as known on known.entity = finding.entity and known.line = finding.line
        left join place_of_file as files on files.file = finding.file
        left join place_of_field as fields
            on fields.entity = finding.entity and fields.field = finding.field"""
    )
    _take(workspace, "select *, cast(null as bigint) as cause from waiting where cause_line is null")
    workspace.execute("delete from waiting where cause_line is null")
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
    for table in ("waiting", "record_of", "place_of_file", "place_of_field"):
        workspace.execute(f"drop table {table}")


def _take(workspace: Workspace, rows: str) -> None:
    """Number these rows after those that have numbers."""
    workspace.execute(
        f"""insert into report
        select (select coalesce(max(number), 0) from report)
                + row_number() over (order by file_place, file, line nulls first, field_place, code, value),
            code, severity, action, entity, file, line, "column", field, keys, value, detail, cause
        from ({rows}) as ready"""
    )


def _make_positions(workspace: Workspace, delivery: Delivery, layout: Format) -> None:
    """Where files stand in the format and columns in their file; unknown ones come last."""
    names = [file.name for file in layout.files]
    names += sorted(file.name for file in delivery.files if file.name not in names)
    files: list[list[object]] = [list(names), list(range(len(names)))]
    workspace.execute("create or replace temp table place_of_file (file varchar, place bigint)")
    workspace.execute("insert into place_of_file select unnest(?::varchar[]), unnest(?::bigint[])", files)
    fields = [
        (file.entity, column.field, place)
        for file in layout.files
        for place, column in enumerate(file.columns)
    ]
    workspace.execute(
        "create or replace temp table place_of_field (entity varchar, field varchar, place bigint)"
    )
    workspace.execute(
        "insert into place_of_field select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::bigint[])",
        [list(column) for column in zip(*fields, strict=True)],
    )


def _make_records(workspace: Workspace, subjects: dict[str, Subject]) -> None:
    """The key values of every row that a finding is about, where all required ones can be read."""
    workspace.execute(
        "create or replace temp table record_of (entity varchar, line bigint, record varchar[])"
    )
    for name, subject in subjects.items():
        lines = f"select line as _line from finding where entity = {literal(name)} and line is not null"
        if not subject.count(f"({lines})"):
            continue
        keys = subject.entity.key
        # Both small before anything is trimmed: trimming every row would cost more than the check.
        for kind in ("raw", "canonical"):
            columns = ", ".join(["_line", *map(quoted, keys)])
            subject.execute(
                f"create or replace temp table picked_{kind} as select {columns} from {subject.table(kind)} "
                f"semi join ({lines}) as found using (_line)"
            )
        received = {key: trimmed(f"raw.{quoted(key)}") for key in keys}
        parts = ", ".join(f"coalesce(one.{quoted(key)}, {received[key]}, '')" for key in keys)
        readable = [f"{received[key]} is not null" for key in keys if subject.is_required(key)]
        subject.execute(
            f"insert into record_of select {literal(name)}, _line, [{parts}] from picked_canonical as one "
            f"join picked_raw as raw using (_line) where {' and '.join(readable)}"
        )
