"""Tells of backups, and of what was received."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from cartable import words
from cartable.model.deliveries import DeliveredFile
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.text import moment
from cartable.words import marked

_MEGABYTE = 1_000_000
_HEADINGS = (marked("File"), marked("SHA-256"), marked("Bytes"), marked("Kept"))


class Kept(Protocol):
    """What a backup holds, see `cartable.flow.backing`."""

    @property
    def created(self) -> str:
        """When it was made, ISO 8601."""
        ...

    @property
    def revision(self) -> int:
        """The roster's."""
        ...

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        ...

    @property
    def bytes(self) -> int:
        """Size of the file."""
        ...


def write_backup(kept: Kept, path: Path, on: Page, *, is_new: bool) -> None:
    """What was written, or found whole."""
    if is_new:
        on.write(words.text("The backup is in {path}.", path=path))
    else:
        on.write(words.text("The backup {path} is whole.", path=path))
    on.write(_contents(kept))
    on.write(
        words.text(
            "It holds the installation's key and names children: keep it as safe as the roster itself."
        )
    )


def write_restored(kept: Kept, place: str, on: Page) -> None:
    """What was brought back."""
    on.write(words.text("The roster is back at {place}.", place=place))
    on.write(_contents(kept))


def _contents(kept: Kept) -> str:
    return words.counted(
        "Made {moment}, at revision {revision}: {number} row, {size} MB.",
        "Made {moment}, at revision {revision}: {number} rows, {size} MB.",
        kept.rows,
        moment=moment(kept.created),
        revision=words.figure(kept.revision),
        size=words.figure(-(-kept.bytes // _MEGABYTE)),
    )


def write_inputs(files: Iterable[tuple[DeliveredFile, bool]], directory: Path | None, on: Page) -> None:
    """The files of a run, whether each is kept, and where they were written."""
    answers = {True: words.text("yes"), False: words.text("no more")}
    on.table(
        [words.text(title) for title in _HEADINGS],
        [
            (shown(file.name), file.sha256, words.figure(file.bytes), answers[is_kept])
            for file, is_kept in files
        ],
        left=2,
    )
    if directory:
        on.write()
        on.write(words.text("The files are in {path}, as they were received.", path=directory))
