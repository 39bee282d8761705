"""Who really calls, and how: behind a proxy that is trusted, its headers tell; else they mean nothing."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class Proxies:
    """Middleware: take what a trusted proxy forwards, and drop what anybody else claims."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._trusted = frozenset(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        told = {name: request.META.pop(name, "") for name in _FORWARDED}
        if request.META.get("REMOTE_ADDR") in self._trusted:
            self._believe(request.META, *told.values())
        return self._get_response(request)

    def _believe(self, meta: dict[str, Any], addresses: str, scheme: str, host: str) -> None:
        # The nearest that no trusted proxy is; whatever stands before it anybody may have written.
        for address in reversed([one.strip() for one in addresses.split(",")]):
            if address:
                meta["REMOTE_ADDR"] = address
            if address not in self._trusted:
                break
        if scheme in ("http", "https"):
            meta["wsgi.url_scheme"] = scheme
        if host:
            meta["HTTP_HOST"] = host
