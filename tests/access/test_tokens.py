"""The token endpoint of a running server, on both databases, and what is made of the tokens."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cartable.access import counting, credentials
from cartable.cli import main
from cartable.model.entities import ENTITIES
from cartable.model.types import FieldType, Sensitivity
from cartable.store.vault import vault_of
from tests.cli.deliveries import CLEAN, delivered
from tests.servers import Answer, Server, basic_of

Add = Callable[..., dict[str, Any]]

V1, V2 = (f"https://purl.imsglobal.org/spec/or/{version}/scope/" for version in ("v1p1", "v1p2"))
READING = {f"{before}{name}" for before in (V1, V2) for name in ("roster-core.readonly", "roster.readonly")}


def pair(added: dict[str, Any]) -> tuple[str, str]:
    return added["client_id"], added["client_secret"]


def bearer(answer: Answer) -> str:
    return f"Bearer {answer.json['access_token']}"


def asked(server: Server, tmp_path: Path, *tokens: str) -> list[dict[str, Any]]:
    """What the web application makes of these headers."""
    counters = tmp_path / "counters"
    if not counters.exists():
        counting.make(counters)
    served = {
        "database": server.database,
        "url": "http://x",
        "hosts": [],
        "proxies": [],
        "counters": str(counters),
        "pulls": str(counters),
        "log_days": 365,
    }
    asking = subprocess.run(
        [sys.executable, "-m", "tests.access.asking"],
        input=json.dumps({"served": served, "tokens": tokens}),
        capture_output=True,
        text=True,
        check=True,
    )
    told: list[dict[str, Any]] = json.loads(asking.stdout)
    return told


def test_a_client_gets_a_token_for_an_hour(server: Server, add: Add) -> None:
    answer = server.token(*pair(add()))
    assert answer.status == 200
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "application/json",
        "no-store",
    )
    told = answer.json
    assert (told["token_type"], told["expires_in"], type(told["expires_in"])) == ("Bearer", 3600, int)
    assert set(told["scope"].split()) == READING
    assert "refresh_token" not in told


def test_every_way_of_sending_id_and_secret_is_taken(server: Server, add: Add) -> None:
    client, secret = pair(add())
    encoded = "".join(f"%{ord(letter):02X}" for letter in client), "".join(f"%{ord(c):02x}" for c in secret)
    ways = (
        server.token(client, secret),
        server.token(client_id=client, client_secret=secret),
        server.token(headers={"Authorization": basic_of(f"{quote(client)}:{quote(secret)}")}),
        server.token(headers={"Authorization": basic_of(":".join(encoded))}),
        server.token(headers={"Authorization": basic_of(f"{client}:{secret}").replace("Basic", "basic")}),
        server.token(client, secret, client_id=client),
    )
    assert [answer.status for answer in ways] == [200] * 6


def test_ids_and_secrets_need_no_encoding(server: Server, add: Add) -> None:
    for text in pair(add()):
        assert text.isascii()
        assert text.isalnum()
        assert quote(text, safe="") == text


def test_a_body_in_pieces_is_read(server: Server, add: Add) -> None:
    client, secret = pair(add())
    pieces = iter([b"grant_type=client", b"_credentials"])
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = {**kind, "Authorization": basic_of(f"{client}:{secret}")}
    assert server.ask("POST", "/oauth2/token", pieces, headers).status == 200


def test_of_what_is_asked_for_the_client_gets_what_it_has(server: Server, add: Add) -> None:
    client, secret = pair(add())
    wanted = f"{V1}roster.readonly {V2}gradebook.readonly openid"
    assert server.token(client, secret, scope=wanted).json["scope"] == f"{V1}roster.readonly"
    assert set(server.token(client, secret, scope="").json["scope"].split()) == READING
    for nothing in ("openid", f"{V2}gradebook.readonly", "roster.readonly", "é'--"):
        refused = server.token(client, secret, scope=nothing)
        assert (refused.status, refused.json["error"]) == (400, "invalid_scope")


def test_what_is_wrong_is_said_as_the_standard_says_it(server: Server, add: Add) -> None:
    client, secret = pair(add())
    wrong = {
        "secret": server.token(client, secret[:-1]),
        "client": server.token("nobody", secret),
        "nothing": server.token(),
        "header": server.token(headers={"Authorization": "Basic !!!"}),
        "bytes": server.token(headers={"Authorization": "Basic //79"}),
        "colon": server.token(headers={"Authorization": basic_of(client)}),
        "nul": server.token(client_id="\x00", client_secret="\x00"),
        "sql": server.token("' or '1'='1", "' or '1'='1"),
    }
    for name, answer in wrong.items():
        assert (answer.status, answer.json["error"]) == (401, "invalid_client"), name
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["cache-control"] == "no-store"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for answer, error in (
        (server.token(client, secret, grant_type="password"), "unsupported_grant_type"),
        (server.token(client, secret, grant_type="authorization_code"), "unsupported_grant_type"),
        (server.token(client, secret, grant_type=""), "invalid_request"),
        (server.ask("POST", "/oauth2/token", b"%zz%&=&;", kind), "invalid_request"),
        (server.ask("POST", "/oauth2/token", b"\xff\x00", kind), "invalid_request"),
        (server.ask("POST", "/oauth2/token", b"{}", {"Content-Type": "application/json"}), "invalid_request"),
        (server.ask("POST", "/oauth2/token", b"a=1&" * 200, kind), "invalid_request"),
    ):
        assert (answer.status, answer.json["error"]) == (400, error)


def test_other_methods_and_long_bodies_are_refused_in_json(server: Server) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = server.ask(method, "/oauth2/token")
        assert (answer.status, answer.headers["allow"], answer.json["error"]) == (
            405,
            "POST",
            "invalid_request",
        )
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.ask("POST", "/oauth2/token", b"a" * 20_000, kind).status == 413
    assert server.ask("POST", "/oauth2/token", iter([b"a" * 20_000] * 10), kind).status == 413
    # What a length claims is not waited for.
    claimed = server.ask("POST", "/oauth2/token", b"", {**kind, "Content-Length": "99999999999"})
    assert claimed.status in (400, 413)


def test_several_tokens_of_a_client_hold_at_once(server: Server, add: Add, tmp_path: Path) -> None:
    client, secret = pair(add())
    tokens = [bearer(server.token(client, secret)) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert [told["statements"] for told in asked(server, tmp_path, *tokens) if "refused" not in told] == [
        1
    ] * 3


def test_a_token_tells_what_its_client_was_given(server: Server, add: Add, tmp_path: Path) -> None:
    everything = add(
        *("--scope", "roster.readonly", "--scope", f"{V2}gradebook.readonly", "--org", "S1"),
        *("--field", "phones", "--field", "birthDates"),
    )
    answer = server.token(*pair(everything), scope=f"{V1}roster.readonly")
    (told,) = asked(server, tmp_path, bearer(answer))
    assert told["scopes"] == [f"{V1}roster.readonly"]
    assert (told["organisations"], told["fields"]) == (["S1"], ["birthDates", "phones"])
    assert told["services"] == ["gradebook", "rostering"]
    assert "userFlags.flag" in told["hidden"]
    assert "demographics.sex" in told["hidden"]
    assert not {"users.phone", "users.sms", "demographics.birthDate", "users.email"} & set(told["hidden"])


def test_nobody_gives_a_client_sensitive_fields_unasked(server: Server, add: Add, tmp_path: Path) -> None:
    (told,) = asked(server, tmp_path, bearer(server.token(*pair(add()))))
    special = {
        f"{entity.name}.{field.name}"
        for entity in ENTITIES
        for field in entity.fields
        if field.sensitivity is Sensitivity.SPECIAL or field.type is FieldType.PHONE
    }
    assert special
    assert {*special, "demographics.birthDate", "demographics.sex"} <= set(told["hidden"])
    assert (told["organisations"], told["fields"], told["services"]) == ([], [], ["rostering"])


def test_a_token_ends_with_its_hour(server: Server, add: Add, tmp_path: Path) -> None:
    client = add()["client"]["number"]
    seal = vault_of(server.database).existing_seal()
    old = credentials.token(client, "0" * 64, (), time.time() - credentials.LIFETIME - 1, seal)
    assert asked(server, tmp_path, f"Bearer {old}") == [{"refused": "expired", "statements": 0}]


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_a_token_ends_with_the_secret_that_it_was_got_with(
    command: str, server: Server, add: Add, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added = add()
    token, other = bearer(server.token(*pair(added))), bearer(server.token(*pair(add())))
    assert main(["clients", command, added["client_id"], "--database", server.database]) == 0
    told = asked(server, tmp_path, token, other)
    assert told[0] == {"refused": "revoked", "statements": 1}
    assert "refused" not in told[1]
    assert server.token(*pair(added)).status == 401


def test_what_is_no_token_costs_no_statement(server: Server, add: Add, tmp_path: Path) -> None:
    token = server.token(*pair(add())).json["access_token"]
    content, _, signature = token.partition(".")
    foreign = credentials.token(
        1, "0" * 64, (), time.time(), type(vault_of(server.database).existing_seal())(b"k" * 32)
    )
    told = asked(
        server, tmp_path, "", "Bearer", "Bearer ", f"Basic {token}", f"Bearer {content}",
        f"Bearer {content}.",
        f"Bearer .{signature}", f"Bearer {content[:-2]}.{signature}", f"Bearer {token}x", f"Bearer {foreign}",
        "Bearer é", "Bearer " + "a" * 100_000, "Bearer ' or 1=1 --",
    )  # fmt: skip
    assert {one["refused"] for one in told} == {"missing", "unknown"}
    assert {one["statements"] for one in told} == {0}


def test_a_client_that_calls_too_often_waits(server: Server, add: Add, tmp_path: Path) -> None:
    added = add("--rate", "3")
    token = bearer(server.token(*pair(added)))
    told = asked(server, tmp_path, *[token] * 5)
    assert [one.get("refused") for one in told] == [None, None, None, "too many", "too many"]
    assert 1 <= told[3]["seconds"] <= 60
    # Both processes of the server count together.
    answers = [server.token(*pair(added)) for _ in range(8)]
    assert [answer.status for answer in answers] == [200, 200, *[429] * 6]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


def test_without_a_limit_a_client_calls_as_often_as_it_likes(
    server: Server, add: Add, tmp_path: Path
) -> None:
    token = bearer(server.token(*pair(add("--rate", "0"))))
    assert not [one for one in asked(server, tmp_path, *[token] * 50) if "refused" in one]


def test_secrets_and_tokens_are_kept_nowhere(
    server: Server, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    added = add()
    token = server.token(*pair(added)).json["access_token"]
    vault = vault_of(server.database).directory
    files = [file for file in vault.rglob("*") if file.is_file()]
    if server.database.startswith("sqlite"):
        path = Path(server.database.removeprefix("sqlite:///"))
        files += [file for file in path.parent.glob("roster*") if file.is_file()]
    kept = b"".join(file.read_bytes() for file in files)
    assert added["client_secret"].encode() not in kept
    assert token.encode() not in kept
    assert main(["clients", "list", "--format", "json", "--database", server.database]) == 0
    assert added["client_secret"] not in capsys.readouterr().out


def test_the_chain_tells_of_clients_and_stays_intact(
    server: Server, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    added = add()
    main(["clients", "rotate", added["client_id"], "--database", server.database])
    main(["clients", "revoke", added["client_id"], "--database", server.database])
    capsys.readouterr()
    assert main(["audit", "verify", "--database", server.database]) == 0
    assert main(["audit", "log", "--database", server.database]) == 0
    number = added["client"]["number"]
    said = capsys.readouterr().out
    for told in ("was added", "got a new secret", "was revoked"):
        assert f"API client {number} {told}." in said


def test_an_organisation_stays_the_clients_under_another_identifier(
    server: Server, add: Add, tmp_path: Path
) -> None:
    token = bearer(server.token(*pair(add("--org", "S1"))))
    for identifier in ("S9", "S1"):
        renamed = {name: text.replace("S1,", f"{identifier},") for name, text in CLEAN.items()}
        night = delivered(tmp_path / identifier, renamed)
        assert main(["sync", str(night), "--database", server.database]) == 0
        assert asked(server, tmp_path, token)[0]["organisations"] == [identifier]


# Last: it locks this machine's address out of one client, and nearly of all.
def test_whoever_guesses_is_locked_out(server: Server, add: Add) -> None:
    guessed, other = pair(add()), pair(add())
    statuses = [server.token(guessed[0], f"wrong{number}").status for number in range(12)]
    assert statuses == [*[401] * 10, 429, 429]
    locked = server.token(*guessed)
    assert (locked.status, locked.json["error"]) == (429, "temporarily_unavailable")
    assert 800 <= int(locked.headers["retry-after"]) <= 900
    assert server.token(*other).status == 200
