"""The token endpoint."""

import json
from functools import cache

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import Error
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from oauth2_provider.oauth2_backends import OAuthLibCore

from cartable.access.limiting import TooMany

_FORM = "application/x-www-form-urlencoded"
_LONGEST = 16 << 10
_SECONDS_UNTIL_AGAIN = 5


def token(request: HttpRequest) -> HttpResponse:
    """Give a client a token for its id and secret; every answer is JSON that nobody keeps.

    Source: RFC 6749 §4.4, §5.1, §5.2; RFC 6585 §4 for 429.
    """
    if request.method != "POST":
        return _failure(405, "invalid_request", "Send POST.", {"Allow": "POST"})
    if int(request.META.get("CONTENT_LENGTH") or 0) > _LONGEST:
        return _failure(413, "invalid_request", "The body is too long.")
    if request.content_type != _FORM:
        return _failure(400, "invalid_request", f"The body must be {_FORM}.")
    try:
        _, headers, body, status = _core().create_token_response(request)
    except TooMany as many:
        again = {"Retry-After": str(many.seconds)}
        return _failure(429, "temporarily_unavailable", "Too many requests or wrong secrets.", again)
    except (BadRequest, SuspiciousOperation, UnreadablePostError, ValueError):
        return _failure(400, "invalid_request", "The request cannot be read.")
    except Error:
        again = {"Retry-After": str(_SECONDS_UNTIL_AGAIN)}
        return _failure(503, "temporarily_unavailable", "The roster cannot be reached.", again)
    return _answer(status, body, headers)


@cache
def _core() -> OAuthLibCore:
    return OAuthLibCore()


def _failure(
    status: int, error: str, description: str, headers: dict[str, str] | None = None
) -> HttpResponse:
    return _answer(status, json.dumps({"error": error, "error_description": description}), headers or {})


def _answer(status: int, body: str, headers: dict[str, str]) -> HttpResponse:
    needed = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    if status == 401:
        needed["WWW-Authenticate"] = 'Basic realm="cartable", charset="UTF-8"'
    return HttpResponse(body, status=status, headers={**headers, **needed})
