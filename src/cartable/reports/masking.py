"""Masks personal data, so that a report can be sent to whoever maintains the school information system.

What a column about people holds keeps its shape and loses its content: every letter becomes an x, every
digit a 9, and the rest stays, so that what is wrong is still seen ("mia at ecole" reads "xxx xx xxxxx").
A letter beyond ASCII becomes ẋ and such a digit ９, since they may be what is wrong. So do pieces of rows
that could not be parsed, and names of columns and files that no format knows: the first row of a file
without header is taken for its header. Identifiers of records stay, because the fault cannot be found
without them, unless one is somebody's e-mail address or phone number, or, where it stands for a person,
what `cartable.reports.identifying` takes for their name; so do titles, names of organisations, dates of
sessions and codes, unless several words stand in place of a code of a person.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from cartable.errors import CartableError
from cartable.formats import strangers
from cartable.formats.layouts import LAYOUTS
from cartable.formats.oneroster import MANIFEST_VERSION, SOURCES, VERSION
from cartable.formats.sds import SDS_V2_1, TRANSLATED_HEADERS
from cartable.model.causes import Cause
from cartable.model.decisions import Pinned
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME, Field
from cartable.model.findings import Finding, Summary
from cartable.model.holds import HeldPlan
from cartable.model.plans import Change, Hold, Kept, PlanHeader, Run
from cartable.model.types import FieldType, Sensitivity
from cartable.reports.identifying import is_prose, names_somebody, points_at_somebody
from cartable.reports.material import Changes, Check, HoldRecord, Outcome, RunRecord, Stays

# Where several formats have a column, SDS says what it is.
_LAYOUTS = sorted(LAYOUTS.values(), key=lambda layout: layout is SDS_V2_1)
_FIELDS: Mapping[tuple[str | None, str | None], Field] = {
    (file.name, column.name): file.records.field(column.field)
    for layout in _LAYOUTS
    for file in layout.files
    for column in (*file.columns, *file.extensions)
}
_PEOPLE = "users"
_PERSON = BY_NAME[_PEOPLE].field(*BY_NAME[_PEOPLE].key)
_KEYS = {
    file.name: [file.records.field(name) for name in file.records.key]
    for layout in _LAYOUTS
    for file in layout.files
}
# In OneRoster the rows of people say whom they belong to, too.
_KEYS[f"{_PEOPLE}.csv"] = [_PERSON, _PERSON]

_CODES_OF_PEOPLE = [
    field
    for layout in _LAYOUTS
    for entity in layout.entities
    if any(one.reference and one.reference.entity == _PEOPLE for one in entity.fields)
    for field in entity.fields
    if field.type in (FieldType.ENUM, FieldType.ENUM_LIST, FieldType.BOOLEAN)
]

# Names of columns and files that are nobody's, in whatever capitals they come.
_KNOWN = frozenset(
    name.casefold()
    for name in (
        *(name for layout in _LAYOUTS for file in layout.files for name in (*file.headers, *file.legacy)),
        *(column.name for layout in _LAYOUTS for file in layout.files for column in file.extensions),
        *(
            name
            for layout in _LAYOUTS
            for file in layout.files
            for name in (file.name, f"file.{file.entity}")
        ),
        *(MANIFEST_VERSION[0], VERSION, *SOURCES),
        *(word for words in TRANSLATED_HEADERS.values() for word in words),
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
            "fields",
            "files",
            "finished",
            "first",
            "format",
            "kind",
            "last",
            "likely",
        ),
        *(
            "known",
            "limit",
            "list",
            "megabytes",
            "missing",
            "modes",
            "more",
            "now",
            "pair",
            "percent",
            "primaries",
            "reason",
        ),
        *("receiver", "references", "roles", "rule", "separator", "source", "target", "times", "version"),
    )
)
_SUGGESTED = frozenset(("closest", "closest_characters", "closest_en", "closest_fr", "closest_label"))
_ABOUT_NOBODY = _SUGGESTED | {
    *("begin", "earliest", "end", "grade", "latest", "other", "role", "school", "start", "title"),
}
_NAMES = frozenset(("archive", "columns", "found", "held", "packaged", "name", "near"))
# What the value was, becomes, or was meant to be: about somebody wherever the value is.
_OF_THE_VALUE = frozenset(("day", "instead", "other", "closest"))
# Findings that compare two deliveries: their values are schools, and roles and grades of many.
_SHIFTS = "shift."
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
    holds = tuple(map(_hold, outcome.holds))
    changes, stays = _changes(outcome.changes), masked_stays(outcome.stays)
    return replace(outcome, holds=holds, changes=changes, run=run, stays=stays)


def masked_record(record: RunRecord) -> RunRecord:
    """A run with what was kept of it, likewise."""
    changes, stays = _changes(record.changes), masked_stays(record.stays)
    return RunRecord(masked_run(record.run), masked(record.check), changes, stays)


def masked_stays(stays: Stays) -> Stays:
    """What stays though the delivery says otherwise, likewise."""
    return Stays(lambda: map(masked_kept, stays.kept()), lambda: map(masked_pinned, stays.pinned()))


def masked_kept(kept: Kept) -> Kept:
    """A record that a run left as it was; why somebody decided it may name people."""
    key = entity_key(kept.entity, kept.key)
    return replace(kept, key=key, file=kept.file and named(kept.file), why=shape(kept.why))


def masked_pinned(pinned: Pinned) -> Pinned:
    """A field that a run left as it was pinned."""
    return replace(
        pinned,
        key=entity_key(pinned.entity, pinned.key),
        delivered=values(pinned.entity, {pinned.field: pinned.delivered})[pinned.field],
        stays=values(pinned.entity, {pinned.field: pinned.stays})[pinned.field],
        author=shape(pinned.author),
        why=shape(pinned.why),
    )


def masked_hold(record: HoldRecord) -> HoldRecord:
    """A held plan, likewise."""
    return HoldRecord(
        masked_held(record.held),
        record.check and masked(record.check),
        record.outcome and masked_outcome(record.outcome),
    )


def masked_held(held: HeldPlan) -> HeldPlan:
    """A held plan without the path of its delivery and what a person wrote of it."""
    return replace(held, header=masked_header(held.header), why=shape(held.why))


def masked_header(header: PlanHeader) -> PlanHeader:
    """What heads a plan, without the path of its delivery."""
    quarantined = {
        school: replace(one, holds=tuple(map(_hold, one.holds))) for school, one in header.quarantined.items()
    }
    holds = tuple(map(_hold, header.holds))
    return replace(header, delivery=_delivery(header.delivery), holds=holds, quarantined=quarantined)


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
    return named(PurePath(whole).name)


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


def _hold(hold: Hold) -> Hold:
    """A hold without contacts among the identifiers that it names."""
    values = {
        name: _without_contacts(text, is_key=True) if name == "examples" else text
        for name, text in hold.values.items()
    }
    return replace(hold, values=values)


def _delivery(delivery: Delivery) -> Delivery:
    files, taken = (
        tuple(replace(file, name=named(file.name)) for file in each)
        for each in (delivery.files, delivery.taken)
    )
    against = delivery.against and replace(
        delivery.against, path=delivery.against.path and path(delivery.against.path)
    )
    # What had no delivery has a name of ours in its place.
    told = path(delivery.path) if delivery.files else delivery.path
    return replace(delivery, path=told, files=files, taken=taken, against=against)


def _finding(finding: Finding) -> Finding:
    field = _FIELDS.get((finding.file, finding.column))
    # What was meant by a value about people tells as much as the value.
    untold = _SUGGESTED if field and field.sensitivity is not Sensitivity.NONE else ()
    return replace(
        finding,
        file=finding.file and named(finding.file),
        column=finding.column and named(finding.column),
        record=finding.record and record_key(finding.file, finding.record),
        value=_value(finding.code, finding.file, finding.column, finding.value),
        detail={
            name: _of_field(field, text) if field and name in _OF_THE_VALUE else _detail(name, text)
            for name, text in finding.detail.items()
            if name not in untold
        },
    )


def _cause(cause: Cause) -> Cause:
    return replace(
        cause,
        file=cause.file and named(cause.file),
        column=cause.column and named(cause.column),
        value=_value(cause.code, cause.file, cause.column, cause.value),
        roots=tuple(replace(root, finding=_finding(root.finding)) for root in cause.roots),
    )


def _value(code: str, file: str | None, column: str | None, value: str | None) -> str | None:
    if not value:
        return value
    if code.startswith("header."):
        return named(value)
    if code.startswith(_SHIFTS):
        return _without_contacts(value)
    field = _FIELDS.get((file, column))
    # Where a row could not be parsed, nobody knows what stands in which column.
    return shape(value) if field is None or code.startswith("row.") else _of_field(field, value)


def _detail(name: str, text: str | None) -> str:
    if not text or name in _OURS or _NUMBER.fullmatch(text):
        return text or ""
    if name == "delivery":
        return path(text)
    if name in _NAMES:
        return ", ".join(map(named, text.split(", ")))
    return _without_contacts(text) if name in _ABOUT_NOBODY else shape(text)


def record_key(file: str | None, key: tuple[str, ...]) -> tuple[str, ...]:
    """The key of a record in that file."""
    fields = dict(enumerate(_KEYS.get(file or "", ())))
    return tuple(
        _of_field(field, part) if (field := fields.get(place)) else _without_contacts(part, is_key=True)
        for place, part in enumerate(key)
    )


def entity_key(entity: str, key: tuple[str, ...]) -> tuple[str, ...]:
    """The key of a record of that entity."""
    return record_key(SDS_V2_1.file_of(entity).name, key)


def values(entity: str, told: Mapping[str, str | None]) -> dict[str, str | None]:
    """Fields of a record."""
    kind = BY_NAME[entity]
    return {name: text and _of_field(kind.field(name), text) for name, text in told.items()}


def _changes(changes: Changes) -> Changes:
    return lambda most: map(changed, changes(most))


def changed(change: Change) -> Change:
    """A change of a record."""
    return replace(
        change,
        key=entity_key(change.entity, change.key),
        before=values(change.entity, change.before),
        after=values(change.entity, change.after),
    )


def _of_field(field: Field, value: str) -> str:
    if field.sensitivity is not Sensitivity.NONE or _tells_who(field, value):
        return shape(value)
    return _without_contacts(value, is_key=field.type in (FieldType.ID, FieldType.ID_LIST))


def _tells_who(field: Field, value: str) -> bool:
    """Whether a value of a column about nobody tells who somebody is."""
    if any(field is one for one in _CODES_OF_PEOPLE):
        return is_prose(value, field.vocabulary)
    if field.reference is not None:
        return field.reference.entity == _PEOPLE and points_at_somebody(value)
    return field is _PERSON and names_somebody(value)


def named(name: str) -> str:
    """The name of a column or a file, as it is where a format knows it."""
    if name.casefold() in _KNOWN:
        return name
    suffix = next((suffix for suffix in _SUFFIXES if name.casefold().endswith(suffix)), "")
    stem = name[: len(name) - len(suffix)]
    return shape(stem) + name[len(stem) :]


def shape(text: str) -> str:
    """The text with an x for every letter and a 9 for every digit."""
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
    return shape(word[0]) if is_address else word[0]


def _phone(found: re.Match[str], *, is_key: bool) -> str:
    digits = found[0]
    if digits.isdecimal():
        is_phone = not is_key and _NATIONAL_PHONE.fullmatch(digits) is not None
    elif is_key:
        is_phone = "+" in digits or " " in digits
    else:
        is_phone = not _DATE.match(digits)
    return shape(digits) if is_phone else digits
