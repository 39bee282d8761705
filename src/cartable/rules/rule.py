"""The shape of a rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cartable.model.findings import Action, Severity
from cartable.rules.checks import Check, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the catalogue.

    Severity and action None mean *by requirement*: in a required column an error that excludes
    the row, in an optional one a warning that blanks the value.

    Args:
        code: dotted words that name the fault; never reused.
        severity, action: see above.
        message: what is wrong, an English template; it is the key of the translation. It may name
            `{file}`, `{line}`, `{column}`, `{value}`, `{record}` and the rule's own details.
        hint: what to do about it, a template likewise.
        source: document and section that the rule comes from.
        details: names beyond the five above that the templates use.
        cases: other words for some findings of the rule: a finding whose detail holds `case` is told
            by the (message, hint) of that name, see `words`.
        outcomes: severity and action of the cases in which they are others.
        explains: whether findings about rows and values may follow from it, which say themselves what
            becomes of these.
        is_by_value: whether a value that stands in many rows is one fault, mended in one place: a code
            that no list has, a row that is not there.
        alike: cases whose findings are one fault whatever their value, and what they have in common then:
            a `file`, a `column` or some of the rule's details.
        is_whole_file: whether it means a file or a school as a whole and may explain what else is said:
            its causes stand before the others.
        checks: what finds it; empty for what reading finds, and for keys and references, which
            follow from the table of entities.
    """

    code: str
    severity: Severity | None
    action: Action | None
    message: str
    hint: str
    source: str
    details: tuple[str, ...] = ()
    cases: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    outcomes: Mapping[str, tuple[Severity, Action]] = field(default_factory=dict)
    explains: bool = False
    is_by_value: bool = False
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_whole_file: bool = False
    checks: tuple[Check, ...] = ()

    def words(self, detail: Mapping[str, str]) -> tuple[str, str]:
        """Message and hint, as templates, of a finding with this detail."""
        return self.cases.get(detail.get("case", ""), (self.message, self.hint))

    def outcome(self, case: str = "") -> tuple[Severity | None, Action | None]:
        """Severity and action of a finding of this case; None as above."""
        return self.outcomes.get(case, (self.severity, self.action))

    @property
    def by_option(self) -> Mapping[str, tuple[Severity | None, Action | None]]:
        """Severity and action where an option of the check makes them others, by the option's name."""
        return {
            check.option: (check.severity or self.severity, check.action or self.action)
            for check in self.checks
            if isinstance(check, Query) and check.option and (check.severity or check.action)
        }

    @property
    def receivers(self) -> tuple[str, ...]:
        """Names of the receivers that it speaks of; none for what holds wherever the roster goes."""
        named = (check.receivers for check in self.checks if isinstance(check, Query))
        return tuple(dict.fromkeys(name for names in named for name in names))

    @property
    def templates(self) -> tuple[str, ...]:
        """Every message and hint that the rule can speak: the keys of their translations."""
        return (self.message, self.hint, *(text for case in self.cases.values() for text in case))

    @property
    def shows_value(self) -> bool:
        """Whether its messages tell what was received."""
        return any("{value}" in text for text in self.templates)
