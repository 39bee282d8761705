r"""Rules about columns that a spreadsheet or an office program has damaged: one finding a column.

The rows' own findings say what becomes of the rows; those of this family say what happened to all of
them at once. `spreadsheet.zeros` is found by comparing identifiers with those that they refer to.
"""

from cartable.model.findings import Action, Severity
from cartable.model.types import FieldType
from cartable.rules.checks import Damage
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

_VALUES = ("value.code", "value.phone", "value.email", "value.date", "value.boolean", "reference.missing")
_ANY = (*_VALUES, "value.whitespace")
_AS_NUMBER = ("value.code", "value.phone", "reference.missing")
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

_YEAR, _SHORT_YEAR = "[0-9]{4}", "[0-9]{2}"
_TIME = r"(?: [0-9][0-9:.]*(?: ?[AaPp]\.?[Mm]\.?)?)?"
_LOW, _HIGH = r"(?:0?[1-9]|1[0-2])", r"(?:1[3-9]|2[0-9]|3[01])"


def _date(first: str, second: str, year: str = _YEAR) -> str:
    return rf"regexp_matches({{value}}, '\A{first}[/.-]{second}[/.-]{year}{_TIME}\z')"


_YEAR_FIRST = (
    rf"\A[0-9]{{4}}(?:[/.][0-9]{{1,2}}[/.][0-9]{{1,2}}{_TIME}|-[0-9]{{2}}-[0-9]{{2}} [0-9][0-9:.]*)\z"
)
_MONTH_NAMED = r"\A[0-9]{1,2}[ -][^0-9,;/-]{3,10}[ -](?:[0-9]{4}|[0-9]{2})\z"


def _escaped(characters: str) -> str:
    """Characters one after the other for a regular expression, in ASCII."""
    return "".join(rf"\x{{{ord(character):04x}}}" for character in characters)


def _class(characters: str) -> str:
    """The same for a class of characters, in ranges: planning a query takes longer the longer it is."""
    ranges: list[str] = []
    for character in sorted(set(characters)):
        if ranges and ord(character) == ord(ranges[-1][-1]) + 1:
            ranges[-1] = ranges[-1][0] + character
        else:
            ranges.append(character)
    return "".join("-".join(map(_escaped, one)) for one in ranges)


def _bytes_of(characters: str) -> tuple[bytes, ...]:
    return tuple(character.encode() for character in characters)


# The plain signs of the double and single ones, in an SQL text.
_STRAIGHT = '"' * 4 + "''" * 4
_DOUBLE, _CLOSING, _SINGLE = "\u201c\u201d\u201e\u201f", "\u201c\u201d", "\u2018\u2019\u201a\u201b"
_WRAPPED = (
    rf"\A(?:[{_class(_DOUBLE)}][^{_class(_DOUBLE)}]+[{_class(_CLOSING)}]"
    rf"|\x{{2018}}[^{_class(_SINGLE)}]+\x{{2019}})\z"
)

# French typography sets no-break spaces beside signs, never between two letters.
_NO_BREAK, _UNSEEN = "\u00a0\u2007\u202f", "\u00ad\u200b\u2060\ufeff"
_ODD = "".join(blank for blank in BLANKS if not blank.isascii()) + "\u00ad\u200c\u200d\u200e\u200f"


_BETWEEN = rf"\A.*[\p{{L}}\p{{M}}][{_class(_NO_BREAK)}]\p{{L}}.*\z"
_WITHIN = rf"\A.*[^{_class(_ODD)}][{_class(_UNSEEN)}]+[^{_class(_ODD)}].*\z"
# Among blanks between two signs there is one that is no plain one.
_INNER = (
    rf"\A.*[^ {_class(_ODD)}][ {_class(_ODD)}]*[{_class(_ODD)}][ {_class(_ODD)}]*"
    rf"[^ {_class(_ODD)}].*\z"
)
# Among blanks at an end there is one that is no plain one.
_EDGED = rf"\A[ \t{_class(_ODD)}]*[{_class(_ODD)}].*\z|\A.*[{_class(_ODD)}][ \t{_class(_ODD)}]*\z"


