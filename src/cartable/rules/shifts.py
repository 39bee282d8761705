"""Rules about a delivery as a whole, beside an earlier one: what is much less, gone, or all new.

Nothing is left out for them. They are found by counting rows by school, role and grade, so that a
school that is missing from a large delivery is seen as well as half of a small one.

`{delivery}` is the earlier delivery, `{school}` a school by name and id; `{before}` and `{now}` are counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cartable.model.findings import Action, Severity
from cartable.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be missing without a word.

    Args:
        percent: at most so much of what there was before...
        rows: ...or fewer rows than this: a class of three that loses one is no accident.
    """

    percent: int
    rows: int

    def breaks(self, before: float, now: float) -> bool:
        """Whether the fall is worth a word."""
        return before - now >= self.rows and (before - now) * 100 > before * self.percent


# Of a school, a role or a grade; all that there was of one; of a whole file; of the ids in a file, and
# of pupils or staff, of whom a few may come and go.
GROUP = Limit(percent=20, rows=10)
GONE = Limit(percent=99, rows=3)
FILE = Limit(percent=10, rows=10)
IDS = Limit(percent=50, rows=3)
PEOPLE_IDS = Limit(percent=50, rows=10)

_PARTIAL = (
    "If the export was cut off or filtered, export again with all rows; "
    "if it is right so, nothing needs to be done."
)
_SAME_RECORDS = (
    "If the records are the same ones with new ids, export them with the ids of before: otherwise each "
    "one that cannot be recognised counts as a new record, and the old one as gone. At the turn of the "
    "school year, new ids of classes and sessions are as they should be."
)
_SAME_PEOPLE = (
    "If they are the same people with new ids, export them with the ids of before (capital letters count): "
    "otherwise each one who cannot be recognised counts as a new user, and the old one as gone."
)
_CLOSED = (
    "If the export was cut off or filtered, export again with all schools; "
    "if the school has closed, nothing needs to be done."
)

_SAME_FILES = "Microsoft, School Data Sync, Update source data with SDS v2.1 CSV: the same set of files"

# What is counted of a school, and how it is said: (one is less, none is left).
MEASURES: Mapping[str, tuple[str, str]] = {
    "pupils": (
        "{school} had {before} pupils in {delivery}; now {now}.",
        "{school} had {before} pupils in {delivery}; now it has none.",
    ),
    "staff": (
        "{school} had {before} members of staff in {delivery}; now {now}.",
        "{school} had {before} members of staff in {delivery}; now it has none.",
    ),
    "classes": (
        "{school} had {before} classes in {delivery}; now {now}.",
        "{school} had {before} classes in {delivery}; now it has none.",
    ),
    "enrollments": (
        "{school} had {before} enrollments in {delivery}; now {now}.",
        "{school} had {before} enrollments in {delivery}; now it has none.",
    ),
}

ABSENT = Rule(
    code="shift.file",
    is_whole_file=True,
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The file {file} is missing; it had {before} rows in {delivery}.",
    hint="Add {file} to the delivery: the same files belong to each one, as all records of one that is "
    "missing count as gone.",
    source=f"{_SAME_FILES}; Cartable",
    details=("before", "now", "delivery"),
)

SCHOOL = Rule(
    code="shift.school",
    is_whole_file=True,
    severity=Severity.WARNING,
    action=Action.NONE,
    message="{school} has no person, class or enrollment any more; it had {before} rows in {delivery}.",
    hint=_CLOSED,
    source="Cartable",
    details=("school", "before", "now", "delivery"),
    cases={
        "gone": (
            "{school} has no person, class or enrollment any more; it had {before} pupils in {delivery}.",
            _CLOSED,
        ),
        **{measure: (none, _CLOSED) for measure, (_, none) in MEASURES.items()},
    },
)

GRADE = Rule(
    code="shift.grade",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The grade {grade} had {before} pupils in {delivery}; now {now}.",
    hint=_PARTIAL,
    source="Cartable",
    details=("grade", "before", "now", "delivery"),
    cases={
        "school": (
            "The grade {grade} of {school} had {before} pupils in {delivery}; now it has none.",
            _PARTIAL,
        ),
        "all": (
            "No pupil has a grade any more; in {delivery}, {before} had one.",
            "Export the grades again, if the schools still keep them.",
        ),
    },
)

ROLE = Rule(
    code="shift.role",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The file had {before} rows with the role {role} in {delivery}; now {now}.",
    hint=_PARTIAL,
    source="Cartable",
    details=("role", "before", "now", "delivery"),
)

ROWS = Rule(
    code="shift.rows",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The file had {before} rows in {delivery}; now {now}.",
    hint=_PARTIAL,
    source="Cartable",
    details=("before", "now", "delivery"),
    cases={measure: (less, _PARTIAL) for measure, (less, _) in MEASURES.items()},
)

IDENTIFIERS = Rule(
    code="shift.ids",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="Of the {now} ids of this file, only about {percent} % were in {delivery}.",
    hint=_SAME_RECORDS,
    source="Cartable",
    details=("now", "percent", "delivery"),
    cases={
        "few": ("Hardly any of the {now} ids of this file was in {delivery}.", _SAME_RECORDS),
        "none": ("Not one of the {now} ids of this file was in {delivery}.", _SAME_RECORDS),
        "pupils": (
            "Of the {now} pupils, only about {percent} % had the same id in {delivery}.",
            _SAME_PEOPLE,
        ),
        "pupils-few": ("Hardly any of the {now} pupils had the same id in {delivery}.", _SAME_PEOPLE),
        "pupils-none": ("Not one of the {now} pupils had the same id in {delivery}.", _SAME_PEOPLE),
        "staff": (
            "Of the {now} members of staff, only about {percent} % had the same id in {delivery}.",
            _SAME_PEOPLE,
        ),
        "staff-few": (
            "Hardly any of the {now} members of staff had the same id in {delivery}.",
            _SAME_PEOPLE,
        ),
        "staff-none": ("Not one of the {now} members of staff had the same id in {delivery}.", _SAME_PEOPLE),
    },
)

SAME = Rule(
    code="shift.same",
    severity=Severity.INFO,
    action=Action.NONE,
    message="Every file is the same as in {delivery}, to the last byte.",
    hint="If there should be changes, see whether the export has run; else nothing needs to be done.",
    source="Cartable",
    details=("delivery",),
)

RULES: tuple[Rule, ...] = (ABSENT, SCHOOL, GRADE, ROLE, ROWS, IDENTIFIERS, SAME)
