"""Finds rows of records that another source has in the roster: a record has one owner.

The owner's record stays as it is, and rows that refer to it may: nothing follows from such a row.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from cartable.engine import shaping
from cartable.engine.rosters import Keys
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.model.findings import Action, Severity
from cartable.rules.catalogue import RULES


class Others(Protocol):
    """What other sources have in the roster."""

    @property
    def others(self) -> tuple[str, ...]:
        """Their names."""
        ...

    def owned_by(self, source: str, entity: str, firsts: Keys) -> Iterator[list[tuple[object, ...]]]:
        """A source's active records, every field as canonical text.

        Args:
            firsts: only those the first part of whose key is among these.
        """
        ...


def note(workspace: Workspace, subjects: Mapping[str, Subject], others: Others, layout: Format) -> None:
    """Write a finding for each row that goes on and whose key is another source's.

    What is alike goes into `shared_<entity>`, and is no fault; what differs is left out.
    """
    for subject in subjects.values():
        if subject.file is None:
            continue
        shaping.shape_rows(workspace, subject.entity, layout)
        if _load(subject, others):
            _note(subject)
        subject.execute("drop table elsewhere")


def _load(subject: Subject, others: Others) -> int:
    """Make `elsewhere` (source and each field): records that may be those of rows; return how many."""
    entity, first = subject.entity, quoted(subject.entity.key[0])
    shape = {"source": "varchar", **{field.name: "varchar" for field in entity.fields}}
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in shape.items())
    subject.execute(f"create or replace table elsewhere ({columns})")
    total = 0
    for source in others.others:
        firsts = subject.workspace.stream(f"select distinct {first} from {subject.table('shaped')}")
        rows = _labelled(source, others.owned_by(source, entity.name, firsts))
        total += subject.workspace.insert("elsewhere", shape, rows)
    return total


def _labelled(source: str, batches: Iterable[list[tuple[object, ...]]]) -> Iterator[tuple[object, ...]]:
    for batch in batches:
        for record in batch:
            yield source, *record


def _note(subject: Subject) -> None:
    rule = RULES["key.other-source"]
    differing = ", ".join(
        f"case when one.{quoted(field.name)} is distinct from other.{quoted(field.name)} "
        f"and not coalesce(list_contains(one._blanked, {literal(field.name)}), false) "
        f"then {literal(subject.layout.column_of(field.name).name)} end"
        for field in subject.present
    )
    same = " and ".join(f"one.{quoted(key)} = other.{quoted(key)}" for key in subject.entity.key)
    subject.execute(
        f"""create or replace temp table owned as
        select one._line, min(other.source) as source,
            array_to_string(list_filter(any_value([{differing}]), lambda x: x is not null), ', ') as fields
        from {subject.table("shaped")} as one join elsewhere as other on {same}
        group by one._line"""
    )
    subject.note(
        rule,
        Severity.INFO,
        Action.NONE,
        "select _line, json_object('source', source, 'case', 'same') as detail from owned where fields = ''",
    )
    subject.execute(f"insert into {subject.table('shared')} select _line from owned where fields = ''")
    subject.note(
        rule,
        Severity.ERROR,
        Action.EXCLUDE,
        "select _line, json_object('source', source, 'fields', fields) as detail from owned "
        "where fields <> ''",
    )
