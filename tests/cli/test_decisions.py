"""`cartable keep`, `keeps`, `pin`, `pins` and `release`, and what plans and runs tell of them."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
from cartable.reports.schema import report_schema
from tests.cli.deliveries import CLEAN, delivered

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

SCHOOL = {
    **CLEAN,
    "users.csv": "sourcedId,username,givenName,email\nT1,anne.roux,Anne,\nP1,leo.petit,Léo,leo@ecole.fr\n"
    "P2,zoe.roy,Zoé,zoe@ecole.fr\nP3,lou.roy,Lou,\nP4,max.roy,Max,\nP5,eve.roy,Ève,\n",
    "roles.csv": "userSourcedId,orgSourcedId,role\nT1,S1,principal\n"
    + "".join(f"P{number},S1,student\n" for number in range(1, 6)),
    "classes.csv": "sourcedId,orgSourcedId,title\nK1,S1,7A\n",
    "enrollments.csv": "classSourcedId,userSourcedId,role\n"
    + "".join(f"K1,P{number},student\n" for number in range(1, 6)),
}
# P1 and the principal are gone but for a role that she never had, the class too; P2 has another address.
NIGHT = {
    **SCHOOL,
    "users.csv": SCHOOL["users.csv"].replace("P1,leo.petit,Léo,leo@ecole.fr\n", "").replace("zoe@", "z.roy@"),
    "roles.csv": SCHOOL["roles.csv"].replace("P1,S1,student\n", "").replace("principal", "student"),
    "classes.csv": "sourcedId,orgSourcedId,title\nK2,S1,7B\n",
    "enrollments.csv": SCHOOL["enrollments.csv"].replace("K1,P1,student\n", "").replace("K1", "K2"),
}
WHY = ("--why", "moves house in December")


@pytest.fixture(autouse=True)
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roster with the school in it; the principal is protected."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    monkeypatch.setenv("CARTABLE_ACTOR", "anne")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "140")
    delivered(tmp_path / "monday", SCHOOL)
    assert main(["sync", "monday"]) == 0
    delivered(tmp_path / "tuesday", NIGHT)
    return tmp_path / "roster.db"


def protect(roster: Path) -> None:
    vault = roster.with_name("roster.db.vault")
    vault.mkdir(exist_ok=True)
    text = '[[protected]]\nrole = "principal"\nwhy = "Principals stay"\n'
    (vault / "protected.toml").write_text(text)


def said(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command."""
    capsys.readouterr()
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def done(capsys: Capture, *arguments: object) -> str:
    """What a command says that succeeds."""
    status, printed, told = said(capsys, *arguments)
    assert status == 0, told
    return printed


def decided(roster: Path, capsys: Capture) -> None:
    """A keep, a pin and a protection."""
    protect(roster)
    done(capsys, "keep", "P1", "--class", "K1", "--until", "2026-12-18", *WHY)
    done(capsys, "pin", "users", "P2", "email", "zoe.roy@ecole.fr", "--why", "married", "--apply")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_decisions_read_well(language: str, roster: Path, capsys: Capture, same_as_before: Same) -> None:
    protect(roster)
    evening = (
        ("keep", "P1", "--class", "K1", "--until", "2026-12-18", *WHY),
        ("keep", "P3", "--until", "2026-11-30", "--why", "x"),
        ("pin", "users", "P2", "email", "zoe.roy@ecole.fr", "--why", "married"),
        ("pin", "users", "P2", "email", "zoe.roy@ecole.fr", "--why", "married", "--apply"),
        ("pin", "classes", "K1", "title", "--why", "as the school says", "--apply"),
        ("plan", "tuesday"),
        ("sync", "tuesday"),
        ("release", "keep", "2"),
        ("release", "pin", "2"),
        ("keeps",),
        ("pins",),
        ("runs",),
        ("runs", "show", "2"),
        ("runs", "show", "4"),
    )
    printed = []
    for arguments in evening:
        out = done(capsys, *arguments, "--lang", language)
        printed.append(f"$ cartable {' '.join(arguments)}\n{out}")
    # Instants are the clock's.
    dated = re.compile(r"[A-Z]?\w+\.? \d+, \d{4},\s\d+:\d\d:\d\d\s[AP]M|\d+ \S+ \d{4}, \d\d:\d\d:\d\d")
    told = dated.sub("<instant>", "\n".join(printed))
    same_as_before(f"decisions.{language}.txt", told)


