"""Every operation of the gradebook, in both versions, as consumers call it."""

from typing import Any

import pytest

from cartable.api.operations import GRADEBOOK, Method, Operation
from cartable.model.objects import Version
from tests.api.consumers import Printed, consumer, links
from tests.api.graders import BASES, OBJECTS, SINGULARS, Grader, addressed, grader, ids, named
from tests.servers import Answer, Server

Capture = pytest.CaptureFixture[str]
OFFERED = {f"category-{name}" for name in ("homework", "oral", "participation", "project", "test")}


@pytest.fixture(scope="module")
def written(server: Server) -> Grader:
    """A consumer that has written three objects of each kind."""
    capsys: Any = Printed()
    with capsys:
        one = grader(server, capsys, version="v1p2")
    for resource, objects in OBJECTS.items():
        for identifier, told in objects.items():
            assert one.put(resource, identifier, told).status == 201
    return one


@pytest.fixture(scope="module", params=list(BASES))
def everything(request: pytest.FixtureRequest, written: Grader) -> Grader:
    """A consumer that may do everything, in either version."""
    capsys: Any = Printed()
    with capsys:
        return grader(written.server, capsys, version=request.param)


def offers(operation: Operation, version: str) -> bool:
    return Version(version) in operation.versions


def minor(answer: Answer) -> str:
    (one,) = answer.json["imsx_CodeMinor"]["imsx_codeMinorField"]
    return str(one["imsx_codeMinorFieldValue"])


COLLECTIONS = [one for one in GRADEBOOK if one.method is Method.GET and not one.is_one]
# How many objects there are, where it is not all three.
COUNTS = {
    "/categories": 8,
    "/classes/{class}/categories": 8,
    "/classes/{class}/students/{student}/results": 1,
}


def test_there_are_35_operations_and_17_of_1_1() -> None:
    assert [sum(offers(one, version) for one in GRADEBOOK) for version in ("v1p2", "v1p1")] == [35, 17]


@pytest.mark.parametrize("operation", COLLECTIONS, ids=lambda one: one.path)
def test_each_collection_is_read_paged_and_filtered(everything: Grader, operation: Operation) -> None:
    path = addressed(operation)
    if not offers(operation, everything.version):
        assert everything.ask(path).status == 404
        return
    objects = everything.read(path)
    answer = everything.ask(path)
    assert answer.headers["x-total-count"] == str(len(objects)) == str(COUNTS.get(operation.path, 3))
    found = [one["sourcedId"] for one in objects]
    assert found == sorted(set(found), key=str.encode)
    for query in ("limit=1", "limit=2&sort=dateLastModified&orderBy=desc"):
        pulled = pages(everything, f"{path}?{query}")
        assert sorted(pulled) == sorted(found), query
    assert everything.ids(f"{path}?orderBy=desc&sort=sourcedId") == found[::-1]
    assert everything.ids(f"{path}?limit=2&offset=1") == found[1:3]
    assert everything.ids(f"{path}?filter=sourcedId='{found[-1]}'") == found[-1:]
    assert everything.ids(f"{path}?filter=sourcedId!='{found[-1]}' AND status='active'") == found[:-1]
    assert not set(everything.ids(f"{path}?filter=status='tobedeleted'")) & set(found)
    assert everything.read(f"{path}?fields=sourcedId,status&limit=1") == [
        {"sourcedId": found[0], "status": "active"}
    ]
    etag = answer.headers["etag"]
    assert everything.ask(path, **{"If-None-Match": etag}).status == 304


def pages(asking: Grader, path: str) -> list[str]:
    """The identifiers of all pages, by the links from one to the next."""
    found, answer = [], asking.ask(path)
    while True:
        (objects,) = answer.json.values()
        found += [one["sourcedId"] for one in objects]
        if "next" not in (followed := links(answer)):
            return found
        headers = {"Authorization": f"Bearer {asking.consumer.token}"}
        answer = asking.server.ask("GET", followed["next"], headers=headers)


