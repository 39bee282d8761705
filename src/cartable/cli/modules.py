"""The modules of commands; importing this one registers them all, in the order of the help."""

from cartable.cli import commands, history, safekeeping

__all__ = ["commands", "history", "safekeeping"]
