"""Where Django meets the handler: who calls, what is noted, and that every failure is the standard's."""

import logging
import time
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from cartable.access import authenticating
from cartable.access import logging as access_log
from cartable.access.counting import Counters
from cartable.api.addressing import UNREADABLE
from cartable.api.failures import ApiError, Minor
from cartable.api.handler import BROKEN, Api, Client, failed
from cartable.api.operations import Method, Operation, Service
from cartable.api.paging import Remembered
from cartable.model.objects import Version
from cartable.store import serving

BAD_REQUEST = 400
ROOT = "/ims/oneroster"
"""Below which everything is the standard's."""

_ACTIONS = {Method.GET: access_log.READ, Method.DELETE: access_log.DELETE}
_faults = logging.getLogger(__name__)


@csrf_exempt
def oneroster(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer whatever lies below the standard's address.

    Args:
        rest: behind `/ims/oneroster`, with its first slash.
    """
    parts = [part for part in rest.split("/") if part]
    version, service, length = _addressed(parts)
    base = request.build_absolute_uri(
        _path([request.path[1 : len(request.path) - len(rest)], *parts[:length]])
    )
    return _api().answer(request, version, service, base, _path(parts[length:]))


def is_below(request: HttpRequest) -> bool:
    """Whether a request is to the standard's address."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """The answer to a request to OneRoster's address that was refused before anything looked at it.

    Args:
        status: 400 or 500.
    """
    version, _, _ = _addressed([part for part in request.path.split("/") if part][2:])
    return failed(UNREADABLE if status == BAD_REQUEST else BROKEN, version)


def _addressed(parts: list[str]) -> tuple[Version, Service | None, int]:
    """The version and the service that an address means, and how many of its parts say so.

    1.1 has one address; 1.2 one for each service, and consumers build it in two ways.
    """
    if parts[:1] == [Version.V1P1]:
        return Version.V1P1, None, 1
    length = int(parts[:1] == [Version.V1P2])
    service = next((one for one in Service if parts[length : length + 2] == [one, Version.V1P2]), None)
    return Version.V1P2, service, length + 2 if service else len(parts)


def _path(parts: list[str]) -> str:
    return "".join(f"/{part}" for part in parts)


@cache
def _api() -> Api:
    remembered = Remembered(time.monotonic, Counters(Path(settings.PULLS)))
    return Api(serving.served(), _client, _note, remembered, _fault)


def _client(authorization: str) -> Client:
    try:
        return authenticating.client_of(authorization)
    except authenticating.Unauthorised:
        raise ApiError(401, Minor.UNAUTHORISED, "A valid access token is needed.") from None
    except authenticating.TooMany as error:
        seconds = {"Retry-After": str(error.seconds)}
        raise ApiError(429, Minor.BUSY, "The client calls too often.", seconds) from None


def _note(client: Client, operation: Operation, revision: int, rows: int) -> None:
    access_log.note(
        int(client.id),
        _ACTIONS.get(operation.method, access_log.WRITE),
        operation.resource.name,
        rows,
        revision,
    )


def _fault() -> None:
    """Log the exception that is being handled; the log's own form keeps what it says of people out."""
    _faults.exception("A request failed.")
