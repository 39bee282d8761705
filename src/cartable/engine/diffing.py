"""Compares what a delivery says with what the roster holds: one table of changes an entity.

A damaged row is not a departed pupil: a roster record that the delivery does not show is
deactivated only when no excluded row can be its row. Which rows those are, `claim_<entity>` says
(`cartable.engine.shaping`): one row per excluded row, its key parts NULL where they are damaged.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartable.engine import identifying, overlaying, reasoning, speaking
from cartable.engine.rekeying import Rekeying
from cartable.engine.rosters import Keys, RosterReader
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.checksums import Checksum
from cartable.model.deliveries import DeliveredFile, Mode
from cartable.model.entities import Entity
from cartable.model.plans import ChangeKind, Counts, KeptReason, Reason

# Chunks of digests that are held at once: eight million, in 128 MB, which are joined where they lie.
# DuckDB takes over what is more, since it can spill to the disk.
_AT_ONCE = 160
# Tables of one comparison, gone when it ends. They are no temporary tables, because the streams
# that read them run on cursors of their own.
_SCRATCH = (
    "held",
    "marked",
    "unmatched",
    "shown",
    "missed",
    "stated",
    "stored",
    "renamed",
    "unseen",
    "gone",
    "claimed",
    "open_claim",
    "merged",
)


def digest_of(columns: dict[str, str], entity: Entity) -> str:
    """SQL for the 63-bit digest of a record.

    Control characters cannot stand in an accepted value, so they separate and mark absence.

    Args:
        columns: an SQL expression for every field's canonical value.
    """
    parts = ", ".join(f"coalesce({columns[field.name]}, chr(30))" for field in entity.fields)
    # Three times as fast as md5_number_lower, and as a remainder of 2**63 thirty times.
    return f"cast(md5_number(concat_ws(chr(31), {parts})) & 9223372036854775807 as bigint)"


KEPT = """
create or replace table kept (
    entity varchar, id bigint, key varchar[], reason varchar, code varchar, file varchar, line bigint,
    keep bigint, until varchar, why varchar
)
"""
"""Records that a plan leaves at their last good state, and why: the rule and the row, or the decision.

