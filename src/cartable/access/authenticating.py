"""Who calls: from the text of an Authorization header to a client and what it may do."""

import json
import time
from dataclasses import dataclass
from typing import Any

from django.db import connections

from cartable.access import credentials, limiting
from cartable.access.fields import Fields, hidden
from cartable.access.limiting import TooMany
from cartable.store import serving

__all__ = ["Client", "TooMany", "Unauthorised", "client_of"]

_SQL = (
    "select name, secret_digest, scopes, organisations, services, fields, rate "
    "from access_client where number = %s and revoked is null"
)


class Unauthorised(Exception):
    """Nobody may call so.

    Args:
        reason: `missing`, `unknown`, `expired` or `revoked`, for logs: it is not for whoever calls.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls, and what it was given.

    Args:
        id: the client's number.
        token: tells the token from all others; no secret.
        scopes: addresses, those of the token that the client still has.
        organisations: sourcedIds; empty for all. What lies below them is to be added.
        fields: groups of sensitive fields that it sees, see `cartable.access.fields`.
        services: names of `cartable.access.scopes.SERVICES`.
    """

    id: int
    name: str
    token: str
    scopes: frozenset[str]
    organisations: tuple[str, ...]
    fields: frozenset[str]
    services: frozenset[str]

    @property
    def hidden(self) -> Fields:
        """The fields that it may not see, by entity and name."""
        return hidden(self.fields)


def client_of(authorization: str) -> Client:
    """The client whose token it is, after one look into the database; the call is counted.

    Args:
        authorization: the header's text, empty where there was none.

    Raises:
        Unauthorised: there is no token, or one that does not hold, or holds no more.
        TooMany: the client calls more often than it may.
    """
    kind, _, text = authorization.partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise Unauthorised("missing")
    token = credentials.read(text.strip(), serving.seal())
    if token is None:
        raise Unauthorised("unknown")
    if token.expires <= time.time():
        raise Unauthorised("expired")
    with connections[serving.ALIAS].cursor() as cursor:
        cursor.execute(_SQL, (token.client,))
        row = cursor.fetchone()
    if row is None or credentials.mark_of(row[1]) != token.mark:
        raise Unauthorised("revoked")
    name, _, scopes, organisations, services, groups, rate = row
    limiting.call(token.client, rate)
    return Client(
        token.client,
        name,
        token.name,
        frozenset(token.scopes) & frozenset(_list(scopes)),
        tuple(_list(organisations)),
        frozenset(_list(groups)),
        frozenset(_list(services)),
    )


def _list(value: Any) -> list[str]:
    """A list as either database gives it: as text, or read already."""
    read: list[str] = json.loads(value) if isinstance(value, str) else value
    return read
