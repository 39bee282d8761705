import dataclasses
import io
import time
from collections.abc import Callable, Iterator

import pytest

from cartable import words
from cartable.model.findings import Action, Finding, Severity
from cartable.reports import text
from cartable.reports.material import Outcome, RunRecord
from cartable.reports.pages import Page, page
from cartable.rules.catalogue import RULES as CATALOGUE
from tests.reports.world import CHANGES, COUNTS, HOLD, RULES, Checked, changes, duplicate, email, run

Same = Callable[[str, str], None]

MIXED = Checked((email(1, "zoé", 3), email(2, "x@", 4), duplicate(3, 9, 2), email(4, "y", 10)))


def checked_text(checked: Checked, limit: int = 20, width: int | None = None) -> str:
    out = io.StringIO()
    text.write_check(checked, RULES, limit, Page(out, width))
    return out.getvalue()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_check_reads_well(language: str, same_as_before: Same) -> None:
    words.speak(language)
    same_as_before(f"check.{language}.txt", checked_text(MIXED, limit=2))


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_held_plan_says_first_what_holds_it_and_what_to_do(language: str, same_as_before: Same) -> None:
    words.speak(language)
    out = io.StringIO()
    text.write_plan(MIXED, Outcome(COUNTS, (HOLD,), changes), RULES, 1, Page(out, 80))
    same_as_before(f"plan.{language}.txt", out.getvalue())


@pytest.fixture
def in_paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock on the wall, whatever it is where the tests run."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_paris")
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_runs_are_dated_in_the_readers_way(language: str, same_as_before: Same) -> None:
    words.speak(language)
    out = io.StringIO()
    text.write_runs([run(MIXED)], Page(out))
    text.write_run(RunRecord(run(MIXED), MIXED, changes), RULES, 1, Page(out))
    same_as_before(f"runs.{language}.txt", out.getvalue())


def test_what_to_do_about_a_guard_is_said_once() -> None:
    out = io.StringIO()
    text.write_outcome(Outcome(COUNTS, (HOLD, HOLD), changes), Page(out))
    assert out.getvalue().count("would become inactive") == 2
    assert out.getvalue().count("--accept deactivations") == 1


def test_what_leaves_rows_out_stands_before_what_empties_values() -> None:
    shown = checked_text(MIXED)
    assert shown.index("key.duplicate") < shown.index("value.email")


def test_what_the_limit_leaves_out_is_counted() -> None:
    assert "and 2 more" in checked_text(MIXED, limit=1)
    assert "more" not in checked_text(MIXED, limit=3)


def test_at_limit_zero_every_cause_is_still_told_with_its_count() -> None:
    shown = checked_text(MIXED, limit=0)
    assert "Warning value.email: 3 values are left empty" in shown
    assert '"x@"' not in shown


def test_a_thousand_causes_of_one_code_do_not_hide_the_others() -> None:
    rules = {**RULES, "value.code": CATALOGUE["value.code"]}
    out = io.StringIO()
    text.write_check(Checked((*unknown(1_300), email(1_400, "x@", 1_500)), rows=2_000), rules, 20, Page(out))
    assert out.getvalue().count("Error value.code") == 5
    assert out.getvalue().count("Warning value.email") == 1
    assert (
        "1,295 more causes are not shown (value.code 1,295); 1,295 rows are left out for them. "
        "--format csv lists all."
    ) in out.getvalue()


def unknown(number: int, start: int = 2) -> tuple[Finding, ...]:
    """So many rows with codes that differ, each a cause of its own."""
    return tuple(
        Finding(
            n, "value.code", Severity.ERROR, Action.EXCLUDE, "users.csv", n, "role", (f"U{n}",), f"role{n}",
            {"list": "roles"},
        )
        for n in range(start, start + number)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "causes", "told"),
    [
        ("en", 1, ("1 more cause is not shown", "1 row is left out for it. --format csv lists it.")),
        ("en", 2, ("2 more causes are not shown", "2 rows are left out for them. --format csv lists all.")),
        (
            "fr",
            1,
            ("1 autre cause n’est pas", "1 ligne est écartée à cause d’elle. --format csv la donne aussi."),
        ),
        (
            "fr",
            2,
            (
                "2 autres causes ne sont pas",
                "2 lignes sont écartées à cause d’elles. --format csv les donne toutes.",
            ),
        ),
    ],
)
def test_what_is_not_shown_agrees_with_its_number(language: str, causes: int, told: tuple[str, str]) -> None:
    words.speak(language)
    rules = {**RULES, "value.code": CATALOGUE["value.code"]}
    out = io.StringIO()
    text.write_check(Checked(unknown(text.CAUSES_OF_A_CODE + causes)), rules, 20, Page(out))
    assert [part for part in told if part not in out.getvalue()] == []


def test_a_sentence_is_not_said_again_for_a_detail_that_it_does_not_tell() -> None:
    findings = tuple(
        Finding(n, "row.quote", Severity.ERROR, Action.EXCLUDE, "users.csv", n, detail={"last": str(n)})
        for n in (3, 5, 8)
    )
    out = io.StringIO()
    text.write_check(Checked(findings), CATALOGUE, 20, Page(out))
    assert out.getvalue().count("A quotation mark stands where none may be") == 1
    assert "  line 5; line 8\n" in out.getvalue()


