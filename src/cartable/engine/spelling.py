"""SQL expressions that bring a value as received into the one spelling that the roster knows.

Source of what each type keeps: SDS validation rules, table "data types".
"""

from collections.abc import Collection, Mapping

from cartable.engine.workspace import literal
from cartable.model.entities import Entity, Field
from cartable.model.options import CheckOptions
from cartable.model.types import FieldType
from cartable.model.vocabularies import Vocabulary
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Cell, Damage
from cartable.rules.derived import BLANKS, OPEN_LISTS, extension
from cartable.rules.rule import Rule

_BLANK_TEXTS = ", ".join(map(literal, BLANKS))
_BLANK_CLASS = "".join(rf"\x{{{ord(blank):04x}}}" for blank in BLANKS)
_BLANK_END = literal(rf"\A[{_BLANK_CLASS}]|[{_BLANK_CLASS}]\z")
_CODED = frozenset(
    {FieldType.ENUM, FieldType.ENUM_LIST, FieldType.ID_LIST, FieldType.BOOLEAN, FieldType.DATE}
)
_ASCII_BLANKS = tuple(blank for blank in BLANKS if blank.isascii())

DESTROYING: Mapping[str, Damage] = {
    rule.code: check
    for rule in RULES.values()
    for check in rule.checks
    if isinstance(check, Damage) and check.destroys
}
"""What leaves nothing of a value, by the code that says so."""


def filled(template: str, names: dict[str, str]) -> str:
    """The template with each `{name}` replaced; other braces (of regular expressions) stay."""
    for name, sql in names.items():
        template = template.replace("{" + name + "}", sql)
    return template


def has_blank_end(value: str) -> str:
    """SQL: whether the text begins or ends with a blank.

    The same as the rule `value.whitespace` says, ordered so that most values are settled by
    comparing their first bytes (trimming every value would cost a hundred times as much).
    """
    ends = " or ".join(f"suffix({value}, {literal(blank)})" for blank in _ASCII_BLANKS)
    return (
        f"{value} < '!' or {ends} or (strlen({value}) <> length({value}) "
        f"and regexp_matches({value}, {_BLANK_END}))"
    )


def trimmed(value: str) -> str:
    """SQL: the text without blanks at its ends, NULL where nothing is left."""
    return f"nullif(trim({value}, {literal(''.join(BLANKS))}), '')"


def without_blanks(value: str) -> str:
    """The same as `trimmed`, for values of which few have blanks at their ends."""
    return f"(case when {has_blank_end(value)} then {trimmed(value)} else {value} end)"


def is_coded(field: Field) -> bool:
    """Whether a file holds few different values of the field, so that each is spelled once.

    Codes, booleans and dates by nature; lists because the combinations that occur are few.
    """
    return field.type in _CODED


def code_of(field: Field, options: CheckOptions, value: str, *, listed: bool = False) -> str:
    """SQL: the spelling of a trimmed value in the field's code list, NULL where it has none.

    Args:
        listed: leave out what an open list accepts beyond its own codes.
    """
    if field.vocabulary is None:
        return value
    vocabulary = options.vocabulary(field.vocabulary)
    if not vocabulary.spellings:
        return "cast(null as varchar)"
    known, codes = (
        ", ".join(map(literal, texts)) for texts in zip(*vocabulary.spellings.items(), strict=True)
    )
    code = f"map([{known}], [{codes}])[lower({value})]"
    pattern = extension(vocabulary.prefix) if vocabulary.prefix else OPEN_LISTS.get(vocabulary.name)
    if not listed and pattern:
        return f"coalesce({code}, case when regexp_matches({value}, {literal(pattern)}) then {value} end)"
    return code


def unified(field: Field, options: CheckOptions, value: str) -> str:
    """SQL: the canonical spelling of a trimmed and faultless value (of one element of a list)."""
    match field.type:
        case FieldType.ENUM | FieldType.ENUM_LIST:
            return code_of(field, options, value)
        case FieldType.EMAIL | FieldType.BOOLEAN:
            return f"lower({value})"
        case _:
            return value


def elements(value: str) -> str:
    """SQL: the trimmed elements of a comma-separated list, empty ones as NULL."""
    return f"list_transform(string_split({value}, ','), lambda element: {without_blanks('element')})"


def canonical(field: Field, options: CheckOptions, value: str, *, faulty: bool) -> str:
    """SQL: the canonical spelling of a trimmed value; an array of sorted distinct elements for a list.

    Args:
        faulty: whether there may be values that break the rules of their type: they become NULL.
    """
    if field.type.is_list:
        each = f"list_transform({elements(value)}, lambda one: nullif({unified(field, options, 'one')}, ''))"
        return f"list_sort(list_distinct(list_filter({each}, lambda one: one is not null)))"
    spelled = unified(field, options, value)
    faults = [filled(check.condition, {"value": value}) for _, check in value_checks(field)] if faulty else []
    # A code list's own expression is NULL already where the value has no place in it.
    if not faults or field.vocabulary:
        return spelled
    return f"case when {' or '.join(faults)} then null else {spelled} end"


def value_checks(field: Field) -> list[tuple[Rule, Cell]]:
    """The rules by requirement that judge values of the field's type: what breaks them is unusable."""
    return [
        (rule, check)
        for rule in RULES.values()
        for check in rule.checks
        if rule.action is None and isinstance(check, Cell) and field.type in check.types
    ]


def cell_checks(field: Field, options: CheckOptions, *, required: bool) -> list[tuple[Rule, Cell]]:
    """Every rule that judges single values of the field."""
    return [
        (rule, check)
        for rule in RULES.values()
        for check in rule.checks
        if isinstance(check, Cell)
        and (not check.types or field.type in check.types)
        and (required or not check.required)
        and ("{listed}" not in check.condition or _is_open(field, options))
    ]


def cell_condition(check: Cell, field: Field, options: CheckOptions, value: str) -> str:
    """The check's condition over an SQL expression for the trimmed value."""
    condition = filled(
        check.condition,
        {
            "code": code_of(field, options, value),
            "listed": code_of(field, options, value, listed=True),
            "blanks": _BLANK_TEXTS,
            "value": value,
        },
    )
    return condition if check.required else f"{value} is not null and ({condition})"


def destroyed(entity: Entity, field: Field, value: str, seen: Collection[str] = DESTROYING) -> str | None:
    """SQL: whether nobody can tell any more what a trimmed value was; None where it is no key's part.

    What has no traces is looked for in identifiers alone: what refers to them then leads nowhere.

    Args:
        seen: codes of which there may be a trace.
    """
    if field.type is not FieldType.ID or field.name not in entity.key:
        return None
    conditions = [
        f"({filled(check.condition, {'value': value})})"
        for code, check in DESTROYING.items()
        if (code in seen if check.traces else not field.reference)
    ]
    return " or ".join(conditions) or None


def _is_open(field: Field, options: CheckOptions) -> bool:
    vocabulary: Vocabulary | None = field.vocabulary and options.vocabulary(field.vocabulary)
    return vocabulary is not None and vocabulary.name in OPEN_LISTS
