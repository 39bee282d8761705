"""Tests of the database room, each on SQLite and PostgreSQL."""
