"""Finds what a damaged value was: identifiers and codes with their zeros, garbled letters."""

from collections.abc import Iterator, Mapping

from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Field
from cartable.rules.catalogue import RULES

Subjects = Mapping[str, Subject]

_ZEROS = literal(RULES["spreadsheet.zeros"].code)
_DIGITS = r"'\A[0-9]+\z'"


def read_again(value: str) -> str:
    """A text that was garbled by being read as Windows-1252, as it was; where that fails, as it is."""
    try:
        return value.replace("\u00c3 ", "\u00c3\u00a0").encode("cp1252").decode("utf-8")
    except UnicodeError:
        return value


def note_lost_zeros(workspace: Workspace, subjects: Subjects) -> None:
    """Add to `damaged` numbers that are there with more or fewer zeros at their beginning.

    A reference that is shorter than the identifier that is there has lost them; where it is longer,
    the identifiers that it refers to have.
    """
    told = (
        "select distinct entity, field, code from finding where code in ('reference.missing', 'value.code') "
        f"and field is not null and regexp_matches(value, {_DIGITS})"
    )
    for entity, name, code in sorted(workspace.execute(told)):
        subject = subjects[entity]
        field = subject.entity.field(name)
        target = field.reference and subjects.get(field.reference.entity)
        known = _identifiers(target) if target else _codes(subject, field)
        if known is None:
            continue
        pairs = _pairs(entity, name, code, known)
        if not workspace.execute(f"create or replace temp table lost_zeros as {pairs}")[0][0]:
            continue
        workspace.execute(
            f"""insert into damaged by name select {literal(entity)} as entity, {literal(name)} as field,
                line, value, {_ZEROS} as code, meant, finding
            from lost_zeros where length(value) < length(meant)"""
        )
        if target:
            _blame_target(workspace, target)


def _pairs(entity: str, field: str, code: str, known: str) -> str:
    """SQL: findings about numbers, each with a number of the known ones that differs in zeros alone."""
    return f"""
        with told as (
            select rowid as finding, line, trim(value) as value from finding
            where code = {literal(code)} and entity = {literal(entity)} and field = {literal(field)}
                and regexp_matches(trim(value), {_DIGITS})
                and rowid not in (select finding from damaged where finding is not null)
        ), meant as (
            select told.value, min(known.id) as meant from (select distinct value from told) as told
            join ({known}) as known on ltrim(known.id, '0') = ltrim(told.value, '0')
            where known.id <> told.value group by told.value
        )
        select told.*, meant.meant from told join meant using (value)
    """


def _identifiers(target: Subject) -> str | None:
    """SQL: the identifiers of an entity that are numbers."""
    key = quoted(target.entity.key[0])
    if not target.has(target.entity.key[0]):
        return None
    return (
        f"select distinct trim({key}) as id from {target.table('raw')} "
        f"where regexp_matches(trim({key}), {_DIGITS})"
    )


def _codes(subject: Subject, field: Field) -> str | None:
    """SQL: the codes of the field's list that begin with a zero."""
    codes = ", ".join(f"({literal(code)})" for code in _with_zero(subject, field))
    return f"select id from (values {codes}) as code (id)" if codes else None


def _with_zero(subject: Subject, field: Field) -> Iterator[str]:
    if field.vocabulary:
        for code in subject.options.vocabulary(field.vocabulary).codes:
            if code.value.startswith("0") and code.value.isascii() and code.value.isdecimal():
                yield code.value


def _blame_target(workspace: Workspace, target: Subject) -> None:
    """The identifiers that references have with more zeros: their own column has lost these."""
    entity, key = literal(target.entity.name), target.entity.key[0]
    workspace.execute(
        f"""insert into damaged by name select {entity} as entity, {literal(key)} as field,
            raw._line as line, lost.meant as value, {_ZEROS} as code, lost.value as meant, lost.finding
        from {target.table("raw")} as raw
        join lost_zeros as lost on lost.meant = trim(raw.{quoted(key)})
        where length(lost.value) > length(lost.meant)"""
    )
