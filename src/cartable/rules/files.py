"""Rules about whole files and their headers: what reading finds before it looks at a row."""

from cartable.model.findings import Action, Severity
from cartable.rules.repairs import LET, TRY
from cartable.rules.rule import Rule

_SDS = "SDS v2.1 CSV file format"
_SDS_RULES = "SDS validation rules and descriptions"
_NOTHING = "Nothing needs to be done, unless you expected it to be read."
_SEND_AGAIN = "Export the file again from the school information system, and deliver it whole."

MISSING = Rule(
    code="file.missing",
    is_whole_file=True,
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The file {file} is missing.",
    hint="Add {file} to the delivery; its name must be written exactly so.",
    source=f"{_SDS_RULES}, File Not Found; {_SDS}, required and optional files",
    details=("pair", "near", "references"),
    cases={
        "pair": (
            "The file {file} is missing, though {pair} is there; they come as a pair or not at all.",
            "Add {file} to the delivery, or leave out {pair} too.",
        ),
        "zipped": (
            "The file {file} is missing here; it lies in the zip archive {near}, which is not read.",
            "Put {file} beside the other files, or deliver the zip archive alone with all files in it.",
        ),
        "near": (
            "The file {file} is missing, but there is one named {near}.",
            "Rename {near} to {file}: names must match exactly, capitals included.",
        ),
        "referred": (
            "The file {file} is missing, but values refer to it ({references}); they are left empty.",
            "Add {file} to the delivery, or leave the columns that refer to it empty.",
        ),
    },
    outcomes={"referred": (Severity.WARNING, Action.BLANK)},
)

UNREADABLE = Rule(
    code="file.unreadable",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The file cannot be read.",
    hint=_SEND_AGAIN,
    source="Cartable",
    details=("reason", "limit", "found"),
    cases={
        "system": ("The file cannot be opened: {reason}.", "Let the account that runs Cartable read it."),
        "link": ("This is a link that leads to no file.", "Put the exported file itself in its place."),
        "kind": ("This is no file but something else of that name.", "Put the exported file in its place."),
        "archive": ("The zip archive is damaged.", "Make the zip again, and copy it whole."),
        "member": ("The file is damaged inside the zip archive.", "Make the zip again, and copy it whole."),
        "encrypted": ("The file is encrypted inside the zip archive.", "Make the zip without a password."),
        "compression": (
            "The zip archive uses a compression that is not supported.",
            "Make the zip with the usual compression, called deflate.",
        ),
        "ratio": (
            "The file unpacks to more than {limit} times its size in the zip, as only harmful files do.",
            "Deliver the files in a folder if they are genuine.",
        ),
        "size": (
            "The zip unpacks to more than {limit} GB.",
            "Deliver the files in a folder if they are genuine.",
        ),
        "entries": (
            "The zip archive lists more than {limit} files, or names that are far too long.",
            "Make a zip of the exported files alone.",
        ),
        "header": ("The first line is longer than {limit} MiB, so it can be no header.", _SEND_AGAIN),
        "columns": ("The header has {found} columns; more than {limit} are not read.", _SEND_AGAIN),
        "header-quote": (
            "A quotation mark in the header stands where none may be, or is not closed in its line.",
            "Take the quotation marks out of the header, which needs none; then the rows can be read.",
        ),
        "compressed": (
            "This is a compressed file under the name of a CSV file.",
            "Unpack it, and deliver the CSV file that it holds.",
        ),
        "workbook": (
            "This is a spreadsheet's workbook under the name of a CSV file.",
            'Save it as CSV instead of renaming it (in Excel: "CSV UTF-8 (comma delimited)").',
        ),
        "changed": ("The file changed while it was read.", "Wait until the export has ended, and try again."),
        "engine": (
            "The rows of this file could not be loaded as they were counted.",
            "Please report this with a file that shows it; until then, export the file again.",
        ),
    },
)

ENCODING = Rule(
    code="file.encoding",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The file is not UTF-8; it seems to be {likely}.",
    hint=f'Export it as UTF-8 (in Excel: "CSV UTF-8 (comma delimited)"), {TRY}.',
    source=f"{_SDS}: files must be in UTF-8",
    details=("likely",),
    cases={
        "marks": (
            "The file begins with two byte order marks, which cannot be seen.",
            f"Let the export write the mark once or not at all, {LET}.",
        ),
        "line-ends": (
            "The lines end with a carriage return alone, as on old Macintosh computers.",
            f"Export the file with line ends of Windows (CR LF) or Unix (LF), {TRY}.",
        ),
    },
)

DELIMITER = Rule(
    code="file.delimiter",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The columns are separated by semicolons, not by commas.",
    hint='Export with commas (in Excel: "CSV UTF-8", with the comma as the system\'s list separator), '
    f"{LET}.",
    source=f"{_SDS}; RFC 4180, section 2",
    details=("separator",),
    cases={
        "sep": (
            "The first line names the separator for Excel, so the header is not the first line.",
            f"Leave out the line that begins with sep=, and export with commas, {TRY}.",
        ),
        "tab": (
            "The columns are separated by tabs, not by commas.",
            'Export with commas (in Excel: "CSV UTF-8 (comma delimited)", not "Text (tab delimited)"), '
            f"{LET}.",
        ),
    },
)

FORMAT = Rule(
    code="file.format",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="This is {found}, not {expected}; its files are {files}.",
    hint="Choose {expected} as the export's format in the school information system.",
    source=f"{_SDS}; OneRoster CSV binding, section 6",
    details=("found", "expected", "files"),
)

