"""Masks personal data, so that a report can be sent to whoever maintains the school information system.

What a column about people holds keeps its shape and loses its content: every letter becomes an x, every
digit a 9, and the rest stays, so that what is wrong is still seen ("mia at ecole" reads "xxx xx xxxxx").
A letter beyond ASCII becomes ẋ and such a digit ９, since they may be what is wrong. So do pieces of rows
that could not be parsed, and names of columns and files that no format knows: the first row of a file
without header is taken for its header. Identifiers of records stay, because the fault cannot be found
without them, unless one is somebody's e-mail address, phone number or, where no record has it, name; so do
titles, names of organisations and dates of sessions.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from cartable.errors import CartableError
from cartable.formats import strangers
from cartable.formats.sds import SDS_V2_1, TRANSLATED_HEADERS
from cartable.model.causes import Cause
from cartable.model.decisions import Pinned
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME, Field
from cartable.model.findings import Finding, Summary
from cartable.model.plans import Change, Kept, Run
from cartable.model.types import FieldType, Sensitivity
from cartable.reports.material import Changes, Check, Outcome, RunRecord, Stays

_FIELDS: Mapping[tuple[str | None, str | None], Field] = {
    (file.name, column.name): BY_NAME[file.entity].field(column.field)
    for file in SDS_V2_1.files
    for column in file.columns
}
_KEYS = {
    file.name: [BY_NAME[file.entity].field(name) for name in BY_NAME[file.entity].key]
    for file in SDS_V2_1.files
}

# Names of columns and files that are nobody's, in whatever capitals they come.
_KNOWN = frozenset(
    name.casefold()
    for name in (
        *(column.name for file in SDS_V2_1.files for column in file.columns),
        *(name for file in SDS_V2_1.files for name in (file.name, *file.legacy)),
        *TRANSLATED_HEADERS,
        *(strangers.SDS_V1_FILES + strangers.ONEROSTER_1_2_FILES + (strangers.ONEROSTER_MANIFEST,)),
        *(strangers.SDS_V2_HEADERS + strangers.ONEROSTER_HEADERS + strangers.ONEROSTER_1_2_HEADERS),
        *strangers.ONEROSTER_MANIFEST_HEADERS,
    )
)
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".zip")

# Details of findings. What is in none of these sets is masked whole, short numbers apart, so that a rule
# to come gives nothing away before somebody has looked at it.
_OURS = frozenset(
    (
        *(
            "before",
            "case",
            "character",
            "count",
            "earlier",
            "expected",
            "files",
            "finished",
            "first",
            "format",
            "found",
            "kind",
            "last",
            "likely",
        ),
        *("limit", "list", "megabytes", "missing", "more", "now", "pair", "percent", "primaries", "reason"),
        *("receiver", "references", "roles", "rule", "separator", "target", "times"),
    )
)
_SUGGESTED = frozenset(("closest", "closest_en", "closest_fr", "closest_label"))
_ABOUT_NOBODY = _SUGGESTED | {
    *("earliest", "end", "grade", "latest", "other", "role", "school", "start", "title"),
}
_NAMES = frozenset(("archive", "held", "near"))
# What the value was, or becomes: about somebody wherever the value is.
_OF_THE_VALUE = frozenset(("day", "instead", "other"))
# Findings that compare two deliveries: their values are schools, and roles and grades of many.
_SHIFTS = "shift."
_MISSING = "reference.missing"
_NUMBER = re.compile(r"[0-9]{1,6}")

_WORD = re.compile(r"[^\s,;<>()]+")
_PHONE = re.compile(r"(?<![\w-])(?:\+\s?)?\(?\d(?:[ .\-/()\u00a0\u202f]{0,2}\d){8,14}(?![\w-])")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")
_NATIONAL_PHONE = re.compile(r"0[1-9][0-9]{8}")


class _Shapes(dict[int, int]):
    """What stands for each character, by code point."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        if character.isalpha():
            plain = "X" if character.isupper() else "x"
            stand_in = plain if character.isascii() else {"x": "ẋ", "X": "Ẋ"}[plain]
        elif character.isnumeric():
            stand_in = "9" if character.isascii() else "９"
        else:
            stand_in = character
        self[code] = ord(stand_in)
        return self[code]


