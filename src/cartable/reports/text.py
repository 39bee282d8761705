"""Reports for a person in a hurry: what was read, the verdict, then what, where, how many and what to do."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cartable import words
from cartable.model.causes import Cause, Root
from cartable.model.deliveries import DeliveredFile
from cartable.model.findings import Finding, Severity, Summary
from cartable.model.plans import DEFAULT_SOURCE, Change, Counts, Hold, Quarantine, Run
from cartable.reports import decisions, phrasing, sparing, wording
from cartable.reports.material import Check, Outcome, Rules, RunRecord
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.rules.rule import Rule
from cartable.words import marked

EXAMPLES = 20
"""Findings of each cause that are printed where nobody asked for another number."""

CAUSES = 50
"""Causes that are printed; the others are counted."""

CAUSES_OF_A_CODE = 5
"""Causes of one code that are printed: a thousand alike must not hide the one that differs."""

_HINTS = 3

SCHOOLS = 20
"""Schools that stay as they were and that are listed."""

CHANGES = 3
"""Changes of each kind in each entity that are printed as examples."""

KEPT = 10
"""Kept records of a run that are listed; the others are counted."""

_FILE_HEADINGS = (marked("File"), marked("Rows"), marked("Accepted"), marked("Left out"))
_RUN_HEADINGS = (
    marked("Run"),
    marked("Finished"),
    marked("Kind"),
    marked("By"),
    marked("Source"),
    marked("From"),
    marked("Rows"),
    marked("Left out"),
    marked("Changes"),
)
_DIGEST_HEADINGS = (marked("File"), marked("SHA-256"), marked("Rows"), marked("Left out"))


def write_check(check: Check, rules: Rules, limit: int, on: Page) -> None:
    """What was read, the verdict, the causes with at most `limit` examples each."""
    delivery, summary = check.delivery, check.summary
    files = [file for file in delivery.files if file.entity]
    read = words.counted(
        "Read {path}: {number} row in {files}.",
        "Read {path}: {number} rows in {files}.",
        summary.rows,
        path=shown(delivery.path),
        files=words.counted("{number} file", "{number} files", len(files)),
    )
    on.write(read)
    if check.is_masked:
        on.write(words.text(wording.MASKED))
    if delivery.against:
        on.write(wording.compared(delivery.against))
    if files:
        on.write()
        on.table(
            [words.text(title) for title in _FILE_HEADINGS],
            ([shown(file.name), *_rows(file)] for file in files),
        )
    on.write()
    on.write(verdict(summary))
    _write_causes(check, rules, limit, on)


def write_plan(check: Check, outcome: Outcome, rules: Rules, limit: int, on: Page) -> None:
    """A check, then what would change or has changed."""
    write_check(check, rules, limit, on)
    if not check.summary.fatal:
        on.write()
        write_outcome(outcome, on)


def write_outcome(outcome: Outcome, on: Page) -> None:
    """What would change or has changed; holds and what to do about them first."""
    for sentence in sparing.terms(outcome):
        on.write(sentence)
    if outcome.holds:
        _write_holds(outcome.holds, outcome.waiting, on)
        on.write()
    if outcome.quarantined:
        _write_quarantined(outcome.quarantined, on)
        on.write()
    on.write(phrasing.applied(outcome.run) if outcome.run else _intended(outcome.counts))
    write_changes(outcome.counts, outcome.changes(CHANGES), on)
    decisions.write_stays(outcome.stays, on)


def write_runs(runs: Iterable[Run], on: Page) -> None:
    """The list of runs."""
    rows = [
        (
            str(run.number),
            wording.moment(run.finished),
            phrasing.run_kind(run),
            shown(run.actor),
            run.source,
            phrasing.origin(run),
            # What had no delivery is not one without rows.
            *(
                words.figure(number) if run.input.files else "–"
                for number in (run.summary.rows, run.summary.excluded)
            ),
            words.figure(phrasing.changing(run.changes)),
        )
        for run in runs
    ]
    if rows:
        on.table([words.text(title) for title in _RUN_HEADINGS], rows, left=6)
    else:
        on.write(words.text("Nothing was applied yet."))


def write_run(record: RunRecord, rules: Rules, limit: int, on: Page) -> None:
    """One run: when, by whom, on which files, what changed, what was kept, what was found."""
    run = record.run
    on.write(phrasing.applied(run))
    moments = {"begin": wording.moment(run.started), "end": wording.moment(run.finished)}
    if run.input.path or run.undoes is not None:
        path = phrasing.origin(run)
        on.write(words.text("From {path}, begun {begin}, finished {end}.", path=path, **moments))
    else:
        on.write(words.text("Begun {begin}, finished {end}.", **moments))
    if run.actor:
        on.write(words.text("By {actor} ({kind}).", kind=phrasing.run_kind(run), actor=shown(run.actor)))
    if record.check.is_masked:
        on.write(words.text(wording.MASKED))
    if run.source != DEFAULT_SOURCE:
        on.write(words.text("The source is {source}.", source=run.source))
    if run.accepted:
        on.write(words.text("Accepted guards: {guards}.", guards=", ".join(map(shown, run.accepted))))
    if run.raised:
        on.write(sparing.raised(run.raised))
    if run.quarantined:
        on.write()
        _write_quarantined(run.quarantined, on, is_past=True)
    if run.input.files:
        on.write()
        on.table(
            [words.text(title) for title in _DIGEST_HEADINGS],
            (
                (shown(file.name), file.sha256, words.figure(file.rows), words.figure(file.excluded))
                for file in run.input.files
            ),
            left=2,
        )
    write_changes(run.changes, record.changes(CHANGES), on)
    decisions.write_stays(record.stays, on)
    _write_kept(record, on)
    _write_causes(record.check, rules, limit, on)


def _write_kept(record: RunRecord, on: Page) -> None:
    """The records that the run left at their last good state for another reason than a decision, and why."""
    rest = -KEPT
    others = (one for one in record.stays.kept() if not one.reason.is_decided)
    for number, one in enumerate(others):
        rest += 1
        if not number:
            on.write()
            on.write(words.text("Kept at their last good state:"))
        if number < KEPT:
            what = f"{one.entity} {wording.record(one.key)}"
            told = words.text("{place}: {sentence}", place=what, sentence=phrasing.kept(one))
            on.write(told, indent=2, hanging=2)
    if rest > 0:
        on.write(words.counted("and {number} more", "and {number} more", rest), indent=2)


def write_differences(
    runs: tuple[int, int], changes: Iterable[Change], limit: int, on: Page, *, is_masked: bool
) -> None:
    """What differs between the rosters after two runs, with at most `limit` examples of each kind."""
    if is_masked:
        on.write(words.text(wording.MASKED))
    numbers: dict[str, Counter[str]] = defaultdict(Counter)
    examples = []
    for change in changes:
        numbers[change.entity][change.kind] += 1
        if numbers[change.entity][change.kind] <= limit:
            examples.append(change)
    if not numbers:
        on.write(
            words.text("The rosters after run {first} and run {last} are alike.", first=runs[0], last=runs[1])
        )
        return
    counts = {entity: Counts(**counted) for entity, counted in numbers.items()}
    told = words.counted(
        "From run {first} to run {last} {number} record has changed.",
        "From run {first} to run {last} {number} records have changed.",
        phrasing.changing(counts),
        first=runs[0],
        last=runs[1],
    )
    on.write(told)
    _write_counts(counts, on)
    on.write()
    for change in examples:
        on.write(phrasing.changed(change), indent=2, hanging=2)
    if rest := phrasing.changing(counts) - len(examples):
        told = words.counted("and {number} more", "and {number} more", rest)
        on.write(f"{told}. {words.text('--format csv lists all.')}", indent=2)


def write_district(directory: Path, key: Path | None, rows: int, planted: int, on: Page) -> None:
    """What was generated.

    Args:
        key: the answer key, where faults were planted.
        rows, planted: numbers of rows and of faults.
    """
    told = words.counted(
        "{number} row was written to {place}.",
        "{number} rows were written to {place}.",
        rows,
        place=directory,
    )
    on.write(told)
    if key:
        told = words.counted(
            "{number} fault was planted; the key of what a check must find is {key}.",
            "{number} faults were planted; the key of what a check must find is {key}.",
            planted,
            key=key,
        )
        on.write(told)


def _rows(file: DeliveredFile) -> list[str]:
    # An unreadable file is not one without rows.
    numbers = (file.rows, file.accepted, file.excluded)
    return [words.figure(number) if file.readable else "–" for number in numbers]


def verdict(summary: Summary) -> str:
    """The check in one sentence."""
    if summary.fatal:
        return words.counted(
            "The delivery is refused: put {number} fatal finding right first.",
            "The delivery is refused: put {number} fatal findings right first.",
            summary.fatal,
        )
    if summary.excluded:
        return words.counted(
            "{number} row of {rows} is left out; the others can be used.",
            "{number} rows of {rows} are left out; the others can be used.",
            summary.excluded,
            rows=words.figure(summary.rows),
        )
    if summary.warning:
        return words.counted(
            "Every row can be used; {number} finding is a warning.",
            "Every row can be used; {number} findings are warnings.",
            summary.warning,
        )
    return words.text("Every row can be used.")


def _write_causes(check: Check, rules: Rules, limit: int, on: Page) -> None:
    """The causes in their order, and exactly what is not shown of them."""
    told: Counter[str] = Counter()
    left_out = 0
    for cause in check.causes(CAUSES, max(limit, 1), CAUSES_OF_A_CODE):
        told[cause.code] += 1
        left_out += cause.left_out
        on.write()
        _write_cause(cause, rules[cause.code], limit, on)
    harm = None if check.summary.fatal else check.summary.excluded - left_out
    if rest := wording.remaining(check.causes_by_code, told):
        listed = words.counted("--format csv lists it.", "--format csv lists all.", sum(rest.values()))
        on.write()
        on.write(f"{wording.untold(rest, harm)} {listed}")


def _write_cause(cause: Cause, rule: Rule, limit: int, on: Page) -> None:
    what = words.text(
        "{severity} {code}", severity=words.text(wording.SEVERITIES[cause.severity]), code=cause.code
    )
    told = words.text("{what}: {told}", what=what, told=wording.cost(cause))
    on.write(told, hanging=4, severity=cause.severity)
    findings = [root.finding for root in cause.roots]
    first = findings[0]
    if cause.value is not None and cause.findings > 1:
        on.write(wording.message(rule, first), indent=2, hanging=2)
        others = list(_lines(findings)) if limit else []
    else:
        on.write(wording.placed(first, wording.message(rule, first)), indent=2, hanging=2)
        others = list(_others(cause.roots, rule)) if limit else []
    for other in others:
        on.write(other, indent=2, hanging=2)
    if limit and (rest := cause.findings - len(findings)):
        on.write(words.counted("and {number} more", "and {number} more", rest), indent=2)
    for advice in list(dict.fromkeys(wording.hint(rule, finding) for finding in findings))[:_HINTS]:
        on.write(f"→ {advice}", indent=2, hanging=2)


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Where one and the same fault is, a line for each column."""
    by_column: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_column[wording.place(dataclasses.replace(finding, line=None))].append(finding)
    for place, found in by_column.items():
        lines = wording.lines(finding.line for finding in found if finding.line is not None)
        told = words.counted("line {lines}", "lines {lines}", len(found), lines=lines)
        yield words.text("{place}: {sentence}", place=place, sentence=told)


