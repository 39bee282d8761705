"""Lays over a delivery what people decided: keeps and pins of the roster, protections of the vault."""

from datetime import date
from typing import TYPE_CHECKING

from cartable.engine import overlaying
from cartable.engine.overlaying import Decision
from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import Workspace
from cartable.flow import protecting
from cartable.model.decisions import InForce
from cartable.model.plans import KeptReason
from cartable.store import decisions
from cartable.store.vault import Vault

if TYPE_CHECKING:
    from cartable.store.rosters import Roster


def overlay(
    workspace: Workspace, roster: "Roster", vault: Vault, reader: RosterReader, today: date
) -> InForce:
    """Bring the decisions in, before a delivery that is in shape is compared.

    Args:
        reader: the records to compare with.
        today: the day on which keeps must hold.

    Returns:
        The decisions that the plan rests on.

    Raises:
        UsageError: the file of protections cannot be read.
    """
    known = decisions.in_force(roster, today.isoformat())
    keeps = [keep for keep in decisions.keeps(roster) if keep.number in known.keeps]
    # Of two keeps, the one that holds longer says why a record stays; what is protected stays anyway.
    keeps.sort(key=lambda keep: keep.until, reverse=True)
    kept = [
        Decision(KeptReason.UNTIL, [(one.user, one.klass)], one.why, one.number, one.until.isoformat())
        for one in keeps
    ]
    protected = (protecting.decision(roster, one) for one in protecting.protections(vault))
    pins = (
        (pin.number, pin.entity, pin.record, pin.field, pin.author, pin.why)
        for pin in decisions.pins(roster)
        if pin.number in known.pins
    )
    overlaying.begin(workspace, (*kept, *protected), pins)
    overlaying.settle(workspace, reader)
    return known
