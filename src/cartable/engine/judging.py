"""Judges one entity's rows: every rule that needs a single row, in one scan of its file.

The scan keeps the rows in which anything may be at fault; only those are looked at closely.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cartable.engine import respelling, spelling
from cartable.engine.subjects import Subject, guarded
from cartable.engine.workspace import literal, quoted
from cartable.model.entities import Field
from cartable.model.findings import Action, Severity
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Row
from cartable.rules.rule import Rule


@dataclass(frozen=True)
class _Fault:
    """One condition over one row of the table `close`, and what it means."""

    rule: Rule
    severity: Severity
    action: Action
    field: Field
    condition: str
    detail: str = "null"


def scan(subject: Subject) -> None:
    """Judge every row by itself: rules on single values and rules on one row's values."""
    if not subject.present:
        return
    faults = [*_value_faults(subject), *_row_faults(subject)]
    with guarded(subject, "value"):
        try:
            respelling.respell(subject)
            subject.make_views()
            _look(subject, faults)
        finally:
            subject.make_views()


def _look(subject: Subject, faults: list[_Fault]) -> None:
    suspects = " or ".join(f"({condition})" for condition in _suspicions(subject))
    subject.execute(
        f"create or replace temp table suspect as select * from {subject.table('raw')} where {suspects}"
    )
    if subject.count("suspect"):
        _look_closely(subject, faults)
        _judge_lists(subject)
    subject.execute("drop table suspect")


def _suspicions(subject: Subject) -> Iterator[str]:
    """Conditions over the values as received, of which one at least is true for every faulty row.

    A value without blanks at its ends is what the rules judge; one with such blanks is suspect
    anyway. A row whose values are all faultless is judged by its rules just as later; one with a
    faulty value is suspect anyway.
    """
    for field in subject.present:
        value = quoted(field.name)
        if spelling.is_coded(field):
            if subject.is_required(field.name):
                yield f"{value} is null"
            if field.name in subject.suspected:
                yield f"{value} in (select received from {subject.spellings(field.name)} where is_suspect)"
            continue
        yield spelling.has_blank_end(value)
        for rule, check in spelling.cell_checks(
            field, subject.options, required=subject.is_required(field.name)
        ):
            if rule.action is not Action.TRIM:
                yield spelling.cell_condition(check, field, subject.options, value)
    names = {field.name: quoted(field.name) for field in subject.present}
    for _, row in _row_checks(subject):
        broken = spelling.filled(row.condition, names)
        yield f"_line in (select _line from {subject.table('canonical')} where {broken})"


def _received(field: Field) -> str:
    return quoted(f"received {field.name}")


def _value_faults(subject: Subject) -> Iterator[_Fault]:
    for field in subject.present:
        for rule, check in spelling.cell_checks(
            field, subject.options, required=subject.is_required(field.name)
        ):
            if field.type.is_list and not check.whole:
                continue
            value = quoted(f"trimmed {field.name}")
            condition = spelling.cell_condition(check, field, subject.options, value)
            if rule.action is Action.TRIM:
                # A cell of blanks alone is an empty cell.
                condition = f"{value} is not null and {value} <> {_received(field)}"
            yield _Fault(
                rule,
                *subject.by_requirement(rule, field.name),
                field,
                condition,
                _list_detail(subject, field, rule),
            )


def _row_faults(subject: Subject) -> Iterator[_Fault]:
    names = {field.name: quoted(field.name) for field in subject.present}
    for rule, check in _row_checks(subject):
        texts = ", ".join(
            f"{literal(name)}, {spelling.filled(sql, names)}" for name, sql in check.details.items()
        )
        yield _Fault(
            rule,
            *subject.by_requirement(rule, check.field),
            subject.entity.field(check.field),
            spelling.filled(check.condition, names),
            f"json_object({texts})" if texts else "null",
        )


