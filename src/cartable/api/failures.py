"""What the API answers when it does not answer: the standard's own object, and nothing of ours.

Source: OneRoster 1.2 REST binding, imsx_StatusInfo; 1.1 likewise, with an identifier of the message.
"""

from enum import StrEnum
from typing import Any

from cartable.model.objects import Version


class Minor(StrEnum):
    """What went wrong, in the standard's words."""

    FILTER = "invalid_filter_field"
    SELECTION = "invalid_selection_field"
    BLANK_SELECTION = "invalid_blank_selection_field"
    DATA = "invaliddata"
    UNAUTHORISED = "unauthorisedrequest"
    FORBIDDEN = "forbidden"
    BUSY = "server_busy"
    UNKNOWN = "unknownobject"
    DELETE = "deletefailure"
    INTERNAL = "internal_server_error"


class ApiError(Exception):
    """A request that cannot be answered.

    Args:
        status: HTTP status.
        minor: the standard's code.
        description: one sentence, in English, for whoever connects systems.
        headers: HTTP headers besides.
    """

    def __init__(
        self, status: int, minor: Minor, description: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.minor = minor
        self.description = description
        self.headers = headers or {}


def document(error: ApiError, version: Version, request: str) -> dict[str, Any]:
    """The body of an answer.

    Args:
        request: what identifies the request; 1.1 wants it.
    """
    told: dict[str, Any] = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": error.description,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [
                {
                    "imsx_codeMinorFieldName": "TargetEndSystem",
                    "imsx_codeMinorFieldValue": error.minor.value,
                }
            ]
        },
    }
    if version is Version.V1P1:
        told["imsx_messageRefIdentifier"] = request
    return told
