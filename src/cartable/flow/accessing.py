"""Everything that is held on a person, for whoever asks for it and may."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cartable.flow import clock, recalling, retention
from cartable.gradebook import forgetting as grades
from cartable.model.erasures import Subject
from cartable.model.persons import HeldRecord, HeldRows, HeldState, PersonRecord
from cartable.store import persons, redacting, stories
from cartable.store.inputs import Inputs

if TYPE_CHECKING:
    from cartable.store.rosters import Roster


@contextmanager
def held_on(database: str, person: str) -> Iterator[PersonRecord]:
    """Everything that the installation holds on a person.

    Args:
        person: a sourcedId that the person has or had, or the username.

    Raises:
        UsageError: there is nobody of that name.
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        subject, label = retention.found(roster, person)
        yield PersonRecord(
            label,
            clock.stamp(),
            tuple(_records(roster, subject)),
            tuple(persons.kept_rows(roster, subject)),
            tuple(dict(one) for one in persons.findings(roster, subject)),
            persons.decisions(roster, subject),
            tuple(_files(database, roster, subject)),
            tuple(retention.written(roster, subject)),
            tuple(grades.held(roster, subject.identifiers)),
        )


def _records(roster: "Roster", subject: Subject) -> Iterator[HeldRecord]:
    told = list(persons.states(roster, subject))
    revisions = {state.since for _, _, states in told for state in states}
    revisions |= {state.until for _, _, states in told for state in states if state.until is not None}
    reached = stories.runs_reaching(roster, revisions)
    for entity, _, states in told:
        yield HeldRecord(
            entity,
            tuple(
                HeldState(
                    state.is_active,
                    state.reason,
                    state.line,
                    state.values,
                    reached.get(state.since),
                    None if state.until is None else reached.get(state.until),
                )
                for state in states
            ),
        )


def _files(database: str, roster: "Roster", subject: Subject) -> Iterator[HeldRows]:
    inputs = Inputs(roster.vault)
    runs: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    for run in recalling.runs(database):
        for file in run.input.files:
            runs.setdefault(file.sha256, []).append(run.number)
            names[file.sha256] = file.name
    for kept in retention.kept_files(database):
        if rows := redacting.rows_of(inputs, kept, subject):
            told = tuple(tuple(row) for row in rows)
            yield HeldRows(tuple(sorted(runs.get(kept.sha256, ()))), names.get(kept.sha256, ""), told)
