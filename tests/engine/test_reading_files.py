"""What reading says of files, headers, folders and zips."""

import gzip
import hashlib
import io
import json
import lzma
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from cartable.engine.receiving import receive
from cartable.errors import InputError
from cartable.formats.format import Need
from cartable.formats.layouts import LAYOUTS
from cartable.formats.sds import SDS_V2_1
from cartable.model import limits
from tests.engine.readings import NEEDED, ORGS, USERS, read, reading_of, users_of

V1 = dict.fromkeys(("School.csv", "Section.csv", "Student.csv", "Teacher.csv"), b"SIS ID,Name\n1,x\n")
V2_USERS = b"sourcedId,orgSourcedIds,username,role\nU1,S1,a,student\n"
ONEROSTER_ROLES = b"sourcedId,status,dateLastModified,userSourcedId\n1,,,1\n"
ONEROSTER = {
    "orgs.csv": b"sourcedId,status,dateLastModified,name,type\n1,,,Lac,school\n",
    "users.csv": b"sourcedId,status,dateLastModified,username\n1,,,anne\n",
}


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_files_come_in_the_order_of_the_format_with_digest_and_size(tmp_path: Path) -> None:
    with reading_of(tmp_path, {"notes.txt": b"hello"}) as result:
        files = result.delivery.files
        assert [file.name for file in files] == ["orgs.csv", "users.csv", "roles.csv", "notes.txt"]
        assert files[1].sha256 == hashlib.sha256(USERS).hexdigest()
        assert files[1].bytes == len(USERS)
        assert files[3].entity is None
        assert result.delivery.format == "sds-v2.1"
        assert result.findings("code", "severity", "file") == [("file.unexpected", "info", "notes.txt")]
        assert result.raw(entity="courses") == []


def test_digest_is_of_the_whole_file_whatever_the_size_of_blocks(tmp_path: Path) -> None:
    with users_of(tmp_path, USERS * 5, block=7) as result:
        assert result.file().sha256 == hashlib.sha256(USERS * 5).hexdigest()


def test_a_path_with_wildcards_is_read_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "export [2026] *"
    folder.mkdir()
    with read(written(folder, NEEDED)) as result:
        assert result.raw("username") == [(2, "anne")]


@pytest.mark.parametrize("missing", ["orgs.csv", "users.csv", "roles.csv"])
def test_a_required_file_that_is_missing_is_fatal(tmp_path: Path, missing: str) -> None:
    with read(written(tmp_path, {n: c for n, c in NEEDED.items() if n != missing})) as result:
        assert result.findings("code", "severity", "file") == [("file.missing", "fatal", missing)]


def test_an_empty_folder_lacks_what_is_required_and_has_no_known_format(tmp_path: Path) -> None:
    with read(tmp_path) as result:
        assert [file for _, file, _ in result.findings()] == ["orgs.csv", "roles.csv", "users.csv"]
        assert result.delivery.format == "unknown"


def test_classes_without_enrollments_lack_their_other_half(tmp_path: Path) -> None:
    files = {"classes.csv": b"sourcedId,orgSourcedId,title\nC1,S1,Maths\n"}
    with reading_of(tmp_path, files) as result:
        ((code, file, detail),) = result.findings("code", "file", "detail")
        assert (code, file) == ("file.missing", "enrollments.csv")
        assert json.loads(detail) == {"case": "pair", "pair": "classes.csv"}


def test_a_misspelt_file_name_is_named_with_the_file_that_is_missing(tmp_path: Path) -> None:
    files = {"orgs.csv": ORGS, "Users.csv": USERS, "role.csv": NEEDED["roles.csv"]}
    with read(written(tmp_path, files)) as result:
        told = [
            (code, file, json.loads(d)["near"]) for code, file, d in result.findings("code", "file", "detail")
        ]
        assert told == [("file.missing", "roles.csv", "role.csv"), ("file.missing", "users.csv", "Users.csv")]


@pytest.mark.parametrize("name", ["USERS.CSV", "Users.csv", "user.csv"])
@pytest.mark.parametrize("archive", [False, True])
def test_a_file_that_is_needed_is_found_under_a_name_in_other_letters(
    tmp_path: Path, name: str, archive: bool
) -> None:
    files = {"orgs.csv": ORGS, "roles.csv": NEEDED["roles.csv"], name: USERS}
    path = zipped(tmp_path / "all.zip", files) if archive else written(tmp_path, files)
    with read(path) as result:
        ((code, severity, detail),) = result.findings("code", "severity", "detail")
        assert (code, severity, json.loads(detail)) == (
            "file.missing",
            "fatal",
            {"case": "near", "near": name},
        )


