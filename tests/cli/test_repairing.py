"""`cartable repair`: what it puts right, what it leaves, what it tells, and that it writes all or nothing."""

import csv
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import CLEAN, FAULTY, delivered

Capture = pytest.CaptureFixture[str]
Same = Callable[[str, str], None]

ROLES = "userSourcedId,orgSourcedId,role\nT1,S1,teacher\nP1,S1,student\n"


def repaired(path: Path, status: int = 0) -> Path:
    """Repair into a directory beside the delivery; returns it."""
    copy = path.with_name("copy")
    assert main(["repair", str(path), "-o", str(copy)]) == status
    return copy


def listed(copy: Path) -> list[tuple[str, str, str, str, str, str]]:
    """The list of repairs: kind, file, line, column, before, after."""
    with copy.with_name(f"{copy.name}.repairs.csv").open(encoding="utf-8-sig", newline="") as file:
        names = ("repair", "file", "line", "column", "before", "after")
        return [tuple(row[name] for name in names) for row in csv.DictReader(file)]  # type: ignore[misc]


def kinds(copy: Path) -> list[str]:
    return [kind for kind, *_ in listed(copy)]


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def with_roles(
    *rows: str, header: str = "userSourcedId,orgSourcedId,role,isPrimary,roleStartDate"
) -> dict[str, str]:
    return {**CLEAN, "roles.csv": "\n".join((header, *rows)) + "\n"}


FRENCH_EXCEL = {
    "orgs.csv": "sourcedId;name;type\r\n0012;École du Lac, Étretat;School\r\n",
    "Users.csv": "SourcedId;UserName;givenName;familyName\r\n007;anne;Anne ;Hélène\r\n"
    '0042;leo;Léo;"D; ""Zo"""\r\n',
    "roles.csv": "userSourcedId;orgSourcedId;role;isPrimary;roleStartDate\r\n"
    "7;12;Teacher;VRAI;01/09/2026\r\n42;12;Stu dent;FAUX;25/09/2026\r\n",
}


def as_exported(directory: Path, files: dict[str, str], encoding: str) -> Path:
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_bytes(text.encode(encoding))
    return directory


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_an_export_of_a_french_spreadsheet_is_put_right_and_told(
    language: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, same_as_before: Same
) -> None:
    as_exported(tmp_path / "export", FRENCH_EXCEL, "cp1252")
    monkeypatch.chdir(tmp_path)
    assert main(["repair", "export", "-o", "copy", "--lang", language]) == 0
    same_as_before(f"repair.{language}.txt", capsys.readouterr().out)
    same_as_before(f"repair-list.{language}.csv", Path("copy.repairs.csv").read_bytes().decode("utf-8-sig"))
    # Excel reads accents only behind it.
    assert Path("copy.repairs.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert contents(Path("copy")) == {
        "orgs.csv": 'sourcedId,name,type\r\n0012,"École du Lac, Étretat",school\r\n'.encode(),
        "users.csv": "sourcedId,username,givenName,familyName\r\n007,anne,Anne,Hélène\r\n"
        '0042,leo,Léo,"D; ""Zo"""\r\n'.encode(),
        "roles.csv": b"userSourcedId,orgSourcedId,role,isPrimary,roleStartDate\r\n"
        b"007,0012,teacher,true,2026-09-01\r\n0042,0012,student,false,2026-09-25\r\n",
    }


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_with_tabs_becomes_utf_8_with_commas(encoding: str, tmp_path: Path) -> None:
    tabs = {name: text.replace(",", "\t") for name, text in CLEAN.items()}
    copy = repaired(as_exported(tmp_path / "export", tabs, encoding))
    assert contents(copy) == {name: text.encode() for name, text in CLEAN.items()}
    assert kinds(copy) == ["encoding", "delimiter"] * 3


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_letters_that_stand_right_in_one_encoding_alone_tell_it(encoding: str, tmp_path: Path) -> None:
    files = {**CLEAN, "users.csv": CLEAN["users.csv"].replace("Zoe", "Zoé-Françoise")}
    del files["orgs.csv"]
    export = as_exported(tmp_path / "export", files, encoding)
    (export / "orgs.csv").write_text(CLEAN["orgs.csv"], encoding="utf-8", newline="")
    copy = repaired(export)
    assert contents(copy) == {name: text.encode() for name, text in {**CLEAN, **files}.items()}
    assert kinds(copy) == ["encoding"]


