"""Brings what a OneRoster package says into the shape of the roster's entities, once it was judged.

`text_<entity>` then holds rows as SDS would have delivered them, each on the line of the file that it
comes from, so that every later step works as ever and still names that file. What was left out is in
`pulled`, what was blanked in `blanked_<entity>`, as if it had been so from the start.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cartable.engine import forwarding, loading, remembering, spelling
from cartable.engine.findings import Found, add
from cartable.engine.packaging import Package
from cartable.engine.rosters import Memory
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Column, File, Format
from cartable.formats.intakes import INTAKES, NO_ROLE, PEOPLE, Intake, Taken
from cartable.formats.layouts import MANIFESTS
from cartable.formats.sds import SDS_V2_1
from cartable.model.deliveries import DeliveredFile, Delivery, Mode
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.vocabularies import BIRTH_STATES, ORG_TYPES, SUBJECTS
from cartable.rules import packages as rules

Subjects = Mapping[str, Subject]

# What the rows of a file are read as: those that go on, and those that were left out.
_TAKEN, _LEFT = "accepted", "left"
_NAMED = re.compile(r"\{([a-zA-Z]+)\}")
_LIST = re.compile(r"\{list:([a-zA-Z]+)\}")
_VOCABULARIES = {listed.name: listed for listed in (ORG_TYPES, SUBJECTS, BIRTH_STATES)}


@dataclass(slots=True)
class Parcel:
    """A package in the roster's terms.

    Args:
        delivery: the delivery, with what each entity was taken from.
        layout: the roster's entities, with the names of the package's files and columns.
        open: the entities of whose records it says only what has changed, or nothing.
    """

    delivery: Delivery
    layout: Format
    open: frozenset[str]


def convert(
    workspace: Workspace, package: Package, subjects: Subjects, memory: Memory | None = None
) -> Parcel:
    """Make `text_<entity>`, `pulled`, `blanked_`, `spoken_` and `moved_<entity>` of what the package says.

    `spoken_<entity>` holds keys, NULL for any value: whose records the package tells whole. Records with
    such keys that it does not show are gone, whatever its files' modes. So are those of `moved_<entity>`,
    where the row of the line that is named there goes on: it told of them before.

    Args:
        subjects: the package's files, judged.
        memory: what earlier packages said, where anybody knows.
    """
    return _Conversion(workspace, package, subjects, memory).made()


class _Conversion:
    """The steps of one conversion."""

    def __init__(
        self, workspace: Workspace, package: Package, subjects: Subjects, memory: Memory | None
    ) -> None:
        self.workspace = workspace
        self.package = package
        self.subjects = subjects
        self.memory = memory
        self.intakes = {intake.entity: intake for intake in INTAKES[package.layout.code]}

    def made(self) -> Parcel:
        for subject in self.subjects.values():
            forwarding.make_accepted(subject)
            self._make_left(subject)
        self._note_losses()
        self._note_unknown_contacts()
        self._recall()
        for intake in self.intakes.values():
            self._take(intake)
            self._leave(intake)
            self._blank(intake)
            self._speak(intake)
        self._replace_tables()
        return self._parcel()

    def _make_left(self, subject: Subject) -> None:
        """`left_<entity>`: the rows that were left out, without references that lead nowhere.

        Those that could not be parsed have their identifier alone.
        """
        name, fields = literal(subject.entity.name), subject.entity.fields
        values = []
        for one in fields:
            astray = (
                f"select line from finding where entity = {name} and field = {literal(one.name)} "
                "and code = 'reference.missing'"
            )
            value = f"one.{quoted(one.name)}"
            is_free = one.reference is None or one.type.is_list
            values.append(
                f"{value if is_free else f'case when _line not in ({astray}) then {value} end'} "
                f"as {quoted(one.name)}"
            )
        key = {part: spelling.trimmed("key[1]") for part in subject.entity.key}
        unread = ", ".join(f"{key.get(one.name, 'null')} as {quoted(one.name)}" for one in fields)
        self.workspace.execute(
            f"create or replace view {subject.table(_LEFT)} as select _line, {', '.join(values)} "
            f"from {subject.table('canonical')} as one semi join {subject.table('excluded')} using (_line) "
            f"union all select line, {unread} from pulled where entity = {name}"
        )

    def _filled(self, sql: str, own: str, kind: str) -> str:
        """The SQL with the package's tables in place of their names; of the file itself those of a kind."""
        sql = sql.replace("{people}", self._people())
        names = set(_NAMED.findall(sql)) & set(self.subjects)
        return spelling.filled(
            sql, {name: quoted(f"{kind if name == own else _TAKEN}_{name}") for name in names}
        )

    def _people(self) -> str:
        """SQL: what people are, of whom that is known."""
        people = PEOPLE[self.package.layout.code]
        if self.package.mode(_ROLES) is not Mode.WHOLE:
            return people
        return f"(select * from {people} union all select * from {NO_ROLE.replace('{people}', people)})"

    def _rows(self, intake: Intake, kind: str) -> str:
        """SQL: the rows of the entity, from a file's rows of a kind."""
        rows = self._filled(intake.rows or "{" + intake.file + "}", intake.file, kind)
        where = f" where {intake.condition}" if intake.condition else ""
        return f"(select * from {rows} as told{where}) as one"

    def _take(self, intake: Intake) -> None:
        """`taken_<entity>`: the rows that go on, of each key the first."""
        entity = BY_NAME[intake.entity]
        values = {taken.field: self._listed(taken.value) for taken in intake.fields}
        columns = ", ".join(
            f"{values.get(one.name, 'cast(null as varchar)')} as {quoted(one.name)}" for one in entity.fields
        )
        key = ", ".join(map(quoted, entity.key))
        self.workspace.execute(
            f"""create or replace table {quoted("taken_" + intake.entity)} as
            select * from (select _line, {columns} from {self._rows(intake, _TAKEN)}) as row
            {self._known(intake)}
            qualify row_number() over (partition by {key} order by _line) = 1 order by _line"""
        )

    def _listed(self, sql: str) -> str:
        """The SQL with code lists in place of their names, as the options have them."""
        options = self.subjects[MANIFESTS.name].options
        for name in set(_LIST.findall(sql)):
            spellings = options.vocabulary(_VOCABULARIES[name]).spellings
            known, codes = (", ".join(map(literal, texts)) for texts in zip(*spellings.items(), strict=True))
            sql = sql.replace(f"{{list:{name}}}", f"map([{known}], [{codes}])")
        return sql

    def _known(self, intake: Intake) -> str:
        """SQL: that of a relationship both people are known, so that it is known what they are."""
        return "where relationshipRole is not null" if intake.entity == "relationships" else ""

    def _leave(self, intake: Intake) -> None:
        """`gone_<entity>`: the keys of rows that were left out, as far as they can be read."""
        entity = BY_NAME[intake.entity]
        values = {taken.field: taken.value for taken in intake.fields}
        key = ", ".join(f"cast({values.get(name, 'null')} as varchar)" for name in entity.key)
        gone = f"select _line, [{key}] as key from {self._rows(intake, _LEFT)}"
        if intake.whole_by:
            # Nobody knows what a row that was left out says of its person.
            free = ", ".join("sourcedId" if name == intake.whole_by else "null" for name in entity.key)
            gone = self._of_uncertain(intake, free)
        if intake.entity == "relationships":
            gone += (
                f" union all {self._of_uncertain(intake, 'null, sourcedId')} "
                f"union all select _line, [pupil, contact] as key from {self._rows(intake, _TAKEN)} "
                "where relation is null"
            )
        if self.package.mode(intake.file) is Mode.PARTLY:
            # Of changes, a row that was left out is no reason to keep any other record than its own.
            known = (n for n, name in enumerate(entity.key, start=1) if name != _SESSION)
            gone = f"select * from ({gone}) where {' and '.join(f'key[{n}] is not null' for n in known)}"
        self.workspace.execute(f"create or replace table {quoted('gone_' + intake.entity)} as {gone}")

    def _of_uncertain(self, intake: Intake, key: str) -> str:
        """SQL: the key of the people whose row was left out or lost a value that the entity is taken from."""
        subject = self.subjects[intake.file]
        columns = ", ".join(literal(taken.column) for taken in intake.fields if taken.column != "sourcedId")
        blank = f"(select _line from {subject.table('blanked')} where field in ({columns})) as blank"
        return (
            f"select _line, [{key}] as key from {subject.table(_LEFT)} union all "
            f"select _line, [{key}] as key from {subject.table(_TAKEN)} semi join {blank} using (_line)"
        )

    def _blank(self, intake: Intake) -> None:
        """`lost_value_<entity>`: which values were blanked, by line and field."""
        subject = self.subjects[intake.file]
        parts = [
            f"select _line, {literal(taken.field)} as field from {subject.table('blanked')} "
            f"where field = {literal(taken.column)}"
            for taken in intake.fields
            if not taken.file
        ]
        # A person whom the package does not show has what the roster says.
        parts += [
            f"select _line, {literal(taken.field)} from {quoted('taken_' + intake.entity)} as one "
            f"where {quoted(taken.field)} is null"
            for taken in intake.fields
            if taken.file and self.package.mode(taken.file) is not Mode.WHOLE
        ]
        self.workspace.execute(
            f"create or replace table {quoted('lost_' + intake.entity + '_value')} as "
            f"select distinct _line, field from ({' union all '.join(parts)})"
        )

    def _speak(self, intake: Intake) -> None:
        """`spoken_<entity>`: keys of the records that are to go, or of whose person all are told."""
        entity, mode = BY_NAME[intake.entity], self.package.mode(intake.file)
        names = ", ".join(f"{quoted(name)} varchar" for name in entity.key)
        table = quoted("spoken_" + intake.entity)
        self.workspace.execute(f"create or replace table {table} ({names})")
        self.workspace.execute(
            f"create or replace table {quoted('moved_' + intake.entity)} (line bigint, {names})"
        )
        if mode is not Mode.PARTLY or not self._is_told(intake):
            return
        if intake.whole_by:
            parts = ", ".join("sourcedId" if name == intake.whole_by else "null" for name in entity.key)
            where = f"where {intake.whole_if}" if intake.whole_if else ""
            source = quoted(f"{_TAKEN}_{intake.file}")
            self.workspace.execute(f"insert into {table} select {parts} from {source} {where}")
            if intake.entity == "relationships":
                remembering.note_parted(self.workspace)
            return
        self._speak_of_going(intake, table)
        if remembering.has_own_ids(intake):
            remembering.note_moved(self.workspace, intake)

    def _speak_of_going(self, intake: Intake, table: str) -> None:
        """The records that rows name which are to be deleted; a row that names none is told."""
        entity, subject = BY_NAME[intake.entity], self.subjects[intake.file]
        spelled = ", ".join(
            f"{spelling.canonical(one, subject.options, spelling.trimmed(quoted(one.name)), faulty=True)} "
            f"as {quoted(one.name)}"
            for one in subject.entity.fields
        )
        values = {taken.field: taken for taken in intake.fields}
        keys = [values[name] for name in entity.key if name in values and not values[name].file]
        named = [taken for taken in keys if entity.field(taken.field).reference or len(entity.key) == 1]
        key = ", ".join(
            f"cast({values[name].value if values.get(name) in keys else 'null'} as varchar)"
            for name in entity.key
        )
        source = quoted(f"going_{intake.file}")
        going = f"(select _line, {spelled} from {source}) as one"
        is_named = " and ".join(
            f"{quoted(taken.column)} is not null" for taken in named if taken.field != _SESSION
        )
        self.workspace.execute(f"insert into {table} select {key} from {going} where {is_named}")
        # What earlier packages say of those that name nothing else than themselves.
        known = "false"
        if remembering.has_own_ids(intake):
            earlier = remembering.keys(intake)
            known = f"sourcedId in (select id from {earlier})"
            unnamed = f"select sourcedId from {going} where not ({is_named})"
            self.workspace.execute(
                f"insert into {table} select * exclude (id) from {earlier} where id in ({unnamed})"
            )
        lines = self.workspace.execute(
            f"select _line, sourcedId from {going} where not ({is_named}) and not ({known}) order by 1"
        )
        columns = ", ".join(taken.column for taken in named if taken.field != _SESSION)
        name = subject.file.name if subject.file else subject.layout.name
        add(
            self.workspace,
            (
                Found(
                    rules.UNRESOLVED,
                    intake.file,
                    name,
                    line,
                    record=(identifier or "",),
                    detail={"columns": columns},
                )
                for line, identifier in lines
            ),
        )

    def _recall(self) -> None:
        """`earlier_<file>`: what earlier packages said where this one tells changes under its own names."""
        intakes = self.intakes.values()
        for name in {one.file for one in intakes if one.whole_by or remembering.has_own_ids(one)}:
            if self.package.mode(name) is Mode.PARTLY:
                remembering.recall(self.workspace, self.memory, self.subjects[name])
        self._note_grades_apart()

    def _note_grades_apart(self) -> None:
        """Say where a person's row has another grade than before, and no row is there that takes it."""
        users = self.subjects["users"]
        is_apart = any(taken.file == "users" for taken in self.intakes[_ROLES].fields)
        if not is_apart or self.package.mode("users") is not Mode.PARTLY or not users.file:
            return
        if count := remembering.grades_apart(self.workspace) if users.has("grades") else 0:
            detail = {"case": "apart", "count": str(count)}
            place = ("users", users.file.name, 1, "grades", "grades")
            add(self.workspace, [Found(rules.LOST, *place, detail=detail)])

    def _note_unknown_contacts(self) -> None:
        """Say where nobody can tell what somebody is to a pupil, since the package does not say it."""
        intake, subject = self.intakes["relationships"], self.subjects["users"]
        if not self._is_told(intake) or subject.file is None:
            return
        rows = self.workspace.execute(
            f"select _line, pupil, contact from {self._rows(intake, _TAKEN)} where relation is null"
        )
        column = next(taken.column for taken in intake.fields if taken.field == "userSourcedId")
        file = subject.file.name
        add(
            self.workspace,
            (
                Found(rules.CONTACT, intake.entity, file, line, column, column, (pupil, contact), contact)
                for line, pupil, contact in rows
            ),
        )

    def _note_losses(self) -> None:
        """Say what of the package the roster has no place for, and how much that is."""
        add(self.workspace, self._losses())

    def _losses(self) -> Iterator[Found]:
        taken = {place for one in self.intakes.values() for place in _places(one)}
        files = {intake.file for intake in self.intakes.values()}
        for subject in self.subjects.values():
            name = subject.entity.name
            if subject.file is None or name == MANIFESTS.name or not subject.rows:
                continue
            if name not in files:
                detail = {"case": "file", "count": str(subject.rows)}
                yield Found(rules.LOST, name, subject.file.name, detail=detail)
                continue
            for one in subject.present:
                if (name, one.name) in taken or one.name in _SERVING or one.name == "sourcedId":
                    continue
                where = f"{quoted(one.name)} is not null"
                if one.type.is_list:
                    where = f"len({quoted(one.name)}) > 0"
                if count := subject.count(f"{subject.table(_TAKEN)} where {where}"):
                    detail = {"count": str(count)}
                    yield Found(rules.LOST, name, subject.file.name, 1, one.name, one.name, detail=detail)
            yield from self._partial_losses(subject)

    def _partial_losses(self, subject: Subject) -> Iterator[Found]:
        """Of columns that the roster has a place for, the values that it has none for."""
        name, rows = subject.entity.name, subject.table(_TAKEN)
        assert subject.file

        def told(column: str, where: str, case: str) -> Iterator[Found]:
            if subject.has(column) and (count := subject.count(f"{rows} where {where}")):
                detail = {"case": case, "count": str(count)}
                yield Found(rules.LOST, name, subject.file.name, 1, column, column, detail=detail)  # type: ignore[union-attr]

        if name in ("users", "courses"):
            yield from told("grades", 'len("grades") > 1', "several")
        if name == "users":
            yield from told("enabledUser", "\"enabledUser\" = 'false'", "disabled")
        for intake in self.intakes.values():
            for taken in intake.fields:
                if intake.file == name and not intake.rows and taken.column in _LISTED:
                    value = self._listed(taken.value)
                    yield from told(
                        taken.column, f'"{taken.column}" is not null and ({value}) is null', "unknown"
                    )
                if intake.file == name and taken.coarse:
                    yield from told(taken.column, self._listed(taken.coarse), "coarse")

    def _replace_tables(self) -> None:
        """Put the roster's entities in the place of the package's files."""
        spared = {f"{kind}_{one.name}" for one in ENTITIES for kind in ("taken", "gone", "spoken", "moved")}
        spared |= {f"lost_{one.name}_value" for one in ENTITIES}
        names = set(self.subjects) | {one.name for one in ENTITIES}
        objects = self.workspace.execute(
            "select view_name, true from duckdb_views() where not internal union all "
            "select table_name, false from duckdb_tables()"
        )
        for name, is_view in objects:
            if name not in spared and any(name.endswith(f"_{one}") or f"_{one}_" in name for one in names):
                self.workspace.execute(f"drop {'view' if is_view else 'table'} if exists {quoted(name)}")
        self.workspace.execute("create or replace table unread as select * from pulled")
        self.workspace.execute("delete from pulled")
        self.workspace.execute("delete from trace")
        for entity in ENTITIES:
            self.workspace.execute(
                f"alter table {quoted('taken_' + entity.name)} rename to {quoted('text_' + entity.name)}"
            )
            loading.make_views(self.workspace, entity)
            gone = quoted("gone_" + entity.name)
            self.workspace.execute(
                f"insert into pulled select {literal(entity.name)}, _line, key from {gone}"
            )

    def _parcel(self) -> Parcel:
        intakes = [self.intakes[entity.name] for entity in ENTITIES]
        carriers = filter(None, map(self._carrier, intakes))
        delivery = replace(self.package.delivery, taken=tuple(carriers))
        layout = replace(self.package.layout, files=tuple(map(_file, intakes)), entities=ENTITIES)
        is_open = (one.entity for one in intakes if self.package.mode(one.file) is not Mode.WHOLE)
        return Parcel(delivery, layout, frozenset(is_open))

    def _carrier(self, intake: Intake) -> DeliveredFile | None:
        """The file of an entity as the roster sees it; None where the package says nothing of it at all."""
        subject = self.subjects[intake.file]
        known = self.package.delivery.file_of(intake.file)
        fields = tuple(taken.field for taken in intake.fields if self._has(taken, intake))
        if known is None or subject.file is None:
            if intake.file in self.package.silent:
                return DeliveredFile(subject.layout.name, intake.entity, "", 0, mode=Mode.NOTHING)
            return None
        if not self._is_told(intake):
            return DeliveredFile(known.name, intake.entity, known.sha256, known.bytes, mode=Mode.NOTHING)
        text, gone = quoted(f"text_{intake.entity}"), quoted(f"gone_{intake.entity}")
        ((rows, left),) = self.workspace.execute(
            f"select (select count(*) from {text}), (select count(distinct _line) from {gone} "
            f"anti join {text} using (_line))"
        )
        ordered = tuple(one.name for one in BY_NAME[intake.entity].fields if one.name in fields)
        return replace(known, entity=intake.entity, columns=ordered).counted(rows=rows + left, excluded=left)

    def _is_told(self, intake: Intake) -> bool:
        """Whether the package has the columns without which it says nothing of the entity."""
        key = BY_NAME[intake.entity].key
        needed = [taken for taken in intake.fields if taken.field in key and taken.field != _SESSION]
        return all(self._has(taken, intake) for taken in needed)

    def _has(self, taken: Taken, intake: Intake) -> bool:
        # A file of changes leaves what another says as it is, be that there or not.
        is_left = taken.file and self.package.mode(intake.file) is Mode.PARTLY
        return bool(is_left) or self.subjects[taken.file or intake.file].has(taken.column)


# The file of version 1.2 that says what people are.
_ROLES = "roles"
# The part of a role's key that may be empty.
_SESSION = "sessionSourcedId"
# What a row says of itself and not of its record, or says again of its class; that a user is not enabled
# is told apart.
_SERVING = frozenset({"status", "dateLastModified", "enabledUser", "schoolSourcedId"})
# Columns whose codes the roster may not have.
_LISTED = frozenset({"role", "stateOfBirthAbbreviation", "subjectCodes"})


def _places(intake: Intake) -> set[tuple[str, str]]:
    """The files and columns that an entity is taken from."""
    return {(taken.file or intake.file, column) for taken in intake.fields for column in taken.columns}


def _file(intake: Intake) -> File:
    """A file as an entity sees it: the roster's fields under the headers of the package."""
    needs = {column.field: column.need for column in SDS_V2_1.file_of(intake.entity).columns}
    headers = {taken.field: taken.column for taken in intake.fields}
    columns = tuple(Column(name, need, header=headers.get(name, "")) for name, need in needs.items())
    return File(intake.entity, columns, stem=intake.file)
