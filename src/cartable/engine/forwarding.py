"""Judges what the receivers that were asked about will do with the rows that go on."""

from collections.abc import Mapping

from cartable.engine import linking
from cartable.engine.subjects import Subject, guarded
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Field
from cartable.model.findings import Severity
from cartable.model.options import CheckOptions
from cartable.model.receivers import RECEIVERS
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Query


def note_receivers(workspace: Workspace, subjects: Mapping[str, Subject], options: CheckOptions) -> None:
    """Run the rules about the receivers asked about, after every other rule.

    A delivery that is refused reaches no receiver: then nothing is said of them.
    """
    refused = f"select 1 from finding where severity = {literal(Severity.FATAL)} limit 1"
    if not options.receivers or workspace.execute(refused):
        return
    for subject in subjects.values():
        make_accepted(subject)
    for rule in RULES.values():
        for check in rule.checks:
            if not isinstance(check, Query) or not linking.can_fire(check, subjects):
                continue
            asked = [RECEIVERS[name].title for name in check.receivers if name in options.receivers]
            if asked:
                subject = subjects[check.entity]
                with guarded(subject, rule.code):
                    linking.run_query(subject, rule, check, ", ".join(asked))


def make_accepted(subject: Subject) -> None:
    """The view `accepted_`: the rows that go on, without the values that are left out."""
    fields = ", ".join(f"{_value(field, subject)} as {quoted(field.name)}" for field in subject.entity.fields)
    lost = (
        "left join (select _line, list(distinct field) as fields, list(element) as elements "
        f"from {subject.table('blanked')} group by _line) as loss using (_line)"
    )
    subject.execute(
        f"create or replace view {subject.table('accepted')} as select one._line, {fields}, "
        f"{'loss.fields' if subject.blanked else 'cast(null as varchar[])'} as _damaged "
        f"from {subject.table('canonical')} as one {lost if subject.blanked else ''} "
        + (f"anti join {subject.table('excluded')} as gone using (_line)" if subject.excluded else "")
    )


def _value(field: Field, subject: Subject) -> str:
    """SQL: what goes on of the field."""
    value = f"one.{quoted(field.name)}"
    if subject.blanked:
        is_lost = f"list_contains(loss.fields, {literal(field.name)})"
        # Identifiers and codes differ between the lists of one row, so that an element is told by itself.
        left = f"list_filter({value}, lambda x: not list_contains(loss.elements, x))"
        value = f"case when {is_lost} then {left if field.type.is_list else 'null'} else {value} end"
    return f"case when len({value}) > 0 then {value} end" if field.type.is_list else value
