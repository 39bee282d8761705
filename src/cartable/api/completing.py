"""Fills in what the standard demands of an object and clients leave out; and sees that it agrees with itself.

Source: OneRoster 1.1 and 1.2, information model; what consumers send.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from cartable.api.bodies import refused
from cartable.api.facts import Class, Facts
from cartable.model.objects import Resource
from cartable.store.publishing import spelled

DERIVED: Mapping[str, str] = {"lineItems": "school", "results": "class"}
"""Columns that follow from others, and are none that could stay as they were."""

Values = dict[str, str | None]


def completed(resource: Resource, values: Mapping[str, str | None], facts: Facts, moment: datetime) -> Values:
    """The values with what was left out.

    Raises:
        ApiError: they contradict each other or the roster.
    """
    found = dict(values)
    if complete := _BY_RESOURCE.get(resource.name):
        complete(found, facts, spelled(moment))
    return found


def _line_item(values: Values, facts: Facts, now: str) -> None:
    klass = _class_of(values, facts)
    _agree(values, "school", klass.school)
    values["assign_date"] = values["assign_date"] or values["due_date"] or now
    values["due_date"] = values["due_date"] or values["assign_date"]
    values["category"] = values["category"] or facts.default_category
    if values["category"] is None:
        raise refused("category is missing.")
    day = str(values["due_date"])[:10]
    term = values["academic_session"] or _session(facts, klass.terms, day)
    periods = [
        one.id for one in facts.sessions.values() if one.type == "gradingPeriod" and one.parent in klass.terms
    ]
    values["grading_period"] = values["grading_period"] or _session(facts, periods, day) or term
    values["academic_session"] = term or values["grading_period"]


def _session(facts: Facts, among: "tuple[str, ...] | list[str]", day: str) -> str | None:
    """The session of a day, else the last one before it, else the first."""
    told = [one for name, one in facts.sessions.items() if name in among]
    if not told:
        return among[0] if among else None
    within = [one for one in told if one.start <= day < one.end]
    before = [one for one in told if one.start <= day]
    return (within[:1] or before[-1:] or told[:1])[0].id


def _result(values: Values, facts: Facts, now: str) -> None:
    line_item = facts.line_item(str(values["line_item"]))
    assert line_item, "references were looked up"
    _agree(values, "class", line_item.of)
    if not facts.is_student(line_item.of, str(values["student"])):
        raise refused(f"student {str(values['student'])[:100]} is not in class {line_item.of[:100]}.")
    _graded(values, facts, now)


def _graded(values: Values, _: Facts, now: str) -> None:
    values["score_date"] = values["score_date"] or now[:10]
    has_score = values["score"] is not None or values["text_score"] is not None
    values["score_status"] = values["score_status"] or ("fully graded" if has_score else "not submitted")


def _score_scale(values: Values, facts: Facts, _: str) -> None:
    values["course"] = values["course"] or _class_of(values, facts).course


def _class_of(values: Values, facts: Facts) -> Class:
    klass = facts.klass(str(values["class"]))
    assert klass, "references were looked up"
    return klass


def _agree(values: Values, name: str, expected: str) -> None:
    """Fill in what follows from another property; it may not be said otherwise."""
    if values[name] not in (None, expected):
        raise refused(f"{name} names {str(values[name])[:100]}, which the rest contradicts.")
    values[name] = expected


_BY_RESOURCE: Mapping[str, Callable[[Values, Facts, str], None]] = {
    "lineItems": _line_item,
    "results": _result,
    "scoreScales": _score_scale,
    "assessmentResults": _graded,
}
