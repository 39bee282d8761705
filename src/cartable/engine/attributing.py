"""Finds what references that lead nowhere have in common: a column, a file, a record that is misspelt.

What nobody can correct reference by reference has one cause: a column that holds identifiers of another
file, a file that lacks rows, an identifier that all who refer to it spell otherwise. Only a delivery with
such references costs anything.
"""

import json
from collections.abc import Iterator, Mapping

from cartable.engine import linking, resembling, spelling
from cartable.engine.findings import Found, add
from cartable.engine.subjects import Subject, guarded
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.rules.catalogue import RULES

Subjects = Mapping[str, Subject]

MANY = 20
"""So many different identifiers that one file lacks are the fault of the file."""

_MISSING = literal("reference.missing")
# Of a file that lacks rows: what says so, and the case of references to them.
_STOPS = {"file.header-only": "empty", "file.cut": "cut"}
_SPELLING = RULES["key.spelling"]

# References that lead nowhere, which nothing explains yet, and the record that each was probably meant for.
_LOOSE = f"""
create or replace temp table loose as
select finding.rowid as finding, finding.entity, finding.field, pointer.target, line, value,
    json_extract_string(detail, '$.closest') as closest
from finding join (values {{pointers}}) as pointer (entity, field, target)
    on pointer.entity = finding.entity and pointer.field = finding.field
where code = {_MISSING} and damage is null and value is not null
    and json_extract_string(detail, '$.case') is distinct from 'list'
"""

# Records whose identifier several rows spell otherwise, all of them alike.
_SPELLED = """
create or replace temp table spelled as
select target, closest as id, min(value) as value, count(distinct (entity, line)) as times
from loose where closest is not null group by target, closest
having count(distinct value) = 1 and count(distinct (entity, line)) > 1
"""

# Where an identifier has digits, small letters and capitals: what those of one series have in common.
_DIGITS, _SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_SIGNS = literal(_DIGITS + _SMALL + _SMALL.upper())
_KINDS = literal("9" * len(_DIGITS) + "a" * len(_SMALL) + "A" * len(_SMALL))


def attribute(workspace: Workspace, subjects: Subjects) -> None:
    """Let references that lead nowhere follow from what explains them, or say what they have in common."""
    pointers = ", ".join(
        f"({literal(subject.entity.name)}, {literal(field.name)}, {literal(field.reference.entity)})"
        for subject in subjects.values()
        for field in subject.entity.references
        if field.reference and subject.has(field.name)
    )
    if not pointers or not workspace.execute(f"select 1 from finding where code = {_MISSING} limit 1"):
        return
    with guarded(next(iter(subjects.values())), "reference"):
        workspace.execute(_LOOSE.format(pointers=pointers))
        _note_those_that_go(workspace, subjects)
        _note_exchanged_columns(workspace, subjects)
        _note_misspelt_keys(workspace, subjects)
        workspace.execute("delete from loose where closest is not null")
        _note_incomplete_files(workspace, subjects)
        workspace.execute("drop table loose")


def _settle(workspace: Workspace, chosen: str, damage: str = "", **detail: str) -> None:
    """Say of loose references what they have in common, and from what they follow; they are loose no more.

    Args:
        chosen: SQL: a select of `finding`, and of what `damage` asks for.
        damage: SQL that sets the columns which name the finding that they follow from.
        detail: what their detail gets; nothing is suggested for them any more.
    """
    told = literal(json.dumps({"closest": None, "closest_label": None, "closest_characters": None, **detail}))
    workspace.execute(f"create or replace temp table chosen as {chosen}")
    workspace.execute(
        f"""update finding set {damage and f"{damage},"}
            detail = cast(json_merge_patch(coalesce(detail, '{{}}'), {told}) as varchar)
        from chosen where chosen.finding = finding.rowid"""
    )
    workspace.execute("delete from loose where finding in (select finding from chosen)")


def _led_by(code: str, entity: str, field: str = "null", line: str = "null") -> str:
    """SQL: names a finding about a whole column, or about a whole file; of a row that is not left out."""
    return f"damage = {code}, damage_entity = {entity}, damage_field = {field}, damage_line = {line}"


def _note_those_that_go(workspace: Workspace, subjects: Subjects) -> None:
    """References to rows of a package that are to be deleted (`going_<file>`)."""
    known = {name for (name,) in workspace.execute("select table_name from duckdb_tables()")}
    for (name,) in workspace.execute("select distinct target from loose order by all"):
        going = f"going_{name}"
        if going in known:
            key = spelling.trimmed(quoted(subjects[name].entity.key[0]))
            _settle(
                workspace,
                f"select finding from loose where target = {literal(name)} "
                f"and value in (select {key} from {quoted(going)})",
                case="going",
            )


def _note_exchanged_columns(workspace: Workspace, subjects: Subjects) -> None:
    """Columns most of which lead nowhere, because they hold the identifiers of another file."""
    told = workspace.execute(
        "select entity, field, target, count(*), count(distinct value) from loose group by all order by all"
    )
    for entity, name, target, references, values in told:
        subject = subjects[entity]
        pointers = linking.pointers(subject, subject.entity.field(name))
        if 2 * references < subject.count(f"({pointers})"):
            continue
        column = f"from loose where entity = {literal(entity)} and field = {literal(name)}"
        for other in subjects.values():
            if other.entity.name == target or not other.file or not linking.is_target(other):
                continue
            held = f"{column} and value in (select id from ({linking.identifiers(other)}) as known)"
            found = workspace.execute(f"select count(distinct value) {held}")[0][0]
            # A few may be wrong besides.
            if 10 * found >= 9 * values:
                _settle(workspace, f"select finding {held}", case="elsewhere", held=other.file.name)
                break


