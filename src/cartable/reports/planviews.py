"""What the page of a plan shows: the verdict, what happens in each school, its changes, what made it.

Changes are made into texts while the page is written, so that it needs no memory in their proportion.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import PurePath

from cartable import words
from cartable.model.changelists import Listing, SchoolChanges, Tally
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.plans import DEFAULT_SOURCE, Change, ChangeKind, Counts, Hold, PlanHeader
from cartable.reports import changelists, phrasing, sparing, text, wording
from cartable.reports.changelists import Shown
from cartable.reports.pieces import (
    ChangeView,
    Facet,
    FieldView,
    Figure,
    Filtered,
    Heading,
    Option,
    PlanView,
    QuarantineView,
    SchoolView,
    Table,
    Verdict,
)
from cartable.reports.safety import shown
from cartable.reports.views import moment_view
from cartable.words import marked

SCHOOLS = 500
"""Schools that a page tells of; the others are counted."""

CHANGES = 100
"""Changes of each school where nobody asked for another number."""

ROWS = 10_000
"""Changes that a page lists in all, whatever was asked for: more, and browsers give up."""

FIELDS = 40
"""Fields of a change that a page lists."""

_PLANNED = marked("Planned on {date}, {time}.")

_STATES: Mapping[ChangeKind, str] = {
    ChangeKind.ADD: "good",
    ChangeKind.UPDATE: "notice",
    ChangeKind.DEACTIVATE: "warning",
    ChangeKind.REACTIVATE: "good",
    ChangeKind.CLOSE: "notice",
    ChangeKind.REKEY: "notice",
}

_ENTITIES: Mapping[str, str] = {
    "orgs": marked("Organisations"),
    "academicSessions": marked("Sessions"),
    "users": marked("People"),
    "courses": marked("Courses"),
    "classes": marked("Classes"),
    "roles": marked("Roles"),
    "enrollments": marked("Enrollments"),
    "relationships": marked("Contacts"),
    "demographics": marked("Demographics"),
    "userFlags": marked("Flags"),
}


def plan_view(plan: Shown, limit: int | None) -> PlanView:
    """All that the page of a plan shows.

    Args:
        limit: changes of each school; None for `CHANGES`.
    """
    header, told = plan.header, plan.schools[:SCHOOLS]
    each = min(CHANGES if limit is None else limit, ROWS // max(len(told), 1))
    listing = plan.listing([one.school for one in told], each)
    listed = sum(tally.listed for tally in listing.tallies)
    outcome = changelists.outcome(plan)
    heading = _heading(header)
    return PlanView(
        title=words.text("{heading} – Cartable", heading=heading),
        heading=heading,
        read=_made(plan),
        moment=moment_view(datetime.fromisoformat(header.created).astimezone(), _PLANNED),
        verdict=_verdict(plan),
        holds=[phrasing.held(hold) for hold in header.holds],
        remedy=_remedy(header.holds),
        terms=list(sparing.terms(outcome)),
        quarantined=[
            QuarantineView(
                sparing.quarantined(school, one),
                list(sparing.reasons(one)),
                sparing.acceptance(school, one),
            )
            for school, one in [*header.quarantined.items()][: text.SCHOOLS]
        ],
        quarantined_rest=_more_quarantined(len(header.quarantined) - text.SCHOOLS),
        figures=_figures(plan),
        is_empty=not phrasing.changing(plan.counts),
        schools=_schools(told, listing),
        rest=_more_schools(len(plan.schools) - SCHOOLS),
        unlisted=_unlisted(sum(tally.number for tally in listing.tallies) - listed),
        facets=_facets(told, listing.tallies) if listed > 1 else (),
        filtered=_filtered(listed),
        unfiltered=words.counted("{number} change is listed.", "{number} changes are listed.", listed),
        numbers=_numbers(plan.counts),
        facts=list(_facts(header)),
        files=_files(header),
    )


def _heading(header: PlanHeader) -> str:
    if header.undoes is not None:
        return words.text("Plan that takes back run {run}", run=words.figure(header.undoes))
    path = header.delivery.path
    return words.text("Plan for {name}", name=shown(PurePath(path).name or path))


def _made(plan: Shown) -> str:
    header = plan.header
    told = words.text(
        "Made by {actor} from {path}, against revision {revision} of the roster.",
        actor=shown(header.actor or "–"),
        path=shown(header.delivery.path),
        revision=words.figure(header.revision),
    )
    part = words.text("Only a part of the plan is shown.") if plan.is_part else ""
    masked = words.text(wording.MASKED) if plan.is_masked else ""
    return " ".join(filter(None, (told, part, masked)))


def _verdict(plan: Shown) -> Verdict:
    header, number = plan.header, phrasing.changing(plan.counts)
    if header.holds:
        return Verdict(words.text("Held: nothing is written until a person has looked."), "stop", "error")
    if not number:
        told = words.text("Nothing would change.")
    else:
        told = words.counted(
            "Nothing holds this plan: {number} record would change.",
            "Nothing holds this plan: {number} records would change.",
            number,
        )
    if not header.quarantined:
        return Verdict(told, "good", "good")
    stay = words.counted(
        "{number} school stays as it was.", "{number} schools stay as they were.", len(header.quarantined)
    )
    return Verdict(f"{told} {stay}", "warning", "warning")


def _remedy(holds: Sequence[Hold]) -> str:
    if not holds:
        return ""
    guards = dict.fromkeys(hold.guard for hold in holds)
    return words.text(
        "If that is right, apply the saved plan with {accept}",
        accept=" ".join(f"--accept {guard}" for guard in guards),
    )


def _more_quarantined(number: int) -> str:
    if number <= 0:
        return ""
    return words.counted(
        "{number} more school is quarantined; --format json lists all.",
        "{number} more schools are quarantined; --format json lists all.",
        number,
    )


def _more_schools(number: int) -> str:
    if number <= 0:
        return ""
    return words.counted(
        "{number} more school is not shown; --format json has all.",
        "{number} more schools are not shown; --format json has all.",
        number,
    )


def _unlisted(number: int) -> str:
    if number <= 0:
        return ""
    return words.counted(
        "{number} more change is not listed on this page and not searched; --format csv has all.",
        "{number} more changes are not listed on this page and not searched; --format csv has all.",
        number,
    )


def _figures(plan: Shown) -> list[Figure]:
    """What most people ask first."""
    counts = plan.counts.values()
    numbered = (
        (marked("Added"), sum(one.add + one.reactivate for one in counts)),
        (marked("Changed"), sum(one.update + one.rekey for one in counts)),
        (marked("Leaving"), sum(one.deactivate + one.close for one in counts)),
        (marked("Schools"), sum(bool(one.school) for one in plan.schools)),
    )
    return [Figure(words.text(name), words.figure(number)) for name, number in numbered]


def _schools(told: Sequence[SchoolChanges], listing: Listing) -> Iterator[SchoolView]:
    """The schools; the changes of one have to be taken before the next."""
    of_all = _summed(listing.tallies, lambda one: one.school, lambda one: one.number)
    listed = _summed(listing.tallies, lambda one: one.school)
    grouped = groupby(listing.changes, itemgetter(0))
    for number, school in enumerate(told, 1):
        name, rest = changelists.name(school), of_all[school.school] - listed[school.school]
        changes = next(grouped)[1] if listed[school.school] else iter(())
        yield SchoolView(
            number,
            name,
            list(changelists.sentences(school)),
            words.counted("See {number} change", "See {number} changes", of_all[school.school]),
            words.text("Changes of {name}", name=name),
            (_change(change, listing.labels) for _, change in changes),
            words.counted(
                "{number} more change of this school is not listed here; --format csv has all.",
                "{number} more changes of this school are not listed here; --format csv has all.",
                rest,
            )
            if rest
            else "",
        )


def _change(change: Change, labels: Mapping[tuple[str, str], str]) -> ChangeView:
    is_new = change.kind is ChangeKind.ADD
    member = changelists.membership(change, labels)
    # Of what is new, the key is told already.
    told = (_told_of_members(change) if member else BY_NAME[change.entity].key) if is_new else ()
    fields = [
        FieldView(name, "" if is_new else before, after)
        for name in {**change.before, **change.after}
        if name not in told
        and (before := wording.value(change.before.get(name)))
        != (after := wording.value(change.after.get(name)))
    ]
    more = len(fields) - FIELDS
    known_by = [words.text(phrasing.TRAITS[trait]) for trait in change.traits]
    return ChangeView(
        change.entity,
        change.kind,
        _STATES[change.kind],
        words.text(phrasing.KINDS[change.kind]),
        words.text(_ENTITIES[change.entity]),
        member or changelists.record(change, labels),
        fields[:FIELDS],
        words.counted("and {number} more", "and {number} more", more) if more > 0 else "",
        ", ".join([words.text(changelists.REASONS[change.reason]), *known_by]),
        words.text("{entity}.csv, line {line}", entity=change.entity, line=change.line)
        if change.line is not None
        else "",
    )


def _told_of_members(change: Change) -> tuple[str, ...]:
    """Fields that the sentence about somebody's membership tells."""
    return BY_NAME[change.entity].belongs_by, "userSourcedId", "role"


