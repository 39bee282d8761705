"""Opens a OneRoster package that was read: what its manifest says of its files, and which rows are to go.

Rows that say `tobedeleted` are set aside before any rule sees them: they need no values, and nothing may
refer to them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cartable.engine import spelling
from cartable.engine.findings import Found, add
from cartable.engine.naming import files_alike
from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import Workspace, quoted
from cartable.formats.format import Column, File, Format, Need
from cartable.formats.layouts import MANIFESTS
from cartable.formats.oneroster import (
    BY_VERSION,
    MANIFEST,
    MANIFEST_HEADERS,
    MANIFEST_VERSION,
    MODES,
    SOURCES,
    VERSION,
)
from cartable.model.deliveries import DeliveredFile, Delivery, Mode
from cartable.rules import packages as rules
from cartable.rules.rule import Rule

_NAME, _VALUE = map(quoted, MANIFEST_HEADERS)
_FILE = "file."
_STATUS = "status"
# Version 1.0 said `inactive`, which is to be read so.
GOING = f"lower({spelling.trimmed(quoted(_STATUS))}) in ('tobedeleted', 'inactive')"
"""SQL: whether a row says that its record is to go."""


@dataclass(slots=True)
class Package:
    """What a package says of itself.

    Args:
        delivery: the delivery, each file with its mode; files that need not be there as well.
        layout: the format as these modes need it: a changed record must say its status.
        silent: entities whose file is not there, as the manifest says or has nothing to say.
        going: how many rows of each entity were set aside, where any.
    """

    delivery: Delivery
    layout: Format
    silent: frozenset[str]
    going: dict[str, int] = field(default_factory=dict)

    def mode(self, entity: str) -> Mode:
        """How the entity's file is to be read; one that is not there says nothing."""
        file = self.delivery.file_of(entity)
        return file.mode if file else Mode.NOTHING


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the manifest."""

    line: int
    name: str
    value: str


def opened(
    workspace: Workspace, delivery: Delivery, layout: Format, roster: RosterReader | None = None
) -> Package:
    """Read the manifest and set the rows aside that are to go: `going_<entity>`, as they were received.

    What is wrong with the manifest goes to `finding`.

    Args:
        roster: what the package may change, where anybody knows.
    """
    lines = list(_lines(workspace))
    if delivery.delivers(MANIFESTS.name):
        add(workspace, _judged(lines, delivery, layout, is_early=roster is not None and _is_empty(roster)))
    elif not any(file.entity == MANIFESTS.name for file in delivery.files):
        add(workspace, [Found(rules.UNLISTED, MANIFESTS.name, MANIFEST)])
    stated = {line.name: line.value.lower() for line in lines}
    silent: set[str] = set()
    files, columns = [], []
    for file in layout.files:
        mode = (
            Mode(stated.get(f"{_FILE}{file.entity}", Mode.WHOLE.value))
            if _is_mode(stated, file)
            else Mode.WHOLE
        )
        delivered = next((one for one in delivery.files if one.entity == file.entity), None)
        if delivered:
            mode = Mode.WHOLE if mode is Mode.NOTHING else mode
            files.append(replace(delivered, mode=mode))
        elif delivery.delivers(MANIFESTS.name):
            silent.add(file.entity)
        columns.append(_changing(file) if mode is Mode.PARTLY else file)
    strangers = [file for file in delivery.files if file.entity is None]
    package = Package(
        replace(delivery, files=(*files, *strangers)),
        replace(layout, files=tuple(columns)),
        frozenset(silent),
    )
    for delivered in files:
        if delivered.readable and delivered.entity != MANIFESTS.name:
            _set_aside(workspace, package, delivered)
    return package


def _is_mode(stated: dict[str, str], file: File) -> bool:
    return stated.get(f"{_FILE}{file.entity}") in MODES


def _lines(workspace: Workspace) -> Iterator[_Line]:
    """The rows of the manifest that can be read."""
    name, value = spelling.trimmed(_NAME), spelling.trimmed(_VALUE)
    rows = workspace.execute(
        f"select _line, {name}, coalesce({value}, '') from {quoted('raw_' + MANIFESTS.name)} "
        f"where {name} is not null order by _line"
    )
    for line, known, told in rows:
        yield _Line(int(line), str(known), str(told))


def _changing(file: File) -> File:
    """The file as it is where it holds changes: a row says what becomes of its record."""

    def needed(column: Column) -> Column:
        return replace(column, need=Need.REQUIRED) if column.field == _STATUS else column

    return replace(file, columns=tuple(map(needed, file.columns)))


def _is_empty(roster: RosterReader) -> bool:
    """Whether there is nobody yet and no organisation."""
    return not any(len(ids) for entity in ("orgs", "users") for ids, _, _ in roster.digests(entity))


def _judged(lines: list[_Line], delivery: Delivery, layout: Format, *, is_early: bool) -> Iterator[Found]:
    """What is wrong with the manifest: its version, its names, its values, and what it says of files.

    Args:
        is_early: whether there is nothing yet that could change.
    """
    names = [file.entity for file in layout.files if file.entity != MANIFESTS.name]
    known = {f"{_FILE}{name}" for name in names} | {MANIFEST_VERSION[0], VERSION, *SOURCES}
    there = {file.entity for file in delivery.files}
    stated = {line.name: line for line in lines}
    for line in stated.values():
        yield from _judged_line(line, layout, known, there)
        if is_early and line.name.startswith(_FILE) and line.value.lower() == Mode.PARTLY:
            yield _found(rules.CONTRADICTION, line, name=f"{line.name.removeprefix(_FILE)}.csv", case="early")
    if VERSION not in stated:
        yield _found(rules.VERSION, None, case="none", version=layout.title)
    unstated = [name for name in names if f"{_FILE}{name}" not in stated]
    for name in unstated:
        if name in there:
            yield _found(rules.UNSTATED, None, name=f"{name}.csv", case="there")
    if absent := [f"{name}.csv" for name in unstated if name not in there]:
        yield _found(rules.UNSTATED, None, name=", ".join(absent))


def _judged_line(line: _Line, layout: Format, known: set[str], there: set[str | None]) -> Iterator[Found]:
    if line.name not in known:
        near = next(iter(files_alike(line.name, sorted(known))), "")
        yield _found(rules.PROPERTY, line, near=near, **({"case": "near"} if near else {}))
    elif line.name == MANIFEST_VERSION[0]:
        if line.value != MANIFEST_VERSION[1]:
            yield _found(rules.MANIFEST_VERSION, line)
    elif line.name == VERSION:
        if not f"oneroster-{line.value}".startswith(layout.code):
            yield _found(rules.VERSION, line, version=layout.title, known=", ".join(BY_VERSION))
    elif line.name.startswith(_FILE):
        yield from _judged_mode(line, there)


def _judged_mode(line: _Line, there: set[str | None]) -> Iterator[Found]:
    entity = line.name.removeprefix(_FILE)
    mode, name = line.value.lower(), f"{entity}.csv"
    if mode not in MODES:
        yield _found(rules.MODE, line, name=name, modes=", ".join(MODES))
    elif mode == Mode.NOTHING and entity in there:
        yield _found(rules.CONTRADICTION, line, name=name, case="there")
    elif mode != Mode.NOTHING and entity not in there:
        yield _found(rules.CONTRADICTION, line, name=name)


def _found(rule: Rule, line: _Line | None, **detail: str) -> Found:
    """A finding about a line of the manifest, or the whole of it."""
    if line is None:
        return Found(rule, MANIFESTS.name, MANIFEST, detail=detail)
    value = MANIFEST_HEADERS[0] if rule is rules.PROPERTY else MANIFEST_HEADERS[1]
    told = line.name if rule is rules.PROPERTY else line.value
    return Found(
        rule,
        MANIFESTS.name,
        MANIFEST,
        line.line,
        value,
        value,
        (line.name,),
        told,
        {"name": line.name, **detail},
    )


def _set_aside(workspace: Workspace, package: Package, file: DeliveredFile) -> None:
    """Move the rows that are to go into `going_<entity>`, and say what else a file of all records states."""
    assert file.entity
    text, row = quoted(f"text_{file.entity}"), quoted(f"row_{file.entity}")
    going = quoted(f"going_{file.entity}")
    if _STATUS not in file.columns:
        workspace.execute(f"create or replace table {going} as select * from {row} limit 0")
        return
    workspace.execute(f"create or replace table {going} as select * from {row} where {GOING}")
    ((number, first),) = workspace.execute(f"select count(*), min(_line) from {going}")
    if number:
        package.going[file.entity] = number
        workspace.execute(f"delete from {text} where rowid in (select place from {going})")
    if file.mode is not Mode.WHOLE:
        return
    if number:
        detail = {"count": str(number), "case": "going"}
        add(workspace, [Found(rules.STATUS, file.entity, file.name, first, _STATUS, _STATUS, detail=detail)])
    ((number, first),) = workspace.execute(
        f"select count(*), min(_line) from {row} where {spelling.trimmed(quoted(_STATUS))} is not null"
    )
    if number:
        detail = {"count": str(number)}
        add(workspace, [Found(rules.STATUS, file.entity, file.name, first, _STATUS, _STATUS, detail=detail)])
