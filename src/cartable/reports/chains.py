"""The audit chain in words: what each link tells, what is not as it says."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TextIO

from cartable import words
from cartable.model.audits import Action, Document, Link
from cartable.model.breaks import BREAKS, Break, Verdict
from cartable.model.findings import Severity
from cartable.reports import phrasing, serializing, wording
from cartable.reports.document import VERSION
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.words import marked

# Rows of ledgers and lists of runs, by what the chain calls them.
_ROWS: Mapping[str, str] = {
    "run": marked("Run {number}"),
    "hold": marked("Hold {number}"),
    "keep": marked("Keep {number}"),
    "pin": marked("Pin {number}"),
}
_LISTS: Mapping[str, str] = {
    "findings": marked("The findings of run {run}"),
    "kept": marked("The kept records of run {run}"),
}

_CLIENT: Mapping[str, str] = {
    "add": marked("API client {number} was added."),
    "rotate": marked("API client {number} got a new secret."),
    "revoke": marked("API client {number} was revoked."),
}

_HEADINGS = (marked("Link"), marked("Moment"), marked("By"), marked("What was done"))


def write_verdict(verdict: Verdict, on: Page) -> None:
    """Whether the chain is intact, and each place where it is not."""
    looked_at = words.counted("{number} link", "{number} links", verdict.links)
    states = words.counted("{number} state of records", "{number} states of records", verdict.states)
    if not verdict.breaks:
        on.write(words.text("The audit chain is intact: {links}, {states}.", links=looked_at, states=states))
        return
    on.write(
        words.counted(
            "The audit chain is broken in {number} place ({links}, {states}).",
            "The audit chain is broken in {number} places ({links}, {states}).",
            len(verdict.breaks),
            links=looked_at,
            states=states,
        ),
        severity=Severity.ERROR,
    )
    for one in verdict.breaks:
        on.write(broken(one), indent=2, hanging=2)
    on.write(
        words.text(
            "→ Somebody has changed the database, or an older copy of it or of its vault was put in its "
            "place. Keep it as it is, and compare it with a backup."
        ),
        hanging=2,
    )


def write_links(links: Iterable[Link], on: Page) -> None:
    """The list of links."""
    rows = [(str(link.number), wording.moment(link.moment), shown(link.actor), told(link)) for link in links]
    if rows:
        on.table([words.text(title) for title in _HEADINGS], rows, left=4)
    else:
        on.write(words.text("The audit chain has not begun: nothing was done yet."))


def write_verdict_document(verdict: Verdict, to: TextIO) -> None:
    """The verdict as JSON, each break with its message."""
    breaks = [{"message": broken(one), **asdict(one)} for one in verdict.breaks]
    found = {"links": verdict.links, "states": verdict.states, "breaks": breaks}
    to.write(serializing.serialized({"version": VERSION, "intact": not verdict.breaks, **found}) + "\n")


def write_link_documents(listed: Iterable[Link], to: TextIO) -> None:
    """The links as JSON; each `document` as the text whose digest is taken."""
    to.write(f'{{"version": {VERSION}, "links": ')
    serializing.write_list((asdict(link) for link in listed), to)
    to.write("}\n")


def broken(one: Break) -> str:
    """What is not as the chain says, where it is, and which records can be named."""
    sentence = words.text(
        BREAKS[one.code],
        what=_what(one),
        origin=_origin(one),
        link=_number(one.link),
        number=_number(one.number),
        revision=_number(one.revision),
        told=_number(one.told),
        found=_number(one.found),
    )
    if not one.records:
        return sentence
    keys = wording.joined(map(wording.record, one.records))
    return f"{sentence} {words.text('In question: {records}.', records=keys)}"


def told(link: Link) -> str:
    """What was done, in one sentence."""
    try:
        return _told(link.action, link.told)
    except (AttributeError, LookupError, TypeError, ValueError):  # it was altered
        return shown(link.action)


def _told(action: str, document: Document) -> str:
    match action:
        case Action.BEGIN:
            return words.text("The chain begins at revision {revision}.", revision=document["revision"])
        case Action.APPLY:
            applied = phrasing.applied_as(document["run"], _changing(document))
            undoes = document.get("undoes")
            taken_back = words.text("It took back run {run}.", run=undoes) if undoes else ""
            return " ".join(filter(None, (applied, taken_back, _erased(document), _expired(document))))
        case Action.PLAN:
            return words.counted(
                "A plan was saved: {number} record would change.",
                "A plan was saved: {number} records would change.",
                _changing(document),
            )
        case Action.HOLD:
            guards = ", ".join(dict.fromkeys(hold["guard"] for hold in document["holds"]))
            number = document["hold"]
            return words.text("Hold {number} waits for a person ({guards}).", number=number, guards=guards)
        case Action.APPROVE:
            return words.text("Hold {number} was approved.", number=document["hold"])
        case Action.DISCARD:
            return words.text("Hold {number} was discarded.", number=document["hold"])
        case Action.RESTORE:
            return words.text(
                "A backup of {moment} was restored, at revision {revision}.",
                moment=wording.moment(document["made"]),
                revision=document["revision"],
            )
        case Action.KEEP:
            return words.text("Keep {number} was set.", number=document["keep"])
        case Action.RELEASE if "pin" in document:
            return words.text("Pin {number} was released.", number=document["pin"])
        case Action.RELEASE:
            return words.text("Keep {number} was released.", number=document["keep"])
        case Action.CLIENT:
            return words.text(_CLIENT[document["did"]], number=document["client"])
    return shown(action)


def _erased(document: Document) -> str:
    """How many states are without their values since."""
    number = document.get("erased", {}).get("count", 0)
    return (
        words.counted(
            "Since then {number} state is without its values.",
            "Since then {number} states are without their values.",
            number,
        )
        if number
        else ""
    )


def _expired(document: Document) -> str:
    """Which held plans the run put an end to, besides the one that it applied."""
    numbers = ", ".join(sorted(document["rows"].get("hold", {}), key=int))
    return words.text("Held plans that expired: {numbers}.", numbers=numbers) if numbers else ""


def _changing(document: Document) -> int:
    return sum(
        number
        for counts in document["changes"].values()
        for name, number in counts.items()
        if name not in ("keep", "unchanged")
    )


def _what(one: Break) -> str:
    if one.table in _LISTS:
        return words.text(_LISTS[one.table], run=_number(one.run))
    if one.table:
        return words.text(_ROWS[one.table], number=_number(one.number))
    return one.entity


def _origin(one: Break) -> str:
    if one.run is None:
        return words.text("as they were when the chain began")
    return words.text("as run {run} made them", run=one.run)


def _number(number: int | None) -> str:
    return "–" if number is None else str(number)