def test_an_optional_file_in_other_letters_is_to_be_renamed_unless_the_right_one_is_there(
    tmp_path: Path,
) -> None:
    files = {"academicsessions.csv": b"x\n", "USERS.CSV": USERS}
    with reading_of(tmp_path, files) as result:
        told = [(file, json.loads(detail).get("near")) for file, detail in result.findings("file", "detail")]
        assert told == [("USERS.CSV", None), ("academicsessions.csv", "academicSessions.csv")]


def test_a_file_without_a_byte_is_fatal_and_so_are_blank_lines_alone(tmp_path: Path) -> None:
    with reading_of(tmp_path, {"users.csv": b"", "roles.csv": b"\xef\xbb\xbf\r\n\r\n"}) as result:
        assert result.findings("code", "file") == [("file.empty", "roles.csv"), ("file.empty", "users.csv")]
        assert not result.file().readable


@pytest.mark.parametrize(
    ("kind", "case"),
    [("folder", "kind"), ("broken link", "link"), ("link to itself", "link"), ("pipe", "kind")],
)
def test_what_is_no_file_is_unreadable_and_the_others_are_read(tmp_path: Path, kind: str, case: str) -> None:
    written(tmp_path, {"orgs.csv": ORGS, "roles.csv": NEEDED["roles.csv"]})
    place = tmp_path / "users.csv"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(tmp_path / "nowhere.csv" if kind == "broken link" else place)
    with read(tmp_path) as result:
        ((code, file, detail),) = result.findings("code", "file", "detail")
        assert (code, file, json.loads(detail)["case"]) == ("file.unreadable", "users.csv", case)
        assert not result.file().readable
        assert result.raw("name", entity="orgs") == [(2, "Lac")]


@pytest.mark.parametrize(
    ("encoding", "likely"),
    [
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
        ("cp850", "DOS code page 850"),
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_another_encoding_is_fatal_and_named_with_its_first_line(
    tmp_path: Path, encoding: str, likely: str
) -> None:
    text = "sourcedId,username\r\nU1,anne\r\nU2,x,y\r\nU3,Zoé Lefèvre à Orléans\r\n"
    with users_of(tmp_path, text.encode(encoding)) as result:
        ((code, severity, line, detail),) = result.findings("code", "severity", "line", "detail")
        assert (code, severity, line) == ("file.encoding", "fatal", 1 if "utf" in encoding else 4)
        assert json.loads(detail)["likely"] == likely
        assert (result.file().readable, result.file().rows) == (False, 0)
        assert result.raw() == []
        assert result.pulled() == []


@pytest.mark.parametrize("block", [1, 2, 3, 50])
def test_line_of_a_wrong_byte_is_exact_in_blocks_of_any_size(tmp_path: Path, block: int) -> None:
    content = "sourcedId,username\né,b\n\n".encode() + b'"a\nb",\xc3\nU,d\n'
    with users_of(tmp_path, content, block) as result:
        assert result.findings("code", "line") == [("file.encoding", 5)]


def test_a_file_that_is_cut_within_a_letter_is_not_utf_8(tmp_path: Path) -> None:
    with users_of(tmp_path, "sourcedId,username\nU1,Zoé".encode()[:-1]) as result:
        assert result.findings("code", "line") == [("file.cut", 2), ("file.encoding", 2)]


def test_line_ends_of_old_macintosh_computers_are_one_fatal_finding(tmp_path: Path) -> None:
    with users_of(tmp_path, b"sourcedId,username\rU1,anne\rU2,paul\r") as result:
        ((code, line, detail),) = result.findings("code", "line", "detail")
        assert (code, line, json.loads(detail)["case"]) == ("file.encoding", 1, "line-ends")


@pytest.mark.parametrize(("mark", "case"), [(";", None), ("\t", "tab")])
def test_another_separator_is_one_fatal_finding(tmp_path: Path, mark: str, case: str | None) -> None:
    content = "sourcedId,username,givenName\nU1,anne,x\n".replace(",", mark)
    with users_of(tmp_path, content.encode()) as result:
        ((code, line, detail),) = result.findings("code", "line", "detail")
        assert (code, line, json.loads(detail).get("case")) == ("file.delimiter", 1, case)
        assert not result.file().readable


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"sourcedId,name", [("header.missing", "username", None), ("header.unknown", "name", None)]),
        (
            b"SourcedId,username",
            [("header.missing", "sourcedId", "SourcedId")],
        ),
        (
            b"SourcedId,sourcedID,username",
            [("header.missing", "sourcedId", "SourcedId"), ("header.unknown", "sourcedID", "sourcedId")],
        ),
        (b"sourcedId,username,emial", [("header.unknown", "emial", "email")]),
        (b"sourcedId,username,email,emial", [("header.unknown", "emial", None)]),
        ("sourcedId,username,téléphone".encode(), [("header.unknown", "téléphone", "phone")]),
        (b"sourcedId,username,Sms", [("header.unknown", "Sms", "sms")]),
        (b"sourcedId,username,zip,zip", [("header.duplicate", "zip", None), ("header.unknown", "zip", None)]),
        (b"sourcedId,username,username", [("header.duplicate", "username", None)]),
        (b"sourcedId,username,,", [("header.unknown", "", None)]),
        (b"sourcedId,username,Password", [("header.legacy", "Password", None)]),
        (
            b" sourcedId,username",
            [("header.missing", "sourcedId", " sourcedId")],
        ),
    ],
)
def test_headers_match_exactly_and_near_misses_are_named(
    tmp_path: Path, header: bytes, expected: list[tuple[str, str, str | None]]
) -> None:
    with users_of(tmp_path, header + b"\n" + b",".join([b"x"] * (header.count(b",") + 1)) + b"\n") as result:
        told = [
            (code, column, json.loads(detail or "{}").get("near"))
            for code, column, detail in result.findings("code", "column", "detail")
        ]
        assert told == expected
        assert {line for (line,) in result.findings("line")} == {1}
        fatal = any(code in ("header.missing", "header.duplicate") for code, _, _ in expected)
        assert (result.file().readable, len(result.raw())) == (not fatal, 0 if fatal else 1)


