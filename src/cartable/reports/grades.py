"""Grades for the secretary of a school: a table that a spreadsheet opens in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from cartable import words
from cartable.model.grades import Grade
from cartable.reports import table
from cartable.words import marked

_HEADINGS = (
    marked("Pupil"),
    marked("Family name"),
    marked("Given name"),
    marked("Class"),
    marked("Class title"),
    marked("Line item"),
    marked("Category"),
    marked("Score"),
    marked("Maximum"),
    marked("Status"),
    marked("Date"),
    marked("Comment"),
)
_STATUSES: Mapping[str, str] = {
    "exempt": marked("exempt"),
    "fully graded": marked("graded"),
    "not submitted": marked("not handed in"),
    "partially graded": marked("partly graded"),
    "submitted": marked("handed in"),
}


def write(grades: Iterable[Grade], to: TextIO) -> None:
    """One line a result."""
    table.write([words.text(one) for one in _HEADINGS], map(_line, grades), to)


def _line(grade: Grade) -> Sequence[object]:
    return (
        grade.pupil,
        grade.family_name,
        grade.given_name,
        grade.klass,
        grade.class_title,
        grade.line_item,
        grade.category,
        _number(grade.score) or grade.text_score,
        _number(grade.maximum),
        words.text(_STATUSES.get(grade.status, grade.status)),
        grade.day,
        grade.comment,
    )


def _number(text: str) -> str:
    """A number as the reader's spreadsheet reads it: a French one takes 12.5 for a day in May."""
    return text.replace(".", ",") if words.language() == "fr" else text
