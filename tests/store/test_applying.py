"""A plan is applied whole or not at all, and history says what was."""

import pytest

from cartable import errors
from cartable.model.entities import ENTITIES
from cartable.model.findings import Action, Finding, Severity
from cartable.model.plans import Change, ChangeKind, Counts, Reason
from cartable.store import applying, opening, queries
from tests.store.worlds import STARTED, Changes, applied, clock, delivery, held, ids, plan, record

ADD, UPDATE = ChangeKind.ADD, ChangeKind.UPDATE
DEACTIVATE, REACTIVATE = ChangeKind.DEACTIVATE, ChangeKind.REACTIVATE

ZOE = record("users", sourcedId="u1", username="zoe", givenName="Zoe", email="zoe@example.org")
ZOÉ = {**ZOE, "givenName": "Zoé"}
PERCENT = record(
    "users", sourcedId="u2", username="100%s; drop", givenName="O\"Neil, 'Ann'", familyName="\\."
)
ROLE = record(
    "roles",
    userSourcedId="u1",
    orgSourcedId="o1",
    role="student",
    isPrimary="true",
    roleStartDate="2026-09-01",
)
SECOND_ROLE = record(
    "roles", userSourcedId="u1", orgSourcedId="o2", role="student", sessionSourcedId="s1", isPrimary="false"
)
ENROLLED = record("enrollments", classSourcedId="c1", userSourcedId="u1", role="student")


def first_load() -> Changes:
    changes = Changes()
    changes.add("users", ADD, ZOE, digest=-(2**63))
    changes.add("users", ADD, PERCENT, digest=2**63 - 1)
    changes.add("roles", ADD, ROLE)
    changes.add("roles", ADD, SECOND_ROLE)
    changes.add("enrollments", ADD, ENROLLED)
    return changes


def test_added_records_are_held_as_they_were_given(database: str) -> None:
    with opening.opened(database) as roster:
        run = applied(roster, first_load())
        roles = sorted([ROLE, SECOND_ROLE], key=lambda row: row["orgSourcedId"])
        assert held(roster) == {
            **{entity.name: [] for entity in ENTITIES},
            "users": [ZOE, PERCENT],
            "roles": roles,
            "enrollments": [ENROLLED],
        }
    assert (run.number, run.revision, run.changes["users"]) == (1, 1, Counts(add=2))


def test_a_run_is_kept_with_its_inputs_counts_and_findings(database: str) -> None:
    finding = Finding(
        1,
        "value.email",
        Severity.WARNING,
        Action.BLANK,
        "users.csv",
        2,
        "email",
        ("u1",),
        "nobody at home",
        {"reason": "é"},
    )
    broken = Finding(2, "row.control-character", Severity.ERROR, Action.EXCLUDE, value="a\0b\udcff", cause=1)
    changes = first_load()
    changes.found = [finding, broken]
    with opening.opened(database) as roster:
        run = applied(roster, changes)
    with opening.opened(database) as roster:
        kept = queries.run(roster, 1)
        assert kept == run
        assert list(queries.runs(roster)) == [run]
        assert (kept.started, kept.finished, kept.accepted) == (STARTED, "2026-11-22T02:01:00Z", ("file",))
        found = list(queries.findings(roster, 1))
        assert found[0] == finding
        # Both databases show a NUL by its picture and half a character by its code.
        assert (found[1].value, found[1].record, found[1].cause) == ("a␀b\\udcff", None, 1)
        with pytest.raises(errors.UsageError):
            queries.run(roster, 2)


