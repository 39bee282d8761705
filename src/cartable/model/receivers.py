"""The systems that a roster is sent on to, whose own demands a check can be asked about."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Receiver:
    """A system that takes rosters.

    Args:
        name: stable name, the one that `--for` takes.
        title: what its maker calls it.
        source: the documents that say what it does with a roster.
    """

    name: str
    title: str
    source: str


MICROSOFT_365 = Receiver(
    "microsoft365",
    "Microsoft 365",
    "Microsoft, School Data Sync, Manage data with Microsoft 365",
)
GOOGLE_CLASSROOM = Receiver(
    "google-classroom",
    "Google Classroom",
    "Google, Classroom Help on student information systems; Classroom API",
)
ONEROSTER_1_1 = Receiver("oneroster-1.1", "OneRoster 1.1", "1EdTech, OneRoster 1.1")
ONEROSTER_1_2 = Receiver("oneroster-1.2", "OneRoster 1.2", "1EdTech, OneRoster 1.2, Rostering Service")
APPLE_SCHOOL_MANAGER = Receiver(
    "apple-school-manager",
    "Apple School Manager",
    "Apple, Apple School Manager User Guide",
)

RECEIVERS: Mapping[str, Receiver] = MappingProxyType(
    {
        receiver.name: receiver
        for receiver in (
            MICROSOFT_365,
            GOOGLE_CLASSROOM,
            ONEROSTER_1_1,
            ONEROSTER_1_2,
            APPLE_SCHOOL_MANAGER,
        )
    }
)
"""Every receiver by its name."""
