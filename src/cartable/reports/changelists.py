"""A saved plan in sentences: what happens in each school, then to each person and class."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Protocol, TextIO

from cartable import words
from cartable.model.changelists import Listing, People, SchoolChanges
from cartable.model.entities import BY_NAME
from cartable.model.plans import Change, ChangeKind, Counts, PlanHeader, Reason
from cartable.reports import document, phrasing, text, wording
from cartable.reports.material import Outcome
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.reports.serializing import serialized, write_list
from cartable.words import marked

SCHOOLS = 50
"""Schools that are told of; the others are counted."""

CHANGES = 200
"""Changes that are listed where nobody asked for another number."""

REASONS: Mapping[Reason, str] = {
    Reason.NEW: marked("new in the delivery"),
    Reason.CHANGED: marked("the delivery says otherwise"),
    Reason.ABSENT: marked("the delivery no longer has the row"),
    Reason.RETURNED: marked("back in the delivery"),
    Reason.ENDED: marked("its session has ended"),
    Reason.ORG_CLOSED: marked("its organisation has closed"),
    Reason.RENAMED: marked("the same record under another identifier"),
    Reason.UNDONE: marked("taken back"),
    Reason.BY_HAND: marked("set by hand"),
}

# What happens to a membership, of a person in a class or an organisation.
_MEMBERSHIPS: Mapping[ChangeKind, str] = {
    ChangeKind.ADD: marked("{who} joins {where} as {role}"),
    ChangeKind.REACTIVATE: marked("{who} is back in {where} as {role}"),
    ChangeKind.DEACTIVATE: marked("{who} leaves {where} ({role})"),
    ChangeKind.CLOSE: marked("for {who}, {where} is over ({role})"),
}

# What is said of the numbers of `People`, in this order.
_PEOPLE: Mapping[str, Callable[[int], str]] = {
    "leave": lambda number: words.counted("{number} leaves", "{number} leave", number),
    "arrive": lambda number: words.counted("{number} arrives", "{number} arrive", number),
    "move": lambda number: words.counted("{number} changes class", "{number} change class", number),
    "join": lambda number: words.counted("{number} joins a class", "{number} join a class", number),
    "drop": lambda number: words.counted("{number} leaves a class", "{number} leave a class", number),
    "end": lambda number: words.counted(
        "{number} is done: the session has ended", "{number} are done: the session has ended", number
    ),
}


class Shown(Protocol):
    """A plan to be read, see `cartable.flow.showing`."""

    @property
    def header(self) -> PlanHeader:
        """The whole plan's."""
        ...

    @property
    def counts(self) -> Mapping[str, Counts]:
        """Of the part that was asked for."""
        ...

    @property
    def schools(self) -> list[SchoolChanges]:
        """What it does in each school."""
        ...

    @property
    def labels(self) -> Mapping[tuple[str, str], str]:
        """What records are called, by entity and id."""
        ...

    @property
    def is_part(self) -> bool:
        """Whether only a part was asked for."""
        ...

    @property
    def is_masked(self) -> bool:
        """Whether personal data is masked."""
        ...

    def changes(self, limit_per_kind: int | None = None) -> Iterator[Change]:
        """The changes."""
        ...

    def listing(self, schools: Sequence[str], each: int) -> Listing:
        """At most so many changes of each of these schools."""
        ...


def write(plan: Shown, limit: int | None, on: Page) -> None:
    """What made the plan, what holds it, what happens in each school; of a part, each change too."""
    header = plan.header
    on.write(_heading(header))
    if plan.is_masked:
        on.write(words.text(wording.MASKED))
    on.write()
    text.write_outcome(replace(outcome(plan), changes=lambda _: ()), on)
    _write_schools(plan.schools, on)
    if plan.is_part:
        _write_changes(plan, CHANGES if limit is None else limit, on)


def write_document(plan: Shown, to: TextIO) -> None:
    """The same as JSON, with every change; see `report.schema.json` for what a change is."""
    header = plan.header
    head = {
        "version": document.VERSION,
        **document.masked(plan.is_masked),
        "plan": {
            "kind": header.kind,
            "source": header.source,
            "created": header.created,
            "actor": header.actor,
            "roster": header.roster,
            "revision": header.revision,
            "rules": header.rules,
            "undoes": header.undoes,
        },
        **document.outcome_document(outcome(plan)),
        "schools": [{**asdict(school), "told": list(sentences(school))} for school in plan.schools],
    }
    to.write(serialized(head)[:-1] + ', "records": ')
    write_list(
        ({**document.change_document(one), "told": sentence(one, plan.labels)} for one in plan.changes()), to
    )
    to.write("}\n")


def outcome(plan: Shown) -> Outcome:
    """The plan as reports of outcomes take it."""
    header = plan.header
    return Outcome(
        plan.counts,
        header.holds,
        plan.changes,
        quarantined=header.quarantined,
        raised=header.raised,
        period=header.period,
        postponed=sum(header.postponed.values()),
    )


