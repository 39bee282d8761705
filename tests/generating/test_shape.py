"""A district without faults is shaped like a real one."""

import re
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from cartable.formats.format import Need
from cartable.formats.sds import SDS_V2_1
from cartable.generating.writing import generate
from cartable.model.entities import BY_NAME
from cartable.model.vocabularies import OWNER_ROLES

from .districts import by_id, rows


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("shape") / "district"
    generate(directory, 3_000, seed=7)
    return directory


def test_all_ten_files_are_there_with_every_column_of_the_format(district: Path) -> None:
    for file in SDS_V2_1.files:
        found = rows(district, file.entity)
        assert [list(row) for row in found] == [[column.name for column in file.columns]] * len(found)
        assert found


def test_every_required_cell_has_a_value_and_every_code_is_in_its_list(district: Path) -> None:
    for file in SDS_V2_1.files:
        for row in rows(district, file.entity):
            for column in file.columns:
                value = row[column.name]
                assert value or column.need is not Need.REQUIRED, (file.name, row)
                field = BY_NAME[file.entity].field(column.field)
                if field.vocabulary and value:
                    codes = {code.value for code in field.vocabulary.codes}
                    assert codes.issuperset(value.split(",") if field.type.is_list else [value])


def test_every_reference_finds_its_row_and_every_key_is_there_once(district: Path) -> None:
    known = {entity: set(by_id(district, entity)) for entity in BY_NAME if "sourcedId" in BY_NAME[entity].key}
    for name, entity in BY_NAME.items():
        found = rows(district, name)
        keys = [tuple(row[part] for part in entity.key) for row in found]
        assert len(set(keys)) == len(keys)
        for field in entity.references:
            assert field.reference
            for row in found:
                value = row[field.name]
                values = value.split(",") if field.type.is_list else [value]
                assert known[field.reference.entity].issuperset(filter(None, values))


def test_pupils_and_teachers_belong_to_the_school_of_their_classes(district: Path) -> None:
    classes, schools = by_id(district, "classes"), defaultdict(set)
    for role in rows(district, "roles"):
        schools[role["userSourcedId"]].add(role["orgSourcedId"])
    for enrollment in rows(district, "enrollments"):
        school = classes[enrollment["classSourcedId"]]["orgSourcedId"]
        assert schools[enrollment["userSourcedId"]] == {school}
    courses = by_id(district, "courses")
    for row in classes.values():
        assert courses[row["courseSourcedId"]]["orgSourcedId"] == row["orgSourcedId"]


def test_every_class_has_an_owner_and_pupils_of_one_grade(district: Path) -> None:
    grades = {row["userSourcedId"]: row["grade"] for row in rows(district, "roles")}
    members = defaultdict(list)
    for enrollment in rows(district, "enrollments"):
        members[enrollment["classSourcedId"]].append(enrollment)
    for number in by_id(district, "classes"):
        roles = Counter(row["role"] for row in members[number])
        assert OWNER_ROLES.intersection(roles)
        assert 1 <= roles["student"] <= 33
        assert len({grades[row["userSourcedId"]] for row in members[number] if row["role"] == "student"}) == 1


def test_brothers_and_sisters_share_their_contacts_and_mostly_their_name(district: Path) -> None:
    users, children = by_id(district, "users"), defaultdict(set)
    schools = {row["userSourcedId"]: row["orgSourcedId"] for row in rows(district, "roles")}
    for row in rows(district, "relationships"):
        children[row["relationshipUserSourcedId"]].add(row["userSourcedId"])
    siblings = [family for family in children.values() if len(family) > 1]
    assert len(siblings) > 100
    for family in siblings:
        assert len({users[child]["familyName"] for child in family}) == 1
    assert any(len({schools[child] for child in family}) > 1 for family in siblings)
    contacts = set(children)
    assert not contacts.intersection(schools)
    for contact in contacts:
        assert all(users[contact][name] for name in ("givenName", "familyName", "email"))


def test_usernames_and_addresses_are_unique_and_of_reserved_domains(district: Path) -> None:
    users = rows(district, "users")
    for column in ("username", "email"):
        assert len({row[column].lower() for row in users}) == len(users)
    for row in users:
        assert re.fullmatch(r"[a-z0-9.]+@(eleves\.ecole\.example|ecole\.example|example\.org)", row["email"])
        for phone in filter(None, (row["phone"], row["sms"])):
            assert re.fullmatch(r"\+3363998\d{4}|\+3319900\d{4}|\+447700900\d{3}|\+442079460\d{3}", phone)


def test_one_role_of_each_user_in_each_organisation_is_primary(district: Path) -> None:
    primaries, several = Counter(), Counter()
    for row in rows(district, "roles"):
        place = (row["userSourcedId"], row["orgSourcedId"])
        several[place] += 1
        primaries[place] += row["isPrimary"] == "true"
    assert set(primaries.values()) == {1}
    assert max(several.values()) == 2


def test_sessions_follow_each_other_and_bear_the_year_of_their_end(district: Path) -> None:
    sessions = rows(district, "academicSessions")
    assert {row["schoolYear"] for row in sessions} == {"2027"}
    assert [row["endDate"][:4] for row in sessions if row["type"] == "schoolYear"] == ["2027"]
    for kind in ("term", "semester"):
        dates = [(row["startDate"], row["endDate"]) for row in sessions if row["type"] == kind]
        assert dates == sorted(dates)
        assert all(end < start for (_, end), (start, _) in pairwise(dates))


def test_both_languages_accents_and_quoted_commas_are_there(district: Path) -> None:
    titles = {row["title"].partition(",")[0] for row in rows(district, "classes")}
    assert {"Mathématiques", "Mathematics", "Histoire-géographie", "Homeroom"} <= titles
    assert any("É" in row["name"] for row in rows(district, "orgs"))
    cells = quoted = 0
    for file in SDS_V2_1.files:
        for row in rows(district, file.entity):
            cells += len(row)
            quoted += sum("," in value for value in row.values())
    assert 0.007 < quoted / cells < 0.015


def test_ten_thousand_students_make_about_eleven_and_a_half_rows_each(tmp_path: Path) -> None:
    made = generate(tmp_path / "d", 10_000, seed=1)
    assert made.rows["demographics"] == 10_000
    assert 11.3 < sum(made.rows.values()) / 10_000 < 11.9
    assert made.planted == 0
    assert made.key is None


@pytest.mark.parametrize("students", [1, 7, 26, 130])
def test_a_small_district_has_exactly_its_students_and_a_school_for_them(
    tmp_path: Path, students: int
) -> None:
    made = generate(tmp_path / "d", students, seed=3)
    assert made.rows["demographics"] == students
    assert sum(row["role"] == "student" for row in rows(tmp_path / "d", "roles")) == students
    schools = [row for row in rows(tmp_path / "d", "orgs") if row["type"] == "school"]
    assert len(schools) == (1 if students == 1 else 2)


def test_a_large_district_is_a_region_of_districts(tmp_path: Path) -> None:
    generate(tmp_path / "d", 22_000, seed=3)
    orgs = by_id(tmp_path / "d", "orgs")
    kinds = Counter(row["type"] for row in orgs.values())
    assert kinds["region"] == 1
    assert kinds["district"] == 2
    parents = {"school": "district", "district": "region"}
    for row in orgs.values():
        if row["type"] != "region":
            assert orgs[row["parentSourcedId"]]["type"] == parents[row["type"]]
