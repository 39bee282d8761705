"""Plugin: Debian's Chromium; whatever a page asks for beyond its own file is noted and refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Opened = Callable[..., Page]


# Of one module alone: while Playwright runs, its thread has a running event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Open a file in a context of its own.

    When the test is over, no page has asked for anything but its file, and none had an error.
    """
    contexts, complaints = [], []

    def open_file(path: Path, **context: Any) -> Page:
        contexts.append(browser.new_context(**context))
        contexts[-1].set_default_timeout(10_000)
        page = contexts[-1].new_page()
        url = path.as_uri()

        def answer(route: Any) -> None:
            if route.request.url.split("#")[0] == url:
                route.continue_()
            else:
                complaints.append(route.request.url)
                route.abort()

        page.route("**/*", answer)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
        page.goto(url)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert complaints == []
