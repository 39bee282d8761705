"""Tests mirror `src`."""
