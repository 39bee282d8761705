"""Masks what is told of the past and of a plan, as `cartable.reports.masking` does with deliveries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cartable.model.changelists import Listing, SchoolChanges
from cartable.model.decisions import Keep, Pin
from cartable.model.memberships import Membership
from cartable.model.plans import Change, Counts, PlanHeader
from cartable.model.stories import Chapter, Decision, Event, Keeping, Story
from cartable.model.undos import Left
from cartable.reports import masking
from cartable.reports.changelists import Shown
from cartable.reports.rosters import RosterView
from cartable.reports.undos import UndoRecord


def veiled_undo(record: UndoRecord) -> UndoRecord:
    """What takes a run back."""
    return UndoRecord(
        masking.masked_run(record.run),
        masking.masked_outcome(record.outcome),
        lambda: map(_left, record.left()),
        is_masked=True,
    )


def veiled_roster(view: RosterView) -> RosterView:
    """The roster at a moment."""
    return replace(
        view,
        people=map(_membership, view.people),
        classes=map(_membership, view.classes),
        records=(masking.values(view.scope.entity, record) for record in view.records),
        is_masked=True,
    )


def veiled_story(story: Story) -> Story:
    """The story of a record."""
    return Story(
        _chapter(story.own),
        tuple(map(_chapter, story.memberships)),
        _labels(story.names),
    )


def veiled_plan(plan: Shown) -> Shown:
    """A plan that is read."""
    return _VeiledPlan(plan)


@dataclass(frozen=True)
class _VeiledPlan:
    """A plan seen through a veil."""

    plan: Shown

    @property
    def header(self) -> PlanHeader:
        return masking.masked_header(self.plan.header)

    @property
    def counts(self) -> Mapping[str, Counts]:
        return self.plan.counts

    @property
    def schools(self) -> list[SchoolChanges]:
        return self.plan.schools

    @property
    def labels(self) -> Mapping[tuple[str, str], str]:
        return _labels(self.plan.labels)

    @property
    def is_part(self) -> bool:
        return self.plan.is_part

    @property
    def is_masked(self) -> bool:
        return True

    def changes(self, limit_per_kind: int | None = None) -> Iterator[Change]:
        return map(masking.changed, self.plan.changes(limit_per_kind))

    def listing(self, schools: Sequence[str], each: int) -> Listing:
        listing = self.plan.listing(schools, each)
        changes = ((school, masking.changed(change)) for school, change in listing.changes)
        return replace(listing, labels=_labels(listing.labels), changes=changes)


def _labels(labels: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """What records are called, by entity and id."""
    return {
        (entity, masking.entity_key(entity, (identifier,))[0]): _called(entity, name)
        for (entity, identifier), name in labels.items()
    }


def _left(left: Left) -> Left:
    return replace(
        left,
        key=masking.entity_key(left.entity, left.key),
        other_key=masking.entity_key(left.other, left.other_key) if left.other else (),
        decision=left.decision and _decision(left.decision),
    )


def _decision(one: Keep | Pin) -> Keep | Pin:
    """A decision as reports tell it; its reason may name people."""
    return replace(one, author=masking.shape(one.author), why=masking.shape(one.why))


def _membership(one: Membership) -> Membership:
    names = {"givenName": one.given_name, "familyName": one.family_name, "username": one.username}
    masked: Mapping[str, str | None] = masking.values("users", names)
    (user,) = masking.entity_key("users", (one.user,))
    return replace(
        one,
        user=user,
        given_name=masked["givenName"],
        family_name=masked["familyName"],
        username=masked["username"],
    )


def _chapter(chapter: Chapter) -> Chapter:
    return replace(
        chapter,
        key=masking.entity_key(chapter.entity, chapter.key),
        values=masking.values(chapter.entity, chapter.values),
        events=tuple(map(_event, chapter.events)),
    )


def _event(event: Event | Keeping | Decision) -> Event | Keeping | Decision:
    if isinstance(event, Decision):
        value = event.value and masking.values(event.entity, {event.field: event.value})[event.field]
        return replace(event, actor=masking.shape(event.actor), why=masking.shape(event.why), value=value)
    file = event.file and masking.named(event.file)
    if isinstance(event, Keeping):
        return replace(event, file=file, why=masking.shape(event.why))
    return replace(event, change=masking.changed(event.change), file=file)


def _called(entity: str, name: str) -> str:
    return masking.shape(name) if entity == "users" else name
