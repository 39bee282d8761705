"""Brings the accepted rows into the shape that the roster stores, and says what the others claim."""

from cartable.engine import spelling
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format, Need
from cartable.formats.sds import SDS_V2_1
from cartable.model.deliveries import Delivery
from cartable.model.entities import ENTITIES, Entity, Field
from cartable.model.options import CheckOptions


def shape(workspace: Workspace, delivery: Delivery, layout: Format = SDS_V2_1) -> None:  # noqa: ARG001
    """Make `shaped_<entity>` and `claim_<entity>` of every entity, after a check.

    `shaped_`: the accepted rows of which no other source has the record: `_line`, every field as canonical
    text (NULL where it is empty, '' in a key; lists as JSON arrays) and `_blanked` (names of the fields
    that lost a value or an element of a list, NULL when none). A view, for most of its rows are only ever
    digested.

    `claim_`: one row for every excluded row, and for every accepted one with a blanked part of its
    key: `_line` and the key's parts, NULL where a part is damaged or cannot be read. Where a part is
    damaged and references show what it was, a second row says that.
    """
    for entity in ENTITIES:
        one = _Shape(workspace, entity, layout)
        one.make_rows()
        one.make_claims()


def shape_rows(workspace: Workspace, entity: Entity, layout: Format = SDS_V2_1) -> None:
    """Make `shaped_<entity>` of one entity alone, of what was judged so far."""
    _Shape(workspace, entity, layout).make_rows()


class _Shape:
    """The two tables of one entity."""

    def __init__(self, workspace: Workspace, entity: Entity, layout: Format) -> None:
        self.workspace = workspace
        self.entity = entity
        self.layout = layout.file_of(entity.name)
        blanked = workspace.execute(f"select distinct field from {self.table('blanked')}")
        self.blanked = {str(name) for (name,) in blanked}
        self.left_out = [kind for kind in ("excluded", "shared") if self._has(kind)]

    def table(self, kind: str) -> str:
        return quoted(f"{kind}_{self.entity.name}")

    def _has(self, kind: str) -> bool:
        return self.workspace.execute(f"select count(*) from {self.table(kind)}") != [(0,)]

    def make_rows(self) -> None:
        values = {field.name: self._value(field) for field in self.entity.fields}
        columns = ", ".join(f"{value} as {quoted(name)}" for name, value in values.items())
        joins = ""
        if self.blanked:
            joins += f""" left join (
                select _line, list_sort(list(distinct field)) as fields,
                    list({{'field': field, 'element': element}}) filter (element is not null) as elements
                from {self.table("blanked")} group by _line) as loss using (_line)"""
        for kind in self.left_out:
            joins += f" anti join {self.table(kind)} as {kind} using (_line)"
        lost = "loss.fields" if self.blanked else "cast(null as varchar[])"
        self.workspace.execute(
            f"""create or replace view {self.table("shaped")} as
            select one._line, {columns}, {lost} as _blanked from {self.table("canonical")} as one {joins}"""
        )

    def _value(self, field: Field) -> str:
        """SQL: what the roster stores of the field."""
        value = f"one.{quoted(field.name)}"
        if field.type.is_list:
            if field.name in self.blanked:
                gone = (
                    f"list_transform(list_filter(loss.elements, lambda x: x.field = {literal(field.name)}), "
                    "lambda x: x.element)"
                )
                value = f"list_filter({value}, lambda x: not coalesce(list_contains({gone}, x), false))"
            value = f"case when len({value}) > 0 then cast(to_json({value}) as varchar) end"
        elif field.name in self.blanked:
            value = f"case when list_contains(loss.fields, {literal(field.name)}) then null else {value} end"
        return f"coalesce({value}, '')" if field.name in self.entity.key else value

    def make_claims(self) -> None:
        keys = ", ".join(f"{self._claimed(name)} as {quoted(name)}" for name in self.entity.key)
        pulled = ", ".join(self._pulled(n, name) for n, name in enumerate(self.entity.key, start=1))
        damaged = " or ".join(
            f"field = {literal(name)}" for name in self.entity.key if not self._is_required(name)
        )
        blanked = f"union select _line from {self.table('blanked')} where {damaged}" if damaged else ""
        self.workspace.execute(
            f"""create or replace table {self.table("claim")} as
            select one._line, {keys} from {self.table("canonical")} as one
            semi join (select _line from {self.table("excluded")} {blanked}) as kept using (_line)
            union all
            select line, {pulled} from pulled where entity = {literal(self.entity.name)}"""
        )
        if self.workspace.execute("select 1 from broken_key limit 1"):
            self._restore_claims()

    def _restore_claims(self) -> None:
        """Let rows with an identifier that was found to be damaged claim what it was, too."""
        parts, joins, restored = [], [], []
        for name in self.entity.key:
            reference = self.entity.field(name).reference
            known = quoted(f"known {name}")
            parts.append(f"coalesce({known}.meant, one.{quoted(name)})")
            restored.append(f"{known}.meant is not null")
            joins.append(
                f"left join (select distinct value, meant from broken_key "
                f"where entity = {literal(reference.entity if reference else self.entity.name)}) as {known} "
                f"on {known}.value = one.{quoted(name)}"
            )
        self.workspace.execute(
            f"""insert into {self.table("claim")}
            select one._line, {", ".join(parts)} from {self.table("claim")} as one {" ".join(joins)}
            where {" or ".join(restored)}"""
        )

    def _is_required(self, name: str) -> bool:
        return self.layout.column_of(name).need is Need.REQUIRED

    def _claimed(self, name: str) -> str:
        """SQL: a part of the key of a row in `canonical_`; NULL where it is damaged.

        A part is damaged that is required but empty, breaks the rules of its type, or refers to no
        row at all. One that refers to a row that was left out is sound.
        """
        value = f"one.{quoted(name)}"
        dangling = (
            f"select line from finding where entity = {literal(self.entity.name)} "
            f"and field = {literal(name)} and code = 'reference.missing'"
        )
        if self._is_required(name):
            return f"case when one._line in ({dangling}) then null else {value} end"
        blanked = f"select _line from {self.table('blanked')} where field = {literal(name)}"
        sound = dangling.replace("reference.missing", "reference.excluded")
        return (
            f"case when one._line in ({blanked}) and one._line not in ({sound}) then null "
            f"else coalesce({value}, '') end"
        )

    def _pulled(self, position: int, name: str) -> str:
        """SQL: a part of the key of a row that could not be parsed."""
        part = spelling.trimmed(f"key[{position}]")
        field = self.entity.field(name)
        spelled = spelling.canonical(field, CheckOptions(), part, faulty=True)
        if is_destroyed := spelling.destroyed(self.entity, field, part):
            spelled = f"case when {is_destroyed} then null else {spelled} end"
        if self._is_required(name):
            return spelled
        return f"case when key is null then null when {part} is null then '' else {spelled} end"
