"""The packages that a source delivered earlier, as far as they are kept."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cartable.flow.inputs import RUNS_KEPT
from cartable.formats.oneroster import BY_VERSION
from cartable.model.deliveries import Mode
from cartable.store import queries
from cartable.store.inputs import Inputs
from cartable.store.vault import Vault

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

_PACKAGED = frozenset(layout.code for layout in BY_VERSION.values())


@dataclass(frozen=True)
class Memory:
    """What was kept of a source's runs (`cartable.engine.rosters.Memory`)."""

    roster: "Roster"
    vault: Vault
    source: str

    def packages(self, file: str, directory: Path) -> Iterator[tuple[Path, str]]:
        inputs = Inputs(self.vault)
        for run in islice(queries.runs(self.roster), RUNS_KEPT):
            delivered = next((one for one in run.input.files if one.entity == file and one.readable), None)
            if run.source != self.source or delivered is None:
                continue
            if run.input.format not in _PACKAGED:
                return
            with tempfile.TemporaryDirectory(dir=directory) as name:
                if inputs.write(delivered.sha256, Path(name) / delivered.name):
                    yield Path(name), run.input.format
            if delivered.mode is Mode.WHOLE:
                return
