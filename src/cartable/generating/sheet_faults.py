"""Faults of cells that have been through a spreadsheet or an office program."""

from cartable.generating.batches import Batch, Row, is_pupil
from cartable.generating.fault import SheetFault, crowded, of_pupil, pupil
from cartable.model.findings import Severity


def _zero_first(batch: Batch, row: Row) -> bool:
    return batch.cells(row)["subject"].startswith("0")


def _numbered_pupil(batch: Batch, row: Row) -> bool:
    return bool(batch.cells(row)["userNumber"]) and is_pupil(batch, row)


SHEET_FAULTS: tuple[SheetFault, ...] = (
    SheetFault(
        name="value.date.day-first", code="spreadsheet.date", row="value.date", entity="roles",
        field="roleStartDate", to="01/09/2026", who=of_pupil, what="A date written day first.",
    ),
    SheetFault(
        name="spreadsheet.date.month-first", code="spreadsheet.date", row="value.date", entity="roles",
        field="roleEndDate", to="6/30/2027", who=of_pupil, what="A date written month first.",
    ),
    SheetFault(
        name="spreadsheet.serial", code="spreadsheet.serial", row="value.date", entity="demographics",
        field="birthDate", to="42005", what="A date as a number of days.",
    ),
    SheetFault(
        name="spreadsheet.boolean", code="spreadsheet.boolean", row="value.boolean", entity="roles",
        field="isPrimary", to="VRAI", who=of_pupil, what="TRUE as a French spreadsheet writes it.",
    ),
    SheetFault(
        name="spreadsheet.zeros", code="spreadsheet.zeros", row="value.code", entity="courses",
        field="subject", to=lambda old: old.lstrip("0"), who=_zero_first,
        what="A code without the zero that it begins with.",
    ),
    SheetFault(
        name="spreadsheet.decimal", code="spreadsheet.decimal", entity="users", field="userNumber",
        to=lambda old: f"{old}.0", who=_numbered_pupil, what="A number with a decimal.",
    ),
    SheetFault(
        name="spreadsheet.scientific", code="spreadsheet.scientific", row="value.phone", entity="users",
        field="phone", to="3.36399E+10", who=pupil, what="A phone number as a power of ten.",
    ),
    SheetFault(
        name="spreadsheet.quotes", code="spreadsheet.quotes", entity="classes", field="title",
        to=lambda old: f"\u201c{old}\u201d", severity=Severity.WARNING,
        what="A title in typographic quotation marks.",
    ),
    SheetFault(
        name="spreadsheet.blank", code="spreadsheet.blank", entity="users", field="givenName",
        to="Anne\u00a0Lise", who=pupil, what="A no-break space within a given name.",
    ),
    SheetFault(
        name="value.whitespace.no-break", code="spreadsheet.blank", row="value.whitespace",
        entity="users", field="familyName", to=lambda old: f"\u00a0{old}", who=pupil,
        severity=Severity.WARNING, what="A no-break space before a family name.",
    ),
    SheetFault(
        name="spreadsheet.mojibake", code="spreadsheet.mojibake", entity="users", field="familyName",
        to="B\u00c3\u00a9langer", who=pupil, what="A family name in UTF-8 read as Windows-1252.",
    ),
    SheetFault(
        name="key.damaged.error", code="spreadsheet.error", row="key.damaged", entity="users",
        field="sourcedId", to="#N/A", who=pupil,
        what="An error in place of a pupil's identifier; what refers to the pupil leads nowhere.",
    ),
    SheetFault(
        name="key.damaged.scientific", code="spreadsheet.scientific", row="key.damaged",
        entity="enrollments", field="userSourcedId", to="1.23457E+10", who=crowded,
        what="An enrollment whose user is a power of ten.",
    ),
    SheetFault(
        name="key.damaged.quotes", code="spreadsheet.quotes", row="key.damaged", entity="classes",
        field="sourcedId", to=lambda old: f"\u201c{old}\u201d",
        what="A class identifier in typographic quotation marks; its enrollments have it without.",
    ),
    SheetFault(
        name="key.damaged.date", code="spreadsheet.date", row="key.damaged", entity="classes",
        field="sourcedId", to="06-janv", what="A class identifier that was taken for a day.",
    ),
    SheetFault(
        name="spreadsheet.formula", code="spreadsheet.formula", entity="users", field="userNumber",
        to=lambda old: f'="{old}"', who=_numbered_pupil, what="A number written as a formula.",
    ),
    SheetFault(
        name="spreadsheet.error", code="spreadsheet.error", row="value.code", entity="courses",
        field="grade", to="#REF!", what="A formula's error in place of a grade.",
    ),
)  # fmt: skip
