"""Plugin: the words compiled, English until a test says otherwise, snapshots of what people read.

A snapshot is a plain file under `tests/snapshots/`; `UPDATE_SNAPSHOTS=1` writes them anew.
"""

import gettext
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cartable import words

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """The catalogues compiled, as installing does; workers may do it at once."""
    for source in words.LOCALE.glob("*/LC_MESSAGES/*.po"):
        unfinished = source.with_suffix(f".{os.getpid()}")
        with source.open("rb") as text, unfinished.open("wb") as binary:
            write_mo(binary, read_po(text))
        unfinished.replace(source.with_suffix(".mo"))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """English, a known width, no roster of the user's, and the process as it was afterwards."""
    for name in (
        "LANGUAGE",
        "LC_ALL",
        "LC_MESSAGES",
        "LANG",
        "NO_COLOR",
        "CARTABLE_DATABASE",
        "CARTABLE_DEBUG",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("CARTABLE_NOW", "2026-11-24T08:00:00+00:00")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "data"))
    words.speak("en")
    domain = gettext.textdomain()
    yield
    gettext.textdomain(domain)
    words.speak("en")


@pytest.fixture
def same_as_before() -> Callable[[str, str], None]:
    """Compare a text with the snapshot of that name."""

    def compare(name: str, text: str) -> None:
        path = SNAPSHOTS / name
        if os.environ.get("UPDATE_SNAPSHOTS") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        with path.open(encoding="utf-8", newline="") as file:
            assert text == file.read()

    return compare
