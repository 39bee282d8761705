"""What people decided, and what stays as it is by it, in sentences, as JSON and as lines of a table."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from cartable import words
from cartable.model.decisions import DecisionState, Keep, Pin, Pinned
from cartable.model.plans import Kept, KeptReason
from cartable.reports import phrasing, wording
from cartable.reports.material import Stays
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import Document
from cartable.words import marked

FEW = 3
"""Records of one decision, and pinned fields, that are printed as examples."""

KEEP_COLUMNS = (
    *("number", "user", "class", "until", "state", "why", "by", "created", "released", "released_by"),
)
PIN_COLUMNS = (
    *("number", "entity", "key", "field", "value", "state", "why", "by", "created", "run"),
    *("released", "released_by"),
)

_STATES = {
    DecisionState.ACTIVE: marked("in force"),
    DecisionState.ENDED: marked("ended"),
    DecisionState.RELEASED: marked("released"),
}
_KEEP_HEADINGS = (
    *(marked("Keep"), marked("Whom or what"), marked("Until"), marked("State"), marked("By"), marked("Why")),
)
_PIN_HEADINGS = (
    *(marked("Pin"), marked("Whom or what"), marked("Field"), marked("Value"), marked("State"), marked("By")),
    marked("Why"),
)


def write_stays(stays: Stays, on: Page) -> None:
    """What stays because somebody decided it, though the delivery says otherwise; nothing for nothing."""
    kept: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    refused: list[str] = []
    for one in stays.kept():
        if not one.reason.is_decided:
            continue
        if one.line is not None:
            refused.append(_refused(one))
            continue
        by = why_kept(one)
        kept[by] += 1
        if kept[by] <= FEW:
            examples.setdefault(by, []).append(f"{one.entity} {wording.record(one.key)}")
    if kept:
        on.write()
        on.write(
            words.counted(
                "{number} record stays though the delivery does not show it:",
                "{number} records stay though the delivery does not show them:",
                kept.total(),
            )
        )
    for by, number in kept.items():
        records = wording.joined([*examples[by], *_more(number - FEW)])
        on.write(words.text("{place}: {sentence}", place=by, sentence=records), indent=2, hanging=2)
    told = words.counted(
        "{number} row is not taken, because it would give a protected person another role:",
        "{number} rows are not taken, because they would give a protected person another role:",
        len(refused),
    )
    _write_listed(told, refused, on)
    pinned = [_pinned(one) for one in stays.pinned()]
    told = words.counted(
        "{number} field stays as it is pinned though the delivery has another value:",
        "{number} fields stay as they are pinned though the delivery has other values:",
        len(pinned),
    )
    _write_listed(told, pinned, on)


def _write_listed(heading: str, sentences: Sequence[str], on: Page) -> None:
    if not sentences:
        return
    on.write()
    on.write(heading)
    for sentence in (*sentences[:FEW], *_more(len(sentences) - FEW)):
        on.write(sentence, indent=2, hanging=2)


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield words.counted("and {number} more", "and {number} more", number)


def why_kept(one: Kept) -> str:
    """By which decision a record stays."""
    if one.reason is KeptReason.UNTIL:
        return words.text(
            "Until {day}, by keep {number} ({why})",
            day=wording.day(one.until),
            number=one.keep,
            why=shown(one.why),
        )
    return words.text("Protected ({why})", why=shown(one.why))


def why_pinned(one: Pinned) -> str:
    """By whom a field is pinned and why, and what the delivery says instead."""
    return words.text(
        "the delivery has {delivered} (pin {number} by {author}: {why})",
        delivered=wording.value(one.delivered),
        number=one.number,
        author=shown(one.author),
        why=shown(one.why),
    )


def _refused(one: Kept) -> str:
    place = words.text("{file}, line {line}", file=shown(one.file), line=one.line)
    record = f"{one.entity} {wording.record(one.key)} ({place})"
    return words.text("{place}: {sentence}", place=record, sentence=shown(one.why))


def _pinned(one: Pinned) -> str:
    field = f"{one.entity} {wording.record(one.key)}, {one.field}"
    told = words.text("{value} stays, {rest}", value=wording.value(one.stays), rest=why_pinned(one))
    return words.text("{place}: {sentence}", place=field, sentence=told)


def subject(keep: Keep) -> str:
    """Whom or what a keep is about."""
    if keep.user and keep.klass:
        return words.text("{user} in the class {klass}", user=shown(keep.user), klass=shown(keep.klass))
    if keep.user:
        return words.text("person {user}", user=shown(keep.user))
    return words.text("class {klass}", klass=shown(keep.klass))


def write_keep(keep: Keep, on: Page) -> None:
    """What was just decided, and how to take it back."""
    on.write(
        words.text(
            "Keep {number}: {subject} stays until {day}, whatever a delivery says.",
            number=keep.number,
            subject=subject(keep),
            day=wording.dated(keep.until),
        )
    )
    on.write(words.text("To take it back: cartable release keep {number}", number=keep.number))


def write_pin(pin: Pin, on: Page) -> None:
    """What a pin holds, or would hold where it has no number yet."""
    told = "Pin {number}: {field} of {record} stays {value}, whatever a delivery says."
    then = "To take it back: cartable release pin {number}"
    if not pin.number:
        told = "{field} of {record} would stay {value}, whatever a delivery says."
        then = "To set it, repeat with --apply."
    record = f"{pin.entity} {wording.record(pin.key)}"
    value = wording.value(pin.value)
    on.write()
    on.write(words.text(told, number=pin.number, field=pin.field, record=record, value=value))
    on.write(words.text(then, number=pin.number))


def write_released(decision: Keep | Pin, on: Page) -> None:
    """That a decision holds no more."""
    told = "Pin {number} is released: the next delivery decides what the field holds."
    if isinstance(decision, Keep):
        told = "Keep {number} is released: the next delivery decides who stays."
    on.write(words.text(told, number=decision.number))


def write_keeps(keeps: Iterable[Keep], today: date, on: Page) -> None:
    """The list of keeps."""
    rows = [
        (
            str(keep.number),
            subject(keep),
            wording.dated(keep.until),
            words.text(_STATES[keep.state(today)]),
            shown(keep.author),
            shown(keep.why),
        )
        for keep in keeps
    ]
    _write_list(_KEEP_HEADINGS, rows, words.text("Nothing was ever kept."), on)


def write_pins(pins: Iterable[Pin], on: Page) -> None:
    """The list of pins."""
    rows = [
        (
            str(pin.number),
            f"{pin.entity} {wording.record(pin.key)}",
            pin.field,
            wording.value(pin.value),
            words.text(_STATES[pin.state]),
            shown(pin.author),
            shown(pin.why),
        )
        for pin in pins
    ]
    _write_list(_PIN_HEADINGS, rows, words.text("Nothing was ever pinned."), on)


def _write_list(headings: Sequence[str], rows: Sequence[Sequence[str]], nothing: str, on: Page) -> None:
    if rows:
        on.table([words.text(title) for title in headings], rows, left=len(headings))
    else:
        on.write(nothing)


def keep_document(keep: Keep, today: date) -> Document:
    """A keep as JSON."""
    return dict(zip(KEEP_COLUMNS, keep_line(keep, today), strict=True))


def keep_line(keep: Keep, today: date) -> tuple[object, ...]:
    """A keep as values of `KEEP_COLUMNS`."""
    return (
        *(keep.number, keep.user, keep.klass, keep.until.isoformat(), keep.state(today).value, keep.why),
        *(keep.author, keep.created, keep.released, keep.releaser),
    )


def pin_document(pin: Pin) -> Document:
    """A pin as JSON."""
    return {**dict(zip(PIN_COLUMNS, pin_line(pin), strict=True)), "key": list(pin.key), "value": pin.value}


def pin_line(pin: Pin) -> tuple[object, ...]:
    """A pin as values of `PIN_COLUMNS`."""
    return (
        *(pin.number, pin.entity, json.dumps(pin.key, ensure_ascii=False), pin.field, pin.value or ""),
        *(pin.state.value, pin.why, pin.author, pin.created, pin.run, pin.released, pin.releaser),
    )


def kept_document(one: Kept) -> Document:
    """A record that stays as it is, or a row that was not taken, as JSON."""
    return {
        "entity": one.entity,
        "key": list(one.key),
        "reason": one.reason,
        "code": one.code or None,
        "file": one.file or None,
        "line": one.line,
        "keep": one.keep,
        "until": one.until or None,
        "why": one.why,
        "message": phrasing.kept(one),
    }


def pinned_document(one: Pinned) -> Document:
    """A field that stays as it is pinned, as JSON."""
    return {
        "entity": one.entity,
        "key": list(one.key),
        "field": one.field,
        "stays": one.stays,
        "delivered": one.delivered,
        "pin": one.number,
        "by": one.author,
        "why": one.why,
    }
