"""The colours of the pages can be told apart by weak eyes. Source: WCAG 2.2, criteria 1.4.3 and 1.4.11."""

import re
from importlib.resources import files

import pytest

TEXT, EDGE = 4.5, 3.0

PAIRS = [
    *((text, ground, TEXT) for text in ("ink", "muted", "accent") for ground in ("paper", "raised")),
    ("on-accent", "accent", TEXT),
    *((state, f"{state}-ground", TEXT) for state in ("good", "notice", "warning", "stop")),
    *((state, "raised", TEXT) for state in ("good", "notice", "warning", "stop")),
    *(("ink", f"{state}-ground", TEXT) for state in ("good", "notice", "warning", "stop")),
    *(("edge", ground, EDGE) for ground in ("paper", "raised")),
]


def colours(scheme: str) -> dict[str, str]:
    text = (files("cartable.reports") / "assets" / "tokens.css").read_text(encoding="utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    return {name: light if scheme == "light" else dark for name, light, dark in found}


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_colours_differ_enough(front: str, ground: str, least: float, scheme: str) -> None:
    given = colours(scheme)
    high, low = sorted((luminance(given[front]), luminance(given[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= least