FRENCH = {
    "orgs": {"Identifiant": "sourcedId", "NOM": "name"},
    "users": {
        "identifiant": "sourcedId",
        "Nom d’utilisateur": "username",
        "nom": "familyName",
        "Prénom": "givenName",
        "prenom ": "givenName",
        "Courriel": "email",
        "Téléphone": "phone",
        "电子邮件": "email",
    },
    "roles": {"élève": "userSourcedId", "établissement": "orgSourcedId", "rôle": "role", "Niveau": "grade"},
    "classes": {"nom": "title", "école": "orgSourcedId"},
    "enrollments": {"classe": "classSourcedId", "Élève": "userSourcedId", "rôle": "role"},
    "courses": {"matière": "subject", "année scolaire": "schoolYearSourcedId"},
    "academicSessions": {"année scolaire": "schoolYear", "date_de_début": "startDate"},
    "relationships": {"responsable": "relationshipUserSourcedId"},
    "demographics": {"date de naissance": "birthDate", "Sexe": "sex"},
}


@pytest.mark.parametrize(
    ("entity", "word", "column"),
    [(e, word, name) for e, words in FRENCH.items() for word, name in words.items()],
)
def test_a_header_in_french_is_named_as_the_column_of_its_file(
    entity: str, word: str, column: str, tmp_path: Path
) -> None:
    file = SDS_V2_1.file_of(entity)
    names = [word if one.name == column else one.name for one in file.columns]
    with reading_of(tmp_path, {file.name: f"{','.join(names)}\n".encode()}) as result:
        told = [
            (code, severity, json.loads(detail))
            for code, severity, detail in result.findings("code", "severity", "detail")
            if code.startswith("header.")
        ]
        is_required = file.column_of(column).need is Need.REQUIRED
        detail = {"near": word if is_required else column, "case": "translated"}
        assert told == [
            ("header.missing", "fatal", detail)
            if is_required
            else ("header.unknown", "warning", {"format": "SDS v2.1", **detail})
        ]


def test_an_unknown_column_beside_a_missing_one_may_be_it(tmp_path: Path) -> None:
    with users_of(tmp_path, b"code,compte,\nU1,anne,\n") as result:
        told = [(code, severity, json.loads(d or "{}")) for code, severity, d in result.findings(*_TOLD)]
        beside = {"case": "beside", "format": "SDS v2.1", "missing": "sourcedId, username"}
        assert told == [
            ("header.missing", "fatal", {}),
            ("header.missing", "fatal", {}),
            *[("header.unknown", "info", beside)] * 3,
        ]


