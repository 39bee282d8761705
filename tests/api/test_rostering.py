"""Every operation of rostering, in both versions, as consumers call it."""

from typing import Any

import pytest

from cartable.api.operations import ROSTERING, Operation
from tests.api.consumers import BASES, EVERY_FIELD, Consumer, Printed, consumer, links
from tests.servers import Server

_FIELDS = tuple(option for name in EVERY_FIELD for option in ("--field", name))
NAMES = {"school": "S1", "class": "K1", "course": "M1", "term": "T1"}
PEOPLE = {"students": "P1", "teachers": "A1", "users": "P1"}

# How many objects each collection has.
COUNTS = {
    "/academicSessions": 7,
    "/terms": 3,
    "/gradingPeriods": 3,
    "/orgs": 4,
    "/schools": 2,
    "/courses": 3,
    "/classes": 5,
    "/users": 8,
    "/students": 4,
    "/teachers": 3,
    "/enrollments": 14,
    "/demographics": 4,
    "/schools/{school}/classes": 4,
    "/schools/{school}/courses": 2,
    "/schools/{school}/enrollments": 12,
    "/schools/{school}/students": 3,
    "/schools/{school}/teachers": 2,
    "/schools/{school}/terms": 3,
    "/schools/{school}/classes/{class}/enrollments": 5,
    "/schools/{school}/classes/{class}/students": 3,
    "/schools/{school}/classes/{class}/teachers": 2,
    "/classes/{class}/students": 3,
    "/classes/{class}/teachers": 2,
    "/courses/{course}/classes": 3,
    "/students/{user}/classes": 4,
    "/teachers/{user}/classes": 3,
    "/users/{user}/classes": 4,
    "/terms/{term}/classes": 4,
    "/terms/{term}/gradingPeriods": 2,
}
# Where 1.1 tells otherwise: an organisation of adults is a school there.
COUNTS_OF_OLD = {"/schools": 3}


@pytest.fixture(scope="module", params=list(BASES))
def everything(request: pytest.FixtureRequest, server: Server) -> Consumer:
    """A consumer that may read everything, in either version."""
    capsys: Any = Printed()
    with capsys:
        return consumer(server, capsys, *_FIELDS, version=request.param)


def addressed(operation: Operation) -> str:
    """The path of an operation, with the names of this district's objects."""
    path = operation.path
    for name, value in NAMES.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{user}", PEOPLE.get(path.split("/")[1], ""))


COLLECTIONS = [operation for operation in ROSTERING if not operation.is_one]
SINGLES = [operation for operation in ROSTERING if operation.is_one]


def test_there_are_41_operations() -> None:
    assert len(ROSTERING) == 41
    assert {operation.path for operation in COLLECTIONS} == COUNTS.keys()


@pytest.mark.parametrize("operation", COLLECTIONS, ids=lambda one: one.path)
def test_each_collection_is_read_paged_and_filtered(everything: Consumer, operation: Operation) -> None:
    path = addressed(operation)
    answer = everything.ask(path)
    assert answer.status == 200, answer.body
    assert list(answer.json) == [operation.resource.name]
    objects = answer.json[operation.resource.name]
    count = COUNTS[operation.path]
    if everything.version == "v1p1":
        count = COUNTS_OF_OLD.get(operation.path, count)
    assert answer.headers["x-total-count"] == str(len(objects)) == str(count)
    ids = [one["sourcedId"] for one in objects]
    assert ids == sorted(set(ids), key=str.encode)
    # Whatever the size of the pages and the order, all of them and each once.
    for query in ("limit=1", "limit=2", "limit=2&sort=dateLastModified&orderBy=desc"):
        pulled = [one["sourcedId"] for page in everything.pages(f"{path}?{query}") for one in page]
        assert sorted(pulled) == sorted(ids), query
    assert everything.ids(f"{path}?orderBy=desc&sort=sourcedId") == ids[::-1]
    assert everything.ids(f"{path}?limit=2&offset=1") == ids[1:3]
    assert everything.ids(f"{path}?offset={count}") == []
    assert everything.ids(f"{path}?filter=sourcedId='{ids[-1]}'") == ids[-1:]
    assert everything.ids(f"{path}?filter=sourcedId!='{ids[-1]}' AND status='active'") == ids[:-1]
    assert everything.ids(f"{path}?filter=status='tobedeleted'") == []
    assert everything.read(f"{path}?fields=sourcedId,status&limit=1") == [
        {"sourcedId": ids[0], "status": "active"}
    ]


