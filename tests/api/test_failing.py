"""What cannot be answered is said in the standard's own words, and what a client may not see it does not."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from cartable.api.operations import Scope
from tests.api.consumers import BASES, Consumer, consumer
from tests.api.test_rostering import _FIELDS
from tests.servers import Answer, Server

Capture = pytest.CaptureFixture[str]

READS = (Scope.DEMOGRAPHICS, Scope.ROSTER, Scope.CORE)


def minor(answer: Answer) -> str:
    told = answer.json
    assert {"imsx_codeMajor", "imsx_severity", "imsx_description", "imsx_CodeMinor"} <= told.keys()
    (one,) = told["imsx_CodeMinor"]["imsx_codeMinorField"]
    return str(one["imsx_codeMinorFieldValue"])


REFUSED = {
    "/users?filter=nothing='1'": (400, "invalid_filter_field"),
    "/users?filter=familyName": (400, "invalid_filter_field"),
    "/users?filter=familyName='": (400, "invalid_filter_field"),
    "/users?filter=dateLastModified='soon'": (400, "invalid_filter_field"),
    "/users?filter=familyName.sourcedId='1'": (400, "invalid_filter_field"),
    "/users?filter=password='x'": (400, "invalid_filter_field"),
    "/users?filter=" + "a='1' OR " * 200 + "a='1'": (400, "invalid_filter_field"),
    "/users?filter=username='" + "x" * 9_000 + "'": (400, "invalid_filter_field"),
    "/users?filter=username='" + "x" * 20_000 + "'": (414, "invaliddata"),
    "/users?limit=0": (400, "invaliddata"),
    "/users?limit=-1": (400, "invaliddata"),
    "/users?limit=ten": (400, "invaliddata"),
    "/users?limit=1&limit=2": (400, "invaliddata"),
    "/users?offset=-1": (400, "invaliddata"),
    "/users?offset=99999999999999999999": (400, "invaliddata"),
    # One of the databases keeps no text with it.
    "/users/%00": (400, "invaliddata"),
    "/users?filter=username='%00'": (400, "invaliddata"),
    "/users/nobody": (404, "unknownobject"),
    "/students/A1": (404, "unknownobject"),
    "/nothing": (404, "unknownobject"),
    "/users/P1/more/of/it": (404, "unknownobject"),
    "": (404, "unknownobject"),
}


@pytest.mark.parametrize("version", BASES)
def test_what_is_refused_is_told_as_the_standard_tells_it(
    server: Server, capsys: Capture, version: str
) -> None:
    client = consumer(server, capsys, *_FIELDS, version=version)
    for path, expected in REFUSED.items():
        answer = client.ask(path)
        assert (answer.status, minor(answer)) == expected, path
        assert answer.headers["content-type"] == "application/json"
        assert ("imsx_messageRefIdentifier" in answer.json) is (version == "v1p1")


def test_versions_differ_in_what_they_say_of_unknown_things(server: Server, capsys: Capture) -> None:
    old, new = (consumer(server, capsys, *_FIELDS, version=version) for version in BASES)
    for path in ("/schools/none/classes", "/classes/none/students", "/terms/none/gradingPeriods"):
        assert old.read(path) == []
        answer = new.ask(path)
        assert (answer.status, minor(answer)) == (404, "unknownobject")
    # An unknown property to select: 1.1 answers with everything.
    assert len(old.read("/users?fields=sourcedId,nothing&limit=1")[0]) > 2
    assert (new.ask("/users?fields=nothing").status, old.ask("/users?fields=").status) == (400, 400)
    assert minor(old.ask("/users?fields=")) == "invalid_blank_selection_field"


# A character of which there is only half, and one that no text has; lists in one another.
CURSORS = ('[1,"\\ud800","x"]', '[1,"\\u0000","x"]', "[" * 2_000)


@pytest.mark.parametrize("text", CURSORS, ids=lambda text: text[:10])
def test_a_cursor_that_is_none_of_ours_says_nothing(server: Server, capsys: Capture, text: str) -> None:
    client = consumer(server, capsys)
    assert len(client.read(f"/users?cursor={urlsafe_b64encode(text.encode()).decode()}")) == 8


ATTACKS = (
    "' OR '1'='1",
    "x'; drop table published_users; --",
    "%",
    "_",
    "(a+)+$",
    "\\",
    "é" * 100,
    "\N{ZERO WIDTH SPACE}",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_a_filter_is_given_is_a_value_and_nothing_else(
    server: Server, capsys: Capture, text: str
) -> None:
    client = consumer(server, capsys)
    value = text.replace("'", "''").replace("%", "%25").replace("+", "%2B").replace(";", "%3B")
    for predicate in ("=", "~"):
        assert client.read(f"/users?filter=familyName{predicate}'{value}'") == []
    assert client.ask(f"/users/{value.replace('/', '')}").status == 404
    assert client.ask(f"/users?sort={value}").status == 200
    assert len(client.read("/users")) == 8


def test_no_filter_leads_beyond_what_a_client_may_see(server: Server, capsys: Capture) -> None:
    """Whatever is joined by OR stands in parentheses beside the client's own schools."""
    client = consumer(server, capsys, *_FIELDS, "--org", "S2")
    assert client.ids("/users?filter=status='active' OR status='tobedeleted'") == ["A3", "P4"]
    assert client.ids("/orgs?filter=sourcedId='S1' OR sourcedId='S2'") == ["S2"]


