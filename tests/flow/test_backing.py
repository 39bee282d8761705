"""A backup brings back everything, on any database, or nothing."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartable.errors import BackupUnreadable, DatabaseError, KeyUnusable
from cartable.flow import backing, recalling
from cartable.store import dumping, opening
from cartable.store.vault import vault_of
from tests.flow.rosters import Nights, pupils

Content = dict[str, list[tuple[object, ...]]]


def content(database: str) -> Content:
    """Every row but for its instants, which each database spells in its own way."""
    with opening.opened(database) as roster:
        return {
            table: [
                tuple(
                    value
                    for name, value in zip(dumping.columns_of(table), row, strict=True)
                    if name != "date_last_modified"
                )
                for row in rows
            ]
            for table, rows in dumping.dumped(roster)
        }


@pytest.fixture
def used(nights: Nights) -> Nights:
    """A roster with a history, a plan that was saved, and a row that was left out."""
    nights.sync(pupils(5))
    nights.sync({**pupils(4), "users": pupils(4)["users"].replace("pupil.1,", "pupil.one,")})
    nights.sync({**pupils(4), "users": pupils(4)["users"].replace("pupil.2,", ",")})
    return nights


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place where there is no roster yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "elsewhere" / "roster.db")
    else:
        with request.getfixturevalue("cluster").database("template0") as url:
            yield url


def test_a_backup_brings_back_every_row_on_any_database(used: Nights, elsewhere: str, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    told = backing.back_up(used.database, path)
    assert told == backing.verify(path)
    assert path.stat().st_mode & 0o077 == 0
    assert backing.restore(path, elsewhere) == told
    before, after = content(used.database), content(elsewhere)
    assert {table for table, rows in before.items() if rows} >= {"roster_users", "roster_users_history"}
    assert [run.number for run in recalling.runs(elsewhere)] == [3, 2, 1]
    assert {table: len(rows) for table, rows in after.items()} == {t: len(r) for t, r in before.items()}
    for table in ("roster_users", "roster_users_history", "roster_roles", "roster_kept"):
        assert after[table] == before[table]
    assert vault_of(elsewhere).seal().key == vault_of(used.database).seal().key


def test_what_was_restored_goes_on_where_it_was(used: Nights, elsewhere: str, tmp_path: Path) -> None:
    backing.back_up(used.database, tmp_path / "backup")
    backing.restore(tmp_path / "backup", elsewhere)
    there = Nights(tmp_path / "elsewhere-nights", elsewhere)
    there.place.mkdir()
    assert there.sync(pupils(6))["users"].add == 1
    assert len(there.records("users", "sourcedId")) == 6


def test_a_backup_is_not_restored_over_a_roster(used: Nights, tmp_path: Path) -> None:
    backing.back_up(used.database, tmp_path / "backup")
    before = content(used.database)
    with pytest.raises(DatabaseError, match="not empty"):
        backing.restore(tmp_path / "backup", used.database)
    assert content(used.database) == before


@pytest.mark.parametrize("part", ["tables/roster_users.jsonl", "vault/key", "backup.json"])
def test_a_backup_of_which_a_part_was_changed_is_refused(used: Nights, part: str, tmp_path: Path) -> None:
    backing.back_up(used.database, tmp_path / "backup")
    with zipfile.ZipFile(tmp_path / "backup") as source, zipfile.ZipFile(tmp_path / "b", "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"1", b"2") if name == part else data)
    with pytest.raises(BackupUnreadable, match="damaged"):
        backing.verify(tmp_path / "b")
    with pytest.raises(BackupUnreadable, match="damaged"):
        backing.restore(tmp_path / "b", str(tmp_path / "new" / "roster.db"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("keep", [0, 100, 2000])
def test_a_backup_cut_short_is_refused(used: Nights, keep: int, tmp_path: Path) -> None:
    backing.back_up(used.database, tmp_path / "backup")
    cut = tmp_path / "cut"
    cut.write_bytes((tmp_path / "backup").read_bytes()[:keep])
    with pytest.raises(BackupUnreadable):
        backing.restore(cut, str(tmp_path / "new" / "roster.db"))


def test_the_vault_of_another_installation_is_left_alone(used: Nights, tmp_path: Path) -> None:
    backing.back_up(used.database, tmp_path / "backup")
    place = str(tmp_path / "other" / "roster.db")
    key = vault_of(place).seal().key
    with pytest.raises(DatabaseError, match="another installation"):
        backing.restore(tmp_path / "backup", place)
    assert vault_of(place).seal().key == key


def test_a_roster_whose_key_is_gone_says_so(used: Nights, tmp_path: Path) -> None:
    backing.back_up(used.database, tmp_path / "backup")
    (vault_of(used.database).directory / "key").unlink()
    with pytest.raises(KeyUnusable, match="missing"):
        backing.back_up(used.database, tmp_path / "second")
    assert not (tmp_path / "second").exists()
