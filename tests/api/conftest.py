"""A served district of two schools: one a module and database."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartable.cli import main
from tests.flow.rosters import lines
from tests.postgresql import TEMPLATE
from tests.servers import Server, served

DISTRICT = {
    "orgs": lines(
        "sourcedId,name,type,parentSourcedId",
        "D,District,district,",
        "S1,École Nord,school,D",
        "S2,College South,school,D",
        "S3,West,adultEducation,D",
    ),
    "academicSessions": lines(
        "sourcedId,title,type,schoolYear,startDate,endDate",
        "Y,Year,schoolYear,2027,2026-09-01,2027-07-03",
        "T1,Term 1,term,2027,2026-09-01,2026-12-18",
        "T2,Term 2,term,2027,2027-01-04,2027-03-31",
        "T3,Term 3,term,2027,2027-04-01,2027-07-03",
        "G1,Period 1,gradingPeriod,2027,2026-09-01,2026-10-16",
        "G2,Period 2,gradingPeriod,2027,2026-11-02,2026-12-18",
        "G3,Period 3,gradingPeriod,2027,2027-01-04,2027-03-31",
    ),
    "users": lines(
        "sourcedId,username,givenName,familyName,email,phone,userNumber",
        "A1,anne.roux,Anne,Roux,anne@north.example,+33145678901,900",
        "A2,ben.o'hara,Ben,O'Hara,ben@north.example,,901",
        "A3,cleo.west,Cleo,West,cleo@south.example,,902",
        "P1,leo.petit,Léo,Petit,leo@north.example,,101",
        "P2,mia.noir,Mia,Noir,mia@north.example,,102",
        "P3,zoe.blanc,Zoé,Blanc,zoe@north.example,,103",
        "P4,jim.hill,Jim,Hill,jim@south.example,,104",
        "C1,paul.petit,Paul,Petit,paul@home.example,+33145678902,",
    ),
    "roles": lines(
        "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,roleEndDate",
        "A1,S1,teacher,,,",
        "A2,S1,principal,,,",
        "A2,S1,teacher,,,",
        "A3,S2,teacher,,,",
        "P1,S1,student,,07,2027-07-03",
        "P2,S1,student,,07,",
        "P3,S1,student,,08,",
        "P4,S2,student,,09,",
    ),
    "courses": lines(
        "sourcedId,orgSourcedId,title,code,schoolYearSourcedId,grade",
        "M1,S1,Mathematics,MATH,Y,07",
        "M2,S1,Music,MUS,Y,07",
        "M3,S2,Drama,DRA,Y,09",
    ),
    "classes": lines(
        "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code",
        'K1,S1,7A Mathematics,"T1,T2,T3",M1,7AM',
        "K2,S1,7A Music,T1,M2,",
        "K3,S2,9B Drama,,M3,",
        "K4,S1,8C Club,T1,M1,",
        "K5,S1,7B Mathematics,T1,M1,",
    ),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        *(f"K1,{who},student" for who in ("P1", "P2", "P3")),
        *(f"K1,{who},teacher" for who in ("A1", "A2")),
        *(f"K2,{who},student" for who in ("P1", "P2")),
        "K2,A1,teacher",
        "K3,P4,student",
        "K3,A3,teacher",
        "K4,A2,teacher",
        "K4,P1,student",
        "K5,A1,teacher",
        "K5,P1,student",
    ),
    "relationships": lines("userSourcedId,relationshipUserSourcedId,relationshipRole", "P1,C1,parent"),
    "demographics": lines(
        "userSourcedId,sex,birthDate,birthCity",
        "P1,female,2014-05-06,Lyon",
        "P2,notSelected,2014-07-08,Lille",
        "P3,male,2013-01-02,Brest",
        "P4,male,2012-03-04,Leeds",
    ),
    "userFlags": lines("userSourcedId,flag", "P1,iep", "P1,homeless"),
}


def delivered(directory: Path, files: dict[str, str]) -> str:
    directory.mkdir()
    for entity, text in files.items():
        (directory / f"{entity}.csv").write_text(text, encoding="utf-8", newline="")
    return str(directory)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from served_district(request, tmp_path_factory, DISTRICT, request.param)


@pytest.fixture(scope="module")
def lone_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where the database makes no difference."""
    yield from served_district(request, tmp_path_factory, DISTRICT, "sqlite")


def served_district(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    district: dict[str, str],
    kind: str,
) -> Iterator[Server]:
    """A district in a database of a kind, served."""
    directory = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "data"))
        patch.setenv("CARTABLE_NOW", "2026-11-24T08:00:00+00:00")
        patch.delenv("CARTABLE_DATABASE", raising=False)
        if kind == "sqlite":
            path = directory / "roster.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            yield from _serve(f"sqlite:///{path}", directory, district)
        else:
            with request.getfixturevalue("cluster").database(TEMPLATE) as url:
                yield from _serve(url, directory, district)


def _serve(database: str, directory: Path, district: dict[str, str]) -> Iterator[Server]:
    assert main(["sync", delivered(directory / "delivery", district), "--database", database]) == 0
    with served(database, "--workers", "1", XDG_DATA_HOME=os.environ["XDG_DATA_HOME"]) as running:
        yield running
