"""What must not be kept is destroyed wherever it is, and nothing else is."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from zstandard import ZstdDecompressor

from cartable.errors import PlanStale, UsageError
from cartable.flow import (
    auditing,
    backing,
    explaining,
    holding,
    inputs,
    keeping,
    looking,
    pinning,
    planning,
    retention,
    undoing,
)
from cartable.flow.gates import GUARDS
from cartable.model.options import CheckOptions
from cartable.model.scopes import Scope
from cartable.store import dumping, opening
from tests.flow.rosters import Nights, lines
from tests.flow.schools import without

SECRETS = ("Zzélie", "Quuxbert", "zq.first", "zq.second", "zq@home.example", "zq@new.example", "+33199887766",
           "+33188776655", "P-4711", "wrong at home", "2014-03-07")  # fmt: skip


def district(**changed: str) -> dict[str, str]:
    """Two schools; Zzélie Quuxbert is a pupil with all that there can be about one."""
    files = {
        "orgs": lines("sourcedId,name,type", "S1,North,school", "S2,South,school"),
        "users": lines(
            "sourcedId,username,givenName,familyName,email,phone",
            "P-4711,zq.first,Zzélie,Quuxbert,zq@home.example,+33199887766",
            "P2,leo,Léo,Petit,leo@home.example,",
            "C1,eve,Eve,Quux,,",
            "T1,ann,Ann,Roy,ann@ecole.example,",
        ),
        "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A", "K2,S1,7B"),
        "roles": lines(
            "userSourcedId,orgSourcedId,role", "P-4711,S1,student", "P2,S1,student", "T1,S1,teacher"
        ),
        "enrollments": lines(
            "classSourcedId,userSourcedId,role",
            *("K1,P-4711,student", "K1,P2,student", "K1,T1,teacher", "K2,P2,student"),
        ),
        "relationships": lines(
            "userSourcedId,relationshipUserSourcedId,relationshipRole", "P-4711,C1,parent", "P2,C1,parent"
        ),
        "demographics": lines("userSourcedId,birthDate", "P-4711,2014-03-07", "P2,2014-04-04"),
        "userFlags": lines("userSourcedId,flag", "P-4711,ell"),
    }
    return {**files, **changed}


def lived(nights: Nights) -> None:
    """Nights on which the pupil is changed, damaged, kept, held, and comes back."""
    users = district()["users"]
    nights.sync(district())
    keeping.keep(nights.database, "P-4711", "K1", date(2026, 12, 18), "Zzélie asked", "ann")
    about = {"why": "Zzélie asked", "actor": "ann", "options": CheckOptions()}
    with pinning.pinned(nights.database, "users", "P-4711", "phone", None, **about) as plan:
        pinning.apply(plan)
    nights.sync(district(users=users.replace("zq.first", "zq.second")), *GUARDS)
    nights.sync(district(users=users.replace("zq@home.example", "wrong at home")), *GUARDS)
    nights.sync(district(users=users.replace("P-4711,zq.first", "P-4711,,")), *GUARDS)
    users = users.replace("+33199887766", "+33188776655")
    nights.sync(district(users=users.replace("zq@home.example", "zq@new.example")), *GUARDS)
    path = nights.deliver({"users": users, "orgs": district()["orgs"], "roles": district()["roles"]})
    with planning.planned(path, nights.database, CheckOptions(), actor="ann") as (_, plan):
        holding.sync(plan)


def everything(nights: Nights) -> Iterator[tuple[str, bytes]]:
    """Every byte that the installation keeps, compressed ones unpacked too."""
    with opening.opened(nights.database) as roster:
        vault = roster.vault.directory
        for table, rows in dumping.dumped(roster):
            yield table, "\n".join(str(row) for row in rows).encode()
    if nights.database.startswith("sqlite"):
        file = Path(nights.database.removeprefix("sqlite:///"))
        for one in file.parent.glob(f"{file.name}*"):
            if one.is_file():
                yield one.name, one.read_bytes()
    for one in vault.rglob("*"):
        if one.is_file():
            content = one.read_bytes()
            yield one.name, content
            if one.suffix == ".zst":
                yield one.name, ZstdDecompressor().decompressobj().decompress(content)


def leaking(nights: Nights, secrets: tuple[str, ...] = SECRETS) -> set[str]:
    """Which of these are still kept somewhere."""
    kept = b"\n".join(content for _, content in everything(nights))
    return {secret for secret in secrets if secret.encode() in kept}


def forget(nights: Nights, person: str) -> None:
    with retention.forgotten(nights.database, person, actor="ann") as erasure:
        assert erasure.apply()


def test_of_a_forgotten_person_no_byte_is_kept_and_the_chain_verifies(nights: Nights) -> None:
    lived(nights)
    assert leaking(nights) == set(SECRETS)
    links = auditing.verify(nights.database).links
    forget(nights, "P-4711")
    assert leaking(nights) == set()
    verdict = auditing.verify(nights.database)
    assert (verdict.breaks, verdict.links) == ((), links + 1)


def test_of_everybody_else_nothing_is_lost(nights: Nights, tmp_path: Path) -> None:
    lived(nights)
    others = ("Léo", "leo@home.example", "C1", "T1", "2014-04-04")
    before = {entity: nights.records(entity, *fields) for entity, fields in SHOWN.items()}
    forget(nights, "P-4711")
    assert leaking(nights, others) == set(others)
    after = {entity: nights.records(entity, *fields) for entity, fields in SHOWN.items()}
    assert after == {entity: [row for row in rows if "P-4711" not in row] for entity, rows in before.items()}
    inputs.write(nights.database, 1, tmp_path / "received")
    for entity, text in without(district(), "P-4711").items():
        assert (tmp_path / "received" / f"{entity}.csv").read_text() == text


SHOWN = {
    "users": ("sourcedId", "username", "email"),
    "roles": ("userSourcedId", "orgSourcedId", "role"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "relationships": ("userSourcedId", "relationshipUserSourcedId"),
    "demographics": ("userSourcedId", "birthDate"),
    "userFlags": ("userSourcedId", "flag"),
}


def test_who_was_forgotten_is_new_when_a_delivery_names_them_again(nights: Nights) -> None:
    lived(nights)
    forget(nights, "P-4711")
    changes = nights.plan(district(), *GUARDS).counts
    assert {name: (one.add, one.changing) for name, one in changes.items() if one.changing} == dict.fromkeys(
        SHOWN, (1, 1)
    )
    nights.sync(without(district(), "P-4711"), *GUARDS)
    assert not auditing.verify(nights.database).breaks


def test_nothing_tells_of_a_forgotten_person_nor_brings_them_back(nights: Nights) -> None:
    lived(nights)
    forget(nights, "P-4711")
    with pytest.raises(UsageError, match="Nothing in the roster"):
        explaining.explained(nights.database, "P-4711")
    with looking.past(nights.database, "1", Scope(entity="users")) as seen:
        assert [one["sourcedId"] for one in seen.records()] == ["C1", "P2", "T1"]
    for run in range(1, 8):
        with undoing.undone(nights.database, run) as undo:
            told = [change.key for change in undo.plan.changes()]
            assert not [key for key in told if any("erased" in part or "P-4711" in part for part in key)]
    with pytest.raises(UsageError, match="There is no person P-4711"):
        forget(nights, "P-4711")


def test_a_person_is_forgotten_under_every_identifier_that_they_had(nights: Nights) -> None:
    nights.sync(district())
    renamed = {entity: text.replace("P-4711", "N-0815") for entity, text in district().items()}
    assert nights.sync(renamed, *GUARDS)["users"].rekey == 1
    forget(nights, "P-4711")
    assert leaking(nights, (*SECRETS, "N-0815")) == set()
    assert not auditing.verify(nights.database).breaks


def test_a_person_is_found_by_the_username(nights: Nights) -> None:
    nights.sync(district())
    with retention.forgotten(nights.database, "zq.first") as erasure:
        assert erasure.label == "P-4711"
        assert dict(erasure.holding.active) == dict.fromkeys(SHOWN, 1)


def test_looking_at_what_would_be_destroyed_destroys_nothing(nights: Nights) -> None:
    lived(nights)
    before = sorted(everything(nights))
    with retention.forgotten(nights.database, "P-4711") as erasure:
        assert (erasure.holding.states, erasure.holding.files) == (9, 11)
    assert sorted(everything(nights)) == before


def test_a_plan_that_was_saved_before_is_refused(nights: Nights, tmp_path: Path) -> None:
    nights.sync(district())
    with nights.planned(without(district(), "P2"), *GUARDS) as plan:
        plan.save(tmp_path / "before.cartable")
    forget(nights, "P-4711")
    with (
        planning.opened_plan(tmp_path / "before.cartable", nights.database) as plan,
        pytest.raises(PlanStale, match="since run 2"),
    ):
        plan.apply("apply")


def test_each_source_lets_its_own_records_go(nights: Nights) -> None:
    nights.sync(district())
    clubs = {
        "orgs": lines("sourcedId,name,type", "A1,Clubs,school"),
        "roles": lines("userSourcedId,orgSourcedId,role", "P-4711,A1,student", "P2,A1,student"),
        "users": district()["users"],
    }
    assert nights.sync(clubs, *GUARDS, source="clubs")["roles"].add == 2
    forget(nights, "P-4711")
    assert leaking(nights) == set()
    assert nights.records("roles", "userSourcedId", source="clubs") == [("P2",)]
    assert not auditing.verify(nights.database).breaks


def test_a_backup_of_what_was_forgotten_is_whole(nights: Nights, tmp_path: Path) -> None:
    lived(nights)
    forget(nights, "P-4711")
    backing.back_up(nights.database, tmp_path / "after.backup")
    restored = Nights(tmp_path, f"sqlite:///{tmp_path / 'restored.db'}")
    done = backing.restore(tmp_path / "after.backup", restored.database)
    assert done.chain
    assert not done.chain.breaks
    assert leaking(restored) == set()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_kept_files_lose_only_the_rows_of_the_person(tmp_path: Path, encoding: str) -> None:
    nights = Nights(tmp_path, f"sqlite:///{tmp_path / 'roster.db'}")
    path = nights.deliver(district())
    texts = [
        'sourcedId,username,givenName,familyName,email\r\n',
        'P-4711,zq.first,Zzélie,Quuxbert,zq@home.example\r\n',
        '"P2",leo,"Léo\nP-4711",Petit,\r\n',
        'P-47110,mia,Mia,Roy,\n',
        'P4,"sam",Sam,"Quuxbert",\r\n',
        ',,Zzélie,Quuxbert,zq@home.example\r\n',
    ]  # fmt: skip
    (path / "users.csv").write_bytes("".join(texts).encode(encoding))
    with planning.planned(path, nights.database, CheckOptions(), accept=tuple(GUARDS)) as (_, plan):
        assert plan.sync()[1]
    forget(nights, "P-4711")
    inputs.write(nights.database, 1, tmp_path / "received")
    left = (tmp_path / "received" / "users.csv").read_bytes()
    assert left == "".join(text for place, text in enumerate(texts) if place not in (1, 5)).encode(encoding)


def test_an_erasure_that_was_broken_off_is_made_good_by_the_next_one(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(nights)
    monkeypatch.setattr(retention.forgetting, "scrub", _killed)
    with pytest.raises(KeyboardInterrupt):
        forget(nights, "P-4711")
    monkeypatch.undo()
    with pytest.raises(UsageError, match="There is no person"):
        forget(nights, "P-4711")
    assert leaking(nights) == set()


def _killed(_: object) -> None:
    raise KeyboardInterrupt


def test_who_has_been_gone_for_long_is_purged_and_nobody_else(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTABLE_NOW", "2022-09-01T08:00:00+00:00")
    nights.sync(district())
    monkeypatch.setenv("CARTABLE_NOW", "2023-06-01T08:00:00+00:00")
    nights.sync(without(district(), "P-4711"), *GUARDS)
    monkeypatch.setenv("CARTABLE_NOW", "2024-06-01T08:00:00+00:00")
    nights.sync(without(without(district(), "P-4711"), "P2"), *GUARDS)
    monkeypatch.setenv("CARTABLE_NOW", "2026-06-02T08:00:00+00:00")
    with retention.purged(nights.database, "3y", actor="ann") as erasure:
        assert dict(erasure.holding.inactive) == dict.fromkeys(SHOWN, 1)
        assert erasure.apply()
    assert leaking(nights) == set()
    assert leaking(nights, ("Léo", "Ann")) == {"Léo", "Ann"}
    assert not auditing.verify(nights.database).breaks
    with retention.purged(nights.database, "3y") as erasure:
        assert erasure.is_empty
        assert erasure.apply() is None


def test_who_is_still_somewhere_is_not_purged(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTABLE_NOW", "2022-09-01T08:00:00+00:00")
    nights.sync(district())
    left = district(enrollments=without(district(), "K1,P-4711")["enrollments"])
    nights.sync(left, *GUARDS)
    monkeypatch.setenv("CARTABLE_NOW", "2026-06-02T08:00:00+00:00")
    with retention.purged(nights.database, "3y", actor="ann") as erasure:
        assert {name: count for name, count in erasure.holding.inactive.items() if count} == {
            "enrollments": 1
        }
        erasure.apply()
    assert [row[0] for row in nights.records("users", "sourcedId")] == ["C1", "P-4711", "P2", "T1"]
    assert not nights.plan(left).counts["enrollments"].changing
    assert not auditing.verify(nights.database).breaks


@pytest.mark.parametrize("period", ["", "3", "y", "0y", "-3y", "3 years", "99999y", "9999y"])
def test_what_is_no_period_is_refused(tmp_path: Path, period: str) -> None:
    with (
        pytest.raises(UsageError, match=r"period of time|reaches back"),
        retention.purged(f"sqlite:///{tmp_path / 'roster.db'}", period),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_free_pages_of_sqlite_are_gone(tmp_path: Path) -> None:
    nights = Nights(tmp_path, f"sqlite:///{tmp_path / 'roster.db'}")
    lived(nights)
    forget(nights, "P-4711")
    with sqlite3.connect(tmp_path / "roster.db") as connection:
        assert connection.execute("pragma freelist_count").fetchone() == (0,)
