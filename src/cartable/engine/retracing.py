"""Finds the records that references were probably meant for: the table `near`.

A reference that leads nowhere may be another spelling of an identifier, what people call the record,
or an identifier in which the fingers slipped. Only the references that are at fault are looked at,
each different one once and of many the most frequent, and the identifiers only once there are any.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cartable.engine import linking, resembling
from cartable.engine.subjects import Subject
from cartable.engine.workspace import literal, quoted
from cartable.model.entities import Entity, Field
from cartable.rules.derived import BLANKS

Subjects = Mapping[str, Subject]

IS_FREE = "(damage is null or (damage_entity, damage_field) = (finding.entity, finding.field))"
"""SQL: whether the value of a finding is wrong by itself, whatever has damaged it."""

SEPARATORS = r"\s*[;|]\s*"
"""What people and programs put between the elements of a list, beside commas."""

A_LIST = json.dumps({"case": "list"})
"""The detail of a value that is a list with such separators."""

# How many different values that refer to one entity are looked at, and in how many of these a slip is
# looked for.
_MOST, _MOST_SLIPS = 10_000, 1_000

# So many records that a value may be another spelling of leave open which one was meant.
_TOO_MANY = 20

# Characters of a label that are kept: it stands in every finding.
_LONGEST_LABEL = 200

# Characters of an identifier in which a slip is looked for; a UUID has 36.
_LONGEST = 40

# The field that sessions of one school year have in common.
_YEAR = "schoolYear"


@dataclass(frozen=True, slots=True)
class _Calling:
    """How people call the records of an entity.

    Args:
        names: fields that are written in place of the identifier.
        label: fields that tell which record it is; a reference stands for the label of its record.
    """

    names: tuple[str, ...]
    label: tuple[str, ...] = ()


# Nothing is told of a person beyond the identifier.
_CALLINGS: Mapping[str, _Calling] = {
    "orgs": _Calling(("name",), ("name",)),
    "academicSessions": _Calling(("title",), ("title", "schoolYear")),
    "users": _Calling(("username", "email")),
    "courses": _Calling(("title", "code"), ("title",)),
    "classes": _Calling(("title", "code"), ("title", "orgSourcedId")),
}

_UNCALLED = _Calling(())

# What folding makes alike, as a class of characters of a regular expression.
_APART = "".join(rf"\x{{{ord(one):x}}}" for one in (*BLANKS, *resembling.SEPARATORS))
# What a slip may put into an identifier.
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz-"
# Of folded identifiers: what spellings of one have in common, and some others that lack a zero; and the
# same with the zeros that count, for the few that have that in common.
_KEY = "translate(folded, 'il-o0', '11')"
_FORM = (
    r"translate(regexp_replace(translate(regexp_replace(folded, '-0+$', ''), 'ilo', '110'), "
    r"'(^|[^0-9])0+([0-9])', '\1\2', 'g'), '-', '')"
)
# The same for a number in groups, all of whose zeros count.
_WHOLE = "'~' || translate(folded, 'ilo-', '110')"
# Everything one edit away from a folded identifier; `place` is how many characters stand before it.
_SWAPPED = (
    "left(folded, place) || substr(folded, place + 2, 1) || substr(folded, place + 1, 1) "
    "|| substr(folded, place + 3)"
)
_EDITED = (
    _SWAPPED,
    "left(folded, place) || letter || substr(folded, place + 1)",
    "left(folded, place) || letter || substr(folded, place + 2)",
    "left(folded, place) || substr(folded, place + 2)",
)
# What is close to what, and the characters by which the two differ where they look the same.
_CLOSE = {"value": "varchar", "id": "varchar", "characters": "varchar"}
# What a word is, in which a letter may have slipped.
_WORD = "[^0-9-]{3}"


def _folded(identifier: str) -> str:
    """SQL: an identifier as slips are counted in it, nearly as `resembling.folded` has it."""
    foreign, latin = map(literal, resembling.HOMOGLYPHS)
    # Most identifiers are ASCII, where accents and foreign letters need not be looked for.
    plain = (
        f"lower(case when strlen({identifier}) = length({identifier}) then {identifier} "
        f"else strip_accents(translate({identifier}, {foreign}, {latin})) end)"
    )
    return f"regexp_replace({plain}, '[{_APART}]+', '-', 'g')"


def note_closest(
    subjects: Subjects, target: Subject, kind: str | None, pointers: Iterable[tuple[Entity, Field]]
) -> None:
    """Note the records closest to identifiers that are none.

    Args:
        kind: the type that the records must have, or None.
        pointers: the fields that refer to them.
    """
    fields = ", ".join(f"({literal(entity.name)}, {literal(field.name)})" for entity, field in pointers)
    target.execute(
        f"""create or replace temp table missing as
        select value, times, {_folded("value")} as folded from (
            select value, count(*) as times from finding
            where code = 'reference.missing' and (entity, field) in ({fields}) and {IS_FREE}
                and (entity, field, value) not in (select entity, field, value from near)
                and length(value) <= {resembling.LONGEST}
            group by value order by times desc, value limit {_MOST}
        ) as one"""
    )
    key = quoted(target.entity.key[0])
    suits = f"and type = {literal(kind)}" if kind else ""
    suits += f" and length({key}) <= {resembling.LONGEST}"
    target.execute(
        f"""create or replace temp table known as
        select {key} as id, {_folded(key)} as folded
        from {target.table("canonical")} where {key} is not null {suits} and {_is_sound(target)}"""
    )
    target.execute(f"create or replace temp table close ({', '.join(map(' '.join, _CLOSE.items()))})")
    for find in (_respelled, _named, _mistyped):
        found = find(target).items()
        rows = ((value, meant, meant and resembling.look_alike(value, meant)) for value, meant in found)
        target.workspace.insert("close", _CLOSE, rows)
        target.execute("delete from missing where value in (select value from close)")
    for entity, field in pointers:
        _note(subjects, target, entity, field)
    for table in ("missing", "known", "close"):
        target.execute(f"drop table {table}")


def note_lists(target: Subject, entity: Entity, field: Field) -> None:
    """Note the values of a list that are several identifiers, with other signs than commas between them."""
    separators = literal(SEPARATORS)
    target.execute(
        f"""insert into near
        select distinct {literal(entity.name)}, {literal(field.name)}, value, {literal(A_LIST)}
        from (
            select value, unnest(string_split_regex(value, {separators})) as id from (
                select distinct value from finding where code = 'reference.missing'
                    and entity = {literal(entity.name)} and field = {literal(field.name)}
                    and regexp_matches(value, {separators}) and {IS_FREE}
            ) as one
        ) as part semi join ({linking.identifiers(target)}) as known using (id)"""
    )


def _is_sound(target: Subject, record: str = "") -> str:
    """SQL: whether a record's identifier is none that is known as damaged."""
    name = target.entity.key[0]
    return (
        f"{record}{quoted(name)} not in (select value from damaged "
        f"where entity = {literal(target.entity.name)} and field = {literal(name)})"
    )


