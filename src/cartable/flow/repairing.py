"""Repair a delivery: check it, write the repaired copy and the list of repairs, check the copy."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cartable.engine import repairing, workspace
from cartable.errors import UsageError
from cartable.flow.checking import checked
from cartable.formats.layouts import layout_of
from cartable.model.findings import Summary
from cartable.model.options import CheckOptions
from cartable.model.progress import Progress, silent
from cartable.model.repairs import Repairs
from cartable.reports.repairs import write_list
from cartable.reports.safety import CSV_FILE


@dataclass(frozen=True)
class Repaired:
    """A delivery that was repaired.

    Args:
        directory: where the copy is.
        list: the list of repairs, a CSV file with a byte order mark.
        repairs: what was repaired, by file, column and kind.
        left: files of the delivery that are none of the format's, and not in the copy.
        before, after: what a check says of the delivery, and of the copy.
    """

    directory: Path
    list: Path
    repairs: tuple[Repairs, ...]
    left: tuple[str, ...]
    before: Summary
    after: Summary


def repair(path: Path, directory: Path, options: CheckOptions, progress: Progress = silent) -> Repaired:
    """Write a repaired copy of the delivery at `path`, and beside it the list of repairs.

    Args:
        path: a folder or a zip.
        directory: new or empty, and not in the delivery.

    Raises:
        InputError: there is no delivery of the format at `path`.
        UsageError: the copy cannot be written there.
    """
    target = _free(path, directory)
    listed = target.with_name(f"{target.name}.repairs.csv")
    with _unfinished(target) as (copy, listing):
        with checked(path, options, progress) as found:
            before, layout = found.summary, layout_of(found.delivery.format)
        with workspace.opened(options.memory) as work:
            left = repairing.repair(work, path, copy, options, progress, layout)
            with listing.open("x", encoding=CSV_FILE, newline="") as out:
                write_list(repairing.repairs(work), out)
            repairs = tuple(repairing.summed(work))
        with checked(copy, options, progress) as found:
            after = found.summary
        listing.replace(listed)
        try:
            copy.rename(target)
        except OSError:
            listed.unlink()
            raise
    # Named as the directory was, where that tells its place.
    named = directory.with_name(listed.name) if directory.name == target.name else listed
    return Repaired(directory, named, repairs, left, before, after)


def _free(path: Path, directory: Path) -> Path:
    """The directory's real place, where a copy may be put."""
    place = directory.resolve()
    if place.is_relative_to(path.resolve()):
        raise UsageError(
            "The copy cannot be put into the delivery itself: {directory}.",
            "Name a new directory outside of it.",
            directory=directory,
        )
    try:
        present = sorted(entry.name for entry in place.iterdir()) if place.exists() else []
    except OSError as error:
        raise _refused(directory, error) from None
    if present:
        raise UsageError(
            "The directory {directory} is not empty: it holds {name}.",
            "Name a new or empty directory; nothing in this one was touched.",
            directory=directory,
            name=present[0],
        )
    return place


def _refused(directory: Path, error: OSError) -> UsageError:
    return UsageError(
        "The directory {directory} cannot be written: {reason}.",
        "Name another directory.",
        directory=directory,
        reason=error.strerror or type(error).__name__,
    )


@contextmanager
def _unfinished(target: Path) -> Iterator[tuple[Path, Path]]:
    """A directory and a file to write into, beside where they belong; what is left there goes."""
    made = [parent for parent in target.parents if not parent.exists()]
    copy = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    listing = copy.with_name(f"{copy.name}.csv")
    try:
        copy.mkdir(parents=True)
    except OSError as error:
        raise _refused(target, error) from None
    try:
        yield copy, listing
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        listing.unlink(missing_ok=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()  # only where nothing was put there
