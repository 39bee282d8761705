"""Every rule by its code: those found in reading, those of types, keys, references and people."""

from collections.abc import Mapping
from types import MappingProxyType

from cartable.rules import derived, files, links, people, receivers, rows, shifts
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
            shifts.RULES,
            receivers.RULES,
        )
        for rule in family
    }
)
