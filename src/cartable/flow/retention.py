"""What must not be kept: erase a person on request, and those who have been gone for long.

Destroying is one transaction, a run of its own with its link of the audit chain. Kept files lose their rows
before it, and the database's free pages afterwards, so that a process that was killed between is made good
by the next erasure.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cartable.engine import withdrawing, workspace
from cartable.errors import PlanStale, UsageError
from cartable.flow import clock, guarding, naming, protecting, recalling
from cartable.flow.planning import Planned
from cartable.formats.sds import SDS_V2_1
from cartable.gradebook import forgetting as grades
from cartable.model.deliveries import Delivery
from cartable.model.erasures import PERSONAL, Holding, Subject, Written
from cartable.model.findings import Summary
from cartable.model.plans import DEFAULT_SOURCE, PlanHeader, PlanKind, Run
from cartable.model.scopes import Scope
from cartable.store import forgetting, persons, queries, redacting
from cartable.store.inputs import Inputs
from cartable.store.redacting import KeptFile
from cartable.store.vault import vault_of

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

_PERIOD = re.compile(r"([1-9][0-9]{0,3})([dmy])")
_MONTHS = 12
_FIELDS = {
    file.entity: {column.name.casefold(): column.field for column in file.columns} for file in SDS_V2_1.files
}
_ERASING = "erasing"


@dataclass(frozen=True)
class Erasure:
    """What would be destroyed; valid while its roster is open.

    Args:
        kind: forget or purge.
        label: whose it is: the sourcedId of a person; '' for all who have been gone for long.
        holding: how much it is.
        before: since when all of it has been inactive, where that is why.
    """

    database: str
    roster: "Roster"
    kind: PlanKind
    label: str
    subject: Subject
    holding: Holding
    actor: str
    before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to destroy."""
        return not self.subject.total

    def apply(self) -> Run | None:
        """Destroy it, all of it or nothing; None where there is nothing.

        Raises:
            PlanStale: the roster has moved meanwhile.
            ClockBehind, KeyUnusable, RosterBusy, DatabaseError.
        """
        if self.is_empty:
            return None
        marker = self.roster.vault.folder(_ERASING) / "unfinished"
        marker.touch(mode=0o600)
        for file in kept_files(self.database):
            redacting.redact(Inputs(self.roster.vault), file, self.subject)
        active = persons.active_by_source(self.roster, self.subject)
        *others, last = sorted(active) or [DEFAULT_SOURCE]
        for source in others:
            self._run(source, active[source])
        run = self._run(last, active.get(last, {}), self._forget)
        forgetting.scrub(self.roster)
        marker.unlink()
        return run

    def _forget(self, roster: "Roster") -> forgetting.Forgotten:
        grades.forget(roster, self.subject.identifiers)
        return forgetting.forget(roster, self.subject)

    def _run(
        self,
        source: str,
        active: dict[str, list[int]],
        erase: "Callable[[Roster], forgetting.Forgotten] | None" = None,
    ) -> Run:
        """Let the active records of a source go, and then destroy."""
        started = clock.stamp()
        leaving: dict[str, list[withdrawing.Record]] = {}
        for entity, _, told in persons.states(self.roster, Subject({n: tuple(i) for n, i in active.items()})):
            leaving.setdefault(entity.name, []).append((told[-1].record, told[-1].values))
        with workspace.opened() as work:
            counts = withdrawing.withdraw(work, leaving)
            state = queries.state(self.roster, source)
            header = PlanHeader(
                source,
                state.revision,
                # Not of whom: that would be kept.
                Delivery("", "", ()),
                Summary(),
                counts,
                (),
                started,
                state.roster,
                kind=self.kind,
                actor=self.actor,
            )
            vault = self.roster.vault
            plan = Planned(work, self.roster, vault, header, (), (), started, self.actor, _stale)
            return plan.apply(self.kind.value, erase=erase)


@contextmanager
def forgotten(database: str, person: str, *, actor: str = "") -> Iterator[Erasure]:
    """All that is held on a person, to be destroyed.

    Args:
        person: a sourcedId that the person has or had, or the username.
        actor: who destroys it.

    Raises:
        UsageError: there is nobody of that name.
        DatabaseError: there is no roster.
    """
    with _opened(database) as roster:
        subject, label = found(roster, person)
        yield Erasure(
            database, roster, PlanKind.FORGET, label, subject, held(database, roster, subject), actor
        )


