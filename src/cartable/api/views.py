"""Where Django meets the handler: who calls, what is noted, and that every failure is the standard's."""

import logging
import time
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from cartable.access import authenticating
from cartable.access import logging as access_log
from cartable.api.failures import ApiError, Minor
from cartable.api.handler import Api, Client
from cartable.api.operations import Operation, Service
from cartable.api.paging import Remembered
from cartable.model.objects import Version
from cartable.store import serving

_faults = logging.getLogger(__name__)


@csrf_exempt
def oneroster(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer whatever lies below the standard's address.

    Args:
        rest: behind `/ims/oneroster`, with its first slash.
    """
    version, service, path = _addressed(rest)
    return _api().answer(request, version, service, path)


def _addressed(rest: str) -> tuple[Version, Service | None, str]:
    """The version, the service and the operation's path that an address means.

    1.1 has one address; 1.2 one for each service, and consumers build it in two ways.
    """
    parts = [part for part in rest.split("/") if part]
    if parts[:1] == [Version.V1P1]:
        return Version.V1P1, None, _path(parts[1:])
    if parts[:1] == [Version.V1P2]:
        parts = parts[1:]
    if len(parts) > 1 and parts[0] in tuple(Service) and parts[1] == Version.V1P2:
        return Version.V1P2, Service(parts[0]), _path(parts[2:])
    return Version.V1P2, None, ""


def _path(parts: list[str]) -> str:
    return "".join(f"/{part}" for part in parts)


@cache
def _api() -> Api:
    return Api(serving.served(), _client, _note, Remembered(time.monotonic), _fault)


def _client(authorization: str) -> Client:
    try:
        return authenticating.client_of(authorization)
    except authenticating.Unauthorised:
        raise ApiError(401, Minor.UNAUTHORISED, "A valid access token is needed.") from None
    except authenticating.TooMany as error:
        seconds = {"Retry-After": str(error.seconds)}
        raise ApiError(429, Minor.BUSY, "The client calls too often.", seconds) from None


def _note(client: Client, operation: Operation, revision: int, rows: int) -> None:
    access_log.note(int(client.id), access_log.READ, operation.resource.name, rows, revision)


def _fault() -> None:
    """Log the exception that is being handled; the log's own form keeps what it says of people out."""
    _faults.exception("A request failed.")
