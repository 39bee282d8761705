"""Small OneRoster packages of made-up people, written where a test wants them."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path

from cartable.formats.oneroster import BY_VERSION

Rows = dict[str, list[dict[str, str]]]

MODIFIED = "2026-11-02T08:30:00.000Z"

_SHARED: Rows = {
    "orgs": [
        {"sourcedId": "D1", "name": "Circonscription du Lac", "type": "district"},
        {"sourcedId": "S1", "name": "École du Lac", "type": "school", "parentSourcedId": "D1"},
    ],
    "academicSessions": [
        {
            "sourcedId": "Y1",
            "title": "2026-2027",
            "type": "schoolYear",
            "startDate": "2026-09-01",
            "endDate": "2027-07-05",
            "schoolYear": "2027",
        }
    ],
    "courses": [
        {
            "sourcedId": "C1",
            "schoolYearSourcedId": "Y1",
            "title": "Maths",
            "courseCode": "M",
            "orgSourcedId": "S1",
            "subjectCodes": "02",
            "grades": "06",
        }
    ],
    "classes": [
        {
            "sourcedId": "K1",
            "title": "6A Maths",
            "courseSourcedId": "C1",
            "classCode": "6A",
            "classType": "scheduled",
            "schoolSourcedId": "S1",
            "termSourcedIds": "Y1",
        }
    ],
    "enrollments": [
        {
            "sourcedId": "E1",
            "classSourcedId": "K1",
            "schoolSourcedId": "S1",
            "userSourcedId": "T1",
            "role": "teacher",
        },
        {
            "sourcedId": "E2",
            "classSourcedId": "K1",
            "schoolSourcedId": "S1",
            "userSourcedId": "P1",
            "role": "student",
        },
    ],
    "demographics": [{"sourcedId": "P1", "birthDate": "2015-03-02", "sex": "male", "asian": "true"}],
}
_PEOPLE = [
    {
        "sourcedId": "T1",
        "enabledUser": "true",
        "username": "anne.roux",
        "userIds": "{activeDirectory:anne@ecole.example},{SIS:12}",
        "givenName": "Anne",
        "familyName": "Roux",
        "identifier": "N1",
        "email": "anne@ecole.example",
    },
    {
        "sourcedId": "P1",
        "enabledUser": "true",
        "username": "leo.petit",
        "givenName": "Léo",
        "familyName": "Petit",
        "agentSourcedIds": "R1",
        "grades": "06",
    },
    {
        "sourcedId": "R1",
        "enabledUser": "true",
        "username": "nina.petit",
        "givenName": "Nina",
        "familyName": "Petit",
        "email": "nina@ecole.example",
        "agentSourcedIds": "P1",
    },
]
_ROLES = {"T1": "teacher", "P1": "student", "R1": "parent"}


def rows(version: str) -> Rows:
    """One school with a teacher, a pupil and the pupil's mother, as the version tells it."""
    told = deepcopy(_SHARED)
    if version == "1.1":
        told["users"] = [
            {**one, "orgSourcedIds": "S1", "role": _ROLES[one["sourcedId"]]} for one in deepcopy(_PEOPLE)
        ]
        return told
    told["users"] = deepcopy(_PEOPLE)
    told["roles"] = [
        {
            "sourcedId": f"{person}-S1",
            "userSourcedId": person,
            "roleType": "primary",
            "role": role,
            "orgSourcedId": "S1",
        }
        for person, role in _ROLES.items()
    ]
    return told


def changed(row: Mapping[str, str], status: str = "active", **values: str) -> dict[str, str]:
    """A row of a file that holds changes."""
    return {**row, "status": status, "dateLastModified": MODIFIED, **values}


def texts(
    version: str, told: Mapping[str, Sequence[Mapping[str, str]]], modes: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The files of a package by name, its manifest among them.

    Args:
        modes: what the manifest says of files, where that is not bulk or absent.
    """
    layout = BY_VERSION[version]
    stated = [("manifest.version", "1.0"), ("oneroster.version", version)]
    written = {}
    for file in layout.files:
        mode = "bulk" if file.entity in told else "absent"
        stated.append((f"file.{file.entity}", (modes or {}).get(file.entity, mode)))
        if file.entity in told:
            extensions = {name for row in told[file.entity] for name in row} - {*file.headers}
            written[file.name] = _csv([*file.headers, *sorted(extensions)], told[file.entity])
    manifest = [{"propertyName": name, "value": value} for name, value in stated]
    return {"manifest.csv": _csv(["propertyName", "value"], manifest), **written}


def package(
    directory: Path,
    version: str,
    told: Mapping[str, Sequence[Mapping[str, str]]],
    modes: Mapping[str, str] | None = None,
) -> Path:
    """Write a package into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts(version, told, modes).items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return directory


def archived(directory: Path) -> Path:
    """The files of a directory in a zip beside it."""
    path = directory.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(directory.iterdir()):
            archive.write(file, file.name)
    return path


def _csv(headers: Sequence[str], listed: Sequence[Mapping[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headers, restval="")
    writer.writeheader()
    writer.writerows(listed)
    return stream.getvalue()