@pytest.mark.parametrize("resource", OBJECTS)
def test_what_was_written_is_read(everything: Grader, resource: str) -> None:
    single = next(one for one in GRADEBOOK if one.resource.name == resource and one.is_one)
    for identifier, told in OBJECTS[resource].items():
        path = f"/{resource}/{identifier}"
        answer = everything.ask(path)
        if not offers(single, everything.version):
            assert answer.status == 404
            continue
        (one,) = answer.json.values()
        assert list(answer.json) == [SINGULARS[resource]]
        assert answer.headers["x-total-count"] == "1"
        known = {property_.name: property_ for property_ in single.resource.of(Version(everything.version))}
        expected = {name: value for name, value in told.items() if name in known}
        told_back = {name: bare(value) for name, value in one.items() if name in known}
        assert told_back == expected
        assert (one["sourcedId"], one["status"]) == (identifier, "active")
        for name, value in one.items():
            if isinstance(value, dict) and "href" in value:
                reached = f"/{known[name].target}/{value['sourcedId']}".replace(" ", "%20")
                assert value["href"].endswith(reached)
                rostering = BASES[everything.version].replace("gradebook", "rostering")
                base = BASES[everything.version] if known[name].target in OBJECTS else rostering
                assert f"{base}{reached}" in value["href"]
                assert (
                    everything.server.ask("GET", value["href"].split(str(everything.server.port))[1]).status
                    == 401
                )
    if offers(single, everything.version):
        missing = everything.ask(f"/{resource}/nobody")
        assert (missing.status, minor(missing)) == (404, "unknownobject")


def bare(value: Any) -> Any:
    return named(value["sourcedId"]) if isinstance(value, dict) and "href" in value else value


@pytest.mark.parametrize("resource", OBJECTS)
def test_an_object_changes_only_when_something_else_is_written(everything: Grader, resource: str) -> None:
    single = next(one for one in GRADEBOOK if one.resource.name == resource and one.is_one)
    identifier, told = next(iter(OBJECTS[resource].items()))
    if not offers(single, everything.version):
        assert everything.put(resource, identifier, told).status == 404
        return
    (before,) = everything.read(f"/{resource}/{identifier}")
    assert everything.put(resource, identifier, told).status == 200
    assert everything.read(f"/{resource}/{identifier}") == [before]
    assert everything.put(resource, identifier, {**told, "metadata": {"a": "~/b"}}).status == 200
    (changed,) = everything.read(f"/{resource}/{identifier}")
    assert changed["metadata"] == {"a": "~/b"}
    assert changed["dateLastModified"] > before["dateLastModified"]
    assert identifier in everything.ids(f"/{resource}?filter=dateLastModified>'{before['dateLastModified']}'")
    # What the other version alone knows stays.
    assert everything.put(resource, identifier, told).status == 200
    (restored,) = everything.read(f"/{resource}/{identifier}")
    assert {**restored, "dateLastModified": ""} == {**before, "dateLastModified": ""}


@pytest.mark.parametrize(
    ("query", "expected"),
    {
        "/results?sort=score": ["result a", "result b", "result c"],
        "/results?sort=score&orderBy=desc": ["result c", "result b", "result a"],
        "/results?filter=score>'9'": ["result b", "result c"],
        "/results?filter=score='10.50'": ["result b"],
        "/results?filter=score~'10'": ["result b", "result c"],
        "/results?filter=student.sourcedId='P2'": ["result b"],
        "/results?filter=lineItem.sourcedId='item a' AND score<='9'": ["result a"],
        "/results?filter=scoreDate>='2026-09-20T00:00:00Z'": ["result a", "result b", "result c"],
        "/results?filter=scoreStatus='exempt'": [],
        "/lineItems?filter=dueDate>'2026-09-11T10:00:00+02:00'": ["item c"],
        "/lineItems?filter=category.sourcedId='category b'": ["item b"],
        "/lineItems?sort=dueDate&orderBy=desc": ["item c", "item b", "item a"],
        "/categories?filter=title='Category c'": ["category c"],
    }.items(),
)
def test_filters_and_orders_know_numbers_days_and_references(
    everything: Grader, query: str, expected: list[str]
) -> None:
    assert everything.ids(query) == expected
    assert pages(everything, f"{query}&limit=1") == expected


