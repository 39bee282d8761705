"""A file of guards: what it may say, and what is said of one that says something else."""

from pathlib import Path

import pytest

from cartable.errors import UsageError
from cartable.flow import guardfiles, guarding
from cartable.model.guards import GUARDS, Guards, Limit, Limits, Origin, Scope
from cartable.model.limits import GUARDS as SIZE

DAY = 'from = 2026-12-20\nuntil = 2026-12-20\nwhy = "x"\n'


def read(tmp_path: Path, text: str) -> Guards:
    path = tmp_path / "guards.toml"
    path.write_text(text, encoding="utf-8")
    return guardfiles.read_guards(path)


def limit(limits: Limits, guard: str, entity: str, scope: Scope) -> tuple[float | None, int | None, bool]:
    found = limits[guard][entity, scope]
    return found.percent, found.count, found.holds


def test_the_defaults_name_every_guard_and_its_limits() -> None:
    known = guardfiles.defaults()
    assert set(known.limits) == {name for name, guard in GUARDS.items() if not guard.is_calendar}
    counting = [name for name in known.limits if GUARDS[name].entities]
    percents = {name: {one.percent for one in known.limits[name].values()} for name in counting}
    assert percents == {
        "deactivations": {10}, "updates": {50}, "rekeys": {5}, "additions": {25}, "roles": {2}, "emails": {2}
    }  # fmt: skip
    counted = [one for name in counting for one in known.limits[name].values()]
    assert {(one.minimum, one.count, one.holds, one.origin) for one in counted} == {
        (5, None, True, Origin.DEFAULT)
    }
    assert {name for name, pairs in known.limits.items() if not next(iter(pairs.values())).holds} == {
        "delivery.same"
    }


def test_what_a_file_does_not_say_stays_as_it_is(tmp_path: Path) -> None:
    known = read(tmp_path, "[updates]\npercent = 40\n")
    assert known.limits["deactivations"] == guardfiles.defaults().limits["deactivations"]
    assert known.limits["updates"]["users", Scope.WHOLE] == Limit(40, None, 5, origin=Origin.FILE)


def test_the_narrower_table_wins(tmp_path: Path) -> None:
    limits = read(
        tmp_path,
        """
        [deactivations.users.school]
        count = 3
        [deactivations.users]
        percent = 80
        [deactivations.school]
        percent = 60
        [deactivations]
        percent = 40
        """,
    ).limits
    assert limit(limits, "deactivations", "roles", Scope.WHOLE) == (40, None, True)
    assert limit(limits, "deactivations", "roles", Scope.SCHOOL) == (60, None, True)
    assert limit(limits, "deactivations", "users", Scope.WHOLE) == (80, None, True)
    assert limit(limits, "deactivations", "users", Scope.SCHOOL) == (80, 3, True)


def test_limits_are_taken_away_and_guards_switched_off(tmp_path: Path) -> None:
    limits = read(
        tmp_path,
        "[emails]\npercent = false\ncount = 2\n[roles]\nhold = false\n[roles.class]\nhold = true\n"
        '[updates]\nentities = ["users"]\nscopes = ["school"]\n',
    ).limits
    assert limit(limits, "emails", "users", Scope.SCHOOL) == (None, 2, True)
    assert limit(limits, "roles", "roles", Scope.SCHOOL) == (2, None, False)
    assert limit(limits, "roles", "enrollments", Scope.CLASS) == (2, None, True)
    watched = [pair for pair, one in limits["updates"].items() if one.holds]
    assert watched == [("users", Scope.SCHOOL)]


