"""How files spell the roster: data only."""
