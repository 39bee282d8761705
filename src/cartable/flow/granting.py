"""API clients: who may read and write the roster through the web, with which rights, and what they did."""

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cartable.access import clients
from cartable.access.fields import DEMOGRAPHICS, GROUPS
from cartable.access.scopes import BY_ADDRESS, NAMES, SERVICES, addresses, defaults
from cartable.errors import UsageError
from cartable.flow import clock, naming, recalling
from cartable.model.clients import RATE, AccessEntry, ClientRecord, Issued
from cartable.model.scopes import Scope
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

TOKEN_PATH = "/oauth2/token"  # noqa: S105 (an address)

_NO_SCOPE = marked("There is no scope {name}.")
_NO_FIELD = marked("There is no group of fields {name}.")
_NO_SERVICE = marked("There is no service {name}.")


def add(
    database: str,
    name: str,
    *,
    scopes: Sequence[str],
    organisations: Sequence[str],
    fields: Sequence[str],
    services: Sequence[str],
    rate: int | None,
    url: str,
    actor: str,
) -> Issued:
    """Add a client.

    Args:
        scopes: addresses, or names for all versions; none for reading what its services have.
        organisations: identifiers or names; none for all.
        fields: groups of sensitive fields; none stays without them.
        services: none for those of its scopes, or for rostering where none is named either.
        rate: requests a minute, 0 for any number; None for the usual one.
        url: where the server is known.

    Raises:
        UsageError: something that is named is not there, or the name is taken.
        DatabaseError: there is no roster.
    """
    _see_that_it_is_a_name(name)
    _see_that_all_are_known(scopes, (*NAMES, *BY_ADDRESS), NAMES, _NO_SCOPE)
    _see_that_all_are_known(fields, GROUPS, GROUPS, _NO_FIELD)
    _see_that_all_are_known(services, SERVICES, SERVICES, _NO_SERVICE)
    granted = addresses(scopes)
    served = services or {BY_ADDRESS[scope].service for scope in granted} or SERVICES[:1]
    with recalling.opened(database) as roster:
        client = ClientRecord(
            number=0,
            name=name,
            client_id="",
            scopes=granted or defaults(served, with_demographics=bool(DEMOGRAPHICS & set(fields))),
            organisations=tuple(dict.fromkeys(_organisation(roster, one) for one in organisations)),
            services=tuple(service for service in SERVICES if service in served),
            fields=tuple(group for group in GROUPS if group in fields),
            rate=RATE if rate is None else rate,
            author=actor,
            created="",
        )
        added, secret = clients.add(roster, client, clock.now())
    return Issued(added, secret, url + TOKEN_PATH)


def rotate(database: str, named: str, url: str, actor: str) -> Issued:
    """Give a client a new secret; the old one and its tokens end at once.

    Args:
        named: its name or client id.

    Raises:
        UsageError: no client that may call is named so.
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        try:
            client, secret = clients.rotate(roster, named, clock.now(), actor)
        except LookupError:
            raise _unknown(roster, named) from None
    return Issued(client, secret, url + TOKEN_PATH)


def revoke(database: str, named: str, actor: str) -> ClientRecord:
    """Let a client call no more; likewise."""
    with recalling.opened(database) as roster:
        try:
            return clients.revoke(roster, named, clock.now(), actor)
        except LookupError:
            raise _unknown(roster, named) from None


def every(database: str) -> list[ClientRecord]:
    """All clients by number, those that were revoked too.

    Raises:
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        return clients.every(roster)


def log(database: str, named: str, limit: int) -> Iterator[AccessEntry]:
    """What clients did, the latest first.

    Args:
        named: the name or client id of the only one that is wanted; empty for all.
        limit: how many entries at most.

    Raises:
        UsageError: there never was a client of that name.
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        numbers = None
        if named:
            known = clients.every(roster)
            numbers = tuple(one.number for one in known if named in (one.name, one.client_id))
            if not numbers:
                raise _unknown(roster, named, is_active=False)
        yield from clients.log(roster, numbers, limit)


def _see_that_it_is_a_name(name: str) -> None:
    if not name.strip() or not name.isprintable():
        raise UsageError("The client needs a name that can be read.", "Name who it is, such as Moodle.")


def _see_that_all_are_known(
    named: Sequence[str], known: Collection[str], shown: Collection[str], missing: str
) -> None:
    for name in named:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = "Did you mean {near}?" if near else "There are: {names}."
            raise UsageError(missing, hint, name=name, near="".join(near), names=", ".join(shown))


def _organisation(roster: "Roster", named: str) -> str:
    return naming.resolved(roster, Scope(school=named), recalling.revision(roster)).school


def _unknown(roster: "Roster", named: str, *, is_active: bool = True) -> UsageError:
    """That there is no such client, and which one is close or was revoked."""
    known = clients.every(roster)
    if any(one.revoked and named in (one.name, one.client_id) for one in known):
        return UsageError(
            "The client {name} was revoked already.", "cartable clients list lists all.", name=named
        )
    names = [one.name for one in known if not (is_active and one.revoked)]
    near = get_close_matches(named, names, n=1)
    hint = "Did you mean {near}?" if near else "cartable clients list lists all."
    return UsageError("There is no client {name}.", hint, name=named, near="".join(near))
