"""The roster that a web server serves: it is Django's default database there."""

from functools import cache

from cartable.store.addresses import parsed
from cartable.store.rosters import Roster
from cartable.store.vault import Seal, vault_of

ALIAS = "default"
BUSY_TIMEOUT = 20.0
"""Seconds for which a request waits for another writer."""


@cache
def served() -> Roster:
    """The roster, whose tables are up to date: the server saw to that before it began."""
    from django.conf import settings

    return Roster(ALIAS, parsed(settings.ROSTER, BUSY_TIMEOUT).place, vault_of(settings.ROSTER))


@cache
def seal() -> Seal:
    """The installation's seal.

    Raises:
        KeyUnusable: its key is missing or damaged.
    """
    return served().vault.existing_seal()
