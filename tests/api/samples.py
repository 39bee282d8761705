"""Objects as a client writes them, whole as the official documents want them; what others name is first."""

from dataclasses import dataclass
from typing import Any


def _reference(token: str, identifier: str) -> dict[str, str]:
    return {"href": f"https://consumer.example/{identifier}", "sourcedId": identifier, "type": token}


_WHEN = "2026-11-24T08:00:00.000Z"
_SESSION = _reference("academicSession", "T1")
_SCORED = {"scoreStatus": "fully graded", "score": 12.5, "scoreDate": "2026-11-20", "comment": "Well done."}
_SOURCE = "case"
_OBJECTIVES = [{"source": _SOURCE, "learningObjectiveIds": ["o1", "o2"]}]
_REACHED = [{"source": _SOURCE, "learningObjectiveResults": [{"learningObjectiveId": "o1", "score": 3.0}]}]

COLLECTIONS = {
    "category": "categories",
    "scoreScale": "scoreScales",
    "lineItem": "lineItems",
    "result": "results",
    "assessmentLineItem": "assessmentLineItems",
    "assessmentResult": "assessmentResults",
}
"""The keys of one object and of several; those that others name first."""


@dataclass(frozen=True)
class Of:
    """Whose objects they are, and what the objects are called that others name."""

    name: str = "sample"
    klass: str = "K1"
    school: str = "S1"
    student: str = "P1"


def sample(key: str, identifier: str = "", of: Of = Of()) -> dict[str, Any]:
    """An object of a kind under a name."""
    own = {"sourcedId": identifier or of.name, "status": "active", "dateLastModified": _WHEN}
    return {**own, **_told(of)[key]}


def _told(of: Of) -> dict[str, dict[str, Any]]:
    in_class, student = _reference("class", of.klass), _reference("user", of.student)
    scale = _reference("scoreScale", of.name)
    return {
        "category": {"title": "Homework", "weight": 0.5},
        "scoreScale": {
            "title": "Letters",
            "type": "letters",
            "class": in_class,
            "scoreScaleValue": [{"itemValueLHS": "A", "itemValueRHS": "16-20"}],
        },
        "lineItem": {
            "title": "Fractions",
            "description": "Exercise 7",
            "assignDate": _WHEN,
            "dueDate": _WHEN,
            "class": in_class,
            "school": _reference("org", of.school),
            "category": _reference("category", of.name),
            "academicSession": _SESSION,
            "gradingPeriod": _SESSION,
            "resultValueMin": 0.0,
            "resultValueMax": 20.0,
            "scoreScale": scale,
            "learningObjectiveSet": _OBJECTIVES,
        },
        "result": {
            "lineItem": _reference("lineItem", of.name),
            "student": student,
            "class": in_class,
            "scoreScale": scale,
            "learningObjectiveSet": _REACHED,
            "late": "true",
            **_SCORED,
        },
        "assessmentLineItem": {
            "title": "National test",
            "class": in_class,
            "learningObjectiveSet": _OBJECTIVES,
        },
        "assessmentResult": {
            "assessmentLineItem": _reference("assessmentLineItem", of.name),
            "student": student,
            "scorePercentile": 80.0,
            **_SCORED,
        },
    }
