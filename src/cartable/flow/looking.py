"""Look at the roster as it was on any day, and at what differs between two runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.flow import clock, naming, recalling
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.memberships import Membership
from cartable.model.plans import Change, Run
from cartable.model.scopes import Scope
from cartable.store import histories, memberships, queries
from cartable.store.moments import Moment, moment_of

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

_RUN = re.compile("[0-9]{1,7}")


@dataclass(frozen=True)
class Past:
    """The roster at a moment; valid while it is open.

    Args:
        scope: what was asked about, by identifiers.
        run: the last one that had been applied; None where there was none.
        day: the day at whose end it was, where a day was asked about.
        instant: when it was so: the instant asked about, else when the run had finished; '' for a day.
    """

    roster: "Roster"
    moment: Moment
    scope: Scope
    run: Run | None
    day: date | None = None
    instant: str = ""

    def records(self) -> Iterator[dict[str, str | None]]:
        """The records of the entity that was asked about, by key."""
        return memberships.records(self.roster, self.scope.entity, self.moment, self.scope)

    def in_organisations(self) -> Iterator[Membership]:
        """Who had which role in which organisation, by organisation; none where a class was asked about."""
        if self.scope.klass:
            return iter(())
        return memberships.in_organisations(self.roster, self.moment, self.scope)

    def in_classes(self) -> Iterator[Membership]:
        """Who was in which class, by class."""
        return memberships.in_classes(self.roster, self.moment, self.scope)


@contextmanager
def past(database: str, asked: str | None, scope: Scope) -> Iterator[Past]:
    """The roster as it was.

    Args:
        asked: a day (at its end, by the clock of this machine), an instant, the number of a run (just
            after it); None for now.
        scope: what part of it.

    Raises:
        UsageError: it is none of these, or yet to come; or something in the scope is not in the roster.
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        if asked is None:
            moment, run, day, instant = moment_of(roster), queries.last_run(roster), None, clock.stamp()
        elif _RUN.fullmatch(asked):
            run = queries.run(roster, int(asked))
            moment, day, instant = moment_of(roster, run.revision), None, run.finished
        else:
            day, end = _moment(asked)
            run = queries.last_run(roster, end)
            moment = moment_of(roster, run.revision if run else 0)
            instant = "" if day else end.isoformat()
        yield Past(roster, moment, naming.resolved(roster, scope, moment.revision), run, day, instant)


def _moment(asked: str) -> tuple[date | None, datetime]:
    """The day that was asked about and its last instant; or None and the instant that was."""
    try:
        if len(asked) == len("2026-03-03"):
            day = date.fromisoformat(asked)
            end = datetime.combine(day + timedelta(days=1), time()).astimezone() - timedelta(microseconds=1)
        else:
            day, end = None, datetime.fromisoformat(asked).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(
            "--as-of takes a day, an instant or the number of a run, not {value}.",
            "Write it as 2026-03-03, 2026-03-03T12:00 or 17.",
            value=asked,
        ) from None
    if (day or end.date()) > clock.today() or (day is None and end > clock.now()):
        raise UsageError(
            "{value} is yet to come.", "--as-of takes a day or an instant up to now.", value=asked
        )
    return day, end.astimezone(UTC)


def differences(database: str, runs: tuple[int, int], scope: Scope) -> Iterator[Change]:
    """What differs between the rosters after two runs, by entity and key.

    Args:
        runs: their numbers, the earlier one first.
        scope: the school and the entity asked about.

    Raises:
        UsageError: there is no such run or school, or the later run comes first.
        DatabaseError: there is no roster.
    """
    if runs[0] > runs[1]:
        raise UsageError(
            "Run {later} comes after run {earlier}.",
            "Name the earlier run first.",
            later=runs[0],
            earlier=runs[1],
        )
    with recalling.opened(database) as roster:
        first, last = (queries.run(roster, number).revision for number in runs)
        scope = naming.resolved(roster, scope, last)
        for entity in ENTITIES:
            if scope.has(BY_NAME[entity.name]):
                yield from histories.differences(roster, entity.name, (first, last), scope)
