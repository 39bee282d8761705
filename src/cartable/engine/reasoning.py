"""Says why a record goes that a delivery no longer shows.

Its time is over, its organisation has closed, or it is merely absent. What is over is closed, which is no
deactivation.
"""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.plans import ChangeKind, Reason

if TYPE_CHECKING:
    from cartable.engine.rosters import RosterReader

_SESSIONS, _ORGS = BY_NAME["academicSessions"], BY_NAME["orgs"]


def note_gone(workspace: Workspace, entity: Entity, roster: "RosterReader", today: date) -> None:
    """Make `gone` (id, kind, reason) of the records in `unseen` that nothing in `claimed` keeps.

    Args:
        roster: where records lie that unseen ones refer to and that were not delivered.
        today: what ended before it is over.
    """
    reasons = _Reasons(workspace, entity, roster)
    over, closed = reasons.over(today), reasons.closed()
    workspace.execute(
        f"""create or replace table gone as
        select id, case reason when {literal(Reason.ENDED)} then {literal(ChangeKind.CLOSE)}
            else {literal(ChangeKind.DEACTIVATE)} end as kind, reason
        from (
            select u.id, case when coalesce({over}, false) then {literal(Reason.ENDED)}
                when coalesce({closed}, false) then {literal(Reason.ORG_CLOSED)}
                else {literal(Reason.ABSENT)} end as reason
            from unseen u anti join claimed using (id)
        ) as one"""
    )
    for table in dict.fromkeys(reasons.tables):
        workspace.execute(f"drop table {table}")


class _Reasons:
    """Conditions over `unseen u`, and the tables that they read."""

    def __init__(self, workspace: Workspace, entity: Entity, roster: "RosterReader") -> None:
        self.workspace = workspace
        self.entity = entity
        self.roster = roster
        self.tables: list[str] = []
        # What an enrollment belongs to, a class, has the sessions and the organisation.
        belongs = next((field for field in entity.references if field.name == entity.belongs_by), None)
        has_sessions = belongs and list(_references(_target(belongs), _SESSIONS))
        self.through = belongs if has_sessions else None
        if self.through:
            self._fetch(self.through, "unseen")

    def over(self, today: date) -> str:
        """That the record's own time or all its sessions have ended."""
        past = f"< {literal(today.isoformat())}"
        conditions = [f"u.{quoted(self.entity.ends)} {past}"] if self.entity.ends else []
        for field in _references(self.entity, _SESSIONS):
            self._fetch(field, "unseen")
            conditions.append(self._all_past(field, "u", past))
        if self.through:
            through = _fetched(self.through)
            for field in _references(_target(self.through), _SESSIONS):
                self._fetch(field, through)
                ended = f"select t.{_key(_target(self.through))} from {through} t where "
                conditions.append(
                    f"u.{quoted(self.through.name)} in ({ended}{self._all_past(field, 't', past)})"
                )
        return _any(conditions)

    def closed(self) -> str:
        """That the organisation goes in the same plan."""
        gone = (
            f"select {_key(_ORGS)} from {quoted('change_' + _ORGS.name)} "
            f"where kind = {literal(ChangeKind.DEACTIVATE)}"
        )
        conditions = [
            f"u.{quoted(field.name)} in ({gone})"
            for field in _references(self.entity, _ORGS)
            if field.name == self.entity.belongs_by
        ]
        if self.through:
            target = _target(self.through)
            conditions.append(
                f"u.{quoted(self.through.name)} in (select {_key(target)} from {_fetched(self.through)} "
                f"where {quoted(target.belongs_by)} in ({gone}))"
            )
        return _any(conditions)

    def _fetch(self, field: Field, source: str) -> None:
        """Make the table of the records that a field of `source` names: delivered, else the roster's."""
        target, table = _target(field), _fetched(field)
        key, columns = _key(target), ", ".join(quoted(one.name) for one in target.fields)
        named = (
            f"select distinct {_elements(field)} as id from {source} where {quoted(field.name)} is not null"
        )
        self.workspace.execute(
            f"create or replace table {table} as select {columns} from {quoted('shaped_' + target.name)} "
            f"semi join ({named}) as named on named.id = {key}"
        )
        self.tables.append(table)
        missing = f"select id from ({named}) as named anti join {table} as t on t.{key} = named.id"
        # Written out first: the roster is read while this stream is.
        batches = self.roster.anybodys(target.name, iter([self.workspace.execute(missing)]))
        shape = {"active": "boolean", **{one.name: "varchar" for one in target.fields}}
        self.workspace.execute(
            f"create or replace table recalled as select true as active, {columns} from {table} limit 0"
        )
        self.tables.append("recalled")
        self.workspace.insert("recalled", shape, (record[1:] for record in chain.from_iterable(batches)))
        # What two sources have had is the one's in whose roster it is active.
        self.workspace.execute(
            f"insert into {table} select {columns} from recalled "
            f"qualify row_number() over (partition by {key} order by active desc) = 1"
        )

    def _all_past(self, field: Field, alias: str, past: str) -> str:
        """That each session that the field of a row names has ended, and that it names one."""
        value = f"{alias}.{quoted(field.name)}"
        ended = f"select {_key(_SESSIONS)} from {_fetched(field)} where {quoted(_SESSIONS.ends)} {past}"
        if not field.type.is_list:
            return f"{value} in ({ended})"
        listed = _list(value)
        over = f"(select coalesce(list(id), []) from ({ended}) as s (id))"
        return f"len({listed}) > 0 and list_has_all({over}, {listed})"


def _references(entity: Entity, target: Entity) -> Iterator[Field]:
    return (one for one in entity.references if one.reference and one.reference.entity == target.name)


def _target(field: Field) -> Entity:
    assert field.reference is not None
    return BY_NAME[field.reference.entity]


def _fetched(field: Field) -> str:
    return quoted(f"to {field.name}")


def _key(entity: Entity) -> str:
    (key,) = entity.key
    return quoted(key)


def _list(value: str) -> str:
    return f"from_json({value}, '[\"varchar\"]')"


def _elements(field: Field) -> str:
    value = quoted(field.name)
    return f"unnest({_list(value)})" if field.type.is_list else value


def _any(conditions: list[str]) -> str:
    return " or ".join(f"({condition})" for condition in conditions) or "false"
