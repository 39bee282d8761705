"""Reports for a person in a hurry: what was read, the verdict, then what, where, how many and what to do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from cartable import words
from cartable.model.deliveries import DeliveredFile
from cartable.model.findings import Finding, Severity, Summary
from cartable.model.following import Followers
from cartable.model.plans import Change, Counts, Hold, Run
from cartable.reports import wording
from cartable.reports.material import Check, Outcome, Rules, RunRecord
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.rules.rule import Rule
from cartable.words import marked

EXAMPLES = 20
"""Findings of each code that are printed where nobody asked for another number."""

CHANGES = 3
"""Changes of each kind in each entity that are printed as examples."""

_FILE_HEADINGS = (marked("File"), marked("Rows"), marked("Accepted"), marked("Left out"))
_RUN_HEADINGS = (
    marked("Run"),
    marked("Finished"),
    marked("Kind"),
    marked("From"),
    marked("Rows"),
    marked("Left out"),
    marked("Changes"),
)
_DIGEST_HEADINGS = (marked("File"), marked("SHA-256"), marked("Rows"), marked("Left out"))
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def write_check(check: Check, rules: Rules, limit: int, on: Page) -> None:
    """What was read, the verdict, the findings by code with at most `limit` examples each."""
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
    _write_findings(check.findings(limit), check.by_code, check.followers(limit), rules, on)


def write_plan(check: Check, outcome: Outcome, rules: Rules, limit: int, on: Page) -> None:
    """A check, then what would change or has changed."""
    write_check(check, rules, limit, on)
    if not check.summary.fatal:
        on.write()
        write_outcome(outcome, on)


def write_outcome(outcome: Outcome, on: Page) -> None:
    """What would change or has changed; holds and what to do about them first."""
    if outcome.holds:
        _write_holds(outcome.holds, on)
        on.write()
    on.write(_applied(outcome.run) if outcome.run else _intended(outcome.counts))
    _write_changes(outcome.counts, outcome.changes(CHANGES), on)


def write_runs(runs: Iterable[Run], on: Page) -> None:
    """The list of runs."""
    rows = [
        (
            str(run.number),
            moment(run.finished),
            run.kind,
            shown(run.input.path),
            words.figure(run.summary.rows),
            words.figure(run.summary.excluded),
            words.figure(_changing(run.changes)),
        )
        for run in runs
    ]
    if rows:
        on.table([words.text(title) for title in _RUN_HEADINGS], rows, left=4)
    else:
        on.write(words.text("Nothing was applied yet."))


def write_run(record: RunRecord, rules: Rules, limit: int, on: Page) -> None:
    """One run: when, on which files, what changed, what was found."""
    run = record.run
    on.write(_applied(run))
    on.write(
        words.text(
            "From {path}, begun {begin}, finished {end}.",
            path=shown(run.input.path),
            begin=moment(run.started),
            end=moment(run.finished),
        )
    )
    if run.accepted:
        on.write(words.text("Accepted guards: {guards}.", guards=", ".join(run.accepted)))
    on.write()
    on.table(
        [words.text(title) for title in _DIGEST_HEADINGS],
        (
            (shown(file.name), file.sha256, words.figure(file.rows), words.figure(file.excluded))
            for file in run.input.files
        ),
        left=2,
    )
    _write_changes(run.changes, record.changes(CHANGES), on)
    met: Counter[str] = Counter()
    examples = []
    for finding in record.findings:
        met[finding.code] += 1
        if met[finding.code] <= limit:
            examples.append(finding)
    _write_findings(examples, met, record.followers(limit), rules, on)


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
            "Every row can be used, with {number} warning.",
            "Every row can be used, with {number} warnings.",
            summary.warning,
        )
    return words.text("Every row can be used.")


def moment(instant: str) -> str:
    """An ISO 8601 instant as the reader's clock shows it."""
    from babel.dates import format_datetime

    return format_datetime(datetime.fromisoformat(instant).astimezone(), "medium", locale=words.language())


def _write_findings(
    findings: Iterable[Finding],
    totals: Mapping[str, int],
    followers: Iterable[Followers],
    rules: Rules,
    on: Page,
) -> None:
    groups: dict[str, list[Finding]] = defaultdict(list)
    trains: dict[str, list[Followers]] = defaultdict(list)
    for train in followers:
        trains[train.code].append(train)
    for finding in findings:
        groups[finding.code].append(finding)
    worst = {code: min(_RANKS[finding.severity] for finding in group) for code, group in groups.items()}
    for code in sorted(groups, key=lambda code: worst[code]):
        on.write()
        _write_group(rules[code], groups[code], totals[code], trains[code], on)
    unshown = [code for code in totals if code not in groups]
    if unshown:
        on.write()
        codes = ", ".join(f"{code} ({words.figure(totals[code])})" for code in unshown)
        on.write(words.text("Not shown: {codes}", codes=codes))


