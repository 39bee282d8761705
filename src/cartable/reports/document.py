"""Reports as JSON: a public contract, described by `report.schema.json`.

Findings are written one by one: a report of a million findings needs no more memory than one of ten.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import TextIO

from cartable import words
from cartable.errors import CartableError, InputError
from cartable.model.causes import Cause
from cartable.model.decisions import Keep, Pin
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.findings import Action, Finding, Severity, Summary
from cartable.model.plans import Change, Counts, Hold, PlanHeader, Quarantine, Run
from cartable.reports import decisions, phrasing, wording
from cartable.reports.material import Check, Outcome, Rules, RunRecord, Stays
from cartable.reports.serializing import Document, compared
from cartable.reports.serializing import serialized as _text
from cartable.reports.serializing import write_list as _write_list

VERSION = 1
FINDINGS_PER_CODE = 100_000

_NONE: Document = {"omitted": {}, "causes": [], "omitted_causes": 0}


def write_check(
    check: Check, rules: Rules, limit: int | None, to: TextIO, outcome: Outcome | None = None
) -> None:
    """Write the report of a check, and of a plan where there is one.

    Args:
        limit: findings of each code, the others are counted in `omitted`; None is all.
        outcome: what a plan would change or has changed.
    """
    head = {
        "version": VERSION,
        **masked(check.is_masked),
        "input": input_document(check.delivery),
        "summary": asdict(check.summary),
    }
    to.write(_text(head)[:-1] + ", ")
    write_findings(check, rules, limit, to)
    if outcome:
        write_stays(outcome.stays, to)
    to.write(f", {_text(outcome_document(outcome))[1:]}\n" if outcome else "}\n")


def write_stays(stays: Stays, to: TextIO) -> None:
    """The members `kept` and `pinned`."""
    to.write(', "kept": ')
    _write_list(map(decisions.kept_document, stays.kept()), to)
    to.write(', "pinned": ')
    _write_list(map(decisions.pinned_document, stays.pinned()), to)


def write_findings(check: Check, rules: Rules, limit: int | None, to: TextIO) -> None:
    """The members `findings`, `omitted`, `causes` and `omitted_causes`."""
    shown: Counter[str] = Counter()

    def findings() -> Iterator[Document]:
        for finding in check.findings(limit):
            shown[finding.code] += 1
            yield _finding(finding, rules)

    to.write('"findings": ')
    _write_list(findings(), to)
    omitted = {code: left for code, total in check.by_code.items() if (left := total - shown[code]) > 0}
    to.write(f', "omitted": {_text(omitted)}, "causes": ')
    _write_list((_cause(cause, rules) for cause in check.causes(limit)), to)
    left = 0 if limit is None else max(sum(check.causes_by_code.values()) - limit, 0)
    to.write(f', "omitted_causes": {left}')


def write_failure(error: CartableError, path: str, to: TextIO) -> None:
    """Write the report of a check that could not be made.

    What is wrong with the delivery is its one finding; anything else is said under `error`.
    """
    message, hint = wording.failure(error)
    head = {"version": VERSION, "input": input_document(Delivery(path, "unknown", ()))}
    if isinstance(error, InputError):
        finding = {
            **_finding_place(Finding(1, "file.unreadable", Severity.FATAL, Action.STOP)),
            "message": message,
            "hint": hint,
            "cause": None,
            "group": None,
        }
        rest = {"summary": asdict(Summary(fatal=1)), "findings": [finding], **_NONE}
    else:
        told = {"code": error.code, "message": message, "hint": hint}
        rest = {"summary": asdict(Summary()), "findings": [], **_NONE, "error": told}
    to.write(_text({**head, **rest}) + "\n")


def write_error(error: CartableError, to: TextIO) -> None:
    """Write why there is nothing else to write."""
    message, hint = wording.failure(error)
    told = {"code": error.code, "message": message, "hint": hint}
    to.write(_text({"version": VERSION, "error": told}) + "\n")


def write_runs(runs: Iterable[Run], to: TextIO) -> None:
    """Write the list of runs."""
    to.write(f'{{"version": {VERSION}, "runs": ')
    _write_list(map(run_document, runs), to)
    to.write("}\n")


def write_run(record: RunRecord, rules: Rules, limit: int | None, to: TextIO) -> None:
    """Write one run with its findings, their causes, each changed record and each that it kept.

    Args:
        limit: findings of each code, the others are counted in `omitted`; None is all.
    """
    run = record.run
    detail = {
        "summary": asdict(run.summary),
        "accepted": list(run.accepted),
        "raised": list(run.raised),
        "quarantined": _quarantined(run.quarantined),
    }
    head = {"version": VERSION, **masked(record.check.is_masked), "run": {**run_document(run), **detail}}
    to.write(_text(head)[:-1] + ", ")
    write_findings(record.check, rules, limit, to)
    to.write(', "records": ')
    _write_list((change_document(change) for change in record.changes(None)), to)
    write_stays(record.stays, to)
    to.write("}\n")


def write_keeps(keeps: Iterable[Keep], today: date, to: TextIO) -> None:
    """Write the list of keeps."""
    to.write(f'{{"version": {VERSION}, "keeps": ')
    _write_list((decisions.keep_document(keep, today) for keep in keeps), to)
    to.write("}\n")


def write_pins(pins: Iterable[Pin], to: TextIO) -> None:
    """Write the list of pins."""
    to.write(f'{{"version": {VERSION}, "pins": ')
    _write_list(map(decisions.pin_document, pins), to)
    to.write("}\n")


def write_differences(
    runs: tuple[int, int], changes: Iterable[Change], to: TextIO, *, is_masked: bool
) -> None:
    """Write what differs between the rosters after two runs, each record."""
    to.write(_text({"version": VERSION, **masked(is_masked), "runs": list(runs)})[:-1] + ', "records": ')
    _write_list(map(change_document, changes), to)
    to.write("}\n")


def write_rules(rules: Rules, to: TextIO) -> None:
    """Write the rule catalogue; severity and action null mean "by requirement"."""
    listed = [
        {
            "code": rule.code,
            "severity": rule.severity,
            "action": rule.action,
            "message": words.text(rule.message),
            "hint": words.text(rule.hint),
            "source": words.text(rule.source),
            "receivers": list(rule.receivers),
        }
        for rule in rules.values()
    ]
    to.write(_text({"version": VERSION, "rules": listed}) + "\n")


def masked(is_masked: bool) -> Document:
    """That a document is masked, where it is."""
    return {"masked": True} if is_masked else {}


def input_document(delivery: Delivery) -> Document:
    """A delivery: its path and its files."""
    document: Document = {
        "path": delivery.path,
        "format": delivery.format,
        "files": [_file(file) for file in delivery.files],
    }
    if delivery.against:
        document["against"] = compared(delivery.against)
    return document


def _file(file: DeliveredFile) -> Document:
    return {
        "name": file.name,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "rows": file.rows,
        "accepted": file.accepted,
        "excluded": file.excluded,
    }


def _finding(finding: Finding, rules: Rules) -> Document:
    rule = rules[finding.code]
    return {
        **_finding_place(finding),
        "message": wording.message(rule, finding),
        "hint": wording.hint(rule, finding),
        "cause": finding.cause,
        "group": finding.group,
    }


def _cause(cause: Cause, rules: Rules) -> Document:
    rule, first = rules[cause.code], cause.roots[0].finding
    return {
        "number": cause.number,
        "code": cause.code,
        "severity": cause.severity,
        "action": cause.action,
        "file": cause.file,
        "column": cause.column,
        "value": cause.value,
        "findings": cause.findings,
        "places": cause.places,
        "rows": dict(cause.rows),
        "dependents": dict(cause.dependents),
        "blanked": cause.blanked,
        "first": first.number,
        "message": wording.message(rule, first),
        "hint": wording.hint(rule, first),
    }


def _finding_place(finding: Finding) -> Document:
    return {
        "number": finding.number,
        "code": finding.code,
        "severity": finding.severity,
        "action": finding.action,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "record": None if finding.record is None else list(finding.record),
        "value": finding.value,
    }


def outcome_document(outcome: Outcome) -> Document:
    """What a plan would change or has changed, in numbers."""
    document: Document = {
        "changes": _changes(outcome.counts),
        "holds": [_hold(hold) for hold in outcome.holds],
        "quarantined": _quarantined(outcome.quarantined),
        "raised": list(outcome.raised),
    }
    if outcome.waiting:
        document["hold"] = outcome.waiting
    if period := outcome.period:
        days = {"from": period.first.isoformat(), "until": period.last.isoformat()}
        document["period"] = {"kind": period.kind, **days, "why": period.why, "held_back": outcome.postponed}
    if outcome.run:
        document["run"] = outcome.run.number
    return document


def plan_document(header: PlanHeader) -> Document:
    """What a plan would change in numbers, and what holds it or is left out of it."""
    return {
        "changes": _changes(header.counts),
        "holds": [_hold(hold) for hold in header.holds],
        "quarantined": _quarantined(header.quarantined),
        "raised": list(header.raised),
    }


def _quarantined(quarantined: Mapping[str, Quarantine]) -> list[Document]:
    return [
        {
            "school": school,
            "name": one.name,
            "held_back": dict(one.held_back),
            "holds": [_hold(hold) for hold in one.holds],
        }
        for school, one in quarantined.items()
    ]


def _changes(counts: Mapping[str, Counts]) -> Document:
    return {entity: phrasing.counts(numbers) for entity, numbers in counts.items()}


def _hold(hold: Hold) -> Document:
    return {
        "guard": hold.guard,
        "message": phrasing.held(hold),
        "entity": hold.entity,
        "count": hold.count,
        "limit": hold.limit,
        "school": hold.school or None,
        "class": hold.klass or None,
    }


def run_document(run: Run) -> Document:
    """A run, less its findings and records."""
    return {
        "number": run.number,
        "kind": run.kind,
        "status": run.status,
        "source": run.source,
        "started": run.started,
        "finished": run.finished,
        "changes": _changes(run.changes),
        "input": input_document(run.input),
        "actor": run.actor,
        "undoes": run.undoes,
    }


def change_document(change: Change) -> Document:
    """One record's change."""
    document: Document = {
        "entity": change.entity,
        "kind": change.kind,
        "reason": change.reason,
        "key": list(change.key),
        "line": change.line,
        "before": dict(change.before),
        "after": dict(change.after),
    }
    if change.traits:
        document["traits"] = list(change.traits)
    return document
