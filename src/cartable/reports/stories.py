"""Tells the story of a record in plain words: what happened, in which run, because of which row."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import TextIO

from cartable import words
from cartable.model.entities import BY_NAME
from cartable.model.memberships import called
from cartable.model.plans import ChangeKind, Kept, Reason
from cartable.model.scopes import references
from cartable.model.stories import Chapter, Decision, DecisionKind, Event, Keeping, Story, Teller
from cartable.model.vocabularies import Vocabulary
from cartable.reports import phrasing, wording
from cartable.reports.document import VERSION, change_document, masked
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import Document, serialized
from cartable.words import marked

PEOPLE = 40
"""People of a class that are listed for one and the same thing; the others are counted."""

_KEEP = "keep"

Happening = Event | Keeping | Decision

_OWN: Mapping[str, str] = {
    ChangeKind.ADD: marked("added by {run}"),
    ChangeKind.UPDATE: marked("changed by {run}"),
    ChangeKind.DEACTIVATE: marked("no longer in the roster since {run}"),
    ChangeKind.REACTIVATE: marked("in the roster again since {run}"),
    ChangeKind.CLOSE: marked("closed by {run}"),
    ChangeKind.REKEY: marked("re-keyed from {old} to {new} by {run}"),
    _KEEP: marked("kept by {run}"),
}
_CLASS: Mapping[str, str] = {
    ChangeKind.ADD: marked("in class {what} since {run}"),
    ChangeKind.UPDATE: marked("place in class {what} changed by {run}"),
    ChangeKind.DEACTIVATE: marked("not in class {what} since {run}"),
    ChangeKind.REACTIVATE: marked("in class {what} again since {run}"),
    ChangeKind.CLOSE: marked("place in class {what} closed by {run}"),
    ChangeKind.REKEY: marked("place in class {what} re-keyed from {old} to {new} by {run}"),
    _KEEP: marked("place in class {what} kept by {run}"),
}
_ROLE: Mapping[str, str] = {
    ChangeKind.ADD: marked("role {what} since {run}"),
    ChangeKind.UPDATE: marked("role {what} changed by {run}"),
    ChangeKind.DEACTIVATE: marked("no longer the role {what} since {run}"),
    ChangeKind.REACTIVATE: marked("role {what} again since {run}"),
    ChangeKind.CLOSE: marked("role {what} closed by {run}"),
    ChangeKind.REKEY: marked("role {what} re-keyed from {old} to {new} by {run}"),
    _KEEP: marked("role {what} kept by {run}"),
}
_CONTACT: Mapping[str, str] = {
    ChangeKind.ADD: marked("contact {what} since {run}"),
    ChangeKind.UPDATE: marked("contact {what} changed by {run}"),
    ChangeKind.DEACTIVATE: marked("no longer the contact {what} since {run}"),
    ChangeKind.REACTIVATE: marked("contact {what} again since {run}"),
    ChangeKind.CLOSE: marked("contact {what} closed by {run}"),
    ChangeKind.REKEY: marked("contact {what} re-keyed from {old} to {new} by {run}"),
    _KEEP: marked("contact {what} kept by {run}"),
}
_MEMBER: Mapping[str, str] = {
    ChangeKind.ADD: marked("{what} in the class since {run}"),
    ChangeKind.UPDATE: marked("{what}: place in the class changed by {run}"),
    ChangeKind.DEACTIVATE: marked("{what} not in the class since {run}"),
    ChangeKind.REACTIVATE: marked("{what} in the class again since {run}"),
    ChangeKind.CLOSE: marked("{what}: place in the class closed by {run}"),
    ChangeKind.REKEY: marked("{what}: place in the class re-keyed from {old} to {new} by {run}"),
    _KEEP: marked("{what}: place in the class kept by {run}"),
}

_DECIDED: Mapping[DecisionKind, str] = {
    DecisionKind.KEEP: marked("to be kept until {until}, as {actor} decided on {day} (keep {number}: {why})"),
    DecisionKind.KEEP_RELEASED: marked("keep {number} released by {actor} on {day}"),
    DecisionKind.PIN: marked("{field} pinned at {value} by {actor} on {day} (pin {number}: {why})"),
    DecisionKind.PIN_RELEASED: marked("pin {number} ({field}) released by {actor} on {day}"),
}

_KINDS: Mapping[str, tuple[str, str]] = {
    "users": (
        marked("{called}, a person in the roster"),
        marked("{called}, a person no longer in the roster"),
    ),
    "classes": (
        marked("{called}, a class in the roster"),
        marked("{called}, a class no longer in the roster"),
    ),
    "orgs": (
        marked("{called}, an organisation in the roster"),
        marked("{called}, an organisation no longer in the roster"),
    ),
    "courses": (
        marked("{called}, a course in the roster"),
        marked("{called}, a course no longer in the roster"),
    ),
    "academicSessions": (
        marked("{called}, a session in the roster"),
        marked("{called}, a session no longer in the roster"),
    ),
}
_HEADINGS: Mapping[str, str] = {
    "roles": marked("Roles"),
    "enrollments": marked("Classes"),
    "relationships": marked("Contacts"),
}


def write_text(told: Sequence[Story], on: Page, *, is_masked: bool) -> None:
    """Each story: of the record itself, then of what it belongs to or who belongs to it."""
    if is_masked:
        on.write(words.text(wording.MASKED))
    for number, story in enumerate(told):
        if number:
            on.write()
        own = story.own
        active, inactive = _KINDS[own.entity]
        name = wording.called(own.key[0], called(own.entity, own.values))
        on.write(words.text(active if own.is_active else inactive, called=name))
        for event in own.events:
            on.write(_sentence(_OWN, own.entity, event), indent=2, hanging=2)
        for heading, sentences in _memberships(story):
            on.write()
            on.write(words.text(heading), indent=2)
            for sentence in sentences:
                on.write(sentence, indent=4, hanging=2)


def write_document(told: Sequence[Story], to: TextIO, *, is_masked: bool) -> None:
    """The stories as JSON."""
    document = {"version": VERSION, **masked(is_masked), "stories": [_story(story) for story in told]}
    to.write(serialized(document) + "\n")


def _memberships(story: Story) -> Iterator[tuple[str, Iterable[str]]]:
    """Headings and what to say below each."""
    for entity, chapters in groupby(story.memberships, lambda one: one.entity):
        if story.own.entity == "classes":
            yield marked("Members"), _members(list(chapters), story)
        else:
            yield (
                _HEADINGS[entity],
                [
                    _sentence(_VIEWS[entity], entity, event, _WHAT[entity](chapter, story))
                    for chapter in chapters
                    for event in chapter.events
                ],
            )


def _members(chapters: Sequence[Chapter], story: Story) -> Iterator[str]:
    """What happened to the members of a class; what happened to many at once is told once."""
    events = [(event, chapter) for chapter in chapters for event in chapter.events]

    def alike(one: tuple[Happening, Chapter]) -> tuple[datetime, str, str]:
        event = one[0]
        moment = datetime.fromisoformat(event.moment)
        if isinstance(event, Decision):
            return moment, event.kind, str(event.number)
        if isinstance(event, Keeping):
            return moment, _KEEP, f"{event.last.run} {event.reason} {event.code} {event.keep}"
        return moment, event.change.kind, event.change.reason

    for _, group in groupby(sorted(events, key=alike), alike):
        many = list(group)
        people = [_person(chapter, story) for _, chapter in many]
        event, chapter = many[0]
        if len(many) == 1:
            yield _sentence(_MEMBER, chapter.entity, event, people[0])
            continue
        number = words.counted("{number} person", "{number} people", len(many))
        told = _sentence(_MEMBER, chapter.entity, event, number, is_placed=False)
        listed = ", ".join(people[:PEOPLE])
        if rest := len(people) - PEOPLE:
            listed += f" {words.counted('and {number} more', 'and {number} more', rest)}" if rest > 0 else ""
        yield words.text("{what} – {people}", what=told, people=listed)


def _sentence(
    view: Mapping[str, str], entity: str, event: Happening, what: str = "", *, is_placed: bool = True
) -> str:
    """What happened, in which run, because of which row.

    Args:
        view: the sentences.
        what: the other side of a membership.
        is_placed: whether to name the row.
    """
    if isinstance(event, Decision):
        decided = _decided(event)
        return words.text("{place}: {sentence}", place=what, sentence=decided) if what else decided
    if isinstance(event, Keeping):
        run = _run(event.first)
        if event.last.run != event.first.run:
            run = words.text("{first} to {last}", first=run, last=_run(event.last))
        at = (event.code, event.file, event.line)
        reason = phrasing.kept(Kept(entity, (), event.reason, *at, event.keep, event.why, event.until))
        return words.text("{what}: {why}", what=words.text(view[_KEEP], what=what, run=run), why=reason)
    change = event.change
    old = tuple(
        change.before.get(name, part) or ""
        for name, part in zip(BY_NAME[entity].key, change.key, strict=True)
    )
    told = words.text(
        view[change.kind],
        what=what,
        run=_run(event.teller),
        old=wording.record(old),
        new=wording.record(change.key),
    )
    if is_placed and change.line is not None and event.file:
        row = f"{shown(event.file)}, {words.text('line {line}', line=change.line)}"
        told = words.text("{what} ({row})", what=told, row=row)
    if why := wording.joined(_why(entity, event)):
        told = words.text("{what}: {why}", what=told, why=why)
    return told


def _decided(one: Decision) -> str:
    """What somebody decided, or took back: who, when and why."""
    return words.text(
        _DECIDED[one.kind],
        number=one.number,
        actor=shown(one.actor),
        day=wording.day(one.moment),
        why=shown(one.why),
        until=one.until and wording.day(one.until),
        field=one.field,
        value=wording.value(one.value),
    )


def _why(entity: str, event: Event) -> Iterator[str]:
    change = event.change
    if change.kind in (ChangeKind.UPDATE, ChangeKind.REACTIVATE):
        yield from phrasing.differences(change)
    match change.reason:
        case Reason.ABSENT if event.file:
            yield words.text("{file} no longer had the row", file=shown(event.file))
        case Reason.ABSENT:
            yield words.text("the delivery had no {file}", file=f"{entity}.csv")
        case Reason.ENDED:
            yield words.text("its session has ended")
        case Reason.ORG_CLOSED:
            yield words.text("its organisation has closed")
        case Reason.UNDONE:
            yield words.text("run {run} was taken back", run=event.teller.undoes)
        case Reason.BY_HAND:
            yield words.text("set by hand by {actor}", actor=shown(event.teller.actor))


def _run(teller: Teller) -> str:
    return words.text("run {run} of {day}", run=teller.run, day=wording.day(teller.finished))


def _class(chapter: Chapter, story: Story) -> str:
    return _named(chapter, "classes", story, _role(chapter))


def _person(chapter: Chapter, story: Story) -> str:
    return _named(chapter, "users", story, _role(chapter))


def _organisation(chapter: Chapter, story: Story) -> str:
    role = wording.quoted(wording.label(*_coded(chapter)))
    return words.text("{role} at {place}", role=role, place=_named(chapter, "orgs", story))


def _contact(chapter: Chapter, story: Story) -> str:
    """The contact of a pupil, or the pupil of a contact."""
    if chapter.key[0] == story.own.key[0]:
        return _named(chapter, "users", story, _role(chapter), place=1)
    return words.text("of {person}", person=_named(chapter, "users", story, _role(chapter)))


def _named(chapter: Chapter, target: str, story: Story, *rest: str, place: int = 0) -> str:
    """The record of the target that a membership names, and in brackets what else is known of it.

    Args:
        place: which of the references to the target.
    """
    field = references(BY_NAME[chapter.entity], BY_NAME[target])[place]
    identifier = chapter.values[field.name] or ""
    told = ", ".join(shown(part) for part in (story.names.get((target, identifier), ""), *rest) if part)
    return f"{shown(identifier)} ({told})" if told else shown(identifier)


def _coded(chapter: Chapter) -> tuple[Vocabulary, str]:
    """The code that says in which role: each membership's first one."""
    field = next(one for one in BY_NAME[chapter.entity].fields if one.vocabulary)
    assert field.vocabulary
    return field.vocabulary, chapter.values[field.name] or ""