def _respelled(target: Subject) -> dict[str, str | None]:
    """Values that are other spellings of identifiers, with the one that is meant, None of several."""
    found = target.workspace.execute(
        f"""select value, list(distinct id) as ids
        from (select value, {_KEY} as key, unnest([{_FORM}, {_WHOLE}]) as form from missing) as one
        join (
            select id, {_KEY} as key, unnest([{_FORM}, {_WHOLE}]) as form from known
            where {_KEY} in (select {_KEY} from missing)
        ) as other using (key, form)
        group by value"""
    )
    meant: dict[str, str | None] = {}
    for value, ids in found:
        if len(ids) > _TOO_MANY:
            meant[value] = None
        elif alike := resembling.respelling(value, ids):
            meant[value] = resembling.only(alike)
    return meant


def _named(target: Subject) -> dict[str, str | None]:
    """Values that people call a record by, with its identifier, None where several are called so.

    Numbers alone name nothing: one that is no identifier may be another record's number by chance.
    """
    names = " union all ".join(
        f"select {quoted(target.entity.key[0])} as id, lower({quoted(name)}) as name "
        f"from {target.table('canonical')} where lower({quoted(name)}) in (select lower(value) from missing)"
        for name in _CALLINGS.get(target.entity.name, _UNCALLED).names
        if target.has(name)
    )
    if not names:
        return {}
    found = target.workspace.execute(
        f"""select value, list(distinct id) as ids
        from missing join ({names}) as called on called.name = lower(value) semi join known using (id)
        where regexp_matches(value, '[^0-9]') group by value"""
    )
    return {value: resembling.only(ids) for value, ids in found}


