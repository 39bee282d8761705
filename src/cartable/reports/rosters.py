"""Tells who was in which school and class at a moment, as a class list does."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from typing import TextIO

from cartable import words
from cartable.model.entities import BY_NAME
from cartable.model.memberships import Membership
from cartable.model.scopes import Scope
from cartable.model.vocabularies import ENROLLMENT_ROLES, GRADES, ORG_ROLES
from cartable.reports import table, text, wording
from cartable.reports.document import VERSION, masked
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import Document, serialized, write_list
from cartable.words import marked

_PEOPLE = (marked("Name"), marked("Role"), marked("Grade"), marked("Identifier"))
_CLASS = (marked("Name"), marked("Role"), marked("Identifier"))
_STUDENT = "student"


@dataclass(frozen=True)
class RosterView:
    """The roster at a moment.

    Args:
        scope: what was asked about.
        revision: of the roster.
        run: number of the last run by then, None where there was none.
        day: the day at whose end it was so, ISO 8601; '' where an instant was asked about.
        instant: ISO 8601; '' for a day.
        people: roles in organisations, by organisation.
        classes: roles in classes, by class.
        records: the records of the entity, where one was asked about.
        is_masked: whether personal data is masked.
    """

    scope: Scope
    revision: int
    run: int | None
    day: str
    instant: str
    people: Iterable[Membership]
    classes: Iterable[Membership]
    records: Iterable[dict[str, str | None]]
    is_masked: bool = False


def write_text(view: RosterView, on: Page) -> None:
    """A list for each school and each class; the records, where an entity was asked about."""
    on.write(_when(view))
    if view.run is None:
        return
    if view.is_masked:
        on.write(words.text(wording.MASKED))
    if view.scope.entity:
        names = [field.name for field in BY_NAME[view.scope.entity].fields]
        rows = [[shown(record[name] or "") for name in names] for record in view.records]
        if rows:
            on.write()
            on.table(names, rows, left=len(names))
        else:
            on.write(words.text("There was none."))
        return
    written = _write_groups(view.people, _organisation, _PEOPLE, _person, on)
    written += _write_groups(view.classes, _class, _CLASS, _member, on)
    if not written:
        on.write(words.text("There was nobody."))


def write_document(view: RosterView, to: TextIO) -> None:
    """The same as JSON."""
    scope = {"school": view.scope.school, "class": view.scope.klass, "user": view.scope.user}
    head: Document = {
        "version": VERSION,
        **masked(view.is_masked),
        "as_of": {"revision": view.revision, "run": view.run, "day": view.day, "instant": view.instant},
        "scope": {name: value for name, value in scope.items() if value},
    }
    if view.scope.entity:
        to.write(serialized({**head, "entity": view.scope.entity})[:-1] + ', "records": ')
        write_list(view.records, to)
    else:
        to.write(serialized(head)[:-1] + ', "members": ')
        write_list((dict(zip(_COLUMNS, astuple(one), strict=True)) for one in _everybody(view)), to)
    to.write("}\n")


# As the files of a delivery would name them.
_COLUMNS = tuple(
    {"klass": "class", "title": "classTitle", "org_name": "orgName", "given_name": "givenName",
     "family_name": "familyName"}.get(one.name, one.name)
    for one in fields(Membership)
)  # fmt: skip


def write_table(view: RosterView, to: TextIO) -> None:
    """One line for each role of each person, or for each record of the entity asked about."""
    if view.scope.entity:
        names = [field.name for field in BY_NAME[view.scope.entity].fields]
        table.write(names, ([shown(record[name] or "") for name in names] for record in view.records), to)
    else:
        table.write(_COLUMNS, ([shown(cell or "") for cell in astuple(one)] for one in _everybody(view)), to)


def _everybody(view: RosterView) -> Iterable[Membership]:
    yield from view.people
    yield from view.classes


def _when(view: RosterView) -> str:
    if view.run is None:
        return words.text("Nothing had been applied by then.")
    if view.day:
        return words.text(
            "The roster at the end of {day} (run {run}):", day=wording.day(view.day), run=view.run
        )
    return words.text("The roster of {instant} (run {run}):", instant=text.moment(view.instant), run=view.run)


def _write_groups(
    people: Iterable[Membership],
    heading: Callable[[Membership], str],
    titles: Sequence[str],
    row: Callable[[Membership], Sequence[str]],
    on: Page,
) -> int:
    written = 0
    for _, group in groupby(people, lambda one: (one.org, one.klass)):
        listed = sorted(group, key=_order)
        on.write()
        on.write(words.text("{place}: {sentence}", place=heading(listed[0]), sentence=_counted(listed)))
        on.table([words.text(title) for title in titles], map(row, listed), left=len(titles))
        written += len(listed)
    return written


def _organisation(one: Membership) -> str:
    return wording.called(one.org, one.org_name)


def _class(one: Membership) -> str:
    told = wording.called(one.klass, one.title)
    return f"{told}, {wording.called(one.org, one.org_name)}" if one.org else told


def _person(one: Membership) -> Sequence[str]:
    return (
        shown(one.name),
        wording.label(ORG_ROLES, one.role),
        wording.label(GRADES, one.grade or ""),
        shown(one.user),
    )


def _member(one: Membership) -> Sequence[str]:
    return shown(one.name), wording.label(ENROLLMENT_ROLES, one.role), shown(one.user)


def _counted(listed: Sequence[Membership]) -> str:
    """How many students there are, and how many others."""
    students = Counter(one.role == _STUDENT for one in listed)
    told = []
    if others := students[False]:
        told.append(words.counted("{number} adult", "{number} adults", others))
    if number := students[True]:
        told.append(words.counted("{number} student", "{number} students", number))
    return ", ".join(told)


def _order(one: Membership) -> tuple[object, ...]:
    return one.role == _STUDENT, _folded(one.family_name), _folded(one.given_name), one.user, one.role


def _folded(name: str | None) -> str:
    """The name as an alphabet sorts it: accents and capitals make no difference."""
    plain = unicodedata.normalize("NFKD", name or "")
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()
