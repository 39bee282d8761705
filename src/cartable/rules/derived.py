"""Rules that every field gets by its type and by whether its column is required.

Source of the types: Microsoft, "Validation rules and descriptions", data types.
"""

from cartable.model.findings import Action, Severity
from cartable.model.types import FieldType
from cartable.model.vocabularies import SCHOOL_YEARS
from cartable.rules.checks import Cell
from cartable.rules.rule import Rule

_TYPES = "Microsoft, School Data Sync, Validation rules and descriptions: data types"
_FORMAT = "Microsoft, School Data Sync, SDS v2.1 CSV file format"

_PACKAGES = "1EdTech, OneRoster CSV binding 1.2, data types"

# What counts as blank at either end of a value: the tab, and the spaces of Unicode that fixed
# layouts, word processors and web pages leave behind (no-break, thin, ideographic, zero-width).
BLANKS: tuple[str, ...] = (
    *" \t\u00a0\u1680",
    *(chr(code) for code in range(0x2000, 0x200C)),
    *"\u2028\u2029\u202f\u205f\u2060\u3000\ufeff",
)

# Lists whose values are accepted beyond the codes known today, when they look like this.
OPEN_LISTS: dict[str, str] = {SCHOOL_YEARS.name: r"\A[0-9]{4}\z"}


def extension(prefix: str) -> str:
    """What a code looks like that anybody may add to a list, as a regular expression."""
    return rf"\A{prefix}[A-Za-z0-9._-]+\z"


_ATOM = r"[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+"
_DOTTED = rf"{_ATOM}(?:\.{_ATOM})*"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LITERAL = r"\[[!-Z^-~]*\]"
# RFC 5322 §3.4.1 addr-spec without comments, folding and obsolete forms, as one RE2 expression.
# Apostrophes are doubled because it stands in an SQL text.
_ADDRESS = rf"\A(?:{_DOTTED}|{_QUOTED})@(?:{_DOTTED}|{_LITERAL})\z"

WHITESPACE = Rule(
    code="value.whitespace",
    severity=Severity.WARNING,
    action=Action.TRIM,
    message="The value {value} begins or ends with a blank.",
    hint="The blanks were cut off; remove them in the source, since other systems keep them.",
    source=f"{_TYPES}: values are compared as received",
    checks=(Cell(condition="left({value}, 1) in ({blanks}) or right({value}, 1) in ({blanks})", whole=True),),
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="value.required",
        severity=Severity.ERROR,
        action=Action.EXCLUDE,
        message="The required value is missing.",
        hint="Fill in the column {column}; until then the row is left out.",
        source=f"{_FORMAT}: required columns have a value in every row",
        checks=(Cell(condition="{value} is null", required=True, whole=True),),
    ),
    WHITESPACE,
    Rule(
        code="value.email",
        severity=None,
        action=None,
        message="The value {value} is no e-mail address.",
        hint="Write it as name@domain, without accents or spaces, or leave the cell empty.",
        source=f"{_TYPES}: Email (RFC 5322, section 3.4.1)",
        checks=(Cell(types=(FieldType.EMAIL,), condition=f"not regexp_matches({{value}}, '{_ADDRESS}')"),),
    ),
    Rule(
        code="value.phone",
        severity=None,
        action=None,
        message="The value {value} is no international phone number.",
        hint="Write a plus sign, the country code and the number, digits only, such as +33123456789.",
        source=f"{_TYPES}: Phone (ITU-T E.164)",
        checks=(
            Cell(
                types=(FieldType.PHONE,),
                condition=r"not regexp_matches({value}, '\A\+[1-9][0-9]{1,14}\z')",
            ),
        ),
    ),
    Rule(
        code="value.date",
        severity=None,
        action=None,
        message="The value {value} is no date.",
        hint="Write a date without a time: year, month and day of a real date, such as 2026-09-01.",
        source=f"{_TYPES}: Date (ISO 8601)",
        checks=(
            Cell(
                types=(FieldType.DATE,),
                condition=r"not regexp_matches({value}, '\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z')"
                " or try_cast({value} as date) is null or {value} < '0001'",
            ),
        ),
    ),
    Rule(
        code="value.boolean",
        severity=None,
        action=None,
        message="The value {value} is neither true nor false.",
        hint="Write true or false.",
        source=f"{_TYPES}: Boolean",
        checks=(Cell(types=(FieldType.BOOLEAN,), condition="lower({value}) not in ('true', 'false')"),),
    ),
    Rule(
        code="value.number",
        severity=None,
        action=None,
        message="The value {value} is no number.",
        hint="Write digits, with a point before decimals and nothing between thousands, such as 12.5.",
        source=f"{_PACKAGES}: float",
        checks=(
            Cell(
                types=(FieldType.NUMBER,),
                condition=r"not regexp_matches({value}, '\A-?[0-9]+(?:\.[0-9]+)?\z')",
            ),
        ),
    ),
    Rule(
        code="value.timestamp",
        severity=None,
        action=None,
        message="The value {value} is no date with a time.",
        hint="Write day and time in UTC, such as 2026-09-01T08:30:00.000Z.",
        source=f"{_PACKAGES}: dateTime (ISO 8601)",
        checks=(
            Cell(
                types=(FieldType.TIMESTAMP,),
                condition=r"not regexp_matches({value}, '\A[0-9]{4}-[0-9]{2}-[0-9]{2}"
                r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?\z')"
                " or try_cast(left({value}, 10) as date) is null",
            ),
        ),
    ),
    Rule(
        code="value.pairs",
        severity=None,
        action=None,
        message="The value {value} is no list of pairs.",
        hint="Put each pair in braces, with a colon between its two parts, and commas between the pairs.",
        source=f"{_PACKAGES}: userIds, scoreScaleValue",
        checks=(
            Cell(
                types=(FieldType.PAIRS,),
                condition=r"not regexp_matches({value}, "
                r"'\A\{[^{}:]*:[^{}]*\}(?: *, *\{[^{}:]*:[^{}]*\})*\z')",
            ),
        ),
    ),
    Rule(
        code="value.code",
        is_by_value=True,
        severity=None,
        action=None,
        message="The value {value} is not in the list of {list}.",
        hint="Use a code of the list; it cannot be extended.",
        source="Microsoft, School Data Sync, Default list of values",
        details=("list",),
        cases={
            "extensible": (
                "The value {value} is not in the list of {list}.",
                "Use a code of the list, or add your own codes to it with a file (--codes).",
            ),
            "list": (
                "The value {value} is not in the list of {list}: it is several codes in one.",
                "Put commas between the codes, and the whole cell in quotation marks.",
            ),
            SCHOOL_YEARS.name: (
                "The value {value} is no school year.",
                "Write the year in which it ends, four digits, such as 2027.",
            ),
        },
        checks=(Cell(types=(FieldType.ENUM, FieldType.ENUM_LIST), condition="{code} is null"),),
    ),
    Rule(
        code="value.school-year",
        is_by_value=True,
        severity=Severity.INFO,
        action=Action.NONE,
        message="The school year {value} lies outside the years that receivers know.",
        hint="A school year is named by the year in which it ends. Check that this one is meant.",
        source="Microsoft, School Data Sync, Default list of values: School year",
        checks=(Cell(types=(FieldType.ENUM,), condition="{code} is not null and {listed} is null"),),
    ),
)
