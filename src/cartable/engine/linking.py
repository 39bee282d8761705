"""Judges what rows say of each other: keys, references, circles, and the rules that are queries."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from cartable.engine import spelling
from cartable.engine.findings import Found, add
from cartable.engine.repeating import repeated
from cartable.engine.subjects import Subject, detail_of, guarded
from cartable.engine.workspace import literal, quoted
from cartable.formats.layouts import LAYOUTS
from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.findings import Action
from cartable.model.options import CheckOptions
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Query, Row
from cartable.rules.rule import Rule

Subjects = Mapping[str, Subject]


def note_duplicates(subject: Subject) -> None:
    """Leave out every row whose key an earlier row has, or a later one whose key lost no part.

    Keys are compared in canonical spelling, optional parts that were blanked being empty. A row
    counts even if it is left out itself: that it is there says which row came first.
    """
    key = ", ".join(f"{_key_part(subject, name)} as {quoted(name)}" for name in subject.entity.key)
    names = tuple(quoted(name) for name in subject.entity.key)
    # Of two rows that differ in a part that was blanked, the sound one stays.
    optional = ", ".join(literal(name) for name in subject.entity.key if not subject.is_required(name))
    damaged = f"select _line from {subject.table('blanked')} where field in ({optional})"
    is_damaged = f"_line in ({damaged})" if optional and subject.blanked else "false"
    source = f"(select _line, {key}, {is_damaged} as is_damaged from {subject.table('canonical')} as one)"
    rule = RULES["key.duplicate"]
    with guarded(subject, rule.code):
        if not repeated(subject.workspace, source, subject.rows, names, "same_key"):
            return
        severity, action = subject.by_requirement(rule, subject.entity.key[0])
        subject.note(
            rule,
            severity,
            action,
            f"""select _line, case when is_damaged
                    then json_object('first', cast(first as varchar), 'case', 'blanked')
                    else json_object('first', cast(first as varchar)) end as detail
            from (select _line, is_damaged, first_value(_line) over (
                    partition by {", ".join(names)} order by is_damaged, _line) as first
                from same_key) as one
            where _line <> first""",
        )
        subject.add_twins("select _line from note")


def _key_part(subject: Subject, name: str) -> str:
    """SQL: one part of the key; NULL where it is required and damaged, empty where it may be absent."""
    if subject.is_required(name):
        return quoted(name)
    value = f"coalesce({quoted(name)}, '')"
    if not subject.blanked:
        return value
    blanked = f"select _line from {subject.table('blanked')} where field = {literal(name)}"
    return f"case when _line in ({blanked}) then '' else {value} end"


def leave_out_broken_keys(subject: Subject) -> None:
    """Leave out the rows whose identifier is damaged, as references to it have shown (`broken_key`)."""
    broken = f"broken_key where entity = {literal(subject.entity.name)}"
    if not subject.count(broken):
        return
    rule, name = RULES["key.damaged"], subject.entity.key[0]
    subject.note(
        rule,
        *subject.by_requirement(rule, name),
        f"""select line as _line, {literal(name)} as field, min(value) as value,
            json_object('case', 'restored', 'other', min(meant)) as detail
        from {broken} group by line""",
    )


# Entities that others refer to, in whatever format.
_TARGETS = frozenset(
    field.reference.entity
    for layout in LAYOUTS.values()
    for entity in layout.entities
    for field in entity.fields
    if field.reference
)


def settle(subject: Subject) -> None:
    """Say which rows others may refer to (`target_`), and which are there but left out (`lost_`)."""
    if subject.entity.name not in _TARGETS:
        return
    key = quoted(subject.entity.key[0])
    kind = quoted("type") if any(field.name == "type" for field in subject.entity.fields) else "null"
    excluded, target, lost = subject.table("excluded"), subject.table("target"), subject.table("lost")
    stays = bool(subject.excluded)
    known = f"select {key} as id, {kind} as kind from {subject.table('canonical')}"
    if stays:
        # Kept as a table where rows were left out, since several entities refer to it.
        subject.execute(
            f"create or replace table {subject.table('kept')} as {known} "
            f"anti join {excluded} as gone using (_line) where {key} is not null"
        )
        known = f"select id, kind from {subject.table('kept')}"
    else:
        known += f" where {key} is not null"
    subject.execute(f"create or replace view {target} as {known}")
    subject.execute(
        f"""create or replace table {lost} as select id, min(line) as line from (
            select {key} as id, _line as line from {subject.table("canonical")}
            semi join {excluded} using (_line)
            union all select {spelling.trimmed("key[1]")}, line from pulled
            where entity = {literal(subject.entity.name)}
        ) as gone where id is not null group by id"""
        if stays or subject.pulled
        else f"create or replace table {lost} (id varchar, line bigint)"
    )
    subject.unread = bool(stays or subject.pulled) and bool(subject.count(unread_rows(subject)))


def is_target(subject: Subject) -> bool:
    """Whether others refer to its rows, and these were delivered."""
    return subject.entity.name in _TARGETS and subject.has(subject.entity.key[0])


def identifiers(subject: Subject) -> str:
    """SQL: a select of the identifiers (id) of a target, those of rows that are left out too."""
    key = quoted(subject.entity.key[0])
    return f"select {key} as id from {subject.table('canonical')} where {key} is not null"


def unread_rows(subject: Subject) -> str:
    """A select in brackets: the rows (line) of a target whose key cannot be read."""
    key = quoted(subject.entity.key[0])
    parts = [f"select line from pulled where entity = {literal(subject.entity.name)} and key is null"]
    if subject.is_mended:
        parts.append(f"select _line from {subject.table('mended')} where {key} is null")
    return f"({' union all '.join(parts)})"


def note_references(subject: Subject, targets: Mapping[Field, Subject]) -> None:
    """Judge references of every row: each must name a row of its target that was not left out."""
    with guarded(subject, "reference"):
        faults = [
            fault
            for field, target in targets.items()
            if subject.has(field.name) and (target.file is not None or target.is_open)
            for fault in _reference_faults(subject, target, field)
        ]
        if faults:
            subject.note_all(" union all by name ".join(faults), {Action.EXCLUDE, Action.BLANK})


def pointers(subject: Subject, field: Field) -> str:
    """SQL: a select of (_line, id), one row a reference."""
    name, source = quoted(field.name), subject.table("canonical")
    if field.type.is_list:
        return f"select _line, unnest({name}) as id from {source} where {name} is not null"
    return f"select _line, {name} as id from {source} where {name} is not null"


def _reference_faults(subject: Subject, target: Subject, field: Field) -> Iterator[str]:
    """SQL: the findings on one reference."""
    assert field.reference is not None
    dangling = quoted(f"dangling {field.name}")
    found = subject.write(
        f"create or replace temp table {dangling} as select one.* from ({pointers(subject, field)}) as one "
        f"anti join {target.table('target')} as target on target.id = one.id"
    )
    if found and target.is_open:
        found -= _forget_outside(target, dangling)
    name, lost = literal(field.name), target.table("lost")
    element = "one.id" if field.type.is_list else "null"
    head = f"select one._line, {name} as field, one.id as value, {element} as element"
    file = f"'target', {literal(target.file.name if target.file else target.layout.name)}"
    notes = []
    if found:
        case = "" if subject.is_required(field.name) else ", 'case', 'value'"
        unread = ", 'case', 'unread'" if target.unread else ""
        if target.is_open:
            unread = ", 'case', 'outside'"
        cause = f"{literal(target.entity.name)} as cause_entity, lost.line as cause_line"
        follows = (
            f"{head}, json_object({file}{case}) as detail, {cause} "
            f"from {dangling} as one join {lost} as lost on lost.id = one.id"
        )
        nowhere = (
            f"{head}, json_object({file}{unread}) as detail "
            f"from {dangling} as one anti join {lost} as lost on lost.id = one.id"
        )
        notes = [("reference.excluded", follows), ("reference.missing", nowhere)]
    if kind := field.reference.kind:
        other = (
            f"{head}, json_object({file}, 'kind', {literal(kind)}) as detail "
            f"from ({pointers(subject, field)}) as one join {target.table('target')} as target "
            f"on target.id = one.id where target.kind <> {literal(kind)}"
        )
        notes.append(("reference.wrong-kind", other))
    for code, rows in notes:
        severity, action = subject.by_requirement(RULES[code], field.name)
        yield (
            f"select *, {literal(code)} as code, {literal(severity)} as severity, "
            f"{literal(action)} as action from ({rows}) as told"
        )


def _forget_outside(target: Subject, dangling: str) -> int:
    """Take out references to what is there beside the rows of a file that is no whole; return how many.

    Where nobody knows what is there, nothing is said of those to rows that were not left out either.
    """
    lost = f"(select id from {target.table('lost')})"
    if target.is_packaged and target.file:
        # What is to go is no record that anything may refer to.
        going = f"select {spelling.trimmed(quoted(target.entity.key[0]))} as id from {target.table('going')}"
        lost = f"(select id from (select id from {target.table('lost')} union {going}) where id is not null)"
    if target.outside is None:
        return target.write(f"delete from {dangling} where id not in {lost}")
    wanted = target.execute(f"select distinct id from {dangling}")
    batches = target.outside.anybodys(target.entity.name, iter([wanted]))
    place = 2 + [field.name for field in BY_NAME[target.entity.name].fields].index(target.entity.key[0])
    known = ((record[place],) for record in chain.from_iterable(batches) if record[1])
    target.execute("create or replace temp table outside (id varchar)")
    target.workspace.insert("outside", {"id": "varchar"}, known)
    return target.write(f"delete from {dangling} where id in (select id from outside) and id not in {lost}")


def blank_absent_target(subject: Subject, field: Field) -> int:
    """Blank every reference to an entity that was not delivered at all; return how many."""
    if not subject.has(field.name):
        return 0
    element = "id" if field.type.is_list else "null"
    before = subject.blanked
    subject.blank(f"select _line, {literal(field.name)}, {element} from ({pointers(subject, field)}) as one")
    return subject.blanked - before


def note_cycles(subject: Subject, field: Field) -> None:
    """Blank the references of an entity to itself that lead back to where they start.

    After 2^n steps upwards, with 2^n at least the number of rows, whoever is still on the way can
    only have come to a circle, and everyone on a circle has been come to.
    """
    rule = RULES["org.cycle"]
    key, parent = quoted(subject.entity.key[0]), quoted(field.name)
    if not subject.has(field.name):
        return
    with guarded(subject, rule.code):
        rows = subject.write(
            f"create or replace temp table jump as select {key} as id, {parent} as up "
            f"from {subject.table('seen')} anti join {subject.table('excluded')} using (_line) "
            f"where {key} is not null and {parent} <> {key}"
        )
        for _ in range(rows.bit_length()):
            subject.execute(
                "create or replace temp table jump as select low.id, high.up from jump as low "
                "join jump as high on high.id = low.up"
            )
        severity, action = subject.by_requirement(rule, field.name)
        subject.note(
            rule,
            severity,
            action,
            f"select _line, {literal(field.name)} as field, {parent} as value from {subject.table('seen')} "
            f"where {key} in (select up from jump)",
        )


def note_queries(subject: Subject, subjects: Subjects) -> None:
    """Run the rules that are queries and find rows of this entity, but those about receivers."""
    for rule in RULES.values():
        for check in rule.checks:
            if (
                isinstance(check, Query)
                and not check.receivers
                and check.entity == subject.entity.name
                and check.packaged is subject.is_packaged
                and subject.rows
                and can_fire(check, subjects)
            ):
                with guarded(subject, rule.code):
                    run_query(subject, rule, check)


def _is_on(option: str, options: CheckOptions) -> bool:
    """Whether an option of a check is as the rule asks; `not name` asks for it to be off."""
    if not option:
        return True
    is_set = bool(getattr(options, option.removeprefix("not ")))
    return is_set is not option.startswith("not ")


def can_fire(check: Query, subjects: Subjects) -> bool:
    """Whether the options ask for the query and all that it reads was delivered."""
    if not _is_on(check.option, subjects[check.entity].options):
        return False
    read = [subjects[name] for name in check.reads if name in subjects]
    # What one file lacks may be in the roster where it holds changes alone.
    if len(read) < len(check.reads) or (len(read) > 1 and any(subject.is_open for subject in read)):
        return False
    return all(subjects[name].has(*fields) for name, fields in check.reads.items())


def run_query(subject: Subject, rule: Rule, check: Query, receiver: str = "") -> None:
    """Note what a query finds.

    Args:
        receiver: what `{receiver}` stands for.
    """
    names = {}
    for name in re.findall(r"\{([A-Za-z][\w.]*)\}", check.sql):
        kind, _, entity = name.rpartition(".")
        names[name] = _pulled(BY_NAME[entity]) if kind == "pulled" else quoted(f"{kind or 'seen'}_{entity}")
    names["receiver"] = literal(receiver)
    if check.repeated:
        names["repeated"] = "same_values"
        words = {*re.findall(r"\w+", " ".join((check.sql, *check.repeated)))}
        read = [quoted(field.name) for field in subject.entity.fields if field.name in words]
        source = f"(select _line, _damaged, {', '.join(read)} from {subject.table('seen')})"
        if not repeated(subject.workspace, source, subject.rows, check.repeated, "same_values"):
            return
    columns = ["_line", f"{detail_of({name: quoted(name) for name in rule.details})} as detail"]
    if check.field:
        columns.append(f"{literal(check.field)} as field")
    elif "as field" in check.sql:
        columns.append("field")
    rows = f"({spelling.filled(check.sql, names)}) as found"
    if check.shows_value:
        columns.append(f"raw.{quoted(check.field)} as value")
        rows += f" join {subject.table('raw')} as raw using (_line)"
    if check.skips_excluded and subject.excluded:
        rows += (
            f" anti join (select line as _line from finding where entity = {literal(subject.entity.name)} "
            f"and action = {literal(Action.EXCLUDE)} and cause_line is null) as gone using (_line)"
        )
    severity, action = rule.outcomes.get(check.case) or subject.by_requirement(rule, check.field)
    subject.note(
        rule,
        check.severity or severity,
        check.action or action,
        f"select {', '.join(columns)} from {rows}",
    )


def _pulled(entity: Entity) -> str:
    """SQL: the readable keys of the rows that could not be parsed, one column a part."""
    parts = []
    for n, name in enumerate(entity.key, start=1):
        part = spelling.unified(entity.field(name), CheckOptions(), spelling.trimmed(f"key[{n}]"))
        parts.append(f"{part} as {quoted(name)}")
    return (
        f"(select {', '.join(parts)} from pulled where entity = {literal(entity.name)} and key is not null)"
    )


def note_conditional_columns(subject: Subject, subjects: Subjects) -> None:
    """Columns that an option makes required must be there, as all required ones must."""
    for name in dict.fromkeys(_wanted(subject, subjects)):
        if not subject.has(name):
            rule = RULES["header.missing"]
            header = subject.layout.column_of(name).name
            file = subject.file.name if subject.file else subject.layout.name
            found = Found(rule, subject.entity.name, file, 1, column=header, field=name)
            add(subject.workspace, [found])


def _wanted(subject: Subject, subjects: Subjects) -> Iterator[str]:
    for rule in RULES.values():
        for check in rule.checks:
            option = "" if not isinstance(check, Row | Query) else check.option
            if (
                subject.is_packaged
                or not option
                or option.startswith("not ")
                or not _is_on(option, subject.options)
            ):
                continue
            if isinstance(check, Row) and check.entity == subject.entity.name:
                yield check.field
            elif isinstance(check, Query) and all(subjects[name].has() for name in check.reads):
                yield from check.reads.get(subject.entity.name, ())
