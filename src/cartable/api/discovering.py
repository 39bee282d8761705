"""Answers with the discovery documents, which anybody may read.

Source: OneRoster 1.2, discovery of the service by its OpenAPI document.
"""

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING

from cartable.api import describing
from cartable.api.failures import ApiError, Minor
from cartable.api.operations import OPERATIONS, Service
from cartable.model.objects import Version

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

BELOW = "/discovery/"
"""Where the documents lie, below the address of a version and service."""
_TOKEN = "/oauth2/token"  # noqa: S105
_KEPT = 16


def answer(
    request: "HttpRequest", version: Version, service: Service | None, base: str, path: str
) -> "HttpResponse":
    """Answer with a document.

    Args:
        base: the address of the version and the service, absolute.
        path: behind it.

    Raises:
        ApiError: there is no such document, or it was asked for otherwise than to read it.
    """
    from django.http import HttpResponse

    name = path.removeprefix(BELOW)
    has_any = any(version in one.versions and service in (None, one.service) for one in OPERATIONS)
    if not has_any or name not in describing.files(version, service):
        raise ApiError(404, Minor.UNKNOWN, "There is no such document.")
    if request.method not in ("GET", "HEAD"):
        raise ApiError(405, Minor.DATA, "The document can only be read.", {"Allow": "GET, HEAD"})
    content, etag = _made(version, service, base, request.build_absolute_uri(_TOKEN))
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type="application/json", headers=headers)


@lru_cache(_KEPT)
def _made(version: Version, service: Service | None, base: str, token_url: str) -> tuple[bytes, str]:
    """A document, and what tells it from others."""
    document = describing.described(version, service, base, token_url)
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return content, f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
