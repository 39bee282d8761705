"""Tells for a missing reference or an unknown code which existing value was probably meant.

What is found stands in the detail of the finding: `closest`, the existing value; `closest_label`, what
it belongs to, in the words of the delivery; of a code `closest_en` and `closest_fr` instead, its labels.
A delivery without such findings costs nothing; each different value is looked at once, and only the
most frequent ones, so that a delivery in which everything is wrong does not cost much more.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from cartable.engine import resembling
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME, Entity, Field, Reference
from cartable.model.synonyms import SYNONYMS
from cartable.model.vocabularies import Code, Vocabulary
from cartable.rules.derived import BLANKS

Subjects = Mapping[str, Subject]

# How many different values are looked at: of a coded field, of all that refers to one entity, and of
# these the ones in which a slip is looked for.
_MOST_CODES, _MOST, _MOST_SLIPS = 1_000, 10_000, 2_000

# So many records that a value may be another spelling of leave open which one was meant.
_TOO_MANY = 20

# Characters of an identifier in which a slip is looked for; a UUID has 36.
_LONGEST = 40

# The field that sessions of one school year have in common.
_YEAR = "schoolYear"

_NEAR = {"entity": "varchar", "field": "varchar", "value": "varchar", "detail": "varchar"}


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


def suggest(workspace: Workspace, subjects: Subjects) -> None:
    """Write the closest existing value into the detail of findings on references and codes."""
    told = workspace.execute(
        "select distinct code, entity, field from finding "
        "where code in ('value.code', 'reference.missing', 'reference.wrong-kind')"
    )
    if not told:
        return
    columns = ", ".join(f"{name} {kind}" for name, kind in _NEAR.items())
    workspace.execute(f"create or replace temp table near ({columns})")
    pointers: dict[Reference, list[tuple[Entity, Field]]] = {}
    for code, entity_name, field_name in sorted(told):
        entity = BY_NAME[entity_name]
        field = entity.field(field_name)
        if code == "value.code":
            workspace.insert("near", _NEAR, _codes(subjects[entity.name], field))
        elif code == "reference.wrong-kind":
            _note_of_the_same_year(subjects, entity, field)
        elif field.reference:
            pointers.setdefault(field.reference, []).append((entity, field))
    for reference, fields in pointers.items():
        _note_references(subjects, subjects[reference.entity], reference.kind, fields)
    workspace.execute(
        "update finding set detail = "
        "cast(json_merge_patch(coalesce(finding.detail, '{}'), near.detail) as varchar) from near "
        "where finding.entity = near.entity and finding.field = near.field and finding.value = near.value "
        "and finding.code in ('value.code', 'reference.missing', 'reference.wrong-kind')"
    )
    workspace.execute("drop table near")


# Codes.


def closest_code(vocabulary: Vocabulary, value: str) -> str | None:
    """The code of the list that a value which is none was probably meant for.

    Its spelling may differ in capitals, accents, blanks, separators, filled-up zeros, letters that look
    like digits, or by a slip of the fingers; it may be a label of the code or a word for it in a language
    that exports speak: "élève" is `student`.

    Returns:
        The code in the list's own spelling; None where no code is close, or several are equally so.
    """
    return _known(vocabulary).closest(value)


@cache
def _known(vocabulary: Vocabulary) -> resembling.Known:
    return resembling.Known(_meanings(vocabulary))


def _meanings(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Every text that stands for a code, and the code."""
    words = SYNONYMS.get(vocabulary.name, {})
    for code in vocabulary.codes:
        for text in (code.value, code.en, code.fr, *code.aliases, *words.get(code.value, ())):
            yield text, code.value


def _codes(subject: Subject, field: Field) -> Iterator[tuple[str, str, str, str]]:
    """Rows of `near`: the codes closest to the unknown ones of a field."""
    assert field.vocabulary is not None
    vocabulary = subject.options.vocabulary(field.vocabulary)
    codes: dict[str, Code] = {code.value: code for code in vocabulary.codes}
    unknown = subject.execute(
        f"select value from finding where code = 'value.code' and entity = {literal(subject.entity.name)} "
        f"and field = {literal(field.name)} group by value order by count(*) desc, value limit {_MOST_CODES}"
    )
    for (value,) in unknown:
        if closest := closest_code(vocabulary, str(value)):
            code = codes[closest]
            detail = {"closest": closest, "closest_en": code.en, "closest_fr": code.fr}
            yield subject.entity.name, field.name, str(value), json.dumps(detail)


# References.

