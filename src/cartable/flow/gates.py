"""The guards: what holds a plan, or leaves a school of it as it was, until a person has looked.

What breaks a limit in a school quarantines it: its changes are taken out, the others go on. What breaks
one in the whole holds everything, and so does what breaks limits in more than half of the schools, for that
is no matter of a school. The whole is judged by what remains.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cartable.engine import findings
from cartable.engine.belonging import Schools
from cartable.engine.quarantining import Quarantining, Taken
from cartable.engine.tallying import Tallies
from cartable.errors import UsageError
from cartable.flow import missing
from cartable.flow.guardfiles import near_miss
from cartable.flow.guarding import Terms
from cartable.flow.weighing import Breach, Case, Weighing
from cartable.formats.intakes import INTAKES
from cartable.model import guards
from cartable.model.deliveries import DeliveredFile, Delivery, Mode
from cartable.model.entities import BY_NAME
from cartable.model.guards import Guard, PeriodKind, Scope
from cartable.model.plans import ChangeKind, Counts, Hold, PlanHeader, Quarantine, RosterState
from cartable.rules import shifts

GUARDS: Mapping[str, str] = {name: guard.message for name, guard in guards.GUARDS.items()}
"""What each guard says, by its name; `--accept` takes the name."""

_PLACES = {name: place for place, name in enumerate(guards.GUARDS)}
_ENTITIES = {name: place for place, name in enumerate(BY_NAME)}

# What waits while records are only added, and the guards that count nothing else.
_WAITING = (ChangeKind.DEACTIVATE, ChangeKind.CLOSE, ChangeKind.UPDATE, ChangeKind.REKEY)
_OF_WAITING = frozenset((guards.DEACTIVATIONS, guards.UPDATES, guards.REKEYS, guards.EMAILS))


@dataclass(frozen=True)
class Verdict:
    """What the guards say of a plan.

    Args:
        counts: what the plan does without what was taken out of it.
        holds: what holds all of it, accepted or not.
        quarantined: the schools whose changes were taken out.
        postponed: changes that were taken out because the calendar takes only additions, by entity name.
    """

    counts: Mapping[str, Counts]
    holds: tuple[Hold, ...] = ()
    quarantined: Mapping[str, Quarantine] = field(default_factory=dict)
    postponed: Mapping[str, int] = field(default_factory=dict)


def judge(case: Case, terms: Terms) -> Verdict:
    """Judge a plan in a workspace, and take out of it what is held back.

    Raises:
        UsageError: a guard is accepted for a school that nobody knows.
    """
    holds = [*_of_files(case.delivery, case.state, terms), *_of_same(case, terms)]
    schools = Schools(case.workspace, case.state.active, case.roster)
    try:
        _see_that_they_are_known(terms.schools, schools)
        if not any(count.changing for count in case.counts.values()):
            return Verdict(case.counts, tuple(holds))
        return _Judging(case, terms, schools).verdict(holds)
    finally:
        schools.close()


def held(header: PlanHeader, terms: Terms) -> tuple[Hold, ...]:
    """What holds a plan today, less what the operator accepts: its own holds, and the calendar's."""
    return tuple(
        hold for hold in (*header.holds, *_of_today(header.counts, terms)) if not terms.accepts(hold.guard)
    )


def reuses(reused: Iterable[tuple[str, int, str]]) -> tuple[Hold, ...]:
    """A hold for each entity of which identifiers were given to others.

    Args:
        reused: name of the entity, how many, and some of them.
    """
    return tuple(
        Hold(
            guards.REUSED.name,
            guards.REUSED.message,
            entity,
            count,
            0,
            {"file": f"{entity}.csv", "examples": examples},
        )
        for entity, count, examples in reused
    )


def see_that_none_is_of_a_school(terms: Terms) -> None:
    """Refuse to accept a guard for a school when the plan is made: what it left out is not in it.

    Raises:
        UsageError: a guard is accepted for a school.
    """
    for school in terms.schools:
        raise UsageError(
            "The plan is made, and holds no change of a school that it quarantines.",
            "Plan the delivery again, and accept the guard for {school} there.",
            school=school,
        )


