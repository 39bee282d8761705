"""Reads objects of one revision: a page, one object, a count; each by one statement."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cartable.api.asking import Asked
from cartable.api.operations import Operation
from cartable.api.paging import EVERY, Key
from cartable.api.selecting import TELLS_OF_THE_GONE, Condition, View
from cartable.model.objects import BY_RESOURCE, Resource, Version
from cartable.store.publications import ACTIVE, SINCE, SOURCED_ID, UNTIL, table_of
from cartable.store.rosters import Roster

_AT_THEIRS = "o.class in (select k.sourced_id from published_classes k where k.school in {set} and {held:k})"
_SEEN = {
    "orgs": "o.sourced_id in {set}",
    "courses": "o.org in {set} or o.sourced_id in "
    "(select k.course from published_classes k where k.school in {set} and {asof:k})",
    "classes": "o.school in {set}",
    "users": "o.id in (select l.state from published_users_links l "
    "where l.name = 'org' and l.target in {set})",
    "enrollments": "o.school in {set}",
    "demographics": "o.sourced_id in (select u.sourced_id from published_users u "
    "join published_users_links l on l.state = u.id and l.name = 'org' "
    "where l.target in {set} and {asof:u})",
    "lineItems": _AT_THEIRS,
    "results": _AT_THEIRS,
    "scoreScales": _AT_THEIRS,
    "assessmentLineItems": f"o.class is null or {_AT_THEIRS}",
    "assessmentResults": "o.student in (select u.sourced_id from published_users u "
    "join published_users_links l on l.state = u.id and l.name = 'org' "
    "where l.target in {set} and {held:u})",
}
"""Which objects belong to organisations; sessions and categories are everybody's."""


def holds(alias: str, revision: int) -> str:
    """SQL: that a state holds at a revision.

    The sign keeps databases from the index of ends: nearly all states hold, and pages are walked by name.
    """
    return f"{alias}.{SINCE} <= {int(revision)} and +{alias}.{UNTIL} > {int(revision)}"


def _at(sql: str, revision: int) -> str:
    """SQL with `{asof:x}` and `{held:x}` spelled out."""
    for alias in "eku":
        held = holds(alias, revision)
        sql = sql.replace(f"{{asof:{alias}}}", f"{held} and {alias}.{ACTIVE}")
        sql = sql.replace(f"{{held:{alias}}}", held)
    return sql


def held_at(resource: Resource, revision: int) -> Condition:
    """The condition that `o` is an object of a revision; what clients write has one state."""
    found = Condition()
    if not resource.is_written:
        found.add(holds("o", revision))
    return found


def seen_by(roster: Roster, resource: Resource, organisations: str | None, revision: int) -> Condition:
    """The condition that an object `o` belongs to organisations.

    Args:
        organisations: JSON list of them; None for all.
    """
    found = Condition()
    if organisations is not None and (seen := _SEEN.get(resource.name)):
        listed = f"(select value from {roster.driver.elements('%s')})"
        sql = _at(seen.replace("{set}", listed), revision)
        found.add(sql, [organisations] * sql.count("%s"))
    return found


