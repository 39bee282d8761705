"""The audit chain: whatever somebody changes in the database by hand, verifying says where."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import models
from django.db.transaction import atomic

from cartable import errors
from cartable.flow import auditing, holding, keeping, pinning, planning, undoing
from cartable.flow.gates import GUARDS
from cartable.model.audits import Action, Link
from cartable.model.breaks import Break
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.options import CheckOptions
from cartable.store import auditing as chain
from cartable.store import erasing, opening
from cartable.store.rosters import Roster
from cartable.store.vault import vault_of
from tests.flow.rosters import ORGS, SESSIONS, Nights, lines, pupils

EVERYTHING = {
    "orgs": ORGS,
    "academicSessions": SESSIONS,
    "users": lines(
        "sourcedId,username,email",
        "T1,ann,ann@ecole.example",
        "P1,zoe,zoe@ecole.example",
        "P2,léo,",
        "C1,eve,",
    ),
    "courses": lines("sourcedId,orgSourcedId,title", "M,S1,Mathematics"),
    "classes": lines("sourcedId,orgSourcedId,title,sessionSourcedIds", "K1,S1,7A,T1"),
    "roles": lines("userSourcedId,orgSourcedId,role", "T1,S1,teacher", "P1,S1,student", "P2,S1,student"),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role", "K1,T1,teacher", "K1,P1,student", "K1,P2,student"
    ),
    "relationships": lines(
        "userSourcedId,relationshipUserSourcedId,relationshipRole", "P1,C1,parent", "P2,C1,parent"
    ),
    "demographics": lines("userSourcedId,sex,birthDate", "P1,female,2014-03-03", "P2,male,2014-04-04"),
    "userFlags": lines("userSourcedId,flag", "P1,ell", "P2,ell"),
}

# Something is other in each file: a value, or a row is gone.
CHANGED = {
    **EVERYTHING,
    "orgs": ORGS.replace("North", "South"),
    "academicSessions": SESSIONS.replace("Term 2", "Term II"),
    "users": EVERYTHING["users"].replace("zoe,", "zoé,"),
    "courses": EVERYTHING["courses"].replace("Mathematics", "Maths"),
    "classes": EVERYTHING["classes"].replace("7A", "7B"),
    "roles": EVERYTHING["roles"].replace("P2,S1,student\n", ""),
    "enrollments": EVERYTHING["enrollments"].replace("K1,P2,student\n", ""),
    "relationships": EVERYTHING["relationships"].replace("P2,C1,parent\n", ""),
    "demographics": EVERYTHING["demographics"].replace("2014-04-04", "2014-04-05"),
    "userFlags": EVERYTHING["userFlags"].replace("P2,ell\n", ""),
}

# A class that is left out, and its enrollments with it.
DAMAGED = {**CHANGED, "classes": CHANGED["classes"].replace("7B", "")}

# Numbers that nothing refers to: they could all be others.
SURROGATES = {"installation.id", "runfinding.id", "kept.id", "pinned.id", "erased.id"} | {
    f"{entity.name.lower()}history.id" for entity in ENTITIES
}


def breaks(nights: Nights) -> list[Break]:
    return list(auditing.verify(nights.database).breaks)


def codes(nights: Nights) -> list[str]:
    return [one.code for one in breaks(nights)]


def execute(nights: Nights, sql: str, *parameters: object) -> None:
    """What somebody does who can write the database and nothing else."""
    with opening.opened(nights.database) as roster, roster.connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def with_everything(nights: Nights) -> None:
    """A roster in which no table is empty."""
    for files in (EVERYTHING, CHANGED, DAMAGED):
        assert nights.run(files, *GUARDS)
    pinned_and_kept(nights)
    with planning.planned(nights.deliver(pupils(1)), nights.database, CheckOptions(), actor="ann") as (
        _,
        plan,
    ):
        assert holding.sync(plan)[2]
    with opening.opened(nights.database) as roster, atomic(using=roster.alias):
        roster.driver.lock(roster.connection)
        forgotten(roster)


def pinned_and_kept(nights: Nights) -> None:
    """Somebody keeps a membership and pins a field, which the next delivery has otherwise."""
    keeping.keep(nights.database, "P1", "K1", date(2026, 12, 18), "she asked", "ann")
    about = {"why": "she asked", "actor": "ann", "options": CheckOptions()}
    with pinning.pinned(nights.database, "users", "P1", "email", None, **about) as plan:
        pinning.apply(plan)
    users = DAMAGED["users"].replace("zoe@ecole.example", "zoe@example.org")
    assert nights.run({**DAMAGED, "users": users}, *GUARDS)


def forgotten(roster: Roster, key: str = "P2") -> None:
    """What taking away a person's values will do: nothing of them stays, but their states' leaves."""
    users = BY_NAME["users"]
    with roster.connection.cursor() as cursor:
        cursor.execute("select id from roster_users where sourced_id = %s", (key,))
        (row,) = cursor.fetchone()
        with erasing.erasing(roster, users, [row], is_history=False):
            cursor.execute(
                "update roster_users set username = '', email = null, salt = 0, digest = 0 where id = %s",
                (row,),
            )
    chain.append(roster, Action.DISCARD, "ann", datetime(2026, 11, 24, 10, tzinfo=UTC), erasing.told(roster))


def test_what_nobody_touched_is_intact(nights: Nights) -> None:
    with_everything(nights)
    verdict = auditing.verify(nights.database)
    assert verdict.breaks == ()
    assert (verdict.links, verdict.states) == (9, 32)


@pytest.mark.slow
def test_a_change_of_any_column_of_any_table_is_found_in_its_place(nights: Nights) -> None:
    with_everything(nights)
    missed, misplaced = [], []
    for table, column, tamper, mend in tampered(nights):
        tamper()
        found = breaks(nights)
        mend()
        name = f"{table}.{column}"
        if not found and name not in SURROGATES:
            missed.append(name)
        if found and not any(is_about(one, table) for one in found):
            misplaced.append((name, found))
    assert (missed, misplaced) == ([], [])
    assert breaks(nights) == []


def tampered(nights: Nights) -> Iterator[tuple[str, str, Callable[[], None], Callable[[], None]]]:
    """Each column of the first row of each table: how to change it by plain SQL, and back."""
    from django.apps import apps

    for model in apps.get_app_config("roster").get_models():
        table, key = model._meta.db_table, model._meta.pk.column
        with opening.opened(nights.database) as roster, roster.connection.cursor() as cursor:
            cursor.execute(f"select * from {table} order by {key}")
            names = [part[0] for part in cursor.description]
            row = dict(zip(names, cursor.fetchone(), strict=True))
        for field in model._meta.concrete_fields:
            before, place = row[field.column], row[key]
            after = other(field, before)
            statement = f'update {table} set "{field.column}" = %s where "{key}" = %s'
            at = after if field.column == key else place
            yield (
                model._meta.model_name,
                field.column,
                lambda sql=statement, value=after, at=place: execute(nights, sql, value, at),
                lambda sql=statement, value=before, at=at: execute(nights, sql, value, at),
            )


def other(field: "models.Field[Any, Any]", value: Any) -> object:
    """Another value of the column's type."""
    match field:
        case models.JSONField():
            return json.dumps([json.loads(value) if isinstance(value, str) else value])
        case models.BooleanField():
            return not value
        case models.BigIntegerField() | models.BigAutoField():
            return (value or 0) + 1000
        case models.DateTimeField() if value is not None and not isinstance(value, str):
            return value + timedelta(microseconds=1)
        case models.DateField():
            return f"2001{str(value)[4:]}" if value else "2026-01-01 00:00:00"
    return f"{value or ''}x"