A row of the delivery that was not taken, for a protected person would get another role, has no id.
"""


def change_columns(entity: Entity) -> dict[str, str]:
    """The columns of `change_<entity>` with their types, as `compare` makes it."""
    names = [field.name for field in entity.fields]
    return {
        "kind": "varchar",
        "reason": "varchar",
        "line": "bigint",
        "id": "bigint",
        "digest": "bigint",
        "fields": "varchar[]",
        **dict.fromkeys((*names, *(f"old_{name}" for name in names)), "varchar"),
    }


def compare(
    workspace: Workspace,
    entity: Entity,
    file: DeliveredFile | None,
    roster: RosterReader,
    today: date,
    *,
    checksum: Checksum | None = None,
    rekeys: bool = True,
) -> Counts:
    """Compute what the delivery changes in one entity; those before it in the table are done.

    Reads `shaped_<entity>` and `claim_<entity>`; makes `change_<entity>` with the columns kind,
    reason, line, id, digest, fields (names of those that differ), each field (after) and `old_`
    each field (before); adds to `kept`, `rekeyed` and `reused`.

    Args:
        file: the delivered file; None when it was not delivered, which says that every record of
            the entity is absent (a guard judges that).
        roster: the records to compare with.
        today: what ended before it is over.
        checksum: of the active records, where it is known: those of an entity of which the delivery says
            the same are not read.
        rekeys: whether a record that is gone may be one that is new, under another key.
    """
    comparison = _Comparison(workspace, entity, file)
    comparison.load_digests(roster, checksum)
    if comparison.roster_is_empty:
        return comparison.all_new()
    comparison.load_records(roster)
    comparison.identify(roster, rekeys=rekeys)
    counts = comparison.changes(roster, today)
    workspace.execute("drop view known")
    for table in _SCRATCH:
        workspace.execute(f"drop table if exists {table}")
    return counts


class _Comparison:
    """The steps of one entity's comparison, in the order of `compare`."""

    def __init__(self, workspace: Workspace, entity: Entity, file: DeliveredFile | None) -> None:
        self.workspace = workspace
        self.entity = entity
        self.name = entity.name
        self.file = file
        self.delivered = set(file.columns) if file else {field.name for field in entity.fields}
        self.is_whole = file is None or file.mode is Mode.WHOLE
        self.roster_is_empty = True
        self.active = 0
        self.rekeying = Rekeying(workspace, entity)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        return self.workspace.execute(sql)

    def count(self, sql: str) -> int:
        return int(self.execute(f"select count(*) from {sql}")[0][0])

    def columns(self, prefix: str = "", *, old: bool = False) -> str:
        """The fields, or their values before, each after `prefix` (a table's alias with its dot)."""
        return ", ".join(
            f"{prefix}{quoted(f'old_{field.name}' if old else field.name)}" for field in self.entity.fields
        )

    def key_columns(self, prefix: str = "") -> str:
        return ", ".join(f"{prefix}{quoted(key)}" for key in self.entity.key)

    def same_key(self, left: str, right: str) -> str:
        return " and ".join(f"{left}.{quoted(key)} = {right}.{quoted(key)}" for key in self.entity.key)

    def digest(self, prefix: str) -> str:
        """SQL for a record's digest, its fields after `prefix`."""
        return digest_of(
            {field.name: prefix + quoted(field.name) for field in self.entity.fields}, self.entity
        )

    def load_digests(self, roster: RosterReader, checksum: Checksum | None) -> None:
        """Make `unmatched`: `_line` of rows whose digest no active record has, `id` of records likewise."""
        self.execute("create or replace table unmatched (_line bigint, id bigint)")
        if checksum is not None:
            self._mark()
            ((records, total),) = self.execute("select count(*), coalesce(sum(digest), 0) from marked")
            if checksum == Checksum(records, total):
                self.roster_is_empty, self.active = False, checksum.records
                return
        self.active = self._hold(roster)
        if not self.roster_is_empty:
            if checksum is None:
                self._mark()
            held = "(select id, digest from held union all select id, digest from chunk)"
            self.execute(
                f"insert into unmatched select m._line, h.id from marked m full outer join {held} h "
                "on h.digest = m.digest where m._line is null or h.id is null"
            )
            self.workspace.connection.unregister("chunk")

    def _hold(self, roster: RosterReader) -> int:
        """Bring in id and digest of the active records, into `held` and the last of them as `chunk`."""
        self.execute("create or replace table held (id bigint, digest bigint)")
        active, chunks = 0, roster.digests(self.name)
        while some := list(islice(chunks, _AT_ONCE)):
            if not self.roster_is_empty:
                self.execute("insert into held select id, digest from chunk")
            self.roster_is_empty = False
            ids, digests = (np.concatenate([chunk[part][chunk[2]] for chunk in some]) for part in range(2))
            active += len(ids)
            self.workspace.connection.register("chunk", {"id": ids, "digest": digests})
        return active

    def _mark(self) -> None:
        self.execute(
            "create or replace table marked as "
            f"select _line, {self.digest('')} as digest from {quoted('shaped_' + self.name)}"
        )

    def all_new(self) -> Counts:
        """A first delivery: no copy is made, the changes are a view of the shaped rows."""
        olds = ", ".join(f"null::varchar as {quoted('old_' + field.name)}" for field in self.entity.fields)
        self.execute(
            f"""create or replace view {quoted("change_" + self.name)} as
            select {literal(ChangeKind.ADD)} as kind, {literal(Reason.NEW)} as reason, _line as line,
                null::bigint as id, {self.digest("")} as digest, null::varchar[] as fields,
                {self.columns()}, {olds}
            from {quoted("shaped_" + self.name)}"""
        )
        return Counts(add=self.count(quoted("shaped_" + self.name)))

    def load_records(self, roster: RosterReader) -> None:
        """Bring in whole only the records that digests cannot settle.

        `shown`: delivered rows whose digest no active record has. `stated`: the key that each
        claim states, damaged or not. `known`: active records whose digest no delivered row has,
        all records whose key a `shown` or `stated` row has, and all that refer to what has a new key.
        """
        shaped, claim, raw = (quoted(kind + self.name) for kind in ("shaped_", "claim_", "raw_"))
        # To pass over all rows takes long where none is meant.
        some = "" if self.count("unmatched where _line is not null") else "where false"
        self.execute(
            f"create or replace table shown as select s.* from {shaped} s semi join unmatched using (_line) "
            f"{some}"
        )
        self.execute("create or replace table missed as select id from unmatched where id is not null")
        stated = ", ".join(
            f"coalesce(c.{quoted(key)}, trim(r.{quoted(key)}), '') as {quoted(key)}"
            for key in self.entity.key
        )
        # A damaged row may make several claims.
        rows = self.rekeying.keyed(
            f"(select c.rowid as claim, c._line, {stated} from {claim} c left join {raw} r using (_line))"
        )
        self.execute(f"create or replace table stated as select * from {rows}")
        fields = ", ".join(f"{quoted(field.name)} varchar" for field in self.entity.fields)
        self.execute(f"create or replace table stored (id bigint, active boolean, {fields})")
        named = self._named()
        self._store("stored", roster.records(self.name, self._missed_ids(), self._keys(), named))
        self.rekeying.make_known()
        self._find_unseen()
        self._drop_rows_of_uncertain_key()
        overlaying.refuse_roles(self.workspace, self.entity, self.file)
        self._find_claimed()

    def _named(self) -> Mapping[str, Keys]:
        """By field, identifiers whose records are asked for beside those with a key that was delivered."""
        named = dict(self.rekeying.referring())
        if not self.is_whole:
            for name, keys in speaking.named(self.workspace, self.entity).items():
                named[name] = chain(named.get(name, ()), keys)
        return named

    def _store(self, table: str, batches: Iterator[list[tuple[object, ...]]]) -> None:
        shape = {"id": "bigint", "active": "boolean", **{f.name: "varchar" for f in self.entity.fields}}
        self.workspace.insert(table, shape, chain.from_iterable(batches))

    def _missed_ids(self) -> Iterator[NDArray[np.int64]]:
        # What a file of changes does not show is not asked for: it would be nearly all.
        for batch in self.workspace.stream(f"select id from missed where {self.is_whole}"):
            yield np.array([row[0] for row in batch], dtype=np.int64)

    def _keys(self) -> Iterator[list[tuple[object, ...]]]:
        keys = self.key_columns()
        yield from self.workspace.stream(f"select {keys} from shown union select {keys} from stated")

    def _find_unseen(self) -> None:
        """`unseen`: active records that the delivery does not show."""
        gone = "" if self.is_whole else f"where {speaking.condition(self.entity)}"
        self.execute(
            f"create or replace table unseen as select k.* from known k semi join missed m "
            f"on m.id = k.id anti join shown s on {self.same_key('k', 's')} {gone}"
        )

    def identify(self, roster: RosterReader, *, rekeys: bool) -> None:
        """Find out which unseen records are new rows under another key, and read them by that."""
        if not identifying.identify(self.workspace, self.entity, self.delivered, roster, rekeys=rekeys):
            return
        self.rekeying = Rekeying(self.workspace, self.entity)
        if itself := self.rekeying.referring(to_itself=True):
            self.execute("create or replace table more as select * from stored limit 0")
            self._store("more", roster.records(self.name, named=itself))
            self.execute("insert into stored select * from more anti join stored using (id)")
            self.execute("drop table more")
        self.rekeying.make_known()
        self._find_unseen()

    def changes(self, roster: RosterReader, today: date) -> Counts:
        """Decide for every settled and unsettled record, and make `change_<entity>`."""
        self._keep()
        overlaying.note_stays(self.workspace, self.entity)
        reasoning.note_gone(self.workspace, self.entity, roster, today)
        self._merge()
        change, changed = quoted("change_" + self.name), quoted("changed_" + self.name)
        self.execute(
            f"""create or replace table {changed} as
            select kind, case when kind = {literal(ChangeKind.ADD)} then {literal(Reason.NEW)}
                    when kind = {literal(ChangeKind.REACTIVATE)} then {literal(Reason.RETURNED)}
                    when kind = {literal(ChangeKind.REKEY)} or is_renamed then {literal(Reason.RENAMED)}
                    else {literal(Reason.CHANGED)} end as reason,
                _line as line, id, {self.digest("m.")} as digest, fields,
                {self.columns()}, {self.columns("m.", old=True)}
            from merged m where kind is not null
            union all
            select gone.kind, gone.reason, null, id, {self.digest("u.")}, {self.rekeying.differing("u")},
                {self.columns("u.")}, {self.columns("u.", old=True)}
            from unseen u join gone using (id)"""
        )
        if self.rekeying.fields:
            self._follow(changed)
        self.execute(f"create or replace view {change} as select * from {changed}")
        by_kind = dict(self.execute(f"select kind, count(*) from {change} group by 1"))
        touched = self.count(
            f"known semi join (select id from {changed} union all select id from claimed) using (id) "
            "where active"
        )
        return Counts(**by_kind, keep=self.count("claimed"), unchanged=self.active - touched)

    def _follow(self, changed: str) -> None:
        """Add to the changes what changes in nothing but the new keys of what it refers to."""
        self.execute(
            f"""insert into {changed}
            select case when {self.rekeying.has_new_key("k")} then {literal(ChangeKind.REKEY)}
                else {literal(ChangeKind.UPDATE)} end, {literal(Reason.RENAMED)}, null, id,
                {self.digest("k.")}, {self.rekeying.differing("k")},
                {self.columns("k.")}, {self.columns("k.", old=True)}
            from known k semi join renamed using (id)
            anti join (select id from merged union all select id from gone) as told using (id)"""
        )

    def _drop_rows_of_uncertain_key(self) -> None:
        """A row whose key lost a part to a blank may be an unseen record's row: then it adds nothing."""
        keys = ", ".join(literal(key) for key in self.entity.key)
        uncertain = f"shown where _blanked is not null and list_has_any(_blanked, [{keys}])"
        if not self.count(uncertain):
            return
        fits = " and ".join(
            f"(list_contains(s._blanked, {literal(key)}) or s.{quoted(key)} = u.{quoted(key)})"
            for key in self.entity.key
        )
        self.execute(
            f"""delete from shown where _line in (
                select s._line from (select * from {uncertain}) s
                where exists (select 1 from unseen u where {fits})
                and not exists (select 1 from known k where k.active and {self.same_key("k", "s")}))"""
        )

    def _find_claimed(self) -> None:
        """`claimed`: unseen records that an excluded row may stand for.

        A claim whose stated key is a record's is that record's row. Any other claim with damaged
        parts may be the row of every unseen record that agrees with its sound parts.
        """
        claim = self.rekeying.keyed(f"(select rowid as claim, * from {quoted('claim_' + self.name)})")
        self.execute("create or replace table claimed (id bigint, line bigint)")
        self.execute(
            "insert into claimed select u.id, min(c._line) "
            f"from unseen u join stated c on {self.same_key('u', 'c')} group by u.id"
        )
        self.execute(
            f"create or replace table open_claim as select c.* from {claim} c "
            f"join stated s on s.claim = c.claim anti join known k on {self.same_key('k', 's')}"
        )
        damaged = ", ".join(f"{quoted(key)} is null" for key in self.entity.key)
        for pattern in self.execute(f"select distinct {damaged} from open_claim"):
            sound = [key for key, is_damaged in zip(self.entity.key, pattern, strict=True) if not is_damaged]
            if len(sound) == len(self.entity.key):
                continue
            is_pattern = " and ".join(
                f"{quoted(key)} is {'not ' if key in sound else ''}null" for key in self.entity.key
            )
            agree = " and ".join(f"u.{quoted(key)} = c.{quoted(key)}" for key in sound) or "true"
            self.execute(
                f"insert into claimed select u.id, min(c._line) from unseen u "
                f"join (select * from open_claim where {is_pattern}) c on {agree} "
                "where u.id not in (select id from claimed) group by u.id"
            )

    def _told(self) -> str:
        """SQL: whether a finding is about the entity's rows, which several entities may come from."""
        own = f"entity = {literal(self.name)}"
        return f"({own} or file = {literal(self.file.name)})" if self.file else own

    def _keep(self) -> None:
        """Note what stays because its row was left out, with the first finding that left it out."""
        self.execute(
            f"""insert into kept
            select {literal(self.name)}, u.id, [{self.key_columns("u.")}], {literal(KeptReason.EXCLUDED)},
                one.code, one.file, claimed.line, null, '', ''
            from unseen u join claimed using (id) left join (
                select line, arg_min(code, number) as code, arg_min(file, number) as file from report
                where {self._told()} and action in ('exclude', 'blank') group by line
            ) as one using (line)"""
        )

    def _merge(self) -> None:
        """`merged`: every shown row beside its record; what is absent, blanked or pinned as it was."""
        pinned = overlaying.pinned_fields(self.workspace, self.entity)
        after, differs, same = [], [], []
        for field in self.entity.fields:
            name = quoted(field.name)
            value = f"s.{name}"
            if field.name not in self.entity.key:
                held = (
                    "true"
                    if field.name not in self.delivered
                    else f"list_contains(s._blanked, {literal(field.name)})"
                )
                if field.name in pinned & self.delivered:
                    overlaying.note_pinned(self.workspace, self.entity, field)
                    held += f" or list_contains(pins.fields, {literal(field.name)})"
                value = f"case when k.id is not null and ({held}) then k.{name} else s.{name} end"
            if field.name not in self.entity.key or field in self.rekeying.fields:
                old = f"k.{quoted('old_' + field.name)}"
                differs.append(f"case when {value} is distinct from {old} then {literal(field.name)} end")
                same.append(f"{value} is not distinct from k.{name}")
            after.append(f"{value} as {name}")
        fields = (
            f"list_filter([{', '.join(differs)}], lambda x: x is not null)" if differs else "[]::varchar[]"
        )
        by_record = (
            f"select id, list(field) as fields from pin where entity = {literal(self.name)} group by id"
        )
        pins = f"left join ({by_record}) pins on pins.id = k.id" if pinned else ""
        # That it differs from the record in nothing but the new keys of what that refers to.
        is_renamed = " and ".join(same) if self.rekeying.fields else "false"
        self.execute(
            f"""create or replace table merged as
            select case when id is null then {literal(ChangeKind.ADD)}
                    when not active then {literal(ChangeKind.REACTIVATE)}
                    when has_new_key then {literal(ChangeKind.REKEY)}
                    when len(fields) > 0 then {literal(ChangeKind.UPDATE)} end as kind, *
            from (select s._line, k.id, k.active, {fields} as fields,
                    {self.rekeying.has_new_key("k")} as has_new_key, {is_renamed} as is_renamed,
                    {", ".join(after)}, {self.columns("k.", old=True)}
                from shown s left join known k on {self.same_key("s", "k")} {pins})"""
        )
