"""The files of deliveries as they were received, compressed in the vault, each once whatever runs it served.

A file is found by the digest of what was received. Columns that older editions of a format had for passwords
are left out, and rows of such files whose cells cannot be told apart.
"""

import csv
import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from cartable.store.vault import Vault

_FOLDER, _SUFFIX = "inputs", ".csv.zst"
# Three quarters of what a higher level saves, at the speed of the disk.
_LEVEL = 3
_LONGEST_CELL = 1 << 27
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Inputs:
    """The kept files of one installation."""

    vault: Vault

    def keep(self, path: Path, sha256: str, legacy: Collection[str] = ()) -> None:
        """Keep the file at `path`, unless it is there already or is not what the digest says.

        Args:
            sha256: digest of its bytes.
            legacy: names of columns that are left out.
        """
        from zstandard import ZstdCompressor

        target = self._path(sha256)
        if target.exists():
            return
        unfinished = target.with_name(f"{sha256}.{secrets.token_hex(4)}")
        unfinished.touch(mode=0o600)
        try:
            compressor = ZstdCompressor(level=_LEVEL, threads=os.cpu_count() or 1)
            with path.open("rb") as source, unfinished.open("wb") as file:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
                source.seek(0)
                secret = _places(source, legacy)
                with compressor.stream_writer(file, closefd=False) as packed:
                    if secret:
                        _copy_without(source, packed, secret)
                    else:
                        shutil.copyfileobj(source, packed, _PIECE)
            if digest == sha256:
                unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def write(self, sha256: str, target: Path) -> bool:
        """Write a kept file to `target`; whether it is still kept."""
        from zstandard import ZstdDecompressor

        source = self._path(sha256)
        if not source.exists():
            return False
        with source.open("rb") as packed, target.open("wb") as file:
            ZstdDecompressor().copy_stream(packed, file)
        return True

    @contextmanager
    def opened(self, sha256: str) -> Iterator[IO[bytes]]:
        """A kept file to read, unpacked as it is read.

        Raises:
            FileNotFoundError: it is not kept.
        """
        from zstandard import ZstdDecompressor

        with (
            self._path(sha256).open("rb") as packed,
            ZstdDecompressor().stream_reader(packed, closefd=False) as source,
        ):
            yield source

    @contextmanager
    def replacing(self, sha256: str) -> Iterator[IO[bytes]]:
        """What takes the place of a kept file when the block ends well."""
        from zstandard import ZstdCompressor

        target = self._path(sha256)
        unfinished = target.with_name(f"{sha256}.{secrets.token_hex(4)}")
        unfinished.touch(mode=0o600)
        try:
            with (
                unfinished.open("wb") as file,
                ZstdCompressor(level=_LEVEL).stream_writer(file, closefd=False) as packed,
            ):
                yield packed
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def holds(self, sha256: str) -> bool:
        """Whether the file is kept."""
        return self._path(sha256).exists()

    def digests(self) -> list[str]:
        """The digests of all kept files, of plans that were never applied too."""
        return sorted(path.name.partition(".")[0] for path in self.vault.folder(_FOLDER).glob(f"*{_SUFFIX}"))

    def prune(self, wanted: Collection[str], before: float) -> None:
        """Remove the files that nobody wants and that were kept before an instant (seconds since 1970)."""
        for path in self.vault.folder(_FOLDER).iterdir():
            name = path.name.partition(".")[0]
            if name not in wanted and path.stat().st_mtime < before:
                path.unlink()

    def _path(self, sha256: str) -> Path:
        return self.vault.folder(_FOLDER) / f"{sha256}{_SUFFIX}"


def _places(source: BinaryIO, legacy: Collection[str]) -> list[int]:
    """Which columns are to be left out; the file is read from its start afterwards."""
    if not legacy:
        return []
    text = io.TextIOWrapper(source, "utf-8-sig", newline="")
    header = next(csv.reader(text), [])
    text.detach()
    source.seek(0)
    unwanted = {name.casefold() for name in legacy}
    return [place for place, name in enumerate(header) if name.strip().casefold() in unwanted]


def _copy_without(source: BinaryIO, target: BinaryIO, secret: list[int]) -> None:
    """Copy the rows without some columns; a row of another width may hold them anywhere, and stays out."""
    csv.field_size_limit(_LONGEST_CELL)
    given = io.TextIOWrapper(source, "utf-8-sig", newline="", errors="replace")
    taken = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(taken)
    width = 0
    for row in csv.reader(given):
        width = width or len(row)
        if len(row) == width:
            writer.writerow([cell for place, cell in enumerate(row) if place not in secret])
    for text in (given, taken):
        text.detach()
