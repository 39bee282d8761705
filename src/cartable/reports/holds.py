"""Held plans for people: which ones wait, what holds one, what became of it."""

from collections.abc import Iterable, Mapping

from cartable import words
from cartable.model.holds import HeldPlan, HoldStatus
from cartable.reports import text, wording
from cartable.reports.material import HoldRecord, Outcome, Rules
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.words import marked

STATUSES: Mapping[HoldStatus, str] = {
    HoldStatus.WAITING: marked("waits"),
    HoldStatus.APPROVED: marked("approved"),
    HoldStatus.DISCARDED: marked("discarded"),
    HoldStatus.EXPIRED: marked("expired"),
}

_HEADINGS = (
    *(marked("Hold"), marked("Status"), marked("Since"), marked("Source"), marked("From")),
    *(marked("Held by"), marked("Expires"), marked("Changes")),
)


def write_holds(listed: Iterable[HeldPlan], on: Page) -> None:
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


def write_hold(record: HoldRecord, rules: Rules, limit: int, on: Page) -> None:
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
    if record.check and record.changes:
        outcome = Outcome(held.header.counts, held.header.holds, record.changes, waiting=held.number)
        text.write_plan(record.check, outcome, rules, limit, on)
        return
    for hold in held.header.holds:
        on.write(wording.held(hold), hanging=2)
    text.write_changes(held.header.counts, (), on)


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