def test_each_kind_of_change_is_told_with_the_values_before_and_after(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, first_load())
        users, roles = ids(roster, "users"), ids(roster, "roles")
        second = Changes()
        second.add("users", UPDATE, ZOÉ, users["u1",], digest=7)
        second.add("roles", DEACTIVATE, ROLE, roles["u1", "o1", "student", ""])
        second_run = applied(roster, second)
        third = Changes()
        third.add("roles", REACTIVATE, {**ROLE, "isPrimary": "false"}, roles["u1", "o1", "student", ""])
        third_run = applied(roster, third)

        first_changes = list(queries.run_changes(roster, queries.run(roster, 1)))
        assert [(c.entity, c.kind, c.key) for c in first_changes] == [
            ("users", ADD, ("u1",)),
            ("users", ADD, ("u2",)),
            ("roles", ADD, ("u1", "o1", "student", "")),
            ("roles", ADD, ("u1", "o2", "student", "s1")),
            ("enrollments", ADD, ("c1", "u1", "student")),
        ]
        assert first_changes[0].after == {name: value for name, value in ZOE.items() if value}
        assert list(queries.run_changes(roster, second_run)) == [
            Change(
                "users", UPDATE, Reason.CHANGED, ("u1",), None, {"givenName": "Zoe"}, {"givenName": "Zoé"}
            ),
            Change("roles", DEACTIVATE, Reason.ABSENT, ("u1", "o1", "student", ""), None, {}, {}),
        ]
        assert list(queries.run_changes(roster, third_run)) == [
            Change(
                "roles",
                REACTIVATE,
                Reason.RETURNED,
                ("u1", "o1", "student", ""),
                None,
                {"isPrimary": "true"},
                {"isPrimary": "false"},
            ),
        ]


def test_every_revision_can_be_read_again(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, first_load())
        users = ids(roster, "users")
        for kind, row in ((UPDATE, ZOÉ), (DEACTIVATE, ZOÉ), (REACTIVATE, ZOE)):
            changes = Changes()
            changes.add("users", kind, row, users["u1",])
            applied(roster, changes)
        as_of = [list(queries.records_as_of(roster, "users", revision)) for revision in range(5)]
        assert as_of == [[], [ZOE, PERCENT], [ZOÉ, PERCENT], [PERCENT], [ZOE, PERCENT]]
        assert as_of[4] == list(queries.active_records(roster, "users"))


def test_a_plan_that_changes_nothing_leaves_a_run_but_no_revision(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, first_load())
        run = applied(roster, Changes())
        assert (run.number, run.revision, queries.state(roster).revision) == (2, 1, 1)
        assert list(queries.run_changes(roster, run)) == []


def test_date_last_modified_moves_only_with_the_record(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, first_load(), now=lambda: "2026-11-22T02:00:00Z")
        changes = Changes()
        changes.add("users", UPDATE, ZOÉ, ids(roster, "users")["u1",])
        applied(roster, changes, now=lambda: "2026-11-23T03:00:00.25+00:00")
        from cartable.store.tables import CURRENT

        rows = CURRENT["users"]._default_manager.using(roster.alias).order_by("sourced_id")
        instants = [moment.isoformat() for moment in rows.values_list("date_last_modified", flat=True)]
        assert instants == ["2026-11-23T03:00:00.250000+00:00", "2026-11-22T02:00:00+00:00"]


def test_a_plan_is_stale_once_the_roster_has_moved(database: str) -> None:
    with opening.opened(database) as roster:
        old = plan(first_load(), 0)
        applied(roster, first_load())
        applied(roster, Changes())
        before = held(roster)
        with pytest.raises(errors.PlanStale) as caught:
            applying.apply(roster, old, first_load(), kind="apply", accepted=(), started=STARTED, now=clock())
        assert caught.value.values == {"planned": 0, "current": 1, "runs": "1"}
        assert held(roster) == before
        with pytest.raises(errors.PlanStale, match="only reached 1"):
            applying.apply(
                roster, plan(Changes(), 9), Changes(), kind="apply", accepted=(), started=STARTED, now=clock()
            )
        assert len(list(queries.runs(roster))) == 2


