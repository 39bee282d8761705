"""How an operator names a roster's place: a path, `sqlite:///path` or `postgresql://…`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cartable.errors import UsageError

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")
# Seconds until a server that does not answer counts as unreachable.
_CONNECT_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Address:
    """A roster's place.

    Args:
        place: as it may be shown; never with a password.
        settings: what Django needs to connect.
        path: the file, of SQLite only.
    """

    place: str
    settings: Mapping[str, object]
    path: Path | None = None


def parsed(url: str, busy_timeout: float) -> Address:
    """The address that a text names.

    Args:
        url: a path; `sqlite:///` with a path after the third slash; or libpq's `postgresql://…`.
        busy_timeout: seconds to wait for another writer.

    Raises:
        UsageError: the text is none of these.
    """
    if url.startswith(_POSTGRESQL):
        return _postgresql(url, busy_timeout)
    path = unquote(url[len(_SQLITE) :]) if url.startswith(_SQLITE) else url
    if "://" in url.removeprefix(_SQLITE) or not path or path == ":memory:":
        raise UsageError(
            "A roster cannot lie at {place}.",
            "Name a file, sqlite:///file or postgresql://user@host/database "
            "with --database or CARTABLE_DATABASE.",
            # What follows the scheme may hold a password.
            place=f"{url.partition('://')[0]}://…" if "://" in url else url or '""',
        )
    return _sqlite(Path(path).expanduser().absolute(), busy_timeout)


def _sqlite(path: Path, busy_timeout: float) -> Address:
    options = {
        "timeout": busy_timeout,
        # A writer takes the lock at once: none has to give up half-way for another one.
        "transaction_mode": "IMMEDIATE",
        # FULL: an apply that was reported must survive a power cut. It is one transaction, so it
        # costs one wait for the disk. The limit gives the log's room back after a first load; the cache
        # keeps the inner pages of the key indexes in memory (64 MiB).
        "init_command": "pragma synchronous=full; pragma journal_size_limit=67108864; "
        "pragma cache_size=-65536",
    }
    return Address(
        str(path), {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}, path
    )


def _postgresql(url: str, busy_timeout: float) -> Address:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError:
        raise UsageError(
            "The roster's database is named by an unreadable postgresql:// address.",
            "Write postgresql://user@host:port/database; encode other signs in a password as %XX.",
        ) from None
    user, host, port = (str(parts.pop(name, "")) for name in ("user", "host", "port"))
    name = str(parts.pop("dbname", user))
    place = f"postgresql://{user}@{host}{':' if port else ''}{port}/{name}"
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": str(parts.pop("password", "")),
        "HOST": host,
        "PORT": port,
        "OPTIONS": {
            "connect_timeout": _CONNECT_TIMEOUT,
            "application_name": "cartable",
            **parts,
        },
        "BUSY_TIMEOUT": busy_timeout,
    }
    return Address(place, settings)
