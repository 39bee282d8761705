"""The page of a plan as people meet it: in a browser, by keyboard, on a phone, on paper."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cartable import words
from tests.browsing import Opened
from tests.reports.plans import held, ordinary, quarantined, saved, tonight
from tests.reports.test_html import ATTACKS
from tests.reports.test_html_seen import FOCUSED, SCREENS
from tests.reports.test_plan_page import pupils

Pages = Mapping[str, Path]


@pytest.fixture(scope="module", autouse=True)
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Pages by name, all written before there is a browser, beside which Django refuses to work."""
    place = tmp_path_factory.mktemp("pages")
    hostile = pupils("Léa", "Zoé", *ATTACKS, "x" * 190)
    with tonight():
        plans = {
            "ordinary": ordinary(place / "ordinary"),
            "held": held(place / "held"),
            "quarantined": quarantined(place / "quarantined"),
            "hostile": saved(place / "hostile", pupils("Léo", "Zoé"), hostile),
        }
        written = {
            f"{name}-{language}": plan.page(language=language).rename(place / f"{name}-{language}.html")
            for name, plan in plans.items()
            for language in words.LANGUAGES
        }
        return {**written, "unlisted": plans["ordinary"].page("--limit", "0")}


@pytest.fixture
def seen(pages: Pages, opened: Opened) -> Page:
    """The page of the ordinary plan, as it opens."""
    return opened(pages["ordinary-en"])


def is_open_to_all(page: Page) -> None:
    """Nothing on the page shuts anybody out, and nothing scrolls sideways."""
    page.locator("button[data-open=true]").click()
    result = Axe().run(page).response
    assert result["violations"] == []
    assert result["passes"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def changes(page: Page) -> int:
    return page.locator(".change:visible").count()


def schools(page: Page) -> list[str]:
    return page.locator(".group:visible h3").all_inner_texts()


@pytest.mark.parametrize(("screen", "language"), [*product(SCREENS, words.LANGUAGES)])
def test_nobody_is_shut_out(screen: str, language: str, pages: Pages, opened: Opened) -> None:
    is_open_to_all(opened(pages[f"ordinary-{language}"], **SCREENS[screen]))


@pytest.mark.parametrize(("name", "screen"), [*product(["held-fr", "quarantined-fr"], SCREENS)])
def test_nobody_is_shut_out_where_something_holds(
    name: str, screen: str, pages: Pages, opened: Opened
) -> None:
    is_open_to_all(opened(pages[name], **SCREENS[screen]))


def test_hostile_names_do_nothing_and_break_no_phone(pages: Pages, opened: Opened) -> None:
    page = opened(pages["hostile-en"], **SCREENS["phone"])
    is_open_to_all(page)
    expect(page.locator(".change").filter(has_text="<script>alert(1)</script>").first).to_be_visible()


def test_the_verdict_and_the_sentences_are_seen_first_and_changes_when_asked(seen: Page) -> None:
    expect(seen.locator(".verdict")).to_contain_text("Nothing holds this plan: 9 records would change.")
    expect(seen.get_by_text("Pupils: 1 leaves, 1 arrives, 1 changes class.")).to_be_visible()
    assert changes(seen) == 0
    seen.get_by_text("See 8 changes").click()
    assert changes(seen) == 8


@pytest.mark.parametrize(
    ("label", "choice", "left", "where"),
    [
        ("School", "Lycée B (S2) (1)", 1, ["Lycée B (S2)"]),
        ("Records", "People (3)", 3, ["Lycée A (S1)", "Lycée B (S2)"]),
        ("Change", "becomes inactive (4)", 4, ["Lycée A (S1)"]),
    ],
)
def test_each_filter_leaves_what_it_says_and_shows_it(
    label: str, choice: str, left: int, where: list[str], seen: Page
) -> None:
    seen.get_by_label(label, exact=True).select_option(choice)
    assert (changes(seen), schools(seen)) == (left, where)
    verb = "is" if left == 1 else "are"
    expect(seen.get_by_role("status")).to_have_text(f"{left} of 9 listed changes {verb} shown.")
    seen.get_by_role("button", name="Show all changes").click()
    expect(seen.get_by_role("status")).to_have_text("9 of 9 listed changes are shown.")
    assert (changes(seen), len(schools(seen))) == (0, 2)


def test_the_search_finds_a_person_and_says_when_there_is_nobody(seen: Page) -> None:
    search = seen.get_by_label("Search")
    search.fill("leo PETIT")
    assert (changes(seen), schools(seen)) == (3, ["Lycée A (S1)"])
    search.fill("lycee b anna")
    assert changes(seen) == 1
    search.fill("nobody like that")
    assert changes(seen) == 0
    expect(seen.get_by_text("No listed change is like that.")).to_be_visible()


def test_filters_add_up(seen: Page) -> None:
    seen.get_by_label("Records", exact=True).select_option("Enrollments (4)")
    seen.get_by_label("Change", exact=True).select_option("added (4)")
    seen.get_by_label("Search").fill("mia")
    assert changes(seen) == 1


def test_schools_of_which_nothing_is_listed_stay_until_something_is_asked(
    pages: Pages, opened: Opened
) -> None:
    page = opened(pages["unlisted"])
    assert len(schools(page)) == 2
    assert page.locator("#filters").count() == 0


def test_everything_is_done_by_keyboard_and_the_focus_is_seen(seen: Page) -> None:
    met = []
    for _ in range(40):
        seen.keyboard.press("Tab")
        tag, told, outline = seen.evaluate(FOCUSED)
        if tag == "BODY":
            break
        met.append(told.split("\n")[0])
        assert outline == "solid 3px", told
    order = ["Skip to the schools", "In numbers", "school", "entity", "kind", "text", "See 8 changes"]
    places = [met.index(one) for one in order]
    assert places == sorted(places)


def test_without_scripts_it_is_a_plain_page(pages: Pages, opened: Opened) -> None:
    page = opened(pages["ordinary-en"], java_script_enabled=False)
    assert page.locator("#filters").is_hidden()
    page.get_by_text("See 1 change", exact=True).click()
    assert changes(page) == 1


@pytest.mark.parametrize("has_script", [True, False])
def test_on_paper_every_change_is_there_and_nothing_is_for_clicking(
    has_script: bool, pages: Pages, opened: Opened
) -> None:
    page = opened(pages["ordinary-en"], java_script_enabled=has_script, color_scheme="dark")
    page.emulate_media(media="print")
    for change in page.locator(".change").all():
        box = change.bounding_box()
        assert box
        assert box["height"] > 20
    for clicked in (".filters", "nav", ".skip", ".turn >> nth=0"):
        assert page.locator(clicked).is_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF-")
