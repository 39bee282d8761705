"""`cartable clients add`, `list`, `rotate`, `revoke` and `log`: what they print, and what they refuse."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import CLEAN, delivered

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

SCHOOLS = {
    **CLEAN,
    "orgs.csv": "sourcedId,name,type,parentSourcedId\nD1,District,district,\nS1,École Jean Moulin,school,D1\n"
    "ZOLA-0042,École Zola,school,D1\n",
}


@pytest.fixture(autouse=True)
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roster with two schools of a district."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    monkeypatch.setenv("CARTABLE_ACTOR", "anne")
    monkeypatch.setenv("TZ", "UTC")
    assert main(["sync", str(delivered(tmp_path / "delivery", SCHOOLS))]) == 0
    return tmp_path / "roster.db"


def said(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command."""
    capsys.readouterr()
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def done(capsys: Capture, *arguments: str) -> str:
    """What a command says that succeeds."""
    status, printed, told = said(capsys, *arguments)
    assert status == 0, told
    return printed


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_clients_read_well(language: str, capsys: Capture, same_as_before: Same) -> None:
    evening = (
        ("clients", "list"),
        ("clients", "add", "Moodle", "--org", "S1", "--field", "phones", "--rate", "1"),
        ("clients", "add", "Notes", "--service", "gradebook", "--url", "https://cartable.example/"),
        ("clients", "rotate", "Moodle"),
        ("clients", "revoke", "Notes"),
        ("clients", "list"),
        ("clients", "log"),
        ("audit", "log"),
    )
    printed = []
    for arguments in evening:
        out = done(capsys, *arguments, "--lang", language)
        printed.append(f"$ cartable {' '.join(arguments)}\n{out}")
    told = re.sub(r"\b[A-Za-z0-9]{43}\b", "<secret>", "\n".join(printed))
    same_as_before(f"clients.{language}.txt", re.sub(r"\b[A-Za-z0-9]{24}\b", "<id>", told))


def test_a_program_gets_all_that_it_needs_to_call(capsys: Capture) -> None:
    printed = done(
        capsys, "clients", "add", "Moodle", "--url", "https://cartable.example", "--format", "json"
    )
    added = json.loads(printed)
    assert (len(added["client_id"]), len(added["client_secret"])) == (24, 43)
    assert added["token_url"] == "https://cartable.example/oauth2/token"
    rotated = json.loads(done(capsys, "clients", "rotate", added["client_id"], "--format", "json"))
    assert rotated["client_id"] == added["client_id"]
    assert rotated["client_secret"] != added["client_secret"]
    assert rotated["token_url"] == "http://127.0.0.1:8000/oauth2/token"


