"""What files of an export say, the API says: the same objects, under the same names, with the same values."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cartable.cli import main
from cartable.formats.mapping import FLAGS_COLUMN
from tests.api.conftest import DISTRICT, delivered, served_district
from tests.api.consumers import EVERY_FIELD, consumer
from tests.flow.exports import tables
from tests.flow.rosters import lines
from tests.servers import Server

# Whatever has to be made up: courses, a term, roles of contacts and members, primary roles, parents.
ROSTER = {
    **DISTRICT,
    "academicSessions": lines(
        "sourcedId,title,type,schoolYear,startDate,endDate",
        "Y0,Last year,schoolYear,2026,2025-09-01,2026-07-03",
        "T0,Spring,term,2026,2026-01-05,2026-07-03",
        "Q0,Quarter,quarter,2026,2026-01-05,2026-03-31",
    ),
    "courses": lines("sourcedId,orgSourcedId,title,code,grade,subject", "M1,S1,Maths,,kg,02"),
    "classes": lines(
        "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code",
        "K1,S1,7A,,M1,7A",
        'K2,S1,"7A, Music","T0,Q0",,',
        "K3,S3,Evening,T0,,E",
    ),
    "users": DISTRICT["users"]
    + lines(
        "N1,nobody,No,Body,,,",
        "E1,eve,Eve,Adams,,,",
        "C2,dora,,,,,",
    ),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        "K1,P1,student",
        "K1,A1,teacher",
        "K1,A2,lecturer",
        "K2,A1,paraprofessional",
        "K3,E1,student",
    ),
    "relationships": lines(
        "userSourcedId,relationshipUserSourcedId,relationshipRole",
        "P1,C1,parent",
        "P4,C1,guardian",
        "P1,C2,doctor",
    ),
    "demographics": DISTRICT["demographics"] + lines("N1,female,2014-05-06,Lyon", "C1,male,1980-05-06,Lyon"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from served_district(request, tmp_path_factory, ROSTER, request.param)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_files_and_api_say_the_same_of_the_same_objects(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    path, database = str(tmp_path / "out"), server.database
    assert main(["export", f"oneroster-{version}", path, "--fields", "all", "--database", database]) == 0
    files = tables(Path(path))
    fields = [option for name in EVERY_FIELD for option in ("--field", name)]
    asks = consumer(server, capsys, *fields, version="v1p1" if version == "1.1" else "v1p2")
    assert {"demographics", "enrollments", "users"} <= files.keys()
    assert all(rows for name, rows in files.items() if name != "manifest")
    for name, rows in files.items():
        if name in ("manifest", "roles"):
            continue
        objects = {one["sourcedId"]: one for one in asks.read(f"/{name}?limit=1000")}
        assert sorted(objects) == sorted(row["sourcedId"] for row in rows), name
        for row in rows:
            told = {column: value_of(objects[row["sourcedId"]], column) for column in row}
            assert told == row | {column: told[column] for column in ("status", "dateLastModified")}, name
    roles = [
        {"userSourcedId": user["sourcedId"], **{column: value_of(role, column) for column in ROLE}}
        for user in asks.read("/users?limit=1000")
        for role in user.get("roles", ())
    ]
    written = [{column: row[column] for column in ("userSourcedId", *ROLE)} for row in files.get("roles", ())]
    assert sorted(roles, key=str) == sorted(written, key=str)


ROLE = ("roleType", "role", "beginDate", "endDate", "orgSourcedId")
_LISTS = {"termSourcedIds": "terms", "agentSourcedIds": "agents", "orgSourcedIds": "orgs"}


def value_of(told: dict[str, Any], column: str) -> str:
    """What a cell says, as an object says it."""
    if column == FLAGS_COLUMN:
        return str(told.get("metadata", {}).get("microsoft.userFlags", ""))
    if column == "userIds":
        return ",".join(f"{{{one['type']}:{one['identifier']}}}" for one in told.get("userIds", ()))
    if column in _LISTS:
        return ",".join(one["sourcedId"] for one in told.get(_LISTS[column], ()))
    if column != "sourcedId" and column.endswith("SourcedId"):
        return str(told.get(column.removesuffix("SourcedId"), {}).get("sourcedId", ""))
    value = told.get(column, "")
    return ",".join(value) if isinstance(value, list) else str(value)


def test_who_gets_a_role_gets_their_demographics_and_loses_them_with_it(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asks = consumer(server, capsys, "--field", "demographics")
    employed = {**ROSTER, "roles": ROSTER["roles"] + lines("N1,S1,student,,,")}
    assert "N1" not in asks.ids("/demographics")
    for night, told in enumerate((employed, ROSTER)):
        assert main(["sync", delivered(tmp_path / str(night), told), "--database", server.database]) == 0
        assert ("N1" in asks.ids("/demographics")) == ("N1" in asks.ids("/users")) == (told is employed)
    assert asks.read("/demographics/N1")[0]["status"] == "tobedeleted"
