"""Names what a spreadsheet has done to a column, once a column instead of once a row.

It looks at the values of findings; beyond them only in files in which the byte scan saw a trace of
damage: identifiers are damaged without a finding where all files went through the same program. The
rows' findings stay as they are, and follow from the column's.
"""

from collections.abc import Iterator, Mapping

from cartable.engine import dating, restoring, spelling
from cartable.engine.findings import Found, add
from cartable.engine.garbling import read_again
from cartable.engine.subjects import Subject, guarded
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Field
from cartable.model.types import FieldType
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Damage
from cartable.rules.rule import Rule

Subjects = Mapping[str, Subject]
# A check of the family and its rule.
_Check = tuple[Rule, Damage]

# Damaged values: where they are, what they are damaged by, what they should be where that is known,
# and the finding (its rowid) that follows, if the value has one.
_DAMAGED = """
create or replace temp table damaged (
    entity varchar, field varchar, line bigint, value varchar, code varchar, "case" varchar, meant varchar,
    finding bigint
)
"""

_CHECKS: tuple[_Check, ...] = tuple(
    (rule, check) for rule in RULES.values() for check in rule.checks if isinstance(check, Damage)
)
_EXPLAINED = ", ".join(sorted({literal(code) for _, check in _CHECKS for code in check.explains}))
_TRACED = frozenset(rule.code for rule, check in _CHECKS if check.traces)
_KEY = literal("key.damaged")
_SCANNED = (FieldType.STRING, FieldType.ID, FieldType.ID_LIST)
_MIXED = "mixed"


def look(workspace: Workspace, subjects: Subjects) -> None:
    """Make `damaged`."""
    workspace.execute(_DAMAGED)
    judged = _judged_ones(subjects)
    is_traced = any(subject.traces & _TRACED for subject in judged.values())
    if not judged or not (is_traced or workspace.execute("select 1 from finding limit 1")):
        return
    with guarded(next(iter(judged.values())), "spreadsheet"):
        # One column a statement: all at once they need more than little memory.
        for select in (*_suspected(workspace, judged), *_scanned(judged)):
            workspace.execute(f"insert into damaged by name {select}")
        restoring.note_codes_with_decimals(workspace, judged)
        restoring.note_lost_zeros(workspace, judged)
        restoring.note_damaged_targets(workspace, judged)


def tell(workspace: Workspace, subjects: Subjects) -> None:
    """Write one finding for each column and kind of damage, and let what it explains follow from it."""
    if workspace.execute("select 1 from damaged limit 1"):
        judged = _judged_ones(subjects)
        with guarded(next(iter(judged.values())), "spreadsheet"):
            _tell(workspace, judged)
            _lead(workspace)


def _judged_ones(subjects: Subjects) -> Subjects:
    return {name: subject for name, subject in subjects.items() if subject.rows}


def _applies(check: Damage, field: Field) -> bool:
    return (not check.types or field.type in check.types) and check.prose in (None, field.prose)


def _suspected(workspace: Workspace, subjects: Subjects) -> Iterator[str]:
    """SQL: the damaged values among those of findings, of all fields that the same checks judge at once."""
    told = (
        "select distinct entity, field from finding "
        f"where code in ({_EXPLAINED}) and field is not null and value is not null"
    )
    fields: dict[tuple[int, ...], list[str]] = {}
    for entity, name in sorted(workspace.execute(told)):
        field = subjects[entity].entity.field(name)
        which = (n for n, (_, check) in enumerate(_CHECKS) if check.explains and _applies(check, field))
        fields.setdefault(tuple(which), []).append(f"({literal(entity)}, {literal(name)})")
    for places, names in fields.items():
        conditions = [
            (rule, check, f"told in ({', '.join(map(literal, check.explains))}) and ({check.condition})")
            for rule, check in (_CHECKS[n] for n in places)
        ]
        yield from _judged(
            "select entity, field, line, trim(value, ' \t') as value, code as told, rowid as finding "
            f"from finding where (entity, field) in ({', '.join(names)}) and value is not null",
            conditions,
        )


def _scanned(subjects: Subjects) -> Iterator[str]:
    """SQL: the damaged values among texts and identifiers, in files with traces of the damage."""
    for subject in subjects.values():
        for field in subject.present if subject.traces & _TRACED else ():
            conditions = [
                (rule, check, _beyond_ascii(check))
                for rule, check in _CHECKS
                if rule.code in subject.traces and check.traces and _applies(check, field)
            ]
            if field.type in _SCANNED:
                yield from _judged(_values(subject, field), conditions)


