"""Reading a generated district by the csv module alone, as another program would."""

import csv
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """One row of the answer key."""

    kind: str
    code: str
    severity: str
    file: str
    line: int | None
    column: str
    needs: str


def rows(directory: Path, entity: str) -> list[Row]:
    with (directory / f"{entity}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source, strict=True))


def by_id(directory: Path, entity: str) -> dict[str, Row]:
    found = {row["sourcedId"]: row for row in rows(directory, entity)}
    assert len(found) == len(rows(directory, entity))
    return found


def lines(directory: Path, file: str) -> list[str]:
    """Physical lines as an editor shows them, the header first."""
    return (directory / file).read_bytes().decode().split("\n")


def answers(key: Path) -> list[Answer]:
    with key.open(encoding="utf-8", newline="") as source:
        return [
            Answer(
                row["kind"],
                row["code"],
                row["severity"],
                row["file"],
                int(row["line"]) if row["line"] else None,
                row["column"],
                row["needs"],
            )
            for row in csv.DictReader(source)
        ]