def test_letters_that_could_be_of_several_encodings_are_left(tmp_path: Path) -> None:
    # E9 begins a word: é in Windows-1252, È in Mac Roman, Ú in DOS.
    export = delivered(tmp_path / "export", CLEAN)
    orgs = b"sourcedId,name,type\nS1,\xe9cole,school\n"
    (export / "orgs.csv").write_bytes(orgs)
    copy = repaired(export, status=2)
    assert contents(copy)["orgs.csv"] == orgs
    assert listed(copy) == []


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        (lambda text: b"\xef\xbb\xbf" + text, "mark"),
        (lambda text: b"\xef\xbb\xbf" * 2 + text, "mark"),
        (lambda text: text.replace(b"\n", b"\r"), "line-ends"),
        (lambda text: b"sep=,\n" + text, "separator-line"),
        (lambda text: text.replace(b"userSourcedId", b" UserSourced-ID "), "header"),
        (lambda text: text.replace(b"role\n", b"rolle\n"), "header"),
    ],
)
def test_a_file_is_repaired_as_a_whole(before: Callable[[bytes], bytes], kind: str, tmp_path: Path) -> None:
    export = delivered(tmp_path / "export", CLEAN)
    (export / "roles.csv").write_bytes(before(ROLES.encode()))
    copy = repaired(export)
    assert contents(copy)["roles.csv"] == ROLES.encode()
    assert kinds(copy) == [kind]


@pytest.mark.parametrize(
    "header",
    [
        "userSourcedId,orgSourcedId,roleX1",  # a number is no misspelling
        "userSourcedId,orgSourcedId,Role,rôle",  # two could be it
        "userSourcedId,orgSourcedId,fonction",
    ],
)
def test_a_header_that_may_be_another_column_is_left(header: str, tmp_path: Path) -> None:
    text = ROLES.replace("userSourcedId,orgSourcedId,role", header)
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}), status=2)
    assert contents(copy)["roles.csv"] == text.encode()
    assert listed(copy) == []


def sessions(year: str = "2027", start: str = "2026-09-01", end: str = "2027-07-03") -> str:
    header = "sourcedId,title,type,schoolYear,startDate,endDate"
    return f"{header}\nY,Année,schoolYear,{year},{start},{end}\n"


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        (("01/09/2026", "25/09/2026"), ("2026-09-01", "2026-09-25")),
        (("9/1/2026", "9/25/2026"), ("2026-09-01", "2026-09-25")),
        (("2026/9/1", "2026/09/02"), ("2026-09-01", "2026-09-02")),
        (("2026-09-01T00:00:00", "2026-09-02"), ("2026-09-01", "2026-09-02")),
        (("20260901", "20260902"), ("2026-09-01", "2026-09-02")),
        (("46266", "46267.0"), ("2026-09-01", "2026-09-02")),
        (("25/09/2026", "inconnu"), ("2026-09-25", "inconnu")),
    ],
)
def test_a_column_of_dates_in_one_format_is_repaired(
    rows: tuple[str, str], values: tuple[str, str], tmp_path: Path
) -> None:
    files = with_roles(*(f"{user},S1,student,,{date}" for user, date in zip(("T1", "P1"), rows, strict=True)))
    files["academicSessions.csv"] = sessions()
    copy = repaired(delivered(tmp_path / "export", files))
    assert [row.rpartition(",")[2] for row in (copy / "roles.csv").read_text().split()[1:]] == list(values)
    assert set(kinds(copy)) == {"date"}


@pytest.mark.parametrize(
    "rows",
    [
        ("01/09/2026", "02/10/2026"),  # day and month could be either
        ("25/09/2026", "09/25/2026"),  # one of them contradicts
        ("25/09/2026", "2026/09/01"),
        ("31/02/2026", "25/09/2026"),  # no date at all
        ("46266", "2026-09-01"),
        ("2026-09-01T22:00:00Z", "2026-09-02"),  # another day elsewhere
        ("25/09/26", "26/09/26"),
    ],
)
def test_a_column_of_dates_that_could_be_read_otherwise_is_left(
    rows: tuple[str, str], tmp_path: Path
) -> None:
    files = with_roles(*(f"{user},S1,student,,{date}" for user, date in zip(("T1", "P1"), rows, strict=True)))
    copy = repaired(delivered(tmp_path / "export", files))
    assert (copy / "roles.csv").read_text() == files["roles.csv"]
    assert listed(copy) == []


