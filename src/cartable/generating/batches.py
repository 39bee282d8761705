"""The rows of one catchment while faults are planted in them, and what a check must say of these.

The consequences of a fault are worked out here from the format's own description, without the rules:
the answer key and the rules are two readings of one specification.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from cartable.formats.format import Need
from cartable.formats.sds import SDS_V2_1
from cartable.generating.planning import Year
from cartable.generating.populating import Rows, quoted
from cartable.model.entities import BY_NAME
from cartable.model.findings import Severity
from cartable.model.vocabularies import ORG_ROLES, RoleGroup

# A row: its entity, and its place in the batch's list of that entity's rows.
Row = tuple[str, int]

_TRIES = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding that a check must report.

    Args:
        kind: the kind of fault that it comes from.
        code, severity: as in the rule catalogue.
        row: the row that it is about.
        column: header of the column, or empty where the whole row is meant.
        needs: option or context without which it is not reported.
        once: whether it is reported once for the column, at the first of its rows.
    """

    kind: str
    code: str
    severity: Severity
    row: Row
    column: str = ""
    needs: str = ""
    once: bool = False


@dataclass(frozen=True, slots=True)
class Follower:
    """A reference to a row that went: the row that holds it, and the column."""

    row: Row
    column: str
    severity: Severity
    code: str


def need_of(entity: str, field: str) -> Need:
    """Whether the column must hold a value."""
    return SDS_V2_1.file_of(entity).column_of(field).need


def severity_of(entity: str, field: str) -> Severity:
    """What an invalid value of the column is: an error where the column is required, else a warning."""
    return Severity.ERROR if need_of(entity, field) is Need.REQUIRED else Severity.WARNING


# For each entity, the fields of others (and its own) that refer to it.
_REFERRERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    target: tuple(
        (entity.name, field.name)
        for entity in BY_NAME.values()
        for field in entity.references
        if field.reference and field.reference.entity == target
    )
    for target in BY_NAME
}
# A class is judged by its enrollments, a user by roles and relationships.
_JUDGED_BY_OTHERS = frozenset({"users", "classes"})
_STAFF = frozenset(code.value for code in ORG_ROLES.codes if code.group is RoleGroup.STAFF)
_PUPILS = frozenset(code.value for code in ORG_ROLES.codes if code.group is RoleGroup.STUDENTS)