def _of_today(counts: Mapping[str, Counts], terms: Terms) -> tuple[Hold, ...]:
    """What the calendar has against applying a plan today, whenever it was made."""
    period = terms.period
    if period is None:
        return ()
    days = {"first": period.first.isoformat(), "last": period.last.isoformat(), "why": period.why}
    if period.kind is PeriodKind.FROZEN:
        return (Hold(guards.FROZEN.name, guards.FROZEN.message, "", 0, 0, days),)
    waiting = sum(getattr(count, kind.value) for count in counts.values() for kind in _WAITING)
    if period.kind is PeriodKind.ADDITIONS and waiting:
        return (Hold(guards.ADDITIONS_ONLY.name, guards.ADDITIONS_ONLY.message, "", waiting, 0, days),)
    return ()


def _see_that_they_are_known(accepted: Collection[str], schools: Schools) -> None:
    if not accepted:
        return
    known = schools.names()
    for school in accepted:
        if school not in known:
            hint, values = near_miss(school, known)
            raise UsageError(
                "There is no school {school} to accept a guard for.", hint, school=school, **values
            )


class _Judging:
    """The steps of judging one plan."""

    def __init__(self, case: Case, terms: Terms, schools: Schools) -> None:
        self.case = case
        self.terms = terms
        self.schools = schools
        self.tallies = Tallies(case.workspace, schools)
        self.waits = terms.period is not None and terms.period.kind is PeriodKind.ADDITIONS
        self.weighing = Weighing(case, terms, self.tallies, _OF_WAITING if self.waits else frozenset())

    def verdict(self, holds: Iterable[Hold]) -> Verdict:
        """The verdict, beside what holds already."""
        found = [*self.weighing.of_schools()]
        if self.terms.is_latest and not self.waits:
            found += _unsaid(missing.breaches(self.case, self.terms, self.tallies), found)
        breaches = [
            one
            for one in found
            if one.broken.school and not self.terms.accepts(one.guard.name, one.broken.school)
        ]
        broken = sorted({one.broken.school for one in breaches})
        is_everywhere = bool(broken) and len(broken) * 2 > self.schools.known()
        quarantined = () if is_everywhere else broken
        counts, taken = self._taken_out(quarantined)
        whole = [*self.weighing.of_whole(counts)]
        whole += _unsaid((one for one in found if not one.broken.school), whole)
        telling = _Telling(self.schools, breaches)
        return Verdict(
            counts,
            _sorted(
                [
                    *holds,
                    *map(telling.hold, whole),
                    *(telling.spread(_untold(breaches, whole)) if is_everywhere else ()),
                ]
            ),
            {
                school: Quarantine(
                    telling.name(school),
                    _sorted(telling.hold(one) for one in breaches if one.broken.school == school),
                    taken.get(school, {}),
                )
                for school in quarantined
            },
            taken.get("", {}),
        )

    def _taken_out(self, quarantined: Collection[str]) -> tuple[Mapping[str, Counts], Taken]:
        """The counts of what remains, and how many changes were taken out."""
        if not quarantined and not self.waits:
            return self.case.counts, {}
        files = {file.entity: file.name for file in self.case.delivery.carriers if file.entity}
        taking = Quarantining(self.case.workspace, self.case.counts, files)
        self.schools.table()  # which school what belongs to is seen before anything is gone
        if quarantined:
            taking.take_schools(self.schools, quarantined)
        if self.waits:
            taking.take_kinds(*_WAITING)
        taken = taking.close()
        return taking.counts, taken


def _unsaid(lacking: Iterable[Breach], said: Iterable[Breach]) -> list[Breach]:
    """What a delivery lacks, but for what breaks the limit of deactivations: that says it already."""
    places = {(one.entity, one.broken.school) for one in said if one.guard is guards.DEACTIVATIONS}
    return [one for one in lacking if (one.entity, one.broken.school) not in places]


def _untold(breaches: Iterable[Breach], whole: Iterable[Breach]) -> list[Breach]:
    """The breaches in schools that are none in the whole too."""
    told = {(one.guard, one.entity) for one in whole}
    told |= {(guards.PARTIAL, entity) for guard, entity in told if guard is guards.DEACTIVATIONS}
    return [one for one in breaches if (one.guard, one.entity) not in told]


