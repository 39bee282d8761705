"""Causes: what to correct, and exactly the rows that come back with it."""

from collections import Counter
from pathlib import Path

import pytest

from cartable.flow.checking import checked
from cartable.formats.sds import SDS_V2_1
from cartable.generating.writing import generate
from cartable.model.causes import Cause
from cartable.model.findings import Action, Finding
from cartable.model.options import CheckOptions
from tests.engine.uploads import BASE, ORGS, USERS

CLASSES = "sourcedId,orgSourcedId,title\n"
ENROLLMENTS = "classSourcedId,userSourcedId,role\n"
ENROLLED = ENROLLMENTS + "K1,T1,teacher\nK1,P1,student\nK2,T1,teacher\nK2,P1,student\n"


def causes(files: dict[str, str], directory: Path, roots: int = 20) -> list[Cause]:
    for name, text in {**BASE, **files}.items():
        (directory / name).write_text(text, encoding="utf-8")
    with checked(directory, CheckOptions()) as result:
        found = list(result.causes(None, roots))
        assert Counter(cause.code for cause in found) == result.causes_by_code
        assert sum(cause.left_out for cause in found) == result.summary.excluded
        assert sum(cause.blanked for cause in found) == result.summary.blanked
        return found


def test_a_row_takes_with_it_all_that_depends_on_it(tmp_path: Path) -> None:
    first = causes(
        {
            "orgs.csv": ORGS + "O17,,school\n",
            "roles.csv": BASE["roles.csv"] + "P1,O17,student\n",
            "classes.csv": CLASSES + "K1,O17,Maths\nK2,O17,Chant\n",
            "enrollments.csv": ENROLLMENTS + "K1,P1,student\nK2,P1,student\nK1,T1,teacher\n",
        },
        tmp_path,
    )[0]
    assert (first.code, first.file, first.column) == ("value.required", "orgs.csv", "name")
    assert first.rows == {"orgs.csv": 1}
    assert list(first.dependents.items()) == [("roles.csv", 1), ("classes.csv", 2), ("enrollments.csv", 3)]


def test_a_rows_own_error_comes_before_what_it_depends_on(tmp_path: Path) -> None:
    found = causes(
        {
            "classes.csv": CLASSES + "K1,S1,\n",
            "enrollments.csv": ENROLLMENTS + "K1,P1,pupil\nK1,T1,teacher\n",
        },
        tmp_path,
    )
    assert {cause.code: (cause.rows, cause.dependents) for cause in found if cause.left_out} == {
        "value.required": ({"classes.csv": 1}, {"enrollments.csv": 1}),
        "value.code": ({"enrollments.csv": 1}, {}),
    }


def test_of_two_rows_that_it_depends_on_the_first_column_decides(tmp_path: Path) -> None:
    # The user falls by itself, the class only with its organisation: the class's column comes first.
    found = causes(
        {
            "orgs.csv": ORGS + "O2,,school\n",
            "users.csv": USERS + "P2,\n",
            "classes.csv": CLASSES + "K1,O2,Maths\n",
            "enrollments.csv": ENROLLMENTS + "K1,P2,student\n",
        },
        tmp_path,
    )
    assert {cause.file: cause.dependents for cause in found if cause.left_out} == {
        "orgs.csv": {"classes.csv": 1, "enrollments.csv": 1},
        "users.csv": {},
    }


def test_a_value_that_nobody_knows_is_one_cause_in_a_hundred_rows(tmp_path: Path) -> None:
    users = "sourcedId,username\n" + "".join(f"P{n},p{n}\n" for n in range(100))
    roles = "userSourcedId,orgSourcedId,role\n" + "".join(f"P{n},S1,eleve\n" for n in range(100))
    (cause,) = causes({"users.csv": users, "roles.csv": roles}, tmp_path)
    assert (cause.value, cause.findings, cause.places, cause.rows) == ("eleve", 100, 100, {"roles.csv": 100})
    assert len(cause.roots) == 20


def test_a_row_that_is_not_there_is_one_cause_whatever_refers_to_it(tmp_path: Path) -> None:
    cause = causes(
        {
            "roles.csv": BASE["roles.csv"] + "P9,S1,student\n",
            "classes.csv": CLASSES + "K1,S1,Maths\n",
            "enrollments.csv": ENROLLMENTS + "K1,T1,teacher\nK1,P9,student\n",
        },
        tmp_path,
    )[0]
    assert (cause.value, cause.rows) == ("P9", {"roles.csv": 1, "enrollments.csv": 1})


def test_what_brings_back_most_rows_for_one_correction_comes_first(tmp_path: Path) -> None:
    users = USERS + "".join(f"X{n},\n" for n in range(5))
    roles = BASE["roles.csv"] + "P1,S9,student\nT1,S9,teacher\n"
    found = causes({"users.csv": users, "roles.csv": roles}, tmp_path)
    assert [(cause.code, cause.left_out) for cause in found][:2] == [
        ("reference.missing", 2),
        ("value.required", 5),
    ]


