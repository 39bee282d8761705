"""Where Django looks for an app's models."""

from cartable.store import ledgers, tables

__all__ = ["ledgers", "tables"]
