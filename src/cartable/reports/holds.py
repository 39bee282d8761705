"""Held plans for people and programs: which ones wait, what holds one, what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from cartable import words
from cartable.model.holds import HeldPlan, HoldStatus
from cartable.reports import document, phrasing, serializing, table, text, wording
from cartable.reports.material import HoldRecord, Rules
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import Document, serialized
from cartable.words import marked

STATUSES: Mapping[HoldStatus, str] = {
    HoldStatus.WAITING: marked("waits"),
    HoldStatus.APPROVED: marked("approved"),
    HoldStatus.DISCARDED: marked("discarded"),
    HoldStatus.EXPIRED: marked("expired"),
}

COLUMNS = (
    *("number", "status", "source", "path", "planner", "created", "expires", "guards", "changes"),
    *("decided", "decider", "why", "run", "successor"),
)

_HEADINGS = (
    *(marked("Hold"), marked("Status"), marked("Since"), marked("Source"), marked("From")),
    *(marked("Held by"), marked("Expires"), marked("Changes")),
)


def write_list(listed: Iterable[HeldPlan], on: Page) -> None:
    """The list of held plans."""
    rows = [
        (
            str(held.number),
            words.text(STATUSES[held.status]),
            wording.moment(held.created),
            shown(held.header.source),
            shown(held.header.delivery.path),
            ", ".join(held.guards),
            wording.moment(held.expires) if held.status is HoldStatus.WAITING and held.expires else "–",
            words.figure(held.changing),
        )
        for held in listed
    ]
    if rows:
        on.table([words.text(title) for title in _HEADINGS], rows, left=7)
    else:
        on.write(words.text("No plan was held yet."))


def write_text(record: HoldRecord, rules: Rules, limit: int, on: Page) -> None:
    """One held plan: since when and why it waits, what it would change, or what became of it."""
    held = record.held
    on.write(state(held))
    on.write(
        words.text(
            "Planned by {who} from {path}, held since {moment}.",
            who=shown(held.planner),
            path=shown(held.header.delivery.path),
            moment=wording.moment(held.created),
        )
    )
    if held.why:
        on.write(words.text("Why: {why}", why=shown(held.why)))
    on.write()
    if record.check and record.outcome:
        text.write_plan(record.check, record.outcome, rules, limit, on)
        return
    for hold in held.header.holds:
        on.write(phrasing.held(hold), hanging=2)
    text.write_changes(held.header.counts, (), on)


def write_table(listed: Iterable[HeldPlan], to: TextIO) -> None:
    """One line a held plan; `guards` are divided by blanks."""
    table.write(COLUMNS, map(_line, listed), to)


def write_documents(listed: Iterable[HeldPlan], to: TextIO, *, is_masked: bool) -> None:
    """The list of held plans as JSON."""
    to.write(serialized({"version": document.VERSION, **document.masked(is_masked)})[:-1] + ', "holds": ')
    serializing.write_list(map(_document, listed), to)
    to.write("}\n")


def write_document(
    record: HoldRecord, rules: Rules, limit: int | None, to: TextIO, *, is_masked: bool
) -> None:
    """One held plan as JSON; while it waits, with its findings, their causes and each record.

    Args:
        limit: findings of each code, the others are counted in `omitted`; None is all.
    """
    head = {"version": document.VERSION, **document.masked(is_masked), "hold": _document(record.held)}
    to.write(serialized(head)[:-1])
    if record.check:
        to.write(", ")
        document.write_findings(record.check, rules, limit, to)
    if record.outcome:
        to.write(', "records": ')
        serializing.write_list(map(document.change_document, record.outcome.changes(None)), to)
        document.write_stays(record.outcome.stays, to)
    to.write("}\n")


def state(held: HeldPlan) -> str:
    """What became of a held plan, in one sentence."""
    values = {
        "number": held.number,
        "who": shown(held.decider),
        "run": held.run,
        "successor": held.successor,
        "moment": wording.moment(held.decided or held.expires or held.created),
    }
    match held.status:
        case HoldStatus.WAITING:
            return words.text("Hold {number} waits until {moment}.", **values)
        case HoldStatus.APPROVED:
            return words.text(
                "Hold {number} was approved by {who} on {moment} and applied as run {run}.", **values
            )
        case HoldStatus.DISCARDED if held.successor:
            return words.text("Hold {number} gave way to hold {successor} on {moment}.", **values)
        case HoldStatus.DISCARDED:
            return words.text("Hold {number} was discarded by {who} on {moment}.", **values)
    if held.run:
        return words.text("Hold {number} has expired: run {run} has moved the roster on.", **values)
    values["moment"] = wording.moment(held.expires or held.created)
    return words.text("Hold {number} has expired: it waited until {moment}.", **values)


def _line(held: HeldPlan) -> Sequence[object]:
    return (
        *(held.number, held.status, held.header.source, shown(held.header.delivery.path)),
        *(shown(held.planner), held.created, held.expires, " ".join(held.guards), held.changing),
        *(held.decided, shown(held.decider), shown(held.why), held.run, held.successor),
    )


def _document(held: HeldPlan) -> Document:
    header = held.header
    return {
        "number": held.number,
        "status": held.status,
        "source": header.source,
        "revision": header.revision,
        "planner": held.planner,
        "created": held.created,
        "expires": held.expires,
        "decided": held.decided,
        "decider": held.decider,
        "why": held.why,
        "run": held.run,
        "successor": held.successor,
        **document.plan_document(header),
        "input": document.input_document(header.delivery),
    }