def test_a_detail_that_the_sentence_tells_is_said_of_each_row() -> None:
    out = io.StringIO()
    text.write_check(Checked((duplicate(1, 9, 2), duplicate(2, 12, 5))), RULES, 20, Page(out))
    assert "line 9 (U1): An earlier row, in line 2" in out.getvalue()
    assert "  line 12 (U1): An earlier row, in line 5" in out.getvalue()


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("width", [34, 36])
def test_a_table_is_a_list_where_it_would_be_wider_than_the_terminal(width: int, language: str) -> None:
    words.speak(language)
    out = io.StringIO()
    text.write_plan(MIXED, Outcome(COUNTS, (), changes), RULES, 1, Page(out, width))
    assert max(map(len, out.getvalue().splitlines())) <= width
    assert {
        "en": "  File: users.csv\n    Rows: 1,198",
        "fr": "  Fichier\u202f: users.csv\n    Lignes\u202f: 1",
    }[language] in out.getvalue()


@pytest.mark.parametrize(
    ("checked", "verdict"),
    [
        (Checked(()), "Every row can be used."),
        (Checked((email(1, "x", 2),)), "Every row can be used; 1 finding is a warning."),
        (Checked((duplicate(1, 3, 2),)), "1 row of 1,200 is left out; the others can be used."),
        (
            Checked((Finding(1, "org.self", Severity.FATAL, Action.STOP),)),
            "The delivery is refused: put 1 fatal finding right first.",
        ),
    ],
)
def test_the_verdict_is_the_worst_that_was_found(checked: Checked, verdict: str) -> None:
    assert text.verdict(checked.summary) == verdict


def test_in_french_zero_and_one_are_singular_and_numbers_have_thin_spaces() -> None:
    words.speak("fr")
    one = Checked((duplicate(1, 3, 2),))
    assert text.verdict(one.summary) == (
        "1 ligne sur 1\u202f200 est écartée\u202f; les autres sont utilisables."
    )
    assert words.counted("{number} file", "{number} files", 0) == "0 fichier"


def test_hints_that_differ_are_all_told() -> None:
    rule = dataclasses.replace(RULES["org.self"], hint="Take {value} out.")
    findings = tuple(
        Finding(
            n, "org.self", Severity.WARNING, Action.BLANK, "orgs.csv", n, "parentSourcedId", None, f"O{n}"
        )
        for n in (2, 3)
    )
    out = io.StringIO()
    text.write_check(Checked(findings), {"org.self": rule}, 20, Page(out))
    assert '→ Take "O2" out.' in out.getvalue()
    assert '→ Take "O3" out.' in out.getvalue()


def follower(number: int, line: int) -> Finding:
    return Finding(
        number, "reference.excluded", Severity.ERROR, Action.EXCLUDE, "enrollments.csv", line,
        "classSourcedId", None, "K1", {"target": "users.csv"}, cause=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "Error key.duplicate: 1 row is left out; 1,218 rows that depend on it are left out too "
            "(enrollments.csv 1,218)\n",
        ),
        (
            "fr",
            "Erreur key.duplicate\u202f: 1 ligne est écartée\u202f; 1\u202f218 lignes qui en dépendent "
            "le sont aussi (enrollments.csv 1\u202f218)\n",
        ),
    ],
)
def test_rows_that_follow_are_told_by_the_row_that_takes_them_with_it(language: str, told: str) -> None:
    words.speak(language)
    followers = (follower(n, n) for n in range(2, 1_220))
    shown = checked_text(Checked((duplicate(1, 83, 2), *followers)))
    assert told in shown
    assert "K1" not in shown


@pytest.mark.parametrize(("title", "told"), [(None, "–"), ("", "–"), ("Math 6", '"Math 6"')])
def test_a_class_without_a_title_is_told_of_all_the_same(title: str | None, told: str) -> None:
    detail = {"title": title}
    finding = Finding(
        1,
        "class.students",
        Severity.INFO,
        Action.NONE,
        "classes.csv",
        5,
        detail=detail,  # type: ignore[arg-type]
    )
    assert f"The class {told} has no students." in checked_text(Checked((finding,)))


def test_lines_are_no_wider_than_the_terminal_but_for_long_words() -> None:
    shown = checked_text(MIXED, width=60)
    prose = [line for line in shown.splitlines() if "ab" * 10 not in line]
    assert max(map(len, prose)) <= 60


def test_colour_is_for_terminals_that_want_it() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert page(Terminal(), {}).is_coloured
    assert not page(Terminal(), {"NO_COLOR": "1"}).is_coloured
    assert not page(Terminal(), {"TERM": "dumb"}).is_coloured
    assert not page(io.StringIO(), {}).is_coloured
    out = Terminal()
    text.write_check(MIXED, RULES, 1, page(out, {}))
    assert "\x1b[31mError\x1b[0m key.duplicate" in out.getvalue()


def test_a_change_shows_what_was_and_what_will_be() -> None:
    from cartable.reports import phrasing

    assert phrasing.changed(CHANGES[1]) == 'users U8, line 13: changed, givenName "Zoe" → "Zoé"'
    assert phrasing.changed(CHANGES[2]) == "users U9: becomes inactive"
