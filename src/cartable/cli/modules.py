"""The modules of commands; importing this one registers them all, in the order of the help."""

# isort: off
from cartable.cli import commands, holds, audits

# isort: on

__all__ = ["audits", "commands", "holds"]
