"""Backup and restore: everything that an installation keeps, in one file that says whether it is whole.

The file is a zip: a manifest, each table as lines of JSON, the files of the vault. The manifest has the
digest of every other part and is sealed with the installation's key, which is one of them: whoever holds
the file holds the key, so keep it as safe as the roster itself.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cartable.errors import BackupUnreadable, DatabaseError
from cartable.flow import clock, recalling
from cartable.model.progress import Progress, silent
from cartable.store import dumping, opening
from cartable.store.vault import KEY, Seal, Vault, vault_of

VERSION = 1
_MANIFEST, _TABLES, _VAULT = "backup.json", "tables", "vault"
_PIECE = 1 << 20
_DAMAGED = (OSError, EOFError, zipfile.BadZipFile, zlib.error, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds.

    Args:
        created: when it was made, ISO 8601.
        revision: the roster's.
        rows: how many rows of all tables.
        files: how many files of the vault.
        bytes: size of the file.
    """

    created: str
    revision: int
    rows: int
    files: int
    bytes: int


def back_up(database: str, path: Path, progress: Progress = silent) -> BackedUp:
    """Write everything that the installation keeps to `path`, which is replaced when all is written.

    Raises:
        DatabaseError: there is no roster. KeyUnusable: its key is missing.
    """
    vault = vault_of(database)
    unfinished = path.with_name(f"{path.name}.unfinished")
    with recalling.opened(database) as roster:
        seal = vault.seal(roster)
        revision = recalling.revision(roster)
        try:
            unfinished.touch(mode=0o600)
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                written = _Written(archive)
                names = list(dumping.tables())
                for done, (table, rows) in enumerate(dumping.dumped(roster)):
                    progress("backing up", done, len(names))
                    written.table(table, rows)
                for file in sorted(one for one in vault.directory.rglob("*") if one.is_file()):
                    written.file(f"{_VAULT}/{file.relative_to(vault.directory).as_posix()}", file)
                head = {
                    "version": VERSION,
                    "created": clock.stamp(),
                    "revision": revision,
                    "migrations": opening.migrations(),
                    "parts": written.parts,
                }
                archive.writestr(_MANIFEST, json.dumps({**head, "seal": seal.of(_sealed(head))}, indent=1))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return _told(head, path)


class _Written:
    """The parts of a backup as they are written, with their digests."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.parts: dict[str, dict[str, Any]] = {}

    def table(self, table: str, rows: Iterable[dumping.Row]) -> None:
        lines = (json.dumps(list(row), ensure_ascii=False).encode() + b"\n" for row in rows)
        count = self._write(f"{_TABLES}/{table}.jsonl", lines)
        self.parts[f"{_TABLES}/{table}.jsonl"]["rows"] = count

    def file(self, name: str, path: Path) -> None:
        with path.open("rb") as source:
            self._write(name, iter(lambda: source.read(_PIECE), b""))

    def _write(self, name: str, pieces: Iterable[bytes]) -> int:
        digest, count = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as target:
            for piece in pieces:
                digest.update(piece)
                target.write(piece)
                count += 1
        self.parts[name] = {"sha256": digest.hexdigest()}
        return count


def restore(path: Path, database: str, progress: Progress = silent) -> BackedUp:
    """Bring back what a backup holds, all or nothing, into a place where there is nothing yet.

    Every part is verified before anything is written. The vault comes first: a process that is killed
    leaves an empty roster beside it, and can be run again.

    Raises:
        BackupUnreadable: the file is no backup, is damaged, or a later edition's.
        DatabaseError: there is a roster at the place already, or the vault is another installation's.
    """
    vault = vault_of(database)
    with _opened(path) as (archive, head):
        for done, (name, part) in enumerate(head["parts"].items()):
            progress("verifying", done, len(head["parts"]))
            if _digest(archive, name) != part["sha256"]:
                raise _damaged(path)
        with opening.opened(database) as roster:
            dumping.refuse_if_used(roster)
            _restore_vault(archive, vault, head)
            dumping.load(roster, _tables(archive, progress))
    return _told(head, path)


def verify(path: Path) -> BackedUp:
    """What a backup holds, if it is whole.

    Raises:
        BackupUnreadable: it is not.
    """
    with _opened(path) as (archive, head):
        if any(_digest(archive, name) != part["sha256"] for name, part in head["parts"].items()):
            raise _damaged(path)
        return _told(head, path)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """The backup at `path` and its manifest, whose seal holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            head: dict[str, Any] = json.loads(archive.read(_MANIFEST))
            seal, content = head.pop("seal"), archive.read(f"{_VAULT}/{KEY}")
            if not Seal(bytes.fromhex(content.decode("ascii"))).holds(_sealed(head), seal):
                raise _damaged(path)
            if head["version"] != VERSION or head["migrations"] != opening.migrations():
                raise BackupUnreadable(
                    "The backup {path} was made by another edition of Cartable.",
                    "Restore it with that edition, then install this one.",
                    path=path,
                )
            yield archive, head
    except _DAMAGED as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> BackupUnreadable:
    return BackupUnreadable(
        "{path} is no backup, or is damaged; nothing was written.",
        "Take an earlier one; cartable backup --verify FILE says whether a backup is whole.",
        path=path,
    )


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return hashlib.file_digest(part, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads


def _restore_vault(archive: zipfile.ZipFile, vault: Vault, head: dict[str, Any]) -> None:
    """Write the files of the vault; one that is there must be of the same installation."""
    key = archive.read(f"{_VAULT}/{KEY}")
    if vault.directory.exists() and (vault.directory / KEY).read_bytes() != key:
        raise DatabaseError(
            "The vault {place} is another installation's; nothing was written.",
            "Restore to a new place with --database, or name another vault with CARTABLE_VAULT.",
            place=vault.directory,
        )
    vault.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=vault.directory.parent, prefix=".cartable-") as unfinished:
        for name in head["parts"]:
            place = PurePosixPath(name)
            if place.parts[0] != _VAULT or ".." in place.parts or place.is_absolute():
                continue
            target = Path(unfinished, *place.parts[1:])
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.touch(mode=0o600)
            with archive.open(name) as part, target.open("wb") as file:
                shutil.copyfileobj(part, file, _PIECE)
        for source in sorted(one for one in Path(unfinished).rglob("*") if one.is_file()):
            target = vault.directory / source.relative_to(unfinished)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            source.replace(target)


def _tables(archive: zipfile.ZipFile, progress: Progress) -> Iterator[tuple[str, Iterator[dumping.Row]]]:
    names = list(dumping.tables())
    for done, table in enumerate(names):
        progress("restoring", done, len(names))
        with archive.open(f"{_TABLES}/{table}.jsonl") as part:
            yield table, map(json.loads, part)


def _sealed(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True).encode()


def _told(head: dict[str, Any], path: Path) -> BackedUp:
    parts = head["parts"]
    return BackedUp(
        head["created"],
        head["revision"],
        sum(part.get("rows", 0) for part in parts.values()),
        sum(1 for name in parts if name.startswith(_VAULT)),
        path.stat().st_size,
    )
