"""The ledger of API clients: added, given a new secret, revoked; never deleted.

Each of these is a link of the audit chain, in its transaction.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Q, QuerySet
from django.db.transaction import atomic

from cartable.access import credentials
from cartable.errors import UsageError
from cartable.model.audits import Action
from cartable.model.clients import AccessEntry, ClientRecord
from cartable.model.entities import BY_NAME
from cartable.store import auditing, standings
from cartable.store.failures import translated
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    from cartable.access.models import Client, Entry

_READ = 1_000


def add(roster: Roster, client: ClientRecord, moment: datetime) -> tuple[ClientRecord, str]:
    """Add a client with a new id and a secret of its own.

    Args:
        client: what it is given and who gives it; its number, id and moments are made here.

    Returns:
        The client, and its secret: there is no other moment at which it can be told.

    Raises:
        UsageError: there is a client of that name that is not revoked.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    from cartable.access.models import Client

    secret = credentials.new_secret()
    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        rows = _clients(roster)
        if rows.filter(name=client.name, revoked=None).exists():
            raise UsageError(
                "There is a client {name} already.",
                "Take another name, or cartable clients rotate {name} for a new secret.",
                name=client.name,
            )
        row = Client(
            number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
            name=client.name,
            client_id=credentials.new_id(),
            secret_digest=credentials.digest_of(secret),
            scopes=list(client.scopes),
            organisations=[_row_of(roster, one) for one in client.organisations],
            services=list(client.services),
            fields=list(client.fields),
            rate=client.rate,
            author=client.author,
            created=moment,
        )
        row.save(using=roster.alias, force_insert=True)
        told = {name: getattr(client, name) for name in ("scopes", "organisations", "services", "fields")}
        document = {"client": row.number, "did": "add", **told}
        auditing.append(roster, Action.CLIENT, client.author, moment, document)
    return _record(roster, row), secret


def rotate(roster: Roster, named: str, moment: datetime, actor: str) -> tuple[ClientRecord, str]:
    """Give a client a new secret; the old one, and all tokens got with it, end at once.

    Args:
        named: its name or client id.

    Raises:
        LookupError: no client that is not revoked is called so.
        ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
    """
    secret = credentials.new_secret()
    changes = {"secret_digest": credentials.digest_of(secret), "rotated": moment}
    return _changed(roster, named, moment, actor, "rotate", changes), secret


def revoke(roster: Roster, named: str, moment: datetime, actor: str) -> ClientRecord:
    """Let a client call no more, from now on; likewise."""
    return _changed(roster, named, moment, actor, "revoke", {"revoked": moment})


def _changed(
    roster: Roster, named: str, moment: datetime, actor: str, did: str, changes: dict[str, Any]
) -> ClientRecord:
    with translated(roster.place), atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        found = _clients(roster).filter(Q(name=named) | Q(client_id=named), revoked=None).first()
        if found is None:
            raise LookupError(named)
        for name, value in changes.items():
            setattr(found, name, value)
        found.save(using=roster.alias, force_update=True, update_fields=list(changes))
        auditing.append(roster, Action.CLIENT, actor, moment, {"client": found.number, "did": did})
    return _record(roster, found)


def every(roster: Roster) -> list[ClientRecord]:
    """All clients by number, with the moment at which each was last heard of.

    Raises:
        DatabaseError: the database refused.
    """
    with translated(roster.place):
        used = dict(_entries(roster).values_list("client").annotate(last=Max("moment")))
        return [_record(roster, row, used.get(row.number)) for row in _clients(roster).order_by("number")]


def log(roster: Roster, numbers: tuple[int, ...] | None, limit: int) -> Iterator[AccessEntry]:
    """What clients did, the latest first.

    Args:
        numbers: whose; None for all.
        limit: how many entries at most.

    Raises:
        DatabaseError: the database refused.
    """
    with translated(roster.place):
        names = dict(_clients(roster).values_list("number", "name"))
        entries = _entries(roster).order_by("-moment", "-id")
        if numbers is not None:
            entries = entries.filter(client__in=numbers)
        for entry in entries[:limit].iterator(chunk_size=_READ):
            yield AccessEntry(
                names.get(entry.client, ""),
                auditing.iso(entry.moment),
                entry.action,
                entry.collection,
                entry.calls,
                entry.rows,
                entry.revision,
            )


def _row_of(roster: Roster, organisation: str) -> int:
    found = standings.standing(roster, BY_NAME["orgs"], {"sourcedId": organisation})
    assert found, "who names it has looked for it"
    return found.record


def _record(roster: Roster, row: "Client", used: datetime | None = None) -> ClientRecord:
    return ClientRecord(
        row.number,
        row.name,
        row.client_id,
        tuple(row.scopes),
        tuple(_organisations(roster).filter(pk__in=row.organisations).values_list("sourced_id", flat=True)),
        tuple(row.services),
        tuple(row.fields),
        row.rate,
        row.author,
        auditing.iso(row.created),
        _iso(row.rotated),
        _iso(row.revoked),
        _iso(used),
    )


def _iso(moment: datetime | None) -> str | None:
    return auditing.iso(moment) if moment else None


def _organisations(roster: Roster) -> "QuerySet[Any]":
    from cartable.store.tables import CURRENT

    return CURRENT["orgs"]._default_manager.using(roster.alias).order_by("sourced_id")


def _clients(roster: Roster) -> "QuerySet[Client]":
    from cartable.access.models import Client

    return Client._default_manager.using(roster.alias).all()


def _entries(roster: Roster) -> "QuerySet[Entry]":
    from cartable.access.models import Entry

    return Entry._default_manager.using(roster.alias).all()