@pytest.mark.parametrize("operation", SINGLES, ids=lambda one: one.path)
def test_each_object_is_read_by_its_identifier(everything: Consumer, operation: Operation) -> None:
    collection = operation.path.removesuffix("/{id}")
    for one in everything.read(collection):
        answer = everything.ask(f"{collection}/{one['sourcedId']}")
        assert answer.status == 200
        assert answer.json == {operation.resource.singular: one}
        assert answer.headers["x-total-count"] == "1"
    missing = everything.ask(f"{collection}/nobody")
    assert missing.status == 404
    (minor,) = missing.json["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert minor["imsx_codeMinorFieldValue"] == "unknownobject"


def test_a_user_is_told_whole(everything: Consumer) -> None:
    (user,) = everything.read("/users/P1")
    address = f"http://127.0.0.1:{everything.server.port}{BASES[everything.version]}"
    org = {"href": f"{address}/orgs/S1", "sourcedId": "S1", "type": "org"}
    expected = {
        "sourcedId": "P1",
        "status": "active",
        "dateLastModified": "2026-11-24T08:00:00.000Z",
        "username": "leo.petit",
        "enabledUser": "true",
        "givenName": "Léo",
        "familyName": "Petit",
        "identifier": "101",
        "email": "leo@north.example",
        "agents": [{"href": f"{address}/users/C1", "sourcedId": "C1", "type": "user"}],
        "grades": ["07"],
        "metadata": {"microsoft.userFlags": "homeless,IEP"},
    }
    if everything.version == "v1p1":
        expected |= {"role": "student", "orgs": [org]}
    else:
        role = {"roleType": "primary", "role": "student", "org": org, "endDate": "2027-07-04"}
        expected |= {"roles": [role], "primaryOrg": org}
    assert user == expected


def test_ends_are_the_first_day_that_no_longer_counts(everything: Consumer) -> None:
    (term,) = everything.read("/academicSessions/T1")
    assert (term["startDate"], term["endDate"]) == ("2026-09-01", "2026-12-19")
    assert term["parent"]["sourcedId"] == "Y"
    assert [child["sourcedId"] for child in term["children"]] == ["G1", "G2"]


def test_a_session_is_found_as_a_term_whatever_it_is(everything: Consumer) -> None:
    (klass,) = everything.read("/classes/K3")
    assert [term["sourcedId"] for term in klass["terms"]] == ["Y"]
    assert everything.ids("/terms/Y") == ["Y"]


def test_both_addresses_of_1_2_lead_to_the_same(server: Server, everything: Consumer) -> None:
    for base in ("/ims/oneroster/v1p2/rostering/v1p2", "/ims/oneroster/rostering/v1p2"):
        answer = everything.ask("/teachers?limit=1&filter=email='anne@north.example'", base=base)
        if everything.version == "v1p2":
            assert [one["sourcedId"] for one in answer.json["users"]] == ["A1"]
            assert links(answer)["first"].startswith(base)


FILTERS = {
    "givenName='Zoé'": ["P3"],
    "givenName~'ZOÉ'": ["P3"],
    "familyName='O''Hara'": ["A2"],
    "familyName='Petit' AND givenName='Paul'": ["C1"],
    "familyName='Petit' OR familyName='Noir'": ["C1", "P1", "P2"],
    "familyName='Petit' AND givenName='Paul' OR sourcedId='P4'": ["C1", "P4"],
    "username>='mia.noir'": ["C1", "P2", "P3"],
    "orgs.sourcedId='S2'": ["A3", "P4"],
    "roles.org.sourcedId='S2'": ["A3", "P4"],
    "grades='08'": ["P3"],
    "grades~'08,09'": ["P3", "P4"],
    "grades='07,07'": ["P1", "P2"],
    "grades='07,08'": [],
    "grades!='07' AND givenName~'z'": ["P3"],
    "phone='+33145678902'": ["C1"],
    "metadata.microsoft.userFlags~'iep'": ["P1"],
    "dateLastModified>'2026-11-24T07:59:59Z' AND familyName='Noir'": ["P2"],
    "dateLastModified>'2026-11-24T09:00:00+02:00' AND familyName='Noir'": ["P2"],
    "dateLastModified>'2026-11-24T08:00:00.000Z'": [],
    "status='norecords'": [],
    "agents.sourcedId='P1'": ["C1"],
}


@pytest.mark.parametrize("text", FILTERS)
def test_filters_find_what_they_say(everything: Consumer, text: str) -> None:
    only = {"orgs.sourcedId='S2'": "v1p1", "roles.org.sourcedId='S2'": "v1p2"}.get(text, everything.version)
    answer = everything.ask(f"/users?filter={text.replace('+', '%2B')}")
    if everything.version != only:
        assert answer.status == 400
        return
    assert answer.status == 200, answer.body
    assert [one["sourcedId"] for one in answer.json["users"]] == FILTERS[text]
