"""What reading makes of the rows of one file, and of those that are none."""

import json
from pathlib import Path

import pytest

from cartable.engine.scanning import LONGEST_ROW
from tests.engine.readings import reading_of, users_of
from tests.engine.uploads import ORGS, ROLES, checked

H = b"sourcedId,username,givenName\n"


def test_values_arrive_as_received_and_empty_ones_as_null(tmp_path: Path) -> None:
    with users_of(tmp_path, H + 'U1, anne ,"Zoé, dite ""Z"""\nU2,"",\n'.encode()) as result:
        assert result.raw("sourcedId", "username", "givenName", "email") == [
            (2, "U1", " anne ", 'Zoé, dite "Z"', None),
            (3, "U2", None, None, None),
        ]
        assert result.findings() == []
        assert (result.file().rows, result.file().accepted, result.file().excluded) == (2, 2, 0)


def test_columns_are_read_by_name_in_any_order(tmp_path: Path) -> None:
    with users_of(tmp_path, b"username,note,sourcedId\nanne,x,U1\n") as result:
        assert result.raw("sourcedId", "username") == [(2, "U1", "anne")]
        assert result.file().columns == ("username", "sourcedId")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", [(b"\n", b"\n"), (b"\r\n", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b"\r\n")])
def test_line_ends_and_byte_order_mark_do_not_matter(
    tmp_path: Path, mark: bytes, ends: tuple[bytes, bytes]
) -> None:
    content = (
        mark + b'"sourcedId",username' + ends[0] + b"U1,anne" + ends[1] + b'U2,"b,c"' + ends[0] + b"U3,d"
    )
    with users_of(tmp_path, content) as result:
        assert result.raw("sourcedId", "username") == [(2, "U1", "anne"), (3, "U2", "b,c"), (4, "U3", "d")]
        assert result.findings() == []


@pytest.mark.parametrize("first", [b"\n", b"\r\n"])
@pytest.mark.parametrize("second", [b"\n", b"\r\n"])
@pytest.mark.parametrize("block", [1, 11, 40, 4096])
def test_rows_around_cuts_arrive_whatever_their_line_ends(
    tmp_path: Path, first: bytes, second: bytes, block: int
) -> None:
    """Also where a value of a row that is cut out has the other line end."""
    kept = [b"U%d,a,\xc3\xa9" % number for number in range(9)]
    cut = [b"U9", b'U9,"a\r\nb",', b'U9,"a\nb",', b"", b'U9,"a\r\n\r\nb",']
    content = H.replace(b"\n", first)
    content += b"".join(row + first for row in [*kept[:3], *cut, *kept[3:6]])
    content += b"".join(row + second for row in [*cut, *kept[6:]])
    with users_of(tmp_path, content, block) as result:
        assert [(number, name) for _, number, name in result.raw("sourcedId", "givenName")] == [
            (f"U{number}", "é") for number in range(9)
        ]
        assert [line for (line,) in result.raw()] == [2, 3, 4, 14, 15, 16, 26, 27, 28]
        assert (result.file().readable, result.file().excluded) == (True, 8)


def test_line_ends_within_a_value_do_not_hide_those_of_rows(tmp_path: Path) -> None:
    content = H.replace(b"\n", b"\r\n") + b'U1,a,b\nU2,"a\r\n\r\n\r\nb",\nU3,c,d\n'
    with users_of(tmp_path, content) as result:
        assert result.raw("sourcedId") == [(2, "U1"), (7, "U3")]
        assert result.findings("code", "line") == [("row.linebreak", 3)]


def test_lines_are_those_of_an_editor_around_blank_lines_and_embedded_breaks(tmp_path: Path) -> None:
    content = H + b'U1,a,\n\nU2,"b\r\nc",\n,,\nU3,d,\n  \t \nU4,"e\n\n",x\nU5,f,\n'
    with users_of(tmp_path, content) as result:
        assert result.raw("sourcedId") == [(2, "U1"), (7, "U3"), (12, "U5")]
        assert result.findings("code", "line") == [
            ("row.blank", 3),
            ("row.linebreak", 4),
            ("row.linebreak", 9),
        ]
        assert '"count": "3"' in str(result.findings("detail"))
        assert result.pulled() == [(4, ["U2"]), (9, ["U4"])]
        assert (result.file().rows, result.file().excluded) == (5, 2)


def test_a_blank_line_before_the_header_is_no_header(tmp_path: Path) -> None:
    with users_of(tmp_path, b"\n , \nsourcedId,username\nU1,anne\n") as result:
        assert result.raw("sourcedId", "username") == [(4, "U1", "anne")]
        assert result.findings("code", "line", "detail") == [
            ("row.blank", 1, '{"case": "several", "count": "2"}')
        ]