def test_a_number_is_compared_with_numbers(everything: Grader) -> None:
    answer = everything.ask("/results?filter=score>'many'")
    assert (answer.status, minor(answer)) == (400, "invalid_filter_field")


def test_a_consumer_finds_categories_before_it_writes_any(server: Server, capsys: Capture) -> None:
    client = grader(server, capsys)
    assert set(client.ids("/classes/K3/categories")) == OFFERED
    assert set(client.ids("/categories")) >= OFFERED


# What one consumer sends: no status, no moments, references of an identifier alone, an instant for a day.
LEAN_ITEM = {
    "title": "A title of more than a hundred characters, as a consumer's own check writes one. " * 2,
    "description": "",
    "resultValueMin": 0,
    "resultValueMax": 100,
    "assignDate": "2026-11-24T10:11:12.131415Z",
    "dueDate": "2026-11-25",
    "class": named("K1"),
    "category": named("category-homework"),
    "school": named("S1"),
}
LEAN_RESULT = {
    "score": 300,
    "comment": "",
    "scoreStatus": "exempt",
    "scoreDate": "2026-11-24T10:11:12.131415Z",
    "lineItem": named("lean item"),
    "student": named("P1"),
}


def test_lean_bodies_are_completed(everything: Grader) -> None:
    assert everything.put("lineItems", "lean item", LEAN_ITEM).status == 201
    (item,) = everything.read("/lineItems/lean item")
    assert (item["title"], item["assignDate"], item["dueDate"]) == (
        LEAN_ITEM["title"],
        "2026-11-24T10:11:12.131Z",
        "2026-11-25T00:00:00.000Z",
    )
    assert (item["class"]["type"], item["gradingPeriod"]["sourcedId"]) == ("class", "G2")
    if everything.version == "v1p2":
        assert item["academicSession"]["sourcedId"] == "T1"
    assert "lean item" in everything.ids("/classes/K1/lineItems?limit=10000")
    assert everything.put("results", "lean result", LEAN_RESULT).status == 201
    (result,) = everything.read("/classes/K1/lineItems/lean item/results?limit=10000")
    assert (result["score"], result["scoreDate"], result["comment"]) == (300, "2026-11-24", "")
    if everything.version == "v1p2":
        assert result["class"]["sourcedId"] == "K1"
    # Without a category, dates, status and day.
    assert everything.put("lineItems", "lean item", {"title": "Short", "class": named("K1")}).status == 200
    (item,) = everything.read("/lineItems/lean item")
    assert item["category"]["sourcedId"] == "category-homework"
    told = {"lineItem": named("lean item"), "student": named("P1"), "score": "12.50"}
    assert everything.put("results", "lean result", told).status == 200
    (result,) = everything.read("/results/lean result")
    assert (result["score"], result["scoreStatus"], result["scoreDate"]) == (
        12.5,
        "fully graded",
        "2026-11-24",
    )
    assert everything.send("DELETE", "/lineItems/lean item", b"").status == 204


def test_what_is_deleted_leaves_a_tombstone(everything: Grader) -> None:
    assert everything.put("lineItems", "gone item", LEAN_ITEM).status == 201
    told = {**LEAN_RESULT, "lineItem": named("gone item")}
    assert everything.put("results", "gone result", told).status == 201
    assert everything.send("DELETE", "/lineItems/gone item", b"").status == 204
    # Its results go with it.
    for path, gone in (("/lineItems", "gone item"), ("/results", "gone result")):
        assert gone not in everything.ids(path)
        assert gone not in everything.ids(f"/classes/K1{path}")
        assert gone in everything.ids(f"{path}?filter=status='tobedeleted'")
        assert gone in everything.ids(f"{path}?filter=dateLastModified>='2026-11-24'")
        (one,) = everything.read(f"{path}/{gone}")
        assert one["status"] == "tobedeleted"
        answer = everything.send("DELETE", f"{path}/{gone}", b"")
        assert (answer.status, minor(answer)) == (404, "unknownobject")
    assert everything.put("lineItems", "gone item", LEAN_ITEM).status == 201
    assert everything.send("DELETE", "/lineItems/gone item", b"").status == 204


