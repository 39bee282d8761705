"""Judges one entity's rows: every rule that needs a single row, in one scan of its file.

The scan keeps the rows in which anything may be at fault; only those are looked at closely.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from cartable.engine import respelling, spelling
from cartable.engine.subjects import Subject, detail_of, guarded
from cartable.engine.workspace import literal, quoted
from cartable.model.entities import Field
from cartable.model.findings import Action, Severity
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Row
from cartable.rules.derived import WHITESPACE
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
        subject.make_views()
        return
    faults = [*_value_faults(subject), *_row_faults(subject)]
    with guarded(subject, "value"):
        try:
            respelling.respell(subject)
            if any(True for _ in _row_checks(subject)):
                subject.make_views()
            _look(subject, faults)
        finally:
            subject.make_views()


def _look(subject: Subject, faults: list[_Fault]) -> None:
    subject.set_apart(" or ".join(f"({condition})" for condition in _suspicions(subject)))
    if subject.is_mended:
        _look_closely(subject, faults)


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
        if WHITESPACE.code in subject.traces:
            yield spelling.has_blank_end(value)
        if is_destroyed := _is_destroyed(subject, field, value):
            yield is_destroyed
        for rule, check in spelling.cell_checks(
            field, subject.options, required=subject.is_required(field.name)
        ):
            if rule.action is not Action.TRIM:
                yield spelling.cell_condition(check, field, subject.options, value)
    names = {field.name: quoted(field.name) for field in subject.present}
    for _, row in _row_checks(subject):
        broken = spelling.filled(row.condition, names)
        yield f"_line in (select _line from {subject.table('canonical')} where {broken})"


def _is_destroyed(subject: Subject, field: Field, value: str) -> str | None:
    """SQL: whether the value is a destroyed part of the key; None where the file has no trace of that."""
    return spelling.destroyed(subject.entity, field, value, subject.traces)


def _received(field: Field) -> str:
    return quoted(f"received {field.name}")


def _trimmed(field: Field) -> str:
    return quoted(f"trimmed {field.name}")


def _value_faults(subject: Subject) -> Iterator[_Fault]:
    for field in subject.present:
        for rule, check in spelling.cell_checks(
            field, subject.options, required=subject.is_required(field.name)
        ):
            if field.type.is_list and not check.whole:
                continue
            value = _trimmed(field)
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
        if is_destroyed := _is_destroyed(subject, field, _trimmed(field)):
            rule = RULES["key.damaged"]
            yield _Fault(rule, *subject.by_requirement(rule, field.name), field, is_destroyed)


def _row_faults(subject: Subject) -> Iterator[_Fault]:
    names = {field.name: quoted(field.name) for field in subject.present}
    for rule, check in _row_checks(subject):
        details = {name: spelling.filled(sql, names) for name, sql in check.details.items()}
        yield _Fault(
            rule,
            *subject.by_requirement(rule, check.field),
            subject.entity.field(check.field),
            spelling.filled(check.condition, names),
            detail_of(details),
        )


def _row_checks(subject: Subject) -> Iterator[tuple[Rule, Row]]:
    """The rules on one row that the options ask for and the delivered columns allow."""
    absent = [field.name for field in subject.entity.fields if not subject.has(field.name)]
    for rule in RULES.values():
        for check in rule.checks:
            if not isinstance(check, Row) or check.entity != subject.entity.name:
                continue
            if check.packaged is not subject.is_packaged:
                continue
            if check.option and not getattr(subject.options, check.option):
                continue
            if not any("{" + name + "}" in check.condition for name in absent):
                yield rule, check


def _list_detail(subject: Subject, field: Field, rule: Rule) -> str:
    """The name of the field's code list, where the rule's message names it, and what can be done."""
    if field.vocabulary is None or not rule.details:
        return "null"
    vocabulary = subject.options.vocabulary(field.vocabulary)
    case = "extensible" if vocabulary.extensible else vocabulary.name
    detail = dict.fromkeys(rule.details, vocabulary.name)
    if case in rule.cases:
        detail["case"] = case
    return literal(json.dumps(detail))


def _look_closely(subject: Subject, faults: list[_Fault]) -> None:
    """Judge the suspects: note every fault, and spell the rows so that nobody need look again."""
    received = ", ".join(
        f"{quoted(field.name)} as {_received(field)}, "
        f"{spelling.trimmed(quoted(field.name))} as {_trimmed(field)}"
        for field in subject.present
    )
    spelled = ", ".join(f"{_spelled(subject, field)} as {quoted(field.name)}" for field in subject.present)
    flags = ", ".join(f"{fault.condition} as flag_{n}" for n, fault in enumerate(faults))
    subject.execute(
        f"""create or replace temp table close as select *, {flags}
        from (
            select *, {spelled} from (select _line, {received} from {subject.table("suspect")}) as trimmed
        ) as spelled"""
    )
    subject.note_all(
        " union all by name ".join((_found(faults), *_found_in_lists(subject))),
        {Action.EXCLUDE, Action.BLANK},
    )
    _mend(subject)
    subject.execute("drop table close")


def _spelled(subject: Subject, field: Field) -> str:
    """SQL: the canonical spelling of a trimmed value, NULL where it cannot be used."""
    value = _trimmed(field)
    spelled = spelling.canonical(field, subject.options, value, faulty=True)
    is_destroyed = _is_destroyed(subject, field, value)
    return f"case when {is_destroyed} then null else {spelled} end" if is_destroyed else spelled


def _found(faults: list[_Fault]) -> str:
    """SQL: what the rules on single rows find among the rows of `close`, one row a fault."""
    flagged = ", ".join(
        f"case when flag_{n} then {{'n': {n}, 'value': {_received(fault.field)}, "
        f"'detail': cast({fault.detail} as varchar)}} end"
        for n, fault in enumerate(faults)
    )
    kinds = ", ".join(
        f"({n}, {literal(fault.rule.code)}, {literal(fault.severity)}, {literal(fault.action)}, "
        f"{literal(fault.field.name)})"
        for n, fault in enumerate(faults)
    )
    return (
        "select _line, kind.code, kind.severity, kind.action, kind.field, fault.value, fault.detail "
        f"from (select _line, unnest([{flagged}]) as fault from close) as one "
        f"join (values {kinds}) as kind (n, code, severity, action, field) on kind.n = one.fault.n"
    )


def _found_in_lists(subject: Subject) -> Iterator[str]:
    """SQL: each element of a list that is at fault alone: it goes, the others stay."""
    for field in subject.present:
        for rule, check in spelling.value_checks(field) if field.type.is_list else ():
            severity, action = subject.by_requirement(rule, field.name)
            condition = spelling.cell_condition(check, field, subject.options, "element")
            yield (
                f"select distinct _line, {literal(rule.code)} as code, {literal(severity)} as severity, "
                f"{literal(action)} as action, {literal(field.name)} as field, element as value, element, "
                f"{_list_detail(subject, field, rule)} as detail from (select _line, "
                f"unnest({spelling.elements(quoted(field.name))}) as element "
                f"from {subject.table('suspect')}) as listed where {condition}"
            )


def _mend(subject: Subject) -> None:
    """Keep the suspects in canonical spelling, without the values that are at fault."""
    present = {field.name for field in subject.present}
    fields = []
    for field in subject.entity.fields:
        name = quoted(field.name)
        if field.name not in present:
            fields.append(f"cast(null as {'varchar[]' if field.type.is_list else 'varchar'}) as {name}")
        elif field.type.is_list:
            fields.append(name)
        else:
            is_damaged = f"list_contains(damage.fields, {literal(field.name)})"
            fields.append(f"case when {is_damaged} then null else {name} end as {name}")
    keys = (
        f"{_trimmed(field) if field.name in present else 'cast(null as varchar)'} as {_trimmed(field)}"
        for field in map(subject.entity.field, subject.entity.key)
    )
    subject.execute(
        f"""create or replace table {subject.table("mended")} as
        select close._line, {", ".join([*fields, *keys])}, damage.fields as _damaged
        from close left join (
            select _line, list(distinct field) as fields from note
            where action in ({literal(Action.EXCLUDE)}, {literal(Action.BLANK)}) group by _line
        ) as damage using (_line)"""
    )