def _sorted(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """The holds in the order of guards and entities."""
    return tuple(
        sorted(holds, key=lambda hold: (_PLACES[hold.guard], _ENTITIES.get(hold.entity, 0), hold.klass))
    )


class _Telling:
    """Makes holds of breaches, with the names of schools and classes."""

    def __init__(self, schools: Schools, breaches: Collection[Breach]) -> None:
        self.names = schools.labels(guards.ORGS, "name", {one.broken.school for one in breaches} - {""})
        self.titles = schools.labels(guards.CLASSES, "title", {one.broken.klass for one in breaches} - {""})

    def name(self, school: str) -> str:
        """What a school is called."""
        return self.names.get(school, "")

    def hold(self, breach: Breach, **values: str) -> Hold:
        """What a breach says."""
        guard, limit, broken = breach.guard, breach.limit, breach.broken
        told = {"file": f"{breach.entity}.csv", "active": str(broken.active), **values}
        if limit.count is None or broken.count <= limit.count:
            told["percent"] = f"{limit.percent:g}"
        if broken.school:
            told["school"] = _label(self.names, broken.school)
        if broken.klass:
            told |= {"class": _label(self.titles, broken.klass), "classes": str(broken.classes)}
        if breach.code:
            told["code"] = breach.code
        return Hold(
            guard.name,
            guard.message,
            breach.entity,
            broken.count,
            limit.allowed(broken.active),
            told,
            broken.school,
            broken.klass,
        )

    def spread(self, breaches: Collection[Breach]) -> Iterator[Hold]:
        """Of breaches in most schools, one hold for each guard and entity: that of the worst school."""
        grouped: dict[tuple[Guard, str], list[Breach]] = defaultdict(list)
        for one in breaches:
            grouped[one.guard, one.entity].append(one)
        for each in grouped.values():
            worst = max(each, key=lambda one: one.broken.count)
            number = len({one.broken.school for one in each})
            yield replace(self.hold(worst, schools=str(number)), school="", klass="")


def _label(names: Mapping[str, str], number: str) -> str:
    name = names.get(number)
    return f"{name} ({number})" if name else number


def _of_files(delivery: Delivery, state: RosterState, terms: Terms) -> Iterator[Hold]:
    """What is missing of the files that the last run had."""
    files = {entity: delivery.file_of(entity) for entity in BY_NAME}
    for entity, columns in state.baseline.items():
        file = files[entity]
        active = state.active.get(entity, 0)
        if file and file.mode is Mode.NOTHING:
            continue
        dropped = [column for column in columns if file and column not in file.columns]
        if file is None and _watches(terms, guards.FILE_MISSING):
            yield _file_hold(guards.FILE_MISSING, _name(delivery, entity), entity, active)
        if dropped and _watches(terms, guards.HEADER_DROPPED):
            name, listed = _name(delivery, entity), ", ".join(dropped)
            yield _file_hold(guards.HEADER_DROPPED, name, entity, len(dropped), columns=listed)
    for entity, file in files.items():
        active = state.active.get(entity, 0)
        # Into a roster that holds none of its records an empty file can do no harm.
        if file and _is_empty(delivery, file) and active and _watches(terms, guards.FILE_EMPTY):
            yield _file_hold(guards.FILE_EMPTY, file.name, entity, active)


def _is_empty(delivery: Delivery, file: DeliveredFile) -> bool:
    """Whether a file that holds all records has no row; other entities may come from it, too."""
    rows = sum(one.rows for one in delivery.carriers if one.name == file.name)
    return file.readable and file.mode is Mode.WHOLE and not rows


def _of_same(case: Case, terms: Terms) -> Iterator[Hold]:
    """That the last run's delivery has come again."""
    if terms.is_latest and _watches(terms, guards.SAME):
        codes = {finding.code for finding in findings.of_family(case.workspace, "shift")}
        if shifts.SAME.code in codes:
            yield Hold(guards.SAME.name, guards.SAME.message, "", len(case.delivery.files), 0)


def _watches(terms: Terms, guard: Guard) -> bool:
    return terms.limits[guard.name]["", Scope.WHOLE].holds


def _file_hold(guard: Guard, name: str, entity: str, count: int, **values: str) -> Hold:
    return Hold(guard.name, guard.message, entity, count, 0, {"file": name, **values})


def _name(delivery: Delivery, entity: str) -> str:
    """The name of the file that an entity comes from, whether it is there or not."""
    intakes = INTAKES.get(delivery.format, ())
    return f"{next((intake.file for intake in intakes if intake.entity == entity), entity)}.csv"