def sentences(school: SchoolChanges) -> Iterator[str]:
    """What happens in a school, a sentence for pupils, staff, classes, data."""
    for name, people in ((words.text("Pupils"), school.pupils), (words.text("Staff"), school.staff)):
        if people.total:
            yield words.text("{who}: {what}.", who=name, what=", ".join(_people(people)))
    new, gone, changed = school.classes_new, school.classes_gone, school.classes_changed
    classes = [
        told
        for number, told in (
            (new, words.counted("{number} is new", "{number} are new", new)),
            (gone, words.counted("{number} ends", "{number} end", gone)),
            (changed, words.counted("{number} changes", "{number} change", changed)),
        )
        if number
    ]
    if classes:
        yield words.text("{who}: {what}.", who=words.text("Classes"), what=", ".join(classes))
    if school.data:
        yield words.counted(
            "The data of {number} person changes.", "The data of {number} people change.", school.data
        )
    if school.other:
        yield words.counted(
            "{number} other record changes (sessions, courses, organisations).",
            "{number} other records change (sessions, courses, organisations).",
            school.other,
        )


def name(school: SchoolChanges) -> str:
    """A school as people call it, with its identifier."""
    if not school.school:
        return words.text("What belongs to no school")
    return f"{shown(school.name)} ({shown(school.school)})" if school.name else shown(school.school)


def membership(change: Change, labels: Mapping[tuple[str, str], str]) -> str:
    """That somebody joins or leaves a class or an organisation; empty for any other change."""
    entity, key = BY_NAME[change.entity], dict(zip(BY_NAME[change.entity].key, change.key, strict=True))
    message = _MEMBERSHIPS.get(change.kind)
    if not message or entity.belongs_by not in key or "role" not in key:
        return ""
    where, who = (
        _called(field.reference.entity, key[field.name], labels)
        for field in sorted(entity.references, key=lambda one: one.name != entity.belongs_by)
        if field.reference and field.name in (entity.belongs_by, "userSourcedId")
    )
    return words.text(message, who=who, where=where, role=_role(change.entity, key["role"]))


def record(change: Change, labels: Mapping[tuple[str, str], str]) -> str:
    """Which record a change is of, as people call it, with its key."""
    label, key = labels.get((_named_by(change), change.key[0])), wording.record(change.key)
    return f"{shown(label)} ({key})" if label else key


def sentence(change: Change, labels: Mapping[tuple[str, str], str]) -> str:
    """One change as a principal says it, and why."""
    if not (told := membership(change, labels)):
        told = phrasing.changed(replace(change, line=None))
        if label := labels.get((_named_by(change), change.key[0])):
            told = words.text("{name}: {told}", name=shown(label), told=told)
    place = [words.text("line {line}", line=change.line)] if change.line is not None else []
    why = ", ".join([words.text(REASONS[change.reason]), *place])
    return words.text("{what} – {why}", what=told, why=why)


def _named_by(change: Change) -> str:
    """The entity of which the first part of the key is an identifier."""
    first = BY_NAME[change.entity].field(BY_NAME[change.entity].key[0])
    return first.reference.entity if first.reference else change.entity


def _people(people: People) -> Iterator[str]:
    for kind, told in _PEOPLE.items():
        if number := getattr(people, kind):
            yield told(number)


def _called(entity: str, identifier: str, labels: Mapping[tuple[str, str], str]) -> str:
    label = labels.get((entity, identifier))
    return f"{shown(label)} ({shown(identifier)})" if label else shown(identifier)


def _role(entity: str, code: str) -> str:
    """A role in the reader's language."""
    vocabulary = BY_NAME[entity].field("role").vocabulary
    known = {one.value: one for one in vocabulary.codes} if vocabulary else {}
    if code not in known:
        return shown(code)
    return known[code].fr if words.language() == "fr" else known[code].en


def _heading(header: PlanHeader) -> str:
    return words.text(
        "Plan of {moment}, made by {actor} of {path}, against revision {revision} of the roster.",
        moment=wording.moment(header.created),
        actor=shown(header.actor or "–"),
        path=shown(header.delivery.path),
        revision=words.figure(header.revision),
    )


def _write_schools(schools: list[SchoolChanges], on: Page) -> None:
    for school in schools[:SCHOOLS]:
        on.write()
        on.write(name(school))
        for told in sentences(school):
            on.write(told, indent=2, hanging=2)
    if (rest := len(schools) - SCHOOLS) > 0:
        on.write()
        on.write(
            words.counted(
                "{number} more school is not shown; --format json has all.",
                "{number} more schools are not shown; --format json has all.",
                rest,
            )
        )


def _write_changes(plan: Shown, limit: int, on: Page) -> None:
    on.write()
    left = sum(count.changing for count in plan.counts.values())
    for change in plan.changes(limit):
        if limit <= 0:
            break
        on.write(sentence(change, plan.labels), indent=2, hanging=2)
        limit -= 1
        left -= 1
    if left > 0:
        on.write(words.counted("and {number} more", "and {number} more", left), indent=2)