def _mistyped(target: Subject) -> dict[str, str | None]:
    """Values that are one edit, a slip, away from one identifier alone.

    Where every number has a neighbour that is a number too, two digits that changed places prove
    nothing: pupils of another year have other numbers.
    """
    edited = " union all ".join(f"select value, {edit} as folded from close_by, letter" for edit in _EDITED)
    found = target.workspace.execute(
        f"""with slip as (
            select value, folded, unnest(range(length(folded) + 1)) as place from (
                from missing where length(folded) between {resembling.SHORTEST} and {_LONGEST}
                order by times desc, value limit {_MOST_SLIPS}
            )
        ), close_by as (
            select * from slip where regexp_matches(folded, {literal(_WORD)}) or value in (
                select value from (select value, {_SWAPPED} as folded from slip)
                semi join known using (folded)
            )
        ), letter as (select unnest(string_split({literal(_LETTERS)}, '')) as letter),
        pair as (
            select value, min(known.id) as id from ({edited}) as one join known using (folded)
            group by value having count(distinct known.id) = 1
        )
        select value, id, exists (
            select 1 from known
            where left(known.id, -1) = left(pair.id, -1) and known.id <> pair.id
        ) as is_numbered from pair"""
    )
    return {
        value: known
        for value, known, is_numbered in found
        if resembling.is_slip(value, known, numbered=is_numbered)
    }


def _note(subjects: Subjects, target: Subject, entity: Entity, field: Field) -> None:
    """Put what is close to the values of one field into `near`."""
    itself, labels, label = "", "", "null"
    if entity is target.entity:
        # A record is not meant to refer to itself.
        itself = (
            f"anti join {target.table('canonical')} as itself "
            f"on itself.{quoted(entity.key[0])} = close.id and itself.{quoted(field.name)} = close.value"
        )
    if _CALLINGS.get(target.entity.name, _UNCALLED).label:
        labels, label = f"left join ({_labels(subjects, target.entity)}) as known using (id)", "known.label"
    target.execute(
        f"""insert into near
        select {literal(entity.name)}, {literal(field.name)}, close.value,
            json_object('closest', close.id, 'closest_label', left({label}, {_LONGEST_LABEL}),
                'closest_characters', close.characters)
        from close {itself} {labels} where close.id is not null"""
    )


def _labels(subjects: Subjects, entity: Entity) -> str:
    """SQL: what the records of an entity are called, one row each."""
    key, parts, joins = quoted(entity.key[0]), [], []
    for name in _CALLINGS[entity.name].label:
        if all(field.name != name for field in entity.fields):
            continue
        reference = entity.field(name).reference
        if reference is None:
            parts.append(f"one.{quoted(name)}")
            continue
        above = _labels(subjects, subjects[reference.entity].entity)
        parts.append(f"{quoted(name)}.label")
        joins.append(f"left join ({above}) as {quoted(name)} on {quoted(name)}.id = one.{quoted(name)}")
    return (
        f"select one.{key} as id, min(nullif(concat_ws(', ', {', '.join(parts)}), '')) as label "
        f"from {subjects[entity.name].table('canonical')} as one {' '.join(joins)} group by all"
    )


def note_of_the_same_year(subjects: Subjects, entity: Entity, field: Field) -> None:
    """Put into `near` the session of the right type whose school year the session named has, if it is one."""
    assert field.reference is not None
    target = subjects[field.reference.entity]
    key, sessions = quoted(target.entity.key[0]), target.table("canonical")
    target.execute(
        f"""create or replace temp table close as
        select named.{key} as value, min(meant.{key}) as id, cast(null as varchar) as characters from (
            select distinct value from finding where code = 'reference.wrong-kind'
            and entity = {literal(entity.name)} and field = {literal(field.name)}
        ) as wrong join {sessions} as named on named.{key} = wrong.value
        join {sessions} as meant on meant.{quoted(_YEAR)} = named.{quoted(_YEAR)}
        where meant.type = {literal(field.reference.kind or "")} and {_is_sound(target, "meant.")}
        group by named.{key} having count(distinct meant.{key}) = 1"""
    )
    _note(subjects, target, entity, field)
    target.execute("drop table close")
