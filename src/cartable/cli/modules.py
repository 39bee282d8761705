"""The modules of commands; importing this one registers them all, in the order of the help."""

# isort: off
from cartable.cli import (
    commands,
    plans,
    holds,
    decisions,
    guarding,
    history,
    exports,
    grading,
    audits,
    safekeeping,
    retention,
    serving,
    clients,
)

# isort: on

__all__ = [
    "audits",
    "clients",
    "commands",
    "decisions",
    "exports",
    "grading",
    "guarding",
    "history",
    "holds",
    "plans",
    "retention",
    "safekeeping",
    "serving",
]
