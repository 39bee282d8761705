"""Migrations of the tables of the gradebook."""
