"""The modules of commands; importing this one registers them all, in the order of the help."""

from cartable.cli import commands, safekeeping

__all__ = ["commands", "safekeeping"]
