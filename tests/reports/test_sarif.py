"""`--format sarif`: valid against the schema of OASIS, and what code hosts read from it."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sarif_kit.validate import validation_errors

from cartable import words
from cartable.cli import main
from tests.cli.deliveries import CLEAN, FATAL, FAULTY, delivered

Capture = pytest.CaptureFixture[str]

HOSTILE = "a b#c?d%2e\u202e;é[x](http://example.org).csv"


def logged(path: Path, capsys: Capture, *options: str) -> Any:
    """The one run of the log, which is valid."""
    main(["check", str(path), "--format", "sarif", *options])
    log = json.loads(capsys.readouterr().out)
    assert validation_errors(log) == []
    (run,) = log["runs"]
    return run


def of(run: Any, code: str) -> list[Any]:
    return [result for result in run["results"] if result["ruleId"] == code]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("files", [CLEAN, FAULTY, FATAL])
def test_every_finding_is_a_result_of_a_rule_that_is_described(
    files: dict[str, str], language: str, tmp_path: Path, capsys: Capture
) -> None:
    path = delivered(tmp_path, files)
    main(["check", str(path), "--format", "json", "--lang", language])
    findings = json.loads(capsys.readouterr().out)["findings"]
    run = logged(path, capsys, "--lang", language)
    assert run["language"] == language
    assert [(one["ruleId"], one["properties"]["number"]) for one in run["results"]] == [
        (finding["code"], finding["number"]) for finding in findings
    ]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {finding["code"] for finding in findings}
    for result, finding in zip(run["results"], findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"] == f"{finding['message']} {finding['hint']}"
    for rule in rules:
        assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
        assert rule["help"]["markdown"].startswith(f"**{rule['shortDescription']['text']}** ")


def test_a_result_tells_the_place_and_what_it_follows_from(tmp_path: Path, capsys: Capture) -> None:
    users = CLEAN["users.csv"].replace("P1,leo.petit", "P1,")
    run = logged(delivered(tmp_path, {**CLEAN, "users.csv": users}), capsys)
    (root,), (follower,) = of(run, "value.required"), of(run, "reference.excluded")
    place = root["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "users.csv", "uriBaseId": "DELIVERY"},
        "region": {"startLine": 3},
    }
    assert (root["level"], root["properties"]["column"]) == ("error", "username")
    assert [one["physicalLocation"] for one in follower["relatedLocations"]] == [place]
    assert follower["properties"]["cause"] == root["properties"]["number"]
    assert follower["properties"]["group"] == root["properties"]["group"]


def test_severities_are_levels(tmp_path: Path, capsys: Capture) -> None:
    files = {**FAULTY, "notes.csv": "x\n"}
    files["orgs.csv"] = files["orgs.csv"].replace("S1,", "S1 ,")
    run = logged(delivered(tmp_path, files), capsys)
    levels = {one["properties"]["severity"]: one["level"] for one in run["results"]}
    assert levels == {"error": "error", "warning": "warning", "info": "note"}


def test_the_files_are_listed_with_their_digests(tmp_path: Path, capsys: Capture) -> None:
    run = logged(delivered(tmp_path, CLEAN), capsys)
    assert run["results"] == []
    listed = {one["location"]["uri"]: one["hashes"]["sha-256"] for one in run["artifacts"]}
    assert listed == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in CLEAN.items()}


def test_a_fault_keeps_its_fingerprint_when_its_row_moves(tmp_path: Path, capsys: Capture) -> None:
    def fingerprints(files: dict[str, str], name: str) -> list[str]:
        run = logged(delivered(tmp_path / name, files), capsys)
        return [result["partialFingerprints"]["cartable/v1"] for result in of(run, "value.email")]

    head, rest = FAULTY["users.csv"].split("\n", 1)
    moved = {**FAULTY, "users.csv": f"{head}\nP9,new.pupil,New,\n{rest}"}
    another = {**FAULTY, "users.csv": FAULTY["users.csv"].replace("P2,", "P3,")}
    first = fingerprints(FAULTY, "first")
    assert len(first) == 1
    assert fingerprints(moved, "moved") == first
    assert fingerprints(another, "another") != first


def test_a_hostile_file_name_is_one_path_segment(tmp_path: Path, capsys: Capture) -> None:
    run = logged(delivered(tmp_path, {**CLEAN, HOSTILE.replace("/", "∕"): "x\n"}), capsys)
    (result,) = of(run, "file.unexpected")
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == HOSTILE.replace("/", "∕")
    assert not set(uri) & set("/:?#[]@ ")
    assert uri.isascii()


def test_a_file_name_that_is_no_text_is_still_an_address(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path, CLEAN)
    (path / b"liste-\xe9l\xe8ves.csv".decode("utf-8", "surrogateescape")).write_text("x\n")
    (result,) = of(logged(path, capsys), "file.unexpected")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("liste-%")


def test_a_value_makes_neither_a_link_nor_an_argument_of_a_message(tmp_path: Path, capsys: Capture) -> None:
    users = CLEAN["users.csv"] + "P2,mia,Mia,[click](http://example.org) {0}\n"
    (result,) = of(logged(delivered(tmp_path, {**CLEAN, "users.csv": users}), capsys), "value.email")
    assert "[click] (http://example.org) {{0}}" in result["message"]["text"]
    assert result["properties"]["value"] == "[click](http://example.org) {0}"


def test_what_the_limit_leaves_out_is_counted(tmp_path: Path, capsys: Capture) -> None:
    users = "".join(f"P{number},pupil.{number},Zoe,wrong\n" for number in range(3, 13))
    run = logged(
        delivered(tmp_path, {**CLEAN, "users.csv": CLEAN["users.csv"] + users}), capsys, "--limit", "4"
    )
    assert len(of(run, "value.email")) == 4
    assert run["properties"]["omitted"]["value.email"] == 6
    told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "6 more findings of value.email are not shown." in told
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_delivery_that_cannot_be_opened_is_an_execution_that_failed(
    tmp_path: Path, capsys: Capture
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no delivery")
    invocation = logged(notes, capsys)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "notes.txt is neither" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_report_in_a_file_is_the_one_on_the_screen(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path / "export", FAULTY)
    assert main(["check", str(path), "--format", "sarif", "-o", str(tmp_path / "report.sarif")]) == 1
    capsys.readouterr()
    main(["check", str(path), "--format", "sarif"])
    assert (tmp_path / "report.sarif").read_text() == capsys.readouterr().out