_SHAPES = _Shapes()


def masked(check: Check) -> Check:
    """The check without personal data: whatever report is made of it has none."""
    return _Masked(check)


def masked_outcome(outcome: Outcome) -> Outcome:
    """What a plan would change or has changed, likewise."""
    run = outcome.run and masked_run(outcome.run)
    return replace(outcome, changes=_changes(outcome.changes), run=run, stays=_stays(outcome.stays))


def masked_record(record: RunRecord) -> RunRecord:
    """A run with what was kept of it, likewise."""
    changes, stays = _changes(record.changes), _stays(record.stays)
    return RunRecord(masked_run(record.run), masked(record.check), changes, stays)


def masked_run(run: Run) -> Run:
    """A run without the path of its delivery."""
    return replace(run, input=_delivery(run.input))


def masked_failure(error: CartableError) -> CartableError:
    """An error without the path that it names."""
    told = copy.copy(error)
    told.values = {name: path(str(text)) if name == "path" else text for name, text in error.values.items()}
    return told


def path(whole: str) -> str:
    """The last part of a path, its name masked: folders are named after people and schools."""
    return _name(PurePath(whole).name)


@dataclass(frozen=True)
class _Masked:
    """A check seen through a mask."""

    check: Check

    @property
    def delivery(self) -> Delivery:
        return _delivery(self.check.delivery)

    @property
    def summary(self) -> Summary:
        return self.check.summary

    @property
    def by_code(self) -> Mapping[str, int]:
        return self.check.by_code

    @property
    def is_masked(self) -> bool:
        return True

    def findings(self, limit_per_code: int | None = None) -> Iterator[Finding]:
        return map(_finding, self.check.findings(limit_per_code))

    @property
    def causes_by_code(self) -> Mapping[str, int]:
        return self.check.causes_by_code

    def causes(self, limit: int | None = None, roots: int = 1, each: int | None = None) -> Iterator[Cause]:
        return map(_cause, self.check.causes(limit, roots, each))


def _delivery(delivery: Delivery) -> Delivery:
    files = tuple(replace(file, name=_name(file.name)) for file in delivery.files)
    against = delivery.against and replace(
        delivery.against, path=delivery.against.path and path(delivery.against.path)
    )
    return replace(delivery, path=path(delivery.path), files=files, against=against)


def _finding(finding: Finding) -> Finding:
    value = _value(finding.code, finding.file, finding.column, finding.value)
    record = finding.record and tuple(
        (value or "") if part == finding.value else seen
        for part, seen in zip(finding.record, _record(finding.file, finding.record), strict=True)
    )
    field = _FIELDS.get((finding.file, finding.column))
    # What was meant by a value about people tells as much as the value.
    untold = _SUGGESTED if field and field.sensitivity is not Sensitivity.NONE else ()
    return replace(
        finding,
        file=finding.file and _name(finding.file),
        column=finding.column and _name(finding.column),
        record=record,
        value=value,
        detail={
            name: _of_field(field, text) if field and name in _OF_THE_VALUE else _detail(name, text)
            for name, text in finding.detail.items()
            if name not in untold
        },
    )


def _cause(cause: Cause) -> Cause:
    return replace(
        cause,
        file=cause.file and _name(cause.file),
        column=cause.column and _name(cause.column),
        value=_value(cause.code, cause.file, cause.column, cause.value),
        roots=tuple(replace(root, finding=_finding(root.finding)) for root in cause.roots),
    )


def _value(code: str, file: str | None, column: str | None, value: str | None) -> str | None:
    if not value:
        return value
    if code.startswith("header."):
        return _name(value)
    if code.startswith(_SHIFTS):
        return _without_contacts(value)
    field = _FIELDS.get((file, column))
    # Where a row could not be parsed, nobody knows what stands in which column.
    if field is None or code.startswith("row.") or (code == _MISSING and _is_somebodys_name(field, value)):
        return _shape(value)
    return _of_field(field, value)


