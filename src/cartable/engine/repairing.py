"""Repairs what needs no guessing in a delivery: writes a copy, and keeps a list of what was changed.

The story of one file: steps from file to file bring its text, separators and header to what SDS
expects, each only where something is to be done; the result is read as a check reads it; the values to
repair are found among its rows; the copy is written, each row as it was but for the repaired cells.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cartable.engine import mending, reading, relinking, rewriting
from cartable.engine.heading import Header, judge
from cartable.engine.receiving import Received, receive
from cartable.engine.recognising import WANTED, peek
from cartable.engine.regaining import regain_letters
from cartable.engine.renaming import files_meant
from cartable.engine.separating import double_quotes, drop_separator_line, rename_columns, separate
from cartable.engine.transcoding import decode, end_lines, take_marks
from cartable.engine.workspace import Workspace, literal
from cartable.errors import InputError
from cartable.formats.format import File, Format
from cartable.formats.sds import SDS_V2_1
from cartable.formats.strangers import TITLES
from cartable.model.deliveries import Delivery
from cartable.model.options import CheckOptions
from cartable.model.progress import Progress, silent
from cartable.model.repairs import Repair, Repairs
from cartable.rules import files as rules

# Each writes the second file from the first where there is something to repair, and says what.
_STEPS: tuple[Callable[[Path, Path, File], Iterable[Repair]], ...] = (
    decode,
    take_marks,
    end_lines,
    drop_separator_line,
    separate,
    rename_columns,
    double_quotes,
    regain_letters,
)

_REPAIR = {
    "rank": "bigint",
    "kind": "varchar",
    "file": "varchar",
    "line": "bigint",
    "place": "bigint",
    "column": "varchar",
    "before": "varchar",
    "after": "varchar",
}
_SHOWN = 'kind, file, line, "column", before, after'


@dataclass(slots=True)
class _Draft:
    """One file on its way into the copy.

    Args:
        rank: its place in the format.
        path: where its bytes lie by now.
        skipped: lines that were taken out at its start.
    """

    rank: int
    file: File
    path: Path
    skipped: int = 0


def repair(
    workspace: Workspace,
    path: Path,
    directory: Path,
    options: CheckOptions,
    progress: Progress = silent,
    layout: Format = SDS_V2_1,
) -> tuple[str, ...]:
    """Write a repaired copy of the delivery at `path` into `directory`, and its repairs into `repair`.

    Args:
        directory: exists and is empty.
        progress: told of the stage "repairing", in files.

    Returns:
        What else lies in the delivery, is no file of the format and so not in the copy; a file that may
        be one, as another may, is there as it was.

    Raises:
        InputError: there is no delivery of the format at `path`, or a file of it cannot be had.
    """
    columns = ", ".join(f'"{name}" {kind}' for name, kind in _REPAIR.items())
    workspace.execute(f"create table repair ({columns})")
    upload = receive(path, workspace.directory, layout, WANTED, files_meant)
    ranks = {file.name: rank for rank, file in enumerate(layout.files)}
    known = {name: upload.files[name] for name in ranks if name in upload.files}
    if not upload.listed or not known:
        raise InputError(
            "There are no files of {format} in {path} that could be repaired.",
            "cartable check {path} says what is there.",
            format=layout.title,
            path=path,
        )
    drafts = []
    for done, (name, received) in enumerate(known.items()):
        progress("repairing", done, 2 * len(known))
        drafts.append(_drafted(workspace, received, ranks[name], layout))
    delivery = _read(workspace, drafts, layout)
    relinking.find(workspace, delivery, layout)
    for done, draft in enumerate(drafts, len(drafts)):
        progress("repairing", done, 2 * len(drafts))
        _find(workspace, draft, delivery, options, layout)
        _write(workspace, draft, delivery, directory / draft.file.name)
    for name in upload.unsure:
        if place := upload.files[name].path:
            rewriting.copied(place, directory / name)
    progress("repairing", 1, 1)
    unexpected = {found.file for found in upload.findings if found.rule is rules.UNEXPECTED}
    return tuple(sorted(name for name in unexpected - set(upload.unsure) if name))


def repairs(workspace: Workspace) -> Iterator[Repair]:
    """All repairs by file and line, streamed."""
    sql = f"select {_SHOWN} from repair order by rank, line nulls first, place nulls first, rowid"
    for batch in workspace.stream(sql):
        for row in batch:
            yield Repair(*row)


def summed(workspace: Workspace) -> list[Repairs]:
    """The repairs of each kind in each column, counted, with an example."""
    rows = workspace.execute(
        f"select count(*), arg_min(struct_pack({_packed()}), coalesce(line, 0)) from repair "
        'group by rank, kind, "column", case when line is null then rowid end '
        "order by rank, min(line) nulls first, min(place) nulls first, min(rowid)"
    )
    return [Repairs(count, Repair(*example.values())) for count, example in rows]


def _packed() -> str:
    return ", ".join(f"{name} := {name}" for name in _SHOWN.split(", "))


def _drafted(workspace: Workspace, received: Received, rank: int, layout: Format) -> _Draft:
    """The file with its text, separators and header repaired."""
    file = layout.files[rank]
    if received.path is None or received.faults:
        raise _unreadable(file.name)
    draft = _Draft(rank, file, received.path)
    if received.name != file.name:
        _note(workspace, draft, [Repair("name", file.name, None, None, received.name, file.name)])
    for number, step in enumerate(_STEPS):
        target = workspace.directory / f"repaired-{number}-{file.name}"
        try:
            made = _note(workspace, draft, step(draft.path, target, file))
        except OSError as error:
            if error.filename != str(received.path):
                raise
            raise _unreadable(file.name) from error
        if not made:
            continue
        if draft.path != received.path:
            draft.path.unlink()
        draft.path = target
        draft.skipped += step is drop_separator_line
    return draft


def _note(workspace: Workspace, draft: _Draft, repairs: Iterable[Repair]) -> int:
    """Keep repairs of a whole file, of its header or of how it is written; return how many."""

    def row(one: Repair) -> tuple[object, ...]:
        line = one.line and one.line + draft.skipped
        return draft.rank, one.kind, one.file, line, None, one.column, one.before, one.after

    return workspace.insert("repair", _REPAIR, map(row, repairs))


def _unreadable(name: str) -> InputError:
    return InputError(
        "{file} cannot be read, so that there can be no whole copy; nothing was written.",
        "cartable check says what is wrong with it.",
        file=name,
    )


def _read(workspace: Workspace, drafts: list[_Draft], layout: Format) -> Delivery:
    """The rows of the files, read as a check reads them."""
    gathered = workspace.directory / "repaired"
    gathered.mkdir()
    for draft in drafts:
        (gathered / draft.file.name).symlink_to(draft.path.absolute())
    delivery = reading.read(workspace, gathered, layout)
    if delivery.format != layout.code and (title := TITLES.get(delivery.format)):
        raise InputError(
            "This is {found}, not {expected}; only {expected} can be repaired.",
            "Choose {expected} as the export's format in the school information system.",
            found=title,
            expected=layout.title,
        )
    return delivery


def _find(
    workspace: Workspace, draft: _Draft, delivery: Delivery, options: CheckOptions, layout: Format
) -> None:
    """Find which of the file's values are to be repaired."""
    if not delivery.delivers(draft.file.entity):
        return
    header: Header = judge(peek(draft.path), draft.file, layout)
    for mended, values in mending.mend(workspace, draft.file, delivery, options):
        column, raw = draft.file.column_of(mended.name).name, f"raw_{draft.file.entity}"
        workspace.execute(f"create or replace temp table mended as {values}")
        workspace.execute(
            f"insert into repair select {draft.rank}, kind, {literal(draft.file.name)}, "
            f"_line + {draft.skipped}, {header.fields[mended.name]}, {literal(column)}, received, mended "
            f'from "{raw}" as raw join mended on mended.received = raw."{mended.name}"'
        )


def _write(workspace: Workspace, draft: _Draft, delivery: Delivery, target: Path) -> None:
    """Write the file into the copy."""
    changes = (
        change
        for batch in workspace.stream(
            f"select line - {draft.skipped}, place, after from repair "
            f"where rank = {draft.rank} and place is not null order by line, place"
        )
        for change in batch
    )
    is_changed = workspace.execute(
        f"select count(*) from repair where rank = {draft.rank} and place is not null"
    ) != [(0,)]
    read = (
        rewriting.rewritten(draft.path, target, changes)
        if is_changed
        else rewriting.copied(draft.path, target)
    )
    file = delivery.file_of(draft.file.entity)
    if file is None or read != file.sha256:
        raise InputError(
            "{file} changed while it was read; nothing was written.",
            "Wait until the export has ended, and try again.",
            file=draft.file.name,
        )
