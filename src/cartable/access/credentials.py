"""Ids, secrets and tokens: how they are made, and what the installation keeps or asks of them.

A token is signed, not stored. Nothing need be written to issue one, so that no client waits for a sync
that holds SQLite's only lock, and nobody finds tokens in a database or a backup. It tells which client got
it, until when it holds, for which scopes, and a mark of the secret that it was got with: a new secret ends
all tokens of the old one at once. Its signature is an HMAC by the installation's key.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import string
from dataclasses import dataclass

from cartable.store.vault import Seal

LIFETIME = 3600
"""Seconds for which a token holds. Source: OneRoster 1.2 security, whose consumers expect an hour."""

# No character of either needs percent-encoding: consumers differ in whether they do it.
_LETTERS = string.ascii_letters + string.digits
_ID_LENGTH, _SECRET_LENGTH = 24, 43
_MARK = 16
_PURPOSE = b"cartable: access token\n"
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says.

    Args:
        client: the client's number.
        expires: in seconds since 1970.
        mark: of the secret, see `mark_of`.
        scopes: addresses.
        name: tells it from every other; no secret.
    """

    client: int
    expires: int
    mark: str
    scopes: tuple[str, ...]
    name: str


def new_id() -> str:
    """An id for a client; 142 random bits."""
    return _random(_ID_LENGTH)


def new_secret() -> str:
    """A secret for a client; 256 random bits."""
    return _random(_SECRET_LENGTH)


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_secret(given: str, digest: str) -> bool:
    """Whether it is the secret of which the digest is kept."""
    return hmac.compare_digest(digest_of(given), digest)


def mark_of(digest: str) -> str:
    """What tells a secret from the one that replaces it, of its digest."""
    return digest[:_MARK]


def token(client: int, digest: str, scopes: tuple[str, ...], now: float, seal: Seal) -> str:
    """A new token, as its client sends it."""
    told = [client, int(now) + LIFETIME, mark_of(digest), list(scopes), secrets.token_hex(8)]
    content = _spelled(json.dumps(told, separators=(",", ":")).encode())
    return f"{content}.{_signature(content, seal)}"


def read(text: str, seal: Seal) -> Token | None:
    """What a token says; None where it is not this installation's. Whether it still holds is not asked."""
    content, _, signature = text.partition(".")
    if len(text) > _LONGEST or not text.isascii():
        return None
    if not hmac.compare_digest(_signature(content, seal), signature):
        return None
    try:
        client, expires, mark, scopes, name = json.loads(base64.urlsafe_b64decode(content + "=="))
    except (binascii.Error, ValueError):  # an edition's that spelled them otherwise
        return None
    return Token(client, expires, mark, tuple(scopes), name)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _spelled(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _signature(content: str, seal: Seal) -> str:
    return _spelled(bytes.fromhex(seal.of(_PURPOSE + content.encode())))
