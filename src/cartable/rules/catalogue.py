"""Every rule by its code: of reading, types, keys, references, people, and columns that were damaged."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from cartable.rules import derived, files, links, packages, people, receivers, rows, shifts, spreadsheets
from cartable.rules.rule import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for family in (
            files.RULES,
            rows.RULES,
            derived.RULES,
            links.RULES,
            people.RULES,
            packages.RULES,
            spreadsheets.RULES,
            shifts.RULES,
            receivers.RULES,
        )
        for rule in family
    }
)


def digest_of_rules() -> str:
    """SHA-256 of what all rules find and what becomes of the data; texts for people are not part of it."""
    told = ((rule.code, rule.severity, rule.action, rule.checks) for rule in RULES.values())
    return hashlib.sha256("\n".join(map(repr, told)).encode()).hexdigest()
