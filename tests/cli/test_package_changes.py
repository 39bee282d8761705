"""Files of changes in OneRoster packages: what they say of records by what they were before."""

from pathlib import Path

from tests.cli.packages import changed, package, rows
from tests.cli.test_packages import VERSIONS, Begin, active, moved, places, synced
from tests.cli.test_syncing import Capture, document


@VERSIONS
def test_a_row_that_tells_of_another_record_than_before_takes_that_one_away(
    roster: Path, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = rows(version)
    # Two rows say that the teacher teaches; one of them will say something else.
    told["enrollments"].append({**told["enrollments"][0], "sourcedId": "E9"})
    synced(capsys, package(tmp_path / "first", version, told))
    changes = {
        "enrollments": [
            changed(told["enrollments"][1], role="aide"),
            changed(told["enrollments"][2], role="administrator"),
        ]
    }
    if version == "1.2":
        changes["roles"] = [changed(told["roles"][0], role="principal")]
    modes = dict.fromkeys(changes, "delta")
    synced(capsys, package(tmp_path / "second", version, changes, modes), "--accept", "deactivations")
    assert active(roster, "enrollments", "user_sourced_id", "role") == [
        ("P1", "aide"),
        ("T1", "administrator"),
        ("T1", "teacher"),
    ]
    role = "principal" if version == "1.2" else "teacher"
    assert active(roster, "roles", "user_sourced_id", "role") == [("P1", "student"), ("T1", role)]
    # What was changed once is known by what it became.
    changes = {"enrollments": [changed(changes["enrollments"][0], role="student")]}
    report = synced(capsys, package(tmp_path / "third", version, changes, {"enrollments": "delta"}))
    assert moved(report, "enrollments") == {"reactivate": 1, "deactivate": 1}


@VERSIONS
def test_a_row_that_is_to_go_is_known_by_its_identifier_where_an_earlier_package_told_it(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    begin(version)
    going = {"status": "tobedeleted", "dateLastModified": "2026-11-02"}
    changes = {"enrollments": [{"sourcedId": "E2", **going}, {"sourcedId": "E9", **going}]}
    report = synced(capsys, package(tmp_path / "second", version, changes, {"enrollments": "delta"}))
    assert places(report, "record.unresolved") == [("enrollments.csv", 3, None, None)]
    assert active(roster, "enrollments", "user_sourced_id") == [("T1",)]


@VERSIONS
def test_the_last_contact_of_a_pupil_goes_when_nobody_tells_of_them_any_more(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture, version: str
) -> None:
    told = begin(version)
    alone = [changed(one, agentSourcedIds="") for one in told["users"][1:]]
    # The pupil's own row still names her.
    report = synced(capsys, package(tmp_path / "second", version, {"users": alone[1:]}, {"users": "delta"}))
    assert not moved(report, "relationships")
    report = synced(capsys, package(tmp_path / "third", version, {"users": alone[:1]}, {"users": "delta"}))
    assert moved(report, "relationships") == {"deactivate": 1}


def test_roles_may_change_without_the_people(
    roster: Path, begin: Begin, tmp_path: Path, capsys: Capture
) -> None:
    told = begin("1.2")
    changes = {"roles": [changed(told["roles"][1], beginDate="2026-09-01")]}
    report = synced(capsys, package(tmp_path / "second", "1.2", changes, {"roles": "delta"}))
    assert places(report, "header.dropped") == []
    assert active(roster, "roles", "user_sourced_id", "grade", "role_start_date") == [
        ("P1", "06", "2026-09-01"),
        ("T1", None, None),
    ]


def test_changes_of_nothing_are_told_as_such(roster: Path, tmp_path: Path, capsys: Capture) -> None:
    changes = {"users": [changed(one) for one in rows("1.2")["users"]]}
    path = package(tmp_path / "first", "1.2", changes, {"users": "delta"})
    assert places(document(capsys, 0, "check", path), "manifest.contradiction") == []
    report = document(capsys, 0, "plan", path)
    assert places(report, "manifest.contradiction") == [("manifest.csv", 6, "value", "delta")]
    # Nor is a manifest missing that is there and cannot be read.
    manifest = path / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(",", ";"))
    assert places(document(capsys, 2, "check", path), "manifest.missing") == []


def test_a_grade_that_no_role_takes_is_told(begin: Begin, tmp_path: Path, capsys: Capture) -> None:
    told = begin("1.2")
    changes = {"users": [changed(told["users"][1], grades="07"), changed(told["users"][2])]}
    path = package(tmp_path / "second", "1.2", changes, {"users": "delta"})
    report = document(capsys, 0, "plan", path)
    (message,) = (one["message"] for one in report["findings"] if "have changed" in one["message"])
    assert "whose roles the package does not show (1)" in message
    # With the role it arrives.
    changes["roles"] = [changed(told["roles"][1])]
    path = package(tmp_path / "third", "1.2", changes, {"users": "delta", "roles": "delta"})
    report = document(capsys, 0, "plan", path)
    assert moved(report, "roles") == {"update": 1}
    assert not [one for one in report["findings"] if "have changed" in one["message"]]
