"""The page of all that is held on a person, in a browser."""

import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from cartable import words
from cartable.flow.gates import GUARDS
from tests.browsing import Opened
from tests.flow.rosters import Nights
from tests.flow.test_retention import district
from tests.reports.test_html import ATTACKS
from tests.reports.test_html_seen import SCREENS

Pages = Mapping[str, Path]


@pytest.fixture(scope="module", autouse=True)
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """A page in each language, written before there is a browser, beside which Django refuses to work."""
    place = tmp_path_factory.mktemp("pages")
    users = district()["users"]
    nights = Nights(place, str(place / "roster.db"))
    nights.sync(district())
    nights.sync(district(users=users.replace("zq@home.example", "wrong at home")), *GUARDS)
    for attack in ATTACKS:
        hostile = attack.replace('"', '""')
        nights.sync(district(users=users.replace("Zzélie", f'"{hostile}"')), *GUARDS)
    nights.sync(district(users=users.replace("zq.first", "zq.second")), *GUARDS)
    written = {}
    for language in words.LANGUAGES:
        written[language] = place / f"{language}.html"
        command = ["person", "export", "P-4711", "-o", str(written[language]), "--lang", language]
        subprocess.run(
            [sys.executable, "-m", "cartable", *command],
            check=True,
            env={**os.environ, "CARTABLE_DATABASE": nights.database},
        )
    return written


@pytest.mark.parametrize(("screen", "language"), [*product(SCREENS, words.LANGUAGES)])
def test_whoever_asks_can_read_all_that_is_held(
    pages: Pages, opened: Opened, screen: str, language: str
) -> None:
    page = opened(pages[language], **SCREENS[screen])
    assert "Zzélie Quuxbert (P-4711)" in page.locator("h1").inner_text()
    result = Axe().run(page).response
    assert result["violations"] == []
    assert result["passes"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What an earlier name would do to a page is only told.
    assert page.locator("main img, main script, main iframe").count() == 0