@pytest.mark.parametrize(
    ("text", "words", "remedy"),
    [
        ("[deactivation]\n", "there is no guard deactivation", "Did you mean deactivations?"),
        ("[file.mising]\n", "there is no guard file.mising", "Did you mean file.missing?"),
        ("[calendar.frozen]\nhold = false\n", "there is no guard calendar", "These are known: file.missing"),
        ("[froze]\n", "there is no guard froze", "Did you mean frozen?"),
        ("[updates]\npercentage = 3\n", "updates has no percentage", "Did you mean percent?"),
        ("[updates.usres]\npercent = 3\n", "updates has no usres", "Did you mean users?"),
        ("[updates.class]\npercent = 3\n", "updates has no class", "Did you mean classes?"),
        ("[emails.users.school.users]\n", "emails.users.school has no users", "These are known: hold"),
        ('[updates]\nentities = ["pupils"]\n', "updates.entities has no pupils", "These are known: orgs"),
        ('[updates]\nscopes = ["class"]\n', "updates.scopes has no class", "whole, school"),
        ("[updates]\nscopes = []\n", r"scopes of updates is \[\]", "Write a list of names"),
        ("[updates]\nentities = 3\n", "entities of updates is 3", "Write a list of names"),
        ("[updates]\npercent = -1\n", "percent of updates is -1", "Write a number such as 10"),
        ("[updates]\npercent = true\n", "percent of updates is true", "Write a number such as 10"),
        ("[updates]\npercent = nan\n", "percent of updates is NaN", "Write a number such as 10"),
        ('[updates]\npercent = "10 %"\n', 'percent of updates is "10 %"', "Write a number such as 10"),
        ("[updates.users]\ncount = 2.5\n", "count of updates.users is 2.5", "Write a whole number"),
        ("[updates]\nminimum = 0\n", "minimum of updates is 0", "from 1 up"),
        ("[file.missing]\nhold = 1\n", "hold of file.missing is 1", "true or false"),
        ("[file.missing]\npercent = 1\n", "file.missing has no percent", "These are known: hold"),
        ("updates = 3\n", "updates is no table", "[{where}]"),
        ("file = 3\n", "file is no table", "[{where}]"),
        ("[updates\n", "is no TOML", "UTF-8"),
        ("[frozen]\n", "frozen is no list of periods", "[[{kind}]]"),
        ("frozen = [3]\n", "frozen is no list of periods", "[[{kind}]]"),
        ('[[frozen]]\nuntil = 2026-12-20\nwhy = "x"\n', "frozen lacks from", "2026-12-19"),
        (
            '[[frozen]]\nfrom = "2026-12-20"\nuntil = 2026-12-20\nwhy = "x"\n',
            'from of frozen is "2026',
            "quot",
        ),
        (
            '[[frozen]]\nfrom = 2026-12-20T10:00:00\nuntil = 2026-12-20\nwhy = "x"\n',
            "from of frozen is",
            "Write",
        ),
        ("[[frozen]]\nfrom = 2026-12-20\nuntil = 2026-12-20\n", "frozen lacks why", "Say why"),
        (
            f"[[frozen]]\n{DAY}untill = 3\n",
            "frozen has no untill",
            "Did you mean until?",
        ),
        (
            f"[[roll-over]]\n{DAY}[roll-over.update]\n",
            "roll-over has no update",
            "Did you mean updates?",
        ),
        (
            f"[[roll-over]]\n{DAY}[roll-over.updates]\nhold = 3\n",
            "hold of roll-over.updates is 3",
            "true or false",
        ),
        (
            '[[frozen]]\nfrom = 2026-12-20\nuntil = 2026-12-19\nwhy = "x"\n',
            "frozen ends before it begins: from 2026-12-20 until 2026-12-19",
            "Write the earlier day",
        ),
        (
            '[[frozen]]\nfrom = 2026-12-20\nuntil = 2026-12-24\nwhy = "x"\n'
            '[[additions-only]]\nfrom = 2026-12-24\nuntil = 2026-12-28\nwhy = "y"\n',
            "frozen from 2026-12-20 until 2026-12-24, and additions-only from 2026-12-24",
            "Let one end on the day before",
        ),
    ],
)
def test_what_a_file_cannot_say_is_told_with_file_place_and_remedy(
    tmp_path: Path, text: str, words: str, remedy: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "guards.toml") in str(caught.value)
    hint = caught.value.hint
    assert remedy in hint or remedy in hint.format(**caught.value.values)


def test_a_file_that_cannot_be_read_or_is_endless_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        guardfiles.read_guards(tmp_path)
    with pytest.raises(UsageError, match="longer than 1 MiB"):
        read(tmp_path, "#" * (SIZE.size + 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deactivations", "deactivations is no limit"),
        ("deactivations=lots", "is no limit"),
        ("deactivations=2.5", "is no limit"),
        ("deactivation=3", "There is no guard deactivation"),
        ("file.missing=3", "has no limit to raise"),
        ("updates.usres=3", "updates does not count usres"),
        ("roles.users=3", "roles does not count users"),
    ],
)
def test_what_is_no_limit_cannot_be_raised(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        guarding.raised_limit(text)


@pytest.mark.parametrize("text", ["deactivations=0", "emails.users=2.5%", "delivery.partial=50%"])
def test_a_limit_can_be_raised_in_records_and_percent(text: str) -> None:
    assert guarding.raised_limit(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deactivation", "There is no guard deactivation"),
        ("deactivations@", "names no guard of a school"),
        ("file.missing@S1", "names no guard of a school"),
    ],
)
def test_what_is_no_guard_cannot_be_accepted(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        guarding.accepted_guard(text)