def test_what_is_written_as_gone_goes_as_what_is_deleted(everything: Grader) -> None:
    assert everything.put("lineItems", "left item", LEAN_ITEM).status == 201
    told = {**LEAN_RESULT, "lineItem": named("left item")}
    assert everything.put("results", "left result", told).status == 201
    gone = {"status": "tobedeleted"}
    assert everything.put("lineItems", "left item", {**LEAN_ITEM, **gone}).status == 200
    assert everything.read("/results/left result")[0]["status"] == "tobedeleted"
    answer = everything.put("categories", "category a", {"title": "x", **gone})
    assert (answer.status, minor(answer)) == (422, "deletefailure")


def test_what_moves_takes_its_class_and_school_along(everything: Grader) -> None:
    for item, klass, school in (("moved item", "K1", "S1"), ("other item", "K4", "S1")):
        told = {**LEAN_ITEM, "class": named(klass), "school": named(school)}
        assert everything.put("lineItems", item, told).status == 201
    told = {"lineItem": named("moved item"), "student": named("P1"), "score": 1}
    assert everything.put("results", "moved result", told).status == 201
    # A line item with results stays in its class; the result may go to another line item.
    moved = {**LEAN_ITEM, "class": named("K3"), "school": named("S2")}
    answer = everything.put("lineItems", "moved item", moved)
    assert (answer.status, minor(answer)) == (422, "invaliddata")
    told["lineItem"] = named("other item")
    assert everything.put("results", "moved result", told).status == 200
    assert everything.ids("/classes/K4/results") == ["moved result"]
    assert everything.put("lineItems", "moved item", moved).status == 200
    assert everything.ids("/classes/K3/lineItems") == ["moved item"]
    for item in ("moved item", "other item"):
        assert everything.send("DELETE", f"/lineItems/{item}", b"").status == 204


def test_what_others_name_cannot_be_deleted(everything: Grader) -> None:
    answer = everything.send("DELETE", "/categories/category a", b"")
    assert (answer.status, minor(answer)) == (422, "deletefailure")
    assert "category a" in everything.ids("/categories")


