"""What a report page shows: causes, files and rules as texts that are worded, safe and cut already.

A template only lays these out. There is never more of them than a browser can open.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import PurePath

from cartable import words
from cartable.model.causes import Cause, Root
from cartable.model.deliveries import DeliveredFile
from cartable.model.findings import Finding, Severity, Summary
from cartable.reports import wording
from cartable.reports.catalogue import cases, consequence, source
from cartable.reports.material import Check, Rules
from cartable.reports.pieces import (
    CauseView,
    Facet,
    Figure,
    Filtered,
    Heading,
    Moment,
    Option,
    PageView,
    RuleView,
    Table,
    Verdict,
)
from cartable.reports.safety import shown
from cartable.reports.text import verdict
from cartable.rules.rule import Rule
from cartable.words import marked

CAUSES = 1_000
"""Causes that a page shows; the others are counted."""

CAUSES_OF_A_CODE = 200
"""Causes of one code that a page shows: a thousand alike must not hide the one that differs."""

FINDINGS = 20
"""Findings of each cause where nobody asked for another number."""

ROWS = 20_000
"""Findings that a page lists in all, whatever was asked for: more, and browsers give up."""

FILES = 200
"""Files that a page lists."""

_HINTS = 3
_PLACES = 3

# The first of a month is an ordinal in French.
_DATES: Mapping[tuple[str, bool], str] = {("fr", True): "EEEE d'er' MMMM y"}


def page_view(check: Check, rules: Rules, limit: int | None, moment: datetime | None) -> PageView:
    """All that the page of a check shows.

    Args:
        limit: findings of each cause; None for `FINDINGS`.
        moment: when it was checked; None leaves it out.
    """
    delivery, summary = check.delivery, check.summary
    files = _Numbers()
    causes, left_out = [], 0
    for cause, roots in _chosen(check, FINDINGS if limit is None else limit):
        causes.append(_cause(cause, roots, rules[cause.code], files))
        left_out += cause.left_out
    name = shown(PurePath(delivery.path).name or delivery.path)
    heading = words.text("Check of {name}", name=name)
    number = len(causes)
    return PageView(
        title=words.text("{heading} – Cartable", heading=heading),
        heading=heading,
        read=_read(check),
        moment=_moment(moment) if moment else None,
        verdict=_verdict(summary),
        figures=_figures(summary),
        causes=causes,
        rest=_rest(
            check,
            Counter(cause.code for cause in causes),
            None if summary.fatal else summary.excluded - left_out,
        ),
        facets=_facets(causes, files) if number > 1 else (),
        filtered=_filtered(number),
        unfiltered=words.counted("{number} cause", "{number} causes", number),
        files=_files(delivery.files[:FILES]),
        files_rest=_more_files(len(delivery.files) - FILES),
        rules=[_rule(rules[code], found) for code, found in sorted(check.by_code.items())],
    )


def _read(check: Check) -> str:
    files = words.counted(
        "{number} file", "{number} files", len([f for f in check.delivery.files if f.entity])
    )
    told = words.counted(
        "Read {path}: {number} row in {files}.",
        "Read {path}: {number} rows in {files}.",
        check.summary.rows,
        path=shown(check.delivery.path),
        files=files,
    )
    against = check.delivery.against
    compared = wording.compared(against) if against else ""
    masked = words.text(wording.MASKED) if check.is_masked else ""
    return " ".join(filter(None, (told, masked, compared)))


def _filtered(number: int) -> Filtered:
    """What the page's script says of so many causes, of which it shows some."""
    single, several = (
        words.counted(
            "{shown} of {causes} causes is shown.",
            "{shown} of {causes} causes are shown.",
            shown,
            shown="{shown}",
            causes=words.figure(number),
        )
        for shown in (1, 2)
    )
    return Filtered(single, several)


class _Numbers(dict[str, int]):
    """Numbers given to texts in the order in which they come."""

    def __missing__(self, text: str) -> int:
        return self.setdefault(text, len(self) + 1)