def _facets(told: Sequence[SchoolChanges], tallies: Sequence[Tally]) -> list[Facet]:
    """The filters; beside each choice how many listed changes it leaves."""
    by_school, by_entity, by_kind = (
        _summed(tallies, of) for of in (lambda one: one.school, lambda one: one.entity, lambda one: one.kind)
    )
    facets = (
        Facet(
            "school",
            words.text("School"),
            words.text("All schools"),
            [
                _option(str(number), changelists.name(one), by_school[one.school])
                for number, one in enumerate(told, 1)
                if by_school[one.school]
            ],
        ),
        Facet(
            "entity",
            words.text("Records"),
            words.text("All records"),
            [
                _option(one.name, words.text(_ENTITIES[one.name]), by_entity[one.name])
                for one in ENTITIES
                if by_entity[one.name]
            ],
        ),
        Facet(
            "kind",
            words.text("Change"),
            words.text("All changes"),
            [
                _option(one, words.text(phrasing.KINDS[one]), by_kind[one])
                for one in ChangeKind
                if by_kind[one]
            ],
        ),
    )
    return list(facets)


def _summed(
    tallies: Sequence[Tally],
    of: Callable[[Tally], str],
    number: Callable[[Tally], int] = lambda one: one.listed,
) -> Mapping[str, int]:
    """How many changes each has; where nothing else is said, of those that are listed."""
    numbers: Counter[str] = Counter()
    for tally in tallies:
        numbers[of(tally)] += number(tally)
    return numbers


