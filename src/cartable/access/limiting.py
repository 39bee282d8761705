"""How often a client may call, and how often somebody may guess.

Counted for the whole server on this machine, see `cartable.access.counting`. Whoever sends wrong secrets
is locked out by address and client, so that nobody can lock a client out from somewhere else, and by address
where the guesses are at many clients. A secret is too long to be found from many addresses either.
"""

import time
from functools import cache
from ipaddress import ip_address, ip_network
from math import ceil
from pathlib import Path

from django.conf import settings

from cartable.access.counting import Counters

_MINUTE = 60.0
_LOCKED = 900.0
# Wrong secrets in a quarter of an hour: of a client from an address, and from an address.
_GUESSES, _GUESSES_FROM_ADDRESS = 10, 50


class TooMany(Exception):
    """Too many calls or guesses.

    Args:
        seconds: after how long it may be tried again.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(1, ceil(seconds))


def call(client: int, rate: int) -> None:
    """Count a call of a client.

    Args:
        client: its number.
        rate: calls that it may make a minute; 0 for any number.

    Raises:
        TooMany: it has made more.
    """
    if not rate:
        return
    count, seconds = _counters().add(f"call {client}", _MINUTE, time.time())
    if count > rate:
        raise TooMany(seconds)


def see_that_nobody_guesses(client_id: str, address: str) -> None:
    """Refuse whoever sent too many wrong secrets.

    Raises:
        TooMany: so it is.
    """
    now = time.time()
    for key, limit in _guessing(client_id, address):
        count, seconds = _counters().add(key, _LOCKED, now, 0)
        if count >= limit:
            raise TooMany(seconds)


def guessed(client_id: str, address: str) -> None:
    """Count a wrong secret, or an id that is nobody's."""
    now = time.time()
    for key, _ in _guessing(client_id, address):
        _counters().add(key, _LOCKED, now)


def known(client_id: str, address: str) -> None:
    """Forget the wrong secrets of whoever has sent the right one."""
    _counters().forget(_guessing(client_id, address)[0][0], time.time())


def _guessing(client_id: str, address: str) -> tuple[tuple[str, int], ...]:
    origin = _origin(address)
    return ((f"guess {origin} {client_id}", _GUESSES), (f"guess {origin}", _GUESSES_FROM_ADDRESS))


def _origin(address: str) -> str:
    """Who an address belongs to: of IPv6, everybody has as many as there are in 64 bits."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else address


@cache
def _counters() -> Counters:
    return Counters(Path(settings.COUNTERS))
