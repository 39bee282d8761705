r"""Rules about columns that a spreadsheet or an office program has damaged: one finding a column.

The rows' own findings say what becomes of the rows; those of this family say what happened to all of
them at once. `spreadsheet.zeros` is found by comparing identifiers with those that they refer to.
"""

from cartable.model.findings import Action, Severity
from cartable.model.types import FieldType
from cartable.rules.characters import GARBLED_BYTES, bytes_of, garbled, one_of
from cartable.rules.checks import Damage
from cartable.rules.dates import (
    DAY_MONTH,
    HIGH,
    LOW,
    MONTH_NAMED,
    SHORT_YEAR,
    YEAR_FIRST,
    before_days,
    in_figures,
)
from cartable.rules.derived import BLANKS
from cartable.rules.repairs import TRY
from cartable.rules.rule import Rule

_NUMBERS = "Microsoft Support: Keeping leading zeros and large numbers"
_DATES = "Microsoft Support: Change the date system, format, or two-digit year interpretation"
_IMPORT = (
    "Deliver the export untouched; if it must pass through a spreadsheet, import it there "
    "with this column as text."
)
_IMPORT_OR_REPAIR = (
    "Deliver the export untouched; if it must pass through a spreadsheet, import it there "
    f"with this column as text, {TRY}."
)
_ISO = "Give dates as 2026-09-01: export again, or set this date format before saving."
_ISO_OR_REPAIR = f"Give dates as 2026-09-01: export again, set this date format before saving, {TRY}."
_COUNT = "count"

_LINKS = ("reference.missing", "key.damaged")
_VALUES = ("value.code", "value.phone", "value.email", "value.date", "value.boolean", *_LINKS)
_ANY = (*_VALUES, "value.whitespace")
_AS_NUMBER = ("value.code", "value.phone", *_LINKS)
_NUMBERED = (FieldType.ID, FieldType.ID_LIST, FieldType.STRING, FieldType.ENUM, FieldType.PHONE)

TRUTHS: tuple[tuple[str, str], ...] = (
    ("vrai", "faux"),
    ("wahr", "falsch"),
    ("vero", "falso"),
    ("adevărat", "fals"),
    ("verdadero", "falso"),
    ("verdadeiro", "falso"),
    ("waar", "onwaar"),
    ("prawda", "fałsz"),
    ("sand", "falsk"),
    ("sann", "usann"),
    ("sant", "falskt"),
    ("tosi", "epätosi"),
    ("pravda", "nepravda"),
    ("igaz", "hamis"),
    ("doğru", "yanlış"),
    # Capitals of the same, made small without knowing Turkish.
    ("doğru", "yanliş"),
    ("истина", "ложь"),
)
"""TRUE and FALSE as spreadsheets write them in other languages than English.

They are French, German, Italian, Romanian, Spanish, Portuguese, Dutch, Polish, Danish, Norwegian,
Swedish, Finnish, Czech and Slovak, Hungarian, Turkish and Russian.
"""

_WORDS = ", ".join(f"'{word}'" for word in sorted({word for pair in TRUTHS for word in pair}))

# The plain signs of the double and single ones, in an SQL text.
_STRAIGHT = '"' * 4 + "''" * 4
_DOUBLE, _CLOSING, _SINGLE = "\u201c\u201d\u201e\u201f", "\u201c\u201d", "\u2018\u2019\u201a\u201b"
_WRAPPED = (
    rf"\A(?:[{one_of(_DOUBLE)}][^{one_of(_DOUBLE)}]+[{one_of(_CLOSING)}]"
    rf"|\x{{2018}}[^{one_of(_SINGLE)}]+\x{{2019}})\z"
)

# French typography sets no-break spaces beside signs, never between two letters.
_NO_BREAK, _UNSEEN = "\u00a0\u2007\u202f", "\u00ad\u200b\u2060\ufeff"
_ODD = "".join(blank for blank in BLANKS if not blank.isascii()) + "\u00ad\u200c\u200d\u200e\u200f"