def _chosen(check: Check, limit: int) -> Iterator[tuple[Cause, Sequence[Root]]]:
    """The causes, and the findings of each that are to be listed."""
    room = ROWS
    for cause in check.causes(CAUSES, min(max(limit, 1), ROWS), CAUSES_OF_A_CODE):
        # The first finding is told in the headline; a list of it alone would only repeat it.
        roots = cause.roots[: min(limit, room)] if cause.findings > 1 else ()
        room -= len(roots)
        yield cause, roots


def _cause(cause: Cause, roots: Sequence[Root], rule: Rule, files: _Numbers) -> CauseView:
    findings = [root.finding for root in cause.roots]
    first = findings[0]
    is_common = cause.value is not None
    headline = wording.message(rule, first)
    like = 0 if is_common else cause.findings - 1
    places = dict.fromkeys(wording.place(replace(one, line=None)) for one in findings)
    where = [wording.place(first)] if cause.findings == 1 else [*places][:_PLACES]
    if cause.findings > 1:
        where.append(words.counted("{number} finding", "{number} findings", cause.findings))
    # The headline has told one finding even where none is listed.
    unlisted = cause.findings - max(len(roots), 1)
    return CauseView(
        number=cause.number,
        severity=cause.severity,
        code=cause.code,
        files=" ".join(str(files[name]) for name in _touched(cause)),
        grade=words.text(wording.SEVERITIES[cause.severity]),
        name=words.text("Cause {number}", number=cause.number),
        headline=headline,
        more=words.counted("and {number} more like it", "and {number} more like it", like) if like else "",
        place=" · ".join(filter(None, where)),
        harm=wording.harm(cause) or wording.outcome(cause),
        advice=_advice(findings, rule),
        table=_findings(roots, rule, is_common),
        label=words.text("Findings of cause {number}", number=cause.number),
        rest=words.counted(
            "{number} more finding is not listed here; the report as CSV (--format csv) has all.",
            "{number} more findings are not listed here; the report as CSV (--format csv) has all.",
            unlisted,
        )
        if unlisted
        else "",
    )


def _advice(findings: Sequence[Finding], rule: Rule) -> list[str]:
    """What to do, then which values were probably meant: each sentence once."""
    told = (
        dict.fromkeys(say for finding in findings if (say := sentence(finding)))
        for sentence in (partial(wording.advice, rule), wording.suggestion)
    )
    return [advice for sentences in told for advice in [*sentences][:_HINTS]]


def _touched(cause: Cause) -> Iterable[str]:
    """Names of the files that the cause is found in."""
    named = [cause.file, *cause.rows, *(root.finding.file for root in cause.roots)]
    return dict.fromkeys(name for name in named if name is not None)


def _findings(roots: Sequence[Root], rule: Rule, is_common: bool) -> Table:
    """The findings, in as many columns as tell them apart."""
    findings = [root.finding for root in roots]
    differ = not is_common and any(wording.differ(rule, one, findings[0]) for one in findings)
    several = {name: len({getattr(one, name) for one in findings}) > 1 for name in ("file", "column")}
    columns = (
        (Heading(words.text("File")), [shown(one.file or "–") for one in findings], several["file"]),
        (Heading(words.text("Line")), [_line(one) for one in findings], True),
        (Heading(words.text("Record")), [wording.record(one.record or ()) for one in findings], True),
        (Heading(words.text("Column")), [shown(one.column or "–") for one in findings], several["column"]),
        (
            Heading(words.text("Value"), "long"),
            [wording.value(one.value) for one in findings],
            rule.shows_value and not is_common and not differ,
        ),
        (
            Heading(words.text("Finding"), "long"),
            [wording.message(rule, one) for one in findings] if differ else [""] * len(findings),
            differ,
        ),
        (
            Heading(words.text("Rows that depend on it"), "number"),
            [words.figure(sum(root.dependents.values())) for root in roots],
            any(root.dependents for root in roots),
        ),
    )
    kept = [(heading, texts) for heading, texts, is_kept in columns if is_kept and any(texts)]
    return Table([heading for heading, _ in kept], list(zip(*(texts for _, texts in kept), strict=True)))


