"""A small checked delivery made by hand: what reports are given."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cartable.flow.checking import recalled
from cartable.flow.gates import GUARDS
from cartable.model.causes import Cause
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.findings import Action, Finding, Severity, Summary
from cartable.model.plans import Change, ChangeKind, Counts, Hold, Reason, Run
from cartable.rules.rule import Rule

RULES = {
    rule.code: rule
    for rule in (
        Rule(
            code="value.email",
            severity=None,
            action=None,
            message="The value {value} is no e-mail address.",
            hint="Write it as name@domain, without accents or spaces, or leave the cell empty.",
            source="RFC 5322",
        ),
        Rule(
            code="key.duplicate",
            severity=Severity.ERROR,
            action=Action.EXCLUDE,
            message="An earlier row, in line {first}, has the same key.",
            hint="The earlier row stays and this one is left out. Keep one row of each key.",
            source="SDS validation rules",
            details=("first",),
        ),
        Rule(
            code="reference.excluded",
            severity=None,
            action=None,
            message="The row {value} in {target}, which this one needs, was left out.",
            hint="Correct that row in {target}; this one then comes back by itself.",
            source="SDS validation rules",
            details=("target",),
        ),
        Rule(
            code="class.students",
            severity=Severity.INFO,
            action=Action.NONE,
            message="The class {title} has no students.",
            hint="Enrol its students, or leave the class out.",
            source="SDS validation rules",
            details=("title",),
        ),
        Rule(
            code="org.self",
            severity=Severity.WARNING,
            action=Action.BLANK,
            message="The organisation {value} names itself as its parent.",
            hint="Name the organisation above it, or leave the cell empty.",
            source="SDS validation rules",
        ),
    )
}


def email(number: int, value: str, line: int) -> Finding:
    return Finding(
        number,
        "value.email",
        Severity.WARNING,
        Action.BLANK,
        "users.csv",
        line,
        "email",
        (f"U{line}",),
        value,
    )


def duplicate(number: int, line: int, first: int) -> Finding:
    return Finding(
        number, "key.duplicate", Severity.ERROR, Action.EXCLUDE, "users.csv", line, None, ("U1",), None,
        {"first": str(first)},
    )  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A delivery with these findings."""

    listed: tuple[Finding, ...]
    rows: int = 1200
    path: str = "export"

    @property
    def delivery(self) -> Delivery:
        excluded = self.summary.excluded
        users = DeliveredFile("users.csv", "users", "ab" * 32, 54321, ("sourcedId",), True)
        orgs = DeliveredFile("orgs.csv", "orgs", "cd" * 32, 99, ("sourcedId",), True)
        return Delivery(
            self.path,
            "sds-v2.1",
            (orgs.counted(rows=2, excluded=0), users.counted(rows=self.rows - 2, excluded=excluded)),
        )

    @property
    def is_masked(self) -> bool:
        return False

    @property
    def summary(self) -> Summary:
        count = Counter(finding.severity for finding in self.listed)
        excluded = sum(finding.action is Action.EXCLUDE for finding in self.listed)
        blanked = sum(finding.action is Action.BLANK for finding in self.listed)
        return Summary(
            self.rows, self.rows - excluded, excluded, blanked,
            count[Severity.FATAL], count[Severity.ERROR], count[Severity.WARNING], count[Severity.INFO],
        )  # fmt: skip

    @property
    def by_code(self) -> Counter[str]:
        return Counter(finding.code for finding in self.listed)

    @property
    def causes_by_code(self) -> Counter[str]:
        return Counter(cause.code for cause in self.causes())

    def findings(self, limit_per_code: int | None = None) -> Iterator[Finding]:
        with recalled(self.delivery, self.summary, self.listed) as check:
            yield from check.findings(limit_per_code)

    def causes(self, limit: int | None = None, roots: int = 1, each: int | None = None) -> Iterator[Cause]:
        with recalled(self.delivery, self.summary, self.listed) as check:
            yield from check.causes(limit, roots, each)


COUNTS = {
    "orgs": Counts(unchanged=2),
    "users": Counts(add=1, update=1, deactivate=1234, keep=1, unchanged=1195),
}

HOLD = Hold(
    "deactivations",
    GUARDS["deactivations"],
    "users",
    1234,
    243,
    {"file": "users.csv", "active": "2431", "percent": "10"},
)

ZOE = {"givenName": "Zoé"}

CHANGES = (
    Change(
        "users", ChangeKind.ADD, Reason.NEW, ("U7",), 12, {}, {"givenName": "Zoé", "familyName": "Le Goff"}
    ),
    Change(
        "users", ChangeKind.UPDATE, Reason.CHANGED, ("U8",), 13, {"givenName": "Zoe"}, {"givenName": "Zoé"}
    ),
    Change("users", ChangeKind.DEACTIVATE, Reason.ABSENT, ("U9",), None, {}, {}),
)


def changes(limit: int | None) -> tuple[Change, ...]:
    return CHANGES


def run(checked: Checked) -> Run:
    return Run(
        3, "sync", "applied", "main", "2026-09-01T02:00:00+00:00", "2026-09-01T02:00:05+00:00", 3, COUNTS,
        checked.delivery, checked.summary, ("deactivations",),
    )  # fmt: skip
