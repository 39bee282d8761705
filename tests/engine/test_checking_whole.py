"""What holds of every check: nothing is lost silently, causes come first, a crash holds the run."""

import itertools
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartable.engine import checking, findings, reading
from cartable.engine.workspace import opened, quoted
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import BY_NAME
from cartable.model.findings import Action, Severity
from cartable.model.options import CheckOptions
from cartable.model.types import FieldType
from tests.engine.uploads import BASE, USERS, checked

# Few different values, so that keys collide, references meet and faults befall.
CELLS = st.sampled_from(
    [
        *("A", "B", "a", "A ", "", "A,B", "A, B", "student", "Teacher", "school", "schoolYear", "TERM"),
        *("2027", "27", "2026-09-01", "2027-06-30", "2026-02-30", "true", "no", "1", "male"),
        *("a@b.example", "+3312345678", "white", "asian,martian", "ell", "parent"),
    ]
)


@st.composite
def uploads(draw: st.DrawFn) -> dict[str, str]:
    files = {}
    for file in SDS_V2_1.files:
        if not file.required and draw(st.booleans()):
            continue
        header = [column.name for column in file.columns]
        rows = draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=6))
        # Good codes and identifiers more often than not, or nearly every row would be left out.
        entity = BY_NAME[file.entity]
        for row, column in itertools.product(rows, file.columns):
            field = entity.field(column.field)
            if draw(st.integers(0, 3)):
                row[header.index(column.name)] = draw(
                    _good(field.type, field.vocabulary and field.vocabulary.codes)
                )
        lines = [header, *rows]
        files[file.name] = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
    return files