def _option(value: str, label: str, number: int) -> Option:
    return Option(value, words.text("{label} ({number})", label=label, number=words.figure(number)))


def _filtered(number: int) -> Filtered:
    """What the page's script says of so many changes, of which it shows some."""
    single, several = (
        words.counted(
            "{shown} of {changes} listed changes is shown.",
            "{shown} of {changes} listed changes are shown.",
            shown_number,
            shown="{shown}",
            changes=words.figure(number),
        )
        for shown_number in (1, 2)
    )
    return Filtered(single, several)


def _numbers(counts: Mapping[str, Counts]) -> Table:
    numbers = {entity: phrasing.counts(count) for entity, count in counts.items()}
    # What most nights have none of has no column then.
    names = [
        name
        for name in phrasing.COUNTED
        if name not in phrasing.RARE or any(number[name] for number in numbers.values())
    ]
    rows = [
        (words.text(_ENTITIES[entity]), *(words.figure(number[name]) for name in names))
        for entity, number in numbers.items()
        if any(number.values())
    ]
    headings = [Heading(words.text("Records"))]
    headings += [Heading(words.text(phrasing.COUNTED[name]), "number") for name in names]
    return Table(headings, rows)


def _facts(header: PlanHeader) -> Iterator[Figure]:
    """What made the plan."""
    yield Figure(words.text("Made by"), shown(header.actor or "–"))
    yield Figure(words.text("Made on"), wording.moment(header.created))
    yield Figure(words.text("Delivery"), shown(header.delivery.path))
    if header.source != DEFAULT_SOURCE:
        yield Figure(words.text("Source"), shown(header.source))
    if header.delivery.files:
        yield Figure(words.text("Check"), text.verdict(header.summary))
    yield Figure(words.text("Revision of the roster"), words.figure(header.revision))
    if header.accepted:
        yield Figure(words.text("Accepted guards"), ", ".join(map(shown, header.accepted)))
    if header.rules:
        yield Figure(words.text("Digest of the rules"), header.rules)


def _files(header: PlanHeader) -> Table:
    headings = (
        Heading(words.text("File")),
        Heading(words.text("Rows"), "number"),
        Heading(words.text("Left out"), "number"),
        Heading(words.text("SHA-256"), "digest"),
    )
    rows = [
        (shown(file.name), words.figure(file.rows), words.figure(file.excluded), file.sha256)
        for file in header.delivery.files
    ]
    return Table(headings, rows)