@pytest.mark.parametrize("fault", ["twice", "unknown id", "inactive", "fewer rows", "more rows"])
def test_a_plan_that_contradicts_the_roster_writes_nothing(database: str, fault: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, first_load())
        before = held(roster)
        changes = Changes()
        changes.add("orgs", ADD, record("orgs", sourcedId="o1", name="North", type="school"))
        if fault == "twice":
            changes.add("users", ADD, ZOE)
        elif fault == "unknown id":
            changes.add("users", UPDATE, ZOÉ, 10_000)
        elif fault == "inactive":
            changes.add("users", REACTIVATE, ZOÉ, ids(roster, "users")["u1",])
        header = plan(changes, 1)
        if fault == "fewer rows":
            changes.rows["orgs", ADD] = []
        elif fault == "more rows":
            changes.add("orgs", ADD, record("orgs", sourcedId="o2"))
        with pytest.raises(errors.PlanForeign) as caught:
            applying.apply(roster, header, changes, kind="sync", accepted=(), started=STARTED, now=clock())
        assert "zoe" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert held(roster) == before
        assert len(list(queries.runs(roster))) == 1


def test_a_value_that_the_database_refuses_is_not_repeated(database: str) -> None:
    """Only PostgreSQL refuses it; SQLite keeps what it is given."""
    changes = Changes()
    changes.add("demographics", ADD, record("demographics", userSourcedId="u1", birthDate="born in May"))
    with opening.opened(database) as roster:
        if roster.connection.vendor == "sqlite":
            assert applied(roster, changes).revision == 1
            return
        with pytest.raises(errors.DatabaseError) as caught:
            applied(roster, changes)
        assert "May" not in str(caught.value)
        assert "22007" in str(caught.value)
        assert held(roster)["demographics"] == []


def test_sources_do_not_see_each_other(database: str) -> None:
    with opening.opened(database) as roster:
        other = Changes()
        other.add("users", ADD, {**ZOE, "sourcedId": "u9"})
        applied(roster, other, source="o'100%")
        applied(roster, first_load())
        assert ids(roster, "users").keys() == {("u1",), ("u2",)}
        assert not set(ids(roster, "users").values()) & set(ids(roster, "users", "o'100%").values())
        changes = Changes()
        changes.add("users", DEACTIVATE, ZOE, ids(roster, "users")["u1",])
        applied(roster, changes)
        assert held(roster)["users"] == [PERCENT]
        assert held(roster, "o'100%")["users"] == [{**ZOE, "sourcedId": "u9"}]
        assert queries.state(roster, "o'100%").active["users"] == 1
        assert queries.state(roster).active["users"] == 1


def test_a_record_that_another_source_has_is_refused(database: str) -> None:
    with opening.opened(database) as roster:
        applied(roster, first_load(), source="other")
        again = Changes()
        again.add("users", ADD, ZOE)
        with pytest.raises(errors.PlanForeign, match="1 of its records are those of the source other"):
            applied(roster, again)
        assert held(roster)["users"] == []
        gone = Changes()
        gone.add("users", DEACTIVATE, ZOE, ids(roster, "users", "other")["u1",])
        applied(roster, gone, source="other")
        assert applied(roster, again).changes["users"].add == 1


def test_the_state_tells_what_was_delivered_last_and_ever(database: str) -> None:
    orgs, users = ENTITIES[0], next(e for e in ENTITIES if e.name == "users")
    with opening.opened(database) as roster:
        empty = queries.state(roster)
        assert (empty.revision, sum(empty.active.values()), empty.baseline, empty.delivered) == (0, 0, {}, {})
        applied(roster, first_load(), given=delivery(orgs, users))
        applied(roster, Changes(), given=delivery(orgs))
        state = queries.state(roster)
        assert state.baseline.keys() == {"orgs"}
        assert state.delivered == {e.name: tuple(f.name for f in e.fields) for e in (orgs, users)}
        assert state.active == {
            e.name: len(rows) for e, rows in zip(ENTITIES, held(roster).values(), strict=True)
        }
