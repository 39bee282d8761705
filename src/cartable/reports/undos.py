"""Tells what takes a run back, and what it leaves."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from cartable import words
from cartable.model.decisions import Keep, Pin
from cartable.model.plans import Run
from cartable.model.undos import Left, LeftReason
from cartable.reports import document, phrasing, text, wording
from cartable.reports.material import Outcome
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import Document, serialized, write_list
from cartable.words import marked

LEFT = 20
"""Records left for one reason that are listed; the others are counted."""

_REASONS: Mapping[LeftReason, str] = {
    LeftReason.INACTIVE: marked("{record}: no longer in the roster since run {run}"),
    LeftReason.TAKEN: marked("{record}: its former identifier is another record's now ({other})"),
    LeftReason.DANGLING: marked("{record}: it would name {other}, which is not in the roster"),
    LeftReason.NAMED: marked("{record}: {other} still names it"),
}
_SOME = marked("{record}, {fields}: it would name {other}, which is not in the roster")


@dataclass(frozen=True)
class UndoRecord:
    """What takes a run back.

    Args:
        run: the run that is taken back.
        outcome: what the plan would change, or has changed.
        left: what it leaves as it is.
        is_masked: whether personal data is masked.
    """

    run: Run
    outcome: Outcome
    left: Callable[[], Iterable[Left]]
    is_masked: bool = False


def write_text(record: UndoRecord, on: Page) -> None:
    """What would be restored or was, then what is left and why."""
    on.write(_taken_back(record.run))
    if record.is_masked:
        on.write(words.text(wording.MASKED))
    text.write_outcome(record.outcome, on)
    told: Counter[LeftReason] = Counter()
    for left in record.left():
        if not told:
            on.write()
            on.write(words.text("Left as it is:"))
        told[left.reason] += 1
        if told[left.reason] <= LEFT:
            on.write(sentence(left), indent=2, hanging=2)
    if rest := sum(max(number - LEFT, 0) for number in told.values()):
        on.write(words.counted("and {number} more", "and {number} more", rest), indent=2)


def write_document(record: UndoRecord, to: TextIO) -> None:
    """The same as JSON, with every record."""
    head = {
        "version": document.VERSION,
        **document.masked(record.is_masked),
        "undoes": record.run.number,
        **document.outcome_document(record.outcome),
    }
    to.write(serialized(head)[:-1] + ', "records": ')
    write_list(map(document.change_document, record.outcome.changes(None)), to)
    to.write(', "left": ')
    write_list(map(_left, record.left()), to)
    to.write("}\n")


def sentence(left: Left) -> str:
    """What is left, and why."""
    record = f"{left.entity} {wording.record(left.key)}"
    fields = ", ".join(left.fields)
    other = f"{left.other} {wording.record(left.other_key)}"
    if left.reason is LeftReason.CHANGED:
        return words.counted(
            "{record}: {fields} has changed since, in run {run}",
            "{record}: {fields} have changed since, in run {run}",
            len(left.fields),
            record=record,
            fields=fields,
            run=left.run,
        )
    if isinstance(left.decision, Keep):
        told = "{record}: it is kept until {day}, by keep {number} ({why})"
        day = wording.dated(left.decision.until)
        return words.text(
            told, record=record, day=day, number=left.decision.number, why=shown(left.decision.why)
        )
    if left.decision:
        return words.text(
            "{record}, {fields}: pinned by {author}, pin {number} ({why})",
            record=record,
            fields=fields,
            author=shown(left.decision.author),
            number=left.decision.number,
            why=shown(left.decision.why),
        )
    told = _SOME if left.reason is LeftReason.DANGLING and left.fields else _REASONS[left.reason]
    return words.text(told, record=record, fields=fields, other=other, run=left.run)


def _taken_back(run: Run) -> str:
    return words.text(
        "Takes back run {run} of {day} ({what}).",
        run=run.number,
        day=wording.day(run.finished),
        what=phrasing.origin(run),
    )


def _left(left: Left) -> Document:
    return {
        "entity": left.entity,
        "key": list(left.key),
        "fields": list(left.fields),
        "reason": left.reason,
        "run": left.run,
        "other": {"entity": left.other, "key": list(left.other_key)} if left.other else None,
        "keep": left.decision.number if isinstance(left.decision, Keep) else None,
        "pin": left.decision.number if isinstance(left.decision, Pin) else None,
        "message": sentence(left),
    }
