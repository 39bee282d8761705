"""API clients as they are told of: who may call, with which rights, and what they did."""

from dataclasses import dataclass
from enum import StrEnum

RATE = 6_000
"""Requests a minute that a client may make unless it was given another number."""


class ClientState(StrEnum):
    """Whether a client may call."""

    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """A client with what it was given.

    Args:
        number: counts from 1.
        client_id: what it names itself by; no secret.
        scopes: addresses.
        organisations: sourcedIds; none stands for all. What lies below one of them belongs to it.
        services: names of OneRoster's services.
        fields: groups of sensitive fields that it sees.
        rate: requests that it may make a minute; 0 for any number.
        author: who added it.
        created, rotated, revoked, used: instants, ISO 8601; None where that never happened.
    """

    number: int
    name: str
    client_id: str
    scopes: tuple[str, ...]
    organisations: tuple[str, ...]
    services: tuple[str, ...]
    fields: tuple[str, ...]
    rate: int
    author: str
    created: str
    rotated: str | None = None
    revoked: str | None = None
    used: str | None = None

    @property
    def state(self) -> ClientState:
        """Whether it may call."""
        return ClientState.REVOKED if self.revoked else ClientState.ACTIVE


@dataclass(frozen=True, slots=True)
class Issued:
    """A client and its secret, which is told once.

    Args:
        token_url: where it gets its tokens.
    """

    client: ClientRecord
    secret: str
    token_url: str


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """What a client did, calls of the same kind within a moment taken together.

    Args:
        client: its name.
        moment: of the first call, ISO 8601.
        action: `read`, `write`, `delete` or `token`.
        collection: what was read or written, as the standard names it.
        revision: of the roster that was read; None where there is none.
    """

    client: str
    moment: str
    action: str
    collection: str
    calls: int
    rows: int
    revision: int | None
