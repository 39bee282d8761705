"""A package of files on its way: a folder or a zip, written beside where it belongs and there at once."""

import fcntl
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cartable.errors import UsageError

_ZIP = ".zip"
_PIECE = 1 << 20
_LARGE = 1 << 31
_PRIVATE = 0o600  # it names children
_OLD = ".old"
_TOKEN = 4  # bytes


class Package:
    """A package that is being written.

    Args:
        path: as the operator named it.
        target: its real place.
        directory: where files are written, beside the target.
        overwrites: whether what is at the target is replaced.
    """

    def __init__(self, path: Path, target: Path, directory: Path, *, overwrites: bool) -> None:
        self.path = path
        self.target = target
        self.directory = directory
        self.overwrites = overwrites
        self.archive = None
        if _is_zip(path):
            file = directory / target.name
            file.touch(_PRIVATE)
            self.archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """A path to write a file of the package to."""
        written = self.directory / name
        yield written
        written.chmod(_PRIVATE)
        if self.archive:
            # Without the hour, so that the same files make the same package.
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _PRIVATE << 16
            is_large = written.stat().st_size >= _LARGE
            with written.open("rb") as source, self.archive.open(entry, "w", force_zip64=is_large) as to:
                shutil.copyfileobj(source, to, _PIECE)
            written.unlink()

    def finish(self) -> None:
        """Put the package where it belongs."""
        if self.archive:
            self.archive.close()
            self._see_that_it_is_free()
            (self.directory / self.target.name).replace(self.target)
            return
        self._see_that_it_is_free()
        old = self.directory.with_name(f"{self.directory.name}{_OLD}")
        if self.overwrites and self.target.exists():
            self.target.rename(old)
        try:
            self.directory.rename(self.target)
        except OSError:
            if old.exists():
                old.rename(self.target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _see_that_it_is_free(self) -> None:
        # Somebody may have put something there meanwhile.
        if self.archive and self.target.exists() and not self.overwrites:
            raise _taken(self.path)


@contextmanager
def unfinished(path: Path, names: Collection[str], *, overwrites: bool) -> Iterator[Package]:
    """A package to be written; what is not finished leaves nothing behind.

    Args:
        path: a zip where it ends in .zip, else a folder.
        names: of the files that such a package may have: a folder with others is not replaced.
        overwrites: whether a package that is there is replaced.

    Raises:
        UsageError: it cannot be written there, or something is there.
    """
    target = path.resolve()
    try:
        _clear_away(target)
        _see_that_it_may_go(path, target, names, overwrites=overwrites)
        made = [parent for parent in target.parents if not parent.exists()]
        directory = target.with_name(f".{target.name}.{secrets.token_hex(_TOKEN)}")
        try:
            directory.mkdir(parents=True, mode=0o700)
            with _held(directory):
                package = Package(path, target, directory, overwrites=overwrites)
                try:
                    yield package
                finally:
                    if package.archive:
                        package.archive.close()
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            for parent in made:
                with suppress(OSError):
                    parent.rmdir()  # only where nothing was put there
    except OSError as error:
        raise UsageError(
            "The export cannot be written to {path}: {reason}.",
            "Name another place.",
            path=path,
            reason=error.strerror or type(error).__name__,
        ) from error


@contextmanager
def _held(directory: Path) -> Iterator[bool]:
    """Hold a directory's lock, which goes when its process ends, however that does; whether it could be had.

    Some file systems have no such locks; there nothing of others is removed.
    """
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(place)


def _clear_away(target: Path) -> None:
    """Remove what killed processes left of packages for the target, which names children.

    A package that was there before comes back, where one was killed that had moved it and put none there.
    """
    left = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{{2 * _TOKEN}}}")
    parent = target.parent
    names = [one.name for one in parent.iterdir()] if parent.is_dir() else []
    for name in {name.removesuffix(_OLD) for name in names if left.fullmatch(name.removesuffix(_OLD))}:
        unfinished, old = parent / name, parent / f"{name}{_OLD}"
        with suppress(FileNotFoundError), _held(unfinished if unfinished.exists() else old) as is_dead:
            if not is_dead:
                continue
            if old.exists() and not target.exists():
                old.rename(target)
            for one in (unfinished, old):
                shutil.rmtree(one, ignore_errors=True)


def _is_zip(path: Path) -> bool:
    return path.name.lower().endswith(_ZIP)


def _see_that_it_may_go(path: Path, target: Path, names: Collection[str], *, overwrites: bool) -> None:
    """Refuse what is there, but for an earlier package where that may be replaced."""
    if not target.exists():
        return
    if _is_zip(path) != target.is_file():
        raise UsageError(
            "{path} is there already, and is no export of this kind.",
            "A name that ends in .zip is a zip, any other a directory. Name another place.",
            path=path,
        )
    present = [] if target.is_file() else sorted(entry.name for entry in target.iterdir())
    if (target.is_file() or present) and not overwrites:
        raise _taken(path)
    strangers = [name for name in present if name not in names]
    if strangers:
        raise UsageError(
            "The directory {directory} is not replaced: it holds {name}, which is no part of such an export.",
            "Name another directory; nothing in this one was touched.",
            directory=path,
            name=strangers[0],
        )


def _taken(path: Path) -> UsageError:
    return UsageError(
        "There is something at {path} already.",
        "Name another place, or say --overwrite; nothing there was touched.",
        path=path,
    )
