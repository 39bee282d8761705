"""Writes reports in the form asked for, masked where that was asked for; loads what the form needs."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from cartable import words
from cartable.cli.answering import Form
from cartable.errors import CartableError, UsageError
from cartable.model.decisions import Keep, Pin
from cartable.model.plans import Run
from cartable.reports import decisions, document, table, text, wording
from cartable.reports.material import Check, Outcome, RunRecord
from cartable.reports.pages import Page, page
from cartable.rules.rule import Rule


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


def write_plan(
    result: Check, outcome: Outcome, form: Form, limit: int | None, out: TextIO, *, mask: bool
) -> None:
    """Write the report of a check and of the plan that it led to."""
    if mask:
        from cartable.reports import masking

        result, outcome = masking.masked(result), masking.masked_outcome(outcome)
    if form is Form.JSON:
        document.write_check(result, known_rules(), _listed(limit), out, outcome)
    elif form is Form.CSV:
        # The table has room for the changes alone; what stands in their way is said beside it.
        for sentence in (text.verdict(result.summary), *map(wording.held, outcome.holds)):
            print(sentence, file=sys.stderr)
        if result.summary.fatal:
            table.write_changes((), out)
        else:
            table.write_changes(outcome.changes(None), out, outcome.stays)
    else:
        text.write_plan(result, outcome, known_rules(), _examples(limit), page_on(out))


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


def _examples(limit: int | None) -> int:
    return text.EXAMPLES if limit is None else limit


def _listed(limit: int | None) -> int:
    return document.FINDINGS_PER_CODE if limit is None else limit
