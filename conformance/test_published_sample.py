"""The sample that Microsoft publishes with SDS v2.1, where it lies beside the project."""

import json
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "sds-v2.1-sample"
CARTABLE = [sys.executable, "-c", "from cartable.cli import main; main()"]


def cartable(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CARTABLE, "--lang", "en", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_all_44_rows_are_accepted_and_nothing_is_an_error() -> None:
    answer = cartable("check", SAMPLE, "--format", "json")
    report = json.loads(answer.stdout)
    assert answer.returncode == 0, answer.stderr
    assert report["input"]["format"] == "sds-v2.1"
    summary = report["summary"]
    assert (summary["rows"], summary["accepted"], summary["excluded"]) == (44, 44, 0)
    assert (summary["fatal"], summary["error"], summary["blanked"]) == (0, 0, 0)
    found = {(finding["code"], finding["file"], finding["line"]) for finding in report["findings"]}
    assert ("header.legacy", "users.csv", 1) in found
    assert ("session.school-year", "academicSessions.csv", 2) in found
    assert not {code for code, _, _ in found} - {"header.legacy", "session.school-year", "user.contact"}


def test_the_sample_becomes_a_roster_once(tmp_path: Path) -> None:
    database = ["--database", tmp_path / "roster.db", "--format", "json"]
    first = json.loads(cartable("sync", SAMPLE, *database).stdout)
    assert sum(counts["add"] for counts in first["changes"].values()) == 44
    second = json.loads(cartable("sync", SAMPLE, *database).stdout)
    assert sum(counts["unchanged"] for counts in second["changes"].values()) == 44
    assert not any(
        counts["add"] or counts["update"] or counts["deactivate"] for counts in second["changes"].values()
    )
