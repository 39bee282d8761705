"""The modules of commands; importing this one registers them all, in the order of the help."""

from cartable.cli import commands, decisions, guarding, history, plans, safekeeping

__all__ = ["commands", "decisions", "guarding", "history", "plans", "safekeeping"]
