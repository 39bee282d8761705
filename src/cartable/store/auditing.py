"""Appends to the audit chain, inside the transaction of what a link tells, by whoever holds the lock.

Nothing else writes links, and nothing changes one.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import models
from django.db.transaction import atomic, on_commit

from cartable.errors import ClockBehind
from cartable.model.audits import FIRST, Action, Document, Link, canonical, plan_part
from cartable.model.leaves import INSTANT, leaf
from cartable.model.plans import PlanHeader
from cartable.store import lists, states
from cartable.store.failures import translated
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    from cartable.store.ledgers import Link as LinkRow

_READ = 1_000
# Columns that ledgers did not have when the first chains began.
_LATER = frozenset({"checksums"})


def begin(roster: Roster, actor: str, moment: datetime) -> Link:
    """See that the chain has begun and that the clock is right, before anything else is written.

    The first link tells of all that was there before it.

    Returns:
        The last link.

    Raises:
        ClockBehind: the moment is earlier than that of the last link or run.
        KeyUnusable: the installation's key is missing, or another one's.
    """
    from cartable.store.tables import Run

    last = last_link(roster)
    if last:
        latest = datetime.fromisoformat(last.moment)
    else:
        runs = Run._default_manager.using(roster.alias)
        latest = runs.aggregate(latest=models.Max("finished"))["latest"] or moment
    if moment < latest:
        raise ClockBehind(
            "The clock says {now}, but what was done last was done on {latest}; nothing was written.",
            "Set the clock of this machine right. If it was wrong before, name a later instant "
            "with CARTABLE_NOW.",
            now=moment,
            latest=latest,
        )
    return last or _write(roster, Link(1, iso(moment), actor, Action.BEGIN, canonical(_found(roster)), FIRST))


def restored(roster: Roster, actor: str, moment: datetime, made: str, backup: str) -> None:
    """Append that a backup was restored, where it holds a chain; the caller holds the roster's lock.

    Args:
        made: when the backup was, ISO 8601.
        backup: the SHA-256 of its manifest, which tells it from every other.

    Raises:
        ClockBehind, KeyUnusable: as `begin`.
    """
    from cartable.store.tables import Installation

    if last_link(roster):
        revision = Installation._default_manager.using(roster.alias).get().revision
        document = {"made": made, "backup": backup, "revision": revision}
        append(roster, Action.RESTORE, actor, moment, document)


def append(
    roster: Roster,
    action: Action,
    actor: str,
    moment: datetime,
    document: Document,
    rows: Iterable[models.Model] = (),
) -> int:
    """Append a link; the chain begins with it where it has not begun.

    The caller is inside the transaction that does what the link tells, and holds the roster's lock.

    Args:
        document: what was done, see `cartable.model.audits`; no personal data.
        rows: ledger rows that the action wrote, saved already.

    Returns:
        The link's number.

    Raises:
        ClockBehind, KeyUnusable: as `begin`.
    """
    last = begin(roster, actor, moment)
    told: dict[str, dict[str, str]] = {}
    for row in rows:
        # As the database gives it back, for that is what verifying will see.
        kept = type(row)._default_manager.using(roster.alias).get(pk=row.pk)
        told.setdefault(table_of(type(row)), {})[str(row.pk)] = row_digest(kept)
    if told:
        document = {**document, "rows": told}
    link = Link(last.number + 1, iso(moment), actor, action, canonical(document), last.digest)
    return _write(roster, link).number


def saved(roster: Roster, header: PlanHeader, digest: str, moment: datetime) -> None:
    """Tell that a plan was saved as a file.

    Args:
        digest: of what the file seals.

    Raises:
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        append(roster, Action.PLAN, header.actor, moment, {**plan_part(header), "file": digest})


def _found(roster: Roster) -> Document:
    """The roster as an earlier edition left it: nothing, where there was none."""
    from cartable.store.tables import Installation, Run

    installation = Installation._default_manager.using(roster.alias).get()
    runs = Run._default_manager.using(roster.alias).order_by("number")
    return {
        "roster": iso(installation.created),
        "key": roster.vault.seal(roster).name,
        "revision": installation.revision,
        "states": states.told(roster, installation.revision),
        "rows": {"run": {str(run.number): row_digest(run) for run in runs.iterator(chunk_size=100)}},
        "lists": lists.told(roster),
    }


def last_link(roster: Roster) -> Link | None:
    """The last link; None where the chain has not begun."""
    from cartable.store.ledgers import Link as Row

    row = Row._default_manager.using(roster.alias).order_by("-number").first()
    return link_of(row) if row else None


def links(roster: Roster) -> Iterator[Link]:
    """All links, the latest first."""
    from cartable.store.ledgers import Link as Row

    with translated(roster.place):
        rows = Row._default_manager.using(roster.alias).order_by("-number")
        yield from map(link_of, rows.iterator(chunk_size=_READ))


def link_of(row: "LinkRow") -> Link:
    """A link as the model has it."""
    return Link(
        row.number,
        iso(row.moment),
        row.actor,
        row.action,
        row.document,
        row.previous,
        row.digest,
        row.seal,
    )


def iso(moment: datetime) -> str:
    """The only spelling of an instant in a link."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def table_of(kind: type[models.Model]) -> str:
    """What the chain calls a ledger's table."""
    return str(kind._meta.model_name)


def row_digest(row: models.Model) -> str:
    """The leaf of a ledger row."""
    told = {column.attname: _text(getattr(row, column.attname)) for column in row._meta.concrete_fields}
    # A row of an edition that did not have the column keeps its digest.
    values = (value for name, value in told.items() if value is not None or name not in _LATER)
    return leaf((table_of(type(row)), *values))


def _text(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(INSTANT)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str) else canonical(value)


def _write(roster: Roster, link: Link) -> Link:
    from cartable.store.ledgers import Link as Row

    link = link.with_digest()
    Row._default_manager.using(roster.alias).create(
        number=link.number,
        moment=datetime.fromisoformat(link.moment),
        actor=link.actor,
        action=link.action,
        document=link.document,
        previous=link.previous,
        digest=link.digest,
        seal=roster.vault.seal(roster).of(link.digest.encode()),
    )
    on_commit(partial(roster.vault.remember, link.number, link.digest), using=roster.alias)
    return link
