"""Every kind of repair: what can be put right without guessing. Source of all: Cartable."""

from dataclasses import dataclass

from cartable.words import marked

LET = "or let cartable repair PATH -o DIR do it"
"""For hints of rules: a repair mends it whenever it is found..."""

TRY = "or try cartable repair PATH -o DIR"
"""...or where the rest of the file or column leaves no doubt."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of repair.

    Args:
        code: stable, never reused.
        title: a few words, for summaries.
        why: one sentence: when it is certain, and so done.
    """

    code: str
    title: str
    why: str


KINDS: tuple[Kind, ...] = (
    Kind(
        "name",
        marked("File name"),
        marked(
            "The file name is that of the format but for capitals or a folder in the zip archive, or "
            "resembles a file that is not there, as no other name does."
        ),
    ),
    Kind(
        "encoding",
        marked("Encoding"),
        marked(
            "Every character of the file is a letter or sign in its place in this encoding and in no other."
        ),
    ),
    Kind(
        "mark",
        marked("Byte order mark"),
        marked("The mark at the start of the file cannot be seen and means nothing."),
    ),
    Kind("line-ends", marked("Line ends"), marked("Every line ends with a carriage return alone.")),
    Kind(
        "separator-line",
        marked("Separator line"),
        marked("The first line tells Excel what separates the columns; it is no row."),
    ),
    Kind("delimiter", marked("Separator"), marked("Header and rows show what separates the columns.")),
    Kind(
        "header-delimiter",
        marked("Separator of the header"),
        marked("The rows are separated by commas, as they should be; the header alone is not."),
    ),
    Kind(
        "header",
        marked("Header"),
        marked("The header resembles one missing column and no other, or is its name in another language."),
    ),
    Kind(
        "quotes",
        marked("Quotation marks"),
        marked("No value of the row is in quotation marks, so that those within a value are part of it."),
    ),
    Kind("blanks", marked("Blanks"), marked("Blanks at the ends of a value are no part of it.")),
    Kind(
        "mojibake",
        marked("Garbled letters"),
        marked(
            "The value was read in a wrong encoding; going back gives whole letters, and nothing is lost."
        ),
    ),
    Kind(
        "code",
        marked("Code spelling"),
        marked(
            "The value is one code of the list but for capitals, accents and blanks, or another name of it."
        ),
    ),
    Kind(
        "date",
        marked("Date format"),
        marked(
            "All dates of the column can be read in this format, and in no other; of numbers of days, "
            "school years or the ages of pupils tell from when they count."
        ),
    ),
    Kind(
        "boolean",
        marked("True or false"),
        marked("All values of the column are one pair of words or digits for true and false."),
    ),
    Kind(
        "zeros",
        marked("Leading zeros"),
        marked(
            "There is no such identifier or code, but one alone with zeros before the same number; "
            "where the identifier itself has lost them, all references to it agree."
        ),
    ),
    Kind(
        "decimals",
        marked("Decimals"),
        marked(
            "There is no such identifier or code, but exactly one that is the same number without the "
            "decimals that a spreadsheet adds."
        ),
    ),
)

BY_CODE: dict[str, Kind] = {kind.code: kind for kind in KINDS}
