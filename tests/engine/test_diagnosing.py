"""What a spreadsheet does to a column is told once, and the rows' findings follow from it."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartable.engine import checking, findings, reading
from cartable.engine.workspace import opened
from cartable.model.findings import Action, Finding
from cartable.model.options import CheckOptions
from tests.engine.uploads import BASE, ROLES, USERS, checked

Place = tuple[str | None, int | None, str | None]

HEADER = "userSourcedId,orgSourcedId,role"


def roles(column: str, *values: str) -> dict[str, str]:
    cells = (f'"{value}"' if "," in value else value for value in values)
    rows = zip(("T1,S1,teacher", "P1,S1,student", "P1,S1,guardian"), cells, strict=False)
    return {"roles.csv": f"{HEADER},{column}\n" + "".join(f"{row},{cell}\n" for row, cell in rows)}


def people(column: str, value: str) -> dict[str, str]:
    return {"users.csv": f"sourcedId,username,{column}\nT1,anne,\nP1,leo,{value}\n"}


def damage(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings if finding.code.startswith("spreadsheet.")}


@pytest.mark.parametrize(
    ("column", "values", "code", "row"),
    [
        ("roleStartDate", ("24/08/2026", "01/09/2026"), "spreadsheet.date", "value.date"),
        ("roleStartDate", ("24.08.2026", "1.9.26"), "spreadsheet.date", "value.date"),
        ("roleStartDate", ("01/09/2026 00:00", "1-sept-26"), "spreadsheet.date", "value.date"),
        ("roleStartDate", ("46258", "46266,5"), "spreadsheet.serial", "value.date"),
        ("isPrimary", ("VRAI", "FAUX"), "spreadsheet.boolean", "value.boolean"),
        ("isPrimary", ("Wahr", "falsch"), "spreadsheet.boolean", "value.boolean"),
        ("isPrimary", ("#N/A", "#NOM?"), "spreadsheet.error", "value.boolean"),
        ("roleStartDate", ("########", "########"), "spreadsheet.error", "value.date"),
        ("roleStartDate", ("“2026-08-24”", "“2026-08-25”"), "spreadsheet.quotes", "value.date"),
        ("grade", ("5.0", "6,0"), "spreadsheet.decimal", "value.code"),
        ("sessionSourcedId", ("1,2E+11", "1.2E+12"), "spreadsheet.scientific", "key.damaged"),
    ],
)
def test_a_damaged_column_is_named_once_and_its_rows_follow(
    column: str, values: tuple[str, ...], code: str, row: str, tmp_path: Path
) -> None:
    sessions = (
        "sourcedId,title,type,schoolYear,startDate,endDate\nY,Y,schoolYear,2027,2026-09-01,2027-07-01\n"
    )
    with checked(tmp_path, {**roles(column, *values), "academicSessions.csv": sessions}) as result:
        named = result.of(code)
        followers = [finding for finding in result.findings if finding.code == row]
    assert (named.file, named.line, named.column, named.value) == ("roles.csv", 2, column, values[0])
    assert named.detail["count"] == "2"
    assert (named.severity, named.action, named.cause) == ("warning", Action.NONE, None)
    assert [finding.line for finding in followers] == [2, 3]
    assert {finding.cause for finding in followers} == {named.number}
    assert {finding.action for finding in followers} == {Action.BLANK}


@pytest.mark.parametrize(
    ("values", "case"),
    [
        (("01/09/2026", "24/08/2026"), "day"),
        (("9/1/2026", "8/24/2026"), "month"),
        (("01/09/2026", "02/09/2026"), ""),
        (("24/08/2026", "8/24/2026"), "mixed"),
        (("2026/08/24", "2026-08-24 00:00:00"), "year"),
        (("24/08/26", "01/09/26"), "short"),
        (("24 août 2026", "1-sept-26"), "words"),
        (("24/08/2026", "1-sept-26"), "mixed"),
    ],
)
def test_which_part_of_a_date_comes_first_is_told_where_it_is_certain(
    values: tuple[str, ...], case: str, tmp_path: Path
) -> None:
    with checked(tmp_path, roles("roleStartDate", *values)) as result:
        assert result.of("spreadsheet.date").detail.get("case", "") == case


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("roleStartDate", "2015-02-30"),
        ("roleStartDate", "demain"),
        ("roleStartDate", "2026-09-01T00:00:00Z"),
        ("isPrimary", "oui"),
        ("isPrimary", "1"),
        ("grade", "6e"),
    ],
)
def test_what_no_spreadsheet_does_is_not_laid_at_its_door(column: str, value: str, tmp_path: Path) -> None:
    with checked(tmp_path, roles(column, value, "")) as result:
        assert damage(result.findings) == {}
        assert len(result.findings) == 1
        assert result.findings[0].cause is None


def test_a_single_damaged_value_is_named_too(tmp_path: Path) -> None:
    with checked(tmp_path, roles("roleStartDate", "2026-09-01", "46258")) as result:
        named = result.of("spreadsheet.serial")
        assert (named.line, named.detail) == (3, {"count": "1", "day": "2026-08-24"})


def test_codes_that_got_a_decimal_are_named_with_what_they_were(tmp_path: Path) -> None:
    with checked(tmp_path, roles("grade", "99.0", "5.0")) as result:
        named = result.of("spreadsheet.decimal")
        assert (named.line, named.value, named.detail) == (
            3,
            "5.0",
            {"count": "2", "case": "code", "other": "05"},
        )


def test_numbers_that_are_no_codes_are_named_without_what_they_were(tmp_path: Path) -> None:
    with checked(tmp_path, roles("grade", "99.0")) as result:
        assert result.of("spreadsheet.decimal").detail == {"count": "1"}


def test_references_that_lost_zeros_are_named_with_what_they_were(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type\n0123,Lac,school\n0456,Mer,school\n"
    links = f"{HEADER}\nT1,123,teacher\nP1,456,student\n"
    with checked(tmp_path, {"orgs.csv": orgs, "roles.csv": links}) as result:
        named = result.of("spreadsheet.zeros")
        assert (named.file, named.line, named.column) == ("roles.csv", 2, "orgSourcedId")
        assert (named.value, named.detail) == ("123", {"count": "2", "other": "0123"})
        missing = [finding for finding in result.findings if finding.code == "reference.missing"]
        assert [finding.cause for finding in missing] == [named.number] * 2
        assert {finding.action for finding in missing} == {Action.EXCLUDE}
        assert result.summary.excluded == 2


def test_identifiers_that_lost_zeros_are_named_where_references_still_have_them(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type\n9,Mer,school\n123,Lac,school\n"
    links = f"{HEADER}\nT1,0123,teacher\nP1,0123,student\nP1,9,guardian\n"
    with checked(tmp_path, {"orgs.csv": orgs, "roles.csv": links}) as result:
        named = result.of("spreadsheet.zeros")
        assert (named.file, named.line, named.column) == ("orgs.csv", 3, "sourcedId")
        assert (named.value, named.detail) == ("123", {"count": "1", "other": "0123"})
        missing = [finding for finding in result.findings if finding.code == "reference.missing"]
        assert [(finding.line, finding.cause) for finding in missing] == [
            (2, named.number),
            (3, named.number),
        ]
        assert (result.of("key.damaged").line, result.of("key.damaged").cause) == (3, named.number)


def test_a_number_that_may_have_lost_zeros_in_two_ways_has_lost_none(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type\n0123,Lac,school\n00123,Mer,school\n"
    with checked(tmp_path, {"orgs.csv": orgs, "roles.csv": f"{HEADER}\nT1,123,teacher\n"}) as result:
        assert damage(result.findings) == {}


def test_codes_that_lost_a_zero_are_named(tmp_path: Path) -> None:
    courses = "sourcedId,orgSourcedId,title,subject\nC1,S1,Maths,2\nC2,S1,Sport,x\n"
    with checked(tmp_path, {"courses.csv": courses}) as result:
        assert result.of("spreadsheet.zeros").detail == {"count": "1", "other": "02"}
        codes = {finding.line: finding.cause for finding in result.findings if finding.code == "value.code"}
        assert codes == {2: result.of("spreadsheet.zeros").number, 3: None}


def test_an_unknown_number_is_no_lost_zero(tmp_path: Path) -> None:
    orgs = "sourcedId,name,type\n0123,Lac,school\n"
    with checked(tmp_path, {"orgs.csv": orgs, "roles.csv": f"{HEADER}\nT1,124,teacher\n"}) as result:
        assert damage(result.findings) == {}


def test_identifiers_damaged_alike_in_all_files_are_named_though_they_resolve(tmp_path: Path) -> None:
    users = "sourcedId,username\n1.0,anne\n2.0,leo\n"
    links = f"{HEADER}\n1.0,S1,teacher\n2.0,S1,student\n"
    with checked(tmp_path, {"users.csv": users, "roles.csv": links}) as result:
        assert result.places("spreadsheet.decimal") == [
            ("users.csv", 2, "sourcedId"),
            ("roles.csv", 2, "userSourcedId"),
        ]
        assert result.summary.excluded == 0


def test_people_who_became_one_by_a_power_of_ten_are_left_out_and_follow_from_it(tmp_path: Path) -> None:
    users = "sourcedId,username\n1.23457E+11,anne\n1.23457E+11,leo\n"
    links = f"{HEADER}\n1.23457E+11,S1,teacher\n"
    with checked(tmp_path, {"users.csv": users, "roles.csv": links}) as result:
        named = next(finding for finding in result.findings if finding.column == "sourcedId")
        assert named.code == "spreadsheet.scientific"
        rows = [f for f in result.findings if f.code == "key.damaged" and f.file == "users.csv"]
        assert [(f.line, f.cause, f.action) for f in rows] == [
            (2, named.number, Action.EXCLUDE),
            (3, named.number, Action.EXCLUDE),
        ]


@pytest.mark.parametrize(
    ("key", "reference", "code"),
    [
        ("10001.0", "10001", "spreadsheet.decimal"),
        ("C\u00a01", "C 1", "spreadsheet.blank"),
        ("C \u00a01", "C 1", "spreadsheet.blank"),
        ("C\u200b1", "C1", "spreadsheet.blank"),
        ("C \u200b1", "C 1", "spreadsheet.blank"),
        ("“K1”", "K1", "spreadsheet.quotes"),
        ("l’école", "l'école", "spreadsheet.quotes"),
        ("Ã©-1", "é-1", "spreadsheet.mojibake"),
        ("2.02600E+11", "202600000001", "spreadsheet.scientific"),
        ('"2,026E+11"', "202600000001", "spreadsheet.scientific"),
        ("2.026E+5", "202601", "spreadsheet.scientific"),
    ],
)
def test_references_to_a_damaged_identifier_follow_from_its_column(
    key: str, reference: str, code: str, tmp_path: Path
) -> None:
    users = f"sourcedId,username\n{key},anne\nP2,leo\n"
    links = f"{HEADER}\n{reference},S1,teacher\nP2,S1,student\n9999,S1,student\n"
    with checked(tmp_path, {"users.csv": users, "roles.csv": links}) as result:
        named = result.of(code)
        assert (named.file, named.line, named.column) == ("users.csv", 2, "sourcedId")
        assert named.detail["count"] == "1"
        missing = [finding for finding in result.findings if finding.code == "reference.missing"]
        assert {finding.line: finding.cause for finding in missing} == {2: named.number, 4: None}
        assert all("closest" not in finding.detail for finding in missing)
        row = result.of("key.damaged")
        assert (row.file, row.line, row.cause) == ("users.csv", 2, named.number)
        assert result.summary.excluded == 3


@pytest.mark.parametrize(
    ("key", "reference"),
    [("6-janv", "6-1"), ("06-janv.", "6-1"), ("6-Jan", "6/1"), ("06. Mrz", "6.3"), ("1-juin", "6-1")],
)
def test_identifiers_that_were_taken_for_days_follow_from_their_column(
    key: str, reference: str, tmp_path: Path
) -> None:
    classes = f"sourcedId,orgSourcedId,title\n{key},S1,A\nK2,S1,B\n"
    enrolled = f"classSourcedId,userSourcedId,role\n{reference},T1,teacher\nK2,T1,teacher\nK2,P1,student\n"
    with checked(tmp_path, {"classes.csv": classes, "enrollments.csv": enrolled}) as result:
        named = result.of("spreadsheet.date")
        assert (named.file, named.line, named.detail) == ("classes.csv", 2, {"case": "named", "count": "1"})
        assert {f.cause for f in result.findings if f is not named} == {named.number}
        assert result.summary.excluded == 2


@pytest.mark.parametrize("key", ["6-1", "10-MAR", "10-set", "jan-01", "32-janv", "6-janvier", "C-6-mai"])
def test_identifiers_that_only_resemble_days_are_sound(key: str, tmp_path: Path) -> None:
    classes = f"sourcedId,orgSourcedId,title\n{key},S1,A\n"
    enrolled = f"classSourcedId,userSourcedId,role\n{key},T1,teacher\n{key},P1,student\n"
    with checked(tmp_path, {"classes.csv": classes, "enrollments.csv": enrolled}) as result:
        assert result.findings == ()


def test_blanks_that_are_no_plain_ones_at_the_edges_are_told_once(tmp_path: Path) -> None:
    cells = ("6\u00a0", " \u202f6", " 6")
    with checked(tmp_path, roles("grade", *cells)) as result:
        named = result.of("spreadsheet.blank")
        assert (named.line, named.column, named.detail) == (2, "grade", {"count": "2"})
        blanks = {f.line: f.cause for f in result.findings if f.code == "value.whitespace"}
        assert blanks == {2: named.number, 3: named.number, 4: None}


def test_what_follows_from_a_row_that_damage_excludes_still_follows_from_the_row(tmp_path: Path) -> None:
    sessions = (
        "sourcedId,title,type,schoolYear,startDate,endDate\nY,Y,schoolYear,2027,01/09/2026,2027-07-01\n"
    )
    files = {"academicSessions.csv": sessions, **roles("sessionSourcedId", "Y", "Y")}
    with checked(tmp_path, files) as result:
        date, named = result.of("value.date"), result.of("spreadsheet.date")
        assert (date.action, date.cause) == (Action.EXCLUDE, named.number)
        followers = [finding for finding in result.findings if finding.code == "reference.excluded"]
        assert [finding.cause for finding in followers] == [date.number] * 2
        assert result.summary.excluded == 1


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("givenName", "ZoÃ©", "spreadsheet.mojibake"),
        ("familyName", "Nâ€™Diaye", "spreadsheet.mojibake"),
        ("familyName", "DÃ©jÃ  vu", "spreadsheet.mojibake"),
        ("familyName", "MÃ¼ller", "spreadsheet.mojibake"),
        ("familyName", "L\ufffda", "spreadsheet.mojibake"),
        ("familyName", "“Roux”", "spreadsheet.quotes"),
        ("userNumber", "12’5", "spreadsheet.quotes"),
        ("givenName", "Jean\u00a0Paul", "spreadsheet.blank"),
        ("givenName", "Jean\u200bPaul", "spreadsheet.blank"),
        ("userNumber", "12\u00a0345", "spreadsheet.blank"),
        ("familyName", "#VALEUR!", "spreadsheet.error"),
        ("userNumber", "#REF!", "spreadsheet.error"),
        ("userNumber", "1.23457E+11", "spreadsheet.scientific"),
    ],
)
def test_texts_that_are_valid_but_damaged_are_named(
    column: str, value: str, code: str, tmp_path: Path
) -> None:
    with checked(tmp_path, people(column, value)) as result:
        assert [finding.code for finding in result.findings] == [code]
        assert result.places(code) == [("users.csv", 3, column)]
        assert result.summary.excluded == result.summary.blanked == 0


@pytest.mark.parametrize(
    "name",
    [
        "École",
        "Noël",
        "Œuvre",
        "JOÃO",
        "SÃO PAULO",
        "CORAÇÃO",
        "L’HAŸ",
        "O’Brien",
        "Collège « L’Orée »".replace(" ", "\u00a0", 1),
        "Groupe\u202f: 6e\u00a0!",
        "l’« École »",
        "A“B”C",
        "Nº 5 ÇÅÄ",
        "C# avancé",
        "1.0",
        "François 1er – 2e année…",
    ],
)
def test_typography_and_letters_of_real_names_are_no_damage(name: str, tmp_path: Path) -> None:
    with checked(tmp_path, {"orgs.csv": f"sourcedId,name,type\nS1,{name},school\n"}) as result:
        assert result.findings == ()


def test_what_garbled_letters_were_is_told(tmp_path: Path) -> None:
    with checked(tmp_path, people("givenName", "DÃ©jÃ  Ã‰va")) as result:
        assert result.of("spreadsheet.mojibake").detail == {"count": "1", "other": "Déjà Éva"}


@pytest.mark.parametrize("rows", ["P1,leo,Ã\u0089lodie\n", "T1,anne,\nP1,leo,Ã\u0089lodie\n"])
def test_letters_of_which_controls_are_left_are_garbled_letters(rows: str, tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": "sourcedId,username,givenName\n" + rows}) as result:
        named, row = result.of("spreadsheet.mojibake"), result.of("row.control-character")
        assert (named.column, named.detail) == ("givenName", {"count": "1", "other": "Élodie"})
        assert (row.line, row.cause, row.action) == (named.line, named.number, Action.EXCLUDE)


@pytest.mark.parametrize("value", ["Zo\u0089", "Ã\u0007", "É\u0089"])
def test_other_controls_are_no_garbled_letters(value: str, tmp_path: Path) -> None:
    with checked(tmp_path, people("givenName", value)) as result:
        assert damage(result.findings) == {}
        assert result.of("row.control-character").cause is None


ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûüÿ'’ -",
    "abcdefghijklmnopqrstuvwxyzäöüß -",
    "abcdefghijklmnopqrstuvwxyzáéíñóúü -",
    "abcdefghijklmnopqrstuvwxyzàáâãçéêíóôõú -",
    "abcdefghijklmnopqrstuvwxyząćęłńóśźż -",
)
TEXTS = st.sampled_from(ALPHABETS).flatmap(
    lambda letters: st.text(letters.replace("ß", "") + letters.upper(), min_size=1, max_size=12)
)


def _named(texts: list[str]) -> list[int]:
    """Which of the texts, as names of schools, are told to be garbled: 0 for the first."""
    rows = "".join(f'O{number},"{text}",school\n' for number, text in enumerate(texts))
    found: list[int] = []
    with tempfile.TemporaryDirectory() as name, opened() as workspace:
        directory = Path(name)
        for file, text in {**BASE, "orgs.csv": "sourcedId,name,type\n" + rows}.items():
            (directory / file).write_text(text, encoding="utf-8", newline="")
        delivery = reading.read(workspace, directory, block=64)
        checking.check(workspace, delivery, CheckOptions())
        if any(finding.code == "spreadsheet.mojibake" for finding in findings.findings(workspace)):
            lines = "select distinct line from damaged where code = 'spreadsheet.mojibake'"
            found = [line - 2 for (line,) in workspace.execute(lines)]
    return sorted(found)


@settings(max_examples=8, deadline=None)
@given(texts=st.lists(TEXTS, min_size=40, max_size=60))
def test_no_language_is_taken_for_garbled_and_every_garbled_text_is_seen(texts: list[str]) -> None:
    assert _named(texts) == []
    garbled: dict[int, str] = {}
    for number, text in enumerate(texts):
        try:
            read = text.encode().decode("cp1252")
        except UnicodeDecodeError:
            continue
        if not text.isascii():
            garbled[number] = read
    told = [garbled.get(number, "Lac") for number in range(len(texts))]
    assert _named(told) == sorted(garbled)


def test_a_trace_across_two_blocks_is_seen(tmp_path: Path) -> None:
    for file, text in {**BASE, **people("givenName", "Jean\u00a0Paul"), "roles.csv": ROLES}.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    for block in (1, 2, 3, 5):
        with opened() as workspace:
            delivery = reading.read(workspace, tmp_path, block=block)
            checking.check(workspace, delivery, CheckOptions())
            codes = [finding.code for finding in findings.findings(workspace)]
        assert codes == ["spreadsheet.blank"], block


def test_a_clean_delivery_has_no_trace(tmp_path: Path) -> None:
    with checked(tmp_path, {"users.csv": USERS.replace("anne", "anne.é")}) as result:
        assert result.workspace.execute("select * from trace") == []
