"""Tells for a missing reference or an unknown code which existing value was probably meant.

What is found stands in the detail of the finding: `closest`, the existing value; `closest_label`, what
it belongs to, in the words of the delivery; of a code `closest_en` and `closest_fr` instead, its labels.
A value that is a list with other signs than commas is told by the rule's case `list`.
A delivery without such findings costs nothing; each different value is looked at once, and only the
most frequent ones, so that a delivery in which everything is wrong does not cost much more.
"""

import json
import re
from collections.abc import Iterator
from functools import cache

from cartable.engine import resembling, retracing
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal
from cartable.model.entities import Entity, Field, Reference
from cartable.model.synonyms import SYNONYMS
from cartable.model.vocabularies import Code, Vocabulary

# How many different values of one field are looked at.
_MOST = 1_000

_NEAR = {"entity": "varchar", "field": "varchar", "value": "varchar", "detail": "varchar"}


def suggest(workspace: Workspace, subjects: retracing.Subjects) -> None:
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
        entity = subjects[entity_name].entity
        field = entity.field(field_name)
        if code == "value.code":
            workspace.insert("near", _NEAR, _codes(subjects[entity.name], field))
        elif code == "reference.wrong-kind":
            retracing.note_of_the_same_year(subjects, entity, field)
        elif field.reference:
            pointers.setdefault(field.reference, []).append((entity, field))
            if field.type.is_list:
                retracing.note_lists(subjects[field.reference.entity], entity, field)
    for reference, fields in pointers.items():
        retracing.note_closest(subjects, subjects[reference.entity], reference.kind, fields)
    workspace.execute(
        "update finding set detail = "
        "cast(json_merge_patch(coalesce(finding.detail, '{}'), near.detail) as varchar) from near "
        "where finding.entity = near.entity and finding.field = near.field and finding.value = near.value "
        "and finding.code in ('value.code', 'reference.missing', 'reference.wrong-kind') "
        f"and {retracing.IS_FREE}"
    )
    workspace.execute("drop table near")


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
    is_list = re.compile(retracing.SEPARATORS) if field.type.is_list else None
    unknown = subject.execute(
        f"select value from finding where code = 'value.code' and entity = {literal(subject.entity.name)} "
        f"and field = {literal(field.name)} group by value order by count(*) desc, value limit {_MOST}"
    )
    for (value,) in unknown:
        if is_list and any(part.lower() in vocabulary.spellings for part in is_list.split(str(value))):
            yield subject.entity.name, field.name, str(value), retracing.A_LIST
        elif closest := closest_code(vocabulary, str(value)):
            code = codes[closest]
            detail = {"closest": closest, "closest_en": code.en, "closest_fr": code.fr}
            yield subject.entity.name, field.name, str(value), json.dumps(detail)
