"""How planning reads a roster. The engine does not know who keeps it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Keys = Iterable[list[tuple[object, ...]]]
"""Lists of tuples of texts: keys, or identifiers as tuples of one."""

Records = Iterator[list[tuple[object, ...]]]
"""Lists of tuples: id, active, every field as canonical text."""


class RosterReader(Protocol):
    """How planning reads the roster: streams, never whole."""

    def digests(
        self, entity: str
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
        """Arrays of equal length (id, digest, active) over all records of the entity."""
        ...

    def records(
        self,
        entity: str,
        ids: Iterable[NDArray[np.int64]] = (),
        keys: Keys = (),
        named: Mapping[str, Keys] = MappingProxyType({}),
    ) -> Records:
        """The source's records with one of the ids, one of the keys or one of the references.

        Args:
            named: by field that refers to records, the identifiers that it names.
        """
        ...

    def anybodys(self, entity: str, keys: Keys) -> Records:
        """The records with these keys, whatever source they are of."""
        ...


class Memory(Protocol):
    """What earlier OneRoster packages of the source said."""

    def packages(self, file: str, directory: Path) -> Iterator[tuple[Path, str]]:
        """Those that had a file and are still kept, the latest first, up to the last that held all records.

        Args:
            file: its entity.
            directory: where it may be unpacked.

        Returns:
            Folders of that file alone, which are gone when the next is asked for, with the format's code.
        """
        ...
