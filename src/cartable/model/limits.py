"""How much of anything Cartable takes in: readers, findings, help and documentation take it from here.

A limit stands where something harmful has no bound of its own; none is near what a roster needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cartable.words import marked


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Args:
        name: stable name; help templates use it.
        number: in `unit`s, as people are told it.
        unit: how many of what is counted (bytes, files) one of the number is.
        what: English template of the sentence that tells it.
        exceeded: code of the finding about what exceeds it; empty where it is an error of the command.
    """

    name: str
    number: int
    unit: int
    what: str
    exceeded: str

    @property
    def size(self) -> int:
        """The limit in what is counted: bytes, files, columns, times."""
        return self.number * self.unit


_MIB = 1024 * 1024

# A million students are about 600 MB of files; what unpacks to fifty times as much is no roster.
ZIP_SIZE = Limit("zip_size", 32, 10**9, marked("A zip unpacks to {number} GB at most."), "file.unreadable")
# Rosters shrink to a tenth or a thirtieth, generated ones to a hundredth; a zip bomb to a thousandth.
ZIP_RATIO = Limit(
    "zip_ratio",
    250,
    1,
    marked("A file in a zip unpacks to 64 MiB at most, or to {number} times its size where that is more."),
    "file.unreadable",
)
# A delivery has a dozen files. More strangers in a folder are counted; a zip is refused.
FILES = Limit(
    "files",
    1000,
    1,
    marked("A zip holds {number} files at most; of a folder, so many that do not belong are listed."),
    "file.unreadable",
)
# A header is a few hundred bytes; what is longer is no header but a file without line ends.
HEADER = Limit("header", 1, _MIB, marked("A header has {number} MiB at most."), "file.unreadable")
# The widest file of the format has 30 columns; DuckDB needs memory for each.
COLUMNS = Limit("columns", 1000, 1, marked("A file has {number} columns at most."), "file.unreadable")
# Source: issue 2, "lines over 16 MB".
ROW = Limit("row", 16, _MIB, marked("A row has {number} MiB at most."), "row.too-long")
# Ten thousand codes with their labels.
CODES = Limit("codes", 1, _MIB, marked("A file of codes has {number} MiB at most."), "")
# An entry is three lines.
PROTECTED = Limit(
    "protected", 1, _MIB, marked("A file of protected people and classes has {number} MiB at most."), ""
)
# A guard, an entity and a scope are three lines.
GUARDS = Limit("guards", 1, _MIB, marked("A file of guards has {number} MiB at most."), "")
# A category is four lines.
CATEGORIES = Limit("categories", 1, _MIB, marked("A file of categories has {number} MiB at most."), "")

LIMITS: tuple[Limit, ...] = (
    ZIP_SIZE,
    ZIP_RATIO,
    FILES,
    HEADER,
    COLUMNS,
    ROW,
    CODES,
    PROTECTED,
    GUARDS,
    CATEGORIES,
)

NUMBERS: Mapping[str, int] = {limit.name: limit.number for limit in LIMITS}
"""What stands for the names in help templates."""