@contextmanager
def purged(database: str, period: str, *, actor: str = "") -> Iterator[Erasure]:
    """All that is held on people, and all records about people, inactive for so long, to be destroyed.

    Args:
        period: such as 3y, 18m, 90d.
        actor: who destroys it.

    Raises:
        UsageError: the period is none.
        DatabaseError: there is no roster.
    """
    before = since(period, clock.now())
    with _opened(database) as roster:
        subject = persons.inactive_since(roster, before)
        holding = held(database, roster, subject)
        yield Erasure(database, roster, PlanKind.PURGE, "", subject, holding, actor, before)


def since(period: str, moment: datetime) -> datetime:
    """The instant that lies so long before another one.

    Args:
        period: such as 3y, 18m, 90d.

    Raises:
        UsageError: it is none.
    """
    told = _PERIOD.fullmatch(period)
    if told is None:
        raise UsageError(
            "{period} is no period of time.",
            "Write a number and d, m or y for days, months or years: 90d, 18m, 3y.",
            period=period,
        )
    number, unit = int(told[1]), told[2]
    try:
        if unit == "d":
            return datetime.fromordinal(moment.toordinal() - number).replace(
                hour=moment.hour, minute=moment.minute, second=moment.second, tzinfo=moment.tzinfo
            )
        months = moment.year * _MONTHS + moment.month - 1 - number * (_MONTHS if unit == "y" else 1)
        year, month = divmod(months, _MONTHS)
        return _last_valid(moment, year, month + 1)
    except ValueError:
        raise UsageError("{period} reaches back too far.", "Name a shorter one.", period=period) from None


def _last_valid(moment: datetime, year: int, month: int) -> datetime:
    """The day of a month, or its last one: a year before 29 February is the 28th."""
    from calendar import monthrange

    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def found(roster: "Roster", person: str) -> tuple[Subject, str]:
    """What is held on a person, and a sourcedId of the person.

    Raises:
        UsageError: there is nobody of that name.
    """
    subject = persons.person(roster, person)
    if subject.total:
        return subject, person
    named = naming.resolved(roster, Scope(user=person), recalling.revision(roster)).user
    return persons.person(roster, named), named


def held(database: str, roster: "Roster", subject: Subject) -> Holding:
    """How much is held."""
    active: dict[str, int] = {}
    for of_source in persons.active_by_source(roster, subject).values():
        for name, ids in of_source.items():
            active[name] = active.get(name, 0) + len(ids)
    if not subject.total:
        return Holding({}, {}, 0)
    inputs = Inputs(roster.vault)
    return Holding(
        active,
        {
            entity.name: len(subject.records.get(entity.name, ())) - active.get(entity.name, 0)
            for entity in PERSONAL
        },
        sum(len(told) for _, _, told in persons.states(roster, subject)),
        sum(1 for _ in persons.findings(roster, subject)),
        sum(1 for file in kept_files(database) if redacting.rows_of(inputs, file, subject)),
        tuple(written(roster, subject)),
        sum(1 for _ in grades.held(roster, subject.identifiers)),
    )


def written(roster: "Roster", subject: Subject) -> Iterator[Written]:
    """The entries of the vault's handwritten files that name the subject, each by the first such line."""
    for name in (guarding.FILE, protecting.FILE):
        path = roster.vault.directory / name
        if path.is_file():
            lines = enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
            for entry in _entries(lines):
                naming = next((number for number, line in entry if persons.mentions(subject, line)), None)
                if naming is not None:
                    yield Written(name, naming, "\n".join(line for _, line in entry).strip())


def _entries(lines: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """The tables of a TOML file: what stands between two headers says one thing."""
    entry: list[tuple[int, str]] = []
    for number, line in lines:
        if line.startswith("["):
            yield entry
            entry = []
        entry.append((number, line))
    yield entry


@contextmanager
def _opened(database: str) -> "Iterator[Roster]":
    """The roster, after an erasure that was broken off has been made good."""
    with recalling.opened(database) as roster:
        marker = roster.vault.folder(_ERASING) / "unfinished"
        if marker.exists():
            forgetting.scrub(roster)
            marker.unlink()
        yield roster


def kept_files(database: str) -> list[KeptFile]:
    """Every file that is kept of a delivery, each once; of plans that were never applied too."""
    entities = {
        file.sha256: file.entity
        for run in recalling.runs(database)
        for file in run.input.files
        if file.entity
    }
    return [
        KeptFile(digest, entities.get(digest, ""), _FIELDS.get(entities.get(digest, ""), {}))
        for digest in Inputs(vault_of(database)).digests()
    ]


def _stale() -> Planned:
    raise PlanStale("The roster has moved since the plan was made.", "Make the plan again.")
