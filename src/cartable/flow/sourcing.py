"""Several sources feed one roster: each owns its records, and none touches another's."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.store import queries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cartable.store.rosters import Roster

    Ids = NDArray[np.int64]
    Activity = NDArray[np.bool_]
    Keys = Iterable[list[tuple[object, ...]]]
    Records = Iterator[list[tuple[object, ...]]]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_name(source: str) -> None:
    """Refuse what is no name of a source.

    Raises:
        UsageError: it is empty, too long or not plain.
    """
    if not _NAME.fullmatch(source):
        raise UsageError(
            'The name of a source cannot be "{source}".',
            "Use up to 64 letters without accents, digits, dots, hyphens and underscores, such as {example}.",
            source=source,
            example="lycees-sud",
        )


def see_that_it_is(source: str, planned: str) -> None:
    """Refuse a plan of another source than the one that was named.

    Raises:
        UsageError: it is another one's.
    """
    if source != planned:
        raise UsageError(
            "The plan is for the source {planned}, not for {source}; nothing was written.",
            "Leave out --source: a plan knows whose it is.",
            planned=planned,
            source=source,
        )


@dataclass(frozen=True)
class Reader:
    """One source's records, as planning reads them (`cartable.engine.rosters.RosterReader`)."""

    roster: "Roster"
    source: str

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The other sources."""
        return queries.other_sources(self.roster, self.source)

    def digests(self, entity: str) -> "Iterator[tuple[Ids, Ids, Activity]]":
        return queries.digests(self.roster, entity, self.source)

    def records(
        self,
        entity: str,
        ids: "Iterable[Ids]" = (),
        keys: "Keys" = (),
        named: "Mapping[str, Keys]" = MappingProxyType({}),
    ) -> "Records":
        return queries.records(self.roster, entity, self.source, ids, keys, named)

    def anybodys(self, entity: str, keys: "Keys") -> "Records":
        listed = list(keys)
        for source in (self.source, *self.others):
            yield from queries.records(self.roster, entity, source, (), listed)

    def owned_by(self, source: str, entity: str, firsts: "Keys") -> "Records":
        return queries.owned_by(self.roster, entity, source, firsts)
