"""Takes a roster in, narrows it to a school, and writes the files of a format.

Tables are called `roster_<entity>` here, every field a canonical text, lists as JSON.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import duckdb

from cartable.engine.translating import elements
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.errors import SystemFailure
from cartable.formats.format import File
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.groups import Group, group_of

_LINE_END = "\r\n"


def take_in(workspace: Workspace, entity: Entity, records: Iterable[Sequence[str | None]]) -> None:
    """Make `roster_<entity>` of an entity's records, the values in the order of its fields."""
    columns = {field.name: "varchar" for field in entity.fields}
    listed = ", ".join(f"{quoted(name)} varchar" for name in columns)
    workspace.execute(f"create table {_table(entity.name)} ({listed})")
    workspace.insert(f"roster_{entity.name}", columns, records)


def _table(entity: str) -> str:
    return quoted(f"roster_{entity}")


def holds(workspace: Workspace, entity: str, identifier: str | None = None) -> bool:
    """Whether there are records of an entity, or one of that sourcedId."""
    where, values = ("where sourcedId = ?", [identifier]) if identifier else ("", [])
    return workspace.execute(f"select exists (select 1 from {_table(entity)} {where})", values) == [(True,)]


OF_SCHOOLS = frozenset({"roles", "classes", "enrollments"})
"""Entities whose records are each of one organisation: of others none need be taken in."""

# What stays of each entity, in this order, where one school is asked for. `part` holds the school and what
# lies below it; who is a member is in `member`.
_PARTS: tuple[tuple[str, str], ...] = (
    ("classes", "orgSourcedId in (select sourcedId from part)"),
    ("roles", "orgSourcedId in (select sourcedId from part)"),
    ("enrollments", "classSourcedId in (select sourcedId from roster_classes)"),
    (
        "courses",
        "orgSourcedId in (select sourcedId from part) "
        "or sourcedId in (select courseSourcedId from roster_classes)",
    ),
    ("relationships", "userSourcedId in (select sourcedId from member)"),
    ("demographics", "userSourcedId in (select sourcedId from member)"),
    ("userFlags", "userSourcedId in (select sourcedId from member)"),
    (
        "users",
        "sourcedId in (select sourcedId from member) "
        "or sourcedId in (select relationshipUserSourcedId from roster_relationships)",
    ),
    (
        "orgs",
        "sourcedId in (select sourcedId from above)",
    ),
)

_MEMBERS = """create table member as select userSourcedId as sourcedId from roster_roles
union select userSourcedId from roster_enrollments"""

_BELOW = """create table part as with recursive part as (
    select sourcedId from roster_orgs where sourcedId = ?
    union select o.sourcedId from roster_orgs o join part on o.parentSourcedId = part.sourcedId
) select * from part"""

_ABOVE = """create table above as with recursive above as (
    select sourcedId from part union select orgSourcedId from roster_courses
    union select o.parentSourcedId from roster_orgs o join above on o.sourcedId = above.sourcedId
    where o.parentSourcedId is not null
) select * from above"""

_BEFORE = {"courses": _MEMBERS, "orgs": _ABOVE}


def below(workspace: Workspace, school: str) -> list[str]:
    """Make `part` of a school and what lies below it, once organisations were taken in; their identifiers.

    None where there is no such school.
    """
    workspace.execute(_BELOW, [school])
    return [str(one) for (one,) in workspace.execute("select sourcedId from part order by 1")]


def narrow(workspace: Workspace) -> None:
    """Leave of every entity what belongs to the school of `part`, and what that refers to.

    That is the school with what lies below it, their classes, courses, roles and members, the members'
    contacts; of other organisations those above, and those whose courses are taught; all sessions, which
    belong to the whole.
    """
    for entity, condition in _PARTS:
        if entity in _BEFORE:
            workspace.execute(_BEFORE[entity])
        workspace.execute(f"delete from {_table(entity)} where not coalesce({condition}, false)")


def convert(workspace: Workspace, groups: Collection[Group]) -> dict[str, list[str]]:
    """Make `out_<file>` of SDS v2.1: the roster's fields, lists as one cell.

    Returns:
        The header line of each file that is to be written: no optional file without a row.
    """
    headers = {}
    for file in SDS_V2_1.files:
        columns = [column for column in file.columns if _goes(file.entity, column.field, groups)]
        entity = BY_NAME[file.entity]
        values = [column.field for column in columns if column.field not in entity.key]
        # Where a part is withheld, records of which nothing else is left go, too.
        is_part = len(columns) < len(file.columns)
        if is_part and not set(values) - set(entity.key):
            continue
        told = " or ".join(f"{quoted(name)} is not null" for name in values)
        listed = ", ".join(
            f"{_cell(entity.field(column.field))} as {quoted(column.name)}" for column in columns
        )
        where = f"where {told}" if is_part and told else ""
        view = quoted(f"out_{file.entity}")
        workspace.execute(f"create view {view} as select {listed} from {_table(file.entity)} {where}")
        headers[file.entity] = [column.name for column in columns]
    return {
        file.entity: headers[file.entity] for file in SDS_V2_1.files if _is_written(workspace, file, headers)
    }


def _goes(entity: str, field: str, groups: Collection[Group]) -> bool:
    group = group_of(entity, field)
    return group is None or group in groups


def _cell(field: Field) -> str:
    if field.type.is_list:
        return f"array_to_string({elements(quoted(field.name))}, ',')"
    return f"nullif({quoted(field.name)}, '')"


def _is_written(workspace: Workspace, file: File, headers: Collection[str]) -> bool:
    if file.entity not in headers:
        return False
    return file.required or any(
        rows(workspace, name) for name in (file.entity, file.pair) if name and name in headers
    )


def rows(workspace: Workspace, file: str) -> int:
    """How many records a file has."""
    ((count,),) = workspace.execute(f"select count(*) from {quoted('out_' + file)}")
    return int(count)


def write(workspace: Workspace, file: str, header: Sequence[str], path: Path) -> int:
    """Write a file by key, as RFC 4180 says; how many records there were.

    Raises:
        SystemFailure: the disk is full, or refused.
    """
    listed = ", ".join(map(quoted, header))
    try:
        written = workspace.execute(
            f"copy (select {listed} from {quoted('out_' + file)} order by all) to {literal(str(path))} "
            f"(format csv, header true, nullstr '', new_line {literal(_LINE_END)})"
        )
    except duckdb.IOException as error:
        raise SystemFailure(
            "The file {file} cannot be written.",
            "Make room on the disk, or name another place.",
            file=f"{file}.csv",
        ) from error
    return int(written[0][0])
