"""Writes a synthetic district, catchment by catchment, and the answer key of what was broken in it."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BufferedWriter
from itertools import count
from pathlib import Path
from random import Random
from typing import TextIO

from cartable.errors import UsageError
from cartable.formats.sds import SDS_V2_1
from cartable.generating.batches import Batch, Row
from cartable.generating.choosing import Planter, chosen
from cartable.generating.file_faults import ColumnFault, Place
from cartable.generating.planning import Year, catchments, year_ending
from cartable.generating.populating import Population, Rows
from cartable.model.progress import Progress, silent

CRLF, LF = "\r\n", "\n"
_YEARS = range(1901, 9999)
_KEY = ("kind", "code", "severity", "file", "line", "column", "needs")
_FILES = {file.entity: file.name for file in SDS_V2_1.files}
# Faults are chosen by another stream of chance than people are, so that a district is the same
# with faults and without, but for what they break.
_FAULT_STREAM = 0x5DF


@dataclass(slots=True)
class Generated:
    """A district as it was written.

    Args:
        directory: where its files are.
        key: the answer key, a CSV file; None where no faults were asked for.
        rows: rows by entity, before faults of whole files.
        planted: how many faults were planted.
    """

    directory: Path
    key: Path | None
    rows: dict[str, int] = field(default_factory=dict)
    planted: int = 0


def generate(
    directory: Path,
    students: int,
    seed: int,
    faults: float = 0.0,
    kinds: Sequence[str] = (),
    on_progress: Progress = silent,
    *,
    year: int = 2027,
    eol: str = CRLF,
) -> Generated:
    """Write a synthetic district of ten files; the same arguments give the same bytes everywhere.

    Args:
        directory: made where it is missing; it must be empty.
        students: number of pupils, at least 1.
        seed: where all chance begins.
        faults: faults per row; 0 for none, or for each of `kinds` once.
        kinds: names of kinds of faults; none with `faults` above 0 is a mix of all that go together.
        on_progress: called with a stage, the pupils done, and all pupils.
        year: the year in which the school year ends.
        eol: what ends a line, CRLF as in Microsoft's sample, or LF.

    Raises:
        UsageError: numbers out of range, unknown kinds, a district too small for a kind, or a
            directory that is not empty.
    """
    if students < 1 or year not in _YEARS:
        raise UsageError(
            "A district of {students} students in the year {year} cannot be made.",
            "Ask for at least one student, and a year of four digits.",
            students=students,
            year=year,
        )
    random = Random(seed)  # noqa: S311 - chance that can be repeated, nothing secret
    fault_random = Random(seed ^ _FAULT_STREAM)  # noqa: S311
    planter = Planter(chosen(kinds, faults), faults, fault_random)
    key = _prepared(directory, with_key=bool(faults or kinds))
    whole = year_ending(year)
    with _opened(directory, key) as files:
        district = _District(files, planter, whole, eol, fault_random)
        district.begin()
        population, done = Population(whole, random), 0
        for catchment in catchments(students, random):
            district.write(population.settle(catchment))
            done += sum(school.pupils for school in catchment.schools)
            on_progress("generate", done, students)
    for fault in planter.files:
        places = fault.act(directory, eol)
        _append(key, fault.name, fault.needs, places)
    if planter.unplanted and not faults:
        raise UsageError(
            "A district of {students} students has no place for the fault {kinds}.",
            "Ask for more students, or fewer faults.",
            students=students,
            kinds=", ".join(planter.unplanted),
        )
    return Generated(directory, key, district.rows, planter.planted)


def _prepared(directory: Path, *, with_key: bool) -> Path | None:
    """The directory made ready; returns where the answer key goes."""
    key = directory.parent / f"{directory.absolute().name}.faults.csv"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        present = sorted(path.name for path in directory.iterdir())
    except OSError as error:
        raise UsageError(
            "The directory {directory} cannot be written: {reason}.",
            "Name another directory.",
            directory=directory,
            reason=error.strerror or type(error).__name__,
        ) from None
    # Files of the same names may be somebody's real export.
    if present:
        raise UsageError(
            "The directory {directory} is not empty: it holds {name}.",
            "Name a new or empty directory; nothing in this one was touched.",
            directory=directory,
            name=present[0],
        )
    # The key of an earlier district would say untrue things about this one.
    key.unlink(missing_ok=True)
    return key if with_key else None


@dataclass(slots=True)
class _Files:
    """The ten files and the answer key, open for writing."""

    entities: dict[str, BufferedWriter]
    key: TextIO | None


@contextmanager
def _opened(directory: Path, key: Path | None) -> Iterator[_Files]:
    with ExitStack() as stack:
        entities = {
            entity: stack.enter_context((directory / name).open("wb")) for entity, name in _FILES.items()
        }
        out = stack.enter_context(key.open("w", encoding="utf-8", newline="")) if key else None
        yield _Files(entities, out)


def _append(key: Path | None, kind: str, needs: str, places: Sequence[Place]) -> None:
    assert key
    with key.open("a", encoding="utf-8", newline="") as out:
        _note(out, kind, needs, places)


def _note(out: TextIO, kind: str, needs: str, places: Sequence[Place]) -> None:
    csv.writer(out, lineterminator="\n").writerows(
        (kind, place.code, place.severity, place.file, place.line or "", place.column, needs)
        for place in places
    )


class _District:
    """The files being written: where each stands, and what goes into the answer key."""

    def __init__(self, files: _Files, planter: Planter, year: Year, eol: str, random: Random) -> None:
        self.rows = dict.fromkeys(_FILES, 0)
        self._files = files
        self._planter = planter
        self._year = year
        self._eol = eol
        self._random = random
        self._lines = dict.fromkeys(_FILES, 2)
        self._headers = {
            file.entity: tuple(column.name for column in file.columns) for file in SDS_V2_1.files
        }
        # Faults of columns, each with the headers that it found.
        self._columns: list[tuple[ColumnFault, tuple[str, ...]]] = []
        # Findings about whole columns that are in the key: code, entity, header.
        self._told: set[tuple[str, str, str]] = set()
        numbers = count(1)
        self._serial = lambda: next(numbers)

    def begin(self) -> None:
        """Write the header lines, and the first lines of the key."""
        if self._files.key:
            csv.writer(self._files.key, lineterminator="\n").writerow(_KEY)
        for fault in self._planter.columns:
            assert self._files.key
            _note(self._files.key, fault.name, fault.needs, fault.places())
            before = self._headers[fault.entity]
            self._columns.append((fault, before))
            self._headers[fault.entity] = fault.headers(before)
        for entity, out in self._files.entities.items():
            out.write((",".join(self._headers[entity]) + self._eol).encode())

    def write(self, rows: Rows) -> None:
        """Write one catchment, broken as the planter says."""
        number = 0
        for entity, texts in rows.items():
            self.rows[entity] += len(texts)
            number += len(texts)
        for fault, headers in self._columns:
            rows[fault.entity] = fault.rows(headers, rows[fault.entity])
        if self._planter.waits:
            batch = self._batch(rows)
            self._planter.plant(batch, number)
            rows = self._settled(batch)
        else:
            for entity, texts in rows.items():
                self._lines[entity] += len(texts)
        for entity, texts in rows.items():
            if texts:
                self._files.entities[entity].write((self._eol.join(texts) + self._eol).encode())

    def _batch(self, rows: Rows) -> Batch:
        # Schools of later catchments lie under the same district, and all under the same region.
        offices = {text.partition(",")[0] for text in rows["orgs"] if ",school," not in text}
        sessions = {session.id for session in self._year.sessions}
        shared = frozenset(offices | sessions)
        return Batch(rows, self._headers, shared, self._year, self._eol, self._random, self._serial)

    def _settled(self, batch: Batch) -> Rows:
        """The batch's texts in their final order; what is expected of them goes into the key."""
        awaited = {expected.row for expected in batch.expected}
        broken = {entity for entity, _ in awaited}.union(batch.inserted)
        lines: dict[Row, int] = {}
        settled: Rows = dict(batch.texts)
        for entity in batch.texts:
            if entity not in broken:
                self._lines[entity] += len(batch.texts[entity])
                continue
            texts = settled[entity] = []
            line = self._lines[entity]
            for at, text in batch.ordered(entity):
                if (entity, at) in awaited:
                    lines[entity, at] = line
                texts.append(text)
                line += 1 + text.count("\n")
            self._lines[entity] = line
        assert self._files.key
        for expected in sorted(batch.expected, key=lambda one: lines[one.row] if one.once else 0):
            entity = expected.row[0]
            about = (expected.code, entity, expected.column)
            if expected.once and about in self._told:
                continue
            if expected.once:
                self._told.add(about)
            place = Place(
                expected.code, expected.severity, _FILES[entity], lines[expected.row], expected.column
            )
            _note(self._files.key, expected.kind, expected.needs, [place])
        return settled