_TOLD = ("code", "severity", "detail")


@pytest.mark.parametrize(
    "content",
    [
        b'sourcedId,username,"givenName,familyName\nU1,anne,Secret,x\n',
        b'sourcedId,username,"givenName\nU1,anne,"\nU2,Secret,x\n',
        b'sourcedId,username,"givenName,familyName\r\nU1,anne,"Secret",x\r\n',
        b'\n,\nsourcedId,user"name\nU1,Secret\n',
        b'sourcedId,"username" ,email\nU1,Secret,\n',
        b'sourcedId,username,"givenName',
        b'sourcedId,username,"givenName,familyName\n' + b"U1,anne,Secret,x\n" * 100_000,
        b'sourcedId,username,"givenName,' + b"x" * 9_000 + b"\nU1,anne,\xe9Secret,x\n",
    ],
)
def test_a_header_that_is_quoted_wrongly_is_fatal_and_takes_in_nothing(
    tmp_path: Path, content: bytes
) -> None:
    header = content.lstrip(b"\n,")
    with users_of(tmp_path, content) as result:
        ((code, severity, line, value, detail, column),) = result.findings(
            "code", "severity", "line", "value", "detail", "column"
        )
        assert (code, severity, column) == ("file.unreadable", "fatal", None)
        assert line == content.index(header) - content[: content.index(header)].count(b",") + 1
        assert json.loads(detail) == {"case": "header-quote"}
        assert value == header.splitlines()[0][:100].decode()
        file = result.file()
        assert (file.readable, file.rows, result.raw(), result.pulled()) == (False, 0, [], [])
        assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("mark", [";", "\t"])
def test_quoted_headers_with_another_separator_are_told_as_such(tmp_path: Path, mark: str) -> None:
    content = mark.join(['"sourcedId"', '"username"', '"email"']) + "\nU1\n"
    with users_of(tmp_path, content.encode()) as result:
        assert result.findings("code", "line") == [("file.delimiter", 1)]


@pytest.mark.parametrize("first", ["sep=,", "sep=;", "SEP=\t", '"sep=;"'])
def test_a_first_line_for_excel_is_named_as_such(tmp_path: Path, first: str) -> None:
    with users_of(tmp_path, f"{first}\r\nsourcedId,username\r\nU1,anne\r\n".encode()) as result:
        ((code, severity, line, detail),) = result.findings("code", "severity", "line", "detail")
        assert (code, severity, line) == ("file.delimiter", "fatal", 1)
        assert json.loads(detail)["case"] == "sep"


def test_two_byte_order_marks_are_fatal(tmp_path: Path) -> None:
    with users_of(tmp_path, b"\xef\xbb\xbf" * 2 + USERS) as result:
        ((code, severity, line, detail),) = result.findings("code", "severity", "line", "detail")
        assert (code, severity, line) == ("file.encoding", "fatal", 1)
        assert json.loads(detail)["case"] == "marks"


def _in_zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "case"),
    [
        (gzip.compress(USERS, mtime=0), "compressed"),
        (lzma.compress(USERS), "compressed"),
        (_in_zip("users.csv"), "compressed"),
        (_in_zip("[Content_Types].xml", "xl/workbook.xml"), "workbook"),
        (_in_zip("_rels/.rels"), "workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "workbook"),
    ],
)
def test_a_compressed_file_or_a_workbook_is_named_as_such(tmp_path: Path, content: bytes, case: str) -> None:
    with users_of(tmp_path, content) as result:
        ((code, severity, file, detail),) = result.findings("code", "severity", "file", "detail")
        assert (code, severity, file) == ("file.unreadable", "fatal", "users.csv")
        assert json.loads(detail) == {"case": case}