def _role(chapter: Chapter) -> str:
    """The role in the middle of a sentence: only what is no word keeps its capitals."""
    label = wording.label(*_coded(chapter))
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


_VIEWS: Mapping[str, Mapping[str, str]] = {"roles": _ROLE, "enrollments": _CLASS, "relationships": _CONTACT}
_WHAT: Mapping[str, Callable[[Chapter, Story], str]] = {
    "roles": _organisation,
    "enrollments": _class,
    "relationships": _contact,
}


def _story(story: Story) -> Document:
    own = story.own
    return {
        **_chapter(own, _OWN, ""),
        "name": called(own.entity, own.values),
        "memberships": [
            _chapter(one, _MEMBER, _person(one, story))
            if own.entity == "classes"
            else _chapter(one, _VIEWS[one.entity], _WHAT[one.entity](one, story))
            for one in story.memberships
        ],
    }


def _chapter(chapter: Chapter, view: Mapping[str, str], what: str) -> Document:
    return {
        "entity": chapter.entity,
        "key": list(chapter.key),
        "active": chapter.is_active,
        "events": [
            {**_event(event), "message": _sentence(view, chapter.entity, event, what)}
            for event in chapter.events
        ],
    }


def _event(event: Happening) -> Document:
    if isinstance(event, Decision):
        return asdict(event)
    if isinstance(event, Keeping):
        return {
            "kind": _KEEP,
            "reason": event.reason,
            "first": asdict(event.first),
            "last": asdict(event.last),
            "code": event.code,
            "file": event.file,
            "line": event.line,
            "keep": event.keep,
            "why": event.why,
            "until": event.until or None,
        }
    return {**change_document(event.change), "run": asdict(event.teller), "file": event.file}
