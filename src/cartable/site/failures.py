"""What is answered where nothing else answers: JSON, without a word of what is inside."""

from django.http import HttpRequest, JsonResponse


def bad_request(_request: HttpRequest, **_told: object) -> JsonResponse:
    """The request cannot be read, or calls the server by a name that is not its own."""
    return _failure(400, "bad_request")


def forbidden(_request: HttpRequest, **_told: object) -> JsonResponse:
    """It is refused."""
    return _failure(403, "forbidden")


def not_found(_request: HttpRequest, **_told: object) -> JsonResponse:
    """There is nothing at the address."""
    return _failure(404, "not_found")


def broken(_request: HttpRequest) -> JsonResponse:
    """A fault of ours."""
    return _failure(500, "internal")


def _failure(status: int, error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=status, headers={"Cache-Control": "no-store"})
