"""What repairing promises of any delivery, tried on many small and dirty ones."""

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartable.flow.repairing import Repaired, repair
from cartable.model.options import CheckOptions

Files = Mapping[str, Sequence[Sequence[str]]]

DATES = st.sampled_from(
    ["", "2026-09-01", "01/09/2026", "25/09/2026", "9/25/2026", "46266", "20260901", " 2026/9/1", "x", "2026"]
)
ROLES = st.sampled_from(["student", "Student", "teacher ", "TEACHER", "it admin", "élève", "", "Stu-dent"])
PEOPLE = st.sampled_from(["U1", "007", "7", "07", "42", "42.0", "042", " U1", "0", "000", "u1"])
TEXTS = st.sampled_from(
    [
        *("", "Zoé", "Zoe ", "ZoÃ©", "Ã", "\u00a0Léa", 'D"X', '"', "a,b", "a;b", "=1", "JOÃO", "â€™", " "),
        *("ÃƒÂ©", "Ã\x89va", "Ã\x83Â©", "Ã©\u00a0", "Ã ", "Ä‡", "ï»¿Léa", "Ã\x89\x89", "Â\u00a0Ã©"),
    ]
)
BOOLEANS = st.sampled_from(["true", "VRAI", "faux", "1", "0", "oui", "", "no", "True"])

ORGS = (("sourcedId", "name", "type"), ("S1", "Lac", "school"), ("012", "Mer", "school"))
USERS = st.lists(st.tuples(PEOPLE, TEXTS, TEXTS), min_size=1, max_size=5)
PLACED = st.lists(
    st.tuples(PEOPLE, st.sampled_from(["S1", "12", "012", "12.0"]), ROLES, BOOLEANS, DATES, TEXTS), max_size=5
)


def written(directory: Path, files: Files, separator: str, encoding: str, newline: str) -> Path:
    directory.mkdir()
    for name, rows in files.items():
        text = io.StringIO()
        csv.writer(text, delimiter=separator, lineterminator=newline).writerows(rows)
        (directory / name).write_bytes(text.getvalue().encode(encoding))
    return directory


def parsed(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def listed(done: Repaired) -> dict[tuple[str, int, str], tuple[str, str]]:
    """Before and after of each repaired cell, by file, line and column."""
    with done.list.open(encoding="utf-8-sig", newline="") as file:
        return {
            (row["file"], int(row["line"]), row["column"]): (row["before"], row["after"])
            for row in csv.DictReader(file)
            if row["line"] and row["repair"] != "header"
        }


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    users=USERS,
    roles=PLACED,
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_the_copy_differs_in_what_is_listed_and_nothing_else(
    users: list[tuple[str, ...]],
    roles: list[tuple[str, ...]],
    separator: str,
    encoding: str,
    newline: str,
) -> None:
    files = {
        "orgs.csv": ORGS,
        "users.csv": [("sourcedId", "username", "Given Name"), *users],
        "roles.csv": [
            ("userSourcedId", "orgSourcedId", "role", "isPrimary", "roleStartDate", "note"),
            *roles,
        ],
    }
    with tempfile.TemporaryDirectory() as name:
        export = written(Path(name) / "export", files, separator, encoding, newline)
        plain = written(Path(name) / "plain", files, ",", "utf-8", newline)
        received = contents(export)
        done = repair(export, Path(name) / "copy", CheckOptions())
        assert contents(export) == received
        changes = listed(done)
        for file, rows in files.items():
            copy = parsed(done.directory / file)
            header = copy[0]
            assert len(copy) == len(rows)
            differing = {
                (file, line, header[place])
                for line, (before, after) in enumerate(zip(rows, copy, strict=True), 1)
                for place, (one, other) in enumerate(zip(before, after, strict=True))
                if line > 1 and one != other
            }
            assert differing == {place for place in changes if place[0] == file}
        assert all(before != after for before, after in changes.values())
        assert not done.after.fatal
        if not done.before.fatal:
            assert done.after.error <= done.before.error
            assert done.after.excluded <= done.before.excluded
        # A value that was quoted for another separator stays quoted.
        if not changes and separator == ",":
            headerless = {name: data.partition(newline.encode())[2] for name, data in contents(plain).items()}
            bodies = {
                name: data.partition(newline.encode())[2] for name, data in contents(done.directory).items()
            }
            assert bodies == headerless
        again = repair(done.directory, Path(name) / "again", CheckOptions())
        assert again.repairs == ()
        assert contents(again.directory) == contents(done.directory)
