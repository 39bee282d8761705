"""Synthetic districts: realistic in their shape, with faults on demand and the answer key of these."""