@pytest.mark.parametrize(
    ("row", "found"),
    [(b"U2,b", "2"), (b"U2", "1"), (b"U2,b,c,d", "4"), (b"U2,b,c,", "4"), (b"U2,b,c,,", "5")],
)
def test_a_row_with_too_few_or_too_many_cells_is_pulled(tmp_path: Path, row: bytes, found: str) -> None:
    with users_of(tmp_path, H + b"U1,a,\n" + row + b"\nU3,c,\n") as result:
        assert [line for (line,) in result.raw()] == [2, 4]
        ((code, line, value, record, detail),) = result.findings("code", "line", "value", "record", "detail")
        assert (code, line, value, record) == ("row.ragged", 3, row.decode(), None)
        assert json.loads(detail) == {"found": found, "expected": "3"}
        assert result.pulled() == [(3, None)]


@pytest.mark.parametrize(
    "row", [b'U2,Na"me,', b'U2,"N"x,', b'U2, "N",', b'U2,"N" ,', b'U2,"N\\"x\\"",', b'U2,"N""x"y,']
)
def test_a_stray_quotation_mark_costs_its_row_alone(tmp_path: Path, row: bytes) -> None:
    with users_of(tmp_path, H + b"U1,a,\n" + row + b'\nU3,c,"d"\nU4,"e",\n') as result:
        assert result.findings("code", "line") == [("row.quote", 3)]
        assert [line for (line,) in result.raw()] == [2, 4, 5]


@pytest.mark.parametrize("row", [b'="U2",b,', b'U2,="b",', b'U2,b,="c"'])
def test_a_value_written_as_a_formula_is_told_as_such(tmp_path: Path, row: bytes) -> None:
    with users_of(tmp_path, H + b"U1,a,\n" + row + b"\nU3,c,\n") as result:
        ((code, detail),) = result.findings("code", "detail")
        assert (code, json.loads(detail)) == ("row.quote", {"case": "formula", "last": "3"})


def test_what_an_unterminated_quotation_mark_swallows_is_one_row(tmp_path: Path) -> None:
    with users_of(tmp_path, H + b'U1,a,\nU2,"b,\nU3,c,\nU4,d,\n') as result:
        assert result.raw("sourcedId") == [(2, "U1")]
        ((code, line, detail),) = result.findings("code", "line", "detail")
        assert (code, line, json.loads(detail)) == ("row.quote", 3, {"case": "long", "last": "5"})
        assert (result.file().rows, result.file().excluded) == (2, 1)


@pytest.mark.parametrize(
    ("character", "name"),
    [
        (b"\0", "U+0000"),
        (b"\x1b", "U+001B"),
        (b"\x0b", "U+000B"),
        (b"\x7f", "U+007F"),
        (b"\xc2\x85", "U+0085"),
    ],
)
def test_a_control_character_is_named_with_its_column(tmp_path: Path, character: bytes, name: str) -> None:
    with users_of(tmp_path, H + b"U1,a,\nU2,b,J" + character + b"o\nU3,c,\n") as result:
        ((code, line, column, field, value, record, detail),) = result.findings(
            "code", "line", "column", "field", "value", "record", "detail"
        )
        assert (code, line, column, field) == ("row.control-character", 3, "givenName", "givenName")
        assert (value, record) == ("J" + character.decode() + "o", ["U2"])
        assert json.loads(detail) == {"character": name}
        assert result.pulled() == [(3, ["U2"])]
        assert [line for (line,) in result.raw()] == [2, 4]


def test_tabs_and_letters_beyond_ascii_are_no_control_characters(tmp_path: Path) -> None:
    with users_of(tmp_path, H + "U1,a\tb,Zoé « à » € 😀\u00a0\n".encode()) as result:
        assert result.findings() == []
        assert result.raw("givenName") == [(2, "Zoé « à » € 😀\u00a0")]


def test_a_key_that_is_itself_damaged_is_not_readable(tmp_path: Path) -> None:
    with users_of(tmp_path, H + b'U\x01,a,\n"U\n2",b,\n') as result:
        assert result.pulled() == [(2, None), (3, None)]


def test_a_carriage_return_alone_is_a_line_break_in_a_value(tmp_path: Path) -> None:
    with users_of(tmp_path, H + b'U1,a\rb,\nU2,"c\rd",\nU3,e,\n') as result:
        assert result.findings("code", "line") == [("row.linebreak", 2), ("row.linebreak", 4)]
        assert result.raw("sourcedId") == [(6, "U3")]


def test_a_row_can_have_several_faults_that_are_all_told(tmp_path: Path) -> None:
    with users_of(tmp_path, H + b'U1,"a\n\x02",c,d\n') as result:
        assert [code for (code,) in result.findings("code")] == [
            "row.control-character",
            "row.linebreak",
            "row.ragged",
        ]
        assert (result.file().rows, result.pulled()) == (1, [(2, None)])


