"""What a person reads of the value that was probably meant: in a check, and of a run that is over."""

import csv
import io
import json
from pathlib import Path

import pytest

from cartable.cli import main
from tests.cli.deliveries import CLEAN, delivered

Capture = pytest.CaptureFixture[str]

# A role in French, a school's identifier with another separator.
DAMAGED = {
    **CLEAN,
    "orgs.csv": "sourcedId,name,type\nS-1,École du Lac,school\n",
    "roles.csv": "userSourcedId,orgSourcedId,role\nT1,S-1,teacher\nP1,S_1,student\nP1,S-1,élève\n",
}
ENGLISH = ('Did you mean "S-1" (École du Lac)?', 'Did you mean "student" (Student)?')
FRENCH = (
    "Vouliez-vous dire «\u202fS-1\u202f» (École du Lac)\u202f?",
    "Vouliez-vous dire «\u202fstudent\u202f» (Élève)\u202f?",
)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no sentence is broken."""
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize(("language", "sentences"), [("en", ENGLISH), ("fr", FRENCH)])
def test_a_check_names_the_closest_values(
    language: str, sentences: tuple[str, str], tmp_path: Path, capsys: Capture
) -> None:
    path = str(delivered(tmp_path / "export", DAMAGED))
    assert main(["check", path, "--lang", language]) == 1
    told = capsys.readouterr().out
    assert main(["check", path, "--lang", language, "--format", "json"]) == 1
    hints = [finding["hint"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    assert main(["check", path, "--lang", language, "--format", "csv"]) == 1
    listed = [row["hint"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))]
    for sentence in sentences:
        assert sentence in told
        assert any(hint.endswith(sentence) for hint in hints)
        assert any(hint.endswith(sentence) for hint in listed)


def test_an_organisations_own_codes_are_suggested_with_their_labels(tmp_path: Path, capsys: Capture) -> None:
    codes = tmp_path / "codes.toml"
    codes.write_text('[grades]\n"cp-a" = { en = "First year", fr = "Première année" }\n', encoding="utf-8")
    roles = "userSourcedId,orgSourcedId,role,grade\nT1,S1,teacher,\nP1,S1,student,CPA\n"
    path = str(delivered(tmp_path / "export", {**CLEAN, "roles.csv": roles}))
    assert main(["check", path, "--codes", str(codes), "--lang", "fr"]) == 0
    assert "«\u202fcp-a\u202f» (Première année)" in capsys.readouterr().out
    assert main(["check", path, "--lang", "fr"]) == 0
    assert "Vouliez-vous dire" not in capsys.readouterr().out


def test_a_run_that_is_over_is_told_in_either_language(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTABLE_DATABASE", str(tmp_path / "roster.db"))
    assert main(["sync", str(delivered(tmp_path / "export", DAMAGED))]) == 1
    capsys.readouterr()
    for language, sentences in (("en", ENGLISH), ("fr", FRENCH)):
        assert main(["runs", "show", "1", "--lang", language]) == 0
        told = capsys.readouterr().out
        assert all(sentence in told for sentence in sentences)
