"""What the installation's own file of guards asks of those who approve: its table [policy]."""

from collections.abc import Collection
from pathlib import Path

from cartable.errors import SamePerson, UsageError
from cartable.flow import guarding
from cartable.model.plans import PlanHeader
from cartable.model.policies import Policy
from cartable.store.vault import Vault


def policy(vault: Vault) -> Policy:
    """The policy in force; another file, which --guards may name, cannot change it.

    Raises:
        UsageError: the installation's file says what no file of guards says.
    """
    return guarding.in_force(vault, None).policy


def see_that_guards_are_own(vault: Vault, given: Path | None) -> None:
    """Refuse another file of guards where two have to agree: it could let everything pass.

    Raises:
        UsageError: one was given, and the policy asks for a second person.
    """
    if given and policy(vault).second_approver:
        raise UsageError(
            "The policy asks for a second person, so no other file of guards than {path} is in force.",
            "Leave out --guards; what is held waits for another person.",
            path=vault.directory / guarding.FILE,
        )


def see_that_two_agree(vault: Vault, header: PlanHeader, approver: str, accepted: Collection[str]) -> None:
    """Refuse that one and the same person plans what a guard holds and lets it pass, where the policy does.

    What was accepted or raised when it was planned counts as held: the guard was let pass then.

    Args:
        accepted: guards that the approver lets pass.

    Raises:
        SamePerson: it is the same one.
        UsageError: as `policy`.
    """
    if not (header.holds or header.raised or header.accepted or accepted):
        return
    if _person(header.actor) == _person(approver) and policy(vault).second_approver:
        raise SamePerson(
            "{who} planned this and may not approve it: the policy asks for a second person; "
            "nothing was written.",
            "Without --accept and --raise a sync waits as a hold, which another person approves; or save the "
            "plan with cartable plan -o FILE, and let another person apply it. Both are named with --by.",
            who=approver.strip(),
        )


def _person(actor: str) -> str:
    return actor.strip().casefold()
