"""The page of a plan: what stands in it, what is left out of it, and that no value can act in it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cartable import cli, words
from cartable.reports import planviews
from tests.flow.rosters import Files, lines
from tests.reports.plans import BEFORE, Saved, held, ordinary, quarantined, saved, tonight
from tests.reports.test_html import ATTACKS, Parts

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

ROW = '<tr class="change"'


@pytest.fixture(autouse=True)
def universal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """The ordinary plan."""
    with tonight():
        return ordinary(tmp_path_factory.mktemp("plan"))


def pupils(*names: str, school: str = "S1") -> Files:
    """A school with pupils of these names."""
    numbered = [*enumerate(names, 1)]
    return {
        "orgs": lines("sourcedId,name,type", f"{school},Lycée A,school"),
        "users": lines("sourcedId,username,givenName", *(f'P{n},p{n},"{name}"' for n, name in numbered)),
        "roles": lines("userSourcedId,orgSourcedId,role", *(f"P{n},{school},student" for n, _ in numbered)),
    }


def body(page: Path) -> str:
    """What people see of a page."""
    text = page.read_text(encoding="utf-8")
    return text[text.index("<body>") : text.index("<script>")]


def told(page: Path) -> str:
    """The text of a page in one line."""
    return re.sub(r"\s+", " ", Parts(body(page)).text)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("make", [ordinary, quarantined])
def test_a_page_reads_well(
    make: Callable[[Path], Saved],
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    same_as_before: Same,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<digest>", body(make(Path("home")).page(language=language)))
    same_as_before(f"plan-page-{make.__name__}.{language}.html", text)


def test_the_verdict_names_what_holds_it_and_how_to_let_it_pass(tmp_path: Path) -> None:
    page = told(held(tmp_path).page())
    verdict, rest = page.split("What happens in each school", 2)[1:]
    assert "Held: nothing is written until a person has looked." in verdict
    assert "apply the saved plan with --accept delivery.partial" in verdict
    assert "School 2 (S2) is quarantined, it stays as it was: 24 changes are held back." in verdict
    assert "plan the delivery again with --accept deactivations@S2" in verdict
    assert "School 3 (S3) Pupils: 2 leave." in rest


def test_who_made_it_when_of_what_and_against_what_is_said(made: Saved) -> None:
    page = told(made.page())
    assert f"Made by marie from {made.place}/night-2, against revision 1 of the roster." in page
    assert "Planned on Tuesday, November 24, 2026" in page


@pytest.mark.parametrize(("limit", "listed"), [(0, 0), (1, 2), (4, 5), (8, 9), (100, 9)])
def test_the_changes_that_are_not_listed_are_counted_exactly(limit: int, listed: int, made: Saved) -> None:
    page = made.page("--limit", str(limit))
    assert body(page).count(ROW) == listed
    left = [int(number) for number in re.findall(r"(\d+) more changes? of this school", told(page))]
    assert left == [rest for of_all in (8, 1) if (rest := of_all - min(limit, of_all))]
    of_all = re.findall(r"(\d+) more changes? (?:is|are) not listed on this page", told(page))
    assert [int(number) for number in of_all] == ([9 - listed] if listed < 9 else [])
    assert "See 8 changes" in told(page)


def test_a_few_changes_are_of_every_kind_there_is(tmp_path: Path) -> None:
    names = [f"Zoé {number}" for number in range(30)]
    page = saved(tmp_path, pupils("Léo"), pupils("Lea", *names)).page("--limit", "4")
    rows = re.findall(r'class="change" data-entity="(\w+)" data-kind="(\w+)"', body(page))
    assert {*rows} == {("users", "update"), ("users", "add"), ("roles", "add")}
    assert len(rows) == 4
    assert "57 more changes of this school are not listed here" in told(page)


def test_the_page_has_an_end_whatever_was_asked_for(made: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planviews, "ROWS", 6)
    page = made.page("--limit", "1000000")
    assert body(page).count(ROW) == 4
    assert "5 more changes of this school are not listed here" in told(page)
    monkeypatch.setattr(planviews, "SCHOOLS", 1)
    assert "1 more school is not shown; --format json has all." in told(made.page())


def test_a_plan_that_changes_nothing_says_so(tmp_path: Path) -> None:
    page = told(saved(tmp_path, BEFORE, BEFORE).page())
    assert "Nothing would change." in page
    assert "the roster is as the delivery says" in page


def test_a_part_is_told_to_be_one(made: Saved) -> None:
    page = made.page("--school", "Lycée B")
    assert body(page).count(ROW) == 1
    assert "Only a part of the plan is shown." in told(page)
    assert "Léo" not in told(page)


def test_no_value_becomes_markup(tmp_path: Path) -> None:
    plain = saved(tmp_path / "plain", pupils("Léo", "Zoé"), pupils("Léa", "Zoé", "Mia", "Li")).page()
    ordinary_parts = Parts(plain.read_text(encoding="utf-8"))
    after = {**pupils("Léa", "Zoé", *ATTACKS)}
    after["orgs"] = lines("sourcedId,name,type", 'S1,"<script>alert(1)</script>\u202e",school')
    hostile = saved(tmp_path / "<b onclick=alert(1)>", pupils("Léo", "Zoé"), after).page()
    text = hostile.read_text(encoding="utf-8")
    parts = Parts(text)
    assert parts.names <= ordinary_parts.names
    assert parts.attributes <= ordinary_parts.attributes
    assert all(link.startswith("#") for link in parts.links)
    assert parts.text.count("<script>alert(1)</script>") >= 2
    assert "{{ 7 * 7 }}{% raw %}" in parts.text
    assert not set("\u202e\u2066\u200b\x00") & set(text)


def test_a_masked_page_names_nobody(made: Saved) -> None:
    page = told(made.page("--mask"))
    for name in ("Zoé", "Léo", "Petit", "Mia", "Blanc", "Anna", "leo"):
        assert not re.search(rf"\b{name}\b", page), name
    assert "Personal data is masked" in page
    assert "Lycée A (S1)" in page
    assert "joins Lycée A (S1) as Student" in page


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_every_form_of_a_plan_can_be_masked(form: str, made: Saved, capsys: Capture) -> None:
    asked = ["plan", "show", str(made.plan), "--format", form, "--database", made.database, "--mask"]
    assert cli.main([*asked, "--school", "S1"]) == 0
    printed = capsys.readouterr().out
    assert "P4" in printed
    assert not re.search("Mia|Blanc|Léo", printed)


def test_the_file_has_what_would_be_printed_and_the_command_says_where(
    tmp_path: Path, capsys: Capture
) -> None:
    made = held(tmp_path)
    page = made.page()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"The report is in {page}." in printed.err
    assert cli.main(["plan", "show", str(made.plan), "--format", "html", "--database", made.database]) == 3
    assert capsys.readouterr().out == page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600


def test_a_plan_can_be_seen_before_it_is_saved(made: Saved, capsys: Capture) -> None:
    delivery = str(made.place / "night-2")
    assert cli.main(["plan", delivery, "--format", "html", "--database", made.database, "--by", "marie"]) == 0
    printed = capsys.readouterr().out
    assert printed == made.page().read_text(encoding="utf-8")


def test_of_a_refused_delivery_the_check_is_shown(made: Saved, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "users.csv").write_text("a,b\n1,2\n")
    assert cli.main(["plan", str(tmp_path), "--format", "html", "--database", made.database]) == 2
    assert "The delivery is refused" in capsys.readouterr().out
