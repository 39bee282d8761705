"""Writes reports in the form asked for, masked where that was asked for; loads what the form needs."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cartable import words
from cartable.cli.answering import Form
from cartable.errors import CartableError, UsageError
from cartable.model.decisions import Keep, Pin
from cartable.model.holds import HeldPlan
from cartable.model.plans import Change, Run
from cartable.reports import decisions, document, phrasing, sparing, table, text
from cartable.reports.material import Check, HoldRecord, Outcome, RunRecord, Stays
from cartable.reports.pages import Page, page
from cartable.rules.rule import Rule

if TYPE_CHECKING:
    from cartable.flow.planning import Planned
    from cartable.model.stories import Story
    from cartable.reports.changelists import Shown
    from cartable.reports.rosters import RosterView
    from cartable.reports.undos import UndoRecord


def known_rules() -> Mapping[str, Rule]:
    """The catalogue, which not every command needs."""
    from cartable.rules.catalogue import RULES

    return RULES


def page_on(out: TextIO) -> Page:
    """A page of text on this stream, as the terminal asks."""
    return page(out, os.environ)


def failed_report(path: Path, form: Form, *, mask: bool) -> Callable[[CartableError, TextIO], None]:
    """What tells, in this form, why a check of this path could not be made."""

    def write(error: CartableError, out: TextIO) -> None:
        told = str(path)
        if mask:
            from cartable.reports import masking

            error, told = masking.masked_failure(error), masking.path(told)
        match form:
            case Form.SARIF:
                from cartable.reports import sarif

                sarif.write_failure(error, told, out)
            case Form.JUNIT:
                from cartable.reports import junit

                junit.write_failure(error, told, out)
            case _:
                document.write_failure(error, told, out)

    return write


def write_check(result: Check, form: Form, limit: int | None, out: TextIO, *, mask: bool) -> None:
    """Write the report of a check."""
    if mask:
        from cartable.reports import masking

        result = masking.masked(result)
    match form:
        case Form.TEXT:
            text.write_check(result, known_rules(), _examples(limit), page_on(out))
        case Form.JSON:
            document.write_check(result, known_rules(), _listed(limit), out)
        case Form.CSV:
            table.write_findings(result.findings(limit), known_rules(), out)
        case Form.HTML:
            from cartable.reports import html

            html.write_check(result, known_rules(), limit, out, datetime.now().astimezone())
        case Form.SARIF:
            from cartable.reports import sarif

            sarif.write_check(result, known_rules(), _listed(limit), out)
        case Form.JUNIT:
            from cartable.reports import junit

            junit.write_check(result, known_rules(), _examples(limit), out)


def outcome_of(plan: "Planned", run: Run | None = None, waiting: HeldPlan | None = None) -> Outcome:
    """What reports tell of a plan, of the run where it was applied, of the hold where it waits."""
    header = plan.header
    return Outcome(
        header.counts,
        plan.held,
        plan.changes,
        run,
        Stays(plan.kept, plan.pinned),
        header.quarantined,
        header.raised,
        header.period,
        sum(header.postponed.values()),
        waiting.number if waiting else None,
    )


def write_plan(
    result: Check, outcome: Outcome, form: Form, limit: int | None, out: TextIO, *, mask: bool
) -> None:
    """Write the report of a check and of the plan that it led to."""
    if mask:
        from cartable.reports import masking

        result, outcome = masking.masked(result), masking.masked_outcome(outcome)
    if form is Form.HTML:
        write_check(result, form, limit, out, mask=False)  # is masked already
    elif form is Form.JSON:
        document.write_check(result, known_rules(), _listed(limit), out, outcome)
    elif form is Form.CSV:
        # The table has room for the changes alone; what stands in their way is said beside it.
        waits = [phrasing.waits(outcome.waiting)] if outcome.waiting else []
        for sentence in (
            text.verdict(result.summary),
            *sparing.terms(outcome),
            *map(phrasing.held, outcome.holds),
            *(sparing.line(*one) for one in outcome.quarantined.items()),
            *waits,
        ):
            print(sentence, file=sys.stderr)
        if result.summary.fatal:
            table.write_changes((), out)
        else:
            table.write_changes(outcome.changes(None), out, outcome.stays)
    else:
        text.write_plan(result, outcome, known_rules(), _examples(limit), page_on(out))


def write_shown(plan: "Shown", form: Form, limit: int | None, out: TextIO, *, mask: bool) -> None:
    """Write a plan as a document to be read."""
    from cartable.reports import changelists

    if mask:
        from cartable.reports import veiling

        plan = veiling.veiled_plan(plan)
    match form:
        case Form.JSON:
            changelists.write_document(plan, out)
        case Form.CSV:
            table.write_changes(plan.changes(limit), out)
        case Form.HTML:
            from cartable.reports import html

            html.write_plan(plan, limit, out)
        case _:
            changelists.write(plan, limit, page_on(out))


def write_runs(listed: Iterable[Run], form: Form, out: TextIO, *, mask: bool) -> None:
    """Write the list of runs."""
    if mask:
        from cartable.reports import masking

        listed = map(masking.masked_run, listed)
    if form is Form.JSON:
        document.write_runs(listed, out)
    elif form is Form.CSV:
        table.write_runs(listed, out)
    else:
        text.write_runs(listed, page_on(out))


def write_run(kept: RunRecord, form: Form, limit: int | None, out: TextIO, *, mask: bool) -> None:
    """Write one run, whole."""
    if mask:
        from cartable.reports import masking

        kept = masking.masked_record(kept)
    if form is Form.JSON:
        document.write_run(kept, known_rules(), _listed(limit), out)
    elif form is Form.CSV:
        table.write_changes(kept.changes(None), out, kept.stays)
    else:
        text.write_run(kept, known_rules(), _examples(limit), page_on(out))


def write_holds(listed: Iterable[HeldPlan], form: Form, out: TextIO, *, mask: bool) -> None:
    """Write the list of held plans."""
    from cartable.reports import holds

    if mask:
        from cartable.reports import masking

        listed = map(masking.masked_held, listed)
    if form is Form.JSON:
        holds.write_documents(listed, out, is_masked=mask)
    elif form is Form.CSV:
        holds.write_table(listed, out)
    else:
        holds.write_list(listed, page_on(out))


def write_hold(record: HoldRecord, form: Form, limit: int | None, out: TextIO, *, mask: bool) -> None:
    """Write one held plan, whole."""
    from cartable.reports import holds

    if mask:
        from cartable.reports import masking

        record = masking.masked_hold(record)
    if form is Form.JSON:
        holds.write_document(record, known_rules(), _listed(limit), out, is_masked=mask)
    elif form is Form.CSV:
        print(holds.state(record.held), file=sys.stderr)
        if record.outcome:
            table.write_changes(record.outcome.changes(None), out, record.outcome.stays)
        else:
            table.write_changes((), out)
    else:
        holds.write_text(record, known_rules(), _examples(limit), page_on(out))


def write_keeps(listed: Iterable[Keep], today: date, form: Form, out: TextIO) -> None:
    """Write the list of keeps."""
    if form is Form.JSON:
        document.write_keeps(listed, today, out)
    elif form is Form.CSV:
        table.write_keeps(listed, today, out)
    else:
        decisions.write_keeps(listed, today, page_on(out))


def write_pins(listed: Iterable[Pin], form: Form, out: TextIO) -> None:
    """Write the list of pins."""
    if form is Form.JSON:
        document.write_pins(listed, out)
    elif form is Form.CSV:
        table.write_pins(listed, out)
    else:
        decisions.write_pins(listed, page_on(out))


def save_plan(save: Callable[[Path], None], output: Path) -> None:
    """Save a plan, and say how to apply it.

    Raises:
        UsageError: it cannot be written there.
    """
    try:
        save(output)
    except OSError as error:
        raise UsageError(
            "The plan cannot be written to {path}: {reason}.", path=output, reason=error.strerror
        ) from error
    told = words.text("The plan is saved. To apply it: cartable apply {path}", path=output)
    print(told, file=sys.stderr)


def write_undo(record: "UndoRecord", form: Form, out: TextIO, *, mask: bool) -> None:
    """Write what takes a run back."""
    from cartable.reports import undos

    if mask:
        from cartable.reports import veiling

        record = veiling.veiled_undo(record)
    if form is Form.JSON:
        undos.write_document(record, out)
    elif form is Form.CSV:
        for left in record.left():
            print(undos.sentence(left), file=sys.stderr)
        table.write_changes(record.outcome.changes(None), out)
    else:
        undos.write_text(record, page_on(out))


def write_roster(view: "RosterView", form: Form, out: TextIO, *, mask: bool) -> None:
    """Write who is or was in which school and class."""
    from cartable.reports import rosters

    if mask:
        from cartable.reports import veiling

        view = veiling.veiled_roster(view)
    write = {Form.JSON: rosters.write_document, Form.CSV: rosters.write_table}.get(form)
    if write:
        write(view, out)
    else:
        rosters.write_text(view, page_on(out))


def write_differences(
    runs: tuple[int, int],
    changes: Iterable[Change],
    form: Form,
    limit: int | None,
    out: TextIO,
    *,
    mask: bool,
) -> None:
    """Write what differs between the rosters after two runs."""
    if mask:
        from cartable.reports import masking

        changes = map(masking.changed, changes)
    if form is Form.JSON:
        document.write_differences(runs, changes, out, is_masked=mask)
    elif form is Form.CSV:
        table.write_changes(changes, out)
    else:
        text.write_differences(runs, changes, _examples(limit), page_on(out), is_masked=mask)


def write_stories(told: Sequence["Story"], form: Form, out: TextIO, *, mask: bool) -> None:
    """Write the stories of records."""
    from cartable.reports import stories

    if mask:
        from cartable.reports import veiling

        told = [veiling.veiled_story(story) for story in told]
    if form is Form.JSON:
        stories.write_document(told, out, is_masked=mask)
    else:
        stories.write_text(told, page_on(out), is_masked=mask)


def _examples(limit: int | None) -> int:
    return text.EXAMPLES if limit is None else limit


def _listed(limit: int | None) -> int:
    return document.FINDINGS_PER_CODE if limit is None else limit
