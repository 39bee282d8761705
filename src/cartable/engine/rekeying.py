"""Reads a roster through the new keys that its records get: whatever refers to one names its new key.

`rekeyed` says which record has which new key. `cartable.engine.diffing` compares a delivery with the
roster as it reads then; what reads otherwise than it is stored is a change of the same plan.
"""

from collections.abc import Mapping

from cartable.engine.rosters import Keys
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import Entity, Field


class Rekeying:
    """One entity's records, read through the new keys.

    Its tables: `stored` (id, active, each field): the records as the roster has them; `renamed` (id and
    the fields of `self.fields`): what reads otherwise of some of them. Its view `known`: the records as
    they read, each field and `old_` each field as stored.
    """

    def __init__(self, workspace: Workspace, entity: Entity) -> None:
        self.workspace = workspace
        self.entity = entity
        self.fields = self._affected()

    def _affected(self) -> tuple[Field, ...]:
        """The fields that name records of which some have a new key: references, and the key itself."""
        entities = {name for (name,) in self.workspace.execute("select distinct entity from rekeyed")}
        return tuple(field for field in self.entity.fields if _named_by(self.entity, field) in entities)

    @property
    def in_key(self) -> tuple[Field, ...]:
        """Those of them that are part of the key."""
        return tuple(field for field in self.fields if field.name in self.entity.key)

    def has_new_key(self, alias: str) -> str:
        """SQL: that the key of a row of `known` reads otherwise than it is stored."""
        return " or ".join(_differs(alias, field) for field in self.in_key) or "false"

    def differing(self, alias: str) -> str:
        """SQL: the names of the fields of a row of `known` that read otherwise than they are stored."""
        if not self.fields:
            return "[]::varchar[]"
        names = (
            f"case when {_differs(alias, field)} then {literal(field.name)} end" for field in self.fields
        )
        return f"list_filter([{', '.join(names)}], lambda x: x is not null)"

    def referring(self, *, to_itself: bool = False) -> Mapping[str, Keys]:
        """What to ask the roster for: by field, the identifiers whose referrers are concerned.

        New keys are among them: what refers to one already is another record, which must be known.

        Args:
            to_itself: only by fields that refer to records of the entity itself; else only by the others.
        """
        return {
            field.name: self.workspace.stream(
                f"select unnest([old, new]) from rekeyed where entity = {literal(field.reference.entity)}"
            )
            for field in self.fields
            if field.reference and (field.reference.entity == self.entity.name) is to_itself
        }

    def make_known(self) -> None:
        """(Re)make `renamed` and `known`, of `stored` and of the new keys that are known by now."""
        self.fields = self._affected()
        names = [field.name for field in self.entity.fields]
        olds = ", ".join(f"one.{quoted(name)} as {quoted('old_' + name)}" for name in names)
        values, join = {name: f"one.{quoted(name)}" for name in names}, ""
        if self.fields:
            self._make_renamed()
            join = "left join renamed using (id)"
            for field in self.fields:
                values[field.name] = f"coalesce(renamed.{quoted(field.name)}, one.{quoted(field.name)})"
        listed = ", ".join(f"{value} as {quoted(name)}" for name, value in values.items())
        self.workspace.execute(
            f"create or replace view known as select one.id, one.active, {listed}, {olds} "
            f"from stored as one {join}"
        )

    def _make_renamed(self) -> None:
        values, joins = self._read("one", self.fields)
        differs = " or ".join(
            f"one.{quoted(name)} is distinct from {value}" for name, value in values.items()
        )
        listed = ", ".join(f"{value} as {quoted(name)}" for name, value in values.items())
        self.workspace.execute(
            f"create or replace table renamed as select one.id, {listed} from stored as one {joins} "
            f"where {differs}"
        )
        if self.in_key:
            self._leave_out_whose_key_is_taken()

    def _leave_out_whose_key_is_taken(self) -> None:
        """A key that another record has stays that one's."""
        same = " and ".join(
            f"other.{quoted(name)} = "
            + (f"renamed.{quoted(name)}" if name in {f.name for f in self.in_key} else f"one.{quoted(name)}")
            for name in self.entity.key
        )
        self.workspace.execute(
            "delete from renamed where id in (select one.id from renamed join stored as one using (id) "
            f"join stored as other on {same} where other.id <> one.id)"
        )

    def keyed(self, rows: str) -> str:
        """SQL: rows of `claim`, `_line` and the key, read through the new keys, if there are any."""
        if not self.in_key:
            return rows
        values, joins = self._read("one", self.in_key)
        keys = ", ".join(
            f"{values.get(name, f'one.{quoted(name)}')} as {quoted(name)}" for name in self.entity.key
        )
        return f"(select one.claim, one._line, {keys} from {rows} as one {joins})"

    def _read(self, alias: str, fields: tuple[Field, ...]) -> tuple[dict[str, str], str]:
        """SQL: the values of fields as they read, and the joins that this takes."""
        values, joins = {}, []
        for field in fields:
            name, other = quoted(field.name), quoted(f"new {field.name}")
            keys = f"select old, new from rekeyed where entity = {literal(_named_by(self.entity, field))}"
            if field.type.is_list:
                each = f"select id, unnest(from_json({name}, '[\"varchar\"]')) as old from stored"
                spelled = (
                    "cast(to_json(list_sort(list_distinct(list(coalesce(new, old))))) as varchar) as new"
                )
                keys = f"select id, {spelled} from ({each}) left join ({keys}) using (old) group by id"
                joins.append(f"left join ({keys}) as {other} on {other}.id = {alias}.id")
            else:
                joins.append(f"left join ({keys}) as {other} on {other}.old = {alias}.{name}")
            values[field.name] = f"coalesce({other}.new, {alias}.{name})"
        return values, " ".join(joins)


def _differs(alias: str, field: Field) -> str:
    return f"{alias}.{quoted(field.name)} is distinct from {alias}.{quoted('old_' + field.name)}"


def _named_by(entity: Entity, field: Field) -> str:
    """The entity whose records the field names; '' where it names none."""
    if field.reference:
        return field.reference.entity
    return entity.name if entity.key == (field.name,) else ""
