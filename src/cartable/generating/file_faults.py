"""Faults of whole files: their columns, their encoding, their presence."""

import csv
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cartable.formats.sds import SDS_V2_1
from cartable.generating.fault import EARLIER, Fault
from cartable.model.findings import Severity

_FATAL, _WARNING, _INFO = Severity.FATAL, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True)
class Place:
    """One finding expected of a file fault.

    Args:
        code, severity: as in the rule catalogue.
        file: name of the file; empty for the delivery as a whole.
        line: physical line, or None for the whole file.
        column: the header that it is about, or empty.
    """

    code: str
    severity: Severity
    file: str = ""
    line: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFault(Fault):
    """A column more, less, twice or under another name.

    Args:
        add: header and value of a column that is added at the end.
        rename: old and new header of a column.
        drop: header of a column that is left out.
        severity: of the finding, which is about line 1.
    """

    severity: Severity
    add: tuple[str, str] | None = None
    rename: tuple[str, str] | None = None
    drop: str = ""

    def headers(self, headers: tuple[str, ...]) -> tuple[str, ...]:
        """The file's header line with the fault."""
        if self.rename:
            return tuple(self.rename[1] if header == self.rename[0] else header for header in headers)
        if self.add:
            return (*headers, self.add[0])
        return tuple(header for header in headers if header != self.drop)

    def rows(self, headers: tuple[str, ...], texts: list[str]) -> list[str]:
        """The file's rows with the fault, from those without; `headers` are those without."""
        if self.add:
            end = f",{self.add[1]}"
            return [text + end for text in texts]
        if self.drop:
            at = headers.index(self.drop)
            return [_without(text, at) for text in texts]
        return texts

    def places(self) -> list[Place]:
        """The findings expected."""
        file = SDS_V2_1.file_of(self.entity).name
        if not self.rename:
            column = self.drop or (self.add[0] if self.add else "")
            return [Place(self.code, self.severity, file, 1, column)]
        old, new = self.rename
        return [Place(self.code, self.severity, file, 1, new if self.code == "header.unknown" else old)]


def _without(text: str, at: int) -> str:
    cells = next(csv.reader([text]))
    del cells[at]
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault(Fault):
    """Something done to the finished directory.

    Args:
        act: does it, given the directory and the line end; returns the findings expected.
    """

    act: Callable[[Path, str], list[Place]]


def _gone(*entities: str, severity: Severity) -> Callable[[Path, str], list[Place]]:
    def act(directory: Path, _eol: str) -> list[Place]:
        names = [SDS_V2_1.file_of(entity).name for entity in entities]
        for name in names:
            (directory / name).unlink()
        return [Place("file.missing", severity, name) for name in names]

    return act


def _rewritten(
    entity: str, code: str, write: Callable[[Path, Path, str], int | None], severity: Severity = _FATAL
) -> Callable[[Path, str], list[Place]]:
    """The file written anew by `write` (old file, new file, line end), which returns the line to name."""

    def act(directory: Path, eol: str) -> list[Place]:
        name = SDS_V2_1.file_of(entity).name
        old = directory / f"{name}.old"
        (directory / name).rename(old)
        line = write(old, directory / name, eol)
        old.unlink()
        return [Place(code, severity, name, line)]

    return act


def _recoded(encoding: str) -> Callable[[Path, Path, str], int | None]:
    """In another encoding; the first line that shows it is named."""

    def write(old: Path, new: Path, _eol: str) -> int | None:
        first = 1 if encoding.startswith("utf-16") else None
        with (
            old.open(encoding="utf-8", newline="") as source,
            new.open("w", encoding=encoding, errors="replace", newline="") as target,
        ):
            for number, line in enumerate(source, start=1):
                if first is None and not line.encode(encoding, errors="replace").isascii():
                    first = number
                target.write(line)
        return first

    return write


def _delimited(mark: str) -> Callable[[Path, Path, str], int | None]:
    def write(old: Path, new: Path, eol: str) -> int | None:
        with (
            old.open(encoding="utf-8", newline="") as source,
            new.open("w", encoding="utf-8", newline="") as target,
        ):
            csv.writer(target, delimiter=mark, lineterminator=eol).writerows(csv.reader(source))
        return 1

    return write


def _emptied(_old: Path, new: Path, _eol: str) -> int | None:
    new.touch()
    return None


def _beheaded(old: Path, new: Path, _eol: str) -> int | None:
    """All rows gone, the header left."""
    with old.open("rb") as source:
        new.write_bytes(source.readline())
    return None


