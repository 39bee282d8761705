"""Finds rows that share values with other rows of the same table, without grouping every row."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from cartable.engine.workspace import Workspace

# Hashes sorted at once: 64 MB of them, outside DuckDB's memory. Larger tables are taken in slices of the
# hash's range.
_AT_ONCE = 1 << 23
_MANY = 1 << 18

Hashes = NDArray[np.uint64]


def repeated(workspace: Workspace, source: str, rows: int, values: tuple[str, ...], into: str) -> int:
    """Make the table `into` of the rows of `source` whose values another row has too, if there are any.

    Rows with a NULL among the values are left out. Sorting 64-bit hashes costs a tenth of grouping
    the rows; the few whose hash repeats are then compared by their values.

    Args:
        source: a table, or a `select` in brackets.
        rows: how many it has, about.
        values: SQL expressions over the source's columns.

    Returns:
        How many rows `into` has; where none, it is not made.
    """
    hashed = f"hash({', '.join(values)})"
    known = " and ".join(f"{value} is not null" for value in values)
    slices = 1 + rows // _AT_ONCE
    collisions = 0
    for n in range(slices):
        part = f" and {hashed} % {slices} = {n}" if slices > 1 else ""
        found = workspace.connection.execute(
            f"select {hashed} as h from {source} as one where {known}{part}"
        ).fetchnumpy()["h"]
        twice = _twice(np.asarray(found, dtype=np.uint64))
        if len(twice):
            if not collisions:
                workspace.execute("create or replace temp table repeated_hash (h ubigint)")
            collisions += len(twice)
            workspace.connection.register("twice", {"h": twice})
            workspace.execute("insert into repeated_hash select h from twice")
            workspace.connection.unregister("twice")
    if not collisions:
        return 0
    several = f"count(*) over (partition by {', '.join(values)}) > 1"
    workspace.execute(
        f"create or replace temp table {into} as select one.* from {source} as one "
        f"where {known} and {hashed} in (select h from repeated_hash) qualify {several}"
    )
    return int(str(workspace.execute(f"select count(*) from {into}")[0][0]))


def _twice(hashes: Hashes) -> Hashes:
    """The hashes that are there more than once; many are sorted on two cores."""
    if len(hashes) < _MANY:
        return _repeats(hashes)
    is_low = hashes < 1 << 63
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate([*pool.map(_repeats, (hashes[is_low], hashes[~is_low]))])


def _repeats(hashes: Hashes) -> Hashes:
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