def _beyond_ascii(check: Damage) -> str:
    """The check's condition, where its traces say so after asking whether a value is more than ASCII."""
    if any(trace.isascii() for trace in check.traces):
        return check.condition
    return f"strlen({{value}}) <> length({{value}}) and ({check.condition})"


def _values(subject: Subject, field: Field) -> str:
    """SQL: every value of a field; other blanks than these may be what is left of a letter."""
    name = quoted(field.name)
    return (
        f"select {literal(subject.entity.name)} as entity, {literal(field.name)} as field, _line as line, "
        f"trim({name}, ' \t') as value, cast(null as bigint) as finding "
        f"from {subject.table('raw')} where {name} is not null"
    )


def _judged(source: str, conditions: list[tuple[Rule, Damage, str]]) -> Iterator[str]:
    """SQL: the damaged ones of these values, each by the first condition that is true of it.

    Args:
        source: a SELECT of entity, field, line, value, finding, and what the conditions ask for.
        conditions: over the value.
    """
    if not conditions:
        return
    which = " ".join(
        f"when {spelling.filled(condition, {'value': 'value'})} then {n}"
        for n, (_, _, condition) in enumerate(conditions)
    )
    kinds = ", ".join(
        f"({n}, {literal(rule.code)}, {literal(check.case)})" for n, (rule, check, _) in enumerate(conditions)
    )
    # Joined, so that the conditions, long as they are, stand only once: planning would take longest.
    yield (
        f'select entity, field, line, value, finding, kind.code, kind."case" from ({source}) as one '
        f'join (values {kinds}) as kind (n, code, "case") on kind.n = case {which} end'
    )


def _lead(workspace: Workspace) -> None:
    """Let findings follow from the damage of their column, or of the one that they refer to."""
    led = "damage = damaged.code, damage_entity = damaged.entity, damage_field = damaged.field"
    workspace.execute(
        f"update finding set {led} from damaged where damaged.finding = finding.rowid and damage is null"
    )
    # These are right, and it is their target's identifier that is to be corrected.
    workspace.execute(
        """update finding set
            detail = cast(json_merge_patch(coalesce(detail, '{}'), '{"case": "target"}') as varchar)
        where code = 'reference.missing' and damage_field is not null
            and (damage_entity, damage_field) is distinct from (entity, field)"""
    )
    # What references have shown of an identifier is no finding's value.
    workspace.execute(
        f"""update finding set {led}
        from (select entity, field, line, min(code) as code from damaged group by all) as damaged
        where finding.code = {_KEY} and damage is null and finding.entity = damaged.entity
            and finding.field = damaged.field and finding.line = damaged.line"""
    )


def _tell(workspace: Workspace, subjects: Subjects) -> None:
    """One finding a column and kind of damage, at its first value, of codes the first that is known."""
    told = workspace.execute(
        f"""select entity, field, code, arg_min(line, place), arg_min(value, place), arg_min(meant, place),
            count(distinct line), list(distinct "case")
        from (
            select *, case when code = {restoring.DECIMAL} and meant is null then 1e12 else 0 end + line
                as place from damaged
        )
        group by entity, field, code"""
    )
    found = []
    for entity, field, code, line, value, meant, count, cases in told:
        subject, rule = subjects[entity], RULES[code]
        assert subject.file is not None
        detail = {"count": str(count)}
        named = sorted(filter(None, cases))
        if named:
            detail["case"] = _MIXED if len(named) > 1 and _MIXED in rule.cases else named[0]
        if "day" in rule.details:
            detail |= _day(workspace, subject, value)
        if "other" in rule.details and (other := meant or read_again(value)) != value:
            detail["other"] = other
        header = subject.layout.column_of(field).name
        found.append(Found(rule, entity, subject.file.name, line, header, field, value=value, detail=detail))
    add(workspace, found)


def _day(workspace: Workspace, subject: Subject, value: str) -> dict[str, str]:
    """The day that a number of days is, and whether that is certain."""
    # The files of other formats say nothing of grades and years in this way.
    known = not subject.is_packaged
    first = dating.first_day(workspace, subject.entity.name, subject.options) if known else None
    ((day,),) = workspace.execute(f"select {dating.read(literal(value), first or dating.USUAL)}")
    return {"day": day, **({"case": "certain"} if first else {})}
