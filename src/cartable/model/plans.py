"""A plan: everything that would change, and what holds it. A run: a plan that was applied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cartable.model.checksums import Checksum
from cartable.model.decisions import InForce, Pin, Pinned
from cartable.model.deliveries import Delivery
from cartable.model.findings import Finding, Summary
from cartable.model.guards import Period
from cartable.model.profiles import Profile

DEFAULT_SOURCE = "main"
"""The source of a delivery of which nobody says another."""


class ChangeKind(StrEnum):
    """What happens to a record."""

    ADD = "add"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    CLOSE = "close"
    REKEY = "rekey"


class Reason(StrEnum):
    """Why a record changes; kept with it for ever."""

    NEW = "new"
    CHANGED = "changed"
    ABSENT = "absent"
    RETURNED = "returned"
    ENDED = "session-ended"
    ORG_CLOSED = "org-closed"
    RENAMED = "renamed"
    UNDONE = "undone"
    BY_HAND = "by-hand"


class Trait(StrEnum):
    """By what a record is known to be one that had another key."""

    USERNAME = "username"
    EMAIL = "email"
    USER_NUMBER = "user-number"
    NAME_AND_BIRTH = "name-and-birth-date"
    NAME_AND_TYPE = "name-and-type"
    TITLE_AND_DATES = "title-and-dates"
    TITLE_AND_CODE = "title-and-code"
    TITLE_AND_MEMBERS = "title-and-members"


class PlanKind(StrEnum):
    """What a plan was made of."""

    DELIVERY = "delivery"
    UNDO = "undo"
    HAND = "hand"
    PURGE = "purge"
    FORGET = "forget"


class KeptReason(StrEnum):
    """Why a record stays at its last good state though the delivery does not show it."""

    EXCLUDED = "excluded"
    QUARANTINED = "quarantined"
    CALENDAR = "calendar"
    UNTIL = "until"
    PROTECTED = "protected"

    @property
    def is_decided(self) -> bool:
        """Whether somebody decided it for this record, or for its kind."""
        return self in (KeptReason.UNTIL, KeptReason.PROTECTED)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that a plan leaves as it is.

    Args:
        code: the rule that left its row out, '' where none did.
        file, line: that row; of what is protected, a row that was not taken because it would give a
            person another role, and whose key this is.
        keep: number of the keep that it stays by.
        why: what the keep or the protection says of it.
        until: the keep's last day, ISO 8601.
    """

    entity: str
    key: tuple[str, ...]
    reason: KeptReason
    code: str = ""
    file: str = ""
    line: int | None = None
    keep: int | None = None
    why: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a plan does to the records of one entity."""

    add: int = 0
    update: int = 0
    deactivate: int = 0
    reactivate: int = 0
    close: int = 0
    rekey: int = 0
    keep: int = 0
    unchanged: int = 0

    @property
    def changing(self) -> int:
        """How many records the plan touches."""
        return sum(getattr(self, kind.value) for kind in ChangeKind)

    @property
    def growth(self) -> int:
        """By how many the active records become more."""
        return self.add + self.reactivate - self.deactivate - self.close


@dataclass(frozen=True, slots=True)
class Hold:
    """A guard that holds a plan.

    Args:
        guard: stable name, the one that `--accept` takes.
        message: English template, the key of the translation.
        entity: what it is about.
        count: how many records (or columns, or files) it counted.
        limit: how many it allows.
        values: what the template names beyond these.
        school, klass: sourcedIds of the school and the class in which it counted; '' for the whole.
    """

    guard: str
    message: str
    entity: str
    count: int
    limit: int
    values: Mapping[str, str] = field(default_factory=dict)
    school: str = ""
    klass: str = ""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A school that a plan leaves at its last good state.

    Args:
        name: what the school is called; '' where nobody knows.
        holds: why.
        held_back: how many changes wait for it, by entity name: its own, and those that need them.
    """

    name: str
    holds: tuple[Hold, ...]
    held_back: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One record's change, for people to read.

    Args:
        before, after: values by field name, only those that differ; all of them for an addition.
        line: where in the entity's file, or None for what is absent from it.
        traits: of a record that has a new key, by what it is known; a plan tells it, a run no more.
    """

    entity: str
    kind: ChangeKind
    reason: Reason
    key: tuple[str, ...]
    line: int | None
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    traits: tuple[Trait, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """A plan less its rows.

    Args:
        source: name of the source that delivered.
        revision: the roster's revision that the plan was computed against.
        delivery: the files, with digests and row counts.
        summary: totals of the check.
        omitted: findings by code, all of them.
        counts: by entity name, all ten.
        holds: guards that hold it.
        created: ISO 8601 instant, UTC.
        roster: name of the roster that it was computed against; '' for one never written.
        profile: what the run keeps of the delivery for the next one; None where it is not known.
        kind: what made it.
        actor: who planned it.
        rules: digest of the rules and options that the delivery was checked by; '' where none was.
        undoes: number of the run that it takes back.
        quarantined: schools that are left at their last good state, by sourcedId.
        raised: limits of guards that the operator raised for this plan alone.
        period: the period of the calendar in which it was made.
        postponed: how many changes wait because the period takes only additions, by entity name.
        accepted: guards that whoever planned it let pass, for the whole or for a school.
        in_force: the decisions that it was computed with; None where it leaves none of them undone.
        pin: the pin that is set with it.
    """

    source: str
    revision: int
    delivery: Delivery
    summary: Summary
    counts: Mapping[str, Counts]
    holds: tuple[Hold, ...]
    created: str
    roster: str = ""
    profile: Profile | None = None
    kind: PlanKind = PlanKind.DELIVERY
    actor: str = ""
    rules: str = ""
    undoes: int | None = None
    quarantined: Mapping[str, Quarantine] = field(default_factory=dict)
    raised: tuple[str, ...] = ()
    period: Period | None = None
    postponed: Mapping[str, int] = field(default_factory=dict)
    accepted: tuple[str, ...] = ()
    in_force: InForce | None = None
    pin: Pin | None = None


class ChangeRows(Protocol):
    """A plan's rows, streamed: the only shape in which records reach the roster's database.

    Columns that can be asked for: every field's name (the value after), `id` (the current row's;
    NULL for an addition), `reason`, `line` (of the file; NULL for what is absent from it), `digest`
    and `salt` (63 bits each). All values are canonical text or NULL; the others, but for the reason,
    are integers. Rows come sorted by key.
    """

    def batches(
        self, entity: str, kind: ChangeKind, columns: Sequence[str]
    ) -> Iterator[list[tuple[object, ...]]]:
        """The rows of one kind as lists of tuples of bounded length."""
        ...

    def csv(
        self, entity: str, kind: ChangeKind, columns: Sequence[str], constants: Sequence[object] = ()
    ) -> Iterator[bytes]:
        """The same as RFC 4180 bytes without header (NULL is an empty unquoted cell), `constants` last."""
        ...

    def leaves(self, entity: str, parts: Mapping[str, str]) -> Iterator[list[str]]:
        """The leaves of the states that additions make, sorted, as lists of bounded length.

        Args:
            parts: of `cartable.model.leaves.PARTS` those that are alike in all rows; what is in neither
                is absent.
        """
        ...

    def findings(self) -> Iterator[Finding]:
        """The findings of the check that the plan rests on."""
        ...

    def kept(self) -> Iterator[Kept]:
        """The records that the plan leaves at their last good state."""
        ...

    def pinned(self) -> Iterator[Pinned]:
        """The fields that the plan would have changed and leaves, because they are pinned."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """A plan that was applied.

    Args:
        number: counts from 1.
        kind: "sync" or "apply" of a delivery's plan, the plan's kind of another one.
        status: "applied".
        started, finished: ISO 8601 instants, UTC.
        revision: the roster's revision after it; that before it where nothing changed.
        changes: by entity name.
        input: the delivery.
        summary: totals of the check.
        accepted: guards that the operator accepted.
        actor: who applied it.
        undoes: number of the run that it took back.
        quarantined: schools that were left at their last good state, by sourcedId.
        raised: limits of guards that were raised for it alone.
    """

    number: int
    kind: str
    status: str
    source: str
    started: str
    finished: str
    revision: int
    changes: Mapping[str, Counts]
    input: Delivery
    summary: Summary
    accepted: tuple[str, ...] = ()
    actor: str = ""
    undoes: int | None = None
    quarantined: Mapping[str, Quarantine] = field(default_factory=dict)
    raised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterState:
    """What planning needs to know of the roster besides its records.

    Args:
        revision: the current revision, 0 for a roster never written.
        roster: what tells this roster from every other; '' for one never written.
        active: active records by entity name.
        baseline: fields delivered by the last applied run, by entity name.
        delivered: fields ever delivered by an applied run, by entity name.
        checksums: of the source's active records, by entity name, where they are known.
    """

    revision: int = 0
    roster: str = ""
    active: Mapping[str, int] = field(default_factory=dict)
    baseline: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delivered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checksums: Mapping[str, Checksum] = field(default_factory=dict)
