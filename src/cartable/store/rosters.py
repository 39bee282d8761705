"""An open roster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections

from cartable.store.drivers import Driver
from cartable.store.failures import translated
from cartable.store.postgresql import Postgresql
from cartable.store.sqlite import Sqlite
from cartable.store.vault import Vault

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_DRIVERS: dict[str, Driver] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster's database.

    Args:
        alias: Django's name for the connection.
        place: where it is, as it may be shown.
        vault: what is kept beside it.
    """

    alias: str
    place: str
    vault: Vault

    @property
    def connection(self) -> "BaseDatabaseWrapper":
        """The connection of the current thread, the one that writes."""
        return connections[self.alias]

    @property
    def driver(self) -> Driver:
        """What is particular to its kind of database."""
        return _DRIVERS[self.connection.vendor]

    @contextmanager
    def reading(self) -> "Iterator[BaseDatabaseWrapper]":
        """A connection of its own that sees one state of the roster until the block ends.

        Streams that are left half-read therefore never stand in the way of an apply or of each other.

        Raises:
            DatabaseError: the database refused.
        """
        connection = connections.create_connection(self.alias)
        with translated(self.place):
            try:
                self.driver.begin_reading(connection)
                yield connection
            finally:
                connection.close()
