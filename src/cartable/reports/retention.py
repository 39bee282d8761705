"""Tells what an erasure would destroy, or has destroyed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TextIO

from cartable import words
from cartable.model.erasures import PERSONAL, Holding
from cartable.model.plans import PlanKind, Run
from cartable.reports import wording
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import serialized
from cartable.words import marked

_HEADINGS = (marked("Entity"), marked("Active"), marked("Inactive"))


class Erasure(Protocol):
    """What would be destroyed, see `cartable.flow.retention`."""

    @property
    def kind(self) -> PlanKind:
        """Forget or purge."""
        ...

    @property
    def label(self) -> str:
        """Whose it is."""
        ...

    @property
    def holding(self) -> Holding:
        """How much it is."""
        ...

    @property
    def before(self) -> datetime | None:
        """Since when all of it has been inactive."""
        ...

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        ...


def write(erasure: Erasure, run: Run | None, command: str, on: Page) -> None:
    """What an erasure destroys.

    Args:
        run: the run that did; None where nothing was done.
        command: what does it.
    """
    if erasure.is_empty:
        on.write(words.text("Nothing is held that would have to be destroyed."))
        return
    holding = erasure.holding
    on.write(_heading(erasure))
    on.write()
    rows = [
        (entity.name, words.figure(active), words.figure(inactive))
        for entity in PERSONAL
        if (active := holding.active.get(entity.name, 0)) + (inactive := holding.inactive.get(entity.name, 0))
    ]
    on.table([words.text(name) for name in _HEADINGS], rows)
    on.write()
    for told in _besides(holding):
        on.write(told)
    on.write()
    for one in holding.written:
        on.write(
            words.text(
                "{file}, line {line}, names somebody concerned. What people wrote is not changed: take it "
                "out by hand.",
                file=one.file,
                line=words.figure(one.line),
            )
        )
    if holding.written:
        on.write()
    if run:
        on.write(words.text("It was destroyed by run {run}; nothing brings it back.", run=run.number))
        on.write(
            words.text(
                "Backups and reports that were made before still have it: destroy them too. If a delivery "
                "names the person again, the person is new in the roster."
            )
        )
    else:
        on.write(words.text("Nothing was destroyed. To do it: {command}", command=command))


def write_document(erasure: Erasure, run: Run | None, to: TextIO) -> None:
    """The same as JSON."""
    holding = erasure.holding
    document: Mapping[str, object] = {
        "version": 1,
        "kind": erasure.kind.value,
        "person": erasure.label or None,
        "before": erasure.before and erasure.before.isoformat(),
        "active": dict(holding.active),
        "inactive": dict(holding.inactive),
        "states": holding.states,
        "findings": holding.findings,
        "files": holding.files,
        "grades": holding.grades,
        "written": [{"file": one.file, "line": one.line} for one in holding.written],
        "run": run and run.number,
    }
    to.write(serialized(document) + "\n")


def _heading(erasure: Erasure) -> str:
    if erasure.before:
        day = wording.moment(erasure.before.isoformat())
        return words.text("What has been inactive since before {moment}:", moment=day)
    return words.text("What is held on {person}:", person=shown(erasure.label))


def _besides(holding: Holding) -> list[str]:
    return [
        told
        for number, told in (
            (
                holding.states,
                words.counted(
                    "With its history that is {number} state.",
                    "With their history that is {number} states.",
                    holding.states,
                ),
            ),
            (
                holding.findings,
                words.counted(
                    "{number} finding of a run tells of it.",
                    "{number} findings of runs tell of it.",
                    holding.findings,
                ),
            ),
            (
                holding.grades,
                words.counted(
                    "{number} result of the gradebook is part of it.",
                    "{number} results of the gradebook are part of it.",
                    holding.grades,
                ),
            ),
            (
                holding.files,
                words.counted(
                    "{number} kept file of a delivery has rows of it.",
                    "{number} kept files of deliveries have rows of it.",
                    holding.files,
                ),
            ),
        )
        if number
    ]