_APART = "".join(BLANKS) + resembling.SEPARATORS
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz-"
# An identifier as slips are counted in it, nearly as `resembling.folded` has it.
_FOLDED = f"translate(lower(strip_accents({{id}})), {literal(_APART)}, {literal('-' * len(_APART))})"
# Of folded identifiers: what spellings of one have in common, and some others that lack a zero; and the
# same with the zeros that count, for the few that have that in common.
_KEY = "translate(folded, 'il-o0', '11')"
_FORM = (
    r"translate(regexp_replace(translate(regexp_replace(folded, '-0+$', ''), 'ilo', '110'), "
    r"'(^|[^0-9])0+([0-9])', '\1\2', 'g'), '-', '')"
)
# Everything one edit away from a folded identifier.
_EDITED = (
    "left(folded, place) || letter || substr(folded, place + 1)",
    "left(folded, place) || letter || substr(folded, place + 2)",
    "left(folded, place) || substr(folded, place + 2)",
    "left(folded, place) || substr(folded, place + 2, 1) || substr(folded, place + 1, 1) "
    "|| substr(folded, place + 3)",
)


def _note_references(
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
        select value, {_FOLDED.format(id="value")} as folded, count(*) as times from finding
        where code = 'reference.missing' and (entity, field) in ({fields})
            and length(value) <= {resembling.LONGEST}
        group by value order by times desc, value limit {_MOST}"""
    )
    key = quoted(target.entity.key[0])
    suits = f"and type = {literal(kind)}" if kind else ""
    target.execute(
        f"""create or replace temp table known as
        select distinct {key} as id, {_FOLDED.format(id=key)} as folded
        from {target.table("canonical")} where {key} is not null {suits}"""
    )
    target.execute("create or replace temp table close (value varchar, id varchar)")
    for find in (_respelled, _named, _mistyped):
        found = find(target)
        target.workspace.insert("close", {"value": "varchar", "id": "varchar"}, found.items())
        target.execute("delete from missing where value in (select value from close)")
    for entity, field in pointers:
        _note(subjects, target, entity, field)
    for table in ("missing", "known", "close"):
        target.execute(f"drop table {table}")


def _respelled(target: Subject) -> dict[str, str | None]:
    """Values that are other spellings of identifiers, with the one that is meant, None of several."""
    found = target.workspace.execute(
        f"""select value, list(distinct id) as ids
        from (select value, {_KEY} as key, {_FORM} as form from missing) as one
        join (
            select id, {_KEY} as key, {_FORM} as form from known
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
        for name in _CALLINGS[target.entity.name].names
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
    edited = " union all ".join(f"select value, {edit} as folded from place, letter" for edit in _EDITED)
    found = target.workspace.execute(
        f"""with slip as (
            select value, folded from missing
            where length(folded) between {resembling.SHORTEST} and {_LONGEST}
            order by times desc, value limit {_MOST_SLIPS}
        ), place as (select value, folded, unnest(range(length(folded) + 1)) as place from slip),
        letter as (select unnest(string_split({literal(_LETTERS)}, '')) as letter),
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
    itself = ""
    if entity is target.entity:
        # A record is not meant to refer to itself.
        itself = (
            f"anti join {target.table('canonical')} as itself "
            f"on itself.{quoted(entity.key[0])} = close.id and itself.{quoted(field.name)} = close.value"
        )
    target.execute(
        f"""insert into near
        select {literal(entity.name)}, {literal(field.name)}, close.value,
            json_object('closest', close.id, 'closest_label', known.label)
        from close {itself} left join ({_labels(subjects, target.entity)}) as known using (id)
        where close.id is not null"""
    )


def _labels(subjects: Subjects, entity: Entity) -> str:
    """SQL: what the records of an entity are called, one row each; none where that is not to be told."""
    key, parts, joins = quoted(entity.key[0]), [], []
    for name in _CALLINGS[entity.name].label:
        reference = entity.field(name).reference
        if reference is None:
            parts.append(f"one.{quoted(name)}")
            continue
        above = _labels(subjects, BY_NAME[reference.entity])
        parts.append(f"{quoted(name)}.label")
        joins.append(f"left join ({above}) as {quoted(name)} on {quoted(name)}.id = one.{quoted(name)}")
    label = f"nullif(concat_ws(', ', {', '.join(parts)}), '')" if parts else "cast(null as varchar)"
    return (
        f"select one.{key} as id, min({label}) as label "
        f"from {subjects[entity.name].table('canonical')} as one {' '.join(joins)} group by all"
    )


def _note_of_the_same_year(subjects: Subjects, entity: Entity, field: Field) -> None:
    """Put into `near` the session of the right type whose school year the session named has, if it is one."""
    assert field.reference is not None
    target = subjects[field.reference.entity]
    key, sessions = quoted(target.entity.key[0]), target.table("canonical")
    target.execute(
        f"""create or replace temp table close as
        select named.{key} as value, min(meant.{key}) as id from (
            select distinct value from finding where code = 'reference.wrong-kind'
            and entity = {literal(entity.name)} and field = {literal(field.name)}
        ) as wrong join {sessions} as named on named.{key} = wrong.value
        join {sessions} as meant on meant.{quoted(_YEAR)} = named.{quoted(_YEAR)}
        where meant.type = {literal(field.reference.kind or "")}
        group by named.{key} having count(distinct meant.{key}) = 1"""
    )
    _note(subjects, target, entity, field)
    target.execute("drop table close")
