"""From what a client asks to SQL: which properties it may name, its filter, its order, its objects as JSON.

Everything that comes from a client is a parameter of a statement, never a part of it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from cartable.api.failures import ApiError, Minor
from cartable.api.filters import MOST_VALUES, Clause, Filter
from cartable.model.groups import Group
from cartable.model.objects import BY_RESOURCE, Kind, Property, Resource, Version
from cartable.store.columns import quoted
from cartable.store.publications import ACTIVE, MODIFIED, SOURCED_ID, column_of
from cartable.store.publishing import spelled
from cartable.store.rosters import Roster

_STATUS = f"case when o.{ACTIVE} then 'active' else 'tobedeleted' end"
_OWN = {
    "sourcedId": Property("sourcedId"),
    "status": Property("status"),
    "dateLastModified": Property("dateLastModified", Kind.INSTANT),
}
_LEAST = "-1e308"
"""Where objects without a number stand."""
TELLS_OF_THE_GONE = frozenset({"status", "dateLastModified"})
"""What a filter names that asks for objects which are no longer."""


@dataclass(slots=True)
class Condition:
    """SQL with its parameters, in their order."""

    sql: str = ""
    parameters: list[object] = field(default_factory=list)

    def add(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Let something else hold too."""
        self.sql = f"{self.sql} and ({sql})" if self.sql else f"({sql})"
        self.parameters += parameters


