"""A plan is a document: it is applied as it was saved, or not at all."""

import json
import zipfile
from pathlib import Path

import pytest

from cartable.errors import PlanForeign, PlanStale, PlanUnreadable
from cartable.flow import planning
from cartable.model.options import CheckOptions
from tests.flow.rosters import Nights, pupils


def saved(nights: Nights, count: int) -> Path:
    path = nights.place / "tonight.cartable"
    with planning.planned(nights.deliver(pupils(count)), nights.database, CheckOptions()) as (_, plan):
        plan.save(path)
    return path


def applied(nights: Nights, path: Path) -> int:
    with planning.opened_plan(path, nights.database) as plan:
        return plan.apply("apply").number


def test_a_saved_plan_does_what_it_showed(nights: Nights) -> None:
    assert applied(nights, saved(nights, 3)) == 1
    assert len(nights.records("users", "sourcedId")) == 3


def test_a_plan_is_stale_once_the_roster_has_moved(nights: Nights) -> None:
    path = saved(nights, 3)
    nights.sync(pupils(2))
    with pytest.raises(PlanStale, match="since run 1"):
        applied(nights, path)
    assert len(nights.records("users", "sourcedId")) == 2


def test_a_plan_of_another_roster_is_refused(nights: Nights, tmp_path: Path) -> None:
    other = Nights(tmp_path / "other", str(tmp_path / "other" / "roster.db"))
    other.place.mkdir()
    for roster in (nights, other):
        roster.sync(pupils(2))
    path = saved(other, 3)
    with pytest.raises(PlanForeign, match="another installation"):
        applied(nights, path)
    assert len(nights.records("users", "sourcedId")) == 2


def test_a_preview_makes_no_roster_where_there_is_none(tmp_path: Path) -> None:
    place = tmp_path / "nowhere" / "roster.db"
    nights = Nights(tmp_path, str(place))
    with planning.planned(nights.deliver(pupils(1)), nights.database, CheckOptions(), is_preview=True) as (
        _,
        plan,
    ):
        assert plan.header.counts["users"].add == 1
    assert not place.parent.exists()


def test_a_plan_can_only_be_read_by_its_owner(nights: Nights) -> None:
    assert saved(nights, 1).stat().st_mode & 0o077 == 0


def test_a_plan_altered_in_any_table_is_refused(nights: Nights) -> None:
    path = saved(nights, 3)
    other = nights.place / "altered.cartable"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(
                name, data if name != "change_users.parquet" else data.replace(b"pupil.0", b"pupil.9")
            )
    with pytest.raises(PlanUnreadable, match="changed or damaged"):
        applied(nights, other)


def test_a_plan_whose_header_was_altered_is_refused(nights: Nights) -> None:
    path = saved(nights, 3)
    other = nights.place / "altered.cartable"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'"revision": 0', b'"revision": 1'))
    with pytest.raises(PlanUnreadable, match="changed or damaged"):
        applied(nights, other)


def test_a_plan_of_packed_parts_is_refused_unread(nights: Nights) -> None:
    path = saved(nights, 1)
    other = nights.place / "packed.cartable"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(PlanUnreadable, match="not a plan file"):
        applied(nights, other)


@pytest.mark.parametrize("keep", [0, 10, 1000])
def test_a_plan_cut_short_is_refused(nights: Nights, keep: int) -> None:
    path = saved(nights, 3)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(PlanUnreadable, match="not a plan file"):
        applied(nights, path)


def test_a_plan_of_a_later_edition_is_refused_by_its_version(nights: Nights) -> None:
    path = nights.place / "later.cartable"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("plan.json", json.dumps({"version": 99}))
    with pytest.raises(PlanUnreadable, match="version 99"):
        applied(nights, path)


def test_of_two_syncs_at_once_the_second_plans_anew(nights: Nights) -> None:
    with planning.planned(nights.deliver(pupils(3)), nights.database, CheckOptions()) as (_, late):
        nights.sync(pupils(2))
        plan, done = late.sync()
    assert done is not None
    assert (done.number, done.changes["users"].add, plan.header.revision) == (2, 1, 1)
    assert len(nights.records("users", "sourcedId")) == 3
