"""The shape of a file format's description."""

from dataclasses import dataclass
from enum import StrEnum

from cartable.model.entities import BY_NAME, ENTITIES, Entity


class Need(StrEnum):
    """Whether a column must be there and hold a value."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field that it carries, whether it is needed, and its header.

    Args:
        field: name of the field in the entity.
        need: required columns must have a value in every row.
        header: the exact header, where it differs from the field's name.
        words: what exports and translated specifications call it in other languages.
    """

    field: str
    need: Need
    header: str = ""
    words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The header as the format spells it."""
        return self.header or self.field


@dataclass(frozen=True, slots=True)
class File:
    """One file of a format.

    Args:
        entity: name of the entity whose records are its rows.
        columns: the columns that the format knows, in its documented order.
        required: whether a delivery without it is refused.
        pair: entity whose file must be there when this one is, and the other way round.
        legacy: headers that are read past: of older editions of the format, or secrets; never stored,
            logged or shown.
        order: the whole header line, where it has more than the columns.
        extensions: further columns that are read where they are there, and are no part of the format.
        shape: what its rows are, where they are none of the roster's entities.
        stem: its name without ending, where it is not the entity's.
    """

    entity: str
    columns: tuple[Column, ...]
    required: bool = False
    pair: str = ""
    legacy: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    extensions: tuple[Column, ...] = ()
    shape: Entity | None = None
    stem: str = ""

    @property
    def records(self) -> Entity:
        """What its rows are."""
        return self.shape or BY_NAME[self.entity]

    @property
    def headers(self) -> tuple[str, ...]:
        """The whole header line, in the documented order."""
        return self.order or tuple(column.name for column in self.columns)

    @property
    def name(self) -> str:
        """The exact file name."""
        return f"{self.stem or self.entity}.csv"

    def column_of(self, field: str) -> Column:
        """The column that carries the field; KeyError where there is none."""
        for column in (*self.columns, *self.extensions):
            if column.field == field:
                return column
        raise KeyError(field)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Args:
        code: its name in reports.
        title: its name for people.
        files: its files.
        entities: what the rows of its files are, with the types of their fields, in an order in which
            every required reference points upwards; the roster's own, where it is spelled the same.
    """

    code: str
    title: str
    files: tuple[File, ...]
    entities: tuple[Entity, ...] = ENTITIES

    def file_of(self, entity: str) -> File:
        """The file that carries the entity; KeyError where there is none."""
        for file in self.files:
            if file.entity == entity:
                return file
        raise KeyError(entity)

    def entity(self, name: str) -> Entity:
        """What the rows of a file are; KeyError where the format has no such file."""
        for candidate in self.entities:
            if candidate.name == name:
                return candidate
        raise KeyError(name)