def test_a_file_that_is_not_there_counts_every_value_that_refers_to_it(tmp_path: Path) -> None:
    classes = "sourcedId,orgSourcedId,title,sessionSourcedIds\n"
    (cause,) = causes(
        {"classes.csv": classes + 'K1,S1,Maths,"A1,A2"\nK2,S1,Chant,A1\n', "enrollments.csv": ENROLLED},
        tmp_path,
    )
    assert (cause.code, cause.findings, cause.blanked) == ("file.missing", 1, 3)


def test_a_list_that_names_a_missing_row_twice_loses_it_once(tmp_path: Path) -> None:
    classes = "sourcedId,orgSourcedId,title,sessionSourcedIds\n"
    found = causes(
        {
            "academicSessions.csv": "sourcedId,title,type,schoolYear,startDate,endDate\n"
            "A1,Année,schoolYear,2026,2025-09-01,2026-07-04\n",
            "classes.csv": classes + 'K1,S1,Maths,"A9,A8,A9,A1"\nK2,S1,Chant,A9\n',
            "enrollments.csv": ENROLLED,
        },
        tmp_path,
    )
    assert {cause.value: cause.blanked for cause in found if cause.blanked} == {"A9": 2, "A8": 1}


def test_a_reference_to_a_row_that_could_not_be_read_comes_behind_that_row(tmp_path: Path) -> None:
    roles = BASE["roles.csv"] + "P2,S1,student\nP2,S1,proctor\n"
    found = causes({"users.csv": USERS + '"P2,p2\n', "roles.csv": roles}, tmp_path)
    assert [(cause.code, cause.left_out) for cause in found] == [("row.quote", 1), ("reference.missing", 2)]


def test_what_concerns_a_whole_file_comes_before_what_follows_from_it(tmp_path: Path) -> None:
    found = causes(
        {
            "users.csv": USERS + "P2,\n",
            "classes.csv": CLASSES + "K1,S1,Maths\n",
            "enrollments.csv": ENROLLMENTS.rstrip("\n") + "\nK1,P1,student\nK1,T",
        },
        tmp_path,
    )
    assert [(cause.code, cause.left_out) for cause in found] == [
        ("file.cut", 1),
        ("value.required", 1),
    ]


def test_the_findings_with_most_dependents_are_shown_first(tmp_path: Path) -> None:
    cause = causes(
        {
            "classes.csv": CLASSES + "K1,S1,\nK2,S1,\n",
            "enrollments.csv": ENROLLMENTS + "K2,P1,student\n",
        },
        tmp_path,
        roots=1,
    )[0]
    (root,) = cause.roots
    assert (cause.findings, root.finding.line, root.dependents) == (2, 3, {"enrollments.csv": 1})


def by_hand(findings: list[Finding]) -> Counter[tuple[int, bool]]:
    """For each excluded row the number of the finding that it goes back to, and whether by reference."""
    places = {
        (file.name, column.name): place
        for file in SDS_V2_1.files
        for place, column in enumerate(file.columns)
    }
    numbered = {finding.number: finding for finding in findings}
    rows: dict[tuple[str | None, int | None], list[Finding]] = {}
    for finding in findings:
        if finding.action is Action.EXCLUDE:
            rows.setdefault((finding.file, finding.line), []).append(finding)

    def leads(cause: int | None) -> bool:
        return cause is not None and numbered[cause].action is Action.EXCLUDE

    def root(row: tuple[str | None, int | None]) -> tuple[int, bool]:
        own = [finding for finding in rows[row] if not leads(finding.cause)]
        if own:
            first = min(own, key=lambda finding: finding.number)
            return first.cause or first.number, False
        first = min(rows[row], key=lambda finding: places[finding.file or "", finding.column or ""])
        cause = numbered[first.cause or 0]
        return root((cause.file, cause.line))[0], True

    return Counter(map(root, rows))


@pytest.mark.parametrize("seed", range(2))
def test_every_excluded_row_is_counted_once_where_it_belongs(seed: int, tmp_path: Path) -> None:
    generate(tmp_path / "district", 150, seed, 0.15)
    with checked(tmp_path / "district", CheckOptions()) as result:
        expected = by_hand(list(result.findings()))
        assert sum(expected.values()) == result.summary.excluded > 50
        seen = 0
        for cause in result.causes(None, 10_000):
            own = {root.finding.number for root in cause.roots}
            assert sum(cause.rows.values()) == sum(expected[number, False] for number in own)
            for root in cause.roots:
                led = expected[root.finding.number, True]
                assert sum(root.dependents.values()) == led
                seen += led + expected[root.finding.number, False]
        assert seen == result.summary.excluded
        assert sum(cause.blanked for cause in result.causes(None, 1)) == result.summary.blanked > 10


def test_of_each_code_the_first_causes_are_told_where_so_many_are_asked_for(tmp_path: Path) -> None:
    generate(tmp_path / "district", 150, 5, 0.15)
    with checked(tmp_path / "district", CheckOptions()) as result:
        every = list(result.causes())
        for each, limit in ((1, None), (2, None), (2, 7), (5, 50)):
            nth: Counter[str] = Counter()
            first = []
            for cause in every:
                nth[cause.code] += 1
                if nth[cause.code] <= each:
                    first.append(cause)
            assert list(result.causes(limit, each=each)) == first[:limit]
            assert len(first) < len(every)
