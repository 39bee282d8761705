"""How long work tells how far it is."""

from collections.abc import Callable

# What is going on, how much of it is done, how much there is.
Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""