ITEM, RESULT = OBJECTS["lineItems"]["item a"], OBJECTS["results"]["result a"]
REFUSED = {
    "another name": ("lineItems", {**ITEM, "sourcedId": "other"}, "sourcedId"),
    "no title": ("lineItems", {**ITEM, "title": ""}, "title"),
    "no class": ("lineItems", {name: ITEM[name] for name in ITEM if name != "class"}, "class"),
    "an unknown class": ("lineItems", {**ITEM, "class": named("K99")}, "K99"),
    "an unknown category": ("lineItems", {**ITEM, "category": named("nothing")}, "nothing"),
    "another school": ("lineItems", {**ITEM, "school": named("S2")}, "S2"),
    "no number": ("lineItems", {**ITEM, "resultValueMax": "many"}, "resultValueMax"),
    "no finite number": ("lineItems", {**ITEM, "resultValueMax": 1e300}, "resultValueMax"),
    "no instant": ("lineItems", {**ITEM, "dueDate": "soon"}, "dueDate"),
    "no status": ("lineItems", {**ITEM, "status": "asleep"}, "status"),
    "an unknown line item": ("results", {**RESULT, "lineItem": named("nothing")}, "nothing"),
    "an unknown student": ("results", {**RESULT, "student": named("P99")}, "P99"),
    "a student of another class": ("results", {**RESULT, "student": named("P4")}, "P4"),
    "a teacher": ("results", {**RESULT, "student": named("A1")}, "A1"),
    "no such state": ("results", {**RESULT, "scoreStatus": "lost"}, "scoreStatus"),
    "no day": ("results", {**RESULT, "scoreDate": "2026-02-30"}, "scoreDate"),
    "a list for a text": ("results", {**RESULT, "comment": ["a"]}, "comment"),
    "no character": ("results", {**RESULT, "comment": "a\0b"}, "comment"),
    "half a character": ("results", {**RESULT, "comment": "\ud800"}, "comment"),
    "a text for an object": ("results", {**RESULT, "metadata": "x"}, "metadata"),
    "no character inside": ("results", {**RESULT, "metadata": {"a": "\0"}}, "metadata"),
    "no reference": ("results", {**RESULT, "student": {}}, "student"),
    "a long name": ("results", {**RESULT, "student": named("x" * 300)}, "student"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_named(everything: Grader, case: str) -> None:
    resource, told, name = REFUSED[case]
    before = everything.read(f"/{resource}")
    answer = everything.put(resource, "refused", told)
    if case == "another school" and everything.version == "v1p1":
        assert answer.status == 201
        assert everything.send("DELETE", f"/{resource}/refused", b"").status == 204
        return
    assert (answer.status, minor(answer)) == (422, "invaliddata")
    assert name in answer.json["imsx_description"]
    assert everything.read(f"/{resource}") == before


BODIES = {
    b"": 400,
    b"{": 400,
    b"\xff": 400,
    b'{"category": NaN}': 400,
    b"[]": 422,
    b"null": 422,
    b"{}": 422,
    b'{"category": []}': 422,
    b"[" * 100_000: 413,
    b'{"category": {"title": "x", "metadata": ' + b'{"a":' * 30 + b"1" + b"}" * 30 + b"}}": 413,
    b'{"category": {"title": "' + b"x" * 3_000_000 + b'"}}': 413,
}


@pytest.mark.parametrize("place", range(len(BODIES)))
def test_a_body_that_is_none_is_refused_as_the_standard_tells_it(everything: Grader, place: int) -> None:
    body, status = list(BODIES.items())[place]
    answer = everything.send("PUT", "/categories/bad", body)
    assert answer.status == status, body[:50]
    assert minor(answer) == "invaliddata"
    assert ("imsx_messageRefIdentifier" in answer.json) is (everything.version == "v1p1")


POSTED = [one for one in GRADEBOOK if one.method is Method.POST]


@pytest.mark.parametrize("operation", POSTED, ids=lambda one: one.path)
def test_sets_get_names_of_ours(written: Grader, operation: Operation) -> None:
    resource = operation.resource.name
    told = {"lineItems": ITEM, "results": RESULT}[resource]
    path = addressed(operation)
    listed = [{**told, "sourcedId": one} for one in ids]
    answer = written.send("POST", path, {resource: listed})
    assert answer.status == 201, answer.body
    pairs = {one["suppliedSourcedId"]: one["allocatedSourcedId"] for one in answer.json["sourcedIdPairs"]}
    assert list(pairs) == list(ids)
    assert not set(pairs.values()) & set(ids)
    for allocated in pairs.values():
        (one,) = written.read(f"/{resource}/{allocated}")
        assert one["class"]["sourcedId"] == "K1"
    # All or nothing.
    before = written.ids(f"/{resource}")
    broken = {**listed[1], "student": named("P99")} if resource == "results" else {**listed[1], "title": ""}
    answer = written.send("POST", path, {resource: [listed[0], broken]})
    assert (answer.status, minor(answer)) == (422, "invaliddata")
    assert written.ids(f"/{resource}") == before
    for allocated in pairs.values():
        assert written.send("DELETE", f"/{resource}/{allocated}", b"").status == 204


def test_a_set_belongs_where_its_path_says(written: Grader) -> None:
    other = {**ITEM, "class": named("K3"), "school": named("S2")}
    for path, body in {
        "/classes/K1/lineItems": {"lineItems": [{**other, "sourcedId": "1"}]},
        "/schools/S1/lineItems": {"lineItems": [{**other, "sourcedId": "1"}]},
        "/lineItems/item b/results": {"results": [{**RESULT, "sourcedId": "1"}]},
        "/classes/K2/academicSessions/T1/results": {"results": [{**RESULT, "sourcedId": "1"}]},
        "/classes/K1/academicSessions/T3/results": {"results": [{**RESULT, "sourcedId": "1"}]},
        "/classes/K1/lineItems?": {"lineItems": [{**ITEM}]},
        "/classes/K1/lineItems??": {"lineItems": ITEM},
    }.items():
        answer = written.send("POST", path.rstrip("?"), body)
        assert (answer.status, minor(answer)) == (422, "invaliddata"), path
    answer = written.send("POST", "/classes/K99/lineItems", {"lineItems": []})
    assert (answer.status, minor(answer)) == (404, "unknownobject")


def test_a_client_writes_only_in_its_organisations(written: Grader, capsys: Capture) -> None:
    south = grader(written.server, capsys, "--org", "S2")
    for resource, told, status in (
        ("lineItems", ITEM, 422),
        ("results", RESULT, 422),
        ("scoreScales", OBJECTS["scoreScales"]["scale a"], 422),
        ("assessmentLineItems", OBJECTS["assessmentLineItems"]["assessment a"], 422),
        ("assessmentResults", OBJECTS["assessmentResults"]["assessed a"], 422),
        ("categories", {"title": "South"}, 201),
    ):
        assert south.put(resource, "of the south", told).status == status
        theirs = next(iter(OBJECTS[resource]))
        for answer in (
            south.put(resource, theirs, told),
            south.send("DELETE", f"/{resource}/{theirs}", b""),
        ):
            assert (answer.status, minor(answer)) == (403, "forbidden"), resource
        if resource != "categories":
            assert south.ids(f"/{resource}") == []
            assert south.ask(f"/{resource}/{theirs}").status == 403
    own = {"title": "Play", "class": named("K3"), "category": named("of the south")}
    assert south.put("lineItems", "play", own).status == 201
    told = {"lineItem": named("play"), "student": named("P4"), "scoreStatus": "exempt"}
    assert south.put("results", "played", told).status == 201
    assert (south.ids("/lineItems"), south.ids("/results")) == (["play"], ["played"])
    answer = south.send("POST", "/classes/K1/lineItems", {"lineItems": []})
    assert (answer.status, minor(answer)) == (404, "unknownobject")
    assert south.send("DELETE", "/lineItems/play", b"").status == 204
    assert south.send("DELETE", "/categories/of the south", b"").status == 204


def test_methods_are_told_what_may_be_done(everything: Grader) -> None:
    answer = everything.ask("/categories/category a", "PATCH")
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, HEAD, PUT")
    posts = "GET, HEAD, POST" if everything.version == "v1p2" else "GET, HEAD"
    assert everything.ask("/classes/K1/lineItems", "DELETE").headers["allow"] == posts


@pytest.mark.parametrize("version", BASES)
def test_writing_wants_a_scope_of_its_own(written: Grader, capsys: Capture, version: str) -> None:
    reader = Grader(consumer(written.server, capsys, "--scope", "gradebook.readonly", version=version))
    assert reader.ids("/categories")
    for method, path in (("PUT", "/categories/x"), ("DELETE", "/categories/x")):
        answer = reader.send(method, path, {"category": {"title": "x"}})
        assert (answer.status, minor(answer)) == (403, "forbidden")
    assert reader.server.ask("PUT", f"{BASES[version]}/categories/x").status == 401


def test_both_addresses_of_1_2_lead_to_the_same(written: Grader) -> None:
    base = "/ims/oneroster/v1p2/gradebook/v1p2"
    (item,) = written.ask("/lineItems/item a", base=base).json.values()
    assert base.replace("gradebook", "rostering") in item["class"]["href"]
    assert base in item["category"]["href"]