def shown(path: Path, capsys: Capture) -> str:
    """What a check says of the numbers of days in a delivery."""
    capsys.readouterr()
    main(["check", str(path), "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return "".join(one["message"] + one["hint"] for one in findings if one["code"] == "spreadsheet.serial")


BOTH, COMMAND = "four years and a day later if it counts from 1904", "cartable repair PATH -o DIR"


@pytest.mark.parametrize(
    ("numbers", "dates"),
    [
        (("46266", "46571"), ("2026-09-01", "2027-07-03")),
        (("44804", "45109"), ("2026-09-01", "2027-07-03")),  # counted from 1904
    ],
)
def test_the_school_year_tells_from_when_a_spreadsheet_counts(
    numbers: tuple[str, str], dates: tuple[str, str], tmp_path: Path, capsys: Capture
) -> None:
    export = delivered(tmp_path / "export", {**CLEAN, "academicSessions.csv": sessions("2027", *numbers)})
    assert BOTH not in shown(export, capsys)
    assert COMMAND in shown(export, capsys)
    assert (repaired(export) / "academicSessions.csv").read_text("utf-8") == sessions("2027", *dates)


def test_a_school_year_that_fits_neither_count_leaves_the_numbers(tmp_path: Path) -> None:
    export = delivered(
        tmp_path / "export", {**CLEAN, "academicSessions.csv": sessions("2019", "46266", "46571")}
    )
    assert listed(repaired(export, status=1)) == []


def test_roles_that_would_begin_in_years_tell_it_for_their_whole_file(tmp_path: Path) -> None:
    header = "userSourcedId,orgSourcedId,role,roleStartDate,roleEndDate"
    files = with_roles("T1,S1,teacher,46266,46571", "P1,S1,student,46266,46571", header=header)
    files["academicSessions.csv"] = sessions("2027.0")
    copy = repaired(delivered(tmp_path / "export", files))
    assert (copy / "roles.csv").read_text() == (
        f"{header}\nT1,S1,teacher,2026-09-01,2027-07-03\nP1,S1,student,2026-09-01,2027-07-03\n"
    )


def test_numbers_of_days_that_could_be_counted_from_1904_are_left_and_named_with_both(
    tmp_path: Path, capsys: Capture
) -> None:
    files = with_roles("T1,S1,teacher,,44804", "P1,S1,student,,44805")
    for name, texts in (("with", {**files, "academicSessions.csv": sessions()}), ("without", files)):
        export = delivered(tmp_path / name, texts)
        assert BOTH in shown(export, capsys)
        assert COMMAND not in shown(export, capsys)
        assert main(["repair", str(export), "-o", str(tmp_path / "copies" / name)]) == 0
        assert listed(tmp_path / "copies" / name) == []


def births(grades: Sequence[str], numbers: Sequence[str]) -> dict[str, str]:
    """Pupils of these grades, born on these days."""
    people = range(len(grades))
    return {
        **CLEAN,
        "users.csv": "sourcedId,username\n" + "".join(f"{n + 1:03},u{n}\n" for n in people),
        "roles.csv": "userSourcedId,orgSourcedId,role,grade\n"
        + "".join(f"{n + 1:03},S1,student,{grade}\n" for n, grade in enumerate(grades)),
        "demographics.csv": "userSourcedId,birthDate\n"
        + "".join(f"{n + 1},{number}\n" for n, number in enumerate(numbers)),
        "academicSessions.csv": sessions(),
    }


# Days of the year 2020 and 2016, as they are counted from 1900: in 2027 pupils of grades 1 and 5.
IN_2020, IN_2016 = "43900", "42400"


@pytest.mark.parametrize(
    ("grades", "numbers", "is_repaired"),
    [
        (("01", "05"), (IN_2020, IN_2016), True),
        (("1.0", "5.0"), (IN_2020, IN_2016), True),
        (("kg", "pk"), ("44300", "44900"), True),
        (("01",) * 30, (*(str(int(IN_2020) + n) for n in range(29)), "46266"), True),  # one slip
        (("", ""), (IN_2020, IN_2016), False),
        (("05", "09"), (IN_2020, IN_2016), False),  # too young from 1900 already
        (("01", "05"), ("42439", "40939"), False),  # right from 1904; old from 1900, but not impossible
    ],
)
def test_pupils_who_would_be_too_young_tell_from_when_a_spreadsheet_counts(
    grades: Sequence[str], numbers: Sequence[str], is_repaired: bool, tmp_path: Path
) -> None:
    copy = repaired(delivered(tmp_path / "export", births(grades, numbers)))
    dates = [after for kind, *_, after in listed(copy) if kind == "date"]
    assert len(dates) == (len(numbers) if is_repaired else 0)
    assert set(kinds(repaired(copy.rename(tmp_path / "first")))) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("VRAI", "FAUX"), ("true", "false")),
        (("WAHR", "falsch"), ("true", "false")),
        (("FALSO", ""), ("false", "")),
        (("VERO", "FAUX"), ("VERO", "FAUX")),
        (("1", "0"), ("true", "false")),
        (("oui", "true"), ("true", "true")),
        (("1", "true"), ("1", "true")),
        (("VRAI", "no"), ("VRAI", "no")),
        (("VRAI", "peut-être"), ("VRAI", "peut-être")),
    ],
)
def test_words_for_true_and_false_are_repaired_where_the_column_has_one_pair(
    before: tuple[str, str], after: tuple[str, str], tmp_path: Path
) -> None:
    files = with_roles(f"T1,S1,teacher,{before[0]},", f"P1,S1,student,{before[1]},")
    copy = repaired(delivered(tmp_path / "export", files))
    rows = (copy / "roles.csv").read_text(encoding="utf-8").split()[1:]
    assert tuple(row.split(",")[3] for row in rows) == after


