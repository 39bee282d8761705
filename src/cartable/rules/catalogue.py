"""Every rule by its code: of reading, types, keys, references, people, and columns that were damaged."""

from collections.abc import Mapping
from types import MappingProxyType

from cartable.rules import derived, files, links, people, receivers, rows, shifts, spreadsheets
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
            spreadsheets.RULES,
            shifts.RULES,
            receivers.RULES,
        )
        for rule in family
    }
)