def _others(roots: Sequence[Root], rule: Rule) -> Iterator[str]:
    """The findings of a cause behind the first, without what was said of that; like ones in one line."""
    first, alike = roots[0].finding, []
    for root in roots[1:]:
        finding = root.finding
        is_near = finding.line is not None and finding.file == first.file
        row = wording.row(finding) if is_near else wording.place(finding)
        if number := sum(root.dependents.values()):
            row = words.counted(
                "{row} with {number} row that depends on it",
                "{row} with {number} rows that depend on it",
                number,
                row=row,
            )
        if wording.differ(rule, finding, first):
            yield words.text("{place}: {sentence}", place=row, sentence=wording.message(rule, finding))
        elif rule.shows_value:
            yield words.text("{place}: {sentence}", place=row, sentence=wording.quoted(finding.value or ""))
        else:
            alike.append(row)
    if alike:
        yield wording.joined(alike)


def _write_holds(holds: Iterable[Hold], waiting: int | None, on: Page) -> None:
    """What holds a plan and what to do about it: to decide where it waits, else to repeat the command."""
    on.write(words.text("Held: nothing is written until a person has looked."), severity=Severity.ERROR)
    by_guard: dict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_guard[hold.guard].append(hold)
    for guard, held in by_guard.items():
        for hold in held:
            on.write(phrasing.held(hold), indent=2, hanging=2)
        if waiting is None:
            on.write(words.text("If that is right, repeat with --accept {guard}", guard=guard), indent=4)
    if waiting is not None:
        on.write(phrasing.waits(waiting))