ORGS = "sourcedId,name,type\n7,Lac,school\n007,Mer,school\n0012,Bois,school\n30,Val,school\n"


def roles_in(*orgs: str) -> dict[str, str]:
    users = "".join(f"U{number},u{number}\n" for number in range(len(orgs)))
    roles = "".join(f"U{number},{org},student\n" for number, org in enumerate(orgs))
    return {
        "orgs.csv": ORGS,
        "users.csv": "sourcedId,username\n" + users,
        "roles.csv": "userSourcedId,orgSourcedId,role\n" + roles,
    }


def test_an_identifier_gets_back_what_a_spreadsheet_took_or_added(tmp_path: Path) -> None:
    copy = repaired(delivered(tmp_path / "export", roles_in("12", "30.0", "7", '"12,0"', "99")), status=1)
    assert listed(copy) == [
        ("zeros", "roles.csv", "2", "orgSourcedId", "12", "0012"),
        ("decimals", "roles.csv", "3", "orgSourcedId", "30.0", "30"),
        ("decimals", "roles.csv", "5", "orgSourcedId", "12,0", "0012"),
    ]


def test_zeros_come_back_where_half_of_the_column_has_kept_them(tmp_path: Path) -> None:
    copy = repaired(delivered(tmp_path / "export", roles_in("12", "0012", "007")))
    assert listed(copy) == [("zeros", "roles.csv", "2", "orgSourcedId", "12", "0012")]


def schools(*ids: str) -> str:
    return "sourcedId,name,type\n" + "".join(f"{one},School {n},school\n" for n, one in enumerate(ids))


def test_an_identifier_that_all_references_have_with_zeros_gets_them_back(tmp_path: Path) -> None:
    files = roles_in("0012", "0012", "30", "É-1")
    files["orgs.csv"] = (
        "sourcedId,name,type,parentSourcedId\n12 ,Bois,school,30\n30.0,Val,district,\n"
        "Ã‰-1,x,school,\n5,y,school,\n"
    )
    copy = repaired(delivered(tmp_path / "export", files))
    assert listed(copy) == [
        ("zeros", "orgs.csv", "2", "sourcedId", "12 ", "0012"),
        ("decimals", "orgs.csv", "3", "sourcedId", "30.0", "30"),
        ("mojibake", "orgs.csv", "4", "sourcedId", "Ã‰-1", "É-1"),
    ]


@pytest.mark.parametrize(
    ("ids", "references"),
    [
        (("12",), ("0012", "012")),  # references disagree
        (("12",), ("0012", "12")),
        (("12", "012"), ("0012",)),  # it could be either
        (("12", "0012"), ("012",)),
        (("Ã‰-1",), ("É-1", "Ã‰-1")),
        (("Ã‰-1", "É-1"), ("É-1",)),
    ],
)
def test_an_identifier_of_which_references_are_not_sure_is_left(
    ids: tuple[str, ...], references: tuple[str, ...], tmp_path: Path
) -> None:
    files = {**roles_in(*references), "orgs.csv": schools(*ids)}
    export = delivered(tmp_path / "export", files)
    main(["repair", str(export), "-o", str(tmp_path / "copy")])
    assert listed(tmp_path / "copy") == []


def test_a_garbled_reference_becomes_the_identifier_that_is_there(tmp_path: Path) -> None:
    files = {**roles_in("Ã‰-1", "É-1"), "orgs.csv": schools("É-1")}
    copy = repaired(delivered(tmp_path / "export", files))
    assert listed(copy) == [("mojibake", "roles.csv", "2", "orgSourcedId", "Ã‰-1", "É-1")]


def test_identifiers_that_are_garbled_everywhere_alike_are_left(tmp_path: Path) -> None:
    files = {**roles_in("Ã‰-1"), "orgs.csv": schools("Ã‰-1")}
    assert listed(repaired(delivered(tmp_path / "export", files))) == []