def test_the_environment_says_where_the_server_is(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTABLE_URL", "https://cartable.example:8443")
    printed = done(capsys, "clients", "add", "Moodle", "--format", "json")
    assert json.loads(printed)["token_url"] == "https://cartable.example:8443/oauth2/token"


def test_what_is_not_named_is_not_given(capsys: Capture) -> None:
    done(capsys, "clients", "add", "plain")
    done(capsys, "clients", "add", "people", "--field", "birthDates")
    done(
        capsys, "clients", "add", "grades", "--scope", "gradebook.createput", "--scope", "gradebook.readonly"
    )
    done(capsys, "clients", "add", "books", "--service", "resources")
    listed = json.loads(done(capsys, "clients", "list", "--format", "json"))["clients"]
    scopes = [{scope.rpartition("/")[2] for scope in client["scopes"]} for client in listed]
    assert scopes == [
        {"roster-core.readonly", "roster.readonly"},
        {"roster-core.readonly", "roster.readonly", "roster-demographics.readonly"},
        {"gradebook.createput", "gradebook.readonly"},
        {"resource.readonly", "resource-core.readonly"},
    ]
    assert [client["services"] for client in listed] == [
        ["rostering"], ["rostering"], ["gradebook"], ["resources"],
    ]  # fmt: skip
    assert {client["rate"] for client in listed} == {6000}


def test_an_organisation_may_be_named_as_people_call_it(capsys: Capture) -> None:
    done(capsys, "clients", "add", "Moodle", "--org", "école zola", "--org", "ZOLA-0042", "--org", "S1")
    (client,) = json.loads(done(capsys, "clients", "list", "--format", "json"))["clients"]
    assert client["organisations"] == ["S1", "ZOLA-0042"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--org", "ZOLLA-0042"),
            "There is no organisation ZOLLA-0042 in the roster. Did you mean ZOLA",
        ),
        (("--scope", "roster.readonl"), "There is no scope roster.readonl. Did you mean roster.readonly?"),
        (("--scope", "everything"), "There is no scope everything. There are: roster-core.readonly, "),
        (("--field", "phone"), "There is no group of fields phone. Did you mean phones?"),
        (("--service", "rosters"), "There is no service rosters. Did you mean rostering?"),
        (("--rate", "-1"), "--rate takes a whole number from 0 up."),
        (("--url", "cartable.example"), "cartable.example is no address of a server."),
        (("--url", "https://a:b@c"), "https://a:b@c is no address of a server."),
        (("--url", "https://c:port"), "https://c:port is no address of a server."),
    ],
)
def test_what_is_not_there_is_refused_with_what_is_near(
    options: tuple[str, ...], message: str, capsys: Capture
) -> None:
    status, printed, told = said(capsys, "clients", "add", "Moodle", *options)
    assert (status, printed) == (64, "")
    assert told.startswith(message)
    assert done(capsys, "clients", "list").startswith("There is no client")


@pytest.mark.parametrize("name", ["", "  ", "\x1b[31mred", "two\nlines"])
def test_a_client_needs_a_name_that_can_be_read(name: str, capsys: Capture) -> None:
    assert said(capsys, "clients", "add", name)[0] == 64


def test_names_are_data_and_never_sql(capsys: Capture) -> None:
    name = "Robert'); drop table access_client; --"
    done(capsys, "clients", "add", name)
    assert said(capsys, "clients", "revoke", "x' or '1'='1")[0] == 64
    done(capsys, "clients", "revoke", name)
    (client,) = json.loads(done(capsys, "clients", "list", "--format", "json"))["clients"]
    assert (client["name"], client["state"]) == (name, "revoked")


def test_a_name_is_free_again_when_its_client_is_revoked(capsys: Capture) -> None:
    done(capsys, "clients", "add", "Moodle")
    status, _, told = said(capsys, "clients", "add", "Moodle")
    assert (status, told.startswith("There is a client Moodle already.")) == (64, True)
    done(capsys, "clients", "revoke", "Moodle")
    done(capsys, "clients", "add", "Moodle")
    listed = json.loads(done(capsys, "clients", "list", "--format", "json"))["clients"]
    assert [(client["number"], client["state"]) for client in listed] == [(1, "revoked"), (2, "active")]


def test_who_is_not_there_is_neither_rotated_nor_revoked(capsys: Capture) -> None:
    done(capsys, "clients", "add", "Moodle")
    for command in ("rotate", "revoke", "log"):
        status, _, told = said(capsys, "clients", command, "Moodel")
        assert (status, told) == (64, "There is no client Moodel. Did you mean Moodle?\n")
    done(capsys, "clients", "revoke", "Moodle")
    for command in ("rotate", "revoke"):
        status, _, told = said(capsys, "clients", command, "Moodle")
        assert (status, told.startswith("The client Moodle was revoked already.")) == (64, True)


def test_the_list_is_a_table_too(capsys: Capture) -> None:
    done(capsys, "clients", "add", "Moodle", "--org", "S1", "--org", "ZOLA-0042")
    (row,) = csv.DictReader(io.StringIO(done(capsys, "clients", "list", "--format", "csv"), newline=""))
    assert (row["name"], row["organisations"], row["by"]) == ("Moodle", "S1 ZOLA-0042", "anne")


def test_without_a_roster_there_are_no_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "nowhere.db"))
    for command in (("add", "Moodle"), ("list",), ("log",)):
        status, _, told = said(capsys, "clients", *command)
        assert (status, told.startswith("There is no roster at ")) == (69, True)
