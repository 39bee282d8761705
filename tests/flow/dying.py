"""What the processes of `test_killing` do; it loads Django, so that a server can fork them loaded."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from cartable.flow import planning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cartable.site.settings")
django.setup()


def apply_and_die(url: str, plan: Path, step: int) -> None:
    """Apply a saved plan, and kill this process before that statement, or at the end."""
    steps = 0

    def counted(execute: Callable[..., Any], *call: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*call)

    with planning.opened_plan(plan, url) as opened:
        with opened.roster.connection.execute_wrapper(counted):
            opened.apply("apply")
        if steps + 1 == step:
            os.kill(os.getpid(), signal.SIGKILL)