def test_an_identifier_that_could_be_two_is_left(tmp_path: Path) -> None:
    files = {
        "orgs.csv": "sourcedId,name,type\n007,Lac,school\n0007,Mer,school\n",
        "users.csv": "sourcedId,username\nU1,anne\n",
        "roles.csv": "userSourcedId,orgSourcedId,role\nU1,7,teacher\n",
    }
    copy = repaired(delivered(tmp_path / "export", files), status=1)
    assert listed(copy) == []


def test_zeros_come_back_in_lists_of_identifiers(tmp_path: Path) -> None:
    files = {
        **CLEAN,
        "academicSessions.csv": "sourcedId,title,type,schoolYear,startDate,endDate\n"
        "01,A,term,2027,2026-09-01,2026-12-31\n02,B,term,2027,2027-01-01,2027-07-01\n",
        "classes.csv": 'sourcedId,orgSourcedId,title,sessionSourcedIds\nC1,S1,Math,"1, X,2"\n',
        "enrollments.csv": "classSourcedId,userSourcedId,role\nC1,P1,student\nC1,T1,teacher\n",
    }
    copy = repaired(delivered(tmp_path / "export", files))
    assert listed(copy) == [
        ("zeros", "classes.csv", "2", "sessionSourcedIds", "1, X,2", "01, X,02"),
    ]


def test_letters_garbled_by_a_wrong_encoding_come_back(tmp_path: Path) -> None:
    garbled = "Zoé".encode().decode("cp1252")
    twice = "Léà".encode().decode("cp1252").encode().decode("cp1252")
    users = f"sourcedId,username,givenName\nT1,anne,{garbled}\nP1,leo,{twice}\nP2,joao,JOÃO\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}))
    assert (copy / "users.csv").read_text(encoding="utf-8") == (
        "sourcedId,username,givenName\nT1,anne,Zoé\nP1,leo,Léà\nP2,joao,JOÃO\n"
    )
    assert kinds(copy) == ["mojibake", "mojibake"]


@pytest.mark.parametrize(
    "name", ["Ćirić", "Nguyễn Ươn", "Țepeș", "José", "Zoë – l’Été", "À Ô Í", "Ça va déjà"]
)
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_letters_of_latin_alphabets_come_back_from_either_encoding(
    name: str, encoding: str, tmp_path: Path
) -> None:
    garbled = "".join(
        bytes([byte]).decode("latin-1" if encoding == "cp1252" and byte in UNDEFINED else encoding)
        for byte in name.encode()
    )
    users = f"sourcedId,username,givenName\nT1,anne,{garbled}\nP1,leo,Léo\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}))
    assert (copy / "users.csv").read_text(encoding="utf-8") == users.replace(garbled, name)
    assert kinds(copy) == ["mojibake"]


# Bytes that Windows-1252 has no character for, and that programs take for control characters.
UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")


def test_garbled_values_with_control_characters_come_back_where_the_whole_value_tells(tmp_path: Path) -> None:
    users = (
        "sourcedId,username,givenName,note,password\n"
        'Ã\x89-1,anne,"Ã\x89lise ""Nan"", Ã\x87a",Ã\x80 ,p\nP1,leo,Lé\x89o,n,p\nP2,mia,Mia,n,Ã\x89\n'
    )
    roles = ROLES.replace("T1", "Ã\x89-1")
    copy = repaired(
        delivered(tmp_path / "export", {**CLEAN, "users.csv": users, "roles.csv": roles}), status=1
    )
    assert listed(copy) == [
        ("mojibake", "users.csv", "2", "sourcedId", "Ã\\x89-1", "É-1"),
        ("mojibake", "users.csv", "2", "givenName", 'Ã\\x89lise "Nan", Ã\\x87a', 'Élise "Nan", Ça'),
        ("mojibake", "users.csv", "2", "note", "Ã\\x80 ", "À"),
        ("mojibake", "roles.csv", "2", "userSourcedId", "Ã\\x89-1", "É-1"),
    ]
    assert (copy / "users.csv").read_text(encoding="utf-8") == users.replace(
        'Ã\x89-1,anne,"Ã\x89lise ""Nan"", Ã\x87a",Ã\x80 ', 'É-1,anne,"Élise ""Nan"", Ça",À'
    )
    assert contents(repaired(copy.rename(tmp_path / "first"), status=1)) == contents(tmp_path / "first")


