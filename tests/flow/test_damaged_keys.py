"""An identifier that a program has destroyed is nobody's: it adds no person and takes none away."""

from pathlib import Path

import pytest

from cartable.flow.checking import checked
from cartable.model.findings import Action
from cartable.model.options import CheckOptions
from tests.flow.rosters import ORGS, Files, Nights, lines

pytestmark = pytest.mark.planning

FILES = ("users", "roles", "classes", "enrollments")


def school(key: str) -> dict[str, str]:
    """Six people, of whom one has this identifier, in a class."""
    everyone = (key, "P2", "P3", "P4", "P5", "T1")
    work = ["teacher" if who == "T1" else "student" for who in everyone]
    pairs = list(zip(everyone, work, strict=True))
    return {
        "orgs": ORGS,
        "users": lines("sourcedId,username", *(f"{who},u{n}" for n, who in enumerate(everyone))),
        "roles": lines("userSourcedId,orgSourcedId,role", *(f"{who},S1,{role}" for who, role in pairs)),
        "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A"),
        "enrollments": lines(
            "classSourcedId,userSourcedId,role", *(f"K1,{who},{role}" for who, role in pairs)
        ),
    }


def damaged(files: Files, names: tuple[str, ...], key: str, became: str) -> dict[str, str]:
    return {name: text.replace(key, became) if name in names else text for name, text in files.items()}


# What is there, what a program makes of it, and the code that names that.
DAMAGE = pytest.mark.parametrize(
    ("key", "became", "code"),
    [
        ("P1", "#N/A", "spreadsheet.error"),
        ("12345678901", "1.23457E+10", "spreadsheet.scientific"),
        ("12345678901", '"1,23457E+10"', "spreadsheet.scientific"),
        ("00017", "17", "spreadsheet.zeros"),
        ("10017", "10017.0", "spreadsheet.decimal"),
        ("é-17", "Ã©-17", "spreadsheet.mojibake"),
        ("É-17", "\ufffd-17", "spreadsheet.mojibake"),
        ("6-1", "06-janv", "spreadsheet.date"),
        ("P1", '"=""P1"""', "spreadsheet.formula"),
        ("P-17", "“P-17”", "spreadsheet.quotes"),
        ("P 17", "P\u00a017", "spreadsheet.blank"),
    ],
)


def _sync_damaged(nights: Nights, names: tuple[str, ...], key: str, became: str) -> None:
    """Three nights, in the second of which an identifier is damaged in these files: nothing has happened."""
    sound = school(key)
    nights.sync(sound)
    done = nights.sync(damaged(sound, names, key, became))
    assert {name: (done[name].add, done[name].deactivate) for name in FILES} == dict.fromkeys(FILES, (0, 0))
    assert (done["users"].keep, done["users"].unchanged) == (1, 5)
    done = nights.sync(sound)
    assert not any(done[name].changing for name in FILES)


@DAMAGE
def test_nobody_comes_or_goes_by_a_damaged_identifier(
    key: str, became: str, code: str, nights: Nights
) -> None:
    _sync_damaged(nights, ("users",), key, became)


@pytest.mark.parametrize(("key", "became"), [("P1", "#N/A"), ("12345678901", "1.23457E+10"), ("00017", "17")])
def test_nor_where_other_files_have_it_damaged_likewise(key: str, became: str, nights: Nights) -> None:
    _sync_damaged(nights, ("users", "roles"), key, became)


@DAMAGE
def test_its_row_is_left_out_for_the_column_once(key: str, became: str, code: str, tmp_path: Path) -> None:
    delivery = Nights(tmp_path, "").deliver(damaged(school(key), ("users",), key, became))
    with checked(delivery, CheckOptions()) as check:
        findings, causes = list(check.findings()), list(check.causes(None, 20))
    (named,) = (finding for finding in findings if finding.code == code)
    (row,) = (finding for finding in findings if finding.code == "key.damaged")
    assert (row.file, row.line, row.action, row.cause) == ("users.csv", 2, Action.EXCLUDE, named.number)
    assert sum(cause.left_out for cause in causes) == check.summary.excluded == 3
    assert (causes[0].code, causes[0].left_out) == (code, 3)
    assert [cause.code for cause in causes if cause.left_out] == [code]


def test_one_who_has_left_goes_beside_an_identifier_whose_own_form_is_known(nights: Nights) -> None:
    sound = school("00017")
    nights.sync(sound)
    left = {name: text.replace("P5,u4\n", "").replace("P5,S1,student\n", "") for name, text in sound.items()}
    left["enrollments"] = sound["enrollments"].replace("K1,P5,student\n", "")
    done = nights.sync(damaged(left, ("users", "roles"), "00017", "17"))
    assert (done["users"].keep, done["users"].deactivate) == (1, 1)
    assert nights.records("users", "sourcedId") == [("00017",), ("P2",), ("P3",), ("P4",), ("T1",)]
    assert ("00017",) in nights.records("roles", "userSourcedId")


def test_identifiers_that_one_error_has_made_alike_are_no_duplicates_of_each_other(nights: Nights) -> None:
    sound = school("P1")
    nights.sync(sound)
    both = damaged(damaged(sound, ("users",), "P1", "#N/A"), ("users",), "P2", "#N/A")
    with checked(nights.deliver(both), CheckOptions()) as check:
        codes = [finding.code for finding in check.findings()]
    assert (codes.count("key.damaged"), "key.duplicate" in codes) == (2, False)
    done = nights.sync(both)
    assert (done["users"].keep, done["users"].deactivate, done["users"].add) == (2, 0, 0)


def test_a_destroyed_part_of_a_key_keeps_the_records_that_agree_with_the_others(nights: Nights) -> None:
    sound = school("P1")
    nights.sync(sound)
    broken = sound["enrollments"].replace("K1,P1,", "K1,#REF!,").replace("K1,P5,student\n", "")
    done = nights.sync({**sound, "enrollments": broken})
    assert (done["enrollments"].keep, done["enrollments"].deactivate) == (2, 0)
    # The teacher's enrollment agrees with no pupil's row.
    assert not nights.sync({**sound, "enrollments": broken})["enrollments"].changing


def test_an_optional_part_of_a_key_that_is_destroyed_is_left_empty(nights: Nights) -> None:
    header = "userSourcedId,orgSourcedId,role,sessionSourcedId"
    sessions = lines(
        "sourcedId,title,type,schoolYear,startDate,endDate", "Y,Year,schoolYear,2027,2026-09-01,2027-07-03"
    )
    sound = {**school("P1"), "academicSessions": sessions, "roles": lines(header, "P1,S1,student,Y")}
    nights.sync(sound)
    done = nights.sync({**sound, "roles": lines(header, "P1,S1,student,#N/A")})
    assert (done["roles"].keep, done["roles"].add, done["roles"].deactivate) == (1, 0, 0)
    assert nights.records("roles", "sessionSourcedId") == [("Y",)]