# UTF-8 that was read in another encoding: each letter beyond ASCII has become two or three characters,
# of which the first shows how many, and which the others may be. Listed are those of letters and
# signs of languages in Latin letters; all others would be taken for real words too easily.
_TAIL = bytes(range(0x80, 0xC0))
_SEQUENCES: tuple[tuple[bytes, bytes], ...] = (
    (b"\xc2", _TAIL[0x20:]),  # signs, no-break space
    (b"\xc3", _TAIL),  # western letters
    (b"\xc4", _TAIL),  # central and eastern European letters
    (b"\xc5", _TAIL),
    (b"\xc6", b"\xa0\xa1\xaf\xb0"),  # Vietnamese horned letters
    (b"\xc8", b"\x98\x99\x9a\x9b"),  # Romanian letters with a comma
    (b"\xe1\xba", _TAIL),  # Vietnamese letters
    (b"\xe1\xbb", _TAIL),
    (b"\xe2\x80", _TAIL),  # quotation marks, dashes
    (b"\xe2\x82", b"\xac"),  # the euro
    (b"\xef\xbb", b"\xbf"),  # the mark of UTF-8
    (b"\xef\xbf", b"\xbd"),  # the character that replaces unreadable ones
)


def _sequences(encoding: str) -> tuple[tuple[str, str], ...]:
    """What begins and what may end a letter that was read in this encoding."""
    return tuple((head.decode(encoding), tail.decode(encoding, "ignore")) for head, tail in _SEQUENCES)


def _letter(*encodings: str) -> str:
    """A letter that was read in one of these encodings, for a regular expression."""
    return "(?:{})".format(
        "|".join(
            f"{_escaped(head)}[{_class(tail)}]"
            for encoding in encodings
            for head, tail in _sequences(encoding)
        )
    )


def _garbled(letter: str) -> str:
    """A text with such letters and nothing else beyond ASCII."""
    plain = rf"(?:[ -~]|{letter}|\x{{00c3}} (?:[{BEHIND_A_WORD}]|\z))*"
    return rf"\A{plain}{letter}{plain}\z"


# The no-break space behind a broken "à" is often a plain one by now; it was none where a letter follows.
BEHIND_A_WORD = " ,.;:!?)"
GARBLED_LETTER = _letter("latin-1", "cp1252")
"""What a letter becomes when UTF-8 is read as Windows-1252 or Latin-1, as a regular expression."""

