"""The modules of commands; importing this one registers them all, in the order of the help."""

from cartable.cli import commands, plans, safekeeping

__all__ = ["commands", "plans", "safekeeping"]
