"""Who calls: from the text of an Authorization header to a client and what it may do."""

import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connections

from cartable.access import credentials, limiting
from cartable.access.fields import Fields, hidden
from cartable.access.limiting import TooMany
from cartable.model.entities import BY_NAME
from cartable.store import columns, serving

__all__ = ["Client", "TooMany", "Unauthorised", "client_of"]


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
        cursor.execute(_sql(), (token.client,))
        rows = cursor.fetchall()
    if not rows or credentials.mark_of(rows[0][1]) != token.mark:
        raise Unauthorised("revoked")
    name, _, scopes, services, groups, rate, _, _ = rows[0]
    organisations = tuple(called for *_, record, called in rows if record is not None and called is not None)
    if rows[0][-2] is not None and not organisations:
        # None would be all of them.
        raise Unauthorised("revoked")
    limiting.call(token.client, rate)
    return Client(
        token.client,
        name,
        token.name,
        frozenset(token.scopes) & frozenset(_list(scopes)),
        organisations,
        frozenset(_list(groups)),
        frozenset(_list(services)),
    )


@cache
def _sql() -> str:
    """A client, once for each of its organisations: the record, and what it is called today."""
    organisations = columns.table_of(BY_NAME["orgs"])
    return (
        "select c.name, c.secret_digest, c.scopes, c.services, c.fields, c.rate, value, o.sourced_id "
        f"from access_client c left join {serving.served().driver.elements('c.organisations')} on true "
        f"left join {columns.quoted(organisations)} o on o.id = cast(value as bigint) "
        "where c.number = %s and c.revoked is null"
    )


def _list(value: Any) -> list[str]:
    """A list as either database gives it: as text, or read already."""
    read: list[str] = json.loads(value) if isinstance(value, str) else value
    return read
