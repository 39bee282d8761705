import io
import time
from collections.abc import Callable, Iterator

import pytest

from cartable import words
from cartable.model.findings import Action, Finding, Severity
from cartable.model.following import Followers
from cartable.reports import text
from cartable.reports.material import Outcome, RunRecord
from cartable.reports.pages import Page, page
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
    text.write_run(RunRecord(run(MIXED), MIXED.findings(), MIXED.followers, changes), RULES, 1, Page(out))
    same_as_before(f"runs.{language}.txt", out.getvalue())


@pytest.mark.parametrize(("limit", "told"), [(1, "in a required column"), (2, "in a required column")])
def test_a_consequence_is_told_of_all_findings_not_of_the_shown_ones(limit: int, told: str) -> None:
    left_out = Finding(1, "value.email", Severity.ERROR, Action.EXCLUDE, "users.csv", 3, "email", None, "x")
    assert f"2 findings: {told}" in checked_text(Checked((left_out, email(2, "y", 4))), limit=limit)


def test_what_to_do_about_a_guard_is_said_once() -> None:
    out = io.StringIO()
    text.write_outcome(Outcome(COUNTS, (HOLD, HOLD), changes), Page(out))
    assert out.getvalue().count("would become inactive") == 2
    assert out.getvalue().count("--accept deactivations") == 1


def test_errors_stand_before_warnings() -> None:
    shown = checked_text(MIXED)
    assert shown.index("key.duplicate") < shown.index("value.email")


def test_what_the_limit_leaves_out_is_counted() -> None:
    assert "and 2 more" in checked_text(MIXED, limit=1)
    assert "more" not in checked_text(MIXED, limit=3)


def test_at_limit_zero_every_code_is_still_named_with_its_count() -> None:
    assert "Not shown: value.email (3), key.duplicate (1)" in checked_text(MIXED, limit=0)


@pytest.mark.parametrize(
    ("checked", "verdict"),
    [
        (Checked(()), "Every row can be used."),
        (Checked((email(1, "x", 2),)), "Every row can be used, with 1 warning."),
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


def test_hints_that_differ_stand_with_their_finding() -> None:
    rules = {**RULES, "org.self": RULES["org.self"].__class__(
        code="org.self", severity=Severity.WARNING, action=Action.BLANK,
        message="The organisation {value} names itself.", hint="Take {value} out.", source="x",
    )}  # fmt: skip
    findings = tuple(
        Finding(
            n, "org.self", Severity.WARNING, Action.BLANK, "orgs.csv", n, "parentSourcedId", None, f"O{n}"
        )
        for n in (2, 3)
    )
    out = io.StringIO()
    text.write_check(Checked(findings), rules, 20, Page(out))
    assert 'The organisation "O2" names itself. Take "O2" out.' in out.getvalue()
    assert 'The organisation "O3" names itself. Take "O3" out.' in out.getvalue()


def follower(number: int, line: int) -> Finding:
    return Finding(
        number, "reference.excluded", Severity.ERROR, Action.EXCLUDE, "enrollments.csv", line,
        "classSourcedId", None, "K1", {"target": "classes.csv"}, cause=1,
    )  # fmt: skip


TRAIN = Followers("reference.excluded", Action.EXCLUDE, "classes.csv", 83, {"enrollments.csv": 1218}, 1)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "  classes.csv, line 83 takes 1,218 rows with it: enrollments.csv 1,218\n"),
        ("fr", "  classes.csv, ligne 83 entraîne 1\u202f218 lignes\u202f: enrollments.csv 1\u202f218\n"),
    ],
)
def test_rows_that_follow_are_told_by_the_row_that_takes_them_with_it(language: str, told: str) -> None:
    words.speak(language)
    followers = (follower(2, 90), follower(3, 91))
    shown = checked_text(Checked((duplicate(1, 83, 2), *followers), trains=(TRAIN,)))
    assert told in shown
    assert "K1" not in shown


def test_rows_that_take_others_with_them_beyond_the_limit_are_counted() -> None:
    train = Followers(
        "reference.excluded", Action.BLANK, "users.csv", 3, {"classes.csv": 1, "orgs.csv": 1}, 5
    )
    shown = checked_text(Checked((follower(2, 90),), trains=(train,)), limit=1)
    assert "  users.csv, line 3 takes a value of 2 rows with it: classes.csv 1, orgs.csv 1\n" in shown
    assert "  and 4 more\n" in shown


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
    from cartable.reports import wording

    assert wording.changed(CHANGES[1]) == 'users U8, line 13: changed, givenName "Zoe" → "Zoé"'
    assert wording.changed(CHANGES[2]) == "users U9: becomes inactive"
