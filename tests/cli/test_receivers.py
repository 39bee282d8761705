"""`--for`: what a receiver will do with a delivery, said by check, plan and sync."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from cartable.model.receivers import RECEIVERS
from tests.cli.deliveries import CLEAN, delivered

Capture = pytest.CaptureFixture[str]

# A roster that is right, and that each receiver minds for something else.
ROSTER = {
    **CLEAN,
    "users.csv": "sourcedId,username,givenName,familyName,email\n"
    "T1,anne.roux,Anne,D’Arc,anne@ecole.example\nT2,marc.noir,Marc,Noir,marc@ecole.example\n"
    "P1,léo.petit,Léo,Petit,leo@ecole.example\nP2,mia.roy,Mia,Roy,\n",
    "roles.csv": "userSourcedId,orgSourcedId,role\nT1,S1,teacher\nT2,S1,lecturer\nP1,S1,student\n"
    "P2,S1,student\n",
    "academicSessions.csv": "sourcedId,title,type,schoolYear,startDate,endDate\n"
    "Q1,Premier quart,quarter,2027,2026-09-01,2026-10-30\n",
    "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds\nK 1,S1,Anglais 6e A,Q1\n"
    "K2,S1,Musique 6e A,\n",
    "enrollments.csv": "classSourcedId,userSourcedId,role\nK 1,T1,teacher\nK 1,P1,student\nK 1,P2,student\n"
    "K2,T2,lecturer\nK2,P1,student\n",
    "userFlags.csv": "userSourcedId,flag\nP1,giftedOrTalented\n",
}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_receivers_do_reads_well(
    language: str,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    same_as_before: Callable[[str, str], None],
) -> None:
    delivered(tmp_path / "export", ROSTER)
    monkeypatch.chdir(tmp_path)
    for receiver in RECEIVERS:
        assert main(["check", "export", "--for", receiver, "--lang", language]) == 0
    same_as_before(f"receivers.{language}.txt", capsys.readouterr().out)


def test_several_receivers_can_be_asked_about_at_once(tmp_path: Path, capsys: Capture) -> None:
    path = str(delivered(tmp_path, ROSTER))
    assert main(["check", path, "--for", "microsoft365", "--for", "google-classroom"]) == 0
    printed = capsys.readouterr().out
    assert "microsoft365.username" in printed
    assert "google-classroom.email" in printed
    assert "oneroster" not in printed


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_plan_and_sync_say_it_too_and_go_on(command: str, tmp_path: Path, capsys: Capture) -> None:
    path = str(delivered(tmp_path / "export", ROSTER))
    database = str(tmp_path / "roster.db")
    assert main([command, path, "--database", database, "--for", "microsoft365"]) == 0
    assert "microsoft365.class-id" in capsys.readouterr().out


def test_what_was_said_of_a_receiver_is_kept_with_the_run(tmp_path: Path, capsys: Capture) -> None:
    path = str(delivered(tmp_path / "export", ROSTER))
    database = str(tmp_path / "roster.db")
    assert main(["sync", path, "--database", database, "--for", "oneroster-1.1"]) == 0
    capsys.readouterr()
    assert main(["runs", "show", "1", "--database", database]) == 0
    assert "There is no place for this column in OneRoster 1.1." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("onroster-1.2", "Did you mean oneroster-1.2?"),
        ("Microsoft365", "Did you mean microsoft365?"),
        ("clever", f"The receivers are: {', '.join(RECEIVERS)}."),
    ],
)
def test_an_unknown_receiver_is_refused_with_what_was_meant(
    name: str, hint: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["check", str(delivered(tmp_path, CLEAN)), "--for", name]) == 64
    told = " ".join(capsys.readouterr().err.split())
    assert f"There is no receiver {name}." in told
    assert hint in told


def test_a_rules_page_names_the_receivers_that_it_speaks_of(capsys: Capture) -> None:
    assert main(["rules", "oneroster.no-place"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Only where you ask about the receiver: --for oneroster-1.1, --for oneroster-1.2" in printed
    assert "with --for oneroster-1.2" in printed