def _row_checks(subject: Subject) -> Iterator[tuple[Rule, Row]]:
    """The rules on one row that the options ask for and the delivered columns allow."""
    absent = [field.name for field in subject.entity.fields if not subject.has(field.name)]
    for rule in RULES.values():
        for check in rule.checks:
            if not isinstance(check, Row) or check.entity != subject.entity.name:
                continue
            if check.option and not getattr(subject.options, check.option):
                continue
            if not any("{" + name + "}" in check.condition for name in absent):
                yield rule, check


def _list_detail(subject: Subject, field: Field, rule: Rule) -> str:
    """The name of the field's code list, where the rule's message names it."""
    if field.vocabulary is None or not rule.details:
        return "null"
    name = subject.options.vocabulary(field.vocabulary).name
    return (
        f"cast(json_object({', '.join(f'{literal(d)}, {literal(name)}' for d in rule.details)}) as varchar)"
    )


def _look_closely(subject: Subject, faults: list[_Fault]) -> None:
    """Judge the suspects one rule after the other, and note what each finds."""
    received = ", ".join(
        f"{quoted(field.name)} as {_received(field)}, "
        f"{spelling.trimmed(quoted(field.name))} as {quoted(f'trimmed {field.name}')}"
        for field in subject.present
    )
    spelled = ", ".join(
        f"{spelling.canonical(field, subject.options, quoted(f'trimmed {field.name}'), faulty=True)} "
        f"as {quoted(field.name)}"
        for field in subject.present
    )
    flags = ", ".join(f"coalesce({fault.condition}, false) as flag_{n}" for n, fault in enumerate(faults))
    subject.execute(
        f"""create or replace temp table close as select *, {flags}
        from (select *, {spelled} from (select _line, {received} from suspect) as trimmed) as spelled"""
    )
    # A cell of blanks alone is no finding where it may be empty, but must be trimmed all the same.
    dirty = ", ".join(
        f"coalesce(bool_or({quoted(f'trimmed {field.name}')} is distinct from {_received(field)}), false)"
        for field in subject.present
    )
    subject.dirty = {
        field.name
        for field, is_dirty in zip(
            subject.present, subject.execute(f"select {dirty} from close")[0], strict=True
        )
        if is_dirty
    }
    sums = ", ".join(f"coalesce(bool_or(flag_{n}), false)" for n in range(len(faults)))
    found = subject.execute(f"select {sums} from close")[0]
    for n, (fault, is_found) in enumerate(zip(faults, found, strict=True)):
        if is_found:
            _note_fault(subject, fault, f"flag_{n}")
    subject.execute("drop table close")


def _note_fault(subject: Subject, fault: _Fault, flag: str) -> None:
    name = literal(fault.field.name)
    subject.note(
        fault.rule,
        fault.severity,
        fault.action,
        f"select _line, {name} as field, {_received(fault.field)} as value, {fault.detail} as detail "
        f"from close where {flag}",
    )
    if fault.action in (Action.EXCLUDE, Action.BLANK):
        subject.execute(
            f"insert into {subject.table('damaged')} select _line, {name} from close where {flag}"
        )
        subject.faulty.add(fault.field.name)


def _judge_lists(subject: Subject) -> None:
    """Judge each element of a list alone: one that is at fault goes, the others stay."""
    for field in subject.present:
        for rule, check in spelling.value_checks(field) if field.type.is_list else ():
            severity, action = subject.by_requirement(rule, field.name)
            condition = spelling.cell_condition(check, field, subject.options, "element")
            rows = (
                f"select distinct _line, {literal(field.name)} as field, element as value, element, "
                f"{_list_detail(subject, field, rule)} as detail from (select _line, "
                f"unnest({spelling.elements(quoted(field.name))}) as element from suspect) as listed "
                f"where {condition}"
            )
            if subject.note(rule, severity, action, rows):
                subject.faulty.add(field.name)
                subject.execute(f"insert into {subject.table('damaged')} select _line, field from note")
