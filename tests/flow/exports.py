"""What an export holds: its files, read as a program reads them."""

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cartable.flow import exporting
from cartable.model.exports import Exported
from cartable.model.groups import Group

Rows = list[dict[str, str]]


def contents(path: Path) -> dict[str, bytes]:
    """The files of a folder or a zip, by name."""
    if path.is_dir():
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


def tables(path: Path) -> dict[str, Rows]:
    """The rows of each file, by the file's stem."""
    return {name.removesuffix(".csv"): rows(content) for name, content in contents(path).items()}


def rows(content: bytes) -> Rows:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def exported(database: str, target: str, path: Path, **options: Any) -> Exported:
    """Export with everything, unless told otherwise."""
    return exporting.exported(database, target, path, **{"groups": tuple(Group), **options})


def made(database: str, target: str, path: Path, **options: Any) -> Mapping[str, Rows]:
    """The rows of an export, by file."""
    exported(database, target, path, **options)
    return tables(path)


def column(table: Rows, *names: str) -> list[tuple[str, ...]]:
    """Some columns of a file."""
    return [tuple(row[name] for name in names) for row in table]
