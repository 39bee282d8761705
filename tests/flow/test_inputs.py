"""What was received is kept, without passwords, for as long as it may be asked for."""

import os
import zipfile
from pathlib import Path

import pytest

from cartable.errors import UsageError
from cartable.flow import inputs, planning
from cartable.model.options import CheckOptions
from cartable.store.vault import vault_of
from tests.flow.rosters import Nights, lines, pupils


def written(nights: Nights, number: int, name: str = "out") -> dict[str, bytes]:
    directory = nights.place / name
    inputs.write(nights.database, number, directory)
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_the_files_of_a_run_come_back_byte_by_byte(nights: Nights) -> None:
    files = {**pupils(3), "orgs": "\ufeffsourcedId,name,type\r\nS1,École,school\r\n"}
    nights.sync(files)
    nights.sync(pupils(4))
    assert written(nights, 1) == {f"{name}.csv": text.encode() for name, text in files.items()}


def test_files_of_a_zip_are_kept_too(nights: Nights) -> None:
    path = nights.place / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in pupils(2).items():
            archive.writestr(f"{name}.csv", text)
    with planning.planned(path, nights.database, CheckOptions()) as (_, plan):
        assert plan.sync()[1]
    assert written(nights, 1) == {f"{name}.csv": text.encode() for name, text in pupils(2).items()}


def test_passwords_are_never_kept(nights: Nights) -> None:
    users = lines(
        "sourcedId,Password,username", "P0,s3cret,pupil.0", 'P1,"a,b",pupil.1', "P2,surplus,of,s3cret"
    )
    nights.sync({**pupils(2), "users": users})
    assert written(nights, 1)["users.csv"].splitlines() == [
        b"sourcedId,username",
        b"P0,pupil.0",
        b"P1,pupil.1",
    ]
    everything = b"".join(one.read_bytes() for one in vault_of(nights.database).directory.rglob("*.zst"))
    assert b"s3cret" not in everything


def test_the_same_file_is_kept_once(nights: Nights) -> None:
    nights.sync(pupils(2))
    nights.sync({**pupils(2), "orgs": lines("sourcedId,name,type", "S1,South,school")})
    assert len(list((vault_of(nights.database).directory / "inputs").iterdir())) == 4


def test_what_the_last_runs_did_not_need_goes_after_a_while(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "RUNS_KEPT", 1)
    nights.sync(pupils(2))
    for path in (vault_of(nights.database).directory / "inputs").iterdir():
        os.utime(path, (0, 0))
    nights.sync(pupils(3))
    assert [is_kept for _, is_kept in inputs.kept(nights.database, 2)] == [True, True, True]
    assert [file.name for file, is_kept in inputs.kept(nights.database, 1) if is_kept] == ["orgs.csv"]


def test_a_saved_plan_keeps_what_it_was_made_of(nights: Nights) -> None:
    path = nights.place / "tonight.cartable"
    with planning.planned(nights.deliver(pupils(2)), nights.database, CheckOptions()) as (_, plan):
        plan.save(path)
    with planning.opened_plan(path, nights.database) as plan:
        plan.apply("apply")
    assert set(written(nights, 1)) == {"orgs.csv", "users.csv", "roles.csv"}


def test_a_directory_with_something_in_it_is_left_alone(nights: Nights) -> None:
    nights.sync(pupils(1))
    (nights.place / "out").mkdir()
    (nights.place / "out" / "mine").touch()
    with pytest.raises(UsageError, match="no empty directory"):
        inputs.write(nights.database, 1, nights.place / "out")
    assert [path.name for path in (nights.place / "out").iterdir()] == ["mine"]


def test_a_file_that_changed_since_it_was_read_is_not_kept(nights: Nights) -> None:
    delivery: Path = nights.deliver(pupils(2))
    with planning.planned(delivery, nights.database, CheckOptions()) as (_, plan):
        (delivery / "orgs.csv").write_text("something else", encoding="utf-8")
        assert plan.sync()[1]
    assert [is_kept for _, is_kept in inputs.kept(nights.database, 1)] == [False, True, True]
