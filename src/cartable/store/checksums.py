"""Keeps the checksums of a roster's records: moved by what an apply changes, not counted anew."""

from cartable.model.checksums import Checksum, Checksums
from cartable.model.entities import ENTITIES, Entity
from cartable.model.plans import Run
from cartable.store import columns
from cartable.store.columns import quoted
from cartable.store.rosters import Roster

_FROM, _TO = quoted(columns.FROM_REVISION), quoted(columns.TO_REVISION)


def after(roster: Roster, before: Checksums, run: Run, *, has_erased: bool) -> Checksums:
    """The checksums after an apply; inside its transaction, when all else is done.

    Args:
        before: as they were.
        has_erased: whether values were destroyed; what that took away is in no history.
    """
    if has_erased:
        sources = {*before, run.source}
        return {one: {entity.name: _counted(roster, entity, one) for entity in ENTITIES} for one in sources}
    of_source = dict(before.get(run.source, {}))
    for entity in ENTITIES:
        if run.changes[entity.name].changing:
            was = of_source.get(entity.name)
            of_source[entity.name] = (
                _counted(roster, entity, run.source) if was is None else _moved(roster, entity, run, was)
            )
    return {**before, run.source: of_source}


def _moved(roster: Roster, entity: Entity, run: Run, was: Checksum) -> Checksum:
    came = _sum(roster, columns.table_of(entity), run.source, f"{_FROM} = {run.revision}")
    # A state that began and ended in the same run was never counted.
    went = _sum(
        roster,
        columns.history_of(entity),
        run.source,
        f"{_TO} = {run.revision} and {_FROM} < {run.revision}",
    )
    return Checksum(was.records + came.records - went.records, was.total + came.total - went.total)


def _counted(roster: Roster, entity: Entity, source: str) -> Checksum:
    return _sum(roster, columns.table_of(entity), source)


def _sum(roster: Roster, table: str, source: str, condition: str = "1 = 1") -> Checksum:
    """The checksum of those rows that were active."""
    digest = quoted(columns.DIGEST)
    # In halves: SQLite's sums are of 64 bits.
    with roster.connection.cursor() as cursor:
        cursor.execute(
            f"select count(*), coalesce(sum({digest} >> 32), 0), coalesce(sum({digest} & 4294967295), 0) "
            f"from {quoted(table)} where {quoted(columns.SOURCE)} = %s and {quoted(columns.ACTIVE)} "
            f"and {condition}",
            (source,),
        )
        count, upper, lower = map(int, cursor.fetchone())
    return Checksum(count, (upper << 32) + lower)
