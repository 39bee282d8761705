"""The shape of a file format's description."""

from dataclasses import dataclass
from enum import StrEnum


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
        legacy: headers that older editions of the format had; never stored, logged or shown.
    """

    entity: str
    columns: tuple[Column, ...]
    required: bool = False
    pair: str = ""
    legacy: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The exact file name."""
        return f"{self.entity}.csv"

    def column_of(self, field: str) -> Column:
        """The column that carries the field; KeyError where there is none."""
        for column in self.columns:
            if column.field == field:
                return column
        raise KeyError(field)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its code in reports, its name for people, its files."""

    code: str
    title: str
    files: tuple[File, ...]

    def file_of(self, entity: str) -> File:
        """The file that carries the entity; KeyError where there is none."""
        for file in self.files:
            if file.entity == entity:
                return file
        raise KeyError(entity)
