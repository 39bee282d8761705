"""OneRoster over HTTP: what may be asked is data, one handler answers it."""
