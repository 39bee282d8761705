"""Reports as CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import TextIO

from cartable import words
from cartable.model.decisions import Keep, Pin, Pinned
from cartable.model.findings import Finding
from cartable.model.plans import Change, Kept, Run
from cartable.reports import decisions, phrasing, wording
from cartable.reports.material import NO_STAYS, Rules, Stays
from cartable.reports.safety import cell, shown

FINDING_COLUMNS = (
    *("number", "code", "severity", "action", "file", "line", "column", "record", "value"),
    *("message", "hint", "cause", "group"),
)
CHANGE_COLUMNS = ("entity", "kind", "reason", "key", "line", "field", "before", "after", "why")
RUN_COLUMNS = (
    *("number", "kind", "status", "source", "started", "finished", "path", *phrasing.COUNTED),
    *("actor", "undoes"),
)
RULE_COLUMNS = ("code", "severity", "action", "message", "hint", "source")

BY_REQUIREMENT = "by requirement"
"""Error and exclude in a required column, warning and blank in an optional one."""


def write_findings(findings: Iterable[Finding], rules: Rules, to: TextIO) -> None:
    """One line a finding; `record` is a JSON list, `group` the number of its cause."""
    write(FINDING_COLUMNS, (_finding(finding, rules) for finding in findings), to)


def write_changes(changes: Iterable[Change], to: TextIO, stays: Stays = NO_STAYS) -> None:
    """One line for each field that changes, and one for a record that changes none; `key` is a JSON list.

    Then what stays because somebody decided it: `kind` is `keep` or `pin`, and `why` says by whom.
    """
    changing = (line for change in changes for line in _change(change))
    kept = (_kept(one) for one in stays.kept() if one.reason.is_decided)
    write(CHANGE_COLUMNS, chain(changing, kept, map(_pinned, stays.pinned())), to)


def write_keeps(keeps: Iterable[Keep], today: date, to: TextIO) -> None:
    """One line a keep."""
    write(decisions.KEEP_COLUMNS, (decisions.keep_line(keep, today) for keep in keeps), to)


def write_pins(pins: Iterable[Pin], to: TextIO) -> None:
    """One line a pin; `key` is a JSON list."""
    write(decisions.PIN_COLUMNS, map(decisions.pin_line, pins), to)


def write_runs(runs: Iterable[Run], to: TextIO) -> None:
    """One line a run, with the sums of what it changed."""
    write(RUN_COLUMNS, (_run(run) for run in runs), to)


def write_rules(rules: Rules, to: TextIO) -> None:
    """One line a rule; severity and action are `BY_REQUIREMENT` where they depend on the column."""
    lines = (
        (
            rule.code,
            rule.severity or BY_REQUIREMENT,
            rule.action or BY_REQUIREMENT,
            words.text(rule.message),
            words.text(rule.hint),
            words.text(rule.source),
        )
        for rule in rules.values()
    )
    write(RULE_COLUMNS, lines, to)


def _finding(finding: Finding, rules: Rules) -> Sequence[object]:
    rule = rules[finding.code]
    return (
        finding.number,
        finding.code,
        finding.severity,
        finding.action,
        shown(finding.file or ""),
        finding.line,
        shown(finding.column or ""),
        _list(finding.record),
        shown(finding.value or ""),
        wording.message(rule, finding),
        wording.hint(rule, finding),
        finding.cause,
        finding.group,
    )


def _change(change: Change) -> Iterable[Sequence[object]]:
    head = (change.entity, change.kind, change.reason, _list(change.key), change.line)
    fields = [*{**change.before, **change.after}]
    for field in fields:
        before, after = change.before.get(field), change.after.get(field)
        yield *head, field, shown(before or ""), shown(after or ""), ""
    if not fields:
        yield *head, "", "", "", ""


def _kept(one: Kept) -> Sequence[object]:
    return one.entity, "keep", one.reason, _list(one.key), one.line, "", "", "", decisions.why_kept(one)


def _pinned(one: Pinned) -> Sequence[object]:
    stays = shown(one.stays or "")
    head = (one.entity, "pin", "pinned", _list(one.key), None, one.field)
    return *head, stays, stays, decisions.why_pinned(one)


def _run(run: Run) -> Sequence[object]:
    sums = (
        sum(phrasing.counts(counts)[name] for counts in run.changes.values()) for name in phrasing.COUNTED
    )
    head = (run.number, run.kind, run.status, run.source, run.started, run.finished)
    return (*head, shown(run.input.path), *sums, shown(run.actor), run.undoes)


def _list(values: Sequence[str] | None) -> str:
    return "" if values is None else json.dumps([shown(value) for value in values], ensure_ascii=False)


def write(columns: Sequence[str], lines: Iterable[Sequence[object]], to: TextIO) -> None:
    """A heading and as many cells in each line."""
    writer = csv.writer(to)
    writer.writerow(columns)
    for line in lines:
        writer.writerow([cell(content) if isinstance(content, str) else content for content in line])
