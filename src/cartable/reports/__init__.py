"""Findings, plans and runs for people and machines: text, JSON, CSV."""
