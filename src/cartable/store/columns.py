"""How the roster's database spells names and types. The only place where names become snake_case."""

import re
import secrets
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from cartable.model.entities import Entity, Field
from cartable.model.types import FieldType

SOURCE = "source"
ACTIVE = "active"
FROM_REVISION = "from_revision"
TO_REVISION = "to_revision"
REASON = "reason"
MODIFIED = "date_last_modified"
DIGEST = "digest"
LINE = "line"
SALT = "salt"
RECORD = "record"

# What every record carries besides its fields.
TRACKED = (DIGEST, FROM_REVISION, ACTIVE, MODIFIED, REASON, LINE, SALT, SOURCE)


def new_salt() -> int:
    """63 random bits: without them a digest of a row does not tell its values."""
    return secrets.randbits(63)


@cache
def snake(name: str) -> str:
    """A name of the standards as a name of the database: `sessionSourcedIds` is `session_sourced_ids`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def table_of(entity: Entity) -> str:
    """Name of the entity's current table."""
    return f"roster_{snake(entity.name)}"


def history_of(entity: Entity) -> str:
    """Name of the entity's history table."""
    return f"{table_of(entity)}_history"


def key_columns(entity: Entity) -> tuple[str, ...]:
    """Columns that with the source identify a record."""
    return tuple(snake(name) for name in entity.key)


def looked_up(entity: Entity) -> tuple[str, ...]:
    """Columns of a key, behind its first, that name people: a person's memberships are found by them."""
    fields = map(entity.field, entity.key[1:])
    return tuple(snake(one.name) for one in fields if one.reference and one.reference.entity == "users")


def field_columns(entity: Entity) -> tuple[str, ...]:
    """Columns of all fields, in the entity's order."""
    return tuple(snake(field.name) for field in entity.fields)


class KeyText(models.TextField):  # type: ignore[type-arg]  # only subscriptable while checking
    """Text compared and sorted by its bytes, on every database.

    Both databases then hold one order, the one in which plans arrive sorted, and PostgreSQL does
    not weigh every key by the rules of a language.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Column type and collation."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        return {**parameters, "collation": "C" if connection.vendor == "postgresql" else "BINARY"}


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str], table: str = "") -> str:
    """Names as an SQL list, each of `table` where one is given."""
    prefix = f"{table}." if table else ""
    return ", ".join(prefix + quoted(name) for name in names)


def column_of(entity: Entity, field: Field) -> "models.Field[Any, Any]":
    """The database's column of a field. A key is never NULL: what is empty in it is ''."""
    if field.name in entity.key:
        return KeyText(default="")
    if field.type is FieldType.DATE:
        return models.DateField(null=True)
    if field.type is FieldType.BOOLEAN:
        return models.BooleanField(null=True)
    return models.TextField(null=True)
