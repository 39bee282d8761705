"""The catalogue is complete, says the same names, and is typeset as its language asks."""

import re
import runpy
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from cartable import errors, words
from cartable.model.findings import Action, Finding, Severity
from cartable.reports import wording
from cartable.rules.catalogue import RULES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def french() -> dict[str | tuple[str, ...], Message]:
    with (words.LOCALE / "fr" / "LC_MESSAGES" / "cartable.po").open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def singulars(message: Message) -> list[tuple[str, str]]:
    """Each template with its translation."""
    if isinstance(message.id, tuple):
        return list(zip(message.id, message.string, strict=True))
    return [(message.id, str(message.string))]


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_template_is_in_the_catalogue_and_nothing_else(
    french: dict[str | tuple[str, ...], Message],
) -> None:
    spoken = runpy.run_path(str(ROOT / "scripts" / "messages.py"))["templates"]()
    assert french.keys() == spoken, "run: .venv/bin/python scripts/messages.py"


def test_every_template_is_translated_with_the_same_names(
    french: dict[str | tuple[str, ...], Message],
) -> None:
    for message in french.values():
        for template, translation in singulars(message):
            assert translation, template
            assert names(translation) == names(template), template


def test_french_has_its_thin_spaces_and_its_apostrophe(french: dict[str | tuple[str, ...], Message]) -> None:
    for message in french.values():
        for _, translation in singulars(message):
            assert not re.search(r"[^\u202f][;!?»](\s|$)", translation), translation
            assert not re.search(r" (?:[;:!?»]|%(?!\w))", translation), translation
            assert not re.search(r"«(?!\u202f)", translation), translation
            assert not re.search(r"\w'\w", translation), translation


@pytest.mark.parametrize(("reason", "told"), [("no", "no."), ("no.", "no."), ("why?", "why?")])
def test_what_another_program_said_ends_before_the_hint_begins(reason: str, told: str) -> None:
    error = errors.UsageError("Refused: {reason}", "Wait.", reason=reason)
    assert wording.failure(error) == (f"Refused: {told}", "Wait.")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LC_ALL": "fr_CA.UTF-8", "LANG": "en_US.UTF-8"}, "fr"),
        ({"LC_ALL": "", "LC_MESSAGES": "fr_FR", "LANG": "C"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr-CA"}, "fr"),
        ({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert words.chosen(environment) == language


@pytest.mark.parametrize(
    ("code", "detail", "told"),
    [
        (
            "file.unreadable",
            {"case": "columns", "found": "2345", "limit": "1000"},
            ("2\u202f345", "1\u202f000"),
        ),
        ("file.missing", {"case": "referred", "references": "12345"}, ("(12\u202f345)",)),
        ("file.unexpected", {"case": "many", "more": "1234", "format": "SDS"}, ("1\u202f234 autres",)),
        ("row.ragged", {"found": "1001", "expected": "9"}, ("1\u202f001 au lieu de 9",)),
        ("file.format", {"found": "OneRoster 1.2", "expected": "SDS", "files": "x"}, ("du OneRoster 1.2,",)),
    ],
)
def test_numbers_have_thin_spaces_in_french(code: str, detail: dict[str, str], told: tuple[str, ...]) -> None:
    words.speak("fr")
    rule = RULES[code]
    message = wording.message(rule, Finding(1, code, Severity.ERROR, Action.NONE, detail=detail))
    assert [number for number in told if number not in message] == []


def test_what_was_asked_for_wins_over_the_locale() -> None:
    assert words.chosen({"LC_ALL": "fr_FR"}, "en") == "en"


def test_a_name_without_a_value_stands_for_itself() -> None:
    assert words.text("There is no rule {code}.") == "There is no rule {code}."


def test_an_empty_message_stays_empty() -> None:
    words.speak("fr")
    assert words.text("") == ""