def test_rows_around_one_that_is_too_long_are_still_read(tmp_path: Path) -> None:
    long = b"U2,b," + b"x" * LONGEST_ROW
    with users_of(tmp_path, H + b"U1,a,\n" + long + b"\nU3,c," + b"y" * 3_000_000 + b"\n") as result:
        ((code, line, value),) = result.findings("code", "line", "value")
        assert (code, line, value) == ("row.too-long", 3, "U2,b," + "x" * 295)
        assert [(line, len(name or "")) for line, name in result.raw("givenName")] == [(2, 0), (4, 3_000_000)]


def test_no_password_is_loaded_or_shown(tmp_path: Path) -> None:
    content = (
        b"sourcedId,username,password\nU1,a,Secret-1\nU2,b,Secret-2,x\nU3,c,Secret\x01-3\n"
        b'U4,d,Sec"ret-4\nU5,e,"Secret\n-5"\n'
    )
    with users_of(tmp_path, content) as result:
        assert "Secret" not in repr(result.findings("code", "line", "column", "value", "record", "detail"))
        assert "Secret" not in repr(result.workspace.execute("select * from raw_users"))
        assert [code for (code,) in result.findings("code")] == [
            "header.legacy",
            "row.ragged",
            "row.control-character",
            "row.quote",
            "row.linebreak",
        ]


def test_a_file_with_one_column_may_hold_empty_quoted_rows(tmp_path: Path) -> None:
    with reading_of(tmp_path, {"demographics.csv": b'userSourcedId\nU1\n""\n\nU2\n'}) as result:
        assert result.raw("userSourcedId", entity="demographics") == [(2, "U1"), (3, None), (5, "U2")]
        assert result.findings("code", "line") == [("row.blank", 4)]


def test_quoted_empty_cells_are_a_row_and_bare_commas_are_none(tmp_path: Path) -> None:
    with users_of(tmp_path, H + b'"","",""\n,,\n') as result:
        assert result.raw("sourcedId") == [(2, None)]
        assert result.file().rows == 1


def test_a_file_with_only_its_header_is_a_warning(tmp_path: Path) -> None:
    with users_of(tmp_path, H) as result:
        assert result.findings("code", "severity", "file", "line") == [
            ("file.header-only", "warning", "users.csv", None)
        ]
        assert result.file().readable


def test_many_blank_lines_are_one_finding_beside_those_of_many_rows(tmp_path: Path) -> None:
    with users_of(tmp_path, H + b"\n" * 500_000 + b"U1,x\n" * 20_000) as result:
        counted = result.workspace.execute("select code, count(*) from finding group by code order by code")
        assert counted == [("row.blank", 1), ("row.ragged", 20_000)]
        assert result.workspace.execute("select min(line), max(line) from pulled") == [(500_002, 520_001)]


def test_lines_are_right_in_a_file_that_is_read_in_parallel(tmp_path: Path) -> None:
    # DuckDB shares out pieces of 32 MB; every thousandth row is damaged and set apart.
    rows = 160_000
    users = tmp_path / "users.csv"
    with users.open("w", encoding="utf-8") as file:
        file.write("sourcedId,username,familyName\n")
        for first in range(0, rows, 1_000):
            file.writelines(
                f"P{n},{'' if n % 1_000 == 7 else f'p{n}'},{'x' * 500}\n" for n in range(first, first + 1_000)
            )
    with checked(tmp_path, {"orgs.csv": ORGS, "roles.csv": ROLES}, base=False) as result:
        moved = "select count(*), count(*) filter (where sourcedId <> 'P' || (_line - 2)) from {}"
        assert result.workspace.execute(moved.format("raw_users")) == [(rows, 0)]
        assert result.workspace.execute(moved.format("sound_users")) == [(rows - rows // 1_000, 0)]
        assert {f.line for f in result.findings if f.file == "users.csv"} == set(range(9, rows, 1_000))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("block", [1, 7, 30, 4096])
def test_a_header_that_stands_again_is_no_row_whatever_its_line_end(
    tmp_path: Path, mark: bytes, end: bytes, block: int
) -> None:
    again = mark + H.strip()
    near = b"sourcedId,username,givennamE\n"
    content = H + b"U1,anne,A\n" + again + end + near + b"U2,bea,B\n" + again + end + again
    with users_of(tmp_path, content, block) as result:
        assert result.findings("code", "line", "record") == [
            ("row.header", 3, None),
            ("row.header", 6, None),
            ("row.header", 7, None),
        ]
        assert [line for (line,) in result.raw()] == [2, 4, 5]
        assert (result.file().rows, result.file().excluded) == (6, 3)
