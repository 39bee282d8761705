"""What a roster remembers of its records at a glance, and what it should."""

from cartable.model.checksums import Checksum
from cartable.store import opening, queries

Seen = dict[tuple[str, str], Checksum]


def remembered(database: str, *sources: str) -> Seen:
    """The checksums that planning goes by, by source and entity; without those of nothing."""
    with opening.opened(database) as roster:
        return {
            (source, entity): checksum
            for source in sources
            for entity, checksum in queries.state(roster, source).checksums.items()
            if checksum.records
        }


def counted(database: str, *sources: str) -> Seen:
    """The same of the records that are there now."""
    found = {}
    with opening.opened(database) as roster:
        for source in sources:
            for entity in queries.state(roster, source).active:
                digests = [
                    digest
                    for _, some, active in queries.digests(roster, entity, source)
                    for digest in some[active].tolist()
                ]
                if digests:
                    found[source, entity] = Checksum(len(digests), sum(digests))
    return found