def test_what_a_blank_was_is_told_by_the_letters_around_it(tmp_path: Path) -> None:
    # The no-break space behind the first half of an "à" has become a plain one, or is gone.
    users = "sourcedId,username,givenName\nT1,anne,DÃ©jÃ \nP1,leo,DÃ©jÃ vu\nP2,mia,Ã‰va\u00a0\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}))
    assert [(before, after) for *_, before, after in listed(copy)] == [
        ("DÃ©jÃ ", "Déjà"),
        ("Ã‰va␣", "Éva"),
    ]


def test_a_code_is_written_as_the_list_writes_it(tmp_path: Path) -> None:
    files = with_roles(
        "T1,S1,Téacher,,",
        "P1,S1,it_admin,,",
        "P1,S1,élève,,",
    )
    copy = repaired(delivered(tmp_path / "export", files), status=1)
    assert [(before, after) for *_, before, after in listed(copy)] == [
        ("Téacher", "teacher"),
        ("it_admin", "itAdmin"),
    ]


def test_a_code_that_became_a_number_is_written_as_the_one_code_that_it_can_be(tmp_path: Path) -> None:
    courses = "sourcedId,orgSourcedId,title,subject,grade\n"
    rows = 'M1,S1,a,8.0,1.0\nM2,S1,b,8,13.0\nM3,S1,c,99.0,kg\nM4,S1,d,06.0,"2,0"\nM5,S1,e,51037.0,1.5\n'
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "courses.csv": courses + rows}))
    assert [(kind, line, before, after) for kind, _, line, _, before, after in listed(copy)] == [
        ("decimals", "2", "8.0", "08"),
        ("decimals", "2", "1.0", "01"),
        ("zeros", "3", "8", "08"),
        ("decimals", "3", "13.0", "13"),
        ("decimals", "5", "2,0", "02"),
        ("decimals", "6", "51037.0", "01"),
    ]


def test_a_number_that_two_codes_share_is_left(tmp_path: Path) -> None:
    (tmp_path / "codes.toml").write_text('[grades]\n"001" = { en = "One", fr = "Un" }\n')
    courses = "sourcedId,orgSourcedId,title,grade\nM1,S1,a,1.0\n"
    export = delivered(tmp_path / "export", {**CLEAN, "courses.csv": courses})
    copy = tmp_path / "copy"
    assert main(["repair", str(export), "-o", str(copy), "--codes", str(tmp_path / "codes.toml")]) == 0
    assert listed(copy) == []


def test_what_cannot_be_parsed_is_copied_as_it_came(tmp_path: Path) -> None:
    rows = 'T1,S1,Teacher\r\nP1,S1\r\n\r\n"P1",S1,"stu\r\ndent"\r\nP1,"S"1,Student\r\nP1,S1,Student'
    text = f"userSourcedId,orgSourcedId,role\r\n{rows}"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}), status=1)
    expected = text.replace("T1,S1,Teacher", "T1,S1,teacher")
    assert (copy / "roles.csv").read_bytes().decode() == expected[: -len("Student")] + "student"
    assert [line for _, _, line, *_ in listed(copy)] == ["2", "8"]


def test_a_file_with_semicolons_keeps_the_rows_that_cannot_be_split(tmp_path: Path) -> None:
    text = 'userSourcedId;orgSourcedId;role\nT1;S1;teacher\nP1;"S"1;x\n"P1";"S1";student\n'
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}), status=1)
    assert (copy / "roles.csv").read_text() == (
        'userSourcedId,orgSourcedId,role\nT1,S1,teacher\nP1;"S"1;x\n"P1","S1",student\n'
    )


def test_rows_with_commas_are_left_where_the_header_alone_has_semicolons(tmp_path: Path) -> None:
    text = '\nuserSourcedId;orgSourcedId;role\nT1,S1,teacher\nP1,"S1",student\n'
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}))
    assert (copy / "roles.csv").read_text() == text.replace(";", ",")
    assert kinds(copy) == ["header-delimiter"]


def test_single_rows_with_commas_are_left_among_semicolons(tmp_path: Path) -> None:
    text = "userSourcedId;orgSourcedId;role\nT1;S1;teacher\nP1,S1,student\nP1;S1;student\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}), status=1)
    assert (copy / "roles.csv").read_text() == text.replace(";", ",")
    assert kinds(copy) == ["delimiter"]


def test_rows_of_which_half_have_commas_leave_the_file(tmp_path: Path) -> None:
    text = "userSourcedId;orgSourcedId;role\nT1;S1;teacher\nP1,S1,student\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}), status=2)
    assert (copy / "roles.csv").read_text() == text
    assert listed(copy) == []


