"""The way in: from the text that names a database to an open roster with up-to-date tables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cartable.errors import DatabaseError
from cartable.store.addresses import Address, parsed
from cartable.store.failures import translated
from cartable.store.rosters import Roster
from cartable.store.vault import Vault, vault_of

if TYPE_CHECKING:
    from django.apps import AppConfig

__all__ = ["BUSY_TIMEOUT", "Roster", "opened"]

BUSY_TIMEOUT = 60.0
_SETTINGS = "cartable.site.settings"
_numbers = count(1)


@contextmanager
def opened(url: str, busy_timeout: float = BUSY_TIMEOUT) -> Iterator[Roster]:
    """Open a roster; make it or bring its tables up to date where needed.

    Args:
        url: a path, `sqlite:///path` or `postgresql://…`.
        busy_timeout: seconds to wait for another process that is writing.

    Raises:
        UsageError: the text names no database.
        DatabaseError: it cannot be reached or written, or holds something else.
        RosterBusy: another process kept it locked for longer than `busy_timeout`.
    """
    address = parsed(url, busy_timeout)
    if address.path:
        _make_file(address.path)
    _configure()
    roster = _connected(address, vault_of(url))
    try:
        with translated(roster.place):
            _prepare(roster)
        yield roster
    finally:
        _close(roster)


def exists(url: str) -> bool:
    """Whether there is a database at the place; a server's is taken to be there.

    Raises:
        UsageError: the text names no database.
    """
    from cartable.store.addresses import parsed

    path = parsed(url, BUSY_TIMEOUT).path
    return path is None or (path.is_file() and path.stat().st_size > 0)


def _configure() -> None:
    """Django with our settings, unless the process already runs with its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", _SETTINGS)
    from django.apps import apps
    from django.conf import settings

    # Not django.setup(): it would load pages, forms and templates, which no command needs.
    if not apps.ready:
        apps.populate(settings.INSTALLED_APPS)


def _make_file(path: Path) -> None:
    """An empty file that only its owner can read, as SQLite would make it readable for everyone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(None, "its folder cannot be written")
    except OSError as error:
        raise DatabaseError(
            "The roster {place} cannot be opened for writing: {reason}.",
            "Name a file in a folder that you can write with --database or CARTABLE_DATABASE.",
            place=path,
            reason=error.strerror,
        ) from None


def _connected(address: Address, vault: Vault) -> Roster:
    from django.db import connections

    alias = f"roster-{next(_numbers)}"
    complete = connections.configure_settings({"default": {}, alias: dict(address.settings)})
    connections.settings[alias] = complete[alias]
    return Roster(alias, address.place, vault)


def _close(roster: Roster) -> None:
    from django.db import connections

    roster.connection.close()
    del connections[roster.alias]
    del connections.settings[roster.alias]


def _prepare(roster: Roster) -> None:
    from django.db.transaction import atomic

    connection = roster.connection
    if connection.vendor == "postgresql":
        _check_server(roster)
    if not _is_current(roster):
        # Switched off before the transaction, where SQLite would no longer listen.
        with connection.constraint_checks_disabled(), atomic(using=roster.alias):
            roster.driver.lock_tables(connection)
            if not _is_current(roster):
                _migrate(roster)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Readers and the writer do not wait for each other; kept in the file.
            cursor.execute("pragma journal_mode=wal")


def _check_server(roster: Roster) -> None:
    with roster.connection.cursor() as cursor:
        cursor.execute("select current_setting('server_encoding'), current_setting('transaction_read_only')")
        encoding, read_only = cursor.fetchone()
    if encoding != "UTF8":
        raise DatabaseError(
            "The database {place} keeps its texts in {encoding}, not in UTF8.",
            "Make one with: create database … encoding 'UTF8' template template0",
            place=roster.place,
            encoding=encoding,
        )
    if read_only == "on":
        raise DatabaseError(
            "The database {place} can only be read.",
            "Name the primary server, with an account that may write.",
            place=roster.place,
        )


def _is_current(roster: Roster) -> bool:
    """Whether every migration has been applied.

    Raises:
        DatabaseError: the database holds something else, or a later edition's roster.
    """
    from django.db.migrations.recorder import MigrationRecorder

    tables = roster.connection.introspection.table_names()
    if not tables:
        return False
    if "roster_installation" not in tables:
        raise DatabaseError(
            "The database {place} holds something other than a roster.",
            "Name an empty one with --database or CARTABLE_DATABASE; nothing in this one was touched.",
            place=roster.place,
        )
    labels = {app.label for app in own_apps()}
    applied = {
        f"{app}.{name}"
        for app, name in MigrationRecorder(roster.connection).applied_migrations()
        if app in labels
    }
    known = set(migrations())
    if applied - known:
        raise DatabaseError(
            "The roster {place} was written by a later edition of Cartable ({migration}).",
            "Install that edition or a later one; nothing was touched.",
            place=roster.place,
            migration=max(applied - known),
        )
    return not known - applied


def own_apps() -> "list[AppConfig]":
    """The apps whose tables a roster's database holds: the rooms of ours among the settings' apps."""
    _configure()
    from django.apps import apps

    return [app for app in apps.get_app_configs() if app.name.startswith("cartable.")]


def migrations() -> list[str]:
    """All migrations that this edition knows, in their order, each behind its app's label."""
    import pkgutil
    from importlib import import_module

    return sorted(
        f"{app.label}.{module.name}"
        for app in own_apps()
        for module in pkgutil.iter_modules(import_module(f"{app.name}.migrations").__path__)
    )


def _migrate(roster: Roster) -> None:
    from datetime import UTC, datetime

    from django.db.migrations.executor import MigrationExecutor

    from cartable.store.tables import Installation

    executor = MigrationExecutor(roster.connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    Installation._default_manager.using(roster.alias).get_or_create(
        id=1, defaults={"revision": 0, "created": datetime.now(UTC)}
    )
