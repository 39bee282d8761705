"""The composition root: what runs together, and with which settings."""
