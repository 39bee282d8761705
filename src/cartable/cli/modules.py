"""The modules of commands; importing this one registers them all, in the order of the help."""

from cartable.cli import commands, decisions

__all__ = ["commands", "decisions"]
