"""What is kept of each run's delivery for the next one to be compared with."""

import pytest

from cartable.errors import UsageError
from cartable.model.profiles import Profile, Tally
from cartable.store import applying, opening, queries
from tests.store.worlds import STARTED, Changes, applied, later, plan

PROFILE = Profile(
    {"S1": "École du Lac"},
    {"roles": (Tally("S1", "student", "07", 412), Tally("S1", "teacher", "", 30)), "classes": ()},
    {"users": (1, 2**62, 2**63 - 1), "orgs": (7,)},
)


def _applied_with(roster: opening.Roster, profile: Profile | None, source: str = "main") -> None:
    from dataclasses import replace

    changes = Changes()
    header = replace(plan(changes, queries.state(roster, source).revision, source), profile=profile)
    applying.apply(roster, header, changes, kind="sync", accepted=(), started=STARTED, now=later(roster))


def test_a_profile_is_kept_to_the_last_bit(database: str) -> None:
    with opening.opened(database) as roster:
        _applied_with(roster, PROFILE)
    with opening.opened(database) as roster:
        kept = queries.precedent(roster, "main")
        assert kept
        assert (kept.profile, kept.run, kept.finished) == (PROFILE, 1, "2026-11-22T02:01:00Z")
        assert kept.delivery == queries.run(roster, 1).input


def test_the_last_run_of_the_source_is_meant_where_none_is_named(database: str) -> None:
    with opening.opened(database) as roster:
        assert queries.precedent(roster, "main") is None
        for source in ("main", "main", "other"):
            _applied_with(roster, PROFILE, source)
        runs = [queries.precedent(roster, "main"), queries.precedent(roster, "main", 1)]
        assert [kept and kept.run for kept in runs] == [2, 1]
        with pytest.raises(UsageError, match="no run 3"):
            queries.precedent(roster, "main", 3)


def test_a_run_that_kept_no_profile_has_its_files_still(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, Changes())
        kept = queries.precedent(roster, "main")
        assert kept
        assert (kept.profile, len(kept.delivery.files)) == (None, 10)


def test_a_roster_of_the_first_edition_takes_profiles(empty_database: str) -> None:
    from django.db.migrations.executor import MigrationExecutor

    with opening.opened(empty_database) as roster:
        applied(roster, Changes())
        MigrationExecutor(roster.connection).migrate([("roster", "0001_initial")])
    with opening.opened(empty_database) as roster:
        old = queries.precedent(roster, "main")
        assert old
        assert old.profile is None
        _applied_with(roster, PROFILE)
        new = queries.precedent(roster, "main")
        assert new
        assert (new.run, new.profile) == (2, PROFILE)
