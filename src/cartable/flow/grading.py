"""Hands the grades that consumers wrote to a school information system that has no API."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.flow import naming, packaging, recalling
from cartable.flow.exporting import manifest
from cartable.formats.oneroster import BY_VERSION, MANIFEST
from cartable.gradebook import listing
from cartable.model.grades import Grade
from cartable.model.scopes import Scope
from cartable.store.publications import column_of

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

FILES = ("categories", "lineItems", "results")
_REFERENCE = "SourcedId"
_DAYS = ("assignDate", "dueDate")
_DAY = len("2026-09-01")


@dataclass(frozen=True)
class Grades:
    """The grades of a class or a school; valid while their roster is open."""

    roster: "Roster"
    scope: Scope

    def __iter__(self) -> Iterator[Grade]:
        """Each result, for people to read."""
        return listing.grades(self.roster, self.scope)

    def package(self, path: Path, version: str, *, overwrites: bool) -> dict[str, int]:
        """Write them as the files of OneRoster; how many rows each file has.

        Args:
            path: a folder, or a zip where it ends in .zip.
            version: 1.1 or 1.2.
            overwrites: whether what is there already is replaced.

        Raises:
            UsageError: it cannot be written there. SystemFailure: the disk is full.
        """
        layout = BY_VERSION[version]
        names = {MANIFEST, *(file.name for file in layout.files)}
        counts = {}
        with packaging.unfinished(path, names, overwrites=overwrites) as package:
            for name in FILES:
                file = layout.file_of(name)
                rows = listing.objects(self.roster, name, self.scope)
                with package.file(file.name) as to:
                    counts[file.name] = _write(to, file.headers, rows)
            with package.file(MANIFEST) as to:
                to.write_bytes(manifest(layout, version, FILES))
            package.finish()
        return counts


@contextmanager
def graded(database: str, *, klass: str = "", school: str = "") -> Iterator[Grades]:
    """The grades of a class, of a school, or of a class of a school.

    Args:
        klass, school: identifier, or title and name.

    Raises:
        UsageError: neither is named, there is no such thing, or no line item in it.
        DatabaseError: there is no roster.
    """
    if not (klass or school):
        raise UsageError("Whose grades is not said.", "Name a class with --class or a school with --school.")
    with recalling.opened(database) as roster:
        scope = naming.resolved(roster, Scope(school=school, klass=klass), recalling.revision(roster))
        if next(listing.objects(roster, "lineItems", scope), None) is None:
            raise UsageError(
                "There are no grades of {name}: nothing was written.",
                "Consumers write them through the API; cartable clients log shows whether any did.",
                name=klass or school,
            )
        yield Grades(roster, scope)


def _write(path: Path, headers: tuple[str, ...], rows: Iterator[Mapping[str, str | None]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as to:
        writer = csv.writer(to)
        writer.writerow(headers)
        for row in rows:
            writer.writerow([_cell(header, row) for header in headers])
            count += 1
    return count


def _cell(header: str, row: Mapping[str, str | None]) -> str:
    """A cell; state and moment are empty in whole files. Cells have no line breaks."""
    name = header if header == "sourcedId" else header.removesuffix(_REFERENCE)
    value = row.get(column_of(name)) or ""
    return value[:_DAY] if header in _DAYS else " ".join(value.splitlines())
