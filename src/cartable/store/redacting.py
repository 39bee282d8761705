"""Takes the rows of people out of the kept files of deliveries.

Only files that could be read are kept: UTF-8, but for damaged rows, with commas between the cells.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from cartable.model.entities import BY_NAME
from cartable.model.erasures import NAMES, TRAITS, Subject, people_named_by
from cartable.store.inputs import Inputs

# Bytes as they are, of which only those of ASCII have a meaning in a CSV file.
_BYTES = "latin-1"
_LONGEST_CELL = 1 << 27

Row = tuple[str, list[str]]


# Columns that hold the identifiers of several people, in small letters.
_LISTS_OF_PEOPLE = frozenset({"agentsourcedids"})


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A kept file of a delivery.

    Args:
        sha256: digest of what was received, by which it is found.
        entity: whose records it carries; '' where no run tells.
        fields: the field that a column carries, by its name in small letters; empty where nobody knows,
            so that every column counts.
    """

    sha256: str
    entity: str
    fields: Mapping[str, str]


def rows_of(inputs: Inputs, file: KeptFile, subject: Subject) -> list[list[str]]:
    """The rows of the people in a kept file, its header first; empty where there is none."""
    with inputs.opened(file.sha256) as source:
        records = _records(source)
        header = next(records, ("", []))
        told = _Told(subject, file, header[1])
        found = [_decoded(cells) for _, cells in records if told.is_of_them(cells)]
    return [_decoded(header[1]), *found] if found else []


def redact(inputs: Inputs, file: KeptFile, subject: Subject) -> bool:
    """Take the people's rows out of a kept file; whether there were any.

    The file is replaced when all is written.
    """
    if not rows_of(inputs, file, subject):
        return False
    with inputs.opened(file.sha256) as source, inputs.replacing(file.sha256) as target:
        records = _records(source)
        header = next(records, ("", []))
        told = _Told(subject, file, header[1])
        target.write(header[0].encode(_BYTES))
        for raw, cells in records:
            if not told.is_of_them(cells):
                target.write(raw.encode(_BYTES))
    return True


class _Told:
    """What tells a row of the people in one file, as the file spells it."""

    def __init__(self, subject: Subject, file: KeptFile, header: list[str]) -> None:
        self.identifiers = {_spelled(one) for one in subject.identifiers}
        self.traits = {_spelled(one) for one in subject.traits}
        self.names = {tuple(map(_spelled, one)) for one in subject.names}
        self.width = len(header)
        fields = [file.fields.get(name.strip().casefold(), "") for name in _decoded(header)]
        self.lists = {
            place
            for place, name in enumerate(_decoded(header))
            if name.strip().casefold() in _LISTS_OF_PEOPLE
        }
        kind = BY_NAME.get(file.entity)
        people = people_named_by(kind) if kind else ()
        if kind and kind.name == "users":
            people = kind.key
        # A column that holds something else may have the same text without meaning the person.
        self.others = {
            place for place, field in enumerate(fields) if field and field not in (*people, *TRAITS, *NAMES)
        }

    def is_of_them(self, cells: list[str]) -> bool:
        """Whether a row is about the people; in one of another width every cell counts."""
        others = self.others if len(cells) == self.width else set()
        texts = {cell.strip() for place, cell in enumerate(cells) if place not in others}
        texts |= {
            part.strip() for place in self.lists & set(range(len(cells))) for part in cells[place].split(",")
        }
        if texts & self.identifiers or texts & self.traits:
            return True
        return any(set(names) <= texts for names in self.names)


def _decoded(cells: Iterable[str]) -> list[str]:
    """Cells for people to read."""
    return [cell.encode(_BYTES).decode("utf-8-sig", "backslashreplace") for cell in cells]


def _spelled(text: str) -> str:
    """A text as the file has it, its bytes one by one."""
    return text.strip().encode().decode(_BYTES)


def _records(source: IO[bytes]) -> Iterator[Row]:
    """Each record as it stands in the file, with its cells."""
    csv.field_size_limit(_LONGEST_CELL)
    taken: list[str] = []
    text = io.TextIOWrapper(source, _BYTES, newline="")

    def lines() -> Iterator[str]:
        for line in text:
            taken.append(line)
            yield line.replace("\0", "")

    for cells in csv.reader(lines()):
        yield "".join(taken), cells
        taken.clear()
    if taken:
        yield "".join(taken), []
