"""Faults of whole rows: broken CSV, blank lines, and rows that are there twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cartable.generating.batches import Batch, Row
from cartable.generating.fault import RowFault, anyone, crowded, made, of_pupil, pupil, victim
from cartable.generating.populating import quoted
from cartable.model.findings import Severity

_MAXIMUM = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFault(RowFault):
    r"""A row whose CSV text is broken.

    Args:
        field: the cell that is broken; empty where the row is broken as a whole.
        raw: the broken text of the cell (or row), from the good one, with `\n` for line ends.
        who: which rows it may befall.
    """

    raw: Callable[[str], str]
    field: str = ""
    who: Callable[[Batch, Row], bool] = anyone

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        row = victim(batch, self, self._plain, falls=True, code="reference.excluded")
        if row is None:
            return False
        text = batch.text(row)
        if self.field:
            cells = batch.cells(row)
            text = ",".join(
                self.raw(cell) if name == self.field else quoted(cell) for name, cell in cells.items()
            )
        else:
            text = self.raw(text)
        batch.write(row, text.replace("\n", batch.eol))
        batch.expect(self.name, self.code, Severity.ERROR, row)
        return True

    def _plain(self, batch: Batch, row: Row) -> bool:
        """Whether what is to be broken is plain text, so that it is broken in one way only."""
        if self.field:
            cell = batch.cells(row)[self.field]
            return quoted(cell) == cell and self.who(batch, row)
        return '"' not in batch.text(row) and self.who(batch, row)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankLine(RowFault):
    """A line without any value between two rows."""

    text: str

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        row = batch.pick(self.entity, anyone)
        if row is None:
            return False
        batch.expect(self.name, self.code, Severity.INFO, batch.insert(row, self.text), once=True)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderAgain(RowFault):
    """The header among the rows, as where two exports were put together."""

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        row = batch.pick(self.entity, anyone)
        if row is None:
            return False
        line = batch.insert(row, batch.header(self.entity))
        batch.expect(self.name, self.code, Severity.ERROR, line)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(RowFault):
    """A row whose key an earlier row has; the earlier one stays.

    Args:
        differing: new values by field, or how they are made from the old ones.
        who: which rows it may befall.
    """

    differing: Mapping[str, str | Callable[[str], str]] = field(default_factory=dict)
    who: Callable[[Batch, Row], bool] = anyone

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        row = victim(batch, self, self.who, falls=False, code="")
        if row is None:
            return False
        cells = batch.cells(row)
        values = {name: made(to, cells[name]) for name, to in self.differing.items()}
        copy = batch.add(self.entity, values, after=row)
        batch.expect(self.name, self.code, Severity.ERROR, copy)
        return True


def _other(old: str) -> str:
    return f"x.{old}"


ROW_FAULTS: tuple[RowFault, ...] = (
    # Cells too few and too many
    TextFault(
        name="row.ragged.short", code="row.ragged", entity="demographics",
        raw=lambda text: text.rpartition(",")[0], what="A row that lacks its last cell.",
    ),
    TextFault(
        name="row.ragged.role", code="row.ragged", entity="roles", who=of_pupil,
        raw=lambda text: text.partition(",")[2], what="A role row that lacks its first cell.",
    ),
    TextFault(
        name="row.ragged.long", code="row.ragged", entity="userFlags",
        raw=lambda text: f"{text},old", what="A row with one cell too many.",
    ),
    TextFault(
        name="row.ragged.empty-cells", code="row.ragged", entity="relationships",
        raw=lambda text: f"{text},,", what="A row with two empty cells too many.",
    ),
    TextFault(
        name="row.ragged.enrollment", code="row.ragged", entity="enrollments", who=crowded,
        raw=lambda text: text.rpartition(",")[0], what="An enrollment that lacks its role.",
    ),
    # Quotes
    TextFault(
        name="row.quote.stray", code="row.quote", entity="demographics", field="birthCity",
        raw=lambda cell: f'Port "{cell}"', what="A quotation mark within a plain cell.",
    ),
    TextFault(
        name="row.quote.after", code="row.quote", entity="demographics", field="birthCity",
        raw=lambda cell: f'"{cell}" (FR)', what="Text behind a closing quotation mark.",
    ),
    TextFault(
        name="row.quote.backslash", code="row.quote", entity="demographics", field="birthCity",
        raw=lambda cell: f'"le \\"{cell}\\""', what="Quotation marks escaped by backslashes.",
    ),
    # Characters
    TextFault(
        name="row.linebreak", code="row.linebreak", entity="demographics", field="birthCity",
        raw=lambda cell: f'"{cell}\nCentre"', what="A line break in a value.",
    ),
    TextFault(
        name="row.linebreak.several", code="row.linebreak", entity="demographics", field="birthCountry",
        raw=lambda cell: f'"{cell}\n\n,\n"', what="Three line breaks and a comma in a value.",
    ),
    TextFault(
        name="row.linebreak.user", code="row.linebreak", entity="users", field="familyName", who=pupil,
        raw=lambda cell: f'"{cell}\n"', what="A line break in a pupil's name; the rest follows.",
    ),
    TextFault(
        name="row.linebreak.class", code="row.linebreak", entity="classes", field="code",
        raw=lambda cell: f'"{cell}\n"', what="A line break in a class; its enrollments follow.",
    ),
    TextFault(
        name="row.control-character.nul", code="row.control-character", entity="demographics",
        field="birthCity", raw=lambda cell: f"{cell}\0", what="A NUL in a value.",
    ),
    TextFault(
        name="row.control-character.escape", code="row.control-character", entity="users",
        field="givenName", who=pupil, raw=lambda cell: f"\x1b[31m{cell}",
        what="A terminal's escape code in a pupil's name; the rest follows.",
    ),
    TextFault(
        name="row.control-character.delete", code="row.control-character", entity="relationships",
        field="relationshipRole", raw=lambda cell: f"{cell}\x7f", what="A DEL in a code.",
    ),
    TextFault(
        name="row.too-long", code="row.too-long", entity="demographics", field="birthCity", mixed=False,
        raw=lambda cell: cell + "é" * (_MAXIMUM // 2 + 1), what="A line of more than 16 MB.",
    ),
    # Lines without a row
    BlankLine(
        name="row.blank", code="row.blank", entity="users", text="", what="A blank line.",
    ),
    BlankLine(
        name="row.blank.separators", code="row.blank", entity="enrollments", text=",,",
        what="A line of nothing but commas.",
    ),
    HeaderAgain(
        name="row.header", code="row.header", entity="users", what="The header between two rows.",
    ),
    HeaderAgain(
        name="row.header.enrollments", code="row.header", entity="enrollments",
        what="The header between two enrollments.",
    ),
    # Keys
    Duplicate(
        name="key.duplicate.user", code="key.duplicate", entity="users", who=pupil,
        what="The same user row twice.",
    ),
    Duplicate(
        name="key.duplicate.user-other", code="key.duplicate", entity="users", who=pupil,
        differing={"username": _other, "email": _other},
        what="Two users with one identifier, all else being different.",
    ),
    Duplicate(
        name="key.duplicate.org", code="key.duplicate", entity="orgs", what="The same organisation twice.",
    ),
    Duplicate(
        name="key.duplicate.role", code="key.duplicate", entity="roles", who=of_pupil,
        what="The same role twice.",
    ),
    Duplicate(
        name="key.duplicate.class", code="key.duplicate", entity="classes", what="The same class twice.",
    ),
    Duplicate(
        name="key.duplicate.course", code="key.duplicate", entity="courses", what="The same course twice.",
    ),
    Duplicate(
        name="key.duplicate.enrollment", code="key.duplicate", entity="enrollments", who=crowded,
        what="The same enrollment twice.",
    ),
    Duplicate(
        name="key.duplicate.spelling", code="key.duplicate", entity="enrollments", who=crowded,
        differing={"role": str.upper}, what="The same enrollment twice, once with the role in capitals.",
    ),
    Duplicate(
        name="key.duplicate.relationship", code="key.duplicate", entity="relationships",
        what="The same relationship twice.",
    ),
    Duplicate(
        name="key.duplicate.demographics", code="key.duplicate", entity="demographics",
        differing={"birthCity": "Brest"}, what="Two demographics of one user.",
    ),
    Duplicate(
        name="key.duplicate.flag", code="key.duplicate", entity="userFlags",
        differing={"flag": str.upper}, what="The same flag twice, once in capitals.",
    ),
)  # fmt: skip