def _is_somebodys_name(field: Field, value: str) -> bool:
    """Whether a user's name or username seems to stand where an identifier should: it has no digit."""
    reference = field.reference
    return reference is not None and reference.entity == "users" and not any(map(str.isdecimal, value))


def _detail(name: str, text: str | None) -> str:
    if not text or name in _OURS or _NUMBER.fullmatch(text):
        return text or ""
    if name == "delivery":
        return path(text)
    if name in _NAMES:
        return ", ".join(map(_name, text.split(", ")))
    return _without_contacts(text) if name in _ABOUT_NOBODY else _shape(text)


def _record(file: str | None, key: tuple[str, ...]) -> tuple[str, ...]:
    fields = dict(enumerate(_KEYS.get(file or "", ())))
    return tuple(
        _of_field(field, part) if (field := fields.get(place)) else _without_contacts(part, is_key=True)
        for place, part in enumerate(key)
    )


def _changes(changes: Changes) -> Changes:
    return lambda most: map(_change, changes(most))


def _change(change: Change) -> Change:
    entity = BY_NAME[change.entity]

    def told(values: Mapping[str, str | None]) -> dict[str, str | None]:
        return {name: text and _of_field(entity.field(name), text) for name, text in values.items()}

    return replace(
        change,
        key=_record(SDS_V2_1.file_of(change.entity).name, change.key),
        before=told(change.before),
        after=told(change.after),
    )


def _stays(stays: Stays) -> Stays:
    return Stays(lambda: map(_kept, stays.kept()), lambda: map(_pinned, stays.pinned()))


def _kept(one: Kept) -> Kept:
    key = _record(SDS_V2_1.file_of(one.entity).name, one.key)
    return replace(one, key=key, file=_name(one.file), why=_shape(one.why))


def _pinned(one: Pinned) -> Pinned:
    field = BY_NAME[one.entity].field(one.field)
    return replace(
        one,
        key=_record(SDS_V2_1.file_of(one.entity).name, one.key),
        delivered=one.delivered and _of_field(field, one.delivered),
        stays=one.stays and _of_field(field, one.stays),
        author=_shape(one.author),
        why=_shape(one.why),
    )


def _of_field(field: Field, value: str) -> str:
    if field.sensitivity is not Sensitivity.NONE:
        return _shape(value)
    return _without_contacts(value, is_key=field.type in (FieldType.ID, FieldType.ID_LIST))


def _name(name: str) -> str:
    """The name of a column or a file, as it is where a format knows it."""
    if name.casefold() in _KNOWN:
        return name
    suffix = next((suffix for suffix in _SUFFIXES if name.casefold().endswith(suffix)), "")
    stem = name[: len(name) - len(suffix)]
    return _shape(stem) + name[len(stem) :]


def _shape(text: str) -> str:
    return text.translate(_SHAPES)


def _without_contacts(text: str, *, is_key: bool = False) -> str:
    """The text, with what looks like an e-mail address or a phone number masked in it.

    Args:
        is_key: digits are an identifier then, hyphens and dots between them or not.
    """
    if "@" in text or "＠" in text or "%40" in text:
        text = _WORD.sub(_mail, text)
    return _PHONE.sub(lambda found: _phone(found, is_key=is_key), text)


def _mail(word: re.Match[str]) -> str:
    is_address = any(sign in word[0] for sign in ("@", "＠", "%40"))
    return _shape(word[0]) if is_address else word[0]


def _phone(found: re.Match[str], *, is_key: bool) -> str:
    digits = found[0]
    if digits.isdecimal():
        is_phone = not is_key and _NATIONAL_PHONE.fullmatch(digits) is not None
    elif is_key:
        is_phone = "+" in digits or " " in digits
    else:
        is_phone = not _DATE.match(digits)
    return _shape(digits) if is_phone else digits
