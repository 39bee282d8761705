"""Deliveries that a check must survive within its memory: each too large, too long or too wrong.

Inputs are written piece by piece, so that writing one needs no memory either.
"""

import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PIECE = 1 << 20
MEGABYTE = 10**6
GIGABYTE = 10**9

NEEDED: Mapping[str, bytes] = {
    "orgs.csv": b"sourcedId,name,type\nS1,Lac,school\n",
    "users.csv": b"sourcedId,username\nU1,anne\n",
    "roles.csv": b"userSourcedId,orgSourcedId,role\nU1,S1,teacher\n",
}
USERS, ROLES = "sourcedId,username\n", "userSourcedId,orgSourcedId,role\n"

TEXT, JSON, CSV = ("--format", "text"), ("--format", "json"), ("--format", "csv")
CLEAN, LEFT_OUT, FATAL, SYSTEM = 0, 1, 2, 74


@dataclass(frozen=True)
class Input:
    """One delivery.

    Args:
        name: what it is, as the table of results says it.
        write: writes it into an empty directory, so many rows or bytes, and returns the path to check.
        size: how many when it is of full size.
        small: how many in the tests.
        statuses: exit statuses of the check that are right.
        says: a text that each report must hold.
        forms: the checks to make of it, each by its arguments.
    """

    name: str
    write: Callable[[Path, int], Path]
    size: int
    small: int
    statuses: tuple[int, ...]
    says: str = ""
    forms: tuple[tuple[str, ...], ...] = (TEXT,)


def _rows(template: str, count: int) -> Iterator[bytes]:
    """`template` for each number below `count`, with `{n}` in it replaced, in pieces."""
    before, *others = template.split("{n}")
    for begin in range(0, count, 10_000):
        numbers = map(str, range(begin, min(begin + 10_000, count)))
        yield "".join(before + "".join(number + other for other in others) for number in numbers).encode()