def is_about(one: Break, table: str) -> bool:
    """Whether a break names the table, the link or the run's list that was changed."""
    entities = {entity.name.lower(): entity.name for entity in ENTITIES}
    if entity := entities.get(table.removesuffix("history")):
        return one.entity == entity
    match table:
        case "installation":
            return one.code == "roster.altered"
        case "link":
            return one.code.startswith("link")
        case "erased":
            return one.code.startswith("erased") or one.code.startswith("states")
        case "runfinding":
            return one.table == "findings"
    return one.table == table


def test_an_altered_value_is_told_with_its_run_its_entity_and_its_record(nights: Nights) -> None:
    nights.sync(EVERYTHING)
    nights.sync(CHANGED)
    execute(nights, "update roster_users set email = 'eve@ecole.example' where sourced_id = 'T1'")
    execute(nights, "update roster_users_history set username = 'zoo' where sourced_id = 'P1'")
    execute(nights, "update roster_demographics set birth_date = '2013-04-05' where user_sourced_id = 'P2'")
    found = [(one.code, one.run, one.entity, one.link, sorted(one.records)) for one in breaks(nights)]
    assert found == [
        ("states.altered", 1, "users", 2, [("P1",), ("T1",)]),
        ("states.altered", 2, "demographics", 3, [("P2",)]),
    ]