@pytest.mark.parametrize(
    "header", ["userSourcedId;orgSourcedId;role\n", "\nuserSourcedId;orgSourcedId;role\n"]
)
@pytest.mark.parametrize("rows", ["", "\n", "T1;S1;teacher;\nP1;S1;student;\n", "T1;Lac, Mer, Bois;x\n"])
def test_rows_with_about_as_many_semicolons_as_the_header_get_commas(
    header: str, rows: str, tmp_path: Path
) -> None:
    export = delivered(tmp_path / "export", {**CLEAN, "roles.csv": header + rows})
    main(["repair", str(export), "-o", str(tmp_path / "copy")])
    assert kinds(tmp_path / "copy") == ["delimiter"]
    assert ";" not in (tmp_path / "copy" / "roles.csv").read_text()


def test_quotation_marks_within_a_value_are_doubled_where_the_row_is_clear(tmp_path: Path) -> None:
    users = (
        'sourcedId,username,givenName,note,password\nT1,anne,Anne "Nan",5" x,p\nP1,leo,"a\nLéo "Le",o",n,p\n'
        'P2,mia,"Mi"a,n,p\nP3,zoe,Zo"e,n,"\nP4,lou,Lou,n,p"p\nP5,eve,"Eve ""E""",n,p\n'
    )
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}), status=1)
    assert listed(copy) == [
        ("quotes", "users.csv", "2", "givenName", 'Anne "Nan"', '"Anne ""Nan"""'),
        ("quotes", "users.csv", "2", "note", '5" x', '"5"" x"'),
    ]
    expected = users.replace('Anne "Nan",5" x', '"Anne ""Nan""","5"" x"')
    assert (copy / "users.csv").read_text(encoding="utf-8") == expected


def test_unknown_and_legacy_columns_stay_as_they_are(tmp_path: Path) -> None:
    users = 'password,sourcedId,note,username\n secret ," T1"," =1,2 ",anne\nx,P1,"a ""b""",leo \n'
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}))
    assert (copy / "users.csv").read_text() == (
        'password,sourcedId,note,username\n secret ,T1," =1,2 ",anne\nx,P1,"a ""b""",leo\n'
    )
    assert "secret" not in copy.with_name("copy.repairs.csv").read_text()


def test_lines_in_the_list_are_those_of_the_file_received(tmp_path: Path) -> None:
    text = "sep=;\nuserSourcedId;orgSourcedId;Role\nT1;S1;teacher\nP1;S1;Student\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "roles.csv": text}))
    assert [(kind, line) for kind, _, line, *_ in listed(copy)] == [
        ("delimiter", ""),
        ("separator-line", "1"),
        ("header", "2"),
        ("code", "4"),
    ]


def test_files_in_the_one_folder_of_a_zip_are_put_side_by_side(tmp_path: Path) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, text in CLEAN.items():
            zipped.writestr(f"export/{name.upper()}", text)
    copy = repaired(archive)
    assert contents(copy) == {name: text.encode() for name, text in CLEAN.items()}
    assert listed(copy)[0] == ("name", "orgs.csv", "", "", "export/ORGS.CSV", "orgs.csv")


@pytest.mark.parametrize("is_zip", [False, True])
def test_a_file_whose_name_is_like_that_of_a_missing_one_gets_its_name(is_zip: bool, tmp_path: Path) -> None:
    files = {name.replace("roles", "role").replace("users", "Users"): text for name, text in CLEAN.items()}
    export = delivered(tmp_path / "export", files)
    if is_zip:
        with zipfile.ZipFile(export := tmp_path / "export.zip", "w") as zipped:
            for name, text in files.items():
                zipped.writestr(name, text)
    copy = repaired(export)
    assert contents(copy) == {name: text.encode() for name, text in CLEAN.items()}
    assert listed(copy) == [
        ("name", "users.csv", "", "", "Users.csv", "users.csv"),
        ("name", "roles.csv", "", "", "role.csv", "roles.csv"),
    ]


@pytest.mark.parametrize("is_zip", [False, True])
@pytest.mark.parametrize("names", [("role.csv", "rolles.csv"), ("Roles.csv", "ROLES.csv")])
def test_of_two_files_that_may_be_a_missing_one_neither_is_renamed_or_lost(
    names: tuple[str, str], is_zip: bool, tmp_path: Path, capsys: Capture
) -> None:
    texts = {**CLEAN, names[0]: ROLES, names[1]: "other\n"}
    del texts["roles.csv"]
    export = delivered(tmp_path / "export", texts)
    if is_zip:
        with zipfile.ZipFile(export := tmp_path / "export.zip", "w") as zipped:
            for name, text in texts.items():
                zipped.writestr(name, text)
    copy = repaired(export, status=2)
    assert contents(copy) == {name: text.encode() for name, text in texts.items()}
    assert listed(copy) == []
    assert "not in the copy" not in capsys.readouterr().out