def _repeated(piece: bytes, size: int) -> Iterator[bytes]:
    """`piece` again and again, about `size` bytes."""
    block = piece * max(1, PIECE // len(piece))
    for _ in range(max(1, size // len(block))):
        yield block


def _pour(target: IO[bytes], pieces: Iterator[bytes], before: str = "", behind: bytes = b"") -> None:
    target.write(before.encode())
    for piece in pieces:
        target.write(piece)
    target.write(behind)


def _file(path: Path, pieces: Iterator[bytes], before: str = "", behind: bytes = b"") -> None:
    with path.open("wb") as target:
        _pour(target, pieces, before, behind)


def _needed(directory: Path) -> None:
    for name, content in NEEDED.items():
        (directory / name).write_bytes(content)


def rows_of(name: str, header: str, template: str) -> Callable[[Path, int], Path]:
    """A writer of a delivery one file of which has so many rows."""

    def write(directory: Path, count: int) -> Path:
        _needed(directory)
        _file(directory / name, _rows(template, count), header)
        return directory

    return write


def bytes_of(name: str, header: str, piece: bytes, behind: bytes = b"\n") -> Callable[[Path, int], Path]:
    """A writer of a delivery one file of which has so many bytes, a piece again and again."""

    def write(directory: Path, size: int) -> Path:
        _needed(directory)
        _file(directory / name, _repeated(piece, size), header, behind)
        return directory

    return write


def many_rows(directory: Path, count: int) -> Path:
    """Rows without a fault: people, their roles, classes, enrollments."""
    _needed(directory)
    people, classes = count * 3 // 10, count // 100
    enrollments = count - 2 * people - classes
    _file(
        directory / "users.csv",
        _rows("U{n},pupil.{n},Zoe,Petit\n", people),
        "sourcedId,username,givenName,familyName\n",
    )
    _file(directory / "roles.csv", _rows("U{n},S1,student\n", people), ROLES)
    _file(directory / "classes.csv", _rows("C{n},S1,Class {n}\n", classes), "sourcedId,orgSourcedId,title\n")
    _file(
        directory / "enrollments.csv",
        _enrollments(enrollments, classes, people),
        "classSourcedId,userSourcedId,role\n",
    )
    return directory


def _enrollments(count: int, classes: int, people: int) -> Iterator[bytes]:
    for begin in range(0, count, 10_000):
        numbers = range(begin, min(begin + 10_000, count))
        yield "".join(f"C{n % classes},U{(n + n // people) % people},student\n" for n in numbers).encode()


def wide(directory: Path, count: int) -> Path:
    """Rows of 300 columns, 298 of them unknown."""
    unknown = ",".join(f"x{n}" for n in range(298))
    return rows_of("users.csv", f"sourcedId,username,{unknown}\n", "U{n},pupil.{n}" + ",abc" * 298 + "\n")(
        directory, count
    )


def unknown_columns(directory: Path, count: int) -> Path:
    """A header of so many unknown columns."""
    _needed(directory)
    _file(directory / "users.csv", _rows(",c{n}", count), "sourcedId,username", b"\nU1,anne\n")
    return directory


def same_columns(directory: Path, count: int) -> Path:
    """A header that names one column so many times."""
    _needed(directory)
    _file(directory / "users.csv", _rows(",email", count), "sourcedId,username", b"\nU1,anne\n")
    return directory


def long_name(directory: Path, count: int) -> Path:
    """An unknown column with a name of 100,000 bytes, and so many rows that are wrong in it."""
    _needed(directory)
    _file(directory / "users.csv", _rows("U{n},pupil.{n},\0\n", count), f"sourcedId,username,{'x' * 10**5}\n")
    return directory


def long_wrong_rows(directory: Path, size: int) -> Path:
    """Rows of 100 kB, each with a control character in its long cell."""
    return bytes_of("users.csv", USERS, b"U1," + "é".encode() * 50_000 + b"\0\n", b"")(directory, size)


def long_rows(directory: Path, size: int) -> Path:
    """Rows a little shorter than the longest that is read."""
    _needed(directory)
    filling = b"x" * (16 * 1024 * 1024 - 100)
    with (directory / "users.csv").open("wb") as target:
        target.write(USERS.encode())
        for n in range(size // len(filling)):
            target.write(b"U%d," % n)
            target.write(filling)
            target.write(b"\n")
    return directory


def cyclic(directory: Path, count: int) -> Path:
    """Organisations each of which is below the next, the last below the first."""
    _needed(directory)
    header = "sourcedId,name,type,parentSourcedId\nS1,Lac,school,\n"
    parents = (f"O{n},Lac,district,O{(n + 1) % count}\n".encode() for n in range(count))
    _file(directory / "orgs.csv", parents, header)
    return directory


def overlapping(directory: Path, count: int) -> Path:
    """Sessions that all share the same days."""
    header = "sourcedId,title,type,schoolYear,startDate,endDate\n"
    row = "A{n},Terme,term,2026,2025-09-01,2026-06-30\n"
    return rows_of("academicSessions.csv", header, row)(directory, count)


def bomb(directory: Path, size: int) -> Path:
    """A zip one file of which unpacks to a thousand times its size."""
    with zipfile.ZipFile(directory / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("orgs.csv", "roles.csv"):
            archive.writestr(name, NEEDED[name])
        with archive.open("users.csv", "w", force_zip64=True) as target:
            _pour(target, _repeated(b"\n", size), USERS)
    return directory / "bomb.zip"


def huge_zip(directory: Path, count: int) -> Path:
    """A zip whose directory says of so many files that each unpacks to 4 GB, as those of a bomb can."""
    path = directory / "huge.zip"
    names = (
        "orgs",
        "users",
        "roles",
        "classes",
        "enrollments",
        "courses",
        "relationships",
        "demographics",
        "academicSessions",
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names[:count]:
            archive.writestr(f"{name}.csv", NEEDED.get(f"{name}.csv", b"x\n") * 1000)
    content = bytearray(path.read_bytes())
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 24 : place + 28] = struct.pack("<I", 0xFFFFFFFE)
        place += 4
    path.write_bytes(content)
    return path


def zip_of_many(directory: Path, count: int) -> Path:
    """A zip of the needed files and so many others."""
    with zipfile.ZipFile(directory / "many.zip", "w") as archive:
        for name, content in NEEDED.items():
            archive.writestr(name, content)
        for n in range(count):
            archive.writestr(f"x{n}", b"")
    return directory / "many.zip"


def deep_zip(directory: Path, count: int) -> Path:
    """A zip of the needed files and so many others, each in four thousand folders."""
    with zipfile.ZipFile(directory / "deep.zip", "w") as archive:
        for name, content in NEEDED.items():
            archive.writestr(name, content)
        for n in range(count):
            archive.writestr("../" * 4000 + str(n), b"")
    return directory / "deep.zip"


def folder_of_many(directory: Path, count: int) -> Path:
    """A folder of the needed files and so many others."""
    _needed(directory)
    for n in range(count):
        (directory / f"x{n}").touch()
    return directory


_ALL = (TEXT, JSON, CSV)
_CUT = (TEXT, JSON, (*JSON, "--limit", "10"), CSV)

INPUTS: tuple[Input, ...] = (
    Input("20 million rows", many_rows, 20_000_000, 200_000, (CLEAN,)),
    Input(
        "one file of 5 GB, rows of 1 kB",
        rows_of("users.csv", USERS, "U{n}," + "x" * 1000 + "{n}\n"),
        5_000_000,
        50_000,
        (CLEAN,),
    ),
    Input(
        "one line of 100 MB",
        bytes_of("users.csv", USERS + "U1,a\n", b"x"),
        100 * MEGABYTE,
        20 * MEGABYTE,
        (LEFT_OUT,),
        "row.too-long",
    ),
    Input(
        "rows of just under 16 MiB, 2 GB",
        long_rows,
        2 * GIGABYTE,
        64 * MEGABYTE,
        (CLEAN, LEFT_OUT, FATAL, SYSTEM),
    ),
    Input(
        "zip that unpacks a thousandfold", bomb, 10 * GIGABYTE, 200 * MEGABYTE, (FATAL,), "file.unreadable"
    ),
    Input("zip that says it unpacks to 38 GB", huge_zip, 9, 9, (FATAL,), "file.unreadable"),
    Input("300 columns", wide, 1_000_000, 5_000, (CLEAN,), "header.unknown"),
    Input(
        "a million references to nothing",
        rows_of("roles.csv", ROLES, "U{n},S1,student\n"),
        1_000_000,
        20_000,
        (LEFT_OUT,),
        "reference.missing",
        _CUT,
    ),
    Input(
        "a million rows of too few cells",
        rows_of("users.csv", USERS, "U{n}\n"),
        1_000_000,
        20_000,
        (LEFT_OUT,),
        "row.ragged",
        _CUT,
    ),
    Input(
        "a million distinct wrong codes",
        rows_of("roles.csv", ROLES, "U1,S1,role{n}\n"),
        1_000_000,
        20_000,
        (LEFT_OUT,),
        "value.code",
        _ALL,
    ),
    Input(
        "every second of 4 million rows wrong",
        rows_of("users.csv", USERS, "U{n},a{n}\nU{n}\n"),
        2_000_000,
        20_000,
        (LEFT_OUT,),
        "row.ragged",
    ),
    Input(
        "20 million blank lines",
        bytes_of("users.csv", USERS, b"\n"),
        20 * MEGABYTE,
        MEGABYTE // 5,
        (LEFT_OUT,),
        "row.blank",
    ),
    Input(
        "2 GB of rows of 100 kB, all wrong",
        long_wrong_rows,
        2 * GIGABYTE,
        50 * MEGABYTE,
        (LEFT_OUT,),
        "row.control-character",
        _ALL,
    ),
    Input(
        "200 MB of stray quotation marks",
        bytes_of("users.csv", USERS, b'a"' * 500 + b"\n"),
        200 * MEGABYTE,
        4 * MEGABYTE,
        (LEFT_OUT,),
        "row.quote",
    ),
    Input(
        "200 MB of commas",
        bytes_of("users.csv", USERS, b"," * 1000 + b"a\n"),
        200 * MEGABYTE,
        8 * MEGABYTE,
        (LEFT_OUT,),
        "row.ragged",
    ),
    Input(
        "an unclosed quotation mark before 1 GB",
        bytes_of("users.csv", USERS + 'U1,"', b"U2,b\n"),
        GIGABYTE,
        20 * MEGABYTE,
        (LEFT_OUT,),
        "row.quote",
    ),
    Input("a circle of a million organisations", cyclic, 1_000_000, 5_000, (CLEAN, LEFT_OUT), "org.cycle"),
    Input("a million sessions of the same days", overlapping, 1_000_000, 5_000, (CLEAN,), "session.overlap"),
    Input(
        "a header of 10 MB",
        bytes_of("users.csv", "sourcedId,username,", b"x"),
        10 * MEGABYTE,
        10 * MEGABYTE,
        (FATAL,),
        "file.unreadable",
    ),
    Input("a million unknown columns", unknown_columns, 1_000_000, 1_000_000, (FATAL,), "file.unreadable"),
    Input("140,000 unknown columns", unknown_columns, 140_000, 140_000, (FATAL,), "file.unreadable"),
    Input("one column 150,000 times", same_columns, 150_000, 150_000, (FATAL,), "file.unreadable"),
    Input(
        "a column's name of 100 kB, 100,000 rows wrong in it",
        long_name,
        100_000,
        5_000,
        (LEFT_OUT,),
        "row.control-character",
        _ALL,
    ),
    Input("a zip of a million files", zip_of_many, 1_000_000, 120_000, (FATAL,), "file.unreadable"),
    Input("a zip of 50,000 files", zip_of_many, 50_000, 50_000, (FATAL,), "file.un"),
    Input("a zip of 500 files 4,000 folders deep", deep_zip, 500, 500, (FATAL,), "file.un"),
    Input("a folder of 300,000 files", folder_of_many, 300_000, 5_000, (CLEAN,), "file.unexpected"),
)
