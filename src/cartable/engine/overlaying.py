"""Keeps what people decided to keep, and fields as they pinned them, whatever a delivery says.

Before a delivery is compared, `settle` finds in the roster whom the decisions are about, and what those
of them that the delivery does not show need to stand on: an enrollment its class and its person, a
class its organisation, its course and its sessions. `stay_<entity>` are all of these records.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.deliveries import DeliveredFile
from cartable.model.entities import BY_NAME, ENTITIES, Entity, Field
from cartable.model.plans import KeptReason

if TYPE_CHECKING:
    from cartable.engine.rosters import RosterReader

PINNED = """
create or replace table pinned (
    entity varchar, id bigint, key varchar[], field varchar, delivered varchar, stays varchar,
    number bigint, author varchar, why varchar
)
"""
"""Fields that the delivery would have changed and that stay, because they are pinned."""

# One row a keep or protection, those that come first told first; whom each is about, '' for all of
# the other's; fields of records, by the id of the current row.
_TABLES: dict[str, dict[str, object]] = {
    "decision": {
        "place": "bigint",
        "reason": "varchar",
        "keep": "bigint",
        "until": "varchar",
        "why": "varchar",
    },
    "scope": {"place": "bigint", "person": "varchar", "class": "varchar"},
    "pin": {
        "number": "bigint",
        "entity": "varchar",
        "id": "bigint",
        "field": "varchar",
        "author": "varchar",
        "why": "varchar",
    },
}

_USERS, _CLASSES, _ORGS, _ROLES = (BY_NAME[name] for name in ("users", "classes", "orgs", "roles"))
_ROLE = "role"

# What stays of a person or a class that is protected: those who come and go in a class are not.
_PROTECTED = frozenset((_USERS, _CLASSES, _ROLES))


@dataclass(frozen=True, slots=True)
class Decision:
    """A keep or a protection.

    Args:
        reason: `UNTIL` or `PROTECTED`.
        scope: whom it is about: sourcedIds of a person and a class, '' for all of the other's.
        keep, until: the keep's number and last day, ISO 8601.
        why: what is said of it.
    """

    reason: KeptReason
    scope: Iterable[tuple[str, str]]
    why: str
    keep: int | None = None
    until: str = ""


def begin(
    workspace: Workspace, decisions: Iterable[Decision], pins: Iterable[tuple[int, str, int, str, str, str]]
) -> None:
    """Make `decision`, `scope`, `pin` and the empty table `pinned`.

    Args:
        decisions: where several keep a record, the first is told.
        pins: number, entity, id of the current row, field, author, why.
    """
    workspace.execute(PINNED)
    for table, columns in _TABLES.items():
        shape = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        workspace.execute(f"create or replace table {table} ({shape})")
    for entity in ENTITIES:
        fields = ", ".join(f"{quoted(field.name)} varchar" for field in entity.fields)
        workspace.execute(f"create or replace table {_stay(entity)} (id bigint, {fields}, place bigint)")
    for place, one in enumerate(decisions):
        head = (place, one.reason.value, one.keep, one.until, one.why)
        workspace.insert("decision", _TABLES["decision"], [head])
        workspace.insert("scope", _TABLES["scope"], ((place, *whom) for whom in one.scope))
    workspace.insert("pin", _TABLES["pin"], pins)


def settle(workspace: Workspace, roster: "RosterReader") -> None:
    """Fill `stay_<entity>`, after `begin` and once the delivery is in shape."""
    if not _has(workspace, "scope"):
        return
    # What a record needs stands above it in the table of entities.
    for entity in reversed(ENTITIES):
        stays = _Stays(workspace, entity, roster)
        stays.take_scope()
        stays.follow()


def note_stays(workspace: Workspace, entity: Entity) -> None:
    """Claim the records of `unseen` that stay, and note them in `kept`."""
    if not _has(workspace, _stay(entity)):
        return
    key = ", ".join(f"u.{quoted(name)}" for name in entity.key)
    workspace.execute(
        f"""insert into kept
        select {literal(entity.name)}, id, [{key}], d.reason, null, null, null, d.keep, d.until, d.why
        from unseen u join (select id, min(place) as place from {_stay(entity)} group by id) s using (id)
        join decision d using (place) where id not in (select id from claimed)"""
    )
    workspace.execute(
        f"insert into claimed select id, null from unseen semi join {_stay(entity)} using (id) "
        "where id not in (select id from claimed)"
    )


def refuse_roles(workspace: Workspace, entity: Entity, file: DeliveredFile | None) -> None:
    """Drop from `shown` the roles that would give a protected person another one, and note them in `kept`."""
    if entity is not _ROLES or file is None or not _has(workspace, _stay(entity)):
        return
    person, role = quoted(naming(entity, _USERS)), quoted(_ROLE)
    # The delivery names people by their new identifiers.
    renamed = f"select old, new from rekeyed where entity = {literal(_USERS.name)}"
    protected = (
        f"select coalesce(new, {person}) as {person}, {role}, place from {_stay(entity)} "
        f"join decision using (place) left join ({renamed}) on old = {person} "
        f"where reason = {literal(KeptReason.PROTECTED)}"
    )
    workspace.execute(
        f"create or replace table refused as select s._line, min(p.place) as place "
        f"from shown s join ({protected}) p on p.{person} = s.{person} "
        f"group by s._line, s.{role} having not bool_or(p.{role} = s.{role})"
    )
    key = ", ".join(f"s.{quoted(name)}" for name in entity.key)
    workspace.execute(
        f"""insert into kept
        select {literal(entity.name)}, null, [{key}], d.reason, null, {literal(file.name)}, _line,
            null, '', d.why
        from shown s join refused using (_line) join decision d using (place)"""
    )
    workspace.execute("delete from shown where _line in (select _line from refused)")
    workspace.execute("drop table refused")


def pinned_fields(workspace: Workspace, entity: Entity) -> frozenset[str]:
    """The fields of the entity that are pinned in some record."""
    names = workspace.execute(f"select distinct field from pin where entity = {literal(entity.name)}")
    return frozenset(name for (name,) in names)


def note_pinned(workspace: Workspace, entity: Entity, field: Field) -> None:
    """Note in `pinned` where the delivery, in `shown`, says something else of a field that is pinned."""
    name = quoted(field.name)
    key = ", ".join(f"k.{quoted(part)}" for part in entity.key)
    same = " and ".join(f"s.{quoted(part)} = k.{quoted(part)}" for part in entity.key)
    workspace.execute(
        f"""insert into pinned
        select {literal(entity.name)}, k.id, [{key}], p.field, s.{name}, k.{name}, p.number, p.author, p.why
        from pin p join known k using (id) join shown s on {same}
        where p.entity = {literal(entity.name)} and p.field = {literal(field.name)}
            and s.{name} is distinct from k.{name}
            and not coalesce(list_contains(s._blanked, p.field), false)"""
    )


class _Stays:
    """What stays of one entity; what its records need is noted above it."""

    def __init__(self, workspace: Workspace, entity: Entity, roster: "RosterReader") -> None:
        self.workspace = workspace
        self.entity = entity
        self.roster = roster
        self.person = naming(entity, _USERS)
        self.klass = naming(entity, _CLASSES)

    def take_scope(self) -> None:
        """The records that the decisions are about."""
        is_kept = f"reason = {literal(KeptReason.UNTIL)}"
        extent = is_kept if self.entity not in _PROTECTED else "true"
        if self.person:
            self._take((("person", self.person),), f"class = '' and {extent}")
        if self.klass:
            self._take((("class", self.klass),), f"person = '' and {extent}")
        if self.person and self.klass:
            both = ("class", self.klass), ("person", self.person)
            self._take(both, f"class <> '' and person <> '' and {is_kept}")

    def _take(self, named: tuple[tuple[str, str], ...], condition: str) -> None:
        """Records whose fields have the values that the scope names.

        Args:
            named: columns of the scope, each with a field.
            condition: which rows of the scope.
        """
        listed = ", ".join(quoted(column) for column, _ in named)
        wanted = (
            f"select {listed}, min(place) as place from scope join decision using (place) where {condition}"
        )
        pairs = [(quoted(column), field) for column, field in named]
        _fetch_into_stay(self.workspace, self.roster, self.entity, f"{wanted} group by all", pairs)

    def follow(self) -> None:
        """Let what the delivery does not show keep what it needs; organisations stand on others of them."""
        workspace, stay, shaped = self.workspace, _stay(self.entity), _shaped(self.entity)
        workspace.execute("create or replace table followed (id bigint)")
        while True:
            workspace.execute(
                f"create or replace table lonely as select * from {stay} "
                f"anti join followed using (id) anti join {shaped} using ({_key(self.entity)})"
            )
            if not _has(workspace, "lonely"):
                break
            workspace.execute("insert into followed select id from lonely")
            for field in self.entity.references:
                self._keep_target(field)
            if self.person and self.klass:
                self._keep_roles()
        for table in ("lonely", "followed"):
            workspace.execute(f"drop table {table}")

    def _keep_target(self, field: Field) -> None:
        """The records that a field of `lonely` names, where the delivery does not have them."""
        assert field.reference is not None
        target = BY_NAME[field.reference.entity]
        value = quoted(field.name)
        if field.type.is_list:
            value = f"unnest(from_json({value}, '[\"varchar\"]'))"
        wanted = (
            f"select id, min(place) as place from (select {value} as id, place from lonely) "
            f"where id is not null group by id"
        )
        (key,) = target.key
        absent = (
            f"select * from ({wanted}) as named anti join {_shaped(target)} as t "
            f"on t.{quoted(key)} = named.id"
        )
        _fetch_into_stay(self.workspace, self.roster, target, absent, [("id", key)])

    def _keep_roles(self) -> None:
        """A member of a class has a role in its organisation: the one it has, unless one is delivered."""
        (key,), home = map(quoted, _CLASSES.key), quoted(_CLASSES.belongs_by)
        person, org = naming(_ROLES, _USERS), _ROLES.belongs_by
        classes = (
            f"select {key}, {home} from {_shaped(_CLASSES)} union select {key}, {home} from {_stay(_CLASSES)}"
        )
        wanted = (
            f"select l.{quoted(self.person)} as person, c.{home} as org, min(l.place) as place "
            f"from lonely l join ({classes}) c on c.{key} = l.{quoted(self.klass)} group by all"
        )
        absent = (
            f"select * from ({wanted}) as named anti join {_shaped(_ROLES)} as r "
            f"on r.{quoted(person)} = named.person and r.{quoted(org)} = named.org"
        )
        _fetch_into_stay(self.workspace, self.roster, _ROLES, absent, [("person", person), ("org", org)])


def _fetch_into_stay(
    workspace: Workspace,
    roster: "RosterReader",
    entity: Entity,
    wanted: str,
    named: list[tuple[str, str]],
) -> None:
    """Put the active records that are wanted into `stay_<entity>`.

    Args:
        wanted: a SELECT of `place` and of columns that hold the fields' values.
        named: these columns, as SQL identifiers, each with its field; the first finds the records.
    """
    workspace.execute(f"create or replace table wanted as {wanted}")
    if _has(workspace, "wanted"):
        column, field = named[0]
        # Written out first: the roster is read while this stream is.
        values: list[tuple[object, ...]] = list(workspace.execute(f"select distinct {column} from wanted"))
        batches = roster.records(entity.name, named={field: [values]})
        fields = {field.name: "varchar" for field in entity.fields}
        shape = ", ".join(f"{quoted(name)} varchar" for name in fields)
        workspace.execute(f"create or replace table fetched (id bigint, {shape})")
        active = (
            (number, *values) for number, is_active, *values in chain.from_iterable(batches) if is_active
        )
        workspace.insert("fetched", {"id": "bigint", **fields}, active)
        same = " and ".join(f"w.{column} = f.{quoted(field)}" for column, field in named)
        workspace.execute(
            f"insert into {_stay(entity)} select f.*, w.place from fetched f join wanted w on {same}"
        )
        workspace.execute("drop table fetched")
    workspace.execute("drop table wanted")


def naming(entity: Entity, target: Entity) -> str:
    """The part of a record's key that says of which person, or which class, it is; '' where none does."""
    if entity is target:
        return entity.key[0]
    for name in entity.key:
        reference = entity.field(name).reference
        if reference and reference.entity == target.name:
            return name
    return ""


def _has(workspace: Workspace, table: str) -> bool:
    return bool(workspace.execute(f"select 1 from {table} limit 1"))


def _stay(entity: Entity) -> str:
    return quoted(f"stay_{entity.name}")


def _shaped(entity: Entity) -> str:
    return quoted(f"shaped_{entity.name}")


def _key(entity: Entity) -> str:
    return ", ".join(map(quoted, entity.key))