def test_a_report_for_programs_lists_what_stays(roster: Path, capsys: Capture) -> None:
    decided(roster, capsys)
    for command in (("plan", "tuesday"), ("sync", "tuesday"), ("runs", "show", "3")):
        report: Any = json.loads(said(capsys, *command, "--format", "json")[1])
        if "input" in report:
            jsonschema.validate(report, json.loads(report_schema()))
        kept = [
            (one["entity"], one["key"], one["reason"], one["keep"], one["line"]) for one in report["kept"]
        ]
        assert kept == [
            ("classes", ["K1"], "until", 1, None),
            ("enrollments", ["K1", "P1", "student"], "until", 1, None),
            ("roles", ["P1", "S1", "student", ""], "until", 1, None),
            ("roles", ["T1", "S1", "principal", ""], "protected", None, None),
            ("roles", ["T1", "S1", "student", ""], "protected", None, 2),
            ("users", ["P1"], "until", 1, None),
        ]
        assert report["pinned"] == [
            {
                "entity": "users", "key": ["P2"], "field": "email", "stays": "zoe.roy@ecole.fr",
                "delivered": "z.roy@ecole.fr", "pin": 1, "by": "anne", "why": "married",
            }
        ]  # fmt: skip


def test_a_table_has_a_line_for_all_that_stays(roster: Path, capsys: Capture) -> None:
    decided(roster, capsys)
    printed = said(capsys, "plan", "tuesday", "--format", "csv")[1]
    rows = [row for row in csv.DictReader(io.StringIO(printed, newline="")) if row["why"]]
    assert {(row["kind"], row["reason"]) for row in rows} == {
        ("keep", "until"), ("keep", "protected"), ("pin", "pinned"),
    }  # fmt: skip
    (pinned,) = (row for row in rows if row["kind"] == "pin")
    assert pinned["before"] == pinned["after"] == "zoe.roy@ecole.fr"
    assert pinned["why"] == 'the delivery has "z.roy@ecole.fr" (pin 1 by anne: married)'


def test_what_stays_is_masked_with_the_rest(roster: Path, capsys: Capture) -> None:
    decided(roster, capsys)
    for command in (("plan", "tuesday"), ("sync", "tuesday"), ("runs", "show", "3")):
        for form in ("text", "json", "csv"):
            printed = said(capsys, *command, "--format", form, "--mask")[1]
            assert "xxx.xxx@xxxxx.xx" in printed
            for personal in ("roy@", "married", "moves house"):
                assert personal not in printed


def test_where_nothing_was_decided_nothing_is_said_of_it(capsys: Capture) -> None:
    printed = said(capsys, "plan", "monday")[1]
    assert "stay" not in printed
    report = json.loads(said(capsys, "plan", "monday", "--format", "json")[1])
    assert (report["kept"], report["pinned"]) == ([], [])


def test_the_lists_are_there_for_programs(roster: Path, capsys: Capture) -> None:
    decided(roster, capsys)
    (keep,) = json.loads(done(capsys, "keeps", "--format", "json"))["keeps"]
    assert (keep["user"], keep["class"], keep["until"], keep["state"]) == ("P1", "K1", "2026-12-18", "active")
    (pin,) = json.loads(done(capsys, "pins", "--format", "json"))["pins"]
    assert (pin["key"], pin["value"], pin["run"]) == (["P2"], "zoe.roy@ecole.fr", 2)
    for command, column in (("keeps", "until"), ("pins", "value")):
        (row,) = csv.DictReader(io.StringIO(done(capsys, command, "--format", "csv"), newline=""))
        assert row[column] in ("2026-12-18", "zoe.roy@ecole.fr")


