"""A field that is set by hand stays as it was set, until somebody releases it."""

import pytest

from cartable.errors import PlanStale, UsageError
from cartable.flow import pinning, planning, recalling
from cartable.model.options import CheckOptions
from cartable.model.plans import PlanKind, Reason
from cartable.store import opening, queries
from tests.flow.deciding import SCHOOLS, WHY, keep, left, pin, without
from tests.flow.rosters import Nights, lines

pytestmark = pytest.mark.planning

ZOE = "zoe@ecole.example"
OWN = "pupil.0@ecole.example"


def email(nights: Nights, person: str = "P0") -> str | None:
    return dict(nights.records("users", "sourcedId", "email"))[person]


def other(address: str) -> dict[str, str]:
    """A delivery in which P0 has another address."""
    return {**SCHOOLS, "users": SCHOOLS["users"].replace(OWN, address)}


def test_a_field_is_set_by_a_run_like_any_other(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    run = pin(nights, "users", "P0", "email", ZOE)
    assert (run.kind, run.number, run.revision, run.actor) == ("hand", 2, 2, "anne")
    (change,) = recalling.run_changes(nights.database, 2)
    assert (change.reason, change.before, change.after) == (Reason.BY_HAND, {"email": OWN}, {"email": ZOE})
    assert email(nights) == ZOE


def test_a_preview_writes_nothing(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with pinning.pinned(
        nights.database, "users", "P0", "email", ZOE, why=WHY, actor="anne", options=CheckOptions()
    ) as plan:
        assert plan.header.kind is PlanKind.HAND
        assert plan.header.counts["users"].update == 1
    assert (email(nights), [*pinning.pins(nights.database)]) == (OWN, [])


def test_a_pinned_field_stays_whatever_deliveries_say(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    for delivery, said in (
        (SCHOOLS, OWN),
        (other("new@ecole.example"), "new@ecole.example"),
        (other(""), None),
    ):
        assert left(nights, delivery) == [("P0", "email", said, ZOE)]
        assert nights.sync(delivery)["users"].changing == 0
        assert email(nights) == ZOE


def test_the_other_fields_of_the_record_follow_the_delivery(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    renamed = {**SCHOOLS, "users": SCHOOLS["users"].replace("pupil.0,", "zoe,")}
    assert nights.sync(renamed)["users"].update == 1
    assert nights.records("users", "username", "email")[0] == ("zoe", ZOE)


def test_a_delivery_that_says_the_same_is_not_told(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    assert left(nights, other(ZOE)) == []


@pytest.mark.parametrize("said", ["zoe at ecole", None])
def test_a_delivery_that_says_nothing_is_not_told(nights: Nights, said: str | None) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    delivery = other(said or "")
    if said is None:
        delivery["users"] = lines("sourcedId,username", "P0,pupil.0", "P1,pupil.1")
    assert left(nights, delivery) == []
    nights.sync(delivery, "header.dropped")
    assert email(nights) == ZOE


def test_a_pin_without_a_value_holds_what_is_there(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    run = pin(nights, "users", "P0", "email")
    assert not any(counts.changing for counts in run.changes.values())
    nights.sync(other(ZOE))
    assert email(nights) == OWN


def test_a_field_can_be_pinned_empty(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", "")
    nights.sync(SCHOOLS)
    assert email(nights) is None


def test_who_leaves_and_returns_still_has_the_field(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    nights.sync(without(SCHOOLS, "P0,", "K1,P0"))
    assert nights.sync(SCHOOLS)["users"].reactivate == 1
    assert email(nights) == ZOE


def test_a_released_field_follows_the_next_delivery(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    assert pinning.release(nights.database, 1, "jean").releaser == "jean"
    assert email(nights) == ZOE
    assert left(nights, SCHOOLS) == []
    nights.sync(SCHOOLS)
    assert email(nights) == OWN


def test_lists_and_codes_are_kept_in_the_rosters_own_spelling(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "classes", "K1", "sessionSourcedIds", "T2, T1")
    pin(nights, "classes", "K2", "sessionSourcedIds", "T2")
    pin(nights, "roles", "P0,S1,student", "grade", "5")
    nights.sync(SCHOOLS)
    assert nights.records("classes", "sessionSourcedIds") == [('["T1","T2"]',), ('["T2"]',)]
    assert nights.records("roles", "grade")[0] == ("05",)


def test_a_run_by_hand_says_nothing_of_the_next_delivery(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with opening.opened(nights.database) as roster:
        before = queries.state(roster)
        pin(nights, "users", "P0", "email", ZOE)
        after = queries.state(roster)
        assert (after.baseline, after.active) == (before.baseline, before.active)
        precedent = queries.precedent(roster, "main")
        assert precedent is not None
        assert precedent.run == 1


def test_a_plan_without_a_later_pin_is_stale(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with planning.planned(nights.deliver(other("new@ecole.example")), nights.database, CheckOptions()) as (
        _,
        plan,
    ):
        pin(nights, "users", "P0", "email")
        with pytest.raises(PlanStale, match=r"\(keeps: –; pins: 1\)"):
            plan.apply("apply")
    assert email(nights) == OWN


def test_a_saved_pin_is_set_when_its_plan_is_applied(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    path = nights.place / "pin.cartable"
    with pinning.pinned(
        nights.database, "users", "P0", "email", ZOE, why=WHY, actor="anne", options=CheckOptions()
    ) as plan:
        plan.save(path)
    assert [*pinning.pins(nights.database)] == []
    with planning.opened_plan(path, nights.database, actor="jean") as saved:
        run = saved.apply("apply")
    (made,) = pinning.pins(nights.database)
    assert (made.number, made.key, made.value, made.author, made.run) == (1, ("P0",), ZOE, "anne", run.number)
    assert email(nights) == ZOE


def test_a_saved_pin_is_stale_once_something_was_decided(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    path = nights.place / "pin.cartable"
    with pinning.pinned(
        nights.database, "users", "P0", "email", ZOE, why=WHY, actor="anne", options=CheckOptions()
    ) as plan:
        plan.save(path)
    keep(nights, "P0")
    with planning.opened_plan(path, nights.database) as saved, pytest.raises(PlanStale, match="keeps: 1"):
        saved.apply("apply")
    assert (email(nights), [*pinning.pins(nights.database)]) == (OWN, [])


@pytest.mark.parametrize(
    ("entity", "key", "field", "value", "told"),
    [
        ("user", "P0", "email", ZOE, "There is no kind of record user"),
        ("users", "P0", "emial", ZOE, "users has no field emial"),
        ("users", "P0", "sourcedId", "P9", "sourcedId tells which record of users it is"),
        ("users", "P9", "email", ZOE, "There is no person P9"),
        ("users", "P0", "email", "zoe at ecole", "The value zoe at ecole is no e-mail address"),
        ("users", "P0", "username", "", "The required value is missing"),
        ("users", "P0", "phone", "0123", "The value 0123 is no international phone number"),
        ("roles", "P0,S1,student", "grade", "CM9", "The value CM9 is not in the list of grades"),
        ("roles", "P0,S1,student", "isPrimary", "yes", "The value yes is neither true nor false"),
        ("roles", "P0,S1,student,,x", "grade", "05", "names no record of roles"),
        ("roles", "P0,S7,student", "grade", "05", "There is no organisation S7"),
        ("roles", "P0,S2,student", "grade", "05", "There is no record P0, S2, student of roles"),
        ("classes", "K1", "orgSourcedId", "S9", "There is no organisation S9"),
        ("classes", "K1", "sessionSourcedIds", "T1,T9", "There is no record T9 of academicSessions"),
        ("courses", "M1", "schoolYearSourcedId", "T1", "academicSessions T1 is no schoolYear"),
        ("academicSessions", "T1", "endDate", "2026-08-31", "ends on 2026-08-31, before it starts"),
        ("academicSessions", "T1", "endDate", "2026-02-30", "The value 2026-02-30 is no date"),
    ],
)
def test_what_cannot_be_pinned_is_refused(
    nights: Nights, entity: str, key: str, field: str, value: str, told: str
) -> None:
    nights.sync(SCHOOLS)
    with pytest.raises(UsageError, match=told):
        pin(nights, entity, key, field, value)
    assert len([*recalling.runs(nights.database)]) == 1


def test_an_unknown_code_names_the_closest_or_all(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    with pytest.raises(UsageError) as refused:
        pin(nights, "orgs", "S1", "type", "Schol")
    assert refused.value.values["near"] == "school"
    with pytest.raises(UsageError) as refused:
        pin(nights, "orgs", "S1", "type", "xyzzy")
    assert refused.value.hint == "The codes are: {codes}."
    assert {"school", "district"} < {*refused.value.values["codes"]}  # type: ignore[misc]


def test_a_field_is_pinned_once(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    with pytest.raises(UsageError, match=r"email of users P0 is pinned already, by anne \(pin 1\)"):
        pin(nights, "users", "P0", "email", OWN)
    pin(nights, "users", "P0", "phone")
    pin(nights, "users", "P1", "email")
    assert len([*pinning.pins(nights.database)]) == 3


def test_a_pin_is_released_once(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    pin(nights, "users", "P0", "email", ZOE)
    pinning.release(nights.database, 1, "anne")
    with pytest.raises(UsageError, match="Pin 1 was released by anne on 2026-11-24 already"):
        pinning.release(nights.database, 1, "jean")
    with pytest.raises(UsageError, match="There is no pin 2"):
        pinning.release(nights.database, 2, "jean")


def test_what_is_gone_cannot_be_pinned(nights: Nights) -> None:
    nights.sync(SCHOOLS)
    nights.sync(without(SCHOOLS, "P0,", "K1,P0"))
    with pytest.raises(UsageError, match="users P0 is not active: it has not been since run 2"):
        pin(nights, "users", "P0", "email", ZOE)
