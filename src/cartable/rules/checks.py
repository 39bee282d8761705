r"""The four shapes in which a rule says, in SQL, which rows break it.

The SQL is DuckDB's, of a small vocabulary that Apache Spark knows too (a test transpiles every
condition). Regular expressions are ASCII, `\A…\z`, without lookaround or back-references; texts
that look like dates are compared as texts, since ISO 8601 sorts as it reads.

Names in braces stand for what the engine puts in their place:

| name | in | stands for |
|---|---|---|
| `{value}` | Cell, Damage | the trimmed value, NULL where the cell is empty; one element of a list |
| `{code}` | Cell | the spelling of the value in the field's code list, NULL where it has none |
| `{listed}` | Cell | the same without the codes that an open list accepts beyond its own |
| `{blanks}` | Cell | the characters that count as blank, as SQL texts |
| `{field}` of the entity | Row | its value in canonical spelling, NULL where it is empty or faulty |
| `{entity}` | Query | a table of the rows that can be judged, see `Query` |
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from cartable.model.findings import Action, Severity
from cartable.model.types import FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Judges every value of some types by itself.

    Args:
        condition: true where the value is at fault; empty cells are judged by required ones alone.
        types: the types of field that it judges; empty for all.
        required: whether it judges required columns alone.
        whole: whether it judges a list as one text instead of each of its elements.
    """

    condition: str
    types: tuple[FieldType, ...] = ()
    required: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Judges one row of an entity by several of its values.

    Args:
        entity: name of the entity.
        field: the field that the finding is about, and that is blanked where the action is to blank.
        condition: true where the row is at fault.
        details: SQL texts by name, for the message.
        option: name of the option of `CheckOptions` that switches it on.
        packaged: whether it judges a row of a OneRoster file as it came, not what the roster takes of it.
    """

    entity: str
    field: str
    condition: str
    packaged: bool = False
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)
    option: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Judges rows by other rows.

    Each entity's name in braces is a table of its rows in canonical spelling with the columns
    `_line` and the fields (NULL where empty, absent or faulty; lists are arrays) and `_damaged`: the
    names of the fields whose value was at fault, or NULL. Rows whose key an earlier row has are not in it.
    `{pulled.entity}` are the keys of the rows that could not be parsed, of those that can be read.
    `{repeated}` are the rows that share the values of `repeated` with another row.

    A query that speaks of receivers is run after all others. `{accepted.entity}` are the rows that go
    on, in canonical spelling, without the values that are left out, whose fields `_damaged` names;
    `{receiver}` is a text: the titles of its receivers that were asked about.

    Args:
        entity: whose rows it finds.
        sql: a SELECT of `_line` and the rule's details, each a text; and of `field` where the rule
            is about more than one.
        field: the field that the finding is about; empty where the query says it, or none.
        reads: fields by entity that must be delivered, else it cannot fire and is not run.
        repeated: SQL expressions over the entity's rows, for `{repeated}`.
        option: name of the option of `CheckOptions` that switches it on; after "not " off.
        case: the case of the rule that tells all that it finds, where the query says no other.
        receivers: names of the receivers that it speaks of; it is run when one was asked about.
        shows_value: whether the finding tells what was received in `field`.
        skips_excluded: whether it says nothing of rows that are left out for a fault of their own.
        severity, action: where its option makes them others than the rule's.
        packaged: whether it judges rows of OneRoster files as they came, not what the roster takes of them.
    """

    entity: str
    sql: str
    packaged: bool = False
    field: str = ""
    reads: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    repeated: tuple[str, ...] = ()
    option: str = ""
    case: str = ""
    receivers: tuple[str, ...] = ()
    shows_value: bool = False
    skips_excluded: bool = False
    severity: Severity | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Judges values by what a program did to their column; its rule has one finding a column.

    It looks at values that others found faulty, and besides, where it has traces, at the texts and
    identifiers of files that hold one.

    Args:
        condition: true where the value shows the damage.
        types: the types of field that it judges; empty for all.
        prose: whether it judges prose alone, or everything else alone; None for both.
        traces: UTF-8 of which one occurs wherever the damage does, each of at most three bytes;
            one in ASCII has one of `#+."`, which are rare.
        explains: codes of the findings about a damaged value that follow from the damage.
        case: the case of the rule that tells it.
        restores: SQL texts over the value: what it may have been, where the damage lost nothing.
        destroys: whether nobody can tell from the value what it was: a key that has it is no key.
    """

    condition: str
    types: tuple[FieldType, ...] = ()
    prose: bool | None = None
    traces: tuple[bytes, ...] = ()
    explains: tuple[str, ...] = ()
    case: str = ""
    restores: tuple[str, ...] = ()
    destroys: bool = False


Check = Cell | Row | Query | Damage
