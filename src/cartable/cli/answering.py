"""What goes out: reports on stdout in the form asked for, progress on stderr where somebody watches."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from cartable import words
from cartable.errors import CartableError, UsageError, failure_of
from cartable.reports.safety import CSV_FILE, shown

if TYPE_CHECKING:
    from rich.progress import TaskID


class Form(StrEnum):
    """The form of a report."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"

    @property
    def is_whole(self) -> bool:
        """Whether half of it is worth nothing, so that it goes out in one piece at the end."""
        return self not in (Form.TEXT, Form.CSV)

    @property
    def is_for_programs(self) -> bool:
        """Whether a program reads it, which wants to be told of a failure in the same form."""
        return self in (Form.JSON, Form.SARIF, Form.JUNIT)


PLAIN = (Form.TEXT, Form.JSON, Form.CSV)
"""The forms of every report; a check has the others too."""


# JSON up to this size waits in memory, more of it in a file.
_SPOOL = 16 << 20


@contextmanager
def answer(form: Form, write_failure: Callable[[CartableError, TextIO], None]) -> Iterator[TextIO]:
    """Where to write a report.

    What is worth nothing by half goes to stdout in one piece at the end. Of what programs read, what
    stands there is always one whole document: the report, or `write_failure` of what prevented it.
    Nobody listening any more is no failure: the command keeps its exit status.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
        if form is not Form.TEXT:
            sys.stdout.reconfigure(encoding="utf-8", newline="")
    if not form.is_whole:
        with _listened_to():
            yield sys.stdout
            sys.stdout.flush()
        return
    with SpooledTemporaryFile(_SPOOL, "w+", encoding="utf-8", newline="") as document:
        text: Any = document
        try:
            yield text
        except UsageError:
            raise
        except Exception as exception:
            if form.is_for_programs:
                document.seek(0)
                document.truncate()
                write_failure(failure_of(exception), text)
                _pour(document)
            raise
        _pour(document)


@contextmanager
def written(path: Path, form: Form) -> Iterator[TextIO]:
    """A file to write a report into; what was there is replaced when all is written.

    CSV gets a byte order mark there, for spreadsheets; on stdout it has none, for programs.

    Raises:
        UsageError: it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    encoding = CSV_FILE if form is Form.CSV else "utf-8"
    try:
        with unfinished.open("w", encoding=encoding, errors="replace", newline="") as out:
            unfinished.chmod(0o600)  # it names children
            yield out
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(
            "The report cannot be written to {path}: {reason}.", path=path, reason=error.strerror
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


class Bars:
    """Progress bars on stderr, where that is a terminal; otherwise nothing. Close them before printing."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that so much of a stage is done."""
        if not sys.stderr.isatty():
            return
        if self._progress is None:
            self._progress = _progress()
            self._progress.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(shown(words.text(stage)), total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)

    def close(self) -> None:
        """Take the bars away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        # A stage may name a file, and square brackets in a file's name are no markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _pour(document: Any) -> None:
    document.seek(0)
    with _listened_to():
        while piece := document.read(1 << 20):
            sys.stdout.write(piece)
        sys.stdout.flush()


@contextmanager
def _listened_to() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # What is still buffered goes nowhere, without a complaint at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
