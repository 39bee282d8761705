"""The page of a check as people meet it: in a browser, by keyboard, on a phone, on paper."""

from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cartable import words
from cartable.cli import main
from tests.browsing import Opened
from tests.cli.deliveries import CLEAN, FATAL, FAULTY, delivered

SCREENS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}},
}

# Three causes: a school that is not there (roles.csv), two wrong addresses and a pupil twice (users.csv).
MIXED = {
    **CLEAN,
    "users.csv": CLEAN["users.csv"] + "P2,mia.roy,Mia,mia at école\nP3,li.wu,Li,li\nP1,leo.petit,Léo,\n",
    "roles.csv": CLEAN["roles.csv"] + "P2,S7,student\nP3,S7,student\n",
}
UPLOADS = {"clean": CLEAN, "faulty": FAULTY, "fatal": FATAL, "mixed": MIXED}


FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    return [at.tagName, at.name || at.textContent.trim(), `${style.outlineStyle} ${style.outlineWidth}`];
}"""


def report(directory: Path, upload: str, language: str = "en") -> Path:
    """The page that the command writes of an upload."""
    page = directory / "report.html"
    path = delivered(directory / "export", UPLOADS[upload])
    main(["check", str(path), "--format", "html", "-o", str(page), "--lang", language])
    return page


@pytest.fixture
def mixed(tmp_path: Path, opened: Opened) -> Page:
    """The page of the mixed upload, as it opens."""
    return opened(report(tmp_path, "mixed"))


def headlines(page: Page) -> list[str]:
    """Rules of the causes that are seen."""
    causes = page.locator(".cause:visible")
    return sorted(cause.get_attribute("data-code") or "" for cause in causes.all())


@pytest.mark.parametrize(
    ("upload", "screen", "language"),
    [
        *product(["mixed"], SCREENS, words.LANGUAGES),
        *product(["clean", "fatal"], ["light", "dark"], ["fr"]),
    ],
)
def test_nobody_is_shut_out(upload: str, screen: str, language: str, tmp_path: Path, opened: Opened) -> None:
    page = opened(report(tmp_path, upload, language), **SCREENS[screen])
    if upload == "mixed":
        page.locator("button[data-open=true]").click()
    result = Axe().run(page).response
    assert result["violations"] == []
    assert result["passes"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_filter_leaves_what_it_says_and_tells_how_many(mixed: Page) -> None:
    everything = ["key.duplicate", "reference.missing", "value.email"]
    status = mixed.get_by_role("status")
    assert headlines(mixed) == everything
    expect(status).to_have_text("3 of 3 causes are shown.")
    for label, choice, left in (
        ("File", "users.csv (2)", ["key.duplicate", "value.email"]),
        ("Severity", "Warning (1)", ["value.email"]),
        ("Rule", "reference.missing (1)", ["reference.missing"]),
    ):
        mixed.get_by_label(label, exact=True).select_option(choice)
        assert headlines(mixed) == left
        verb = "is" if len(left) == 1 else "are"
        expect(status).to_have_text(f"{len(left)} of 3 causes {verb} shown.")
        mixed.get_by_role("button", name="Show all causes").click()
        expect(status).to_have_text("3 of 3 causes are shown.")
    assert headlines(mixed) == everything


def test_filters_add_up_and_say_when_nothing_is_left(mixed: Page) -> None:
    mixed.get_by_label("File", exact=True).select_option("roles.csv (1)")
    mixed.get_by_label("Severity", exact=True).select_option("Warning (1)")
    assert headlines(mixed) == []
    expect(mixed.get_by_role("status")).to_have_text("0 of 3 causes are shown.")
    expect(mixed.get_by_text("No cause is like that.")).to_be_visible()


@pytest.mark.parametrize("sought", ["ecole", "ÉCOLE  mia", "P2"])
def test_the_search_finds_a_value_without_its_accents(sought: str, mixed: Page) -> None:
    mixed.get_by_label("Search").fill(sought)
    assert "value.email" in headlines(mixed)
    assert "key.duplicate" not in headlines(mixed)


def test_the_verdict_leads_to_the_first_cause_and_opens_it_whatever_is_filtered(mixed: Page) -> None:
    mixed.get_by_label("Severity", exact=True).select_option("Warning (1)")
    first = mixed.locator("#cause-1")
    expect(first).to_be_hidden()
    mixed.locator(".verdict a").click()
    expect(first.locator(".todo")).to_be_visible()


def test_the_first_cause_is_found_again_after_other_filters(mixed: Page) -> None:
    first, link = mixed.locator("#cause-1"), mixed.locator(".verdict a")
    link.click()
    expect(first).to_be_visible()
    mixed.get_by_label("Severity", exact=True).select_option("Warning (1)")
    expect(first).to_be_hidden()
    link.click()
    expect(first.locator(".todo")).to_be_visible()
    first.locator("summary").click()
    expect(first.locator(".todo")).to_be_hidden()
    link.click()
    expect(first.locator(".todo")).to_be_visible()


def test_the_verdict_says_where_the_first_cause_is(mixed: Page) -> None:
    place = mixed.locator("#cause-1 .muted.small").nth(1).inner_text()
    assert place
    expect(mixed.locator(".verdict a")).to_contain_text(place)


@pytest.mark.parametrize(
    ("language", "severity", "told"),
    [
        ("fr", "", "3 causes affichées sur 3."),
        ("fr", "warning", "1 cause affichée sur 3."),
        ("fr", "none", "0 cause affichée sur 3."),
        ("en", "", "3 of 3 causes are shown."),
        ("en", "warning", "1 of 3 causes is shown."),
        ("en", "none", "0 of 3 causes are shown."),
    ],
)
def test_the_count_agrees_with_its_number(
    language: str, severity: str, told: str, tmp_path: Path, opened: Opened
) -> None:
    page = opened(report(tmp_path, "mixed", language))
    if severity == "none":
        page.locator("#filter-text").fill("nothing like it")
    else:
        page.locator("#filter-severity").select_option(severity)
    expect(page.get_by_role("status")).to_have_text(told)


def test_everything_is_done_by_keyboard_and_the_focus_is_seen(mixed: Page) -> None:
    met = []
    for _ in range(40):
        mixed.keyboard.press("Tab")
        tag, told, outline = mixed.evaluate(FOCUSED)
        if tag == "BODY":
            break
        met.append(told.split("\n")[0])
        assert outline == "solid 3px", told
    order = ["Skip to the causes", "What to correct", "file", "severity", "code", "text", "Show all causes"]
    places = [met.index(one) for one in order]
    assert places == sorted(places)
    assert len([one for one in met if one.startswith(("Error", "Warning"))]) == 3


def test_a_cause_opens_and_a_filter_works_without_a_mouse(mixed: Page) -> None:
    cause = mixed.locator("#cause-2")
    cause.locator("summary").focus()
    mixed.keyboard.press("Enter")
    expect(cause.locator(".todo")).to_be_visible()
    mixed.get_by_label("Severity", exact=True).focus()
    mixed.keyboard.type("Warn")
    assert headlines(mixed) == ["value.email"]
    mixed.get_by_label("Search").focus()
    mixed.keyboard.type("nothing like it")
    mixed.keyboard.press("Enter")
    assert headlines(mixed) == []


def test_the_skip_link_passes_the_head_by(mixed: Page) -> None:
    mixed.keyboard.press("Tab")
    mixed.keyboard.press("Enter")
    mixed.keyboard.press("Tab")
    assert mixed.evaluate("document.activeElement.name") == "file"


def test_without_scripts_it_is_a_plain_page(tmp_path: Path, opened: Opened) -> None:
    page = opened(report(tmp_path, "mixed"), java_script_enabled=False)
    assert page.locator(".cause:visible").count() == 3
    assert page.locator("#filters").is_hidden()
    page.locator("#cause-1 summary").click()
    expect(page.locator("#cause-1 .todo")).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False])
def test_on_paper_everything_is_open_and_nothing_is_for_clicking(
    has_script: bool, tmp_path: Path, opened: Opened
) -> None:
    page = opened(report(tmp_path, "mixed"), java_script_enabled=has_script, color_scheme="dark")
    page.emulate_media(media="print")
    for hint in page.locator(".cause .todo").all():
        box = hint.bounding_box()
        assert box
        assert box["height"] > 20
    for clicked in (".filters", "nav", ".skip", ".turn >> nth=0"):
        assert page.locator(clicked).is_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.pdf(format="A4").startswith(b"%PDF-")


def test_what_was_filtered_and_open_is_so_again_after_printing(mixed: Page) -> None:
    mixed.pdf()
    assert mixed.locator(".cause details[open]").count() == 0
