"""Where Django looks for an app's models; they are generated in `tables`."""

from cartable.store import tables

__all__ = ["tables"]
