"""Finds what a damaged value was: identifiers and codes with their zeros, garbled letters.

An identifier that is damaged where it stands, and whole where others refer to it, is found here too.
"""

from collections.abc import Iterator, Mapping

from cartable.engine import recoding, spelling
from cartable.engine.garbling import read_again
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Field
from cartable.model.types import FieldType
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Damage

Subjects = Mapping[str, Subject]

_ZEROS = literal(RULES["spreadsheet.zeros"].code)
_DIGITS = r"'\A[0-9]+\z'"
_MOJIBAKE = literal(RULES["spreadsheet.mojibake"].code)
DECIMAL = literal(RULES["spreadsheet.decimal"].code)
_SCIENTIFIC = literal(RULES["spreadsheet.scientific"].code)
# How many different garbled identifiers of one entity are read again.
_MOST = 10_000

# Identifiers that are damaged, each once, and what they may have been.
_DAMAGED_KEYS = """
create or replace temp table damaged_key as
select value, code, min(line) as line from damaged where entity = {entity} and field = {field} group by all
"""
_RESTORED = "create or replace temp table restored (value varchar, code varchar, line bigint, meant varchar)"
# A long number as the spreadsheet wrote the damaged one: a point or comma, as many digits.
_SHORTENED = f"""
    with key as (
        select *, regexp_replace(replace(value, ',', '.'), 'E[+]0*([0-9])', 'E+\1') as number,
            length(regexp_extract(value, '[.,]([0-9]+)', 1)) as decimals
        from damaged_key where code = {_SCIENTIFIC}
    ), shortened as (
        select told.value as meant, decimals, regexp_replace(
            format('{{:.' || decimals || 'E}}', cast(told.value as double)), 'E[+]0*([0-9])', 'E+\1'
        ) as number
        from (select distinct value from unresolved where regexp_matches(value, {_DIGITS})) as told,
            (select distinct decimals from key) as form
    )
    select value, code, line, meant from key join shortened using (decimals, number)
"""


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
    """SQL: findings about numbers, each with the one number known that differs in zeros alone."""
    return f"""
        with told as (
            select rowid as finding, line, trim(value) as value from finding
            where code = {literal(code)} and entity = {literal(entity)} and field = {literal(field)}
                and regexp_matches(trim(value), {_DIGITS})
                and rowid not in (select finding from damaged where finding is not null)
        ), meant as (
            select told.value, min(known.id) as meant from (select distinct value from told) as told
            join ({known}) as known on ltrim(known.id, '0') = ltrim(told.value, '0')
            where known.id <> told.value group by told.value having count(distinct known.id) = 1
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


def note_broken_keys(workspace: Workspace, subjects: Subjects) -> int:
    """Make `broken_key`: identifiers that references have shown to be damaged, and what they were.

    Those of rows that could not be parsed are not among them, nor those that were destroyed: their rows are
    left out already, and what they were is unsure.

    Returns:
        How many there are.
    """
    keys = ", ".join(
        f"({literal(subject.entity.name)}, {literal(key)})"
        for subject in subjects.values()
        for key in subject.entity.key
        if subject.entity.field(key).type is FieldType.ID and not subject.entity.field(key).reference
    )
    (written,) = workspace.execute(
        f"""create or replace temp table broken_key as
        select distinct entity, line, value, meant from damaged
        where meant is not null and (entity, field) in ({keys}) and (entity, line) not in (
            select entity, line from pulled union all
            select entity, line from finding where code = 'key.damaged'
        )"""
    )
    return int(written[0])


def note_codes_with_decimals(workspace: Workspace, subjects: Subjects) -> None:
    """Write into `damaged` which codes the numbers were that a program gave decimals."""
    where = f"code = {DECIMAL} and entity = {{entity}} and field = {{field}}"
    told = f"select distinct entity, field from damaged where code = {DECIMAL}"
    for entity, name in sorted(workspace.execute(told)):
        subject, field = subjects[entity], subjects[entity].entity.field(name)
        if field.vocabulary:
            meant = recoding.number_meant(field, subject.options, "value")
            own = where.format(entity=literal(entity), field=literal(name))
            workspace.execute(
                f"update damaged set meant = {meant}, \"case\" = 'code' where {own} and {meant} is not null"
            )


def note_damaged_targets(workspace: Workspace, subjects: Subjects) -> None:
    """Add to `damaged` the identifiers that missing references show undamaged, with these references.

    The reference is sound and leads nowhere because the identifier that it names is damaged.
    """
    for (name,) in workspace.execute("select distinct entity from damaged order by entity"):
        target = subjects[str(name)].entity
        pointers = ", ".join(
            f"({literal(subject.entity.name)}, {literal(field.name)})"
            for subject in subjects.values()
            for field in subject.entity.references
            if field.reference and field.reference.entity == target.name
        )
        place = {"entity": literal(target.name), "field": literal(target.key[0])}
        if not pointers or not workspace.execute(_DAMAGED_KEYS.format(**place))[0][0]:
            continue
        (unresolved,) = workspace.execute(
            f"""create or replace temp table unresolved as select rowid as finding, value from finding
            where code = 'reference.missing' and (entity, field) in ({pointers}) and value is not null
                and rowid not in (select finding from damaged where finding is not null)"""
        )
        if unresolved[0]:
            _restore(workspace)
            workspace.execute(
                f"""insert into damaged by name
                select {place["entity"]} as entity, {place["field"]} as field, restored.line,
                    restored.value, restored.code, restored.meant, unresolved.finding
                from unresolved join restored on restored.meant = unresolved.value
                qualify row_number() over (partition by unresolved.finding order by restored.line) = 1"""
            )


def _restore(workspace: Workspace) -> None:
    """Make `restored`: what the damaged identifiers may have been."""
    workspace.execute(_RESTORED)
    for rule in RULES.values():
        for check in rule.checks:
            for sql in check.restores if isinstance(check, Damage) else ():
                meant = spelling.filled(sql, {"value": "value"})
                workspace.execute(
                    f"insert into restored select value, code, line, {meant} from damaged_key "
                    f"where code = {literal(rule.code)}"
                )
    workspace.execute(f"insert into restored {_SHORTENED}")
    garbled = workspace.execute(
        f"select value, code, line from damaged_key where code = {_MOJIBAKE} order by line limit {_MOST}"
    )
    columns = {"value": "varchar", "code": "varchar", "line": "bigint", "meant": "varchar"}
    workspace.insert("restored", columns, ((*key, read_again(str(key[0]))) for key in garbled))
