"""Faults are where the answer key says, told by reading the broken files without the rules."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from cartable.formats.sds import SDS_V2_1
from cartable.generating.faults import KINDS
from cartable.generating.writing import CRLF, LF, generate

from .districts import Answer, answers, by_id, lines

# Every code that the table names, and those that reading and school years add.
CODES = {
    "file.missing",
    "file.unreadable",
    "file.encoding",
    "file.delimiter",
    "file.format",
    "file.duplicate",
    "file.empty",
    "file.header-only",
    "file.unexpected",
    "file.cut",
    "header.missing",
    "header.duplicate",
    "header.unknown",
    "header.legacy",
    "header.dropped",
    "row.ragged",
    "row.quote",
    "row.linebreak",
    "row.control-character",
    "row.too-long",
    "row.header",
    "row.blank",
    "value.required",
    "value.email",
    "value.phone",
    "value.date",
    "value.boolean",
    "value.code",
    "value.whitespace",
    "value.school-year",
    "key.duplicate",
    "key.shared",
    "key.spelling",
    "reference.missing",
    "reference.wrong-kind",
    "reference.excluded",
    "role.primary",
    "role.dates",
    "session.dates",
    "session.school-year",
    "session.overlap",
    "org.self",
    "org.cycle",
    "user.names",
    "user.contact",
    "user.staff-contact",
    "class.owner",
    "class.students",
    "class.years",
    "microsoft365.username",
    "microsoft365.name-length",
    "microsoft365.class-id",
    "microsoft365.same-id",
    "microsoft365.role",
    "microsoft365.alumni",
    "microsoft365.owner",
    "microsoft365.school-years",
    "google-classroom.email",
    "google-classroom.term",
    "google-classroom.title",
    "google-classroom.primary-teacher",
    "google-classroom.role",
    "google-classroom.period-title",
    "oneroster.code",
    "oneroster.grade",
    "oneroster.country",
    "oneroster.required",
    "oneroster.school",
    "apple-school-manager.quotes",
    "apple-school-manager.blank",
    "spreadsheet.zeros",
    "spreadsheet.decimal",
    "spreadsheet.scientific",
    "spreadsheet.date",
    "spreadsheet.serial",
    "spreadsheet.boolean",
    "spreadsheet.quotes",
    "spreadsheet.blank",
    "spreadsheet.mojibake",
    "spreadsheet.error",
    "spreadsheet.formula",
}

# What an editor shows in the line that the key names, for kinds of which a line shows it.
VISIBLE = {
    "row.header": r"sourcedId,username,.*",
    "row.blank": r"",
    "row.blank.separators": r",,",
    "row.ragged.short": r"[^,]*(,[^,]*){6}",
    "row.ragged.long": r"[^,]*(,[^,]*){2}",
    "row.ragged.empty-cells": r"[^,]*(,[^,]*){2},,",
    "row.quote.stray": r'.*,Port "\w.*',
    "row.quote.after": r'.*" \(FR\),.*',
    "row.quote.backslash": r'.*\\".*',
    "row.quote.unterminated": r'"P000000,iep',
    "row.linebreak": r'.*,"[^"]*',
    "row.linebreak.several": r'.*,"[^"]*',
    "row.linebreak.user": r'.*,"[^"]*',
    "row.linebreak.class": r'K\d+,O\d+,"[^"]*","[^"]*",M\d+,"[A-Z]+\d+',
    "row.control-character.nul": r".*\x00.*",
    "row.control-character.escape": r".*\x1b\[31m.*",
    "row.control-character.delete": r".*\x7f.*",
    "value.required.username": r"P\d+,,.*",
    "value.required.user-id": r",[a-z0-9.]+@.*",
    "value.email.accent": r".*,é[a-z0-9.]+@.*",
    "value.phone.national": r".*,06 39 98 12 34,.*",
    "value.date.day-first": r".*,01/09/2026,.*",
    "value.date.unreal": r".*,2015-02-30,.*",
    "value.boolean.oui": r".*,oui,.*",
    "value.code.role": r".*,Lehrer,.*",
    "value.code.race-element": r".*,martian\"",
    "value.whitespace.no-break": ".*,\u00a0.*",
    "value.whitespace.identifier": ".*\t,student",
    "reference.missing.case": r"K\d+,p\d+,student",
    "spreadsheet.date.month-first": r".*,6/30/2027",
    "spreadsheet.serial": r".*,42005,.*",
    "spreadsheet.boolean": r".*,VRAI,.*",
    "spreadsheet.decimal": r"P\d+,.*,\d+\.0",
    "spreadsheet.scientific": r".*,3\.36399E\+10,.*",
    "spreadsheet.quotes": ".*\u201c.*\u201d.*",
    "spreadsheet.blank": ".*,Anne\u00a0Lise,.*",
    "spreadsheet.mojibake": ".*,B\u00c3\u00a9langer,.*",
    "spreadsheet.error": ".*,#REF!",
    "role.dates": r".*,2026-09-01,1999-07-03",
    "session.dates": r".*,2027-07-03,2026-09-01",
    "org.self": r"(X\d+),.*,\1",
    "key.shared.email": r".*,[A-Z0-9.]+@ELEVES\.ECOLE\.EXAMPLE,.*",
    "class.students": r"X\d+,.*",
}


def _planted(tmp_path: Path, kind: str, eol: str = CRLF) -> tuple[Path, list[Answer]]:
    directory = tmp_path / "d"
    made = generate(directory, 600, seed=11, kinds=[kind], eol=eol)
    assert made.planted == 1
    assert made.key
    return directory, answers(made.key)


def test_there_are_more_than_sixty_kinds_and_each_code_has_one() -> None:
    assert len(KINDS) >= 60
    assert {fault.code for fault in KINDS.values()} == CODES


def test_the_generator_knows_nothing_of_the_rules() -> None:
    rooms = Path(generate.__code__.co_filename).parent
    for module in rooms.glob("*.py"):
        assert "cartable.rules" not in module.read_text(encoding="utf-8"), module.name


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"row.too-long"}))
def test_each_kind_alone_names_places_that_exist(tmp_path: Path, kind: str) -> None:
    directory, key = _planted(tmp_path, kind)
    fault = KINDS[kind]
    assert fault.code in {answer.code for answer in key}
    assert {answer.kind for answer in key} == {kind}
    for answer in key:
        assert answer.severity in ("fatal", "error", "warning", "info")
        if answer.line:
            assert 1 <= answer.line < len((directory / answer.file).read_bytes().split(b"\n")) + 1


@pytest.mark.parametrize("eol", [CRLF, LF], ids=["crlf", "lf"])
@pytest.mark.parametrize("kind", sorted(VISIBLE))
def test_the_line_named_shows_the_fault(tmp_path: Path, kind: str, eol: str) -> None:
    directory, key = _planted(tmp_path, kind, eol)
    (answer,) = [answer for answer in key if answer.code == KINDS[kind].code]
    assert answer.line
    line = lines(directory, answer.file)[answer.line - 1].removesuffix("\r")
    assert re.fullmatch(VISIBLE[kind], line), line


def test_lines_stay_exact_behind_embedded_breaks_and_blank_lines(tmp_path: Path) -> None:
    kinds = ["row.linebreak.several", "row.linebreak", "value.date.unreal", "row.blank", "value.email.accent"]
    made = generate(tmp_path / "d", 7_000, seed=4, faults=0.002, kinds=kinds)
    assert made.key
    seen = defaultdict(int)
    for answer in answers(made.key):
        if answer.code in ("value.date", "value.email") and answer.line:
            line = lines(tmp_path / "d", answer.file)[answer.line - 1].removesuffix("\r")
            assert re.fullmatch(VISIBLE[answer.kind], line)
            seen[answer.kind] += 1
    assert min(seen.values()) > 10


@pytest.mark.parametrize("kind", ["value.required.username", "row.linebreak.user", "value.required.user-id"])
def test_all_that_hangs_on_a_pupil_follows(tmp_path: Path, kind: str) -> None:
    generate(tmp_path / "clean", 600, seed=11)
    _, key = _planted(tmp_path, kind)
    users = by_id(tmp_path / "clean", "users")
    (root,) = [answer for answer in key if answer.file == "users.csv"]
    assert root.line
    pupil = list(users)[root.line - 2]
    followers = {(answer.file, answer.line) for answer in key if answer is not root}
    expected = set()
    for file in SDS_V2_1.files:
        for number, line in enumerate(lines(tmp_path / "clean", file.name), start=1):
            if file.entity != "users" and pupil in line.rstrip("\r").split(","):
                expected.add((file.name, number))
    assert followers == expected
    assert len(followers) > 8
    codes = {answer.code for answer in key if answer is not root}
    assert codes == {"reference.missing" if kind.endswith("user-id") else "reference.excluded"}
    assert {answer.severity for answer in key} == {"error"}


def test_a_school_left_out_takes_its_classes_and_their_enrollments_along(tmp_path: Path) -> None:
    directory, key = _planted(tmp_path, "value.required.org-name")
    counts = defaultdict(int)
    for answer in key:
        counts[answer.file, answer.code, answer.severity] += 1
    (school,) = [row for row in by_id(directory, "orgs").values() if not row["name"]]
    classes = [
        row for row in by_id(directory, "classes").values() if row["orgSourcedId"] == school["sourcedId"]
    ]
    excluded = "reference.excluded"
    assert counts["classes.csv", excluded, "error"] == len(classes)
    # The courses are left out as well, so that each class loses its course besides.
    assert counts["classes.csv", excluded, "warning"] == len(classes)
    assert counts["enrollments.csv", excluded, "error"] > 5 * len(classes)


def test_a_mix_holds_nearly_every_kind_and_no_two_faults_meet(tmp_path: Path) -> None:
    made = generate(tmp_path / "d", 10_000, seed=2, faults=0.002)
    assert made.key
    key = answers(made.key)
    expected = {fault.name for fault in KINDS.values() if fault.mixed and not fault.alone and not fault.needs}
    assert len(expected) >= 60
    assert {answer.kind for answer in key} == expected
    assert made.planted == int(sum(made.rows.values()) * 0.002)
    owners = defaultdict(set)
    for answer in key:
        if answer.line and answer.line > 1:
            owners[answer.file, answer.line].add(answer.kind)
    assert all(len(kinds) == 1 for kinds in owners.values())


def test_faults_at_a_rate_are_strewn_over_the_whole_file(tmp_path: Path) -> None:
    made = generate(tmp_path / "d", 10_000, seed=2, faults=0.001, kinds=["value.date.unreal"])
    assert made.key
    places = sorted(answer.line or 0 for answer in answers(made.key))
    assert made.planted == len(places)
    assert places[0] < 1_000
    assert places[-1] > 9_000
