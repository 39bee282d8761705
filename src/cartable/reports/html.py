"""A check, or a plan, as one page that needs nothing else: it is read from a file, on a phone or on paper.

Style and script stand in the page itself, and its policy lets the browser run those two and load
nothing, so that a page whose values were made by somebody else can neither act nor call anybody.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, TextIO

from cartable import words
from cartable.reports.changelists import Shown
from cartable.reports.material import Check, Rules
from cartable.reports.planviews import plan_view
from cartable.reports.views import page_view
from cartable.words import marked

_ASSETS = files("cartable.reports") / "assets"

# The page's own words, by their names in the template.
_SAID = {
    "skip": marked("Skip to the causes"),
    "contents": marked("On this page"),
    "verdict": marked("Verdict"),
    "first": marked("Correct this first:"),
    "causes": marked("What to correct"),
    "files": marked("What was read"),
    "rules": marked("The rules"),
    "nothing": marked("Nothing was found: there is nothing to correct."),
    "filter": marked("Filter the causes"),
    "text": marked("Search"),
    "reset": marked("Show all causes"),
    "open": marked("Open all"),
    "close": marked("Close all"),
    "none": marked("No cause is like that. Choose another filter, or show all causes."),
    "todo": marked("What to do"),
    "rule": marked("Rule:"),
}
_SAID_OF_PLANS = {
    "skip": marked("Skip to the schools"),
    "schools": marked("What happens in each school"),
    "numbers": marked("In numbers"),
    "basis": marked("What the plan rests on"),
    "nothing": marked("Nothing changes: the roster is as the delivery says."),
    "filter": marked("Filter the changes"),
    "reset": marked("Show all changes"),
    "none": marked("No listed change is like that. Choose another filter, or show all changes."),
    "what": marked("What happens"),
    "fields": marked("Before → after"),
    "why": marked("Why, and where it stands"),
}


def write_check(
    check: Check, rules: Rules, limit: int | None, to: TextIO, moment: datetime | None = None
) -> None:
    """Write the page of a check.

    Args:
        limit: findings of each cause; None for a few.
        moment: when it was checked, in the reader's time zone; None leaves it out.
    """
    said = {name: words.text(message) for name, message in _SAID.items()}
    said["private"] = private(is_masked=check.is_masked)
    values = {"page": page_view(check, rules, limit, moment), "say": said}
    write_page("report.html.j2", ("tokens.css", "report.css"), "report.js", values, to)


def write_plan(plan: Shown, limit: int | None, to: TextIO) -> None:
    """Write the page of a plan.

    Args:
        limit: changes of each school; None for some.
    """
    said = {name: words.text(message) for name, message in (_SAID | _SAID_OF_PLANS).items()}
    said["private"] = private(is_masked=plan.is_masked)
    values = {"page": plan_view(plan, limit), "say": said}
    write_page("plan.html.j2", ("tokens.css", "report.css", "plan.css"), "report.js", values, to)


def private(*, is_masked: bool) -> str:
    """How safe a page has to be kept."""
    if is_masked:
        return words.text(
            "Made by Cartable. This page loads nothing and sends nothing. Personal data is masked in it."
        )
    return words.text(
        "Made by Cartable. This page loads nothing and sends nothing. It names people: keep it as safe as "
        "the delivery itself."
    )


def write_page(
    template: str, styles: Iterable[str], script: str, values: Mapping[str, Any], to: TextIO
) -> None:
    """Write a page that needs nothing else.

    Args:
        template, styles, script: names of our own assets; no script where the name is empty.
        values: what the template names besides.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    style, code = "".join(map(_asset, styles)), _asset(script) if script else ""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
        loader=FunctionLoader(_asset),
    )
    stream = environment.get_template(template).stream(
        language=words.language(),
        policy=_policy(style, code),
        style=Markup(style),  # noqa: S704 - both are our own files
        script=Markup(code),  # noqa: S704
        **values,
    )
    stream.enable_buffering(100)
    for piece in stream:
        to.write(piece)


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What a browser may do. Source: Content Security Policy Level 3, sections 2.3.1 and 6.7."""
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return f"default-src 'none'; style-src '{_digest(style)}'; {scripts}base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
