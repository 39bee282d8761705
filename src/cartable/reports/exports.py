"""Tells what an export wrote, what it could not carry, and what was made up."""

from typing import TextIO

from cartable import words
from cartable.formats.mapping import REASONS
from cartable.model.exports import Difference, Exported, Fate
from cartable.reports import wording
from cartable.reports.document import VERSION
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import Document, serialized
from cartable.words import marked

_HEADINGS = {
    Fate.LOST: marked("What {format} cannot carry:"),
    Fate.WITHHELD: marked("What was withheld:"),
    Fate.MADE_UP: marked("What was made up:"),
}


def write_text(done: Exported, on: Page) -> None:
    """The files and their records, then what differs from the roster, field by field."""
    on.write(
        words.counted(
            "Exported as {format} to {path}: {number} record.",
            "Exported as {format} to {path}: {number} records.",
            sum(done.rows.values()),
            format=done.title,
            path=shown(done.path),
        )
    )
    on.write(_when(done))
    if done.scope.school:
        on.write(words.text("Of the school {school} alone.", school=shown(done.scope.school)))
    on.write()
    rows = [(name, words.figure(count)) for name, count in done.rows.items()]
    on.table([words.text("File"), words.text("Rows")], rows)
    if not any(one.fate is Fate.LOST for one in done.differences):
        on.write()
        on.write(words.text("{format} carries all that was written.", format=done.title))
    for fate, heading in _HEADINGS.items():
        told = [one for one in done.differences if one.fate is fate]
        if not told:
            continue
        on.write()
        on.write(words.text(heading, format=done.title))
        for one in told:
            on.write(_line(one), indent=2, hanging=2)


def write_document(done: Exported, to: TextIO) -> None:
    """The same as JSON."""
    document: Document = {
        "version": VERSION,
        "format": done.format,
        "path": done.path,
        "as_of": {
            "run": done.run,
            "day": done.day.isoformat() if done.day else None,
            "instant": done.instant or None,
        },
        "school": done.scope.school or None,
        "files": dict(done.rows),
        "differences": [
            {
                "fate": one.fate,
                "reason": one.reason,
                "file": one.file,
                "field": one.field or None,
                "count": one.count,
                "message": words.text(REASONS[one.reason].told),
            }
            for one in done.differences
        ],
    }
    to.write(serialized(document) + "\n")


def _when(done: Exported) -> str:
    if done.day:
        day = wording.dated(done.day)
        return words.text("The roster as it was at the end of {day}, after run {run}.", day=day, run=done.run)
    moment = wording.moment(done.instant)
    return words.text("The roster as of {moment}, after run {run}.", moment=moment, run=done.run)


def _line(one: Difference) -> str:
    place, reason = one.file, words.text(REASONS[one.reason].told)
    if one.field:
        place = words.text("{file}, column {column}", file=one.file, column=one.field)
        counted = words.counted("{number} value", "{number} values", one.count)
    else:
        counted = words.counted("{number} record", "{number} records", one.count)
    sentence = words.text("{count}. {reason}", count=counted, reason=reason)
    return words.text("{place}: {sentence}", place=place, sentence=sentence)
