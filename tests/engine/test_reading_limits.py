"""What exceeds a limit is refused or counted, and the finding names the limit."""

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

from cartable.model import limits
from tests.engine.readings import NEEDED, Reading, read, reading_of, users_of


def detail_of(result: Reading) -> dict[str, Any]:
    ((detail,),) = result.findings("detail")
    found: dict[str, Any] = json.loads(detail)
    return found


def zip_of(path: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in NEEDED.items():
            archive.writestr(name, content)
        for name in names:
            archive.writestr(name, b"")
    return path


def test_a_file_has_as_many_columns_as_may_be(tmp_path: Path) -> None:
    most = limits.COLUMNS.size
    header = "sourcedId,username," + ",".join(f"x{n}" for n in range(most - 2))
    with users_of(tmp_path, f"{header}\nU1,anne{',' * (most - 2)}\n".encode()) as result:
        assert result.raw("username") == [(2, "anne")]


def test_a_file_of_too_many_columns_is_refused_at_its_header(tmp_path: Path) -> None:
    with users_of(tmp_path, b"sourcedId,username" + b",x" * limits.COLUMNS.size + b"\nU1,anne\n") as result:
        assert result.findings() == [("file.unreadable", "users.csv", 1)]
        assert detail_of(result) == {"case": "columns", "found": "1002", "limit": "1000"}


def test_a_header_that_is_too_long_names_the_limit(tmp_path: Path) -> None:
    with users_of(tmp_path, b"sourcedId," + b"x" * limits.HEADER.size) as result:
        (detail,) = {
            detail for code, detail in result.findings("code", "detail") if code == "file.unreadable"
        }
        assert json.loads(detail) == {"case": "header", "limit": "1"}


def test_of_a_crowded_folder_the_first_files_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    for n in range(limits.FILES.size):
        (tmp_path / f"x{n:04}").touch()
    with reading_of(tmp_path, {}) as result:
        assert len(result.delivery.files) == limits.FILES.size
        assert [file.rows for file in result.delivery.files[:3]] == [1, 1, 1]
        beyond = result.workspace.execute("select detail from finding where file is null")
        assert [json.loads(detail)["more"] for (detail,) in beyond] == ["3"]


def test_a_zip_in_a_crowded_folder_is_found(tmp_path: Path) -> None:
    for n in range(limits.FILES.size + 10):
        (tmp_path / f"x{n:04}").touch()
    zip_of(tmp_path / "zzz.zip", [])
    with read(tmp_path) as result:
        assert result.file("users").rows == 1


def test_a_zip_of_too_many_files_is_refused_unread(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "all.zip", [f"x{n}" for n in range(limits.FILES.size)])
    with read(path) as result:
        assert result.delivery.files == ()
        assert detail_of(result) == {"case": "entries", "limit": "1000"}


def test_a_zip_of_names_that_are_far_too_long_is_refused_unread(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "all.zip", ["../" * 10_000 + str(n) for n in range(40)])
    with read(path) as result:
        assert detail_of(result)["case"] == "entries"


def test_a_zip_that_says_it_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "all.zip", [f"x{n}" for n in range(10)])
    content = bytearray(path.read_bytes())
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 24 : place + 28] = struct.pack("<I", 0xFFFFFFFE)
        place += 4
    path.write_bytes(content)
    with read(path) as result:
        assert detail_of(result) == {"case": "size", "limit": "32"}


def test_a_header_as_long_as_a_page_is_cut_where_findings_name_it(tmp_path: Path) -> None:
    with users_of(tmp_path, b"sourcedId,username," + b"x" * 5000 + b"\nU1,anne,\0\n") as result:
        columns = {column for (column,) in result.findings("column")}
        assert columns == {"x" * 200}
