"""What an installation asks of those who approve."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """The table [policy] of the guards file.

    Args:
        second_approver: whether whoever planned what a guard holds may not be the one who lets it pass.
        hold_expires_hours: how long a held plan waits.
    """

    second_approver: bool = False
    hold_expires_hours: int = 72