_BETWEEN = rf"\A.*[\p{{L}}\p{{M}}][{one_of(_NO_BREAK)}]\p{{L}}.*\z"
_WITHIN = rf"\A.*[^{one_of(_ODD)}][{one_of(_UNSEEN)}]+[^{one_of(_ODD)}].*\z"
# Among blanks between two signs there is one that is no plain one.
_INNER = (
    rf"\A.*[^ {one_of(_ODD)}][ {one_of(_ODD)}]*[{one_of(_ODD)}][ {one_of(_ODD)}]*"
    rf"[^ {one_of(_ODD)}].*\z"
)
# Among blanks at an end there is one that is no plain one.
_EDGED = rf"\A[ \t{one_of(_ODD)}]*[{one_of(_ODD)}].*\z|\A.*[{one_of(_ODD)}][ \t{one_of(_ODD)}]*\z"

RULES: tuple[Rule, ...] = (
    Rule(
        code="spreadsheet.mojibake",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Letters of this column were garbled when a program read the file in another encoding: "
        "{value} instead of {other} (values: {count}).",
        hint=f"Export the file again, and open it nowhere before it is delivered, or as UTF-8, {TRY}.",
        source="Unicode Standard, section 3.9: UTF-8",
        details=(_COUNT, "other"),
        cases={
            "replaced": (
                "Letters of this column are lost; a program that could not read them left its sign for that "
                "in their place: {value} (values: {count}).",
                "Export the file again, as UTF-8; what these letters were can be told from the source alone.",
            ),
        },
        checks=(
            Damage(
                condition=f"regexp_matches({{value}}, '{garbled('cp1252')}')",
                traces=GARBLED_BYTES,
                explains=_ANY,
            ),
            # Read as Latin-1, or where Windows-1252 has no letter, parts of letters are controls.
            Damage(
                condition=f"regexp_matches({{value}}, '{garbled('latin-1', 'cp1252')}')",
                explains=("row.control-character",),
            ),
            Damage(
                condition=r"regexp_matches({value}, '\A.*\x{fffd}.*\z')",
                traces=bytes_of("\ufffd"),
                explains=_ANY,
                case="replaced",
                destroys=True,
            ),
        ),
    ),
    Rule(
        code="spreadsheet.error",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Cells of this column hold a spreadsheet's error instead of a value: {value} "
        "(values: {count}).",
        hint="Mend the formula or widen the column in the spreadsheet, and export the file again.",
        source="Microsoft Support: How to correct a #N/A error and its siblings",
        details=(_COUNT,),
        checks=(
            Damage(
                # LIKE settles nearly all values at once.
                condition=r"{value} like '#%' and regexp_matches({value}, "
                r"'\A#(?:N/A|N/D|NV|I/T|[\x{00a1}\x{00bf}]?[A-Z0-9/\x{00c5}\x{00c9}]{2,14}[!?]|#+)\z')",
                traces=(b"#",),
                explains=_VALUES,
                destroys=True,
            ),
        ),
    ),
    Rule(
        code="spreadsheet.quotes",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Values of this column hold typographic quotation marks that an office program put there: "
        "{value} (values: {count}).",
        hint="Remove them or type plain ones, and turn the program's automatic correction off.",
        source=f"RFC 4180, section 2: quotation marks; {_NUMBERS}",
        details=(_COUNT,),
        checks=(
            Damage(
                condition=f"regexp_matches({{value}}, '{_WRAPPED}')",
                prose=True,
                traces=bytes_of(_DOUBLE + _SINGLE),
            ),
            Damage(
                condition=rf"regexp_matches({{value}}, '\A.*[{one_of(_DOUBLE + _SINGLE)}].*\z')",
                prose=False,
                traces=bytes_of(_DOUBLE + _SINGLE),
                explains=_VALUES,
                restores=(
                    f"translate({{value}}, '{_DOUBLE}{_SINGLE}', '{_STRAIGHT}')",
                    f"translate({{value}}, '{_DOUBLE}{_SINGLE}', '')",
                ),
            ),
        ),
    ),
    Rule(
        code="spreadsheet.blank",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Values of this column hold no-break spaces, shown as ␣, or other characters that cannot be "
        "seen: {value} (values: {count}).",
        hint="Type these places anew: to other systems such a value is not the one that it looks like.",
        source="Unicode Standard, section 6.2: space characters",
        details=(_COUNT,),
        checks=(
            Damage(
                condition=f"regexp_matches({{value}}, '{_BETWEEN}') "
                f"or regexp_matches({{value}}, '{_WITHIN}')",
                prose=True,
                traces=bytes_of(_NO_BREAK + _UNSEEN),
            ),
            Damage(
                condition=f"regexp_matches({{value}}, '{_INNER}')",
                prose=False,
                traces=bytes_of(_ODD),
                explains=_VALUES,
                restores=(
                    f"regexp_replace({{value}}, '[ {one_of(_ODD)}]+', ' ', 'g')",
                    f"regexp_replace({{value}}, '[ {one_of(_ODD)}]+', '', 'g')",
                    f"regexp_replace({{value}}, '[{one_of(_ODD)}]+', '', 'g')",
                ),
            ),
            Damage(condition=f"regexp_matches({{value}}, '{_EDGED}')", explains=("value.whitespace",)),
        ),
    ),
    Rule(
        code="spreadsheet.scientific",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A spreadsheet has shortened long numbers of this column to powers of ten: "
        "{value} (values: {count}).",
        hint=f"Their last digits are lost, so that different people may look like one. {_IMPORT}",
        source=_NUMBERS,
        details=(_COUNT,),
        checks=(
            Damage(
                condition="{value} like '%E+%' "
                r"and regexp_matches({value}, '\A-?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}\z')",
                types=_NUMBERED,
                prose=False,
                traces=(b"E+",),
                explains=_AS_NUMBER,
                destroys=True,
            ),
        ),
    ),
    Rule(
        code="spreadsheet.decimal",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A program took the values of this column for numbers and gave them a decimal: "
        "{value} (values: {count}).",
        hint=_IMPORT,
        source=_NUMBERS,
        details=(_COUNT, "other"),
        cases={
            "code": (
                "A program took the codes of this column for numbers and gave them a decimal: "
                "{value} instead of {other} (values: {count}).",
                _IMPORT_OR_REPAIR,
            ),
        },
        checks=(
            Damage(
                condition="({value} like '%.0' or {value} like '%,0') "
                r"and regexp_matches({value}, '\A[0-9]+[.,]0\z')",
                types=_NUMBERED,
                prose=False,
                traces=(b".0", b',0"'),
                explains=_AS_NUMBER,
                restores=("left({value}, -2)",),
            ),
        ),
    ),
    Rule(
        code="spreadsheet.date",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A spreadsheet has rewritten the dates of this column: {value} (values: {count}). "
        "Whether the day or the month comes first cannot be told.",
        hint=_ISO,
        source=f"{_DATES}; ISO 8601",
        details=(_COUNT,),
        cases={
            case: (
                message,
                _ISO_OR_REPAIR if case in ("day", "month", "year") else _IMPORT if case == "named" else _ISO,
            )
            for case, message in (
                (
                    "day",
                    "A spreadsheet has rewritten the dates of this column, the day first: "
                    "{value} (values: {count}).",
                ),
                (
                    "month",
                    "A spreadsheet has rewritten the dates of this column, the month first: "
                    "{value} (values: {count}).",
                ),
                (
                    "year",
                    "A spreadsheet has rewritten the dates of this column: {value} (values: {count}).",
                ),
                (
                    "short",
                    "A spreadsheet has rewritten the dates of this column, with years of two digits: "
                    "{value} (values: {count}).",
                ),
                (
                    "words",
                    "A spreadsheet has rewritten the dates of this column, the months as words: "
                    "{value} (values: {count}).",
                ),
                (
                    "named",
                    "A spreadsheet took values of this column for days and names their month: "
                    "{value} (values: {count}).",
                ),
                (
                    "mixed",
                    "A spreadsheet has rewritten the dates of this column, and not all in the same way: "
                    "{value} (values: {count}).",
                ),
            )
        },
        checks=(
            Damage(
                condition=in_figures(HIGH, LOW),
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="day",
            ),
            Damage(
                condition=in_figures(LOW, HIGH),
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="month",
            ),
            Damage(
                condition=in_figures(LOW, LOW),
                types=(FieldType.DATE,),
                explains=("value.date",),
            ),
            Damage(
                condition=f"regexp_matches({{value}}, '{YEAR_FIRST}')",
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="year",
            ),
            # A spreadsheet has forgotten the century, and which of the numbers is the year.
            Damage(
                condition=f"{in_figures(HIGH, LOW, SHORT_YEAR)} or {in_figures(LOW, HIGH, SHORT_YEAR)} "
                f"or {in_figures(LOW, LOW, SHORT_YEAR)}",
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="short",
            ),
            Damage(
                condition=f"regexp_matches({{value}}, '{MONTH_NAMED}')",
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="words",
            ),
            Damage(
                # Comparisons settle nearly all values at once.
                condition="({value} like '%-%' or {value} like '%. %') and {value} < ':' "
                f"and regexp_matches({{value}}, '{DAY_MONTH}')",
                types=(FieldType.ID, FieldType.ID_LIST),
                explains=_LINKS,
                case="named",
                restores=tuple(before_days()),
                destroys=True,
            ),
        ),
    ),
    Rule(
        code="spreadsheet.serial",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A spreadsheet has turned the dates of this column into numbers of days: {value} for {day}, "
        "or for four years and a day later if it counts from 1904 (values: {count}).",
        hint=_ISO,
        source=_DATES,
        details=(_COUNT, "day"),
        cases={
            "certain": (
                "A spreadsheet has turned the dates of this column into numbers of days: "
                "{value} for {day} (values: {count}).",
                _ISO_OR_REPAIR,
            ),
        },
        checks=(
            Damage(
                condition=r"regexp_matches({value}, '\A[1-7][0-9]{4}(?:[.,][0-9]+)?\z')",
                types=(FieldType.DATE,),
                explains=("value.date",),
            ),
        ),
    ),
    Rule(
        code="spreadsheet.boolean",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A spreadsheet has put true and false of this column into another language: "
        "{value} (values: {count}).",
        hint=_IMPORT,
        source='Microsoft Support: TRUE function and "FALSE function", by language',
        details=(_COUNT,),
        checks=(
            Damage(
                condition=f"lower({{value}}) in ({_WORDS})",
                types=(FieldType.BOOLEAN,),
                explains=("value.boolean",),
            ),
        ),
    ),
    Rule(
        code="spreadsheet.formula",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Values of this column are written as formulas, to keep a spreadsheet from changing them: "
        "{value} (values: {count}).",
        hint="Write the value alone: other systems take the equals sign and the quotation marks for a part "
        "of it.",
        source="RFC 4180, section 2: fields are texts; Microsoft Support: Overview of formulas in Excel",
        details=(_COUNT,),
        checks=(
            Damage(
                condition="{value} like '=%' "
                r"""and regexp_matches({value}, '\A="[^"]*"\z')""",
                traces=(b'="',),
                explains=_ANY,
                restores=(r"""regexp_replace({value}, '\A="|"\z', '', 'g')""",),
                destroys=True,
            ),
        ),
    ),
    Rule(
        code="spreadsheet.zeros",
        explains=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Values of this column have lost zeros at their beginning: "
        "{value} instead of {other} (values: {count}).",
        hint=_IMPORT_OR_REPAIR,
        source=_NUMBERS,
        details=(_COUNT, "other"),
    ),
)