DUPLICATE = Rule(
    code="file.duplicate",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The file is there twice: beside the zip archive {archive} and in it.",
    hint="Deliver either the folder or the zip, and each file once.",
    source=f"{_SDS_RULES}, Duplicate File Found",
    details=("archive",),
    cases={
        "inside": ("The file is in the zip archive twice.", "Make the zip again with each file once."),
    },
)

EMPTY = Rule(
    code="file.empty",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The file is empty: it has not even a header.",
    hint="Export the file again; where there is nothing to tell, deliver the header alone.",
    source=f"{_SDS}: required columns",
)

UNEXPECTED = Rule(
    code="file.unexpected",
    severity=Severity.INFO,
    action=Action.NONE,
    message="This file is not part of {format} and is not read.",
    hint=_NOTHING,
    source=f"{_SDS_RULES}, Invalid File Format",
    details=("format", "near", "held", "more"),
    cases={
        "zip": (
            "This zip archive is not read, as other files lie beside it; it holds {held}.",
            "Put what it holds beside the other files, or deliver the zip archive alone.",
        ),
        "near": (
            "This file is not part of {format} and is not read; {near} would be.",
            "If it is meant to be {near}, rename it: names must match exactly, capitals included.",
        ),
        "folder": (
            "This folder is not part of {format} and is not read.",
            "Put the files themselves into the delivery, not into a folder of it.",
        ),
        "many": (
            "Beside those listed there are {more} more files or folders that are not part of {format}.",
            "Check that this is the folder of the delivery; none of these is read.",
        ),
        "archive": (
            "A zip archive may hold only files of {format}; this one is none.",
            "Make the zip again without it.",
        ),
        "archive-near": (
            "A zip archive may hold only files of {format}; this one is none, but {near} would be.",
            "Rename it to {near}: names must match exactly, capitals included.",
        ),
        "archive-folder": (
            "The zip archive holds the files in a folder; they must lie at its root.",
            "Make the zip of the files themselves, not of the folder that they lie in.",
        ),
        "archive-path": (
            "The zip archive holds this in a folder; files must lie at its root.",
            "Make the zip of the files themselves, not of the folder that they lie in.",
        ),
    },
    # A zip is made for the delivery, so that a stranger in it is a mistake.
    outcomes=dict.fromkeys(
        ("archive", "archive-near", "archive-folder", "archive-path"), (Severity.FATAL, Action.STOP)
    ),
)

CUT = Rule(
    code="file.cut",
    is_whole_file=True,
    explains=True,
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The file stops in the middle of this row, its last.",
    hint="The export or its transfer was cut off, and rows may be missing behind: export the file again.",
    source="Cartable",
)

HEADER_ONLY = Rule(
    code="file.header-only",
    is_whole_file=True,
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The file has a header and no row.",
    hint="If there should be rows, export the file again; else nothing needs to be done.",
    source="Cartable",
)

HEADER_MISSING = Rule(
    code="header.missing",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The required column {column} is missing.",
    hint="Add the column {column}; the header must be written exactly so.",
    source=f"{_SDS_RULES}, Header Doesn't Exist",
    details=("near",),
    cases={
        "near": (
            "The required column {column} is missing, but there is one named {near}.",
            f"Rename the column {{near}} to {{column}}, {TRY}: "
            "headers must match exactly, capitals included.",
        ),
        "translated": (
            "The required column {column} is missing; {near} is its name in another language.",
            f"Rename the column {{near}} to {{column}}, {TRY}: headers are never translated.",
        ),
    },
)

HEADER_DUPLICATE = Rule(
    code="header.duplicate",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The column {column} is there {times} times.",
    hint="Leave it once.",
    source=f"{_SDS_RULES}, Duplicate Columns in header",
    details=("times",),
)

HEADER_UNKNOWN = Rule(
    code="header.unknown",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The column {value} is not part of {format}; it is not read.",
    hint=_NOTHING,
    source=f"{_SDS}, columns",
    details=("format", "near", "missing"),
    outcomes=dict.fromkeys(("near", "translated"), (Severity.WARNING, Action.NONE)),
    cases={
        "near": (
            "The column {value} is not part of {format} and is not read; if it is meant to be {near}, "
            "every row has lost its value of that.",
            f"If it is meant to be {{near}}, rename it, {TRY}: "
            "headers must match exactly, capitals included.",
        ),
        "translated": (
            "The column {value} is not read, so that every row has lost its value of {near}, which it is "
            "in another language.",
            f"Rename it to {{near}}, {TRY}: headers are never translated.",
        ),
        "beside": (
            "The column {value} is not part of {format}; it is not read.",
            "If it is one of the missing columns ({missing}), give it that name.",
        ),
        "extension": (
            "The column {value} is an extension of {format}; it is not read.",
            "Nothing needs to be done: such columns are for those who agree on them.",
        ),
        "nameless": (
            "A column has no name; it is not read.",
            f"{_NOTHING[:-1]}: then give it its name.",
        ),
    },
)

HEADER_LEGACY = Rule(
    code="header.legacy",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The column {column} is no longer used; its values are neither read nor kept.",
    hint="Leave it out of the export: passwords do not belong in files.",
    source="Microsoft's SDS v2.1 sample files, users.csv",
)

HEADER_DROPPED = Rule(
    code="header.dropped",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The column {column} is missing, though earlier deliveries had it.",
    hint="Add it again; until then its values stay as they are in the roster.",
    source="Cartable",
)

RULES: tuple[Rule, ...] = (
    MISSING,
    UNREADABLE,
    ENCODING,
    DELIMITER,
    FORMAT,
    DUPLICATE,
    EMPTY,
    UNEXPECTED,
    CUT,
    HEADER_ONLY,
    HEADER_MISSING,
    HEADER_DUPLICATE,
    HEADER_UNKNOWN,
    HEADER_LEGACY,
    HEADER_DROPPED,
)