def test_a_state_that_is_gone_or_was_put_in_is_told(nights: Nights) -> None:
    nights.sync(EVERYTHING)
    nights.sync(CHANGED)
    execute(nights, "delete from roster_roles where user_sourced_id = 'T1'")
    execute(
        nights,
        "insert into roster_user_flags (digest, from_revision, active, date_last_modified, reason, line, "
        "salt, source, user_sourced_id, flag) select digest, from_revision, active, date_last_modified, "
        "reason, line, salt, source, 'P9', flag from roster_user_flags where user_sourced_id = 'P1'",
    )
    execute(nights, "delete from roster_courses_history")
    found = {(one.code, one.run, one.entity, one.told, one.found) for one in breaks(nights)}
    assert found >= {
        ("states.missing", 1, "roles", 3, 2),
        ("states.added", 1, "userFlags", 2, 3),
        ("states.missing", 2, "courses", 1, 0),
    }


# What somebody does to a roster of three runs, a hold that was approved and a saved plan; what is told of it.
TAMPERS = {
    "a link altered": ("update roster_link set actor = 'eve' where number = 3", "link.altered", 3),
    "a link missing": ("delete from roster_link where number = 3", "link.missing", 3),
    "the first link missing": ("delete from roster_link where number = 1", "link.missing", 1),
    "the last link missing": ("delete from roster_link where number = 7", "link.missing", 7),
    "a link inserted": (
        "insert into roster_link (number, moment, actor, action, document, previous, digest, seal) select "
        "8, moment, 'eve', action, document, digest, digest, seal from roster_link where number = 7",
        "link.altered",
        8,
    ),
    "two links reordered": (
        "update roster_link set action = o.action, actor = o.actor, document = o.document, "
        "digest = o.digest, seal = o.seal, previous = o.previous, moment = o.moment "
        "from (select * from roster_link) o "
        "where roster_link.number in (3, 4) and o.number = 7 - roster_link.number",
        "link.altered",
        3,
    ),
    "a run altered": ("update roster_run set actor = 'eve' where number = 3", "row.altered", 6),
    "a run missing": ("delete from roster_run where number = 3", "row.missing", 6),
    "a hold altered": ("update roster_hold set planner = 'eve' where number = 1", "row.altered", 5),
    "an approval altered": ("update roster_hold set decider = 'eve' where number = 1", "row.altered", 5),
    "an approval missing": ("delete from roster_hold", "row.missing", 5),
    "a saved plan altered": (
        'update roster_link set document = replace(document, \'"plan":"\', \'"plan":"0\') where number = 7',
        "link.altered",
        7,
    ),
    "a value altered": (
        "update roster_users set username = 'zoo' where sourced_id = 'P1'",
        "states.altered",
        2,
    ),
    "a change altered": (
        "update roster_users_history set username = 'zoo' where sourced_id = 'P19'",
        "states.altered",
        2,
    ),
    "a change missing": ("delete from roster_users_history where sourced_id = 'P19'", "states.missing", 2),
    "a record missing": ("delete from roster_users where sourced_id = 'P1'", "states.missing", 2),
    "a finding missing": ("delete from roster_runfinding where run = 3", "list.altered", 6),
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_whatever_is_altered_missing_inserted_or_reordered_is_told_with_its_link(
    nights: Nights, tamper: str
) -> None:
    nights.sync(pupils(20))
    nights.sync(pupils(21))
    with nights.planned(pupils(5), actor="ann") as plan:
        assert holding.sync(plan)[2]
    with holding.approved(nights.database, 1, actor="bob"):
        pass
    with nights.planned(pupils(6)) as plan:
        plan.save(nights.place / "saved.plan")
    assert [link.action for link in auditing.links(nights.database)] == [
        *("plan", "apply", "approve", "hold", "apply", "apply", "begin"),
    ]
    assert breaks(nights) == []
    sql, code, link = TAMPERS[tamper]
    execute(nights, sql)
    assert (code, link) in [(one.code, one.link) for one in breaks(nights)]


def test_a_history_that_was_cut_off_from_its_record_is_told(nights: Nights) -> None:
    nights.sync(EVERYTHING)
    nights.sync(CHANGED)
    execute(nights, "update roster_users_history set record = record + 100")
    assert ("states.order", "users", (("P1",),)) in [
        (one.code, one.entity, one.records) for one in breaks(nights)
    ]


def test_a_link_that_is_gone_is_told_wherever_it_stood(nights: Nights) -> None:
    for count in (3, 4, 5):
        nights.sync(pupils(count))
    for number, following in (
        (4, ["link.missing"]),
        (1, ["link.missing"]),
        (2, ["link.missing", "row.untold"]),
    ):
        before = rows(nights, "roster_link")
        execute(nights, "delete from roster_link where number = %s", number)
        found = breaks(nights)
        assert [one.code for one in found][: len(following)] == following
        assert found[0].link == number
        put_back(nights, "roster_link", before)
        assert breaks(nights) == []


def rows(nights: Nights, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with opening.opened(nights.database) as roster, roster.connection.cursor() as cursor:
        cursor.execute(f"select * from {table} order by 1")
        return [part[0] for part in cursor.description], cursor.fetchall()


def put_back(nights: Nights, table: str, before: tuple[list[str], list[tuple[Any, ...]]]) -> None:
    names, values = before
    execute(nights, f"delete from {table}")
    for row in values:
        marks = ", ".join(["%s"] * len(names))
        execute(nights, f"insert into {table} ({', '.join(names)}) values ({marks})", *row)


def test_the_last_things_done_cannot_be_undone_by_deleting_all_that_tells_of_them(nights: Nights) -> None:
    nights.sync(pupils(20))
    with planning.planned(nights.deliver(pupils(5)), nights.database, CheckOptions()) as (_, plan):
        holding.sync(plan)
    execute(nights, "delete from roster_hold")
    execute(nights, "delete from roster_link where number = 3")
    assert [(one.code, one.link) for one in breaks(nights)] == [("link.missing", 3)]
    # Nor by doing something else in its place.
    nights.sync(pupils(21))
    assert [(one.code, one.link) for one in breaks(nights)] == [("link.replaced", 3)]


def test_an_older_copy_of_the_database_is_told_as_such(tmp_path: Path) -> None:
    nights = Nights(tmp_path, str(tmp_path / "roster.db"))
    nights.sync(pupils(3))
    shutil.copy(nights.database, tmp_path / "older.db")
    nights.sync(pupils(4))
    assert breaks(nights) == []
    shutil.copy(tmp_path / "older.db", nights.database)
    assert [(one.code, one.link) for one in breaks(nights)] == [("link.missing", 3)]


def test_links_that_changed_places_are_told(nights: Nights) -> None:
    for count in (3, 4, 5):
        nights.sync(pupils(count))
    for old, new in ((2, 99), (3, 2), (99, 3)):
        execute(nights, "update roster_link set number = %s where number = %s", new, old)
    assert {(one.code, one.link) for one in breaks(nights)} >= {("link.altered", 2), ("link.altered", 3)}


def test_who_has_not_the_key_cannot_forge_a_link(nights: Nights) -> None:
    nights.sync(pupils(3))
    nights.sync(pupils(4))
    last = next(auditing.links(nights.database))
    forged = replace(last, actor="eve").with_digest()
    sql = "update roster_link set actor = %s, digest = %s where number = %s"
    execute(nights, sql, forged.actor, forged.digest, forged.number)
    assert [(one.code, one.link) for one in breaks(nights)] == [("link.seal", 3)]
    added = Link(4, last.moment, "eve", "apply", last.document, forged.digest).with_digest()
    execute(
        nights,
        "insert into roster_link (number, moment, actor, action, document, previous, digest, seal) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s)",
        *(added.number, added.moment, added.actor, added.action, added.document, added.previous),
        *(added.digest, last.seal),
    )
    assert ("link.seal", 4) in [(one.code, one.link) for one in breaks(nights)]


def test_a_gap_of_any_width_is_one_break(nights: Nights) -> None:
    nights.sync(pupils(3))
    execute(nights, "update roster_link set number = 1000000000000 where number = 2")
    assert ("links.missing", 2, 999999999999) in [(one.code, one.link, one.number) for one in breaks(nights)]


def test_erased_values_leave_the_chain_intact_until_others_take_their_place(nights: Nights) -> None:
    with_everything(nights)
    assert breaks(nights) == []
    execute(nights, "update roster_users set username = 'nobody' where sourced_id = 'P2'")
    assert [(one.code, one.entity) for one in breaks(nights)] == [("erased.altered", "users")]
    execute(nights, "delete from roster_erased")
    assert {one.code for one in breaks(nights)} == {"erased.list", "states.altered"}


def test_nobody_can_say_by_himself_that_a_value_was_erased(nights: Nights) -> None:
    nights.sync(EVERYTHING)
    with opening.opened(nights.database) as roster, atomic(using=roster.alias):
        users = BY_NAME["users"]
        with erasing.erasing(roster, users, [1], is_history=False), roster.connection.cursor() as cursor:
            cursor.execute("update roster_users set username = 'eve' where id = 1")
    assert codes(nights) == ["erased.list"]


def test_a_person_can_be_erased_twice(nights: Nights) -> None:
    nights.sync(EVERYTHING)
    for _ in range(2):
        with opening.opened(nights.database) as roster, atomic(using=roster.alias):
            roster.driver.lock(roster.connection)
            forgotten(roster)
    assert breaks(nights) == []


def test_a_roster_of_an_edition_without_chain_is_vouched_for_as_it_was_found(nights: Nights) -> None:
    nights.sync(EVERYTHING)
    nights.sync(CHANGED)
    execute(nights, "delete from roster_link")
    (vault_of(nights.database).directory / "links").unlink()
    assert auditing.verify(nights.database).links == 0
    assert breaks(nights) == []
    nights.sync(DAMAGED)
    assert breaks(nights) == []
    first = list(auditing.links(nights.database))[-1]
    assert (first.action, first.told["revision"], sorted(first.told["rows"]["run"])) == (
        "begin",
        2,
        ["1", "2"],
    )
    execute(nights, "update roster_users_history set username = 'zoo' where sourced_id = 'P1'")
    assert [(one.code, one.run, one.entity, one.records) for one in breaks(nights)] == [
        ("states.altered", None, "users", (("P1",),))
    ]


def test_a_text_that_was_made_none_is_a_break_and_no_crash(tmp_path: Path) -> None:
    nights = Nights(tmp_path, str(tmp_path / "roster.db"))
    nights.sync(EVERYTHING)
    execute(nights, "update roster_users set username = cast(x'c328' as text) where sourced_id = 'P1'")
    execute(nights, "update roster_run set kind = cast(x'c328' as text)")
    execute(nights, "update roster_run set finished = 'never'")
    execute(nights, "update roster_link set moment = 'never' where number = 2")
    execute(nights, "update roster_orgs set from_revision = 'first'")
    found = {(one.code, one.entity or one.table, one.records) for one in breaks(nights)}
    assert found >= {
        ("link.altered", "", ()),
        ("row.altered", "run", ()),
        ("states.altered", "users", (("P1",),)),
        ("states.missing", "orgs", ()),
    }


def test_verifying_writes_nothing(nights: Nights) -> None:
    with_everything(nights)
    before = [rows(nights, table) for table in ("roster_link", "roster_installation", "roster_erased")]
    execute(nights, "update roster_installation set key = ''")
    assert codes(nights) == ["roster.altered"]
    after = [rows(nights, table) for table in ("roster_link", "roster_installation", "roster_erased")]
    assert (before[0], before[2]) == (after[0], after[2])
    assert after[1][1][0][after[1][0].index("key")] == ""


def test_without_its_key_nothing_can_be_verified(nights: Nights) -> None:
    nights.sync(pupils(3))
    (vault_of(nights.database).directory / "key").unlink()
    with pytest.raises(errors.KeyUnusable, match="missing or damaged"):
        auditing.verify(nights.database)


def test_a_line_of_the_vault_that_a_kill_cut_short_is_no_break(nights: Nights) -> None:
    nights.sync(pupils(3))
    noted = vault_of(nights.database).directory / "links"
    noted.write_text(noted.read_text()[:-30])
    nights.sync(pupils(4))
    nights.sync(pupils(5))
    assert breaks(nights) == []
    noted.unlink()
    assert breaks(nights) == []


def test_each_thing_that_is_done_has_its_link_by_its_actor(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = nights.place / "tonight.plan"
    with planning.planned(nights.deliver(pupils(20)), nights.database, CheckOptions(), actor="ann") as (
        _,
        plan,
    ):
        plan.save(path)  # there is no roster yet that could tell of it
    with planning.opened_plan(path, nights.database, actor="bob") as plan:
        plan.apply("apply")
    with planning.planned(nights.deliver(pupils(21)), nights.database, CheckOptions(), actor="ann") as (
        _,
        plan,
    ):
        plan.save(path)
    with planning.planned(nights.deliver(pupils(5)), nights.database, CheckOptions(), actor="ann") as (
        _,
        plan,
    ):
        holding.sync(plan)
    holding.discard(nights.database, 1, actor="bob", why="no")
    with planning.opened_plan(path, nights.database, actor="eve") as plan:
        plan.apply("apply")
    links = list(auditing.links(nights.database))[::-1]
    assert [(link.action, link.actor) for link in links] == [
        ("begin", "bob"),
        ("apply", "bob"),
        ("plan", "ann"),
        ("hold", "ann"),
        ("discard", "bob"),
        ("apply", "eve"),
    ]
    # The plan that was applied is the one that was saved, by its digest.
    assert links[5].told["plan"] == links[2].told["plan"]
    text = json.dumps([link.document for link in links])
    assert not any(name in text for name in ("pupil", "P1", "North", str(nights.place)))


def test_a_run_that_takes_another_back_has_its_link(nights: Nights) -> None:
    nights.sync(pupils(20))
    nights.sync(pupils(21))
    with undoing.undone(nights.database, 2, actor="bob") as made:
        assert made.apply().kind == "undo"
    last = next(auditing.links(nights.database))
    assert (last.action, last.actor, last.told["run"], last.told["undoes"]) == ("apply", "bob", 3, 2)
    assert breaks(nights) == []
    execute(nights, "update roster_run set undoes = 1 where number = 3")
    assert [(one.code, one.number) for one in breaks(nights)] == [("row.altered", 3)]
