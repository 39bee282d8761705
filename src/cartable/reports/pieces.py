"""The pieces of a page, as its template takes them: every text in them is worded and safe already."""

from collections.abc import Sequence
from dataclasses import dataclass

from cartable.model.findings import Severity


@dataclass(frozen=True, slots=True)
class Heading:
    """Heading of a column; `kind` is `number`, `long`, `digest` or empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and as many texts in each row."""

    headings: Sequence[Heading]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause.

    Args:
        files: what the filter by file goes by, numbers divided by blanks.
        grade, name: its severity in words, and what to call it.
        headline, more: the fault, and how many more are like it.
        place, harm, advice: where, what it costs, what to do.
        table, label: its findings, and what to call them.
        rest: how many are not listed.
    """

    number: int
    severity: Severity
    code: str
    files: str
    grade: str
    name: str
    headline: str
    more: str
    place: str
    harm: str
    advice: Sequence[str]
    table: Table
    label: str
    rest: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule: how often it is broken, each message with what to do, what becomes of the data, its source."""

    code: str
    found: str
    told: Sequence[tuple[str, str]]
    consequence: str
    source: str


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter: its name, its label, the choice that leaves all, the others."""

    name: str
    label: str
    all: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The check in one sentence; `state` is the colour's name, `icon` the drawing's."""

    told: str
    state: str
    icon: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When the delivery was checked."""

    iso: str
    told: str


@dataclass(frozen=True, slots=True)
class Filtered:
    """How many causes are shown, said of a single one and of several; the page's script puts `{shown}` in."""

    single: str
    several: str


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page."""

    title: str
    heading: str
    read: str
    moment: Moment | None
    verdict: Verdict
    figures: Sequence[Figure]
    causes: Sequence[CauseView]
    rest: str
    facets: Sequence[Facet]
    filtered: Filtered
    unfiltered: str
    files: Table
    files_rest: str
    rules: Sequence[RuleView]
