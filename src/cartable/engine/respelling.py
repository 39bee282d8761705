"""Spells each different value of a column once, where a column holds few different ones.

Millions of rows hold a handful of roles, dates and lists of sessions: judging each distinct value
and joining the few that differ from their canonical spelling costs a tenth of judging every cell.
"""

from cartable.engine import spelling
from cartable.engine.subjects import Subject
from cartable.engine.workspace import literal, quoted
from cartable.model.entities import Field
from cartable.model.findings import Action
from cartable.model.types import FieldType


def respell(subject: Subject) -> None:
    """Make the table of spellings of every coded field that holds more than its list's own spellings.

    Its columns: `received`, `spelled` (NULL where the value is unusable; an array for a list) and
    `is_suspect` (whether a rule may be broken). Values that are spelled as they must be stand in
    it only for lists.
    """
    plain = {field.name: texts for field in subject.present if (texts := _plain(subject, field))}
    doubts = ", ".join(
        f"(select bool_or(one not in ({', '.join(map(literal, texts))})) "
        f"from (select distinct {quoted(name)} as one from {subject.table('raw')}))"
        for name, texts in plain.items()
    )
    answers = subject.execute(f"select {doubts}")[0] if doubts else ()
    is_doubtful = dict(zip(plain, answers, strict=True))
    for field in subject.present:
        if spelling.is_coded(field) and is_doubtful.get(field.name, True):
            _respell(subject, field)


def _plain(subject: Subject, field: Field) -> tuple[str, ...]:
    """Values that are canonical and that no rule finds anything in; none where there is no short list."""
    if field.type is FieldType.BOOLEAN:
        return ("true", "false")
    if field.type is FieldType.ENUM and field.vocabulary:
        return tuple(code.value for code in subject.options.vocabulary(field.vocabulary).codes)
    return ()


def _respell(subject: Subject, field: Field) -> None:
    table = subject.spellings(field.name)
    value = spelling.without_blanks("received")
    listed = "true" if field.type.is_list else "is_suspect or spelled is distinct from received"
    subject.execute(
        f"""create or replace table {table} as select * from (
            select received, {spelling.canonical(field, subject.options, "value", faulty=True)} as spelled,
                {_suspicion(subject, field)} as is_suspect
            from (select received, {value} as value from (
                select distinct {quoted(field.name)} as received from {subject.table("raw")}
                where {quoted(field.name)} is not null))
        ) as one where {listed}"""
    )
    others = "true" if field.type.is_list else "not is_suspect"
    is_respelled, is_suspected = subject.execute(
        f"select coalesce(bool_or({others}), false), coalesce(bool_or(is_suspect), false) from {table}"
    )[0]
    if is_respelled:
        subject.respelled.add(field.name)
    if is_suspected:
        subject.suspected.add(field.name)


def _suspicion(subject: Subject, field: Field) -> str:
    """SQL: whether a rule may find something in the value."""
    doubts = [spelling.has_blank_end("received"), "value is null"]
    if field.type.is_list:
        for _, check in spelling.value_checks(field):
            broken = spelling.cell_condition(check, field, subject.options, "one")
            doubts.append(f"len(list_filter({spelling.elements('value')}, lambda one: {broken})) > 0")
    else:
        required = subject.is_required(field.name)
        for rule, check in spelling.cell_checks(field, subject.options, required=required):
            if rule.action is not Action.TRIM:
                doubts.append(spelling.cell_condition(check, field, subject.options, "value"))
    return " or ".join(f"coalesce({doubt}, false)" for doubt in doubts)
