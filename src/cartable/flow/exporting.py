"""Write the roster as the files of a format, all of them or none, and count what they do not carry."""

import csv
import io
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from cartable.engine import accounting, exporting, translating, workspace
from cartable.engine.workspace import Workspace
from cartable.errors import UsageError
from cartable.flow import naming, packaging
from cartable.flow.looking import Past, past
from cartable.formats.format import Format
from cartable.formats.oneroster import (
    BY_VERSION,
    MANIFEST,
    MANIFEST_HEADERS,
    MANIFEST_VERSION,
    MODES,
    VERSION,
)
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import ENTITIES
from cartable.model.exports import Exported
from cartable.model.groups import Group
from cartable.model.plans import Run
from cartable.model.progress import Progress, silent
from cartable.model.scopes import WHOLE, Scope
from cartable.store import memberships

_FORMATS: Mapping[str, tuple[Format, str | None]] = {
    SDS_V2_1.code: (SDS_V2_1, None),
    **{layout.code: (layout, version) for version, layout in BY_VERSION.items()},
}


def exported(
    database: str,
    target: str,
    path: Path,
    *,
    as_of: str | None = None,
    school: str = "",
    groups: Collection[Group] = (),
    overwrites: bool = False,
    memory: str | None = None,
    progress: Progress = silent,
) -> Exported:
    """Write the roster, or a part of it, as files.

    Args:
        target: code of the format, one of `model.exports.TARGETS`.
        path: a folder, or a zip where it ends in .zip.
        as_of: as `looking.past` takes it.
        school: identifier or name; '' for all.
        groups: sensitive fields that go out.
        overwrites: whether an export that is there already is replaced.
        memory: for the work, see `workspace.opened`.

    Raises:
        UsageError: the target cannot be written, there is no such moment or school, or nothing in the roster.
        DatabaseError: there is no roster. SystemFailure: the disk is full.
    """
    layout, version = _FORMATS[target]
    names = {MANIFEST, *(file.name for file in layout.files)}
    with (
        past(database, as_of, Scope(school=school)) as seen,
        workspace.opened(memory) as work,
        packaging.unfinished(path, names, overwrites=overwrites) as package,
    ):
        run = _take_in(work, seen, progress)
        if version:
            # The same roster makes the same export on any day.
            day = datetime.fromisoformat(run.finished).date()
            headers = translating.translate(work, version, day, groups)
        else:
            headers = exporting.convert(work, groups)
        rows = {}
        for done, (file, header) in enumerate(headers.items()):
            progress("exporting", done, len(headers))
            with package.file(layout.file_of(file).name) as to:
                rows[layout.file_of(file).name] = exporting.write(work, file, header, to)
        if version:
            with package.file(MANIFEST) as to:
                to.write_bytes(manifest(layout, version, headers))
        differences = accounting.differences(work, version, groups)
        package.finish()
    return Exported(
        str(path),
        layout.code,
        layout.title,
        seen.scope,
        run.number,
        seen.day,
        seen.instant,
        rows,
        differences,
    )


def _take_in(work: Workspace, seen: Past, progress: Progress) -> Run:
    """Read the part of the roster that was asked for; the last run by then."""
    school, scopes = seen.scope.school, [WHOLE]
    for done, entity in enumerate(ENTITIES):
        progress("reading the roster", done, len(ENTITIES))
        records = (
            tuple(record.values())
            for scope in (scopes if entity.name in exporting.OF_SCHOOLS else [WHOLE])
            for record in memberships.records(seen.roster, entity.name, seen.moment, scope)
        )
        exporting.take_in(work, entity, records)
        if school and entity.name == "orgs":
            scopes = [Scope(school=one) for one in exporting.below(work, school)]
    if school and not scopes:
        raise UsageError(
            naming.MISSING["orgs"],
            "cartable roster --entity {entity} lists what there is.",
            name=school,
            entity="orgs",
        )
    if school:
        exporting.narrow(work)
    if seen.run is None or not exporting.holds(work, "users"):
        raise UsageError(
            "There is nobody in this part of the roster: nothing was written.",
            "Who takes such an export in makes everybody inactive. Name another day or school.",
        )
    return seen.run


def manifest(layout: Format, version: str, written: Collection[str]) -> bytes:
    """The manifest of a package of whole files.

    Args:
        written: the files that it has.
    """
    absent, bulk, _ = MODES
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(MANIFEST_HEADERS)
    writer.writerow(MANIFEST_VERSION)
    writer.writerow((VERSION, version))
    for name in sorted(file.entity for file in layout.files):
        writer.writerow((f"file.{name}", bulk if name in written else absent))
    writer.writerow(("source.systemName", "Cartable"))
    return out.getvalue().encode()