def _write_quarantined(quarantined: Mapping[str, Quarantine], on: Page, *, is_past: bool = False) -> None:
    """The schools that stay as they were, and why."""
    for number, one in [*quarantined.items()][:SCHOOLS]:
        on.write(sparing.quarantined(number, one), hanging=2, severity=Severity.WARNING)
        for reason in sparing.reasons(one):
            on.write(reason, indent=2, hanging=2)
        if not is_past:
            on.write(sparing.acceptance(number, one), indent=4)
    if (rest := len(quarantined) - SCHOOLS) > 0:
        on.write(
            words.counted(
                "{number} more school is quarantined; --format json lists all.",
                "{number} more schools are quarantined; --format json lists all.",
                rest,
            )
        )


def _write_counts(counts: Mapping[str, Counts], on: Page) -> None:
    numbers = {entity: phrasing.counts(count) for entity, count in counts.items()}
    # What most nights have none of has no column then.
    shown = [
        name
        for name in phrasing.COUNTED
        if name not in phrasing.RARE or any(number[name] for number in numbers.values())
    ]
    rows = [
        (entity, *(words.figure(number[name]) for name in shown))
        for entity, number in numbers.items()
        if any(number.values())
    ]
    if rows:
        on.write()
        on.table(["", *(words.text(phrasing.COUNTED[name]) for name in shown)], rows)


def write_changes(counts: Mapping[str, Counts], changes: Iterable[Change], on: Page) -> None:
    """What changes, in numbers, with examples."""
    _write_counts(counts, on)
    # Of an entity that is all new, as in a first run, nobody needs examples.
    first = {entity for entity, count in counts.items() if count == Counts(add=count.add)}
    examples = [phrasing.changed(change) for change in changes if change.entity not in first]
    if examples:
        on.write()
        on.write(words.text("For example:"))
    for example in examples:
        on.write(example, indent=2, hanging=2)


def _intended(counts: Mapping[str, Counts]) -> str:
    if not (changing := phrasing.changing(counts)):
        return words.text("Nothing would change.")
    return words.counted("{number} record would change.", "{number} records would change.", changing)
