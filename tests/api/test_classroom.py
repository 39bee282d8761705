"""What Google's suite for SIS partners asks, literally, at both addresses that its documents lead to.

Rows are those of its calls, in its order; F51 to F53 are what the project calls these behaviours.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.api.consumers import added
from tests.servers import Answer, Server, basic_of

BASES = ("/ims/oneroster/v1p2", "/ims/oneroster")
_SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
ROSTER, *GRADEBOOK = (
    _SCOPE + name
    for name in ("roster.readonly", "gradebook.readonly", "gradebook.createput", "gradebook.delete")
)
_FORM = b"grant_type=client_credentials&scope=roster.readonly"
TEACHER = "anne@north.example"

Capture = pytest.CaptureFixture[str]


@dataclass
class Suite:
    """The suite at one address: a client that goes from call to call with what it has learnt."""

    server: Server
    base: str
    client: dict[str, str]
    token: str = ""
    known: dict[str, str] = field(default_factory=dict)

    def sign_in(self, *scopes: str) -> Answer:
        """Row 1."""
        answer = self.server.ask(
            "POST",
            "/oauth2/token",
            f"grant_type=client_credentials&scope={'+'.join(scopes)}".replace(":", "%3A").encode(),
            {
                "Authorization": basic_of(f"{self.client['client_id']}:{self.client['client_secret']}"),
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        self.token = answer.json["access_token"]
        return answer

    def get(self, path: str, body: bytes | None = None) -> Answer:
        """Call with quotes and signs of equality as they are, as the suite's library sends them."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.server.ask("GET", f"{self.base}/{path.format(**self.known)}", body, headers)


ROWS = {
    2: "rostering/v1p2/teachers?limit=1",
    3: f"rostering/v1p2/teachers?filter=email='{TEACHER}'&limit=10000",
    4: "rostering/v1p2/teachers/{teacher}/classes?limit=10000&filter=status='active'",
    5: "rostering/v1p2/classes/{class}/students?limit=10000",
    7: "rostering/v1p2/terms/{term}/gradingPeriods?limit=10000",
}
_KNOWN = {"teacher": "A1", "class": "K1", "term": "T1"}


@pytest.fixture
def suite(server: Server, capsys: Capture) -> Suite:
    scopes = [word for scope in (ROSTER, *GRADEBOOK) for word in ("--scope", scope)]
    return Suite(server, BASES[0], added(server, capsys, *scopes))


@pytest.mark.parametrize("base", BASES)
def test_f51_the_calls_of_the_suite_are_answered_at_both_addresses(suite: Suite, base: str) -> None:
    suite.base = base
    assert suite.sign_in(ROSTER, *GRADEBOOK).status == 200

    def objects(row: int) -> list[dict[str, Any]]:
        answer = suite.get(ROWS[row])
        assert answer.status == 200, (row, answer.body)
        assert answer.headers["content-type"] == "application/json"
        (found,) = answer.json.values()
        assert isinstance(found, list)
        return found

    assert len(objects(2)) == 1
    (teacher,) = objects(3)
    assert teacher["email"] == TEACHER
    suite.known["teacher"] = teacher["sourcedId"]
    first = objects(4)[0]
    assert first["school"]["sourcedId"]
    suite.known |= {"class": first["sourcedId"], "term": first["terms"][0]["sourcedId"]}
    students = objects(5)
    assert students
    assert all(one["email"] and one["sourcedId"] for one in students)
    answer = suite.get(ROWS[7])
    periods = answer.json["academicSessions"]
    assert periods
    for period in periods:
        assert period["type"] == "gradingPeriod"
        for name in ("sourcedId", "title", "startDate", "endDate", "schoolYear"):
            assert isinstance(period[name], str), name


def test_f52_a_missing_scope_is_refused_on_its_own_calls_alone(suite: Suite) -> None:
    assert set(suite.sign_in(ROSTER, *GRADEBOOK).json["scope"].split()) == {ROSTER, *GRADEBOOK}
    suite.known = _KNOWN
    for scopes, status in (([ROSTER, *GRADEBOOK], 200), ([ROSTER], 200), (GRADEBOOK, 403)):
        suite.sign_in(*scopes)
        assert {row: suite.get(path).status for row, path in ROWS.items()} == dict.fromkeys(ROWS, status)


def test_f53_a_get_with_a_body_left_over_is_answered(suite: Suite) -> None:
    suite.sign_in(ROSTER, *GRADEBOOK)
    suite.known = _KNOWN
    for row, path in ROWS.items():
        plain, with_body = suite.get(path), suite.get(path, _FORM)
        assert (with_body.status, with_body.json) == (200, plain.json), row
