"""The story in order: check, plan, gates, apply."""
