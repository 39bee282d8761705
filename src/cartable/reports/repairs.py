"""What was repaired: the list, a CSV file, and the summary for a person."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TextIO

from cartable import words
from cartable.model.findings import Severity, Summary
from cartable.model.repairs import Repair, Repairs
from cartable.reports import wording
from cartable.reports.pages import Page
from cartable.reports.safety import cell, shown
from cartable.reports.text import verdict
from cartable.rules.repairs import BY_CODE
from cartable.words import marked

COLUMNS = ("file", "line", "column", "before", "after", "repair", "why")

_HEADINGS = (marked("Rows"), marked("Left out"))


class Repaired(Protocol):
    """A delivery that was repaired."""

    @property
    def directory(self) -> Path:
        """Where the copy is."""
        ...

    @property
    def list(self) -> Path:
        """The list of repairs."""
        ...

    @property
    def repairs(self) -> tuple[Repairs, ...]:
        """What was repaired, by file, column and kind."""
        ...

    @property
    def left(self) -> tuple[str, ...]:
        """Files that are not in the copy."""
        ...

    @property
    def before(self) -> Summary:
        """What a check says of the delivery."""
        ...

    @property
    def after(self) -> Summary:
        """What a check says of the copy."""
        ...


def write_list(repairs: Iterable[Repair], to: TextIO) -> None:
    """One line a repair, safe to open in a spreadsheet."""
    writer = csv.writer(to)
    writer.writerow(COLUMNS)
    why = {code: words.text(kind.why) for code, kind in BY_CODE.items()}
    for one in repairs:
        texts = (one.column or "", one.before, one.after)
        writer.writerow((one.file, one.line, *(cell(shown(text)) for text in texts), one.kind, why[one.kind]))


def write_repaired(done: Repaired, on: Page) -> None:
    """What was repaired, where the copy and the list are, and what a check says before and after."""
    total = sum(group.count for group in done.repairs)
    if not total:
        on.write(
            words.text("Nothing to repair; the copy in {directory} is the same.", directory=done.directory)
        )
    else:
        told = words.counted(
            "{number} repair was made; the copy is in {directory}, the list of repairs in {list}.",
            "{number} repairs were made; the copy is in {directory}, the list of repairs in {list}.",
            total,
            directory=done.directory,
            list=done.list,
        )
        on.write(told)
        on.write()
    for group in done.repairs:
        on.write(_told(group), indent=2, hanging=2)
    if done.left:
        on.write()
        names = ", ".join(map(shown, done.left))
        on.write(words.text("Not part of the format, and not in the copy: {files}.", files=names))
    on.write()
    on.table(
        ["", *(words.text(name) for name in (*wording.SEVERITIES.values(), *_HEADINGS))],
        [_row(words.text("Before"), done.before), _row(words.text("After"), done.after)],
    )
    on.write()
    on.write(verdict(done.after))
    if done.after.fatal or done.after.error:
        on.write(
            words.text(
                "What is left takes a person who knows; cartable check {directory} says what it is.",
                directory=done.directory,
            )
        )


def _told(group: Repairs) -> str:
    """One kind of repair in one file or column, with an example."""
    one = group.example
    where = [shown(one.file)]
    if one.column is not None:
        where.append(words.text("column {column}", column=shown(one.column)))
    what = words.text(BY_CODE[one.kind].title)
    if one.line is not None and one.kind not in ("header", "separator-line"):
        what = words.counted("{what}, {number} cell", "{what}, {number} cells", group.count, what=what)
    change = f"{wording.value(one.before)} → {wording.value(one.after)}"
    if group.count > 1:
        change = words.text("such as {change} in line {line}", change=change, line=one.line)
    return words.text("{place}: {sentence}", place=", ".join(where), sentence=f"{what}, {change}")


def _row(title: str, summary: Summary) -> tuple[str, ...]:
    severities = (getattr(summary, severity.value) for severity in Severity)
    return (title, *map(words.figure, (*severities, summary.rows, summary.excluded)))