def test_a_saved_pin_is_applied_like_any_plan(roster: Path, capsys: Capture) -> None:
    status, _, told = said(capsys, "pin", "users", "P2", "email", "a@b.c", "--why", "x", "-o", "pin.cartable")
    assert (status, told) == (0, "The plan is saved. To apply it: cartable apply pin.cartable\n")
    assert "1 record changed" in done(capsys, "apply", "pin.cartable")
    assert "in force" in done(capsys, "pins")


def test_own_codes_may_be_pinned(roster: Path, capsys: Capture) -> None:
    Path("codes.toml").write_text('[grades]\n"6e" = { en = "Year 7", fr = "Sixième" }\n', encoding="utf-8")
    pin = ("pin", "roles", "P2,S1,student", "grade", "6e", "--why", "x")
    assert said(capsys, *pin)[0] == 64
    assert 'grade – → "6e"' in done(capsys, *pin, "--codes", "codes.toml")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("keep", "P1", "--until", "tomorrow", "--why", "x"), "tomorrow is no day. Write it as 2026-12-18."),
        (("keep", "P1", "--until", "2026-12-18"), "--why is missing."),
        (("keep", "P1", "--why", "x"), "--until is missing."),
        (("keep", "zoe.roy", "--until", "2026-12-18", "--why", "x"), "Did you mean P2?"),
        (("keep", "--class", "7A", "--until", "2026-12-18", "--why", "x"), "Did you mean K1?"),
        (("pin", "users", "P2", "emial", "x", "--why", "x"), "users has no field emial. Did you mean email?"),
        (("pin", "users", "P2", "email", "x", "--why", " "), "The reason is empty."),
        (
            ("pin", "orgs", "S1", "type", "xyzzy", "--why", "x"),
            "The codes are: department, school, district, local, state, national, departmentOfEducation, "
            "ministryOfEducation, university, college, campus, adultEducation, municipality, academicTrust, "
            "localAuthority, region, division, ",
        ),
        (("release", "hold", "1"), "hold cannot be released. Write: cartable release keep 3"),
        (("release", "keep", "one"), "one is no number."),
        (("release", "pin", "1"), "There is no pin 1."),
    ],
)
def test_a_wrong_call_is_told_with_its_remedy_and_writes_nothing(
    arguments: tuple[str, ...], told: str, capsys: Capture
) -> None:
    status, printed, error = said(capsys, *arguments)
    assert (status, printed, error.count("\n")) == (64, "", 1)
    assert told in error
    assert done(capsys, "keeps") == "Nothing was ever kept.\n"
    assert done(capsys, "pins") == "Nothing was ever pinned.\n"


def test_a_broken_file_of_protections_stops_a_plan_before_the_delivery_is_read(
    roster: Path, capsys: Capture
) -> None:
    protect(roster)
    roster.with_name("roster.db.vault").joinpath("protected.toml").write_text("[[protected]]\nrol = 1\n")
    status, printed, error = said(capsys, "sync", "tuesday")
    assert (status, printed) == (64, "")
    assert error.endswith("protected.toml, rol means nothing. Did you mean role?\n")


def test_a_stale_plan_names_what_was_decided(roster: Path, capsys: Capture) -> None:
    decided(roster, capsys)
    done(capsys, "plan", "tuesday", "-o", "tuesday.cartable")
    done(capsys, "keep", "P3", "--until", "2026-12-18", *WHY)
    status, _, error = said(capsys, "apply", "tuesday.cartable")
    assert status == 3
    assert "(keeps: 2; pins: –)" in error
