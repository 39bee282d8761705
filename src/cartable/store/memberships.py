"""The roster as it was at a moment: its records, and who was in which school and class."""

from collections.abc import Iterator
from typing import Any

from cartable.model.entities import BY_NAME, Entity
from cartable.model.memberships import Membership
from cartable.model.scopes import Scope, references
from cartable.store import columns
from cartable.store.columns import quoted, snake
from cartable.store.moments import Moment, Sql, of_sources
from cartable.store.rosters import Roster

_BATCH = 5_000

_ORGS, _USERS, _CLASSES = BY_NAME["orgs"], BY_NAME["users"], BY_NAME["classes"]
_ROLES, _ENROLLMENTS = BY_NAME["roles"], BY_NAME["enrollments"]
_NAMES = ("givenName", "familyName", "username")


def records(roster: Roster, entity: str, moment: Moment, scope: Scope) -> Iterator[dict[str, str | None]]:
    """The records of an entity that were active, by key, every field as canonical text."""
    kind = BY_NAME[entity]
    condition = moment.belonging(kind, scope)
    sql, parameters = moment.held(kind, columns.field_columns(kind), condition)
    names = [field.name for field in kind.fields]
    texts = ", ".join(roster.driver.text(field, f"r.{quoted(snake(field.name))}") for field in kind.fields)
    order = columns.listed(columns.key_columns(kind), "r")
    for row in _read(roster, f"select {texts} from ({sql}) r order by {order}", parameters):
        yield dict(zip(names, row, strict=True))


def in_organisations(roster: Roster, moment: Moment, scope: Scope) -> Iterator[Membership]:
    """Who had which role in which organisation, by organisation."""
    joins = _Joins(moment)
    base = _base(_ROLES, moment, scope)
    org, user = (f"r.{quoted(snake(_naming(_ROLES, target)))}" for target in (_ORGS, _USERS))
    chosen = [
        *(org, joins.field(_ORGS, org, "name"), "''", "null", user),
        *(joins.field(_USERS, user, name) for name in _NAMES),
        *(f"r.{quoted(snake(name))}" for name in ("role", "grade")),
    ]
    yield from _memberships(roster, chosen, base, joins, (org, user))


def in_classes(roster: Roster, moment: Moment, scope: Scope) -> Iterator[Membership]:
    """Who was in which class, by class."""
    joins = _Joins(moment)
    base = _base(_ENROLLMENTS, moment, scope)
    klass, user = (f"r.{quoted(snake(_naming(_ENROLLMENTS, target)))}" for target in (_CLASSES, _USERS))
    org = joins.field(_CLASSES, klass, _naming(_CLASSES, _ORGS))
    chosen = [
        *(f"coalesce({org}, '')", joins.field(_ORGS, org, "name")),
        *(klass, joins.field(_CLASSES, klass, "title"), user),
        *(joins.field(_USERS, user, name) for name in _NAMES),
        *(f"r.{quoted('role')}", "null"),
    ]
    yield from _memberships(roster, chosen, base, joins, (klass, user))


def identifiers(roster: Roster, entity: str, moment: Moment, label: str) -> Iterator[tuple[str, str | None]]:
    """Identifiers of the records that were active, each with a field that people know them by."""
    kind = BY_NAME[entity]
    sql, parameters = moment.held(kind, (*columns.key_columns(kind), snake(label)))
    yield from _read(roster, sql, parameters)


def _base(entity: Entity, moment: Moment, scope: Scope) -> Sql:
    return moment.held(entity, columns.field_columns(entity), moment.belonging(entity, scope))


def _memberships(
    roster: Roster, chosen: list[str], base: Sql, joins: "_Joins", order: tuple[str, str]
) -> Iterator[Membership]:
    sql, parameters = base
    for row in _read(
        roster,
        f"select {', '.join(chosen)} from ({sql}) r {joins.sql} order by {', '.join(order)}",
        [*parameters, *joins.parameters],
    ):
        yield Membership(*row)


def _naming(entity: Entity, target: Entity) -> str:
    return references(entity, target)[0].name


def _read(roster: Roster, sql: str, parameters: list[Any]) -> Iterator[tuple[Any, ...]]:
    with roster.reading() as connection, connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while batch := cursor.fetchmany(_BATCH):
            yield from batch


class _Joins:
    """What is told of the records that are named, looked up in the current table and in the history."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.sql = ""
        self.parameters: list[Any] = []
        self._joined: dict[str, str] = {}

    def field(self, target: Entity, named: str, name: str) -> str:
        """SQL of a field of the record that was active under the identifier `named`."""
        if target.name not in self._joined:
            self._join(target, named)
        alias = self._joined[target.name]
        return f"coalesce({alias}c.{quoted(snake(name))}, {alias}h.{quoted(snake(name))})"

    def _join(self, target: Entity, named: str) -> None:
        alias = self._joined[target.name] = f"t{len(self._joined)}"
        (key,) = columns.key_columns(target)
        tables = (columns.table_of(target), "c"), (columns.history_of(target), "h")
        for table, suffix in tables:
            one = f"{alias}{suffix}"
            known, of_them = of_sources(self.moment.sources, one)
            self.sql += (
                f" left join {quoted(table)} {one} on {known} and {one}.{quoted(key)} = {named} "
                f"and {one}.{quoted(columns.ACTIVE)} and {one}.{quoted(columns.FROM_REVISION)} <= %s"
            )
            self.parameters += [*of_them, self.moment.revision]
        self.sql += f" and {one}.{quoted(columns.TO_REVISION)} > %s"
        self.parameters.append(self.moment.revision)
