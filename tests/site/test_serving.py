"""`cartable serve`: how it begins, whom it answers, how it ends, what it leaves behind."""

import json
import shutil
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartable import words
from cartable.cli import main
from cartable.store import opening
from tests.cli.deliveries import CLEAN, delivered
from tests.servers import Server, ended, free_port, served, started

Capture = pytest.CaptureFixture[str]


def added(database: str, capsys: Capture, name: str = "Moodle", *options: str) -> tuple[str, str]:
    """Id and secret of a new client."""
    capsys.readouterr()
    assert main(["clients", "add", name, *options, "--format", "json", "--database", database]) == 0
    printed = json.loads(capsys.readouterr().out)
    return printed["client_id"], printed["client_secret"]


def log_of(database: str, capsys: Capture) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["clients", "log", "--format", "json", "--database", database]) == 0
    entries: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["entries"]
    return entries


@pytest.fixture
def empty(tmp_path: Path, sqlite_template: Path) -> Path:
    """An empty roster."""
    return Path(shutil.copy(sqlite_template, tmp_path / "roster.db"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test puts a small roster, for the others."""
    return tmp_path_factory.mktemp("small")


@pytest.fixture
def roster(made: Path, tmp_path: Path) -> Path:
    """A small roster."""
    if not any(made.iterdir()):
        database = str(made / "roster.db")
        assert main(["sync", str(delivered(made / "delivery", CLEAN)), "--database", database]) == 0
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "roster.db"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_one_line_says_where_it_listens(language: str, empty: Path) -> None:
    with served(str(empty), "--workers", "1", LC_ALL=language) as server:
        listens = {
            "en": "Cartable listens at {}; Ctrl+C ends it.",
            "fr": "Cartable écoute à {}\N{NARROW NO-BREAK SPACE}; Ctrl+C l’arrête.",
        }
        assert server.said == listens[language].format(f"http://127.0.0.1:{server.port}") + "\n"
        assert server.ask("GET", "/").status == 404


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_it_is_told_to(with_signal: int, empty: Path) -> None:
    process = started(str(empty), free_port(), "--workers", "2")
    assert process.stdout
    process.stdout.readline()
    assert ended(process, with_signal) == (0, "", "")


def test_no_process_outlives_the_server(empty: Path) -> None:
    port = free_port()
    process = started(str(empty), port, "--workers", "2")
    assert process.stdout
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=30)

    def call_for_ever() -> None:
        while True:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()

    with pytest.raises(ConnectionRefusedError):
        call_for_ever()


def test_a_new_roster_is_all_set_up(empty_database: str, capsys: Capture) -> None:
    with served(empty_database, "--workers", "1") as server:
        client = added(empty_database, capsys)
        assert server.token(*client).status == 200


def test_a_port_that_is_taken_is_named(empty: Path, tmp_path: Path) -> None:
    with served(str(empty), "--workers", "1") as server:
        second = started(str(tmp_path / "other.db"), server.port)
        said, told = second.communicate(timeout=30)
        assert (second.returncode, said) == (74, "")
        assert told.startswith(
            f"Cartable cannot listen at 127.0.0.1, port {server.port}: Address already in use."
        )
        # What was there goes on.
        assert server.ask("GET", "/").status == 404


@pytest.mark.parametrize(
    "options", [("--port", "0"), ("--port", "65536"), ("--port", "http"), ("--workers", "0")]
)
def test_an_option_that_makes_no_sense_is_refused(options: tuple[str, str], tmp_path: Path) -> None:
    assert main(["serve", *options, "--database", str(tmp_path / "roster.db")]) == 64
    assert not (tmp_path / "roster.db").exists()


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    assert main(["serve", "--host", "192.0.2.1", "--database", str(tmp_path / "roster.db")]) == 74
    assert main(["serve", "--host", "nowhere.invalid", "--database", str(tmp_path / "roster.db")]) == 74


def test_a_lost_key_is_told_before_anything_is_served(roster: Path) -> None:
    database = roster
    (roster.parent / "roster.db.vault" / "key").unlink()
    assert main(["serve", "--port", str(free_port()), "--database", str(database)]) == 69


def test_whatever_is_asked_is_answered_in_json(empty: Path) -> None:
    with served(str(empty), "--workers", "1") as server:
        for path in (
            "/",
            "/oauth2",
            "/oauth2/token/",
            "/admin/",
            "/../etc/passwd",
            "/%00",
            "/%C3%A9",
            "/?a=%ff",
        ):
            answer = server.ask("GET", path)
            assert (answer.status, answer.json) == (404, {"error": "not_found"})
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in answer.headers


def test_only_by_its_own_names_it_is_called(empty: Path) -> None:
    names = ("--url", "https://cartable.example/", "--allowed-host", "other.example")
    with served(str(empty), "--workers", "1", *names) as server:
        for name in ("localhost", "127.0.0.1:8000", "cartable.example", "other.example"):
            assert server.ask("GET", "/", headers={"Host": name}).status == 404
        for name in ("evil.example", "cartable.example.evil", "a/b", ""):
            assert server.ask("GET", "/", headers={"Host": name}).status == 400
        # Headers of a proxy that nobody trusts mean nothing.
        assert server.ask("GET", "/", headers={"X-Forwarded-Host": "evil.example"}).status == 404


def test_guesses_are_counted_by_the_address_that_a_trusted_proxy_tells(roster: Path, capsys: Capture) -> None:
    database = str(roster)
    client, secret = added(database, capsys)

    def guess(server: Server, address: str) -> int:
        return server.token(client, "wrong", {"X-Forwarded-For": address}).status

    with served(database, "--workers", "1", "--trusted-proxy", "127.0.0.1") as server:
        assert [guess(server, "192.0.2.7") for _ in range(11)] == [*[401] * 10, 429]
        assert server.token(client, secret, {"X-Forwarded-For": "192.0.2.7"}).status == 429
        # The nearest address counts, not what whoever calls has written before it.
        assert guess(server, "192.0.2.9, 192.0.2.7") == 429
        assert server.token(client, secret, {"X-Forwarded-For": "192.0.2.8"}).status == 200
    with served(database, "--workers", "1") as server:
        assert [guess(server, f"192.0.2.{number}") for number in range(11)] == [*[401] * 10, 429]


def test_guesses_at_many_clients_are_counted_too(empty: Path) -> None:
    with served(str(empty), "--workers", "2") as server:
        statuses = [server.token(f"nobody{number}", "wrong").status for number in range(52)]
        assert statuses == [*[401] * 50, 429, 429]


def test_who_sends_the_right_secret_is_no_guesser(roster: Path, capsys: Capture) -> None:
    database = str(roster)
    client, secret = added(database, capsys)
    with served(database, "--workers", "2") as server:
        for _ in range(3):
            assert [server.token(client, "wrong").status for _ in range(9)] == [401] * 9
            assert server.token(client, secret).status == 200


def test_tokens_are_logged_and_nothing_is_lost_at_the_end(roster: Path, capsys: Capture) -> None:
    database = str(roster)
    client = added(database, capsys)
    with served(database, "--workers", "2") as server:
        for _ in range(25):
            assert server.token(*client).status == 200
    entries = log_of(database, capsys)
    assert sum(entry["calls"] for entry in entries) == 25
    assert {(entry["client"], entry["action"]) for entry in entries} == {("Moodle", "token")}
    main(["clients", "list", "--format", "json", "--database", database])
    assert json.loads(capsys.readouterr().out)["clients"][0]["used"] == entries[0]["moment"]


def test_the_access_log_is_kept_for_as_long_as_one_says(roster: Path, capsys: Capture) -> None:
    database = str(roster)
    client = added(database, capsys)
    with opening.opened(database) as roster:
        from cartable.access.models import Entry

        for days in (20, 40, 400):
            moment = datetime.now(UTC) - timedelta(days=days)
            Entry._default_manager.using(roster.alias).create(
                client=1, moment=moment, action="read", collection="users", calls=1, rows=days
            )
    for options, left in (((), [20, 40]), (("--log-days", "30"), [20])):
        with served(database, "--workers", "1", *options) as server:
            assert server.token(*client).status == 200
        entries = log_of(database, capsys)
        assert sorted(entry["rows"] for entry in entries if entry["action"] == "read") == left


def test_no_client_waits_for_a_sync(roster: Path, capsys: Capture) -> None:
    database = roster
    client = added(str(database), capsys)
    with served(str(database), "--workers", "1") as server:
        writer = sqlite3.connect(database, isolation_level=None)
        writer.execute("begin immediate")
        begun = time.monotonic()
        assert server.token(*client).status == 200
        assert time.monotonic() - begun < 5
        writer.execute("rollback")
        writer.close()
    assert len(log_of(str(database), capsys)) == 1


def test_clients_keep_working_after_a_restore(database: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["sync", str(delivered(tmp_path / "delivery", CLEAN)), "--database", database]) == 0
    client = added(database, capsys, "Moodle", "--org", "S1", "--field", "phones")
    with served(database, "--workers", "1") as server:
        assert server.token(*client).status == 200
    assert main(["backup", str(tmp_path / "backup"), "--database", database]) == 0
    restored = str(tmp_path / "restored" / "roster.db")
    assert main(["restore", str(tmp_path / "backup"), "--database", restored]) == 0
    assert main(["audit", "verify", "--database", restored]) == 0
    assert log_of(restored, capsys) == log_of(database, capsys) != []
    with served(restored, "--workers", "1") as server:
        assert server.token(*client).status == 200


def test_many_at_once_are_all_answered(roster: Path, capsys: Capture) -> None:
    database = str(roster)
    client = added(database, capsys, "Moodle", "--rate", "100")
    statuses: list[int] = []

    def ask(server: Server) -> Callable[[], None]:
        return lambda: statuses.extend(server.token(*client).status for _ in range(20))

    with served(database, "--workers", "2") as server:
        callers = [threading.Thread(target=ask(server)) for _ in range(6)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    # Not one more than the rate, whichever process answered.
    assert (statuses.count(200), statuses.count(429)) == (100, 20)