def test_a_header_in_french_is_written_as_the_column_it_is(tmp_path: Path) -> None:
    users = "identifiant,Nom d’utilisateur,nom,Prénom\nT1,anne,Roux,Anne\nP1,leo,Petit,Léo\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}))
    _, rows = users.split("\n", 1)
    assert (copy / "users.csv").read_text("utf-8") == f"sourcedId,username,familyName,givenName\n{rows}"
    assert kinds(copy) == ["header"] * 4


def test_the_list_is_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    users = "sourcedId,username\nT1,=1+1 \nP1,\u202eleo\n"
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "users.csv": users}))
    assert listed(copy) == [("blanks", "users.csv", "2", "username", "'=1+1 ", "'=1+1")]


def test_a_delivery_without_a_fault_is_copied_byte_by_byte(tmp_path: Path, capsys: Capture) -> None:
    export = delivered(tmp_path / "export", CLEAN)
    copy = repaired(export)
    assert contents(copy) == contents(export)
    assert listed(copy) == []
    assert "Nothing to repair" in capsys.readouterr().out


def test_the_exit_status_is_that_of_a_check_of_the_copy(tmp_path: Path) -> None:
    assert main(["check", str(repaired(delivered(tmp_path / "export", FAULTY), status=1))]) == 1


def refused(arguments: list[str], status: int, capsys: Capture) -> str:
    assert main(["repair", *arguments]) == status
    return capsys.readouterr().err


@pytest.mark.parametrize("place", ["export", "export/copy", "export/deep/copy", "link/copy"])
def test_nothing_is_written_into_the_delivery(place: str, tmp_path: Path, capsys: Capture) -> None:
    export = delivered(tmp_path / "export", CLEAN)
    (tmp_path / "link").symlink_to(export)
    told = refused([str(export), "-o", str(tmp_path / place)], 64, capsys)
    assert "cannot be put into the delivery itself" in told
    assert sorted(contents(export)) == sorted(CLEAN)


def test_nothing_is_written_over(tmp_path: Path, capsys: Capture) -> None:
    export = delivered(tmp_path / "export", CLEAN)
    other = delivered(tmp_path / "other", {"notes.txt": "mine"})
    told = refused([str(export), "-o", str(other)], 64, capsys)
    assert "is not empty: it holds notes.txt" in told
    assert contents(other) == {"notes.txt": b"mine"}


def test_an_empty_directory_is_filled(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    assert contents(repaired(delivered(tmp_path / "export", CLEAN))).keys() == CLEAN.keys()


def zip_bomb(directory: Path) -> Path:
    path = directory / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in CLEAN.items():
            zipped.writestr(name, text + "\n" * (100 * 1024 * 1024 if name == "users.csv" else 0))
    return path


def dangling(directory: Path) -> Path:
    export = delivered(directory / "export", CLEAN)
    (export / "classes.csv").symlink_to(directory / "nowhere")
    return export


def another_format(directory: Path) -> Path:
    users = "sourcedId,orgSourcedIds,username,role\nP1,S1,leo.petit,student\n"
    return delivered(directory / "export", {"orgs.csv": CLEAN["orgs.csv"], "users.csv": users})


def nothing_of_ours(directory: Path) -> Path:
    return delivered(directory / "export", {"notes.txt": "hello"})


@pytest.mark.parametrize("made", [zip_bomb, dangling, another_format, nothing_of_ours])
def test_a_copy_is_written_whole_or_not_at_all(
    made: Callable[[Path], Path], tmp_path: Path, capsys: Capture
) -> None:
    export = made(tmp_path)
    present = sorted(tmp_path.iterdir())
    told = refused([str(export), "-o", str(tmp_path / "new" / "copy")], 2, capsys)
    assert told.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == present


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path, capsys: Capture) -> None:
    export = delivered(tmp_path / "export", CLEAN)
    (tmp_path / "file").write_text("")
    told = refused([str(export), "-o", str(tmp_path / "file" / "copy")], 64, capsys)
    assert "cannot be written" in told


def test_files_that_are_none_of_the_format_are_named_and_not_copied(tmp_path: Path, capsys: Capture) -> None:
    copy = repaired(delivered(tmp_path / "export", {**CLEAN, "notes.txt": "x"}))
    assert "Not part of the format, and not in the copy: notes.txt." in capsys.readouterr().out
    assert sorted(contents(copy)) == sorted(CLEAN)
