"""What is not as the audit chain says, and where."""

from collections.abc import Mapping
from dataclasses import dataclass

from cartable.words import marked

NAMED = 20
"""Records that one break names."""

# `what` is an entity, a row or a list in the reader's words, `origin` how states came to be.
BREAKS: Mapping[str, str] = {
    "link.altered": marked("Link {link} was altered: its contents do not give its digest."),
    "link.seal": marked("Link {link} has no seal of this installation: it was altered or put in."),
    "link.order": marked(
        "Link {link} does not follow the one before it: one was taken out, put in or moved."
    ),
    "link.missing": marked("Link {link} is missing."),
    "links.missing": marked("Links {link} to {number} are missing."),
    "link.replaced": marked("Link {link} is not the one that was written: the vault remembers another."),
    "link.moment": marked("Link {link} tells of an earlier moment than the one before it."),
    "row.altered": marked("{what} is not as link {link} says: it was altered."),
    "row.missing": marked("{what}, of which link {link} tells, is missing."),
    "row.untold": marked("{what}: no link tells of it; it was put in."),
    "list.altered": marked("{what} are not as link {link} says: {told} rows told, {found} found."),
    "list.untold": marked("{what}: no link tells of them; they were put in."),
    "states.altered": marked("{what}, {origin}, are not as link {link} says: {found} states, altered."),
    "states.missing": marked(
        "{what}, {origin}, are not as link {link} says: {found} of {told} states are left."
    ),
    "states.added": marked("{what}, {origin}, are not as link {link} says: {told} states became {found}."),
    "states.place": marked("{what}, {origin}, have other numbers in their table than link {link} says."),
    "states.untold": marked(
        "{what}: no link tells of {found} states of revision {revision}; they were put in."
    ),
    "states.order": marked("{what}: earlier states end where no later one begins (number: {found})."),
    "roster.altered": marked("The roster's own row is not as the chain says: it was altered."),
    "erased.list": marked("The list of erased states is not as link {link} says."),
    "erased.altered": marked("{what}: what was left of erased values is not as link {link} says."),
}
"""What each break says, by its code."""


@dataclass(frozen=True, slots=True)
class Break:
    """Something that is not as the chain says.

    Args:
        code: one of `BREAKS`.
        link: the link that is broken, or that says otherwise.
        run: the run that it concerns.
        revision: the roster's revision, where no run is known.
        entity: whose states they are.
        table, number: the ledger row, or the run's list.
        told, found: how many the link tells of, how many there are.
        records: keys of those that can be named, `NAMED` at most.
    """

    code: str
    link: int | None = None
    run: int | None = None
    revision: int | None = None
    entity: str = ""
    table: str = ""
    number: int | None = None
    told: int | None = None
    found: int | None = None
    records: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found.

    Args:
        links, states: how many were looked at.
        breaks: everything that is not as the chain says; empty where it is intact.
    """

    links: int
    states: int
    breaks: tuple[Break, ...]