def test_a_client_sees_its_organisations_and_what_is_below(server: Server, capsys: Capture) -> None:
    south = consumer(server, capsys, *_FIELDS, "--org", "S2")
    assert south.ids("/orgs") == ["S2"]
    assert south.ids("/classes") == ["K3"]
    assert south.ids("/courses") == ["M3"]
    assert south.ids("/demographics") == ["P4"]
    assert [one["class"]["sourcedId"] for one in south.read("/enrollments")] == ["K3", "K3"]
    assert south.read("/schools/S1/students") == []
    assert [south.ask(f"/users/{who}").status for who in ("P4", "P1", "nobody")] == [200, 403, 404]
    district = consumer(server, capsys, *_FIELDS, "--org", "D")
    assert len(district.read("/users")) == 8
    assert len(district.read("/academicSessions")) == len(south.read("/academicSessions")) == 7


def test_a_client_sees_no_fields_that_it_was_not_given(server: Server, capsys: Capture) -> None:
    plain = consumer(server, capsys)
    (user,) = plain.read("/users/A1")
    assert "phone" not in user
    assert "metadata" not in plain.read("/users/P1")[0]
    # Nor can it ask for them, or sort by them.
    for query in ("filter=phone='+33145678901'", "filter=metadata.microsoft.userFlags~'iep'", "fields=phone"):
        assert plain.ask(f"/users?{query.replace('+', '%2B')}").status == 400
    assert plain.ids("/users?sort=phone") == plain.ids("/users")
    phones = consumer(server, capsys, "--field", "phones")
    assert phones.read("/users/A1")[0]["phone"] == "+33145678901"
    births = consumer(server, capsys, "--field", "birthDates", "--scope", Scope.DEMOGRAPHICS)
    described = births.read("/demographics/P1")[0]
    assert described["birthDate"] == "2014-05-06"
    assert not {"sex", "cityOfBirth"} & described.keys()


def test_other_methods_are_told_what_may_be_done(server: Server, capsys: Capture) -> None:
    client: Consumer = consumer(server, capsys)
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.ask("/users", method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
        assert json.loads(answer.body)["imsx_codeMajor"] == "failure"


def test_a_request_with_a_body_left_over_is_answered(server: Server, capsys: Capture) -> None:
    client = consumer(server, capsys)
    told: Any = server.ask(
        "GET",
        f"{BASES['v1p2']}/schools",
        b"grant_type=client_credentials",
        {
            "Authorization": f"Bearer {client.token}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    assert [one["sourcedId"] for one in told.json["orgs"]] == ["S1", "S2"]
