"""OneRoster packages through `check`, `plan` and `sync`."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cartable.cli import main
from tests.cli.deliveries import CLEAN, delivered
from tests.cli.packages import Rows, archived, changed, package, rows
from tests.cli.test_syncing import Capture, document, said

Begin = Callable[[str], Rows]
VERSIONS = pytest.mark.parametrize("version", ["1.1", "1.2"])


def places(report: Any, code: str) -> list[tuple[str, int | None, str | None, str | None]]:
    """File, line, column and value of a rule's findings."""
    return [
        (one["file"], one["line"], one["column"], one["value"])
        for one in report["findings"]
        if one["code"] == code
    ]


def active(roster: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Values of the active records, sorted."""
    with sqlite3.connect(roster) as connection:
        found = connection.execute(f"select {', '.join(columns)} from roster_{table} where active")
        return sorted(found.fetchall(), key=repr)


def synced(capsys: Capture, path: Path, *arguments: object, status: int = 0) -> Any:
    return document(capsys, status, "sync", path, *arguments)


def moved(report: Any, entity: str) -> dict[str, int]:
    """What a run changes of an entity, less what it does not."""
    return {kind: count for kind, count in report["changes"][entity].items() if count and kind != "unchanged"}


@VERSIONS
@pytest.mark.parametrize("is_zip", [False, True])
def test_a_sound_package_is_checked_without_errors_or_warnings(
    tmp_path: Path, capsys: Capture, version: str, is_zip: bool
) -> None:
    path = package(tmp_path / "export", version, rows(version))
    report = document(capsys, 0, "check", archived(path) if is_zip else path)
    assert report["input"]["format"] == f"oneroster-{version}"
    assert {one["severity"] for one in report["findings"]} == {"info"}
    assert {one["name"] for one in report["input"]["files"]} == {one.name for one in path.iterdir()}


@VERSIONS
def test_the_roster_holds_what_a_package_says(
    roster: Path, tmp_path: Path, capsys: Capture, version: str
) -> None:
    synced(capsys, package(tmp_path / "export", version, rows(version)))
    assert active(
        roster, "users", "sourced_id", "given_name", "active_directory_match_id", "user_number"
    ) == [
        ("P1", "Léo", None, None),
        ("R1", "Nina", None, None),
        ("T1", "Anne", "anne@ecole.example", "N1"),
    ]
    assert active(roster, "roles", "user_sourced_id", "org_sourced_id", "role", "grade") == [
        ("P1", "S1", "student", "06"),
        ("T1", "S1", "teacher", None),
    ]
    assert active(roster, "enrollments", "class_sourced_id", "user_sourced_id", "role") == [
        ("K1", "P1", "student"),
        ("K1", "T1", "teacher"),
    ]
    assert active(
        roster, "relationships", "user_sourced_id", "relationship_user_sourced_id", "relationship_role"
    ) == [("P1", "R1", "parent")]
    assert active(roster, "courses", "code", "subject", "grade") == [("M", "02", "06")]
    assert active(roster, "demographics", "sex", "race_codes") == [("male", '["asian"]')]


@VERSIONS
def test_a_session_that_ends_on_a_day_has_the_day_before_as_its_last(
    roster: Path, tmp_path: Path, capsys: Capture, version: str
) -> None:
    synced(capsys, package(tmp_path / "export", version, rows(version)))
    assert active(roster, "academic_sessions", "start_date", "end_date") == [("2026-09-01", "2027-07-04")]


@VERSIONS
def test_the_same_package_again_changes_nothing(
    roster: Path, tmp_path: Path, capsys: Capture, version: str
) -> None:
    path = package(tmp_path / "export", version, rows(version))
    synced(capsys, path)
    again = synced(capsys, path)
    assert all(not moved(again, entity) for entity in again["changes"])


def test_the_two_versions_of_one_school_give_the_same_roster(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    begin("1.1")
    later = synced(capsys, package(tmp_path / "second", "1.2", rows("1.2")))
    # Version 1.1 does not say which role is the primary one.
    assert [entity for entity in later["changes"] if moved(later, entity)] == ["roles"]


def test_a_finding_names_the_place_and_the_value_in_the_package(tmp_path: Path, capsys: Capture) -> None:
    told = rows("1.1")
    told["users"][0]["role"] = "techer"
    told["users"][1]["phone"] = "01 23"
    told["demographics"][0]["sex"] = "unspecified"
    told["classes"][0]["termSourcedIds"] = "Y9"
    report = document(capsys, 1, "check", package(tmp_path / "export", "1.1", told))
    assert places(report, "value.code") == [
        ("users.csv", 2, "role", "techer"),
        ("demographics.csv", 2, "sex", "unspecified"),
    ]
    assert places(report, "value.phone") == [("users.csv", 3, "phone", "01 23")]
    assert places(report, "reference.missing") == [("classes.csv", 2, "termSourcedIds", "Y9")]


def test_a_misspelt_header_is_told_by_its_name(tmp_path: Path, capsys: Capture) -> None:
    path = package(tmp_path / "export", "1.2", rows("1.2"))
    classes = path / "classes.csv"
    classes.write_text(classes.read_text().replace("termSourcedIds", "termSourcedId"))
    report = document(capsys, 2, "check", path)
    assert places(report, "header.missing") == [("classes.csv", 1, "termSourcedIds", None)]
    assert any("termSourcedId" in one["message"] for one in report["findings"])


def test_every_file_of_version_1_2_is_judged_and_what_the_roster_cannot_hold_is_counted(
    tmp_path: Path, capsys: Capture
) -> None:
    told = rows("1.2")
    told["categories"] = [{"sourcedId": "G1", "title": "Contrôles", "weight": "trois"}]
    told["results"] = [
        {
            "sourcedId": "X1",
            "lineItemSourcedId": "L1",
            "studentSourcedId": "P9",
            "scoreStatus": "graded",
            "scoreDate": "2026-10-01",
        }
    ]
    report = document(capsys, 1, "check", package(tmp_path / "export", "1.2", told))
    assert places(report, "value.number") == [("categories.csv", 2, "weight", "trois")]
    assert places(report, "value.code") == [("results.csv", 2, "scoreStatus", "graded")]
    assert ("results.csv", 2, "studentSourcedId", "P9") in places(report, "reference.missing")
    lost = {(one["file"], one["column"]) for one in report["findings"] if one["code"] == "package.lost"}
    assert {("categories.csv", None), ("results.csv", None), ("classes.csv", "classType")} <= lost


def test_codes_of_nobodys_list_are_taken_as_the_closest_one_and_counted(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    told = rows("1.2")
    told["orgs"].append({"sourcedId": "S2", "name": "Maternelle", "type": "ext:kindergarten"})
    told["orgs"].append({"sourcedId": "S3", "name": "Université", "type": "ext:university"})
    told["academicSessions"][0]["type"] = "ext:summer"
    told["roles"][0]["role"] = "ext:librarian"
    told["roles"][2]["role"] = "ext:uncle"
    told["demographics"][0]["sex"] = "other"
    report = synced(capsys, package(tmp_path / "export", "1.2", told))
    closest = {
        (one["file"], one["column"], one["message"].rpartition("(")[2])
        for one in report["findings"]
        if one["code"] == "package.lost" and "closest" in one["message"]
    }
    assert closest == {
        ("orgs.csv", "type", "1)."),
        ("academicSessions.csv", "type", "1)."),
        ("roles.csv", "role", "2)."),
        ("demographics.csv", "sex", "1)."),
    }
    assert active(roster, "orgs", "type") == [("district",), ("school",), ("school",), ("university",)]
    assert active(roster, "roles", "role") == [("other",), ("other",), ("student",)]
    # What an organisation's own list has is taken as it is.
    codes = tmp_path / "codes.toml"
    codes.write_text('[orgTypes]\nkindergarten = { en = "Kindergarten", fr = "Maternelle" }\n')
    synced(capsys, tmp_path / "export", "--codes", codes)
    assert ("kindergarten",) in active(roster, "orgs", "type")


def test_of_a_password_nothing_is_read_or_said(tmp_path: Path, capsys: Capture) -> None:
    told = rows("1.1")
    told["users"][0]["password"] = "sesame-42"
    path = package(tmp_path / "export", "1.1", told)
    for form in ("text", "json", "csv", "html", "sarif", "junit"):
        status, printed, errors = said(capsys, "check", path, "--format", form)
        assert (status, errors) == (0, "")
        assert "sesame" not in printed


def test_a_masked_report_names_nobody_of_a_package(tmp_path: Path, capsys: Capture) -> None:
    told = rows("1.1")
    for row in told["users"]:
        row |= {"middleName": "Zoulou ", "email": "pas d’adresse Zoulou", "agentSourcedIds": "Zoulou"}
    told["demographics"][0] |= {"cityOfBirth": "Zoulou "}
    path = package(tmp_path / "export", "1.1", told)
    for form in ("text", "json", "csv", "html", "sarif", "junit"):
        _, printed, _ = said(capsys, "check", path, "--format", form, "--mask")
        assert printed
        assert "Zoulou" not in printed, form


def test_the_manifest_must_fit_the_files(tmp_path: Path, capsys: Capture) -> None:
    path = package(
        tmp_path / "export", "1.1", rows("1.1"), {"users": "absent", "results": "delta", "orgs": "full"}
    )
    report = document(capsys, 2, "check", path)
    assert {value for *_, value in places(report, "manifest.contradiction")} == {"delta", "absent"}
    assert [value for *_, value in places(report, "manifest.mode")] == ["full"]


@pytest.mark.parametrize(("stated", "other"), [("1.1", "1.2"), ("1.2", "1.1")])
def test_a_package_whose_files_are_of_another_version_than_it_says_is_refused(
    tmp_path: Path, capsys: Capture, stated: str, other: str
) -> None:
    path = package(tmp_path / "export", other, rows(other))
    manifest = path / "manifest.csv"
    manifest.write_text(
        manifest.read_text().replace(f"oneroster.version,{other}", f"oneroster.version,{stated}")
    )
    report = document(capsys, 2, "check", path)
    ((message),) = (one["message"] for one in report["findings"] if one["code"] == "package.mixed")
    assert stated in message
    assert ("roles.csv" if other == "1.2" else "orgSourcedIds") in message


def test_a_delivery_of_two_formats_is_refused_and_says_which_file_is_which(
    tmp_path: Path, capsys: Capture
) -> None:
    path = package(tmp_path / "export", "1.2", rows("1.2"))
    (path / "roles.csv").write_text("userSourcedId,orgSourcedId,role\nT1,S1,teacher\n")
    report = document(capsys, 2, "check", path)
    (message,) = (one["message"] for one in report["findings"] if one["code"] == "package.mixed")
    assert "roles.csv" in message
    assert "users.csv" in message


@VERSIONS
def test_without_a_manifest_the_files_tell_the_version(tmp_path: Path, capsys: Capture, version: str) -> None:
    path = package(tmp_path / "export", version, rows(version))
    (path / "manifest.csv").unlink()
    report = document(capsys, 0, "check", path)
    assert report["input"]["format"] == f"oneroster-{version}"
    assert places(report, "manifest.missing") == [("manifest.csv", None, None, None)]


@VERSIONS
def test_who_is_absent_from_a_whole_file_or_to_be_deleted_leaves(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = begin(version)
    told["enrollments"] = told["enrollments"][:1]
    told["demographics"] = [changed(told["demographics"][0], "tobedeleted")]
    path = package(tmp_path / "second", version, told)
    held = synced(capsys, path, status=3)
    assert moved(held, "enrollments") == moved(held, "demographics") == {"deactivate": 1}
    # Of demographics nothing is left, which a person has to look at.
    assert [(hold["guard"], hold["entity"]) for hold in held["holds"]] == [
        ("file.header-only", "demographics")
    ]
    synced(capsys, path, "--accept", "file.header-only")
    assert active(roster, "demographics", "user_sourced_id") == []


@VERSIONS
def test_a_file_of_changes_says_nothing_of_whom_it_does_not_show(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = begin(version)
    person = {
        **told["users"][1],
        "sourcedId": "P2",
        "username": "mia.roy",
        "givenName": "Mia",
        "agentSourcedIds": "",
    }
    changes = {
        "users": [changed(told["users"][0], givenName="Anna"), changed(person)],
        "enrollments": [changed(told["enrollments"][1], sourcedId="E3", userSourcedId="P2")],
    }
    modes = {"users": "delta", "enrollments": "delta"}
    if version == "1.2":
        changes["roles"] = [changed(told["roles"][1], sourcedId="P2-S1", userSourcedId="P2")]
        modes["roles"] = "delta"
    report = synced(capsys, package(tmp_path / "second", version, changes, modes))
    assert {entity: moved(report, entity) for entity in report["changes"] if moved(report, entity)} == {
        "users": {"add": 1, "update": 1},
        "roles": {"add": 1},
        "enrollments": {"add": 1},
    }
    again = synced(capsys, package(tmp_path / "third", version, changes, modes))
    assert all(not moved(again, entity) for entity in again["changes"])


@VERSIONS
def test_who_is_to_be_deleted_leaves_with_all_that_cannot_be_without_them(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    begin(version)
    changes = {"users": [{"sourcedId": "P1", "status": "tobedeleted", "dateLastModified": "2026-11-02"}]}
    path = package(tmp_path / "second", version, changes, {"users": "delta"})
    report = synced(capsys, path)
    gone = {entity: moved(report, entity) for entity in report["changes"] if moved(report, entity)}
    assert set(gone) == {"users", "roles", "enrollments", "relationships", "demographics"}
    assert all(moves == {"deactivate": 1} for moves in gone.values())


def test_an_enrollment_is_deleted_by_its_class_and_person(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    told = begin("1.1")
    changes = {
        "enrollments": [
            changed(told["enrollments"][1], "tobedeleted"),
            {"sourcedId": "E9", "status": "tobedeleted", "dateLastModified": "2026-11-02"},
        ]
    }
    path = package(tmp_path / "second", "1.1", changes, {"enrollments": "delta"})
    report = document(capsys, 0, "plan", path)
    assert moved(report, "enrollments") == {"deactivate": 1}
    assert places(report, "record.unresolved") == [("enrollments.csv", 3, None, None)]


def test_changes_may_refer_to_what_the_roster_has_and_to_nothing_else(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    told = begin("1.1")
    changes = {
        "enrollments": [
            changed(told["enrollments"][1], sourcedId="E3", userSourcedId="R1", role="aide"),
            changed(told["enrollments"][1], sourcedId="E4", userSourcedId="P9"),
        ]
    }
    path = package(tmp_path / "second", "1.1", changes, {"enrollments": "delta"})
    assert places(document(capsys, 0, "check", path), "reference.missing") == []
    report = synced(capsys, path, status=1)
    assert places(report, "reference.missing") == [("enrollments.csv", 3, "userSourcedId", "P9")]
    assert moved(report, "enrollments") == {"add": 1}


def test_nothing_may_refer_to_what_the_same_package_deletes(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    told = begin("1.1")
    changes = {
        "users": [changed(told["users"][1], "tobedeleted")],
        "enrollments": [changed(told["enrollments"][1])],
    }
    path = package(tmp_path / "second", "1.1", changes, {"users": "delta", "enrollments": "delta"})
    report = document(capsys, 1, "check", path)
    assert places(report, "reference.missing") == [("enrollments.csv", 2, "userSourcedId", "P1")]
    assert "users.csv that is to be deleted" in report["findings"][0]["message"]
    synced(capsys, path, status=1)
    assert ("P1",) not in active(roster, "users", "sourced_id")


def test_a_changed_row_must_say_what_becomes_of_its_record(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    told = rows("1.1")
    path = package(tmp_path / "export", "1.1", {"orgs": told["orgs"]}, {"orgs": "delta"})
    report = document(capsys, 1, "check", path)
    assert places(report, "value.required") == [
        ("orgs.csv", 2, "status", None),
        ("orgs.csv", 3, "status", None),
    ]


def test_a_person_of_whom_changes_tell_a_new_school_leaves_the_old_one(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    told = rows("1.1")
    told["orgs"].append({"sourcedId": "S2", "name": "École de la Mer", "type": "school"})
    synced(capsys, package(tmp_path / "first", "1.1", told))
    changes = {"users": [changed(told["users"][0], orgSourcedIds="S2")]}
    synced(
        capsys, package(tmp_path / "second", "1.1", changes, {"users": "delta"}), "--accept", "deactivations"
    )
    assert ("T1", "S2", "teacher") in active(roster, "roles", "user_sourced_id", "org_sourced_id", "role")
    assert ("T1", "S1", "teacher") not in active(roster, "roles", "user_sourced_id", "org_sourced_id", "role")


@VERSIONS
def test_a_whole_package_after_changes_is_compared_with_the_last_whole_one(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = begin(version)
    changes = {"orgs": [changed(told["orgs"][1], name="École du Grand Lac")]}
    synced(capsys, package(tmp_path / "second", version, changes, {"orgs": "delta"}))
    told["orgs"][1]["name"] = "École du Grand Lac"
    del told["demographics"]
    path = package(tmp_path / "third", version, told)
    (path / "manifest.csv").unlink()
    held = synced(capsys, path, status=3)
    assert [(hold["guard"], hold["entity"]) for hold in held["holds"]] == [("file.missing", "demographics")]


@VERSIONS
def test_a_file_that_the_manifest_says_is_absent_changes_nothing(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = begin(version)
    report = synced(capsys, package(tmp_path / "second", version, {"orgs": told["orgs"]}))
    assert all(not moved(report, entity) for entity in report["changes"])


def test_a_run_of_a_package_is_undone(roster: Path, begin: Begin, tmp_path: Path, capsys: Capture) -> None:
    told = begin("1.2")
    changes = {"users": [changed(told["users"][0], givenName="Anna")]}
    synced(capsys, package(tmp_path / "second", "1.2", changes, {"users": "delta"}))
    assert main(["undo", "2", "--apply"]) == 0
    assert ("T1", "Anne") in active(roster, "users", "sourced_id", "given_name")


def test_a_plan_of_changes_is_saved_and_applied(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    told = begin("1.2")
    changes = {"users": [changed(told["users"][0], givenName="Anna")]}
    path = package(tmp_path / "second", "1.2", changes, {"users": "delta"})
    assert main(["plan", str(path), "-o", str(tmp_path / "plan.cartable")]) == 0
    assert main(["apply", str(tmp_path / "plan.cartable")]) == 0
    assert ("T1", "Anna") in active(roster, "users", "sourced_id", "given_name")
    capsys.readouterr()
    status, printed, _ = said(capsys, "runs", "--format", "json")
    assert (status, len(json.loads(printed)["runs"])) == (0, 2)


def test_who_is_forgotten_is_in_no_kept_file_of_a_package(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    begin("1.1")
    assert main(["forget", "R1"]) == 0
    capsys.readouterr()
    assert main(["inputs", "1", "-o", str(tmp_path / "kept")]) == 0
    kept = {file.name: file.read_text() for file in (tmp_path / "kept").iterdir()}
    assert "anne.roux" in kept["users.csv"]
    # The pupil's row names her as theirs.
    assert not [name for name, text in kept.items() if "R1" in text or "nina" in text]


@VERSIONS
def test_a_damaged_row_is_no_departure(roster: Path, tmp_path: Path, capsys: Capture, version: str) -> None:
    told = rows(version)
    told["users"][1]["metadata.microsoft.userFlags"] = "ELL,freeLunch"
    synced(capsys, package(tmp_path / "first", version, told))
    told["users"][1]["enabledUser"] = "oui"
    report = synced(capsys, package(tmp_path / "second", version, told), status=1)
    assert all(not moved(report, entity).get("deactivate") for entity in report["changes"])
    kept = {entity: moved(report, entity).get("keep", 0) for entity in report["changes"]}
    assert kept["users"] == kept["demographics"] == kept["relationships"] == 1
    assert kept["userFlags"] == 2
    assert {one["file"] for one in report["kept"] if one["entity"] == "userFlags"} == {"users.csv"}
    assert active(roster, "user_flags", "user_sourced_id", "flag") == [("P1", "ell"), ("P1", "freeLunch")]


@VERSIONS
def test_a_value_that_cannot_be_used_leaves_the_last_one(
    roster: Path, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = rows(version)
    told["users"][0]["phone"] = "+33123456789"
    synced(capsys, package(tmp_path / "first", version, told))
    told["users"][0] |= {"phone": "01 23", "givenName": "Anna"}
    told["demographics"][0]["birthDate"] = "2 mars"
    report = synced(capsys, package(tmp_path / "second", version, told))
    assert report["summary"]["blanked"] == 2
    assert ("T1", "Anna", "+33123456789") in active(roster, "users", "sourced_id", "given_name", "phone")
    assert active(roster, "demographics", "birth_date") == [("2015-03-02",)]


def crowd(version: str, pupils: int) -> Any:
    """A school with so many more pupils."""
    told = rows(version)
    for number in range(pupils):
        one = {**told["users"][1], "sourcedId": f"Q{number}", "username": f"q{number}", "agentSourcedIds": ""}
        told["users"].append(one)
        if version == "1.2":
            told["roles"].append(
                {**told["roles"][1], "sourcedId": f"Q{number}-S1", "userSourcedId": f"Q{number}"}
            )
    return told


@VERSIONS
@pytest.mark.parametrize("mode", ["bulk", "delta"])
def test_too_many_who_would_leave_hold_the_plan_however_they_are_said_to(
    roster: Path, tmp_path: Path, capsys: Capture, version: str, mode: str
) -> None:
    told = crowd(version, 40)
    synced(capsys, package(tmp_path / "first", version, told))
    if mode == "delta":
        said_to_go = [changed(one, "tobedeleted") for one in told["users"][10:]]
        path = package(tmp_path / "second", version, {"users": said_to_go}, {"users": "delta"})
    else:
        gone = {one["sourcedId"] for one in told["users"][10:]}
        told["users"] = told["users"][:10]
        if version == "1.2":
            told["roles"] = [one for one in told["roles"] if one["userSourcedId"] not in gone]
        path = package(tmp_path / "second", version, told)
    held = synced(capsys, path, status=3)
    assert ("deactivations", "users") in {(hold["guard"], hold["entity"]) for hold in held["holds"]}
    assert moved(held, "users") == {"deactivate": 33}


def test_a_package_that_lacks_a_grade_looks_partial_beside_another(tmp_path: Path, capsys: Capture) -> None:
    first = package(tmp_path / "first", "1.1", crowd("1.1", 40))
    second = package(tmp_path / "second", "1.1", rows("1.1"))
    report = document(capsys, 0, "check", second, "--against", first)
    assert "users.csv" in {one["file"] for one in report["findings"] if one["code"].startswith("shift.")}


def test_what_a_receiver_asks_for_is_told_of_the_files_of_the_package(
    tmp_path: Path, capsys: Capture
) -> None:
    told = rows("1.1")
    told["users"][0]["email"] = ""
    path = package(tmp_path / "export", "1.1", told)
    status, printed, _ = said(capsys, "check", path, "--for", "microsoft365", "--format", "csv")
    assert status == 0
    found = [line.split(",") for line in printed.splitlines() if "microsoft365.contacts" in line]
    assert any("users.csv" in line and "agentSourcedIds" in line for line in found)


def test_a_package_and_an_export_of_sds_feed_one_roster(
    roster: Path, tmp_path: Path, capsys: Capture
) -> None:
    synced(capsys, delivered(tmp_path / "sds", CLEAN), "--source", "lycees")
    told = rows("1.2")
    report = synced(capsys, package(tmp_path / "package", "1.2", told), "--source", "ecoles", status=1)
    # The school S1 and the people T1 and P1 are the other source's, and other ones there.
    owned = places(report, "key.other-source")
    assert {(file, line) for file, line, *_ in owned} >= {("orgs.csv", 3), ("users.csv", 2), ("users.csv", 3)}
    assert ("R1",) in active(roster, "users", "sourced_id")


def test_what_is_left_out_for_the_school_is_told_with_its_consequences_once(
    tmp_path: Path, capsys: Capture
) -> None:
    told = rows("1.2")
    told["orgs"][1]["type"] = "schol"
    report = document(capsys, 1, "check", package(tmp_path / "export", "1.2", told))
    (cause,) = (one for one in report["causes"] if one["severity"] == "error")
    assert (cause["code"], cause["file"], cause["column"], cause["value"]) == (
        "value.code", "orgs.csv", "type", "schol"
    )  # fmt: skip
    assert {"courses.csv", "classes.csv", "roles.csv", "enrollments.csv"} == set(cause["dependents"])


@VERSIONS
def test_what_a_package_needs_no_guessing_for_is_repaired(
    tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = rows(version)
    told["users"][0]["enabledUser"] = "oui"
    told["demographics"][0]["birthDate"] = "42065"
    path = package(tmp_path / "export", version, told)
    classes, orgs, enrollments = (path / name for name in ("classes.csv", "orgs.csv", "enrollments.csv"))
    classes.write_text(classes.read_text().replace("termSourcedIds", "termSourcedId"))
    orgs.write_text(orgs.read_text().replace(",", ";"))
    enrollments.write_bytes(enrollments.read_text().encode("utf-16"))
    (path / "users.csv").rename(path / "Users.csv")
    assert main(["repair", str(path), "-o", str(tmp_path / "copy")]) == 0
    capsys.readouterr()
    report = document(capsys, 0, "check", tmp_path / "copy")
    assert {one["severity"] for one in report["findings"]} == {"info"}
    assert "2015-03-02" in (tmp_path / "copy" / "demographics.csv").read_text()