def test_a_header_that_never_ends_is_no_header(tmp_path: Path) -> None:
    with users_of(tmp_path, b"x" * 3_000_000) as result:
        assert result.findings("code", "line") == [("file.unreadable", 1)]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (V1, "sds-v1"),
        ({"orgs.csv": ORGS, "users.csv": V2_USERS}, "sds-v2"),
    ],
)
@pytest.mark.parametrize("archive", [False, True])
def test_another_format_is_one_clear_finding(
    tmp_path: Path, files: Mapping[str, bytes], code: str, archive: bool
) -> None:
    path = zipped(tmp_path / "all.zip", files) if archive else written(tmp_path, files)
    with read(path) as result:
        assert result.findings("code", "severity", "file") == [("file.format", "fatal", None)]
        assert result.delivery.format == code
        assert {file.name for file in result.delivery.files} == set(files)
        assert not any(file.readable for file in result.delivery.files)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (ONEROSTER, "oneroster-1.1"),
        ({**ONEROSTER, "roles.csv": ONEROSTER_ROLES}, "oneroster-1.2"),
        ({**ONEROSTER, "manifest.csv": b"propertyName,value\r\noneroster.version,1.2\r\n"}, "oneroster-1.2"),
        (
            {"manifest.csv": b"propertyName,value\noneroster.version,1.1\n", "results.csv": b"x\n"},
            "oneroster-1.1",
        ),
    ],
)
@pytest.mark.parametrize("archive", [False, True])
def test_a_oneroster_package_is_known_by_its_manifest_or_by_its_headers(
    tmp_path: Path, files: Mapping[str, bytes], code: str, archive: bool
) -> None:
    path = zipped(tmp_path / "all.zip", files) if archive else written(tmp_path, files)
    with read(path) as result:
        assert result.delivery.format == code
        assert "file.format" not in {code for (code,) in result.findings("code")}
        assert {file.name for file in result.delivery.files} == set(files)


def test_a_zip_is_read_like_a_folder(tmp_path: Path) -> None:
    litter = {"__MACOSX/._users.csv": b"x", ".DS_Store": b"x", "Thumbs.db": b"x"}
    with read(zipped(tmp_path / "all.zip", {**NEEDED, **litter})) as result:
        assert result.findings() == []
        assert result.raw("username") == [(2, "anne")]
        assert result.file().sha256 == hashlib.sha256(USERS).hexdigest()


def test_a_file_is_unpacked_once_though_the_format_becomes_known_only_then(tmp_path: Path) -> None:
    path = zipped(tmp_path / "package.zip", ONEROSTER)
    place = tmp_path / "work"
    place.mkdir()
    first, second = (receive(path, place, LAYOUTS[code], ()).files for code in ("sds-v2.1", "oneroster-1.1"))
    for name, content in ONEROSTER.items():
        received = first[name].path
        assert received == second[name].path
        assert received
        assert received.read_bytes() == content
    # What lies there is not written again.
    before = (place / "received-users.csv").stat().st_mtime_ns
    receive(path, place, LAYOUTS["oneroster-1.1"], ())
    assert (place / "received-users.csv").stat().st_mtime_ns == before


def test_a_folder_with_nothing_but_a_zip_is_read_as_that_zip(tmp_path: Path) -> None:
    zipped(tmp_path / "all.zip", NEEDED)
    with read(tmp_path) as result:
        assert result.findings() == []
        assert result.file().rows == 1


@pytest.mark.parametrize("folder", ["export/", "a/b/", "export\\"])
def test_a_zip_of_a_folder_is_one_finding(tmp_path: Path, folder: str) -> None:
    files = {folder + name: content for name, content in NEEDED.items()}
    with read(zipped(tmp_path / "all.zip", {folder: b"", **files, folder + "notes.txt": b"x"})) as result:
        ((code, severity, file, detail),) = result.findings("code", "severity", "file", "detail")
        assert (code, severity, file) == ("file.unexpected", "fatal", folder.replace("\\", "/"))
        assert json.loads(detail)["case"] == "archive-folder"
        assert result.delivery.format == "unknown"


def test_a_needed_file_in_a_zip_beside_the_others_is_named_on_both_sides(tmp_path: Path) -> None:
    zipped(tmp_path / "u.zip", {"users.csv": USERS})
    files = {name: content for name, content in NEEDED.items() if name != "users.csv"}
    with read(written(tmp_path, files)) as result:
        (zipped_file, missing) = result.findings("code", "severity", "file", "detail")
        assert zipped_file[:3] == ("file.unexpected", "info", "u.zip")
        assert json.loads(zipped_file[3]) == {"case": "zip", "format": "SDS v2.1", "held": "users.csv"}
        assert missing[:3] == ("file.missing", "fatal", "users.csv")
        assert json.loads(missing[3]) == {"case": "zipped", "near": "u.zip"}