def _good(kind: FieldType, codes: object) -> st.SearchStrategy[str]:
    if codes:
        return st.sampled_from([code.value for code in codes][:3])  # type: ignore[attr-defined]
    by_type = {
        FieldType.DATE: ["2026-09-01", "2027-06-30"],
        FieldType.BOOLEAN: ["true", "FALSE"],
        FieldType.EMAIL: ["a@b.example", ""],
        FieldType.PHONE: ["+3312345678", ""],
        FieldType.ID_LIST: ["A", "A,B", ""],
    }
    return st.sampled_from(by_type.get(kind, ["A", "B", "C"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uploads(), st.booleans(), st.booleans())
def test_nothing_is_lost_silently(
    tmp_path: Path, files: dict[str, str], create: bool, contacts: bool
) -> None:
    for path in tmp_path.iterdir():
        path.unlink()
    options = CheckOptions(create_users=create, contacts=contacts)
    with checked(tmp_path, files, options, base=False) as result:
        assert "check.failed" not in result.codes()
        numbers = [finding.number for finding in result.findings]
        assert numbers == list(range(1, len(numbers) + 1))
        causes = [finding.cause is not None for finding in result.findings]
        assert causes == sorted(causes)
        assert all(f.cause is None or f.cause < f.number for f in result.findings)
        assert sum(file.rows for file in result.delivery.files) == result.summary.rows
        for file in result.delivery.files:
            if file.entity is None or not file.readable:
                continue
            assert file.rows == file.accepted + file.excluded
            told = {f.line for f in result.findings if f.file == file.name and f.action is Action.EXCLUDE}
            kept = [row["_line"] for row in result.shaped(file.entity)]
            assert len(told) == file.excluded
            assert len(kept) == file.accepted
            assert told.isdisjoint(kept)
        _assert_roster_is_sound(result.shaped)
        blanked = sum(f.action is Action.BLANK for f in result.findings if f.code != "file.missing")
        absent = sum(int(f.detail["references"]) for f in result.findings if "references" in f.detail)
        assert result.summary.blanked <= blanked + absent
        assert bool(result.summary.blanked) == bool(blanked + absent)


def _assert_roster_is_sound(shaped: object) -> None:
    """Keys are unique and references of accepted rows lead to accepted rows."""
    rows = {name: shaped(name) for name in BY_NAME}  # type: ignore[operator]
    for name, entity in BY_NAME.items():
        keys = [tuple(row[key] for key in entity.key) for row in rows[name]]
        assert len(keys) == len(set(keys))
        for field in entity.references:
            assert field.reference is not None
            targets = {row["sourcedId"] for row in rows[field.reference.entity]}
            if not targets or field.type is FieldType.ID_LIST:
                continue
            assert {row[field.name] for row in rows[name]} - {None, ""} <= targets


def test_faultless_upload_has_no_finding(tmp_path: Path) -> None:
    with checked(tmp_path, {}) as result:
        assert result.findings == ()
        assert (result.summary.rows, result.summary.accepted, result.summary.excluded) == (5, 5, 0)


def test_every_follower_comes_after_every_root(tmp_path: Path) -> None:
    files = {
        "orgs.csv": "sourcedId,name,type\nS1,,school\n",
        "userFlags.csv": "userSourcedId,flag\nP1,tired\n",
    }
    with checked(tmp_path, files) as result:
        assert [(f.number, f.file, f.cause) for f in result.findings] == [
            (1, "orgs.csv", None),
            (2, "userFlags.csv", None),
            (3, "roles.csv", 1),
            (4, "roles.csv", 1),
        ]


def test_findings_are_limited_by_code_and_counted_whole(tmp_path: Path) -> None:
    rows = "".join(f"P{n},,x\n" for n in range(2, 32))
    with checked(tmp_path, {"users.csv": f"sourcedId,username,email\nT1,a,\nP1,b,\n{rows}"}) as result:
        shown = [f.code for f in findings.findings(result.workspace, 4)]
        assert shown == ["value.required", "value.email"] * 4
        assert findings.by_code(result.workspace) == {"value.required": 30, "value.email": 30}


def test_many_findings_of_many_codes_are_all_kept(tmp_path: Path) -> None:
    rows = "".join(f"P{n},u{n},x{n},y\n" for n in range(2, 30_002))
    with checked(
        tmp_path, {"users.csv": f"sourcedId,username,email,phone\nT1,a,,\nP1,b,,\n{rows}"}
    ) as result:
        assert (result.summary.warning, result.summary.blanked) == (60_000, 60_000)
        assert result.findings[-1].number == 60_000
        assert result.findings[-1].record == ("P30001",)


def test_rule_that_crashes_holds_the_run_and_the_others_are_run(tmp_path: Path) -> None:
    for name, text in {**BASE, "users.csv": USERS + "P2,\n"}.items():
        (tmp_path / name).write_text(text)
    with opened() as workspace:
        delivery = reading.read(workspace, tmp_path)
        # A value that cannot be had: DuckDB stops at it, as it would where memory runs out.
        broken = quoted("text_orgs")
        workspace.execute(f"alter table {broken} rename to whole")
        workspace.execute(
            f"create view {broken} as "
            "select rowid, * replace (case when random() < 2 then error('Anne') end as name) from whole"
        )
        _, summary = checking.check(workspace, delivery, CheckOptions())
        found = {finding.code: finding for finding in findings.findings(workspace)}
        assert found["check.failed"].severity is Severity.FATAL
        assert found["check.failed"].file == "orgs.csv"
        assert "Anne" not in str(found["check.failed"])
        assert found["value.required"].file == "users.csv"
        assert summary.fatal >= 1


def test_column_that_an_earlier_delivery_had_is_told(tmp_path: Path) -> None:
    for name, text in BASE.items():
        (tmp_path / name).write_text(text)
    with opened() as workspace:
        delivery = reading.read(workspace, tmp_path)
        earlier = {"users": ("sourcedId", "username", "email"), "courses": ("sourcedId",)}
        checking.note_dropped_columns(workspace, delivery, earlier)
        checking.check(workspace, delivery, CheckOptions())
        found = [(f.code, f.file, f.column) for f in findings.findings(workspace)]
        assert found == [("header.dropped", "users.csv", "email")]


def test_the_few_keys_that_repeat_are_found_among_very_many(tmp_path: Path) -> None:
    rows = 280_000
    users = [f"P{n},p{n}\n" for n in range(rows)]
    for later, first in ((100, 7), (rows - 1, 0), (150_000, 149_999)):
        users[later] = f"P{first},x{later}\n"
    with checked(tmp_path, {"users.csv": "sourcedId,username\n" + "".join(users)}) as result:
        told = {f.line: f.detail["first"] for f in result.findings if f.code == "key.duplicate"}
    assert told == {102: "9", rows + 1: "2", 150_002: "150001"}