def _note_misspelt_keys(workspace: Workspace, subjects: Subjects) -> None:
    """Records that nobody refers to by the identifier that they have, though several rows mean them."""
    if not workspace.execute(_SPELLED)[0][0]:
        return
    targets = [str(name) for (name,) in workspace.execute("select distinct target from spelled order by all")]
    for subject in subjects.values():
        for field in subject.entity.references:
            if field.reference and field.reference.entity in targets and subject.has(field.name):
                workspace.execute(
                    f"delete from spelled where target = {literal(field.reference.entity)} "
                    f"and id in (select id from ({linking.pointers(subject, field)}) as pointer)"
                )
    for name in targets:
        target = subjects[name]
        _choose_misspelt(target)
        add(workspace, _misspelt(target))
        _settle(
            workspace,
            "select finding, misspelt.line from loose join misspelt on misspelt.id = loose.closest "
            f"where loose.target = {literal(name)}",
            _led_by(literal(_SPELLING.code), literal(name), literal(target.entity.key[0]), "chosen.line"),
            case="target",
        )


def _choose_misspelt(target: Subject) -> None:
    """Make `misspelt` of those `spelled` whose other spelling fits the target's identifiers as well.

    Where identifiers are a capital and six digits, one with a letter among the digits is the wrong one
    of the two.
    """
    key = quoted(target.entity.key[0])
    form = "translate({}, {}, {})".format("{}", _SIGNS, _KINDS)
    lengths = "select length(id) from spelled union select length(value) from spelled"
    target.execute(
        f"""create or replace temp table misspelt as
        with series as (
            select {form.format("id")} as form, count(*) as times from ({linking.identifiers(target)}) as one
            where length(id) in ({lengths}) group by form
        ), row as (
            select {key} as id, min(_line) as line from {target.table("canonical")}
            where {key} in (select id from spelled) group by {key}
        )
        select spelled.*, row.line from spelled join row using (id)
        join series as own on own.form = {form.format("spelled.id")}
        left join series as other on other.form = {form.format("spelled.value")}
        where target = {literal(target.entity.name)} and own.times - 1 <= coalesce(other.times, 0)"""
    )


def _misspelt(target: Subject) -> Iterator[Found]:
    """The findings on the records in `misspelt`."""
    assert target.file is not None
    name = target.entity.key[0]
    header = target.layout.column_of(name).name
    for line, identifier, meant, times in target.execute(
        "select line, id, value, times from misspelt order by line"
    ):
        detail = {"other": str(meant), "count": str(times)}
        if characters := resembling.look_alike(str(identifier), str(meant)):
            detail |= {"case": "alike", "character": characters}
        place = (target.entity.name, target.file.name, int(str(line)), header, name)
        yield Found(_SPELLING, *place, value=str(identifier), detail=detail)


def _note_incomplete_files(workspace: Workspace, subjects: Subjects) -> None:
    """Files that lack what others refer to: cut off, without rows, destroyed in part, or not whole."""
    for name, values in workspace.execute("select target, count(distinct value) from loose group by target"):
        chosen = f"select finding from loose where target = {literal(name)}"
        if code := _what_stops(subjects[name]):
            _settle(workspace, chosen, _led_by(literal(code), literal(name)), case=_STOPS[code])
        elif code := _what_destroys(subjects[name], values):
            field = literal(subjects[name].entity.key[0])
            _settle(workspace, chosen, _led_by(literal(code), literal(name), field))
        elif values >= MANY:
            case = "many-unread" if subjects[name].unread else "many"
            _settle(workspace, chosen, case=case, count=str(values))


def _what_stops(target: Subject) -> str | None:
    """The finding that says why a file lacks rows: it has none, or its end is missing and all else read."""
    codes = ", ".join(map(literal, _STOPS))
    told = target.execute(
        f"select code, line from finding where entity = {literal(target.entity.name)} and code in ({codes})"
    )
    for code, line in told:
        others = f"{linking.unread_rows(target)} as unread where line is distinct from {line or 'null'}"
        if not target.unread or not target.count(others):
            return str(code)
    return None


def _what_destroys(target: Subject, values: int) -> str | None:
    """The damage of most identifiers of a file, where so many were destroyed as are missed, or more.

    Those of which a reference has shown what they were are missed no more.
    """
    key = f"entity = {literal(target.entity.name)} and field = {literal(target.entity.key[0])}"
    told = target.execute(
        f"""select damage, count(distinct line) as lines from finding
        where code = 'key.damaged' and {key} and json_extract_string(detail, '$.case') is null
            and line not in (select line from damaged where {key} and meant is not null)
        group by damage order by lines desc, damage"""
    )
    return str(told[0][0]) if told and sum(int(str(lines)) for _, lines in told) >= values else None
