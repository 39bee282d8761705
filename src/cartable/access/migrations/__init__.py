"""Migrations of the tables of API clients."""