@dataclass(frozen=True)
class View:
    """What one client sees of a resource, in one edition.

    Args:
        granted: groups of properties that it was given.
    """

    roster: Roster
    resource: Resource
    version: Version
    granted: Collection[Group]

    def properties(self) -> Iterator[Property]:
        """The properties that the client may know of."""
        return (
            one for one in self.resource.of(self.version) if one.group is None or one.group in self.granted
        )

    def _found(self, path: str) -> tuple[Property, str] | None:
        """The property that a dotted path names, and what of it; None where the client knows of none."""
        name, _, inside = path.partition(".")
        if name in _OWN:
            return None if inside else (_OWN[name], "")
        one = next((one for one in self.properties() if one.name == name), None)
        if one is None:
            return None
        if one.kind is Kind.OBJECT:
            return (one, inside) if inside else None
        if (one.kind.is_json and one.kind is not Kind.TEXTS) or one.kind is Kind.REFERENCE:
            return (one, inside) if inside in one.inside else None
        return None if inside else (one, "")

    def _column(self, one: Property) -> str:
        if one.name == "status":
            return _STATUS
        name = {"sourcedId": SOURCED_ID, "dateLastModified": MODIFIED}.get(one.name)
        return f"o.{quoted(name or column_of(one.kept_as))}"

    # The filter

    def filtered(self, told: Filter) -> Condition:
        """The condition that a filter means.

        Raises:
            ApiError: it names a property that the client knows nothing of, or compares with no such value.
        """
        parameters: list[object] = []
        groups = []
        for group in told:
            conditions = []
            for clause in group:
                sql, values = self._clause(clause)
                conditions.append(f"({sql})")
                parameters += values
            groups.append(f"({' and '.join(conditions)})")
        return Condition(" or ".join(groups), parameters)

    def _clause(self, clause: Clause) -> tuple[str, list[object]]:
        found = self._found(clause.path)
        if found is None:
            raise ApiError(400, Minor.FILTER, f"There is no property {clause.path[:100]} to filter by.")
        one, inside = found
        column = self._column(one)
        driver = self.roster.driver
        if one.kind is Kind.TEXTS:
            return self._among(column, clause)
        if one.kind is Kind.OBJECT:
            sql, values = self._compared(driver.json_field(driver.json_document(column), inside), clause)
            return f"{column} is not null and {sql}", values
        if one.kind.is_json:
            text = driver.json_field("value", *inside.split("."))
            sql, values = self._compared(text, clause)
            return f"exists (select 1 from {driver.json_elements(column)} where {sql})", values
        if one.kind is Kind.NUMBER and clause.predicate != "~":
            return self._measured(column, clause)
        value = (
            _moment(clause) if one.kind is Kind.INSTANT else _day(clause) if one.kind is Kind.DATE else None
        )
        return self._compared(column, clause, value)

    def _compared(self, text: str, clause: Clause, value: str | None = None) -> tuple[str, list[object]]:
        value = clause.value if value is None else value
        if clause.predicate == "~":
            return self.roster.driver.contains(self.roster.connection, text, "%s"), [value]
        if clause.predicate == "!=":
            return f"({text}) is distinct from %s", [value]
        bytewise = self.roster.driver.bytewise
        return f"({text}) {clause.predicate} %s {bytewise}", [value]

    def _measured(self, column: str, clause: Clause) -> tuple[str, list[object]]:
        try:
            value = float(clause.value)
        except ValueError:
            raise ApiError(400, Minor.FILTER, f"{clause.path} is compared with no number.") from None
        predicate = "is distinct from" if clause.predicate == "!=" else clause.predicate
        return f"{_measure(column)} {predicate} {_measure('%s')}", [value]

    def _among(self, column: str, clause: Clause) -> tuple[str, list[object]]:
        """Of a list `=` wants all the values, `~` any of them, `!=` not all."""
        values: list[object] = [*dict.fromkeys(part.strip() for part in clause.value.split(","))]
        if len(values) > MOST_VALUES:
            raise ApiError(
                400, Minor.FILTER, f"{clause.path[:100]} is compared with more than {MOST_VALUES} values."
            )
        marks = ", ".join(["%s"] * len(values))
        among = f"from {self.roster.driver.elements(column)} where value in ({marks})"
        match clause.predicate:
            case "=":
                return f"(select count(distinct value) {among}) = {len(values)}", values
            case "~":
                return f"exists (select 1 {among})", values
            case "!=":
                return f"(select count(distinct value) {among}) <> {len(values)}", values
        raise ApiError(400, Minor.FILTER, f"The list {clause.path[:100]} cannot be compared that way.")

    # The order

    def order(self, path: str) -> str:
        """SQL of what to sort by; that of nothing where the client knows of no such property."""
        found = self._found(path)
        if found is None or found[0].kind.is_json or found[0].name == "sourcedId":
            return ""
        column = self._column(found[0])
        if found[0].kind is Kind.NUMBER:
            return f"coalesce({_measure(column)}, {_LEAST})"
        return f"(coalesce({column}, '') {self.roster.driver.bytewise})"

    def mark(self, path: str) -> str:
        """SQL of a parameter that is compared with what to sort by."""
        found = self._found(path)
        return _measure("%s") if found and found[0].kind is Kind.NUMBER else "%s"

    # The objects

    def selected(self, asked: Sequence[str] | None) -> list[Property]:
        """The properties to answer with.

        Args:
            asked: names of properties; None for all.

        Raises:
            ApiError: the client knows of no property of such a name.
        """
        every = [*_OWN.values(), *self.properties()]
        if asked is None:
            return every
        names = {name.strip().partition(".")[0] for name in asked}
        known = {one.name for one in every}
        if "" in names:
            minor = Minor.BLANK_SELECTION if self.version is Version.V1P1 else Minor.SELECTION
            raise ApiError(400, minor, "The list of fields has a blank one.")
        if names <= known:
            return [one for one in every if one.name in names]
        if self.version is Version.V1P1:
            # 1.1 answers with everything, and warns.
            return every
        unknown = min(names - known)
        raise ApiError(400, Minor.SELECTION, f"There is no property {unknown[:100]} to select.")

    def document(self, selected: Sequence[Property]) -> str:
        """SQL of an object as JSON, absent properties left out."""
        parts = [f"""coalesce(',"{one.name}":' || {self._spelled(one)}, '')""" for one in selected]
        return f"'{{' || substr({' || '.join(parts)}, 2) || '}}'" if parts else "'{}'"

    def _spelled(self, one: Property) -> str:
        column, driver = self._column(one), self.roster.driver
        if one.kind is Kind.REFERENCE:
            target = BY_RESOURCE[one.target]
            path = driver.in_path(self.roster.connection, column)
            # What clients write lies at another address than what it names of the roster.
            at = "~" if target.is_written == self.resource.is_written else "~~"
            return (
                f"""'{{"href":"{at}/{target.name}/' || {path} || '","sourcedId":' || """
                f"""{driver.json_text(column)} || ',"type":"{target.token}"}}'"""
            )
        if one.kind.is_json:
            return column
        if one.kind is Kind.NUMBER:
            return column
        if one.name == "status" or one.kind in (Kind.TRUTH, Kind.DATE, Kind.INSTANT):
            return f"""'"' || {column} || '"'"""
        return driver.json_text(column)


def _measure(text: str) -> str:
    """SQL of a number that is kept as JSON spells it."""
    return f"cast({text} as double precision)"


def _moment(clause: Clause) -> str:
    """An instant of a filter as it is kept."""
    try:
        moment = datetime.fromisoformat(
            clause.value.strip().replace(" ", "+") if "T" in clause.value else clause.value
        )
    except ValueError:
        raise ApiError(400, Minor.FILTER, f"{clause.path} is compared with no instant.") from None
    return spelled(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _day(clause: Clause) -> str:
    try:
        return date.fromisoformat(clause.value.strip()[:10]).isoformat()
    except ValueError:
        raise ApiError(400, Minor.FILTER, f"{clause.path} is compared with no day.") from None