def _line(finding: Finding) -> str:
    return "" if finding.line is None else str(finding.line)


def _verdict(summary: Summary) -> Verdict:
    told = verdict(summary)
    if summary.fatal:
        return Verdict(told, "stop", "fatal")
    if summary.excluded:
        return Verdict(told, "warning", "warning")
    return Verdict(told, "notice", "info") if summary.warning else Verdict(told, "good", "good")


def _figures(summary: Summary) -> list[Figure]:
    counted = (
        (marked("Rows"), summary.rows),
        (marked("Accepted"), summary.accepted),
        (marked("Left out"), summary.excluded),
        (marked("Values left empty"), summary.blanked),
    )
    return [Figure(words.text(name), words.figure(number)) for name, number in counted]


def _files(files: Iterable[DeliveredFile]) -> Table:
    headings = (
        Heading(words.text("File")),
        Heading(words.text("Rows"), "number"),
        Heading(words.text("Accepted"), "number"),
        Heading(words.text("Left out"), "number"),
        Heading(words.text("SHA-256"), "digest"),
    )
    # An unreadable file is not one without rows.
    rows = [
        (
            shown(file.name),
            *(
                words.figure(number) if file.readable else "–"
                for number in (file.rows, file.accepted, file.excluded)
            ),
            file.sha256,
        )
        for file in files
    ]
    return Table(headings, rows)


def _more_files(number: int) -> str:
    if number <= 0:
        return ""
    return words.counted(
        "{number} more file is not listed here.", "{number} more files are not listed here.", number
    )


def _rest(check: Check, told: Mapping[str, int], left_out: int | None) -> str:
    """Which causes are not shown, and what they cost."""
    if not (rest := wording.remaining(check.causes_by_code, told)):
        return ""
    said = words.text("The report as CSV (--format csv) has all findings.")
    return f"{wording.untold(rest, left_out)} {said}"


def _facets(causes: Sequence[CauseView], files: _Numbers) -> list[Facet]:
    """The filters; beside each choice how many causes it leaves."""
    by_file = Counter(number for cause in causes for number in cause.files.split())
    by_severity = Counter(cause.severity for cause in causes)
    by_code = Counter(cause.code for cause in causes)
    return [
        Facet(
            "file",
            words.text("File"),
            words.text("All files"),
            [
                _option(str(number), shown(name), by_file[str(number)])
                for name, number in sorted(files.items())
            ],
        ),
        Facet(
            "severity",
            words.text("Severity"),
            words.text("All severities"),
            [
                _option(one, words.text(wording.SEVERITIES[one]), by_severity[one])
                for one in Severity
                if one in by_severity
            ],
        ),
        Facet(
            "code",
            words.text("Rule"),
            words.text("All rules"),
            [_option(code, code, number) for code, number in sorted(by_code.items())],
        ),
    ]


def _option(value: str, label: str, number: int) -> Option:
    return Option(value, words.text("{label} ({number})", label=label, number=words.figure(number)))


def _rule(rule: Rule, found: int) -> RuleView:
    told = [(message, " ".join(filter(None, (hint, becomes)))) for message, hint, becomes in cases(rule)]
    return RuleView(
        rule.code,
        words.counted("{number} finding", "{number} findings", found),
        told,
        f"{consequence(rule)}.",
        source(rule),
    )


def _moment(moment: datetime) -> Moment:
    from babel.dates import format_date, format_time

    language = words.language()
    date = format_date(moment, _DATES.get((language, moment.day == 1), "full"), locale=language)
    time = format_time(moment, "short", locale=language)
    return Moment(
        moment.isoformat(timespec="seconds"), words.text("Checked on {date}, {time}.", date=date, time=time)
    )
