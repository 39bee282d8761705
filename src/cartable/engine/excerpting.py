"""Tells what is wrong with a faulty row: its findings, its key, and the part of it that is shown."""

import os
import re
from dataclasses import dataclass, replace

from cartable.engine.findings import LONGEST_VALUE, Found
from cartable.engine.heading import Header, cells_of
from cartable.engine.scanning import Fault, Record
from cartable.formats.format import File
from cartable.model import limits
from cartable.rules import rows as rules

# Longer rows are not taken apart; `csv` takes no cell that is longer.
_LONGEST_PARSED = 128 * 1024
# A value longer than this is no key.
_LONGEST_KEY = 1000
# Rows up to this many bytes are shown whole; of longer ones, so much from a little before the fault.
_SHOWN, _SHOWN_BEFORE = 300, 60
_MEGABYTE = 1024 * 1024

# The characters that `cartable.engine.scanning` finds: what Unicode calls controls (Cc), less TAB.
_BREAK = re.compile(r"[\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_WRONG = re.compile(f"{_BREAK.pattern}|{_CONTROL.pattern}")


@dataclass(frozen=True, slots=True)
class Pulled:
    """A faulty row: its line, its key where it can be read, its findings."""

    line: int
    key: tuple[str, ...] | None
    findings: tuple[Found, ...]

    @property
    def length(self) -> int:
        """Characters of its key and of what its findings show, about."""
        return sum(map(len, self.key or ())) + sum(len(found.value or "") for found in self.findings)


class Excerpts:
    """Reads faulty rows of one file.

    Args:
        file: the file's description.
        header: its columns.
        source: the file, open for reading.
    """

    def __init__(self, file: File, header: Header, source: int) -> None:
        self._file = file
        self._header = header
        self._source = source
        self._key = tuple(header.fields.get(field, -1) for field in file.records.key)
        self._fields = {place: field for field, place in header.fields.items()}

    def of(self, record: Record) -> Pulled:
        """The row with all its findings."""
        faults = Fault(record.faults)
        cells = None
        apart = Fault.QUOTE | Fault.TOO_LONG | Fault.RAGGED
        if not faults & apart and record.end - record.start <= _LONGEST_PARSED:
            cells = cells_of(self._text(record.start, record.end).rstrip("\r\n"))
        key = self._key_in(cells) if cells else None
        found = Found(rules.RAGGED, self._file.entity, self._file.name, record.line, record=key)
        if Fault.HEADER in faults:
            # It is nobody's row, though its cells are read like a key's.
            findings = [replace(found, rule=rules.HEADER, record=None)]
        elif Fault.QUOTE in faults:
            findings = [self._misquoted(found, record)]
        elif Fault.TOO_LONG in faults:
            findings = [self._too_long(found, record)]
        else:
            findings = self._of_cells(found, record, faults, cells)
        return Pulled(record.line, key, tuple(findings))

    def _misquoted(self, found: Found, record: Record) -> Found:
        detail = {"last": str(record.last)}
        if record.last > record.line:
            detail["case"] = "long"
        elif self._text(record.place - 1, record.place + 1) == '="':
            detail["case"] = "formula"
        return replace(found, rule=rules.QUOTE, value=self._shown(record), detail=detail)

    def _too_long(self, found: Found, record: Record) -> Found:
        length = -(-(record.end - record.start) // _MEGABYTE)
        detail = {"megabytes": str(length), "limit": str(limits.ROW.number)}
        return replace(found, rule=rules.TOO_LONG, value=self._shown(record), detail=detail)

    def _of_cells(self, found: Found, record: Record, faults: Fault, cells: list[str] | None) -> list[Found]:
        """The findings of a row whose end is certain."""
        findings = []
        if Fault.LINEBREAK in faults:
            findings.append(self._of_cell(replace(found, rule=rules.LINEBREAK), record, cells, _BREAK))
        if Fault.CONTROL in faults:
            control = _CONTROL.search("".join(cells or ()))
            character = control[0] if control else self._character(record)
            told = replace(
                found, rule=rules.CONTROL_CHARACTER, detail={"character": f"U+{ord(character):04X}"}
            )
            findings.append(self._of_cell(told, record, cells, _CONTROL))
        if Fault.RAGGED in faults:
            detail = {"found": str(record.cells), "expected": str(self._header.width)}
            findings.append(replace(found, rule=rules.RAGGED, value=self._shown(record), detail=detail))
        return findings

    def _of_cell(
        self, found: Found, record: Record, cells: list[str] | None, faulty: re.Pattern[str]
    ) -> Found:
        """The finding with the first cell that has such a character; of the row where none is certain."""
        for place, cell in enumerate(cells or ()):
            if place < self._header.width and faulty.search(cell):
                value = None if place in self._header.secret else cell[:LONGEST_VALUE]
                field = self._fields.get(place)
                return replace(found, column=self._header.names[place], field=field, value=value)
        return replace(found, value=self._shown(record))

    def _key_in(self, cells: list[str]) -> tuple[str, ...] | None:
        """The key, or None where a part of it is damaged; a part without a column is empty."""
        key = tuple(cells[place] if 0 <= place < len(cells) else "" for place in self._key)
        whole = all(len(part) <= _LONGEST_KEY and not _WRONG.search(part) for part in key)
        return key if whole else None

    def _shown(self, record: Record) -> str | None:
        """The row, or the part of it around the fault; nothing where it may hold a password."""
        if self._header.secret:
            return None
        start = record.start
        if record.end - record.start > _SHOWN:
            start = max(record.start, min(record.place - _SHOWN_BEFORE, record.end - _SHOWN))
        return self._text(start, min(start + _SHOWN, record.end)).strip("\ufffd\r\n")

    def _character(self, record: Record) -> str:
        """The control character at the fault's place."""
        return self._text(record.place, record.place + 2)[:1] or "\0"

    def _text(self, start: int, end: int) -> str:
        return os.pread(self._source, end - start, start).decode("utf-8", errors="replace")
