"""What may be opened as a roster, and what is said of the rest."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from cartable import errors
from cartable.store import opening, queries
from cartable.store.addresses import parsed
from tests.postgresql import Cluster


def test_an_empty_database_becomes_a_roster_and_stays_one(empty_database: str) -> None:
    with opening.opened(empty_database) as roster:
        assert queries.state(roster).revision == 0
    with opening.opened(empty_database) as roster:
        assert list(queries.runs(roster)) == []


def test_several_rosters_are_open_at_once(tmp_path: Path, empty_database: str) -> None:
    with opening.opened(empty_database) as one, opening.opened(str(tmp_path / "deep" / "other.db")) as other:
        assert one.place != other.place
        assert queries.state(one).revision == queries.state(other).revision == 0


def _open(url: str, barrier: "multiprocessing.synchronize.Barrier") -> None:
    barrier.wait()
    with opening.opened(url) as roster:
        assert queries.state(roster).revision == 0


def test_two_processes_make_one_roster(empty_database: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    processes = [context.Process(target=_open, args=(empty_database, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]


def test_a_database_of_something_else_is_left_alone(empty_database: str) -> None:
    if empty_database.startswith("sqlite"):
        connection = sqlite3.connect(empty_database.removeprefix("sqlite:///"))
        connection.execute("create table shop (id integer)")
        connection.close()
    else:
        with psycopg.connect(empty_database) as server:
            server.execute("create table shop (id integer)")
    with (
        pytest.raises(errors.DatabaseError, match="something other than a roster"),
        opening.opened(empty_database),
    ):
        pass


def test_a_roster_of_a_later_edition_is_left_alone(database: str) -> None:
    with opening.opened(database) as roster, roster.connection.cursor() as cursor:
        cursor.execute(
            "insert into django_migrations (app, name, applied) "
            "values ('roster', '9999_later', '2030-01-01 00:00:00+00:00')"
        )
    with pytest.raises(errors.DatabaseError, match=r"later edition .*9999_later"), opening.opened(database):
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("sourcedId,username\n" * 100)
    with (
        pytest.raises(errors.DatabaseError, match=r"users\.csv refused: file is not a database"),
        opening.opened(str(path)),
    ):
        pass
    assert path.read_text().startswith("sourcedId")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "roster.db", tmp_path):
        with (
            pytest.raises(errors.DatabaseError, match="cannot be opened for writing") as caught,
            opening.opened(str(path)),
        ):
            pass
        assert caught.value.hint


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    url = f"postgresql://someone:secret@/roster?host={quote(str(tmp_path), safe='')}"
    with pytest.raises(errors.DatabaseError, match=r"refused: .*No such file") as caught, opening.opened(url):
        pass
    assert "secret" not in repr(caught.value) + repr(caught.value.values)


def test_a_missing_database_is_named(cluster: Cluster) -> None:
    with (
        pytest.raises(errors.DatabaseError, match='"nowhere" does not exist'),
        opening.opened(cluster.url("nowhere")),
    ):
        pass


def test_a_server_that_only_reads_is_refused(cluster: Cluster) -> None:
    with cluster.database("template0") as url:
        read_only = url + "&options=" + quote("-c default_transaction_read_only=on")
        with pytest.raises(errors.DatabaseError, match="can only be read"), opening.opened(read_only):
            pass


def test_a_database_in_another_encoding_is_refused(cluster: Cluster) -> None:
    cluster.execute("create database latin encoding 'LATIN1' locale 'C' template template0")
    with (
        pytest.raises(errors.DatabaseError, match="in LATIN1, not in UTF8"),
        opening.opened(cluster.url("latin")),
    ):
        pass


@pytest.mark.parametrize(
    "url", ["", ":memory:", "mysql://root:secret@host/db", "sqlite://x", "postgresql://a:se%zzcret@h/d"]
)
def test_a_text_that_names_no_database_is_a_usage_error(url: str) -> None:
    with pytest.raises(errors.UsageError) as caught, opening.opened(url):
        pass
    assert "cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/a%20b.db", "/srv/a b.db"),
        ("sqlite:///var/roster.db", str(Path.cwd() / "var" / "roster.db")),
        ("var/100%25.db", str(Path.cwd() / "var" / "100%25.db")),
    ],
)
def test_a_path_is_what_stands_after_the_third_slash(url: str, path: str) -> None:
    assert parsed(url, 1).place == path


def test_a_place_is_shown_without_its_password() -> None:
    address = parsed("postgresql://ann:se%20cret@db.example:5433/roster?sslmode=require", 1)
    assert address.place == "postgresql://ann@db.example:5433/roster"
    assert address.settings["PASSWORD"] == "se cret"


def test_a_new_roster_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "roster.sqlite3"
    with opening.opened(str(path)) as roster, roster.connection.cursor() as cursor:
        files = list(path.parent.iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        cursor.execute("select * from pragma_journal_mode, pragma_synchronous")
        assert cursor.fetchone() == ("wal", 2)


def test_the_migrations_make_the_tables_that_the_entities_ask_for() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cartable.site.settings"}
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, "No changes detected")


def test_importing_the_room_loads_no_django() -> None:
    code = "import sys, cartable.store; print([n for n in sys.modules if n.startswith(('django', 'numpy'))])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_opening_loads_neither_pages_nor_numpy(tmp_path: Path) -> None:
    code = (
        "import sys; from cartable.store import opening\n"
        f"with opening.opened({str(tmp_path / 'r.db')!r}): pass\n"
        f"with opening.opened({str(tmp_path / 'r.db')!r}): pass\n"
        "print([name for name in ('django.urls', 'numpy', 'duckdb', 'psycopg') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