def _directory(_old: Path, new: Path, _eol: str) -> int | None:
    new.mkdir()
    return None


def _swallowing(old: Path, new: Path, _eol: str) -> int | None:
    """A quotation mark in the first cell of the middle row, never closed."""
    with old.open("rb") as source:
        lines = sum(1 for _ in source)
    at = 1 + max(1, lines // 2)
    with old.open("rb") as source, new.open("wb") as target:
        for number, line in enumerate(source, start=1):
            target.write(b'"' + line if number == at else line)
    return at


def _trailing(old: Path, new: Path, eol: str) -> int | None:
    """One more row, whose quotation mark is never closed."""
    shutil.copyfile(old, new)
    with new.open("rb+") as target:
        lines = sum(1 for _ in target)
        target.write(f'"P000000,iep{eol}'.encode())
    return lines + 1


def _stopping(entity: str, text: str, *, code: str) -> Callable[[Path, str], list[Place]]:
    """One more row, at the start of which the file stops: its text, and the code that it breaks."""

    def act(directory: Path, _eol: str) -> list[Place]:
        name = SDS_V2_1.file_of(entity).name
        with (directory / name).open("rb+") as target:
            line = 1 + sum(1 for _ in target)
            target.write(text.encode())
        return [Place("file.cut", _WARNING, name, line), Place(code, Severity.ERROR, name, line)]

    return act


def _other(code: str, files: dict[str, str]) -> Callable[[Path, str], list[Place]]:
    """The district's files give way to those of another format."""

    def act(directory: Path, eol: str) -> list[Place]:
        for file in SDS_V2_1.files:
            (directory / file.name).unlink()
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8", newline=eol)
        return [Place(code, _FATAL)]

    return act


def _in_zip_too(directory: Path, _eol: str) -> list[Place]:
    name = SDS_V2_1.file_of("orgs").name
    with zipfile.ZipFile(directory / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(directory / name, name)
    return [Place("file.duplicate", _FATAL, name)]


def _stranger(directory: Path, eol: str) -> list[Place]:
    name = "lisez-moi.txt"
    (directory / name).write_text("Export du dimanche.\n", encoding="utf-8", newline=eol)
    return [Place("file.unexpected", _INFO, name)]


_SDS_V1 = {
    "School.csv": "SIS ID,Name\n1,École Un\n",
    "Section.csv": "SIS ID,School SIS ID,Section Name\n7,1,CP A\n",
    "Student.csv": "SIS ID,School SIS ID,Username\n11,1,lea\n",
    "Teacher.csv": "SIS ID,School SIS ID,Username\n12,1,paul\n",
    "StudentEnrollment.csv": "Section SIS ID,SIS ID\n7,11\n",
    "TeacherRoster.csv": "Section SIS ID,SIS ID\n7,12\n",
}
_SDS_V2 = {
    "orgs.csv": "sourcedId,name,type\n1,École Un,school\n",
    "users.csv": "sourcedId,orgSourcedIds,username,givenName,familyName,role\n11,1,lea,Léa,Roy,student\n",
    "classes.csv": "sourcedId,orgSourcedId,title\n7,1,CP A\n",
    "enrollments.csv": "classSourcedId,userSourcedId,role\n7,11,student\n",
}

COLUMN_FAULTS: tuple[ColumnFault, ...] = (
    ColumnFault(
        name="header.missing", code="header.missing", entity="users", severity=_FATAL, alone=True,
        drop="username", what="A required column that is not there.",
    ),
    ColumnFault(
        name="header.missing.misspelt", code="header.missing", entity="enrollments", severity=_FATAL,
        alone=True, rename=("userSourcedId", "userSouredId"), what="A required column, misspelt.",
    ),
    ColumnFault(
        name="header.missing.translated", code="header.missing", entity="orgs", severity=_FATAL,
        alone=True, rename=("name", "nom"),
        what="A required column, as a translated specification calls it.",
    ),
    ColumnFault(
        name="header.duplicate", code="header.duplicate", entity="users", severity=_FATAL, alone=True,
        add=("email", ""), what="A column that is there twice.",
    ),
    ColumnFault(
        name="header.unknown", code="header.unknown", entity="classes", severity=_INFO,
        add=("salle", "B12"), what="A column that the format does not have.",
    ),
    ColumnFault(
        name="header.unknown.translated", code="header.unknown", entity="demographics", severity=_WARNING,
        alone=True, rename=("sex", "Sexe"), what="An optional column, as a translation calls it.",
    ),
    ColumnFault(
        name="header.unknown.misspelt", code="header.unknown", entity="users", severity=_WARNING,
        alone=True, rename=("userNumber", "usernumber"), what="An optional column, misspelt.",
    ),
    ColumnFault(
        name="header.legacy", code="header.legacy", entity="users", severity=_INFO,
        add=("password", "Secret-1"), what="The column of passwords of older editions.",
    ),
    ColumnFault(
        name="header.dropped", code="header.dropped", entity="users", severity=_WARNING, needs=EARLIER,
        alone=True, drop="userNumber", what="A column that earlier deliveries had.",
    ),
)  # fmt: skip

FILE_FAULTS: tuple[FileFault, ...] = (
    *(
        FileFault(
            name=f"file.missing.{entity}", code="file.missing", entity=entity, alone=True,
            act=_gone(entity, severity=_FATAL), what=f"{SDS_V2_1.file_of(entity).name} is not there.",
        )
        for entity in ("orgs", "users", "roles", "classes", "enrollments")
    ),
    *(
        FileFault(
            name=f"file.missing.{entity}", code="file.missing", entity=entity, alone=True,
            act=_gone(entity, severity=_WARNING),
            what=f"{SDS_V2_1.file_of(entity).name} is not there, but referred to.",
        )
        for entity in ("academicSessions", "courses")
    ),
    FileFault(
        name="file.unreadable", code="file.unreadable", entity="userFlags", alone=True,
        act=_rewritten("userFlags", "file.unreadable", _directory), what="A folder in place of a file.",
    ),
    FileFault(
        name="file.encoding.windows", code="file.encoding", entity="users", alone=True,
        act=_rewritten("users", "file.encoding", _recoded("cp1252")), what="A file in Windows-1252.",
    ),
    FileFault(
        name="file.encoding.utf-16", code="file.encoding", entity="orgs", alone=True,
        act=_rewritten("orgs", "file.encoding", _recoded("utf-16")), what="A file in UTF-16.",
    ),
    FileFault(
        name="file.delimiter.semicolon", code="file.delimiter", entity="roles", alone=True,
        act=_rewritten("roles", "file.delimiter", _delimited(";")), what="Semicolons between the cells.",
    ),
    FileFault(
        name="file.delimiter.tab", code="file.delimiter", entity="demographics", alone=True,
        act=_rewritten("demographics", "file.delimiter", _delimited("\t")), what="Tabs between the cells.",
    ),
    FileFault(
        name="file.format.sds-v1", code="file.format", entity="orgs", alone=True,
        act=_other("file.format", _SDS_V1), what="A folder of SDS v1.",
    ),
    FileFault(
        name="file.format.sds-v2", code="file.format", entity="orgs", alone=True,
        act=_other("file.format", _SDS_V2), what="A folder of SDS v2.",
    ),
    FileFault(
        name="file.duplicate", code="file.duplicate", entity="orgs", alone=True,
        act=_in_zip_too, what="A file that is also in a zip beside it.",
    ),
    FileFault(
        name="file.empty", code="file.empty", entity="userFlags", alone=True,
        act=_rewritten("userFlags", "file.empty", _emptied), what="A file without a byte.",
    ),
    FileFault(
        name="file.header-only", code="file.header-only", entity="demographics", alone=True,
        act=_rewritten("demographics", "file.header-only", _beheaded, _WARNING),
        what="A file that has only its header.",
    ),
    FileFault(
        name="file.cut", code="file.cut", entity="relationships",
        act=_stopping("relationships", "P000000,C00", code="row.ragged"),
        what="A file that stops in its last row.",
    ),
    FileFault(
        name="file.cut.quoted", code="file.cut", entity="demographics",
        act=_stopping("demographics", 'P000000,female,2014-02-03,"Saint-', code="row.quote"),
        what="A file that stops in a quoted cell of its last row.",
    ),
    FileFault(
        name="file.unexpected", code="file.unexpected", entity="orgs", act=_stranger,
        what="A file that the format does not have.",
    ),
    FileFault(
        name="row.quote.swallowing", code="row.quote", entity="userFlags", alone=True,
        act=_rewritten("userFlags", "row.quote", _swallowing, Severity.ERROR),
        what="A quotation mark that swallows half of the file.",
    ),
    FileFault(
        name="row.quote.unterminated", code="row.quote", entity="userFlags",
        act=_rewritten("userFlags", "row.quote", _trailing, Severity.ERROR),
        what="A quotation mark in the last row that is never closed.",
    ),
)  # fmt: skip
