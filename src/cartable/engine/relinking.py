"""Finds identifiers that a program damaged in one file and left whole in another: zeros, decimals, letters.

What an identifier was is told by the other side: a reference by the one identifier that is there, an
identifier by its references, where all of them agree. Two candidates are none.
"""

from cartable.engine import spelling
from cartable.engine.garbling import read_again
from cartable.engine.recoding import DECIMALS
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.model.deliveries import Delivery
from cartable.model.entities import Field
from cartable.rules.characters import GARBLED_LETTER

_DIGITS = r"'\A[0-9]+\z'"
_AGAIN = {"id": "varchar", "meant": "varchar"}


def find(workspace: Workspace, delivery: Delivery, layout: Format) -> None:
    """Make the table `relinked`: identifiers as they stand in keys or references, and what they were.

    Its columns: `entity`, whose identifier it is; `is_key`; `id`, without blanks around it; `meant`;
    `kind` of the repair.
    """
    workspace.execute(
        "create or replace table relinked "
        "(entity varchar, is_key boolean, id varchar, meant varchar, kind varchar)"
    )
    for entity in layout.entities:
        (key, *others) = entity.key
        told = _told(entity.name, delivery, layout)
        if others or not told or not delivery.delivers(entity.name):
            continue
        known = f"select distinct {spelling.trimmed(quoted(key))} as id from {quoted(f'raw_{entity.name}')}"
        workspace.execute(f"create or replace table known_id as select * from ({known}) where id is not null")
        workspace.execute(f"create or replace table told_id as select distinct id from ({told})")
        lost = "select 1 from told_id where id is not null and id not in (select id from known_id) limit 1"
        if workspace.execute(lost):
            _note_numbers(workspace, entity.name)
            _note_letters(workspace, entity.name)
    for table in ("known_id", "told_id"):
        workspace.execute(f"drop table if exists {table}")


def _told(name: str, delivery: Delivery, layout: Format) -> str:
    """SQL: the identifiers that references to an entity hold; empty where there is none."""
    return " union all ".join(
        f"select {spelling.trimmed('one')} as id from (select unnest({_parts(field, 'received')}) as one "
        f"from (select distinct {quoted(field.name)} as received from {quoted(f'raw_{entity.name}')}))"
        for entity in layout.entities
        if (file := delivery.file_of(entity.name)) and file.readable
        for field in entity.references
        if field.reference and field.reference.entity == name and field.name in file.columns
    )


def _parts(field: Field, value: str) -> str:
    """SQL: the identifiers that a value of the field holds, as an array."""
    return f"string_split({value}, ',')" if field.type.is_list else f"[{value}]"


def _bare(value: str) -> str:
    return f"regexp_replace({value}, {DECIMALS}, '')"


def _numbers(table: str) -> str:
    """SQL: the identifiers that are numbers, by the number without its zeros: how many, and one of them."""
    return (
        f"(select ltrim({_bare('id')}, '0') as number, count(*) as ids, min(id) as id from {table} "
        f"where regexp_matches({_bare('id')}, {_DIGITS}) group by 1)"
    )


def _note_numbers(workspace: Workspace, entity: str) -> None:
    """Numbers of which the other side has exactly one, with more zeros or without decimals."""
    kind = f"case when regexp_matches(damaged.id, {DECIMALS}) then 'decimals' else 'zeros' end"
    for is_key in (False, True):
        damaged, sound = ("known_id", "told_id") if is_key else ("told_id", "known_id")
        alone = f"(select * from {_numbers(damaged)} where ids = 1)" if is_key else _each(damaged)
        workspace.execute(
            f"""insert into relinked
            select {literal(entity)}, {is_key}, damaged.id, sound.id, {kind}
            from {alone} as damaged join {_numbers(sound)} as sound using (number)
            where sound.ids = 1 and damaged.id <> sound.id and regexp_matches(sound.id, {_DIGITS})
                and length(sound.id) >= length({_bare("damaged.id")})"""
        )


def _each(table: str) -> str:
    return (
        f"(select id, ltrim({_bare('id')}, '0') as number from {table} "
        f"where regexp_matches({_bare('id')}, {_DIGITS}))"
    )


def _note_letters(workspace: Workspace, entity: str) -> None:
    """Garbled identifiers that the other side has with whole letters, and nowhere garbled."""
    for is_key in (False, True):
        damaged, sound = ("known_id", "told_id") if is_key else ("told_id", "known_id")
        garbled = workspace.execute(
            f"select id from {damaged} where regexp_matches(id, {literal(GARBLED_LETTER)}) "
            f"and id not in (select id from {sound} where id is not null)"
        )
        if not garbled:
            continue
        workspace.execute("create or replace table again (id varchar, meant varchar)")
        workspace.insert("again", _AGAIN, ((text, read_again(text)) for (text,) in garbled))
        workspace.execute(
            f"""insert into relinked select {literal(entity)}, {is_key}, again.id, meant, 'mojibake'
            from again where meant in (select id from {sound}) and meant not in (select id from {damaged})
            qualify count(*) over (partition by meant) = 1"""
            if is_key
            else f"""insert into relinked select {literal(entity)}, {is_key}, again.id, meant, 'mojibake'
            from again where meant in (select id from {sound})"""
        )
        workspace.execute("drop table again")


def mended(workspace: Workspace, entity: str, field: Field, values: str) -> str | None:
    """SQL: which values of a field change, as `cartable.engine.mending` tells them; None where none does.

    Args:
        entity: whose field it is.
        values: a table of the different values, as `received`.
    """
    named = field.reference.entity if field.reference else entity
    own = f"relinked.entity = {literal(named)} and relinked.is_key = {field.reference is None}"
    if not workspace.execute(f"select 1 from relinked where {own} limit 1"):
        return None
    return f"""
        with part as (
            select received, place, coalesce(relinked.meant, part) as told, relinked.kind
            from (
                select received, place, parts[place] as part
                from (select received, {_parts(field, "received")} as parts from {values}),
                    unnest(range(1, len(parts) + 1)) as places (place)
            ) left join relinked on relinked.id = {spelling.trimmed("part")} and {own}
        ), told as (
            select received, {spelling.without_blanks("text")} as mended, kind
            from (
                select received, string_agg(told, ',' order by place) as text,
                    coalesce(min(kind), 'blanks') as kind
                from part group by received
            )
        )
        select received, coalesce(mended, '') as mended, kind from told where mended is distinct from received
    """
