"""The roster as it was at a revision, as SQL: what it held, and which of that belongs to whom.

People belong to every school in which they have a role and to every class in which they are enrolled;
classes and roles to their organisation, enrollments to their class, contacts to their pupils. Sessions
belong to the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cartable.model.entities import BY_NAME, Entity
from cartable.model.scopes import Scope, joining, owner_of, references
from cartable.store import columns
from cartable.store.columns import listed, quoted, snake
from cartable.store.failures import translated
from cartable.store.rosters import Roster

Sql = tuple[str, list[Any]]
"""A piece of SQL and its parameters."""

_NOBODYS: Sql = ("1 = 0", [])


def sources(roster: Roster) -> tuple[str, ...]:
    """The names of all sources that ever delivered; keys are found by them."""
    from cartable.store.tables import Run

    with translated(roster.place):
        rows = Run._default_manager.using(roster.alias).order_by("source").values_list("source", flat=True)
        return tuple(rows.distinct())


def moment_of(roster: Roster, revision: int | None = None) -> "Moment":
    """The roster at a revision; None for now."""
    from cartable.store.tables import Installation

    if revision is None:
        with translated(roster.place):
            revision = Installation._default_manager.using(roster.alias).get().revision
    return Moment(revision, sources(roster))


def of_sources(names: Sequence[str], alias: str = "") -> Sql:
    """The condition that lets an index on the key be used, which begins with the source."""
    column = f"{alias}.{quoted(columns.SOURCE)}" if alias else quoted(columns.SOURCE)
    return f"{column} in ({', '.join(['%s'] * len(names)) or 'null'})", list(names)


@dataclass(frozen=True, slots=True)
class Moment:
    """The roster at a revision.

    Args:
        sources: names of the sources whose records count.
    """

    revision: int
    sources: tuple[str, ...]

    def held(self, entity: Entity, names: Sequence[str], condition: Sql = ("", [])) -> Sql:
        """A query: columns of the records that were active.

        Args:
            names: columns of the database.
            condition: on columns of the table, which every record fulfils.
        """
        known, of_them = of_sources(self.sources)
        sql, values = condition
        where = (
            f"where {quoted(columns.ACTIVE)} and {quoted(columns.FROM_REVISION)} <= %s and {known}"
            f"{sql and f' and {sql}'}"
        )
        parameters = [self.revision, *of_them, *values]
        return (
            f"select {listed(names)} from {quoted(columns.table_of(entity))} {where} union all "
            f"select {listed(names)} from {quoted(columns.history_of(entity))} {where} "
            f"and {quoted(columns.TO_REVISION)} > %s",
            [*parameters, *parameters, self.revision],
        )

    def belonging(self, entity: Entity, scope: Scope, prefix: str = "") -> Sql:
        """The condition that a record of the entity is of this part of the roster; empty for the whole.

        Args:
            prefix: of the columns' names.
        """
        conditions = [self._belonging(entity, owner, value, prefix) for owner, value in scope.owners]
        return " and ".join(f"({sql})" for sql, _ in conditions), [one for _, p in conditions for one in p]

    def _belonging(self, entity: Entity, owner: Entity, value: str, prefix: str) -> Sql:
        if entity is owner:
            return f"{quoted(prefix + _id(entity))} = %s", [value]
        if direct := references(entity, owner):
            return " or ".join(f"{quoted(prefix + snake(field.name))} = %s" for field in direct), [
                value
            ] * len(direct)
        if not entity.belongs_by and entity is not BY_NAME["users"]:
            return _NOBODYS
        if joining(entity, owner):
            sql, parameters = self._members(entity, owner, value)
            return f"{quoted(prefix + _id(entity))} in ({sql})", parameters
        through = owner_of(entity)
        # What a school has is not each one's who has a role there.
        if through and through is not BY_NAME["orgs"]:
            sql, parameters = self._members(through, owner, value)
            return f"{quoted(prefix + snake(entity.belongs_by))} in ({sql})", parameters
        return _NOBODYS

    def _members(self, entity: Entity, owner: Entity, value: str) -> Sql:
        """A query: identifiers of the records of the entity that belong to a record of the owner."""
        if direct := references(entity, owner):
            return self.held(entity, (_id(entity),), (f"{quoted(snake(direct[0].name))} = %s", [value]))
        between = joining(entity, owner)
        assert between, f"{entity.name} belong to no {owner.name}"
        (member,), (named,) = references(between, entity), references(between, owner)
        return self.held(between, (snake(member.name),), (f"{quoted(snake(named.name))} = %s", [value]))


def _id(entity: Entity) -> str:
    (key,) = columns.key_columns(entity)
    return key
