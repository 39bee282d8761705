"""Every rule by its code: those found in reading, those of types, keys, references, people and spreadsheets."""

from collections.abc import Mapping
from types import MappingProxyType

from cartable.rules import derived, files, links, people, rows, spreadsheets
from cartable.rules.rule import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for family in (files.RULES, rows.RULES, derived.RULES, links.RULES, people.RULES, spreadsheets.RULES)
        for rule in family
    }
)
