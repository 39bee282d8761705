"""A consumer that writes grades, and what it writes."""

import json
from dataclasses import dataclass
from typing import Any

from cartable.api.operations import GRADEBOOK, Operation, Scope
from tests.api.consumers import Consumer, consumer
from tests.servers import Answer, Server

BASES = {"v1p1": "/ims/oneroster/v1p1", "v1p2": "/ims/oneroster/gradebook/v1p2"}
SCOPES = tuple(scope for scope in Scope if scope.startswith(("gradebook", "assessment")))

ids = ("a", "b", "c")


def named(identifier: str) -> dict[str, str]:
    return {"sourcedId": identifier}


OBJECTIVES = [{"source": "case", "learningObjectiveIds": ["o1", "o2"]}]
REACHED = [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "o1", "score": 2.5}]}]
# In the order in which they name each other: of each resource three objects.
OBJECTS: dict[str, dict[str, dict[str, Any]]] = {
    "categories": {
        f"category {one}": {"title": f"Category {one}", "weight": weight, "metadata": {"place": one}}
        for one, weight in zip(ids, (0.5, 0.25, 0.25), strict=True)
    },
    "scoreScales": {
        f"scale {one}": {
            "title": f"Scale {one}",
            "type": "letters",
            "class": named("K1"),
            "course": named("M1"),
            "scoreScaleValue": [{"itemValueLHS": "90-100", "itemValueRHS": "A"}],
        }
        for one in ids
    },
    "lineItems": {
        f"item {one}": {
            "title": f"Item {one}",
            "description": "Pages 1 to 3",
            "assignDate": "2026-09-07T08:00:00.000Z",
            "dueDate": f"2026-09-1{day}T08:00:00.000Z",
            "class": named("K1"),
            "school": named("S1"),
            "category": named(f"category {one}"),
            "gradingPeriod": named("G1"),
            "academicSession": named("T1"),
            "scoreScale": named("scale a"),
            "resultValueMin": 0,
            "resultValueMax": 20.5,
            "learningObjectiveSet": OBJECTIVES,
        }
        for day, one in enumerate(ids)
    },
    "results": {
        f"result {one}": {
            "lineItem": named("item a"),
            "student": named(student),
            "class": named("K1"),
            "scoreScale": named("scale a"),
            "scoreStatus": "fully graded",
            "score": score,
            "textScore": "A",
            "scoreDate": "2026-09-20",
            "comment": "Bien, bravo ~",
            "learningObjectiveSet": REACHED,
            "inProgress": "false",
            "incomplete": "false",
            "late": "true",
            "missing": "false",
        }
        for one, student, score in zip(ids, ("P1", "P2", "P3"), (9, 10.5, 100), strict=True)
    },
    "assessmentLineItems": {
        f"assessment {one}": {
            "title": f"Assessment {one}",
            "description": "National",
            "class": named("K1"),
            "scoreScale": named("scale a"),
            "resultValueMin": -1,
            "resultValueMax": 500,
            "learningObjectiveSet": OBJECTIVES,
        }
        for one in ids
    },
    "assessmentResults": {
        f"assessed {one}": {
            "assessmentLineItem": named("assessment a"),
            "student": named(student),
            "score": 250,
            "textScore": "B",
            "scoreDate": "2026-09-20",
            "scoreScale": named("scale a"),
            "scorePercentile": 50.25,
            "scoreStatus": "ext:checked",
            "comment": "",
            "learningObjectiveSet": REACHED,
            "inProgress": "false",
            "incomplete": "false",
            "late": "false",
            "missing": "false",
        }
        for one, student in zip(ids, ("P1", "P2", "P3"), strict=True)
    },
}
SINGULARS = {operation.resource.name: operation.resource.singular for operation in GRADEBOOK}


@dataclass(frozen=True)
class Grader:
    """A consumer that may read and write the gradebook."""

    consumer: Consumer

    @property
    def version(self) -> str:
        return self.consumer.version

    @property
    def server(self) -> Server:
        return self.consumer.server

    def ask(self, path: str, method: str = "GET", base: str = "", **headers: str) -> Answer:
        return self.consumer.ask(path, method, base or BASES[self.version], **headers)

    def send(self, method: str, path: str, body: Any, **headers: str) -> Answer:
        """Send a body, JSON unless it is bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        authorization = {"Authorization": f"Bearer {self.consumer.token}"}
        where = BASES[self.version] + path.replace(" ", "%20")
        return self.server.ask(method, where, content, {**authorization, **headers})

    def put(self, resource: str, identifier: str, told: dict[str, Any]) -> Answer:
        body = {SINGULARS[resource]: {"sourcedId": identifier, **told}}
        return self.send("PUT", f"/{resource}/{identifier}", body)

    def read(self, path: str) -> list[dict[str, Any]]:
        answer = self.ask(path)
        assert answer.status == 200, (path, answer.status, answer.body)
        (objects,) = answer.json.values()
        return objects if isinstance(objects, list) else [objects]

    def ids(self, path: str) -> list[str]:
        return [one["sourcedId"] for one in self.read(path)]


def grader(server: Server, capsys: Any, *options: str, version: str = "v1p2") -> Grader:
    """Add a client that may do everything with the gradebook."""
    scopes = tuple(option for scope in SCOPES for option in ("--scope", scope.value))
    return Grader(consumer(server, capsys, *scopes, *options, version=version))


def addressed(operation: Operation) -> str:
    """The path of an operation, with the names of what there is."""
    names = {
        "school": "S1",
        "class": "K1",
        "lineItem": "item a",
        "student": "P1",
        "session": "T1",
        "id": next(iter(OBJECTS[operation.resource.name])),
    }
    return operation.path.format(**names)
