"""The page of a check: what stands in it, what is left out of it, and that no value can act in it."""

import base64
import hashlib
import io
import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from cartable.flow.checking import checked
from cartable.model.options import CheckOptions
from cartable.reports import html, views
from cartable.rules.catalogue import RULES
from tests.cli.deliveries import CLEAN, FATAL, FAULTY, delivered

Same = Callable[[str, str], None]

FIRST = datetime.fromisoformat("2026-09-01T07:05:00+02:00")

ATTACKS = (
    "<script>alert(1)</script>",
    '"" onmouseover=""alert(1)',
    "javascript:alert(1)",
    "</style></script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eevil\u2066\u200b",
    "nul\x00nul",
)


def page_of(path: Path, limit: int | None = None, moment: datetime | None = None) -> str:
    out = io.StringIO()
    with checked(path, CheckOptions()) as result:
        html.write_check(result, RULES, limit, out, moment)
    return out.getvalue()


def users(*emails: str) -> dict[str, str]:
    """A clean delivery with a user more for each address."""
    rows = "".join(f'P{number},pupil.{number},Zoe,"{email}"\n' for number, email in enumerate(emails, 7))
    return {**CLEAN, "users.csv": CLEAN["users.csv"] + rows}


class Parts(HTMLParser):
    """Elements and attributes of a page, as a browser takes them, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("upload", ["clean", "faulty", "fatal"])
def test_a_page_reads_well(
    upload: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_as_before: Same
) -> None:
    files = {"clean": CLEAN, "faulty": FAULTY, "fatal": FATAL}[upload]
    delivered(tmp_path / "export", files)
    monkeypatch.chdir(tmp_path)
    words.speak(language)
    page = page_of(Path("export"), moment=FIRST)
    same_as_before(f"html-{upload}.{language}.html", page[page.index("<body>") : page.index("<script>")])


def test_the_command_writes_the_page_to_a_file_or_prints_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upload, page = delivered(tmp_path / "export", FAULTY), tmp_path / "report.html"
    assert main(["check", str(upload), "--format", "html", "-o", str(page)]) == 1
    assert capsys.readouterr().out == ""
    assert main(["check", str(upload), "--format", "html"]) == 1
    written, printed = (
        re.sub("<time.*?</time>", "", text) for text in (page.read_text(), capsys.readouterr().out)
    )
    assert written == printed
    assert written.endswith("</html>\n")


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-09-01T07:05:00+02:00", "mardi 1er septembre 2026 à 07:05"),
        ("2026-11-11T17:05:00+01:00", "mercredi 11 novembre 2026 à 17:05"),
    ],
)
def test_the_moment_is_told_as_french_tells_it(moment: str, told: str, tmp_path: Path) -> None:
    words.speak("fr")
    page = page_of(delivered(tmp_path, CLEAN), moment=datetime.fromisoformat(moment))
    assert f'<time datetime="{moment}">Contrôle du {told}.</time>' in page


def test_no_moment_is_made_up(tmp_path: Path) -> None:
    assert "<time" not in page_of(delivered(tmp_path, CLEAN))


@pytest.mark.parametrize(("limit", "listed"), [(0, 0), (3, 3), (None, 20), (30, 25)])
def test_the_findings_that_are_not_listed_are_counted_exactly(
    limit: int | None, listed: int, tmp_path: Path
) -> None:
    upload = delivered(tmp_path, users(*(f"wrong {number}" for number in range(25))))
    page = page_of(upload, limit)
    assert len(re.findall('<td class="long">&#34;wrong', page)) == listed
    # The headline tells the first finding, listed or not.
    left = 25 - max(listed, 1)
    assert (f"{left} more findings are not listed here" in page) == bool(left)
    assert "and 24 more like it" in page


def test_the_page_has_an_end_whatever_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS", 6)
    files = users(*(f"wrong {number}" for number in range(10)))
    files["roles.csv"] += "".join(f"P{number},S1,\n" for number in range(7, 17))
    page = page_of(delivered(tmp_path, files), 1_000_000)
    assert page.count("<tr><td") - len(files) == 6
    assert "4 more findings are not listed here" in page
    assert "9 more findings are not listed here" in page


def test_the_causes_that_are_not_shown_are_counted_with_what_they_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CAUSES", 2)
    files = {**CLEAN, "roles.csv": CLEAN["roles.csv"] + "P1,S7,student\nP1,S8,student\nP1,S9,student\n"}
    page = page_of(delivered(tmp_path, files))
    assert page.count('<li class="cause ') == 2
    assert "1 more cause is not shown (reference.missing 1); 1 row is left out for it." in page
    assert re.search("reference.missing</code> <span[^>]*>3 findings", page)


def test_a_rule_is_explained_once_however_many_causes_break_it(tmp_path: Path) -> None:
    files = {**CLEAN, "roles.csv": CLEAN["roles.csv"] + "P1,S7,student\nP1,S8,student\n"}
    page = page_of(delivered(tmp_path, files))
    assert page.count('href="#rule-reference.missing"') == 2
    assert page.count('id="rule-reference.missing"') == 1


def test_no_value_becomes_markup(tmp_path: Path) -> None:
    plain = users("wrong", "no")
    plain["roles.csv"] += "P1,S7,student\n"
    ordinary = Parts(page_of(delivered(tmp_path / "ordinary", plain)))
    files = users(*ATTACKS)
    files["roles.csv"] += "".join(f'"{value}","{value}","{value}"\n' for value in ATTACKS)
    files["\"'><img src=x onerror=alert(1)>.csv"] = "a\n1\n"
    hostile = page_of(delivered(tmp_path / "<b onclick=alert(1)>", files))
    parts = Parts(hostile)
    assert parts.names <= ordinary.names
    assert parts.attributes <= ordinary.attributes
    assert all(link.startswith("#") for link in parts.links)
    assert "<script>alert(1)</script>" in parts.text
    assert "{{ 7 * 7 }}{% raw %}" in parts.text
    assert not set("\u202e\u2066\u200b\x00") & set(hostile)


def test_a_value_of_megabytes_makes_a_small_page(tmp_path: Path) -> None:
    page = page_of(delivered(tmp_path, users("A<" * 5_000_000)))
    assert len(page) < 50_000
    assert "more characters)" in page


def test_the_policy_lets_this_script_and_this_style_run_and_nothing_else(tmp_path: Path) -> None:
    page = page_of(delivered(tmp_path, FAULTY))
    policy = re.search('Content-Security-Policy" content="(.*?)"', page)
    assert policy
    told = policy[1].replace("&#39;", "'")
    for element in ("style", "script"):
        (body,) = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in told.replace("&#43;", "+")
    assert told.startswith("default-src 'none'; ")
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\bon\w+=", page.replace("//www.w3.org", ""))


def test_a_sentence_is_not_listed_again_for_a_detail_that_it_does_not_tell(tmp_path: Path) -> None:
    rows = "".join(f'P{number},pupil"{number},Zoe,\n' for number in range(7, 10))
    page = page_of(delivered(tmp_path, {**CLEAN, "users.csv": CLEAN["users.csv"] + rows}))
    assert page.count("A quotation mark stands where none may be, or is never closed.") == 3
    assert page.count("<tr><td") == 3 + len(CLEAN)


def test_what_was_probably_meant_is_told_below_the_remedy(tmp_path: Path) -> None:
    files = {**CLEAN, "roles.csv": CLEAN["roles.csv"] + "P1,S1,studnet\n"}
    assert "<p>Did you mean &#34;student&#34; (Student)?</p>" in page_of(delivered(tmp_path, files))
