"""Rules about rows as text: what the scan of the bytes finds before a cell is looked at."""

from cartable.model.findings import Action, Severity
from cartable.rules.rule import Rule

_RFC = "RFC 4180, section 2"
_SDS = "SDS v2.1 CSV file format"

RAGGED = Rule(
    code="row.ragged",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="The row has not as many cells as the header: {found} instead of {expected}.",
    hint="Give each row as many cells as the header; put values that hold commas in quotation marks.",
    source=f"{_RFC}, rule 4",
    details=("found", "expected"),
)

QUOTE = Rule(
    code="row.quote",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="A quotation mark stands where none may be, or is never closed.",
    hint='Put the whole value in quotation marks and double those within it: "Jean ""Jo"" Roy".',
    source=f"{_RFC}, rules 5 to 7",
    details=("last",),
    cases={
        "long": (
            "A quotation mark that is not closed in its line takes in everything up to line {last}.",
            'Close it, and double quotation marks within a value: "Jean ""Jo"" Roy".',
        ),
        "formula": (
            "A value is written as a formula, to keep a spreadsheet from changing it.",
            'Write the value alone: 0123 or "0123", not ="0123".',
        ),
    },
)

LINEBREAK = Rule(
    code="row.linebreak",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="A value of this row holds a line break.",
    hint="Write the value on one line.",
    source=f"{_SDS}: no line breaks in incoming data",
)

CONTROL_CHARACTER = Rule(
    code="row.control-character",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="A value of this row holds the control character {character}.",
    hint="Remove the character, which cannot be seen, or type the value anew.",
    source=f"{_SDS}: files must be RFC-compliant ({_RFC}, TEXTDATA)",
    details=("character",),
)

TOO_LONG = Rule(
    code="row.too-long",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="The row is {megabytes} MB long; more than {limit} MB is not read.",
    hint="Look for a value that holds a whole document, or for a missing line break.",
    source="Cartable",
    details=("megabytes", "limit"),
)

HEADER = Rule(
    code="row.header",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="The header stands here again, among the rows.",
    hint="The file was probably exported twice, or put together from several: deliver one export.",
    source=f"{_RFC}, rule 3",
)

BLANK = Rule(
    code="row.blank",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The line is blank, or holds nothing but commas.",
    hint="Nothing needs to be done; it is no row.",
    source="Cartable",
    details=("count",),
    cases={
        "several": (
            "Lines that are blank, or hold nothing but commas: {count}; this is the first of them.",
            "Nothing needs to be done; they are no rows.",
        )
    },
)

RULES: tuple[Rule, ...] = (RAGGED, QUOTE, LINEBREAK, CONTROL_CHARACTER, TOO_LONG, HEADER, BLANK)
