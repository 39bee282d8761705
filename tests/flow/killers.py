"""What the processes of `test_killing` do; it loads Django, so that a server can fork them loaded."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django

from cartable.flow import backing, planning, retention, undoing
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from cartable.store.postgresql import Postgresql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cartable.site.settings")
django.setup()

# What only reads leaves nothing: to die before it is to die after what was last written.
_READS = ("select", "pragma", "show", "set", "with")


def _sync(database: str, path: Path) -> None:
    with planning.planned(path, database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
        plan.sync()


def _undo(database: str, _: Path) -> None:
    with undoing.undone(database, 2) as undo:
        undo.apply()


def _purge(database: str, _: Path) -> None:
    with retention.purged(database, "3y") as erasure:
        erasure.apply()


def _restore(database: str, path: Path) -> None:
    backing.restore(path, database)


ACTS: Mapping[str, Callable[[str, Path], None]] = {
    "apply": _sync,
    "undo": _undo,
    "purge": _purge,
    "restore": _restore,
}
"""What processes do until they die: with a database, and a delivery or a backup."""


def act(
    name: str, database: str, path: Path, environment: Mapping[str, str], step: int, counted_in: Path
) -> None:
    """Act, and kill this process before the step-th statement that writes; never where it is 0.

    Args:
        counted_in: a file for the number of such statements.
    """
    from django.db.backends.signals import connection_created

    os.environ.update(environment)
    steps = 0

    def touched() -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(execute: Callable[..., Any], sql: str, *call: Any) -> Any:
        if not sql.lstrip().lower().startswith(_READS):
            touched()
        return execute(sql, *call)

    def copied(write: Callable[..., Any]) -> Callable[..., Any]:
        # What goes by COPY passes by Django.
        def before(*call: Any) -> Any:
            touched()
            return write(*call)

        return before

    def watched(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(counted)

    connection_created.connect(watched, weak=False)
    for name_ in ("copy", "insert"):
        setattr(Postgresql, name_, copied(getattr(Postgresql, name_)))
    ACTS[name](database, path)
    counted_in.write_text(str(steps))
