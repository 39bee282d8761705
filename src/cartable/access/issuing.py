"""How a client gets a token: django-oauth-toolkit's flow of client credentials, with our clients and tokens.

Source: RFC 6749 §2.3.1, §3.3, §4.4.
"""

import base64
import binascii
import time
from typing import Any
from urllib.parse import unquote_plus

from oauth2_provider.oauth2_validators import OAuth2Validator

from cartable.access import credentials, limiting, logging
from cartable.access.models import Client
from cartable.access.scopes import SCOPES
from cartable.store import serving


class Validator(OAuth2Validator):  # type: ignore[misc]  # it has no types
    """What our clients may be given. Nothing is written, whatever is asked for."""

    def authenticate_client(self, request: Any, *_args: object, **_named: object) -> bool:
        """Whether id and secret, from the header or the body, are a client's.

        Raises:
            TooMany: too many were wrong.
        """
        client_id, secret = _basic(request) or _in_body(request)
        address = request.headers.get("REMOTE_ADDR", "")
        limiting.see_that_nobody_guesses(client_id, address)
        client = _client(client_id)
        if client is None or not credentials.is_secret(secret, client.secret_digest):
            limiting.guessed(client_id, address)
            return False
        request.client = client
        limiting.known(client_id, address)
        limiting.call(client.number, client.rate)
        return True

    def get_default_scopes(
        self, _client_id: str, request: Any, *_args: object, **_named: object
    ) -> list[str]:
        """All that the client has, where the request names none."""
        return list(request.client.scopes)

    def validate_scopes(
        self, _client_id: str, scopes: list[str], client: Any, request: Any, *_args: object, **_named: object
    ) -> bool:
        """Leave of what is asked for what the client has; false where that is nothing."""
        # A blank scope is none.
        granted = set(client.scopes).intersection(filter(None, scopes) if any(scopes) else client.scopes)
        request.scopes = [scope.address for scope in SCOPES if scope.address in granted]
        return bool(granted)

    def save_bearer_token(self, _token: Any, request: Any, *_args: object, **_named: object) -> None:
        """Note that the client got one; a signed token need not be kept."""
        logging.note(request.client.number, logging.TOKEN, "")


def _client(client_id: str) -> Client | None:
    """The client of that id, unless it was revoked. The toolkit's own look-up may ask the network."""
    # Ids have nothing else, and PostgreSQL keeps no text with a NUL.
    if not client_id.isascii() or not client_id.isalnum():
        return None
    return Client._default_manager.filter(client_id=client_id, revoked=None).first()


def token(request: Any) -> str:
    """The token for a request that was granted: `ACCESS_TOKEN_GENERATOR`."""
    client = request.client
    scopes = tuple(request.scopes)
    return credentials.token(client.number, client.secret_digest, scopes, time.time(), serving.seal())


def _basic(request: Any) -> tuple[str, str] | None:
    """Id and secret of a Basic header, percent-encoded or not: neither holds what that would change."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    client_id, _, secret = decoded.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _in_body(request: Any) -> tuple[str, str]:
    # What was not sent is None there.
    return request.client_id or "", request.client_secret or ""
