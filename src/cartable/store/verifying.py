"""Compares everything that the audit chain tells of with what is there, and says where they differ.

Reads one state of the roster and writes nothing. Streams: memory does not grow with the records.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from cartable.model.audits import FIRST, Action, Link
from cartable.model.breaks import NAMED, Break, Verdict
from cartable.model.entities import ENTITIES, Entity
from cartable.model.leaves import Tally
from cartable.model.progress import Progress, silent
from cartable.store import auditing, erasing, lists, states
from cartable.store.failures import translated
from cartable.store.rosters import Roster
from cartable.store.states import Group
from cartable.store.vault import Seal

_UNREADABLE = (AttributeError, OverflowError, TypeError, ValueError)


@dataclass(slots=True)
class _Told:
    """What the links say, each with the number of the link that says it.

    Args:
        rows: digests of ledger rows by table and number.
        lists: count and digest by name and run.
        states: likewise by entity, revision and kind.
        runs: the run by revision.
        erased: all that was erased.
        begun: the revision at which the chain began.
        last: the revision that it has reached.
        roster: what tells the roster from every other, and its key.
    """

    rows: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    lists: dict[tuple[str, int], tuple[dict[str, Any], int]] = field(default_factory=dict)
    states: dict[tuple[str, int, str], tuple[dict[str, Any], int]] = field(default_factory=dict)
    runs: dict[int, int] = field(default_factory=dict)
    erased: tuple[dict[str, Any], int] | None = None
    begun: int = 0
    last: int = 0
    roster: tuple[str, str] = ("", "")

    def take(self, link: Link) -> None:
        """Take what a link says; what cannot be read of it says nothing."""
        told = link.told
        try:
            self._take(link, told)
        except (*_UNREADABLE, LookupError):
            return

    def _take(self, link: Link, told: dict[str, Any]) -> None:
        if link.action == Action.BEGIN:
            self.begun, self.roster = int(told["revision"]), (told["roster"], told["key"])
            self.last = self.begun
        if link.action == Action.APPLY:
            self.last = int(told["revision"])
            if told["states"]:
                self.runs[self.last] = int(told["run"])
        for entity, kinds in told.get("states", {}).items():
            for kind, one in kinds.items():
                self.states[entity, self.last, kind] = (one, link.number)
        for table, rows in told.get("rows", {}).items():
            for number, digest in rows.items():
                self.rows[table, int(number)] = (digest, link.number)
        for name, runs in told.get("lists", {}).items():
            for run, one in runs.items():
                self.lists[name, int(run)] = (one, link.number)
        if "erased" in told:
            self.erased = (told["erased"], link.number)


def verify(roster: Roster, progress: Progress = silent) -> Verdict:
    """Verify the chain and all that it tells of.

    The roster's own connection sees one state from then on, so that nothing can be written with it.

    Raises:
        KeyUnusable: the installation's key is missing or damaged.
        DatabaseError: the database refused.
    """
    # Before the database: what is written meanwhile is in neither.
    noted = roster.vault.remembered()
    with translated(roster.place):
        roster.driver.begin_verifying(roster.connection)
        told = _Told()
        chain = list(_links(roster))
        if not chain and not noted:
            return Verdict(0, 0, ())
        breaks = list(_chain_breaks(chain, told, roster.vault.existing_seal()))
        breaks += _forgotten(chain, noted, breaks)
        breaks += _roster_breaks(roster, told)
        breaks += _row_breaks(roster, told)
        breaks += _list_breaks(roster, told)
        count = 0
        for done, entity in enumerate(ENTITIES):
            progress("verifying", done, len(ENTITIES))
            found, broken = _state_breaks(roster, entity, told)
            count += found
            breaks += broken
        breaks += _erased_breaks(roster, told)
        progress("verifying", len(ENTITIES), len(ENTITIES))
        return Verdict(len(chain), count, tuple(breaks))


def verify_links(roster: Roster) -> Verdict:
    """Verify the links alone, and not what they tell of.

    Raises:
        KeyUnusable: the installation's key is missing or damaged.
        DatabaseError: the database refused.
    """
    noted = roster.vault.remembered()
    with translated(roster.place):
        chain = list(_links(roster))
        breaks = list(_chain_breaks(chain, _Told(), roster.vault.existing_seal()))
        return Verdict(len(chain), 0, (*breaks, *_forgotten(chain, noted, breaks)))


def _links(roster: Roster) -> Iterator[Link]:
    from cartable.store.ledgers import Link as Row

    for number, row in _each(roster, Row):
        try:
            yield auditing.link_of(row)
        except _UNREADABLE:  # its digest cannot be right then; what it tells may be
            action, document = getattr(row, "action", ""), getattr(row, "document", "")
            yield Link(number, "", "", action, document, "")


def _each(roster: Roster, kind: type[models.Model]) -> Iterator[tuple[int, Any]]:
    """Rows of a ledger by number; None in place of one that cannot be read."""
    rows = kind._default_manager.using(roster.alias)
    for number in list(rows.order_by("pk").values_list("pk", flat=True)):
        try:
            yield number, rows.get(pk=number)
        except _UNREADABLE:
            yield number, None


def _chain_breaks(chain: list[Link], told: _Told, seal: Seal) -> Iterator[Break]:
    before = Link(0, "", "", "", "", "", FIRST)
    is_sound = True
    for link in chain:
        first, last = before.number + 1, link.number - 1
        if first == last:
            yield Break("link.missing", link=first)
        elif first < last:
            yield Break("links.missing", link=first, number=last)
        was_sound, is_sound = is_sound and last < first, False
        if link.with_digest().digest != link.digest:
            yield Break("link.altered", link=link.number)
        elif not seal.holds(link.digest.encode(), link.seal):
            yield Break("link.seal", link=link.number)
        elif was_sound and link.previous != before.digest:
            yield Break("link.order", link=link.number)
        elif was_sound and link.moment < before.moment:
            yield Break("link.moment", link=link.number)
        else:
            is_sound = True
        told.take(link)
        before = link


def _forgotten(chain: list[Link], noted: list[tuple[int, str]], breaks: list[Break]) -> list[Break]:
    """Links that the vault remembers and that are gone, or that are others now."""
    known = {link.number: link.digest for link in chain}
    said = [range(one.link or 0, (one.number or one.link or 0) + 1) for one in breaks]
    found = {}
    for number, digest in noted:
        if known.get(number) != digest and not any(number in some for some in said):
            found[number] = Break("link.replaced" if number in known else "link.missing", link=number)
    return list(found.values())


def _roster_breaks(roster: Roster, told: _Told) -> Iterator[Break]:
    from cartable.store.tables import Installation

    # Where the first link is missing, that was said.
    if told.roster[0]:
        rows = [row for _, row in _each(roster, Installation)]
        expected = [(*told.roster, told.last)]
        if [row and (auditing.iso(row.created), row.key, row.revision) for row in rows] != expected:
            yield Break("roster.altered")


def _row_breaks(roster: Roster, told: _Told) -> Iterator[Break]:
    from cartable.store import ledgers, tables

    left = dict(told.rows)
    for kind in (tables.Run, ledgers.Hold, ledgers.Keep, ledgers.Pin):
        table = auditing.table_of(kind)
        for number, row in _each(roster, kind):
            digest, link = left.pop((table, number), (None, None))
            if link is None:
                yield Break("row.untold", table=table, number=number)
            elif row is None or auditing.row_digest(row) != digest:
                yield Break("row.altered", link=link, table=table, number=number)
    for (table, number), (_, link) in left.items():
        yield Break("row.missing", link=link, table=table, number=number)


def _list_breaks(roster: Roster, told: _Told) -> Iterator[Break]:
    for listing in lists.LISTINGS:
        left = {run: one for (name, run), one in told.lists.items() if name == listing.name}
        for run, tally in lists.tallies(roster, listing):
            expected, link = left.pop(run, (None, None))
            if link is None:
                yield Break("list.untold", run=run, table=listing.name, found=tally.count)
            elif expected != tally.told:
                yield _altered_list(listing.name, run, link, expected, tally)
        for run, (expected, link) in left.items():
            yield _altered_list(listing.name, run, link, expected, Tally())


def _altered_list(name: str, run: int, link: int, expected: Any, found: Tally) -> Break:
    return Break("list.altered", link=link, run=run, table=name, told=_count(expected), found=found.count)


def _count(expected: Any) -> int | None:
    return expected.get("count") if isinstance(expected, dict) else None


def _state_breaks(roster: Roster, entity: Entity, told: _Told) -> tuple[int, list[Break]]:
    """How many states an entity has, and what is wrong with them."""
    count, breaks = 0, []
    left = {
        (revision, kind): one for (name, revision, kind), one in told.states.items() if name == entity.name
    }
    for group in list(states.groups(roster, entity, told.begun)):
        count += group.tally.count
        expected, link = left.pop((group.revision, group.name), (None, None))
        if link is None:
            breaks.append(
                Break(
                    "states.untold",
                    run=told.runs.get(group.revision),
                    revision=group.revision,
                    entity=entity.name,
                    found=group.tally.count,
                )
            )
        elif expected != group.told:
            breaks.append(_altered_states(roster, entity, told, group, expected, link))
    for (revision, _), (expected, link) in left.items():
        run = told.runs.get(revision)
        breaks.append(
            Break("states.missing", link=link, run=run, entity=entity.name, told=_count(expected), found=0)
        )
    if keys := states.unfollowed(roster, entity):
        breaks.append(Break("states.order", entity=entity.name, found=len(keys), records=tuple(keys[:NAMED])))
    return count, breaks


def _altered_states(
    roster: Roster, entity: Entity, told: _Told, group: Group, expected: Any, link: int
) -> Break:
    found, number = group.tally.count, _count(expected) or 0
    code = "states.altered"
    if found != number:
        code = "states.missing" if found < number else "states.added"
    elif group.tally.told == {name: expected.get(name) for name in group.tally.told}:
        code = "states.place"
    records = states.altered(roster, entity, group, told.begun, NAMED)
    run = told.runs.get(group.revision)
    return Break(
        code, link, run, group.revision, entity.name, told=number, found=found, records=tuple(records)
    )


def _erased_breaks(roster: Roster, told: _Told) -> Iterator[Break]:
    present = erasing.told(roster).get("erased")
    expected, link = told.erased or (None, None)
    if present != expected:
        yield Break("erased.list", link=link)
    if present:
        for entity in ENTITIES:
            changed = sum(erasing.changed(roster, entity, is_history=old) for old in (False, True))
            if changed:
                yield Break("erased.altered", link=link, entity=entity.name, found=changed)
