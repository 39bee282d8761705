"""Backup and restore as an operator types them."""

from pathlib import Path

import pytest

from cartable import cli
from tests.flow.rosters import Nights, pupils


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_backup_is_made_verified_and_restored(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)
    Nights(tmp_path, "roster.db").sync(pupils(3))
    for command in (
        ("backup", "night", "--database", "roster.db"),
        ("backup", "night", "--verify"),
        ("restore", "night", "--database", "new.db"),
    ):
        assert cli.main(["--lang", language, *command]) == 0
    told = capsys.readouterr().out
    words = {
        "en": ("The backup is in night.", "The backup night is whole.", "The roster is back at new.db."),
        "fr": ("La sauvegarde se trouve dans night.", "est intacte.", "Le registre est restauré à new.db."),
    }
    for sentence in words[language]:
        assert sentence in told
    assert (tmp_path / "new.db.vault" / "key").is_file()


def test_a_backup_that_cannot_be_written_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = str(tmp_path / "roster.db")
    Nights(tmp_path, database).sync(pupils(1))
    assert cli.main(["backup", str(tmp_path / "nowhere" / "night"), "--database", database]) == 64
    assert "No such file or directory" in capsys.readouterr().err


def test_a_backup_of_no_roster_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backup", str(tmp_path / "night"), "--database", str(tmp_path / "roster.db")]) == 69
    assert "There is no roster" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
