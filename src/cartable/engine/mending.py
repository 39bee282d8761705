"""Finds the values of a delivery that can be put right without guessing, in SQL over the tables as read.

For each column a table of the different values that are at fault and what each becomes; joined
with the rows, that is the list of repaired cells. A format of dates, or a pair of words for true and
false, is decided for a whole column.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cartable.engine import relinking, spelling
from cartable.engine.dating import NUMBER_OF_DAYS, USUAL, first_day, read
from cartable.engine.garbling import regained
from cartable.engine.recoding import DECIMALS, code_meant, is_number
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import File
from cartable.model.deliveries import Delivery
from cartable.model.entities import Field
from cartable.model.options import CheckOptions
from cartable.model.types import FieldType
from cartable.rules.characters import GARBLED_LETTER
from cartable.rules.spreadsheets import TRUTHS

# A time of midnight, which a date can lose without a loss.
_MIDNIGHT = r"(?:[T ]0?0:00(?::00(?:\.0+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_YEAR, _ONE_OR_TWO, _BETWEEN = "((?:19|20|21)[0-9]{2})", "([0-9]{1,2})", "[-/.]"


@dataclass(frozen=True, slots=True)
class _DateFormat:
    """One way to write dates.

    Args:
        pattern: of the values written so.
        groups: which group of it is the year, the month and the day; none for a number of days.
        alone: whether no value of the column may be a date as SDS writes it.
    """

    pattern: str
    groups: tuple[int, int, int] | None
    alone: bool = False


_DATE_FORMATS = (
    _DateFormat(rf"\A{_YEAR}{_BETWEEN}{_ONE_OR_TWO}{_BETWEEN}{_ONE_OR_TWO}{_MIDNIGHT}\z", (1, 2, 3)),
    _DateFormat(rf"\A{_YEAR}([0-9]{{2}})([0-9]{{2}})\z", (1, 2, 3)),
    _DateFormat(rf"\A{_ONE_OR_TWO}{_BETWEEN}{_ONE_OR_TWO}{_BETWEEN}{_YEAR}{_MIDNIGHT}\z", (3, 2, 1)),
    _DateFormat(rf"\A{_ONE_OR_TWO}{_BETWEEN}{_ONE_OR_TWO}{_BETWEEN}{_YEAR}{_MIDNIGHT}\z", (3, 1, 2)),
    _DateFormat(NUMBER_OF_DAYS, None, alone=True),
)

_BLANKS = literal("blanks")

# Words and digits for true and false; digits could be numbers, so that nothing else may be there.
_BOOLEANS = (*TRUTHS, ("oui", "non"), ("yes", "no"), ("1", "0"))


def mend(
    workspace: Workspace, file: File, delivery: Delivery, options: CheckOptions
) -> Iterator[tuple[Field, str]]:
    """The fields of a file that hold values, each with a SELECT of those to repair.

    The SELECT has `received`, `mended` and `kind`, one row for each different value that changes;
    it is to be run before the next field is asked for.
    """
    delivered = delivery.file_of(file.entity)
    for field in file.records.fields:
        if delivered and field.name in delivered.columns:
            yield field, _Column(workspace, file, field, options).mended()


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a file, as it was read."""

    workspace: Workspace
    file: File
    field: Field
    options: CheckOptions

    def mended(self) -> str:
        """SQL: the values that change."""
        trimmed = spelling.without_blanks("received")
        match self.field.type:
            case FieldType.STRING:
                return self._texts()
            case FieldType.ENUM | FieldType.ENUM_LIST:
                return self._changed(self._kind_of_code(trimmed), self._codes(trimmed))
            case FieldType.DATE:
                return self._changed(literal("date"), self._dates(trimmed) or trimmed)
            case FieldType.BOOLEAN:
                return self._changed(literal("boolean"), self._booleans(trimmed) or trimmed)
            case FieldType.ID | FieldType.ID_LIST if mended := self._identifiers():
                return mended
        return self._changed(_BLANKS, trimmed, "where " + spelling.has_blank_end("received"))

    def _identifiers(self) -> str | None:
        """Identifiers that were damaged; None where there are none."""
        return relinking.mended(self.workspace, self.file.entity, self.field, self._values())

    def _values(self, where: str = "") -> str:
        """SQL: the different values as received."""
        column, raw = quoted(self.field.name), quoted(f"raw_{self.file.entity}")
        return (
            f"(select * from (select distinct {column} as received from {raw} where {column} is not null) "
            f"{where})"
        )

    def _changed(self, kind: str, mended: str, where: str = "") -> str:
        """SQL: what changes; a value that only loses blanks at its ends is of no other kind than that.

        Args:
            kind, mended: SQL over `received`.
        """
        trimmed = spelling.trimmed("received")
        return (
            f"select received, coalesce(mended, '') as mended, "
            f"case when mended is not distinct from {trimmed} then {_BLANKS} else {kind} end as kind "
            f"from (select received, {mended} as mended from {self._values(where)}) "
            "where mended is distinct from received"
        )

    def _texts(self) -> str:
        """Texts that were read in a wrong encoding, and those with blanks at their ends."""
        garbled = self._values(f"where regexp_matches(received, {literal(GARBLED_LETTER)})")
        self.workspace.execute("create or replace temp table read_back (received varchar, text varchar)")
        found = (row for batch in self.workspace.stream(f"select received from {garbled}") for row in batch)
        self.workspace.insert(
            "read_back",
            {"received": "varchar", "text": "varchar"},
            ((text, back) for (text,) in found if (back := regained(text)) is not None),
        )
        others = "received not in (select received from read_back)"
        blanks = self._changed(
            _BLANKS,
            spelling.without_blanks("received"),
            f"where ({spelling.has_blank_end('received')}) and {others}",
        )
        return f"{blanks} union all select received, text as mended, 'mojibake' as kind from read_back"

    def _codes(self, value: str) -> str:
        if not self.field.type.is_list:
            return f"coalesce({code_meant(self.field, self.options, value)}, {value})"
        each = f"coalesce({code_meant(self.field, self.options, spelling.trimmed('one'))}, one)"
        return f"array_to_string(list_transform(string_split({value}, ','), lambda one: {each}), ',')"

    def _kind_of_code(self, value: str) -> str:
        """SQL: the kind of repair of a code."""
        if self.field.type.is_list:
            return literal("code")
        listed = spelling.code_of(self.field, self.options, value)
        return (
            f"case when not {is_number(value)} or {listed} is not null then 'code' "
            f"when regexp_matches({value}, {DECIMALS}) then 'decimals' else 'zeros' end"
        )

    def _dates(self, value: str) -> str | None:
        """The date as SDS writes it, where the column has one format of dates for certain."""
        texts = [_date(form, "value") for form in _DATE_FORMATS]
        wrong = self._is_wrong("value")
        tests = []
        for form, text in zip(_DATE_FORMATS, texts, strict=True):
            is_read = f"({text} is not null and not ({self._is_wrong(text)}))"
            # What has no digit, such as a word for "unknown", says nothing of the format.
            other = "false" if form.alone else "not wrong or not regexp_matches(value, '[0-9]')"
            tests.append(f"bool_and({is_read} or {other}) and bool_or(wrong and {is_read})")
        (fits,) = self.workspace.execute(
            f"select {', '.join(tests)} from (select *, {wrong} as wrong from "
            f"(select {value} as value from {self._values()}) where value is not null)"
        )
        fitting = [form for form, fit in zip(_DATE_FORMATS, fits, strict=True) if fit]
        if len(fitting) != 1:
            return None
        (form,) = fitting
        # The files of other formats say nothing of grades and years in the way that is asked for.
        is_plain = form.groups or self.file.shape
        first = USUAL if is_plain else first_day(self.workspace, self.file.entity, self.options)
        if first is None:
            return None
        date = f"coalesce({_date(form, value, first)}, {value})"
        return f"case when {self._is_wrong(value)} then {date} else {value} end"

    def _is_wrong(self, value: str) -> str:
        """SQL: whether a rule on the field's type is broken by the value."""
        checks = spelling.value_checks(self.field)
        return " or ".join(
            f"({spelling.cell_condition(check, self.field, self.options, value)})" for _, check in checks
        )

    def _booleans(self, value: str) -> str | None:
        """True or false, where the column has one pair of other words for them; languages may share one."""
        tests = []
        for pair in _BOOLEANS:
            own = ", ".join(map(literal, pair))
            allowed = own if pair[0].isdigit() else f"{own}, 'true', 'false'"
            tests.append(f"bool_and(value in ({allowed})) and bool_or(value in ({own}))")
        (fits,) = self.workspace.execute(
            f"select {', '.join(tests)} from (select lower({value}) as value from {self._values()}) "
            "where value is not null"
        )
        fitting = [pair for pair, fit in zip(_BOOLEANS, fits, strict=True) if fit]
        if not fitting:
            return None
        trues, falses = (", ".join(map(literal, words)) for words in zip(*fitting, strict=True))
        return (
            f"case when lower({value}) in ({trues}) then 'true' "
            f"when lower({value}) in ({falses}) then 'false' else {value} end"
        )


def _date(form: _DateFormat, value: str, first: str = USUAL) -> str:
    """SQL: the date that a value in this format is, as SDS writes it; NULL where it is in none.

    Args:
        first: the day from which a number of days counts.
    """
    written = f"regexp_matches({value}, {literal(form.pattern)})"
    if not form.groups:
        return f"case when {written} then {read(value, first)} end"
    year, month, day = (
        f"lpad(regexp_extract({value}, {literal(form.pattern)}, {group}), {width}, '0')"
        for group, width in zip(form.groups, (4, 2, 2), strict=True)
    )
    return f"case when {written} then {year} || '-' || {month} || '-' || {day} end"