@dataclass(frozen=True)
class Reading:
    """A query of one operation at one revision.

    Args:
        identifiers: what stands in the path.
        organisations: JSON list of those whose objects the client may see; None for all.
    """

    roster: Roster
    operation: Operation
    view: View
    asked: Asked
    identifiers: Sequence[str]
    revision: int
    organisations: str | None

    def _condition(self) -> Condition:
        """Which objects the client may see and has asked for."""
        operation = self.operation
        found = held_at(operation.resource, self.revision)
        if operation.condition:
            sql = operation.condition
            if self.view.version is Version.V1P1:
                sql = sql.replace("o.type", "o.plain_type")
                if operation.only_old:
                    found.add(operation.only_old)
            sql = _at(sql, self.revision)
            found.add(sql, [self.identifiers[place] for place in operation.takes])
        if operation.is_one:
            found.add(f"o.{SOURCED_ID} = %s", [self.identifiers[-1]])
        return found

    def _seen(self) -> Condition:
        found = self._condition()
        seen = seen_by(self.roster, self.operation.resource, self.organisations, self.revision)
        if seen.sql:
            found.add(seen.sql, seen.parameters)
        return found

    def _listed(self) -> Condition:
        found = self._seen()
        if self.asked.filter:
            told = self.view.filtered(self.asked.filter)
            # In parentheses: nothing that a client writes can stand beside what it may see.
            found.add(told.sql, told.parameters)
        named = {clause.path for group in self.asked.filter for clause in group}
        if not named & TELLS_OF_THE_GONE:
            found.add(f"o.{ACTIVE}")
        return found

    @property
    def _table(self) -> str:
        return f"{table_of(self.operation.resource)} o"

    def one(self) -> tuple[bool, str | None]:
        """Whether there is such an object, and it as JSON; None where the client may not see it."""
        there, seen = self._condition(), self._seen()
        document = self.view.document(self.view.selected(self.asked.fields))
        rows = self._rows(
            f"select case when {seen.sql} then {document} end from {self._table} where {there.sql}",
            [*seen.parameters, *there.parameters],
        )
        return bool(rows), rows[0][0] if rows else None

    def count(self) -> int:
        """How many objects there are on all pages."""
        condition = self._listed()
        ((count,),) = self._rows(
            f"select count(*) from {self._table} where {condition.sql}", condition.parameters
        )
        return int(count)

    def marks(self) -> list[Key]:
        """Every thousandth object, in the order of the pages."""
        condition, sort = self._listed(), self._sort()
        order, _ = self._order(sort)
        rows = self._rows(
            f"select k, id from (select {sort or chr(39) * 2} as k, o.{SOURCED_ID} as id, "
            f"row_number() over (order by {order}) as n from {self._table} where {condition.sql}) numbered "
            f"where n %% {EVERY} = 0 order by n",
            condition.parameters,
        )
        return [(str(k), str(identifier)) for k, identifier in rows]

    def page(self, skip: int, after: Key | None) -> tuple[list[str], Key | None]:
        """The objects of a page as JSON, and where the last of them stands.

        Args:
            skip: objects to leave out first.
            after: where the object before the first of these stands.
        """
        document = self.view.document(self.view.selected(self.asked.fields))
        condition, sort = self._listed(), self._sort()
        order, comparison = self._order(sort)
        if after is not None:
            place = f"({sort}, o.{SOURCED_ID})" if sort else f"o.{SOURCED_ID}"
            marks = f"({self.view.mark(self.asked.sort)}, %s)" if sort else "%s"
            condition.add(f"{place} {comparison} {marks}", list(after if sort else after[1:]))
        rows = self._rows(
            f"select {document}, {sort or chr(39) * 2}, o.{SOURCED_ID} from {self._table} "
            f"where {condition.sql} order by {order} limit {int(self.asked.limit)} offset {int(skip)}",
            condition.parameters,
        )
        last = (str(rows[-1][1]), str(rows[-1][2])) if rows else None
        return [row[0] for row in rows], last

    def _sort(self) -> str:
        return self.view.order(self.asked.sort) if self.asked.sort else ""

    def _order(self, sort: str) -> tuple[str, str]:
        direction, comparison = ("desc", "<") if self.asked.is_descending else ("asc", ">")
        parts = ([f"{sort} {direction}"] if sort else []) + [f"o.{SOURCED_ID} {direction}"]
        return ", ".join(parts), comparison

    def _rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return _rows(self.roster, sql, parameters)


def descendants(roster: Roster, organisations: Collection[str], revision: int) -> str | None:
    """The organisations and all below them at a revision, as a JSON list; None of none, which means all."""
    if not organisations:
        return None
    given = f"select value {roster.driver.bytewise} from {roster.driver.elements('%s')}"
    rows = _rows(
        roster,
        f"with recursive below (id) as ({given} union "
        "select o.sourced_id from published_orgs o join below b on o.parent = b.id "
        f"where {holds('o', revision)}) select id from below order by id",
        [json.dumps(sorted(organisations))],
    )
    return json.dumps([row[0] for row in rows])


def is_known(roster: Roster, resource: str, identifier: str, revision: int) -> bool:
    """Whether there is an object of that name at a revision."""
    kind = BY_RESOURCE[resource]
    found = held_at(kind, revision)
    found.add(f"o.{SOURCED_ID} = %s", [identifier])
    return bool(_rows(roster, f"select 1 from {table_of(kind)} o where {found.sql}", found.parameters))


def _rows(roster: Roster, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with roster.connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
