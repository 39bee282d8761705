"""What was received: kept for the last runs, and given out as it came."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

from cartable.errors import UsageError
from cartable.flow import clock, recalling
from cartable.formats.layouts import layout_of
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.plans import Run
from cartable.store.inputs import Inputs
from cartable.store.vault import Vault, vault_of

RUNS_KEPT = 30
"""Of so many runs the inputs are kept."""

UNAPPLIED = timedelta(days=30)
"""For so long the inputs of a plan are kept that was saved and not applied."""


def keep(vault: Vault, delivery: Delivery, received: dict[str, Path]) -> None:
    """Keep the files of a delivery that could be read.

    Args:
        received: where each lies, by name.
    """
    inputs = Inputs(vault)
    layout = layout_of(delivery.format)
    for file in delivery.files:
        # An applied plan that was saved has them no more: they were kept when it was.
        if file.entity and file.readable and file.name in received:
            inputs.keep(received[file.name], file.sha256, layout.file_of(file.entity).legacy)


def prune(vault: Vault, runs: Iterator[Run]) -> None:
    """Let go of what the last runs did not need, nor a plan that may still be applied.

    Args:
        runs: all of them, the latest first.
    """
    wanted = {file.sha256 for run in islice(runs, RUNS_KEPT) for file in run.input.files}
    Inputs(vault).prune(wanted, (clock.now() - UNAPPLIED).timestamp())


def kept(database: str, number: int) -> list[tuple[DeliveredFile, bool]]:
    """The files of a run, and whether each is still kept.

    Raises:
        UsageError: there is no such run.
    """
    inputs = Inputs(vault_of(database))
    files = recalling.run(database, number).input.files
    return [(file, inputs.holds(file.sha256)) for file in files if file.entity and file.readable]


def write(database: str, number: int, directory: Path) -> list[tuple[DeliveredFile, bool]]:
    """Write the kept files of a run into a new or empty directory; all of them, or nothing.

    Returns:
        The files of the run, and whether each was kept.

    Raises:
        UsageError: there is no such run, nothing of it is kept, or the directory is not empty.
    """
    files = kept(database, number)
    if not any(is_kept for _, is_kept in files):
        raise UsageError(
            "The files of run {number} are kept no more.",
            "They are kept for the last {runs} runs.",
            number=number,
            runs=RUNS_KEPT,
        )
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            "{path} is no empty directory; nothing was written.", "Name a new one.", path=directory
        )
    inputs, unfinished = Inputs(vault_of(database)), directory.with_name(f".{directory.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    for file, _ in files:
        inputs.write(file.sha256, unfinished / file.name)
    if directory.exists():
        directory.rmdir()
    unfinished.rename(directory)
    return files
