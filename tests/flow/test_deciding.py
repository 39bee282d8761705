"""Keeps, pins and protections beside new identifiers, quarantine, sources, undo, backup and stories."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from cartable.errors import PlanStale, UsageError
from cartable.flow import backing, explaining, keeping, pinning, planning, recalling, undoing
from cartable.model.decisions import Keep, Pin
from cartable.model.plans import Counts
from cartable.model.undos import Left, LeftReason
from cartable.store.vault import vault_of
from tests.flow.deciding import WHY, keep, pin, stays
from tests.flow.districts import district, people
from tests.flow.rosters import Nights, lines
from tests.flow.schools import DEPARTURES, SCHOOL, edited, renamed, see_that_all_resolves

pytestmark = pytest.mark.planning

PINNED = "leo@autre.example"
SOUTH = {
    "orgs": lines("sourcedId,name,type", "S2,South,school"),
    "users": lines("sourcedId,username", "B1,bea", "B2,ben"),
    "roles": lines("userSourcedId,orgSourcedId,role", "B2,S2,student"),
}


def protect(nights: Nights, text: str) -> None:
    nights.guards.with_name("protected.toml").write_text(f'[[protected]]\n{text}\nwhy = "stays"\n')


def emails(nights: Nights) -> dict[str | None, str | None]:
    return dict(nights.records("users", "sourcedId", "email"))  # type: ignore[arg-type]


def undone(nights: Nights, number: int) -> tuple[dict[str, Counts], list[Left]]:
    """Take a run back: what that changed, and what it left."""
    with undoing.undone(nights.database, number, actor="clerk") as made:
        left, run = list(made.left()), made.apply()
    changes = run.changes if run else {}
    return {entity: counts for entity, counts in changes.items() if counts.changing}, left


def test_a_keep_and_a_pin_stay_with_who_gets_another_identifier(nights: Nights) -> None:
    nights.sync(SCHOOL)
    keep(nights, "P1", "K1")
    pin(nights, "users", "P1", "email", PINNED)
    # The same night brings the new identifiers, lacks the membership and has the old address.
    night = edited(renamed(SCHOOL, P1="Q9", K1="L7"), "enrollments", "L7,Q9,student\n", "")
    assert stays(nights, night) == [("enrollments", "L7,Q9,student", "until")]
    done = nights.sync(night, "rekeys")
    assert (done["users"].rekey, done["enrollments"].keep, done["enrollments"].deactivate) == (1, 1, 0)
    assert emails(nights)["Q9"] == PINNED
    ((one,), (held,)) = keeping.keeps(nights.database), pinning.pins(nights.database)
    assert (one.user, one.klass, held.key) == ("Q9", "L7", ("Q9",))
    see_that_all_resolves(nights)
    # And every night from then on.
    assert stays(nights, night) == [("enrollments", "L7,Q9,student", "until")]
    with pytest.raises(UsageError) as caught:
        keep(nights, "P1")
    assert caught.value.values["near"] == "Q9"


def test_a_protection_stays_with_who_gets_another_identifier(nights: Nights) -> None:
    nights.sync(SCHOOL)
    protect(nights, 'user = "A1"')
    # The teacher comes back under another identifier, and as a pupil.
    night = edited(renamed(SCHOOL, A1="T9"), "roles", "T9,S1,teacher", "T9,S1,student")
    for _ in range(2):
        assert stays(nights, night) == [
            ("roles", "T9,S1,student,Y", "protected"),
            ("roles", "T9,S1,teacher,Y", "protected"),
        ]
        nights.sync(night, "rekeys", "roles", "deactivations")
    assert ("T9", "S1", "teacher", "Y") in nights.everything("roles")


def test_what_is_kept_in_a_school_is_no_breach_of_it_and_no_part_of_its_quarantine(nights: Nights) -> None:
    district_of_two = district(4, 20)
    nights.sync(district_of_two.files())
    gone = people("S2", 1, 8)
    night = district_of_two.leave(gone).files()
    keep(nights, "S2-1")
    run = nights.run(night)
    assert run is not None
    assert [*run.quarantined] == ["S2"]
    told = Counter(one.reason.value for one in recalling.run_kept(nights.database, run.number))
    assert told == {"until": 3, "quarantined": 21}
    for who in range(2, 7):
        keep(nights, f"S2-{who}")
    assert nights.plan(night).quarantined == {}


def test_decisions_are_about_the_records_of_any_source(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(SOUTH, source="south")
    keep(nights, "B1")
    pin(nights, "users", "B2", "username", "benoit")
    assert stays(nights, SCHOOL) == []
    with nights.planned(edited(SOUTH, "users", "B1,bea\n", ""), source="south") as plan:
        assert [(one.key, one.reason.value) for one in plan.kept()] == [(("B1",), "until")]
        assert [(one.key, one.stays) for one in plan.pinned()] == [(("B2",), "benoit")]
        assert not any(counts.changing for counts in plan.header.counts.values())


def test_an_undo_leaves_who_is_kept_with_what_they_stand_on(nights: Nights) -> None:
    first = edited(SCHOOL, "enrollments", "K2,P1,student\n", "")
    first = edited(first, "classes", 'K2,S1,7A Music,"T1,T2",\n', "")
    first = {
        **first,
        "enrollments": "".join(
            row for row in first["enrollments"].splitlines(keepends=True) if "K2" not in row
        ),
    }
    nights.sync(first)
    nights.sync(SCHOOL, "additions")
    number = keep(nights, "P1", "K2")
    changes, left = undone(nights, 2)
    assert {entity: counts.deactivate for entity, counts in changes.items()} == {"enrollments": 2}
    assert [(one.entity, one.key, one.reason) for one in left] == [
        ("classes", ("K2",), LeftReason.NAMED),
        ("enrollments", ("K2", "P1", "student"), LeftReason.KEPT),
    ]
    assert isinstance(left[1].decision, Keep)
    assert (left[1].decision.number, left[1].decision.until) == (number, date(2026, 12, 18))


def test_an_undo_leaves_a_pinned_field_and_restores_the_others(nights: Nights) -> None:
    nights.sync(SCHOOL)
    nights.sync(edited(SCHOOL, "users", "Léo,Petit,leo.petit@", "Lio,Petit,lio.petit@"))
    pin(nights, "users", "P1", "email")
    changes, left = undone(nights, 2)
    assert changes["users"].update == 1
    assert dict(nights.records("users", "sourcedId", "givenName"))["P1"] == "Léo"  # type: ignore[arg-type]
    assert emails(nights)["P1"] == "lio.petit@ecole.example"
    ((one),) = left
    assert (one.key, one.reason, one.fields) == (("P1",), LeftReason.PINNED, ("email",))
    assert isinstance(one.decision, Pin)
    assert (one.decision.number, one.decision.author) == (1, "anne")


def test_what_set_a_pin_is_taken_back_with_it(nights: Nights) -> None:
    nights.sync(SCHOOL)
    run = pin(nights, "users", "P1", "email", PINNED)
    changes, left = undone(nights, run.number)
    assert (changes["users"].update, left) == (1, [])
    (released,) = pinning.pins(nights.database)
    assert (bool(released.released), released.releaser) == (True, "clerk")
    assert emails(nights)["P1"] == "leo.petit@ecole.example"


def test_an_undo_that_was_saved_before_a_keep_is_stale(nights: Nights, tmp_path: Path) -> None:
    nights.sync(edited(SCHOOL, "enrollments", "K2,P1,student\n", ""))
    nights.sync(SCHOOL)
    path = tmp_path / "undo.cartable"
    with undoing.undone(nights.database, 2) as made:
        made.plan.save(path)
    keep(nights, "P1", "K2")
    with planning.opened_plan(path, nights.database) as plan, pytest.raises(PlanStale, match="keeps"):
        plan.apply("apply")


def test_an_undo_of_new_identifiers_takes_keeps_and_pins_back_to_the_former_ones(nights: Nights) -> None:
    nights.sync(SCHOOL)
    keep(nights, "P1")
    pin(nights, "users", "P1", "email", PINNED)
    nights.sync(renamed(SCHOOL, P1="Q9"))
    undone(nights, 3)
    ((one,), (held,)) = keeping.keeps(nights.database), pinning.pins(nights.database)
    assert (one.user, held.key, emails(nights)["P1"]) == ("P1", ("P1",), PINNED)


def test_a_backup_has_the_decisions_too(nights: Nights, tmp_path: Path) -> None:
    nights.sync(SCHOOL)
    keep(nights, "P1", "K1")
    pin(nights, "users", "P2", "email", PINNED)
    protect(nights, 'role = "teacher"')
    backing.back_up(nights.database, tmp_path / "backup")
    elsewhere = str(tmp_path / "elsewhere" / "roster.db")
    backing.restore(tmp_path / "backup", elsewhere)
    assert list(keeping.keeps(elsewhere)) == list(keeping.keeps(nights.database))
    assert list(pinning.pins(elsewhere)) == list(pinning.pins(nights.database))
    assert (vault_of(elsewhere).directory / "protected.toml").exists()
    assert stays(Nights(tmp_path, elsewhere, 9), edited(SCHOOL, "enrollments", "K1,P1,student\n", "")) == [
        ("enrollments", "K1,P1,student", "until")
    ]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_story_tells_who_decided_what_when_and_why(
    language: str, nights: Nights, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTABLE_ACTOR", "zoe")
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("CARTABLE_NOW", "2026-11-25T08:00:00+00:00")
    nights.sync(SCHOOL)
    keep(nights, "P1", "K1")
    pin(nights, "users", "P1", "email", PINNED)
    monkeypatch.setenv("CARTABLE_NOW", "2026-11-25T09:00:00+00:00")
    nights.sync(edited(SCHOOL, "enrollments", "K1,P1,student\n", ""), *DEPARTURES)
    keeping.release(nights.database, 1, "zoe")
    pinning.release(nights.database, 1, "zoe")
    capsys.readouterr()
    assert main(["explain", "P1", "--database", nights.database, "--lang", language]) == 0
    told = capsys.readouterr().out
    day = {"en": "November 25, 2026", "fr": "25 novembre 2026"}[language]
    expected = {
        "en": (
            f"to be kept until December 18, 2026, as anne decided on {day} (keep 1: {WHY})",
            f"kept by run 3 of {day}: it is kept until December 18, 2026, by keep 1 ({WHY})",
            f"keep 1 released by zoe on {day}",
            f'email pinned at "{PINNED}" by anne on {day} (pin 1: {WHY})',
            f"pin 1 (email) released by zoe on {day}",
        ),
        "fr": (
            f"à garder jusqu’au 18 décembre 2026, décision de anne du {day} (maintien 1\u202f: {WHY})",
            f"maintien 1 levé par zoe le {day}",
            f"épingle 1 (email) levée par zoe le {day}",
        ),
    }
    places = [told.index(sentence) for sentence in expected[language]]
    assert len(places) == len(expected[language])
    assert main(["explain", "P1", "--database", nights.database, "--mask"]) == 0
    assert WHY not in capsys.readouterr().out
    (story,) = explaining.explained(nights.database, "P1")
    assert len(story.own.events) == 4