class Batch:
    """Rows that faults can be planted in.

    A row that a fault has touched, or that a fault's consequence depends on, is locked: no second
    fault may come near it, so that each finding has one reason.

    Args:
        rows: CSV text of the rows by entity.
        columns: headers of each file, in the order of the rows' cells.
        shared: sourcedIds of rows on which rows of later batches depend too.
        year: the sessions of the district.
        eol: what ends a line.
        random: where the choice of victims comes from.
        serial: gives numbers that are used once, for made-up identifiers.
    """

    def __init__(
        self,
        rows: Rows,
        columns: Mapping[str, tuple[str, ...]],
        shared: frozenset[str],
        year: Year,
        eol: str,
        random: Random,
        serial: Callable[[], int],
    ) -> None:
        self.texts: dict[str, list[str]] = {entity: list(lines) for entity, lines in rows.items()}
        self.inserted: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.expected: list[Expected] = []
        self.year = year
        self.eol = eol
        self.random = random
        self.serial = serial
        self._columns = columns
        self._shared = shared
        self._locked: set[Row] = set()
        self._indexes: dict[tuple[str, str], dict[str, list[int]]] = {}
        self._original = {entity: len(lines) for entity, lines in rows.items()}

    def cells(self, row: Row) -> dict[str, str]:
        """The cells of a row by header."""
        return dict(zip(self._columns[row[0]], _split(self.text(row)), strict=True))

    def header(self, entity: str) -> str:
        """The CSV text of an entity's header."""
        return ",".join(self._columns[entity])

    def text(self, row: Row) -> str:
        """The CSV text of a row."""
        return self.texts[row[0]][row[1]]

    def write(self, row: Row, text: str) -> None:
        """Give a row another CSV text, whole or broken."""
        self.texts[row[0]][row[1]] = text

    def put(self, row: Row, cells: Mapping[str, str]) -> None:
        """Write a row's cells anew."""
        self.write(row, ",".join(map(quoted, cells.values())))

    def change(self, row: Row, **values: str) -> None:
        """Write some cells of a row anew."""
        self.put(row, self.cells(row) | values)

    def add(self, entity: str, values: Mapping[str, str], after: Row | None = None) -> Row:
        """A new row: what is not named is copied from `after`, or empty; it stands below that row.

        The users and classes that it refers to are locked, as is the row itself.
        """
        cells = self.cells(after) if after else dict.fromkeys(self._columns[entity], "")
        row = (entity, len(self.texts[entity]))
        self.texts[entity].append("")
        cells |= values
        self.put(row, cells)
        for (indexed, field), index in self._indexes.items():
            if indexed == entity:
                for value in _values(entity, field, cells[field]):
                    index.setdefault(value, []).append(row[1])
        if after:
            self.inserted[entity][after[1]].append(row[1])
        self.lock(row, *self.referred(row))
        return row

    def referred(self, row: Row) -> list[Row]:
        """The users and classes that a row refers to."""
        entity, cells = row[0], self.cells(row)
        return [
            target
            for field in BY_NAME[entity].references
            if field.reference and field.reference.entity in _JUDGED_BY_OTHERS
            for value in _values(entity, field.name, cells[field.name])
            for target in self.having(field.reference.entity, "sourcedId", value)
        ]

    def insert(self, row: Row, text: str) -> Row:
        """A line below a row that is no row of the file."""
        entity, at = row
        line = (entity, len(self.texts[entity]))
        self.texts[entity].append(text)
        self.inserted[entity][at].append(line[1])
        self.lock(line)
        return line

    def ordered(self, entity: str) -> Iterator[tuple[int, str]]:
        """The rows of an entity as they will stand in the file, each with its place in `texts`."""
        texts, inserted = self.texts[entity], self.inserted[entity]
        below = {added for places in inserted.values() for added in places}
        for at, text in enumerate(texts):
            if at not in below:
                yield at, text
                yield from ((added, texts[added]) for added in inserted.get(at, ()))

    def having(self, entity: str, field: str, value: str) -> list[Row]:
        """The rows whose field holds the value, or one of whose list elements is the value."""
        index = self._indexes.get((entity, field))
        if index is None:
            index = self._indexes[entity, field] = self._indexed(entity, field)
        return [(entity, at) for at in index.get(value, ())]

    def _indexed(self, entity: str, field: str) -> dict[str, list[int]]:
        index: dict[str, list[int]] = {}
        column = self._columns[entity].index(field)
        is_list = BY_NAME[entity].field(field).type.is_list
        for at, text in enumerate(self.texts[entity]):
            cells = text.split(",", column + 1) if '"' not in text else _split(text)
            # Blank lines are no rows, and broken ones may lack the cell. All of them are locked.
            if column < len(cells) and (cell := cells[column]):
                for value in cell.split(",") if is_list else (cell,):
                    index.setdefault(value, []).append(at)
        return index

    def lock(self, *rows: Row) -> None:
        """Let no later fault touch these rows."""
        self._locked.update(rows)

    def locked(self, *rows: Row) -> bool:
        """Whether a fault has already touched one of these rows."""
        return not self._locked.isdisjoint(rows)

    def is_shared(self, row: Row) -> bool:
        """Whether rows of other batches depend on it."""
        return "sourcedId" in BY_NAME[row[0]].key and self.cells(row)["sourcedId"] in self._shared

    def pick(self, entity: str, wanted: Callable[["Batch", Row], bool]) -> Row | None:
        """A row that no fault has touched and that `wanted` accepts; None where none is found soon."""
        count = self._original[entity]
        for _ in range(_TRIES if count else 0):
            row = (entity, int(self.random.random() * count))
            if row not in self._locked and wanted(self, row):
                return row
        return None

    def expect(
        self,
        kind: str,
        code: str,
        severity: Severity,
        row: Row,
        column: str = "",
        needs: str = "",
        *,
        once: bool = False,
    ) -> None:
        """Note a finding that a check must report, see `Expected`."""
        self.expected.append(Expected(kind, code, severity, row, column, needs, once))

    def followers(self, row: Row, code: str = "reference.excluded") -> list[Follower] | None:
        """What must be said of all rows that hang on this one when it is left out.

        Args:
            code: what a direct reference to it becomes; references further down are always to an
                excluded row.

        Returns:
            None where a fault has already touched one of these rows, or rows of other batches
            depend on one of them.
        """
        found: list[Follower] = []
        gone, open_rows = {row}, [(row, code)]
        while open_rows:
            target, how = open_rows.pop()
            if "sourcedId" not in BY_NAME[target[0]].key:
                continue
            if self.is_shared(target):
                return None
            key = self.cells(target)["sourcedId"]
            for entity, field in _REFERRERS[target[0]]:
                for follower in self.having(entity, field, key):
                    if self.locked(follower):
                        return None
                    severity = severity_of(entity, field)
                    found.append(Follower(follower, field, severity, how))
                    if severity is Severity.ERROR and follower not in gone:
                        gone.add(follower)
                        open_rows.append((follower, "reference.excluded"))
        return found

    def fell(self, kind: str, followers: list[Follower], needs: str = "") -> None:
        """Note what must be said of the followers of a row that is left out, and lock them."""
        for follower in followers:
            self.expect(kind, follower.code, follower.severity, follower.row, follower.column, needs)
            self.lock(follower.row)

    def roles_of(self, user: Row) -> set[str]:
        """The organisation roles of a user."""
        held = self.having("roles", "userSourcedId", self.cells(user)["sourcedId"])
        return {self.cells(row)["role"] for row in held if not self.locked(row)}


def is_pupil(batch: Batch, row: Row) -> bool:
    """Whether the user is a pupil and nothing else."""
    roles = batch.roles_of(row)
    return bool(roles) and roles <= _PUPILS


def is_staff(batch: Batch, row: Row) -> bool:
    """Whether the user is a member of staff, with one role."""
    roles = batch.roles_of(row)
    return len(roles) == 1 and roles <= _STAFF


def is_contact(batch: Batch, row: Row) -> bool:
    """Whether the user is somebody's contact."""
    return bool(batch.having("relationships", "relationshipUserSourcedId", batch.cells(row)["sourcedId"]))


def _split(text: str) -> list[str]:
    return next(csv.reader([text])) if '"' in text else text.split(",")


def _values(entity: str, field: str, cell: str) -> list[str]:
    if not cell:
        return []
    return cell.split(",") if BY_NAME[entity].field(field).type.is_list else [cell]
