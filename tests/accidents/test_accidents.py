"""What a secretary reads after a real accident, whole, in both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.accidents.uploads import ACCIDENTS, town

Same = Callable[[str, str], None]


def report(directory: Path, language: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory.parent)
        main(["--lang", language, "check", directory.name])
    return capsys.readouterr().out


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("accident", ACCIDENTS)
def test_what_is_read_after_an_accident_tells_its_cause(
    accident: str, language: str, tmp_path: Path, same_as_before: Same, capsys: pytest.CaptureFixture[str]
) -> None:
    upload = tmp_path / "upload"
    upload.mkdir()
    ACCIDENTS[accident](upload)
    same_as_before(f"accidents/{accident}.{language}.txt", report(upload, language, capsys))


def test_nothing_is_wrong_before_the_accident(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    upload = tmp_path / "upload"
    upload.mkdir()
    for name, text in town().items():
        (upload / name).write_text(text, encoding="utf-8")
    assert report(upload, "en", capsys).rstrip().endswith("Every row can be used.")
