"""A delivery beside an earlier one: what is less, gone or all new, and how little is said of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cartable.errors import UsageError
from cartable.flow import comparing
from cartable.flow.checking import checked
from cartable.model.findings import Finding
from cartable.model.options import CheckOptions
from cartable.reports import wording
from cartable.rules.catalogue import RULES
from tests.flow.rosters import lines

GRADES = ("07", "08", "09")


@dataclass(frozen=True)
class Pupil:
    """A pupil, enrolled in the one class of the school."""

    number: int
    school: str
    grade: str
    prefix: str = "P"

    @property
    def id(self) -> str:
        return f"{self.prefix}{self.number}"


def district(schools: int = 4, pupils: int = 30) -> tuple[Pupil, ...]:
    """Schools of so many pupils, a third in each grade."""
    return tuple(
        Pupil(school * pupils + n, f"S{school}", GRADES[n % 3])
        for school in range(schools)
        for n in range(pupils)
    )


def files(
    pupils: Iterable[Pupil],
    *,
    teachers: int = 12,
    schools: Callable[[str], str] = str,
    graded: bool = True,
    enrolled: Callable[[Pupil], bool] = lambda _: True,
) -> dict[str, str]:
    """The files of a district with these pupils."""
    listed = list(pupils)
    names = sorted({pupil.school for pupil in listed})
    staff = [(f"T{name}{n}", name) for name in names for n in range(teachers)]
    grade = ",grade" if graded else ""
    return {
        "orgs": lines("sourcedId,name,type", *(f"{schools(name)},School {name},school" for name in names)),
        "users": lines(
            "sourcedId,username", *(f"{p.id},{p.id}" for p in listed), *(f"{t},{t}" for t, _ in staff)
        ),
        "roles": lines(
            f"userSourcedId,orgSourcedId,role{grade}",
            *(f"{p.id},{schools(p.school)},student" + (f",{p.grade}" if graded else "") for p in listed),
            *(f"{t},{schools(name)},teacher" + ("," if graded else "") for t, name in staff),
        ),
        "classes": lines(
            "sourcedId,orgSourcedId,title", *(f"K{name},{schools(name)},Class of {name}" for name in names)
        ),
        "enrollments": lines(
            "classSourcedId,userSourcedId,role",
            *(f"K{p.school},{p.id},student" for p in listed if enrolled(p)),
            *(f"K{name},{t},teacher" for t, name in staff),
        ),
    }


@dataclass
class Desk:
    """Where two deliveries lie."""

    place: Path

    def lay(self, name: str, texts: Mapping[str, str]) -> Path:
        directory = self.place / name
        directory.mkdir()
        for entity, text in texts.items():
            (directory / f"{entity}.csv").write_text(text, encoding="utf-8", newline="")
        return directory

    def compared(self, before: Mapping[str, str], now: Mapping[str, str]) -> list[Finding]:
        """What is found of the later delivery beside the earlier one."""
        options = CheckOptions()
        precedent = comparing.delivered(self.lay("before", before), options)
        with checked(self.lay("now", now), options, precedent=precedent) as result:
            assert result.delivery.against == precedent.compared
            codes = ("shift.", "header.dropped", "file.missing")
            return [found for found in result.findings() if found.code.startswith(codes)]

    def ordered(self, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
        """Codes of the causes of the family, in the order in which they are told."""
        precedent = comparing.delivered(self.lay("earlier", before), CheckOptions())
        with checked(self.lay("later", now), CheckOptions(), precedent=precedent) as result:
            return [cause.code for cause in result.causes() if cause.code.startswith("shift.")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


Told = tuple[str, str | None, str | None, str | None]


def told(found: list[Finding]) -> list[Told]:
    """Code, file, what it is about, counts before and now."""
    return [
        (
            f.code,
            f.file,
            f.value,
            f"{f.detail['before']} → {f.detail['now']}" if "before" in f.detail else None,
        )
        for f in found
    ]


def test_a_school_that_is_gone_is_said_once(desk: Desk) -> None:
    now = (pupil for pupil in district(20) if pupil.school != "S2")
    (found,) = desk.compared(files(district(20)), files(now))
    assert told([found]) == [("shift.school", "roles.csv", "S2", "30 → 0")]
    assert wording.message(RULES[found.code], found) == (
        f"School S2 (S2) has no person, class or enrollment any more; it had 30 pupils in the delivery "
        f"{desk.place}/before."
    )


def test_a_school_that_lost_its_pupils_alone_is_told_so(desk: Desk) -> None:
    whole = files(district(20))
    kept = [line for line in whole["roles"].splitlines(keepends=True) if ",S2,student" not in line]
    found = desk.compared(whole, {**whole, "roles": "".join(kept)})
    assert told(found) == [("shift.school", "roles.csv", "S2", "30 → 0")]
    assert found[0].detail["case"] == "pupils"


def test_pupils_who_are_gone_take_their_enrollments_along_without_a_word(desk: Desk) -> None:
    now = (pupil for pupil in district(20) if pupil.school != "S1" or pupil.number % 2)
    assert told(desk.compared(files(district(20)), files(now))) == [
        ("shift.rows", "roles.csv", "S1", "30 → 15")
    ]


def test_enrollments_that_are_gone_while_the_pupils_stay_are_told(desk: Desk) -> None:
    short = files(district(20), enrolled=lambda pupil: pupil.school != "S1" or pupil.number % 2 == 0)
    found = desk.compared(files(district(20)), short)
    assert told(found) == [("shift.rows", "enrollments.csv", "S1", "42 → 27")]


def test_a_few_pupils_less_are_not_worth_a_word(desk: Desk) -> None:
    now = (pupil for pupil in district() if pupil.number % 30 > 2)
    assert desk.compared(files(district()), files(now)) == []


def test_more_pupils_are_not_worth_a_word(desk: Desk) -> None:
    assert desk.compared(files(district(4, 30)), files(district(5, 30))) == []


def test_a_grade_that_is_gone_is_said_once_and_not_of_each_school(desk: Desk) -> None:
    now = (pupil for pupil in district(4) if pupil.grade != "08")
    found = desk.compared(files(district(4)), files(now))
    assert told(found) == [
        ("shift.rows", "users.csv", None, "168 → 128"),
        ("shift.grade", "roles.csv", "08", "40 → 0"),
    ]


def test_a_grade_that_one_school_lost_is_told_of_that_school(desk: Desk) -> None:
    now = (pupil for pupil in district(20) if (pupil.school, pupil.grade) != ("S3", "09"))
    found = desk.compared(files(district(20)), files(now))
    assert told(found) == [("shift.grade", "roles.csv", "S3", "10 → 0")]
    assert (found[0].detail["grade"], found[0].detail["school"]) == ("09", "School S3 (S3)")


def test_grades_that_are_all_blank_are_said_once(desk: Desk) -> None:
    blank = (replace(pupil, grade="") for pupil in district())
    assert told(desk.compared(files(district()), files(blank))) == [
        ("shift.grade", "roles.csv", None, "120 → 0")
    ]


def test_a_school_that_is_gone_takes_the_grades_along_that_only_it_had(desk: Desk) -> None:
    pupils = [replace(pupil, grade="12") if pupil.school == "S2" else pupil for pupil in district(20)]
    whole, now = files(pupils), files(pupil for pupil in pupils if pupil.school != "S2")
    assert told(desk.compared(whole, now)) == [("shift.school", "roles.csv", "S2", "30 → 0")]


def test_a_school_that_is_gone_is_told_before_a_grade_that_others_lost(desk: Desk) -> None:
    now = [pupil for pupil in district(20) if pupil.school != "S2" and pupil.grade != "08"]
    assert desk.ordered(files(district(20)), files(now)) == ["shift.school", "shift.rows", "shift.grade"]


def test_a_role_that_nobody_has_any_more_is_told_by_file(desk: Desk) -> None:
    found = desk.compared(files(district(4)), files(district(4), teachers=0))
    assert told(found) == [
        ("shift.rows", "users.csv", None, "168 → 120"),
        ("shift.role", "roles.csv", "teacher", "48 → 0"),
        ("shift.role", "enrollments.csv", "teacher", "48 → 0"),
    ]


def test_a_file_that_has_only_its_header_left_is_one_finding(desk: Desk) -> None:
    now = files(district()) | {"enrollments": "classSourcedId,userSourcedId,role\n"}
    assert told(desk.compared(files(district()), now)) == [("shift.rows", "enrollments.csv", None, "168 → 0")]


def test_ids_that_are_all_new_are_told(desk: Desk) -> None:
    now = (replace(pupil, prefix="X") for pupil in district(3))
    (found,) = desk.compared(files(district(3)), files(now))
    assert (found.code, found.file, found.detail["percent"]) == ("shift.ids", "users.csv", "29")


def test_that_no_id_is_left_is_said_in_words(desk: Desk) -> None:
    before = district(schools=2, pupils=10)
    now = [replace(pupil, prefix="X") for pupil in before]
    found = desk.compared(files(before, teachers=0), files(now, teachers=0))
    assert [wording.message(RULES[one.code], one) for one in found] == [
        f"Not one of the 20 ids of this file was in the delivery {desk.place}/before."
    ]


def test_where_only_a_sample_is_known_hardly_any_id_is_said_to_be_left(desk: Desk) -> None:
    before = district(schools=2, pupils=200)
    now = [replace(pupil, prefix="X") for pupil in before]
    found = desk.compared(files(before, teachers=0), files(now, teachers=0))
    assert [wording.message(RULES[one.code], one) for one in found] == [
        f"Hardly any of the 400 ids of this file was in the delivery {desk.place}/before."
    ]


def test_schools_with_new_ids_are_not_said_to_be_gone(desk: Desk) -> None:
    now = files(district(), schools=lambda name: f"X{name}")
    assert told(desk.compared(files(district()), now)) == [("shift.ids", "orgs.csv", None, "4 → 4")]


def test_the_same_files_again_are_one_piece_of_information(desk: Desk) -> None:
    (found,) = desk.compared(files(district()), files(district()))
    assert (found.code, found.severity, found.file) == ("shift.same", "info", None)


def test_rows_that_are_left_out_for_a_fault_are_not_missing(desk: Desk) -> None:
    now = files(district())
    now["orgs"] = now["orgs"].replace("School S2", "")
    assert desk.compared(files(district()), now) == []


def _less(texts: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name not in names}


FLAGS = lines("userSourcedId,flag", "P0,iep", "P1,lep")


def test_a_file_that_had_rows_and_is_gone_is_told(desk: Desk) -> None:
    whole = {**files(district()), "userFlags": FLAGS}
    found = desk.compared(whole, _less(whole, "classes", "enrollments", "userFlags"))
    assert told(found) == [
        ("shift.file", "classes.csv", None, "4 → 0"),
        ("shift.file", "enrollments.csv", None, "168 → 0"),
        ("shift.file", "userFlags.csv", None, "2 → 0"),
    ]
    assert wording.message(RULES[found[2].code], found[2]) == (
        f"The file userFlags.csv is missing; it had 2 rows in the delivery {desk.place}/before."
    )


def test_a_file_that_is_new_or_had_no_row_is_not_worth_a_word(desk: Desk) -> None:
    whole = files(district())
    assert desk.compared(_less(whole, "classes", "enrollments"), whole) == []
    empty = {**whole, "userFlags": "userSourcedId,flag\n"}
    assert Desk(desk.lay("again", {})).compared(empty, whole) == []


def test_a_file_that_is_missing_anyway_is_told_once(desk: Desk) -> None:
    whole = files(district())
    assert told(desk.compared(whole, _less(whole, "roles", "classes"))) == [
        ("file.missing", "roles.csv", None, None),
        ("file.missing", "classes.csv", None, None),
    ]


def test_a_file_under_another_name_is_not_said_to_be_gone(desk: Desk) -> None:
    whole = {**files(district()), "userFlags": FLAGS}
    found = desk.compared(whole, {**_less(whole, "userFlags"), "userflags": FLAGS})
    assert told(found) == []


def test_nothing_is_said_to_be_gone_where_another_format_came(desk: Desk) -> None:
    other = {"School": "SIS ID,Name\n1,x\n", "Student": "SIS ID,Username\n1,x\n"}
    assert desk.compared(files(district()), other) == []


def test_a_column_that_the_earlier_delivery_had_is_told(desk: Desk) -> None:
    (found,) = desk.compared(files(district()), files(district(), graded=False))
    assert (found.code, found.file, found.column) == ("header.dropped", "roles.csv", "grade")


def test_a_column_that_came_under_another_name_is_not_said_to_be_gone(desk: Desk) -> None:
    whole = files(district())
    renamed = {**whole, "roles": whole["roles"].replace("grade", "niveau", 1)}
    assert desk.compared(whole, renamed) == []


def test_what_cannot_be_read_cannot_be_compared_with(desk: Desk) -> None:
    path = desk.lay("before", {"users": ""})
    with pytest.raises(UsageError, match="cannot be compared with"):
        comparing.delivered(path, CheckOptions())


def test_a_small_grade_that_is_gone_is_told(desk: Desk) -> None:
    pupils = [*district(), *(Pupil(900 + n, "S1", "06") for n in range(3))]
    found = desk.compared(files(pupils), files(district()))
    assert [(one.code, one.value) for one in found] == [("shift.grade", "06")]


def test_pupils_with_new_ids_are_told_though_most_users_keep_theirs(desk: Desk) -> None:
    before = district(schools=2, pupils=10)
    now = [replace(pupil, prefix="p") for pupil in before]
    found = desk.compared(files(before, teachers=20), files(now, teachers=20))
    assert [(one.code, one.file, one.detail.get("case")) for one in found] == [
        ("shift.ids", "users.csv", "pupils-none")
    ]


def test_a_new_school_year_with_a_third_of_new_pupils_has_no_new_ids(desk: Desk) -> None:
    before = district(schools=2, pupils=60)
    now = [replace(pupil, prefix="N") if pupil.number % 3 == 0 else pupil for pupil in before]
    assert desk.compared(files(before), files(now)) == []
