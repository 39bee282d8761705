"""The only room that knows DuckDB: reading, checking, shaping, diffing."""