_GARBLED_BYTES = tuple(
    sorted({(head + tail[0]).encode()[:3] for head, tails in _sequences("cp1252") for tail in tails})
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="spreadsheet.mojibake",
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
                condition=f"regexp_matches({{value}}, '{_garbled(_letter('cp1252'))}')",
                traces=_GARBLED_BYTES,
                explains=_ANY,
            ),
            # Read as Latin-1, or where Windows-1252 has no letter, parts of letters are controls.
            Damage(
                condition=f"regexp_matches({{value}}, '{_garbled(GARBLED_LETTER)}')",
                explains=("row.control-character",),
            ),
            Damage(
                condition=r"regexp_matches({value}, '\A.*\x{fffd}.*\z')",
                traces=_bytes_of("\ufffd"),
                explains=_ANY,
                case="replaced",
            ),
        ),
    ),
    Rule(
        code="spreadsheet.error",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Cells of this column hold a spreadsheet's error instead of a value: {value} "
        "(values: {count}).",
        hint="Mend the formula or widen the column in the spreadsheet, and export the file again.",
        source="Microsoft Support: How to correct a #N/A error and its siblings",
        details=(_COUNT,),
        checks=(
            Damage(
                condition=r"regexp_matches({value}, "
                r"'\A#(?:N/A|N/D|NV|I/T|[\x{00a1}\x{00bf}]?[A-Z0-9/\x{00c5}\x{00c9}]{2,14}[!?]|#+)\z')",
                traces=(b"#",),
                explains=(*_VALUES, "key.duplicate"),
            ),
        ),
    ),
    Rule(
        code="spreadsheet.quotes",
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
                traces=_bytes_of(_DOUBLE + _SINGLE),
            ),
            Damage(
                condition=rf"regexp_matches({{value}}, '\A.*[{_class(_DOUBLE + _SINGLE)}].*\z')",
                prose=False,
                traces=_bytes_of(_DOUBLE + _SINGLE),
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
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Values of this column hold no-break spaces or characters that cannot be seen: "
        "{value} (values: {count}).",
        hint="Type these places anew: to other systems such a value is not the one that it looks like.",
        source="Unicode Standard, section 6.2: space characters",
        details=(_COUNT,),
        checks=(
            Damage(
                condition=f"regexp_matches({{value}}, '{_BETWEEN}') "
                f"or regexp_matches({{value}}, '{_WITHIN}')",
                prose=True,
                traces=_bytes_of(_NO_BREAK + _UNSEEN),
            ),
            Damage(
                condition=f"regexp_matches({{value}}, '{_INNER}')",
                prose=False,
                traces=_bytes_of(_ODD),
                explains=_VALUES,
                restores=(
                    f"regexp_replace({{value}}, '[ {_class(_ODD)}]+', ' ', 'g')",
                    f"regexp_replace({{value}}, '[ {_class(_ODD)}]+', '', 'g')",
                    f"regexp_replace({{value}}, '[{_class(_ODD)}]+', '', 'g')",
                ),
            ),
            Damage(condition=f"regexp_matches({{value}}, '{_EDGED}')", explains=("value.whitespace",)),
        ),
    ),
    Rule(
        code="spreadsheet.scientific",
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
                explains=(*_AS_NUMBER, "key.duplicate"),
            ),
        ),
    ),
    Rule(
        code="spreadsheet.decimal",
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
                # LIKE settles nearly all values at once.
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
        severity=Severity.WARNING,
        action=Action.NONE,
        message="A spreadsheet has rewritten the dates of this column: {value} (values: {count}). "
        "Whether the day or the month comes first cannot be told.",
        hint=_ISO,
        source=f"{_DATES}; ISO 8601",
        details=(_COUNT,),
        cases={
            case: (message, _ISO_OR_REPAIR if case in ("day", "month", "year") else _ISO)
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
                    "mixed",
                    "A spreadsheet has rewritten the dates of this column, and not all in the same way: "
                    "{value} (values: {count}).",
                ),
            )
        },
        checks=(
            Damage(
                condition=_date(_HIGH, _LOW),
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="day",
            ),
            Damage(
                condition=_date(_LOW, _HIGH),
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="month",
            ),
            Damage(
                condition=_date(_LOW, _LOW),
                types=(FieldType.DATE,),
                explains=("value.date",),
            ),
            Damage(
                condition=f"regexp_matches({{value}}, '{_YEAR_FIRST}')",
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="year",
            ),
            # A spreadsheet has forgotten the century, and which of the numbers is the year.
            Damage(
                condition=f"{_date(_HIGH, _LOW, _SHORT_YEAR)} or {_date(_LOW, _HIGH, _SHORT_YEAR)} "
                f"or {_date(_LOW, _LOW, _SHORT_YEAR)}",
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="short",
            ),
            Damage(
                condition=f"regexp_matches({{value}}, '{_MONTH_NAMED}')",
                types=(FieldType.DATE,),
                explains=("value.date",),
                case="words",
            ),
        ),
    ),
    Rule(
        code="spreadsheet.serial",
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
        code="spreadsheet.zeros",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Values of this column have lost zeros at their beginning: "
        "{value} instead of {other} (values: {count}).",
        hint=_IMPORT_OR_REPAIR,
        source=_NUMBERS,
        details=(_COUNT, "other"),
    ),
)
