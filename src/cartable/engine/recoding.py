"""Tells in SQL which code a value must be that its list does not spell so: letters, zeros, decimals."""

from collections.abc import Mapping

from cartable.engine import spelling
from cartable.engine.renaming import codes_by_number, spellings_alike
from cartable.engine.workspace import literal
from cartable.model.entities import Field
from cartable.model.options import CheckOptions
from cartable.rules.derived import OPEN_LISTS

DECIMALS = r"'[.,]0+\z'"
_NUMBER = r"'\A[0-9]+(?:[.,]0+)?\z'"


def code_meant(field: Field, options: CheckOptions, value: str) -> str:
    """SQL: the one code of the field's list that a trimmed value can be, NULL where it can be none.

    It may differ in capitals, accents, blanks and hyphens, or as a number in zeros and decimals.
    """
    if field.vocabulary is None:
        return value
    spellings = options.vocabulary(field.vocabulary).spellings
    folded = f"lower(strip_accents(regexp_replace({value}, '[\\s_-]', '', 'g')))"
    meant = (
        spelling.code_of(field, options, value),
        _looked_up(spellings_alike(spellings), folded),
        f"case when {is_number(value)} then {number_meant(field, options, value)} end",
    )
    return f"coalesce({', '.join(meant)})"


def number_meant(field: Field, options: CheckOptions, value: str) -> str:
    """SQL: the one code of the field's list that is this number but for zeros and decimals, else NULL."""
    assert field.vocabulary is not None
    vocabulary = options.vocabulary(field.vocabulary)
    bare = f"regexp_replace({value}, {DECIMALS}, '')"
    number = _looked_up(codes_by_number(vocabulary.spellings), f"ltrim({bare}, '0')")
    if vocabulary.name in OPEN_LISTS:
        return f"coalesce({number}, {spelling.code_of(field, options, bare)})"
    return number


def is_number(value: str) -> str:
    """SQL: whether a value is a whole number, perhaps with the decimals that a spreadsheet adds."""
    return f"regexp_matches({value}, {_NUMBER})"


def _looked_up(meanings: Mapping[str, str], value: str) -> str:
    if not meanings:
        return "cast(null as varchar)"
    texts, codes = (", ".join(map(literal, side)) for side in zip(*meanings.items(), strict=True))
    return f"map([{texts}], [{codes}])[{value}]"
