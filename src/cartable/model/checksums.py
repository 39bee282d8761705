"""What tells at once that a delivered file says what the roster holds, however its rows are ordered."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Checksum(NamedTuple):
    """Of a source's active records of one entity.

    Args:
        records: how many they are.
        total: sum of their digests (`cartable.engine.diffing.digest_of`); it does not fit 64 bits.
    """

    records: int
    total: int


Checksums = Mapping[str, Mapping[str, Checksum]]
"""By source and by entity name; what is not there is not known."""


def checksums_document(checksums: Checksums) -> dict[str, dict[str, list[str]]]:
    """Checksums as a JSON value, in texts: not every reader of JSON has numbers of that size."""
    return {
        source: {entity: [str(part) for part in one] for entity, one in entities.items()}
        for source, entities in checksums.items()
    }


def checksums_from(document: Mapping[str, Mapping[str, Iterable[str]]] | None) -> Checksums:
    """The checksums that `checksums_document` wrote; none where an earlier edition wrote the run."""
    return {
        source: {entity: Checksum(*map(int, one)) for entity, one in entities.items()}
        for source, entities in (document or {}).items()
    }
