"""What references that lead nowhere have in common is told once, and they follow from what explains them."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cartable.flow.checking import checked
from cartable.model.causes import Cause
from cartable.model.findings import Finding
from cartable.model.options import CheckOptions

PUPILS = tuple(f"P{n:02}" for n in range(40))
CLASSES = tuple(f"K{n:03}" for n in range(1, 11))

Files = Mapping[str, str]


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def school(
    users: tuple[str, ...] = PUPILS, classes: tuple[str, ...] = CLASSES, *, numbered: bool = False
) -> dict[str, str]:
    """Ten classes of a teacher and four pupils each.

    Args:
        users: the pupils of users.csv; the other files name them all.
        classes: the classes of classes.csv, likewise.
        numbered: whether identifiers are numbers, from one in each file.
    """
    rooms = [f"{n + 1}" if numbered else name for n, name in enumerate(CLASSES)]
    pupils = [f"{n + 1}" if numbered else name for n, name in enumerate(PUPILS)]
    enrolled = [f"{room},T,teacher" for room in rooms]
    enrolled += [f"{rooms[n % 10]},{pupil},student" for n, pupil in enumerate(pupils)]
    return {
        "orgs.csv": lines("sourcedId,name,type", "S,Lac,school"),
        "users.csv": lines("sourcedId,username", "T,anne", *(f"{one},u{n}" for n, one in enumerate(users))),
        "roles.csv": lines(
            "userSourcedId,orgSourcedId,role", "T,S,teacher", *(f"{one},S,student" for one in pupils)
        ),
        "classes.csv": lines("sourcedId,orgSourcedId,title", *(f"{one},S,7A" for one in classes)),
        "enrollments.csv": lines("classSourcedId,userSourcedId,role", *enrolled),
    }


@dataclass(frozen=True)
class Told:
    """What a check says, its causes as they cost most."""

    findings: list[Finding]
    causes: list[Cause]

    @property
    def harm(self) -> list[tuple[str, str | None, int]]:
        return [(cause.code, cause.file, cause.left_out) for cause in self.causes]

    def of(self, code: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.code == code]

    def cases(self, code: str = "reference.missing") -> set[str | None]:
        return {finding.detail.get("case") for finding in self.of(code)}


@contextmanager
def told(directory: Path, files: Files) -> Iterator[Told]:
    """Check the files; each row that is left out belongs to exactly one cause."""
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    with checked(directory, CheckOptions()) as check:
        causes = list(check.causes(None, 1_000))
        assert sum(cause.left_out for cause in causes) == check.summary.excluded
        assert sum(cause.blanked for cause in causes) == check.summary.blanked
        yield Told(list(check.findings()), causes)


def exchanged(text: str, first: int, second: int) -> str:
    """A file with the values of two columns exchanged, its header as it was."""
    header, *rows = text.splitlines()
    cells = [row.split(",") for row in rows]
    for row in cells:
        row[first], row[second] = row[second], row[first]
    return lines(header, *(",".join(row) for row in cells))


def test_columns_that_were_exchanged_are_one_cause_each(tmp_path: Path) -> None:
    sound = school()
    with told(tmp_path, {**sound, "enrollments.csv": exchanged(sound["enrollments.csv"], 0, 1)}) as result:
        assert [(cause.column, cause.left_out, cause.value) for cause in result.causes] == [
            ("classSourcedId", 50, None),
            ("userSourcedId", 0, None),
        ]
        first = result.causes[0].roots[0].finding
        assert (first.detail["case"], first.detail["held"]) == ("elsewhere", "users.csv")
        assert all("closest" not in finding.detail for finding in result.findings)


def test_a_few_other_faults_in_exchanged_columns_stay_what_they_are(tmp_path: Path) -> None:
    sound = school()
    text = exchanged(sound["enrollments.csv"], 0, 1).replace("P07,K008", "P07,Kilo")
    with told(tmp_path, {**sound, "enrollments.csv": text}) as result:
        by_value = {cause.value for cause in result.causes}
        assert by_value == {None, "Kilo"}


def test_numbers_that_are_identifiers_of_two_files_are_not_taken_for_the_others(tmp_path: Path) -> None:
    users = tuple(f"{n}" for n in range(4, 41))
    files = school(users, tuple(f"{n}" for n in range(1, 11)), numbered=True)
    with told(tmp_path, files) as result:
        assert result.cases() == {None}
        assert {cause.value for cause in result.causes if cause.left_out} == {"1", "2", "3"}


@pytest.mark.parametrize(("missing", "causes"), [(19, 19), (20, 1)])
def test_many_identifiers_that_a_file_lacks_are_its_fault(missing: int, causes: int, tmp_path: Path) -> None:
    with told(tmp_path, school(PUPILS[missing:])) as result:
        assert [cause.code for cause in result.causes] == ["reference.missing"] * causes
        first = result.causes[0]
        if causes == 1:
            assert (first.value, first.rows) == (None, {"roles.csv": 20, "enrollments.csv": 20})
            assert first.roots[0].finding.detail == {"target": "users.csv", "case": "many", "count": "20"}


def test_what_has_a_near_miss_is_not_one_of_the_many(tmp_path: Path) -> None:
    files = school(PUPILS[20:])
    files["roles.csv"] = files["roles.csv"].replace("P39,", "p39,")
    with told(tmp_path, files) as result:
        assert [(cause.value, cause.left_out) for cause in result.causes] == [(None, 40), ("p39", 1)]


def test_many_that_may_be_among_those_that_cannot_be_read_are_one_cause_too(tmp_path: Path) -> None:
    files = school(PUPILS[20:])
    files["users.csv"] += 'x,"y,z\n'
    with told(tmp_path, files) as result:
        assert result.cases() == {"many-unread"}
        assert [(cause.code, cause.left_out) for cause in result.causes] == [
            ("row.quote", 1),
            ("reference.missing", 40),
        ]


def test_what_a_cut_file_lacks_follows_from_the_cut(tmp_path: Path) -> None:
    files = school()
    files["users.csv"] = files["users.csv"][: files["users.csv"].index("P17")] + "P1"
    with told(tmp_path, files) as result:
        assert result.harm == [("file.cut", "users.csv", 1 + 2 * 23)]
        assert result.cases() == {"cut"}


def test_where_other_rows_of_a_cut_file_cannot_be_read_it_may_be_one_of_those(tmp_path: Path) -> None:
    files = school()
    cut = files["users.csv"][: files["users.csv"].index("P38")] + "P3"
    files["users.csv"] = cut.replace("P07,u7", ",u7")
    with told(tmp_path, files) as result:
        assert result.cases() == {"unread"}


def test_what_a_file_without_rows_lacks_follows_from_that(tmp_path: Path) -> None:
    files = {**school(), "users.csv": "sourcedId,username\n"}
    with told(tmp_path, files) as result:
        assert result.harm == [("file.header-only", "users.csv", 91)]
        assert result.cases() == {"empty"}


def test_references_follow_from_identifiers_of_which_nothing_is_left(tmp_path: Path) -> None:
    files = school()
    files["users.csv"] = files["users.csv"].replace("P07,", "#N/A,").replace("P08,", "#N/A,")
    with told(tmp_path, files) as result:
        assert result.harm == [("spreadsheet.error", "users.csv", 2 + 2 * 2)]


def test_a_damaged_identifier_in_a_row_that_cannot_be_parsed_is_left_out_once(tmp_path: Path) -> None:
    files = school(("Ã\u0089-1", *PUPILS[1:]))
    for name in ("roles.csv", "enrollments.csv"):
        files[name] = files[name].replace("P00", "É-1")
    with told(tmp_path, files) as result:
        assert result.harm == [("spreadsheet.mojibake", "users.csv", 3)]


def test_more_references_than_destroyed_identifiers_may_have_another_reason(tmp_path: Path) -> None:
    files = school(PUPILS[1:])
    files["users.csv"] = files["users.csv"].replace("P07,", "#N/A,")
    with told(tmp_path, files) as result:
        assert result.cases() == {"unread"}
        assert {cause.value for cause in result.causes if cause.code == "reference.missing"} == {"P00", "P07"}


@pytest.mark.parametrize(
    ("key", "case", "character"),
    [
        ("k001", None, None),
        ("K0O1", "alike", "O, U+004F"),
        ("\u041a001", "alike", "\u041a, U+041A"),
    ],
)
def test_a_record_that_all_spell_otherwise_is_to_blame(
    key: str, case: str | None, character: str | None, tmp_path: Path
) -> None:
    with told(tmp_path, school(classes=(key, *CLASSES[1:]))) as result:
        (named,) = result.of("key.spelling")
        assert (named.file, named.line, named.column, named.value) == ("classes.csv", 2, "sourcedId", key)
        assert (named.detail["other"], named.detail["count"]) == ("K001", "5")
        assert (named.detail.get("case"), named.detail.get("character")) == (case, character)
        # Nobody need enrol a teacher in it.
        assert result.harm == [("key.spelling", "classes.csv", 5)]
        followers = [*result.of("reference.missing"), *result.of("class.owner"), *result.of("class.students")]
        assert {finding.cause for finding in followers} == {named.number}
        assert len(followers) == 5 + 2


def test_an_identifier_in_another_normalisation_form_looks_the_same(tmp_path: Path) -> None:
    files = school(classes=(unicodedata.normalize("NFD", "École"), *CLASSES[1:]))
    files["enrollments.csv"] = files["enrollments.csv"].replace("K001", "École")
    with told(tmp_path, files) as result:
        assert result.of("key.spelling")[0].detail["character"] == "◌\u0301, U+0301"


@pytest.mark.parametrize("value", ["K0O1", "K01"])
def test_a_spelling_that_fits_the_others_is_not_to_blame(value: str, tmp_path: Path) -> None:
    files = school()
    files["enrollments.csv"] = files["enrollments.csv"].replace("K001", value)
    with told(tmp_path, files) as result:
        assert [(cause.code, cause.value) for cause in result.causes] == [("reference.missing", value)]
        assert result.of("reference.missing")[0].detail["closest"] == "K001"


def test_a_record_that_another_file_spells_as_it_does_is_not_to_blame(tmp_path: Path) -> None:
    files = school()
    files["enrollments.csv"] = (
        files["enrollments.csv"]
        .replace("P00", "p00")
        .replace("K002,T,teacher", "K002,T,teacher\nK002,p00,student")
    )
    with told(tmp_path, files) as result:
        assert result.of("key.spelling") == []
        assert [cause.value for cause in result.causes] == ["p00"]


def test_a_single_other_spelling_is_a_slip(tmp_path: Path) -> None:
    files = school(("p00", *PUPILS[1:]))
    files["roles.csv"] = files["roles.csv"].replace("P00,S,student\n", "")
    with told(tmp_path, files) as result:
        assert result.of("key.spelling") == []
        assert result.of("reference.missing")[0].detail["closest"] == "p00"


def test_two_other_spellings_blame_nobody(tmp_path: Path) -> None:
    files = school(classes=("k001", *CLASSES[1:]))
    files["enrollments.csv"] = files["enrollments.csv"].replace("K001,P00", "K0O1,P00")
    with told(tmp_path, files) as result:
        assert result.of("key.spelling") == []


def test_a_slip_that_cannot_be_seen_is_told_with_its_letter(tmp_path: Path) -> None:
    files = school()
    files["enrollments.csv"] = files["enrollments.csv"].replace("K001,P00", "\u041a001,P00")
    with told(tmp_path, files) as result:
        (missing,) = result.of("reference.missing")
        assert missing.detail["closest"] == "K001"
        assert missing.detail["closest_characters"] == "\u041a, U+041A"


@pytest.mark.parametrize(
    ("cell", "case"),
    [("T1;T2", "list"), ("T1 | T2", "list"), ('"T1;T2,T1"', "list"), ("T1;X", "list"), ("X;Z", None)],
)
def test_a_list_with_other_signs_than_commas_is_seen(cell: str, case: str | None, tmp_path: Path) -> None:
    files = {
        **school(),
        "academicSessions.csv": lines(
            "sourcedId,title,type,schoolYear,startDate,endDate",
            "T1,One,term,2027,2026-09-01,2026-12-31",
            "T2,Two,term,2027,2027-01-01,2027-06-30",
        ),
        "classes.csv": lines(
            "sourcedId,orgSourcedId,title,sessionSourcedIds", *(f"{one},S,7A,{cell}" for one in CLASSES)
        ),
    }
    with told(tmp_path, files) as result:
        assert result.cases() == {case}
        assert [(cause.code, cause.left_out, cause.blanked) for cause in result.causes] == [
            ("reference.missing", 0, 10)
        ]


def test_a_list_of_codes_with_other_signs_than_commas_is_seen_too(tmp_path: Path) -> None:
    people = lines("userSourcedId,raceCodes", "P00,white;asian", "P01,white;martian", "P02,a;b")
    with told(tmp_path, {**school(), "demographics.csv": people}) as result:
        assert [finding.detail.get("case") for finding in result.of("value.code")] == [
            "list",
            "list",
            "extensible",
        ]


@pytest.mark.parametrize(
    ("enrollments", "causes"),
    [
        (lambda text: text.splitlines()[0] + "\n", ["file.header-only"]),
        (lambda text: text[: text.index("K004,P03")] + "K0", ["file.cut"]),
        (lambda text: re.sub(",(student|teacher)", r";\1", text), ["row.ragged"]),
        (lambda text: re.sub("K0..", "#REF!", text), ["spreadsheet.error"]),
        (lambda text: text.replace("K00", "K0O"), ["reference.missing"] * 9),
        (lambda text: exchanged(text, 0, 1), ["reference.missing"] * 2),
    ],
    ids=["empty", "cut", "ragged", "destroyed", "misspelt", "exchanged"],
)
def test_classes_whose_enrollments_are_lost_lack_nobody(
    enrollments: Callable[[str], str], causes: list[str], tmp_path: Path
) -> None:
    files = school()
    files["enrollments.csv"] = enrollments(files["enrollments.csv"])
    with told(tmp_path, files) as result:
        assert [cause.code for cause in result.causes] == causes
        assert {finding.cause is None for finding in result.of("class.owner")} <= {False}


def test_classes_with_new_identifiers_lack_nobody(tmp_path: Path) -> None:
    files = school()
    more = [f"L{n:03}" for n in range(25)]
    files["classes.csv"] += lines(*(f"X{one},S,7A" for one in more))
    files["enrollments.csv"] += lines(*(f"{one},T,teacher" for one in more))
    with told(tmp_path, files) as result:
        assert result.harm == [("reference.missing", "enrollments.csv", 25)]


def test_a_class_that_lacks_a_teacher_is_told_beside_rows_of_others(tmp_path: Path) -> None:
    files = school()
    text = files["enrollments.csv"].replace("K001,T,teacher\n", "").replace("K002,T,teacher\n", "")
    files["enrollments.csv"] = text.replace("K003,P02,student", ",P02,student")
    with told(tmp_path, files) as result:
        assert [(f.line, f.cause) for f in result.of("class.owner")] == [(2, None), (3, None)]


def test_a_class_may_have_lost_its_teacher_to_a_row_that_cannot_be_read(tmp_path: Path) -> None:
    files = school()
    files["enrollments.csv"] = files["enrollments.csv"].replace("K001,T,teacher", ",T,teacher")
    with told(tmp_path, files) as result:
        assert [cause.code for cause in result.causes] == ["value.required"]
