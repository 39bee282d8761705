"""What is answered where nothing else answers: JSON, without a word of what is inside."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from cartable.api import views


def bad_request(request: HttpRequest, **_told: object) -> HttpResponse:
    """The request cannot be read, or calls the server by a name that is not its own."""
    return _failure_at(request, 400, "bad_request")


def forbidden(_request: HttpRequest, **_told: object) -> JsonResponse:
    """It is refused."""
    return _failure(403, "forbidden")


def not_found(_request: HttpRequest, **_told: object) -> JsonResponse:
    """There is nothing at the address."""
    return _failure(404, "not_found")


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    return _failure_at(request, 500, "internal")


def _failure_at(request: HttpRequest, status: int, error: str) -> HttpResponse:
    """A failure, in the words of whatever lies at the address."""
    return views.refused(request, status) if views.is_below(request) else _failure(status, error)


def _failure(status: int, error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=status, headers={"Cache-Control": "no-store"})