def test_a_file_beside_a_zip_and_in_it_is_fatal(tmp_path: Path) -> None:
    zipped(tmp_path / "all.zip", {"users.csv": USERS, "other.txt": b""})
    with reading_of(tmp_path, {}) as result:
        assert result.findings("code", "severity", "file") == [("file.duplicate", "fatal", "users.csv")]
        assert not result.file().readable
        assert result.raw("name", entity="orgs") == [(2, "Lac")]


@pytest.mark.parametrize(
    ("extra", "case"),
    [
        ("notes.txt", "archive"),
        ("Users.csv", "archive"),
        ("sub/users.csv", "archive-path"),
        ("..\\x", "archive-path"),
    ],
)
def test_a_zip_may_hold_nothing_else_and_no_folder(tmp_path: Path, extra: str, case: str) -> None:
    with read(zipped(tmp_path / "all.zip", {**NEEDED, extra: b"x"})) as result:
        ((code, severity, file, detail),) = result.findings("code", "severity", "file", "detail")
        assert (code, severity, file) == ("file.unexpected", "fatal", extra)
        assert json.loads(detail)["case"] == case


def test_nothing_is_written_outside_the_workspace(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {**NEEDED, "../escaped.csv": b"x", "/tmp/escaped.csv": b"x"})
    with read(path) as result:
        assert [code for (code,) in result.findings("code")] == ["file.unexpected"] * 2
        assert [place.name for place in tmp_path.iterdir()] == ["all.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_a_zip_holds_twice_is_fatal(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", NEEDED)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("users.csv", USERS)
    with read(path) as result:
        assert result.findings("code", "file") == [("file.duplicate", "users.csv")]


def test_a_damaged_member_is_unreadable_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in NEEDED.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"U1,anne", b"U1,anna"))
    with read(path) as result:
        assert result.findings("code", "file") == [("file.unreadable", "users.csv")]
        assert result.file("orgs").rows == 1


def test_an_encrypted_member_is_unreadable(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", NEEDED)
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    path.write_bytes(content)
    with read(path) as result:
        ((code, file, detail),) = result.findings("code", "file", "detail")
        assert (code, file, json.loads(detail)["case"]) == ("file.unreadable", "orgs.csv", "encrypted")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18 + b"tail"])
def test_a_damaged_zip_is_one_fatal_finding(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(content)
    with read(path) as result:
        assert [(code, file) for code, file, _ in result.findings()][:1] in (
            [("file.unreadable", "all.zip")],
            [("file.missing", "orgs.csv")],
        )


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    size = limits.ZIP_RATIO.size * 300_000 + 64 * 1024 * 1024
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orgs.csv", ORGS)
        archive.writestr("roles.csv", NEEDED["roles.csv"])
        with archive.open("users.csv", "w") as member:
            for _ in range(size // 1_000_000):
                member.write(b"\0" * 1_000_000)
    with read(path) as result:
        ((code, file, detail),) = result.findings("code", "file", "detail")
        assert (code, file, json.loads(detail)["case"]) == ("file.unreadable", "users.csv", "ratio")
        assert result.file("orgs").rows == 1


def test_a_path_that_is_no_delivery_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", written(tmp_path, NEEDED) / "users.csv"):
        with pytest.raises(InputError) as raised, read(path):
            pass
        assert raised.value.hint


def test_file_names_that_are_no_text_are_made_printable(tmp_path: Path) -> None:
    name = b"r\xe9sum\xe9.txt"
    (Path(os.fsencode(tmp_path).decode()) / os.fsdecode(name)).write_bytes(b"x")
    with reading_of(tmp_path, {}) as result:
        assert result.findings("code", "file") == [("file.unexpected", "r\ufffdsum\ufffd.txt")]


def test_progress_ends_at_the_size_of_all_files(tmp_path: Path) -> None:
    from cartable.engine import reading, workspace

    written(tmp_path, NEEDED)
    seen: list[tuple[str, int, int]] = []
    with workspace.opened("500MB") as work:
        reading.read(work, tmp_path, progress=lambda *step: seen.append(step), block=10)
    total = sum(map(len, NEEDED.values()))
    assert seen[-1] == ("reading", total, total)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_a_header_in_other_letters_alone_is_not_said_to_be_in_another_language(tmp_path: Path) -> None:
    roles = {"roles.csv": b"userSourcedId,orgSourcedId,Role\n"}
    with reading_of(tmp_path, roles) as result:
        (detail,) = (
            json.loads(d) for code, d in result.findings("code", "detail") if code == "header.missing"
        )
        assert detail == {"near": "Role", "case": "near"}
