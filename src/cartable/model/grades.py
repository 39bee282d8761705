"""Grades as they are handed to a school information system that asks for none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grade:
    """A result, for people to read.

    Args:
        pupil, klass: sourcedIds.
        family_name, given_name, class_title, line_item, category: what they are called; '' where the roster
            or the gradebook does not tell.
        score, maximum: numbers as JSON spells them; '' for none.
        text_score: a score in words.
        status: as OneRoster has it.
        day: ISO 8601.
    """

    pupil: str
    family_name: str
    given_name: str
    klass: str
    class_title: str
    line_item: str
    category: str
    score: str
    text_score: str
    maximum: str
    status: str
    day: str
    comment: str
