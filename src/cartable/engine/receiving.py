"""Takes in the files of a delivery: a folder, or a zip with the files at its root."""

import errno
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from io import FileIO
from pathlib import Path
from typing import IO

from cartable.engine.findings import Found
from cartable.engine.naming import files_alike
from cartable.errors import InputError
from cartable.formats.format import Format
from cartable.model import limits
from cartable.rules import files as rules

# Small files may shrink as they like: their size cannot hurt.
_HARMLESS = 64 * 1024 * 1024
# The directory of a zip is read whole; a thousand bytes an entry hold any name that is not meant to harm.
_LONGEST_DIRECTORY = 1000 * limits.FILES.size
_PIECE = 1024 * 1024

# What operating systems put beside files without being asked.
_LITTER_FILES, _LITTER_FOLDER = frozenset({".DS_Store", "Thumbs.db"}), "__MACOSX"

# Given names, the format and the one folder in a zip: what some of the files are to be called; the others
# are not part of the format.
Naming = Callable[[Iterable[str], Format, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Received:
    """One file as it came.

    Args:
        name: its name, made printable.
        path: where its bytes lie; None where they cannot be had.
        faults: why it is not read.
    """

    name: str
    path: Path | None
    faults: tuple[Found, ...] = ()


@dataclass(slots=True)
class Upload:
    """What lay at the path of a delivery.

    Args:
        files: the files, by name; those of the format and others.
        findings: about what is not one of them.
        zipped: names of files that lie only in a zip beside the others, and the zip's name.
        unsure: names of files of which several may be one of the format's.
        listed: whether it is known which files there are; else none is said to be missing.
    """

    files: dict[str, Received] = field(default_factory=dict)
    findings: list[Found] = field(default_factory=list)
    zipped: dict[str, str] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    listed: bool = True


def receive(
    path: Path, directory: Path, layout: Format, wanted: Sequence[str], naming: Naming | None = None
) -> Upload:
    """List the files at `path`, unpacking a zip into `directory`.

    Args:
        path: a folder or a zip.
        directory: where files may be unpacked.
        layout: the format whose files are expected.
        wanted: names of further files that tell which format it is.
        naming: what files are to be called; None takes names as they are.

    Raises:
        InputError: there is nothing there, or something that can be no delivery.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _folder(path, directory, layout, wanted, naming)
        if stat.S_ISREG(mode) and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)):
            return _archive(path, directory, layout, wanted, naming)
    except FileNotFoundError:
        raise InputError("There is nothing at {path}.", "Check the path.", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(
            "{path} cannot be opened: {reason}.",
            "Let the account that runs Cartable read it.",
            path=path,
            reason=getattr(error, "strerror", None) or type(error).__name__,
        ) from None
    raise InputError(
        "{path} is neither a folder nor a zip archive.",
        "Give the folder that holds the files, not one of them.",
        path=path,
    )


def printable(name: str) -> str:
    """A file name as text that can be stored: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", errors="replace")


def _folder(
    path: Path, directory: Path, layout: Format, wanted: Sequence[str], naming: Naming | None
) -> Upload:
    known = {file.name for file in layout.files}
    entries, more = _listed(path, known)
    zips = [name for name in entries if name.lower().endswith(".zip") and (path / name).is_file()]
    upload, meant = Upload(), naming(entries, layout, "") if naming else {}
    if len(zips) == 1 and not known.intersection((*entries, *meant.values())):
        upload = _archive(path / zips[0], directory, layout, wanted, naming)
        entries.remove(zips[0])
    # The format's files first: a zip is compared with them.
    for name in sorted(entries, key=lambda name: name not in known):
        place, shown = path / name, printable(name)
        if (file := meant.get(name, name)) in known:
            upload.files[file] = Received(shown, *_opened(place))
        elif place.is_dir():
            upload.findings.append(_unexpected(f"{shown}/", layout, case="folder"))
        else:
            regular = place.is_file()
            upload.files[shown] = Received(shown, place if regular else None)
            upload.unsure += [shown] if name in meant else []
            free = known - set(entries)
            twice, held = _compare(upload, path, name, known)
            if held:
                upload.findings.append(_unexpected(shown, layout, case="zip", held=held))
            elif not twice:
                upload.findings.append(_unexpected(shown, layout, near=_near(shown, free)))
    if more:
        detail = {"format": layout.title, "case": "many", "more": str(more)}
        upload.findings.append(Found(rules.UNEXPECTED, detail=detail))
    return upload


def _listed(path: Path, known: set[str]) -> tuple[list[str], int]:
    """Names in a folder, sorted: the format's, zips, the first of the others; how many more there are."""
    count = 0

    def names() -> Iterator[str]:
        nonlocal count
        with os.scandir(path) as entries:
            for entry in entries:
                if not _is_litter(entry.name):
                    count += 1
                    yield entry.name

    def rank(name: str) -> tuple[bool, bool, str]:
        return name not in known, not name.lower().endswith(".zip"), name

    listed = nsmallest(limits.FILES.size, names(), key=rank)
    return sorted(listed), count - len(listed)


def _is_litter(name: str) -> bool:
    parts = name.rstrip("/").split("/")
    return parts[-1] in _LITTER_FILES or parts[0] == _LITTER_FOLDER


def _opened(place: Path) -> tuple[Path | None, tuple[Found, ...]]:
    """The place of a file that can be opened, or why not. Never opens a pipe, which could block."""
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            return None, (Found(rules.UNREADABLE, detail={"case": "kind"}),)
        with place.open("rb"):
            return place, ()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP) and place.is_symlink():
            return None, (Found(rules.UNREADABLE, detail={"case": "link"}),)
        return None, (system_fault(error),)


def system_fault(error: OSError) -> Found:
    """The finding about a file that the system does not let us read."""
    return Found(rules.UNREADABLE, detail={"case": "system", "reason": error.strerror or "input error"})


def _compare(upload: Upload, path: Path, name: str, known: set[str]) -> tuple[list[str], list[str]]:
    """Note which files a zip in the folder holds too, and which it alone holds."""
    if not name.lower().endswith(".zip"):
        return [], []
    try:
        with _Bounded(path / name) as stream, zipfile.ZipFile(stream) as archive:
            inside = known.intersection(archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return [], []
    # The format's files come first, so that those in the folder are noted by now.
    twice, held = sorted(inside & set(upload.files)), sorted(inside - set(upload.files))
    for file in twice:
        fault = Found(rules.DUPLICATE, detail={"archive": printable(name)})
        earlier = upload.files.get(file) or Received(file, path / file)
        upload.files[file] = Received(file, earlier.path, (*earlier.faults, fault))
    upload.zipped |= dict.fromkeys(held, printable(name))
    return twice, held


def _unexpected(
    name: str, layout: Format, near: str | None = None, case: str = "", held: Sequence[str] = ()
) -> Found:
    """The finding about a file that the format does not have; fatal in a zip."""
    detail = {"format": layout.title}
    if held:
        detail["held"] = ", ".join(held)
    if near:
        detail["near"], case = near, f"{case}-near" if case else "near"
    if case:
        detail["case"] = case
    return Found(rules.UNEXPECTED, file=name, detail=detail)


def _near(name: str, free: set[str]) -> str | None:
    """The file of the format that a name may be a misspelling of."""
    return next(iter(files_alike(name, free)), None)


class _Bounded(FileIO):
    """A file of which at most so much is read at once, so that no zip's directory fills the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = os.fstat(self.fileno()).st_size - self.tell()
        if size > _LONGEST_DIRECTORY:
            raise _TooMuchError("entries", limits.FILES)
        return super().read(size) or b""


class _TooMuchError(ValueError):
    """A zip exceeds a limit as a whole."""

    def __init__(self, case: str, limit: limits.Limit) -> None:
        super().__init__(case)
        self.detail = {"case": case, "limit": str(limit.number)}


def _archive(
    path: Path, directory: Path, layout: Format, wanted: Sequence[str], naming: Naming | None
) -> Upload:
    shown = printable(path.name)
    try:
        with _Bounded(path) as stream, zipfile.ZipFile(stream) as archive:
            return _unpacked(archive, directory, layout, wanted, naming)
    except _TooMuchError as error:
        detail = error.detail
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        detail = {"case": "archive"}
    except OSError as error:
        detail = dict(system_fault(error).detail)
    return Upload(findings=[Found(rules.UNREADABLE, file=shown, detail=detail)], listed=False)


def _unpacked(
    archive: zipfile.ZipFile, directory: Path, layout: Format, wanted: Sequence[str], naming: Naming | None
) -> Upload:
    upload, budget = Upload(), limits.ZIP_SIZE.size
    known = {file.name for file in layout.files}
    members = [member for member in archive.infolist() if not _is_litter(member.filename)]
    if len(members) > limits.FILES.size:
        raise _TooMuchError("entries", limits.FILES)
    # What they say that they unpack to is believed where it is too much; else it is counted.
    if sum(member.file_size for member in members) > limits.ZIP_SIZE.size:
        raise _TooMuchError("size", limits.ZIP_SIZE)
    names = {member.filename for member in members}
    folder = _only_folder(names)
    meant = naming(names, layout, folder or "") if naming else {}
    if folder and not meant:
        return Upload(findings=[_unexpected(printable(folder), layout, case="archive-folder")], listed=False)
    # A folder's own entry says nothing that the entries in it do not say.
    folders = {name[: name.rfind("/") + 1] for name in names if not name.endswith("/")}
    for member in members:
        name, shown = meant.get(member.filename, member.filename), printable(member.filename)
        if member.filename in folders:
            continue
        if name in known and name in upload.files:
            earlier = upload.files[name]
            fault = Found(rules.DUPLICATE, detail={"case": "inside", "archive": ""})
            upload.files[name] = Received(name, earlier.path, (fault,))
        elif "/" in name or "\\" in name:
            upload.findings.append(_unexpected(shown, layout, case="archive-path"))
        elif name in known or name in wanted or member.filename in meant:
            received, budget = _member(archive, member, directory / f"received-{name}", budget)
            upload.files[name] = received
        else:
            upload.files[shown] = Received(shown, None)
        if name not in known and "/" not in name and "\\" not in name:
            near = _near(shown, known - names)
            upload.findings.append(_unexpected(shown, layout, near=near, case="archive"))
            upload.unsure += [name] if name in meant else []
    return upload


def _only_folder(names: set[str]) -> str | None:
    """The folder that all CSV files in a zip lie in; None where they lie elsewhere, or there are none."""
    files = [name.replace("\\", "/") for name in names if name.lower().endswith(".csv")]
    folders = {name[: name.rfind("/") + 1] for name in files}
    return next(iter(folders)) or None if len(folders) == 1 else None


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, budget: int
) -> tuple[Received, int]:
    """Unpack one file to a place, unless it lies there already; what is left of the bytes that may be."""
    name, size, packed = printable(member.filename), 0, _size_of(archive)
    if place.exists() and place.stat().st_size == member.file_size:
        # It was unpacked when the format was not known yet.
        return Received(name, place), budget - place.stat().st_size
    if member.flag_bits & 1:
        return Received(name, None, (Found(rules.UNREADABLE, detail={"case": "encrypted"}),)), budget
    try:
        with archive.open(member) as source, place.open("wb") as target:
            for piece in _pieces(source):
                size += len(piece)
                if size > budget:
                    detail = {"case": "size", "limit": str(limits.ZIP_SIZE.number)}
                    break
                if size > max(_HARMLESS, limits.ZIP_RATIO.size * min(member.compress_size, packed)):
                    detail = {"case": "ratio", "limit": str(limits.ZIP_RATIO.number)}
                    break
                target.write(piece)
            else:
                return Received(name, place), budget - size
    except NotImplementedError:
        detail = {"case": "compression"}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError):
        detail = {"case": "member"}
    except OSError as error:
        detail = dict(system_fault(error).detail)
    place.unlink(missing_ok=True)
    return Received(name, None, (Found(rules.UNREADABLE, detail=detail),)), budget - size


def _size_of(archive: zipfile.ZipFile) -> int:
    """Bytes of a zip, which none of its files can be longer than packed, whatever it says."""
    assert archive.fp
    return os.fstat(archive.fp.fileno()).st_size


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_PIECE):
        yield piece