def _write_group(rule: Rule, examples: list[Finding], total: int, trains: list[Followers], on: Page) -> None:
    worst = min((finding.severity for finding in examples), key=lambda severity: _RANKS[severity])
    action = wording.ACTIONS[examples[0].action]
    if not _is_one_consequence(rule, examples, total, trains):
        action = wording.BY_REQUIREMENT
    heading = words.counted(
        "{severity} {code}, {number} finding: {action}",
        "{severity} {code}, {number} findings: {action}",
        total,
        severity=words.text(wording.SEVERITIES[worst]),
        code=rule.code,
        action=words.text(action),
    )
    on.write(heading, severity=worst)
    if trains:
        _write_trains(trains, on)
        examples = [finding for finding in examples if finding.cause is None]
        total = len(examples)
    hints = {wording.hint(rule, finding) for finding in examples}
    for finding in examples:
        sentence = wording.placed(finding, wording.message(rule, finding))
        if len(hints) > 1:
            sentence = f"{sentence} {wording.hint(rule, finding)}"
        on.write(sentence, indent=2, hanging=2)
    _write_rest(total - len(examples), on)
    if len(hints) == 1:
        on.write(f"→ {hints.pop()}", indent=2, hanging=2)


def _is_one_consequence(rule: Rule, examples: list[Finding], total: int, trains: list[Followers]) -> bool:
    """Whether all findings of a code, shown or not, are known to have the same consequence."""
    if trains:
        return len(trains) == trains[0].causes and len({train.action for train in trains}) == 1
    # The worst come first: of a rule by requirement no error stands behind a warning.
    is_known = (
        rule.action is not None
        or total == len(examples)
        or all(finding.severity is not Severity.ERROR for finding in examples)
    )
    return is_known and len({finding.action for finding in examples}) == 1


def _write_trains(trains: list[Followers], on: Page) -> None:
    # What is to be corrected is the row that others follow from: that one is told, once.
    for train in trains:
        on.write(wording.followed(train), indent=2, hanging=2)
    _write_rest(trains[0].causes - len(trains), on)
    advice = words.text("Correct these rows; those that they take with them then come back by themselves.")
    on.write(f"→ {advice}", indent=2, hanging=2)


def _write_rest(number: int, on: Page) -> None:
    if number > 0:
        on.write(words.counted("and {number} more", "and {number} more", number), indent=2)


def _write_holds(holds: Iterable[Hold], on: Page) -> None:
    on.write(words.text("Held: nothing is written until a person has looked."), severity=Severity.ERROR)
    by_guard: dict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_guard[hold.guard].append(hold)
    for guard, held in by_guard.items():
        for hold in held:
            on.write(wording.held(hold), indent=2, hanging=2)
        on.write(words.text("If that is right, repeat with --accept {guard}", guard=guard), indent=4)


def _write_changes(counts: Mapping[str, Counts], changes: Iterable[Change], on: Page) -> None:
    rows = [
        (entity, *map(words.figure, numbers.values()))
        for entity, count in counts.items()
        if any((numbers := wording.counts(count)).values())
    ]
    if rows:
        on.write()
        on.table(["", *(words.text(title) for title in wording.COUNTED.values())], rows)
    # Of an entity that is all new, as in a first run, nobody needs examples.
    first = {entity for entity, count in counts.items() if count == Counts(add=count.add)}
    examples = [wording.changed(change) for change in changes if change.entity not in first]
    if examples:
        on.write()
        on.write(words.text("For example:"))
    for example in examples:
        on.write(example, indent=2, hanging=2)


def _intended(counts: Mapping[str, Counts]) -> str:
    if not (changing := _changing(counts)):
        return words.text("Nothing would change.")
    return words.counted("{number} record would change.", "{number} records would change.", changing)


def _applied(run: Run) -> str:
    if not (changing := _changing(run.changes)):
        return words.text("Run {run} was applied: nothing changed.", run=run.number)
    return words.counted(
        "Run {run} was applied: {number} record changed.",
        "Run {run} was applied: {number} records changed.",
        changing,
        run=run.number,
    )


def _changing(counts: Mapping[str, Counts]) -> int:
    return sum(count.changing for count in counts.values())
