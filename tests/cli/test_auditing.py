"""`cartable audit`: the chain verified, listed, and a run explained to an auditor."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import words
from tests.cli.deliveries import delivered, school
from tests.cli.test_syncing import said
from tests.reports.test_html import ATTACKS, Parts

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

# What differs from one installation to the next: its key, its salts, the instant when it was made.
SECRETS = re.compile(r"\b[0-9a-f]{64}\b|\"(key|roster)\":\"[^\"]*\"")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A roster on which a plan was held and approved."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("CARTABLE_ACTOR", "ann")
    monkeypatch.setenv("COLUMNS", "140")
    full = school(20)
    full["users.csv"] = full["users.csv"].replace("Zoe", "Mireille")
    delivered(tmp_path / "full", full)
    delivered(tmp_path / "half", school(10))
    said(capsys, "sync", "full")
    said(capsys, "sync", "half")
    said(capsys, "approve", 1, "--by", "bob", "--why", "Mireille has moved")
    said(capsys, "plan", "full", "-o", "again.plan", "--by", "eve")
    return tmp_path


def tampered(place: Path, *statements: str) -> None:
    with sqlite3.connect(place / "roster.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


TAMPERED = (
    "update roster_users set email = 'eve@ecole.fr' where sourced_id = 'P3'",
    "delete from roster_roles where user_sourced_id = 'P19'",
    "update roster_run set actor = 'eve' where number = 2",
    "update roster_runfinding set value = 'x' where number = 1",
    "delete from roster_link where number = 4",
    "update roster_link set actor = 'eve' where number = 3",
    "insert into roster_keep (number, user, class, until, why, author, created, releaser, salt) "
    "values (7, 'P3', '', '2026-12-18', 'stays', 'eve', '2026-11-24', '', 0)",
    "update roster_installation set revision = 9",
)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_chain_reads_well(language: str, place: Path, capsys: Capture, same_as_before: Same) -> None:
    printed = []
    for line in (
        "audit verify",
        "audit log",
        "!",
        "audit verify",
        "audit",
        "audit export 2",
        "audit export 9 -o x",
    ):
        if line == "!":
            tampered(place, *TAMPERED)
            continue
        status, out, err = said(capsys, *line.split(), "--lang", language)
        printed.append(f"$ cartable {line}\n{out}{err}[{status}]\n")
    same_as_before(f"audit.{language}.txt", "\n".join(printed))


def test_programs_are_told_whether_it_is_intact_and_where_it_is_not(place: Path, capsys: Capture) -> None:
    status, printed, _ = said(capsys, "audit", "verify", "--format", "json")
    assert (status, json.loads(printed)) == (
        0,
        {"version": 1, "intact": True, "links": 6, "states": 71, "breaks": []},
    )
    tampered(place, *TAMPERED[:1])
    status, printed, _ = said(capsys, "audit", "verify", "--format", "json")
    told = json.loads(printed)
    assert (status, told["intact"]) == (3, False)
    (found,) = told["breaks"]
    assert (found["code"], found["run"], found["entity"], found["records"]) == (
        "states.altered",
        2,
        "users",
        [["P3"]],
    )
    assert "eve@" not in printed


def test_programs_read_the_links_as_they_are(place: Path, capsys: Capture) -> None:
    links = json.loads(said(capsys, "audit", "log", "--format", "json")[1])["links"]
    assert [(link["number"], link["action"], link["actor"]) for link in links] == [
        (6, "plan", "eve"),
        (5, "apply", "bob"),
        (4, "approve", "bob"),
        (3, "hold", "ann"),
        (2, "apply", "ann"),
        (1, "begin", "ann"),
    ]
    assert [link["previous"] for link in links][:-1] == [link["digest"] for link in links][1:]
    assert links[-1]["previous"] == "0" * 64


def test_a_roster_on_which_nothing_was_done_has_no_chain_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    assert said(capsys, "sync", delivered(tmp_path / "none", {"orgs.csv": "x\n"}))[0] == 2
    status, printed, _ = said(capsys, "audit", "log")
    assert (status, printed) == (0, "The audit chain has not begun: nothing was done yet.\n")
    assert said(capsys, "audit", "verify")[0] == 0


def page(capsys: Capture, *arguments: object) -> str:
    status, printed, _ = said(capsys, "audit", "export", 2, "-o", "run.html", *arguments)
    assert status == 0, printed
    return Path("run.html").read_text(encoding="utf-8")


def data(page: str) -> dict[str, object]:
    found = re.search('<script id="evidence" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    told: dict[str, object] = json.loads(found[1])
    return told


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_file_for_an_auditor_reads_well(
    language: str, place: Path, capsys: Capture, same_as_before: Same
) -> None:
    text = page(capsys, "--lang", language)
    body = text[text.index("<body>") : text.index("<script")]
    same_as_before(f"evidence.{language}.html", SECRETS.sub("…", body))
    assert Path("run.html").stat().st_mode & 0o077 == 0


def test_names_are_shown_to_an_auditor_only_where_that_was_asked_for(place: Path, capsys: Capture) -> None:
    masked, whole = page(capsys), page(capsys, "--with-names")
    for text in ("Mireille", "half"):
        assert text not in masked
        assert text in whole
    assert "Personal data is masked" in masked
    assert "It names people" in whole
    assert (data(masked)["masked"], data(whole)["masked"]) == (True, False)
    # Those who acted answer for it.
    assert all(name in masked for name in ("ann", "bob"))


def test_the_file_explains_the_run_to_a_program(place: Path, capsys: Capture) -> None:
    told = data(page(capsys, "--with-names"))
    assert told["hold"] == {
        "number": 1,
        "status": "approved",
        "planner": "ann",
        "created": "2026-11-24T08:00:00.000000Z",
        "decider": "bob",
        "decided": "2026-11-24T08:00:00.000000Z",
        "why": "Mireille has moved",
    }
    assert (told["run"]["number"], told["run"]["accepted"], told["intact"]) == (2, ["deactivations"], True)
    assert [link["number"] for link in told["links"]] == [2, 3, 4, 5, 6]
    # Ten pupils and their roles are gone, and ten have another name.
    assert (len(told["records"]), told["omitted"], told["findings"]) == (30, 0, {"shift.rows": 2})


def test_who_has_the_file_alone_can_compute_its_digests_again(place: Path, capsys: Capture) -> None:
    text = page(capsys)
    program = Parts(text).text
    program = program[program.index("python3 - FILE") : program.index("\nEND") + 5]

    def computed() -> list[str]:
        command = program.replace("python3", sys.executable).replace("FILE", "run.html")
        return subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, check=True
        ).stdout.split("\n")

    assert computed()[:-1] == [f"link {number} sound" for number in (2, 3, 4, 5, 6)]
    Path("run.html").write_text(text.replace('"actor": "bob"', '"actor": "eve"'), encoding="utf-8")
    assert computed()[:-1] == [
        f"link {number} {'ALTERED' if number in (4, 5) else 'sound'}" for number in (2, 3, 4, 5, 6)
    ]


def test_a_run_of_a_broken_chain_is_exported_with_what_is_broken(place: Path, capsys: Capture) -> None:
    tampered(place, "update roster_link set actor = 'eve' where number = 5")
    text = page(capsys)
    assert "Link 5 was altered: its contents do not give its digest." in text
    assert data(text)["intact"] is False


def test_no_value_becomes_markup_and_nothing_runs(place: Path, capsys: Capture) -> None:
    ordinary = Parts(page(capsys))
    rows = "".join(f'P{n},"{value}","{value}",\n' for n, value in enumerate(ATTACKS, 50) if "\0" not in value)
    hostile = school(20)
    hostile["users.csv"] += rows
    said(
        capsys,
        "sync",
        delivered(place / "<b onclick=alert(1)>", hostile),
        "--accept",
        "additions",
        "--by",
        "</script><script>alert(1)",
    )
    status, _, _ = said(capsys, "audit", "export", 3, "-o", "hostile.html", "--with-names")
    assert status == 0
    text = Path("hostile.html").read_text(encoding="utf-8")
    parts = Parts(text)
    assert parts.names <= ordinary.names
    assert parts.attributes <= ordinary.attributes
    assert all(link.startswith("#") for link in parts.links)
    assert text.count("</script>") == 1
    policy = re.search('Content-Security-Policy" content="(.*?)"', text)
    assert policy
    assert "script-src" not in policy[1]
    assert policy[1].startswith("default-src &#39;none&#39;; style-src")
