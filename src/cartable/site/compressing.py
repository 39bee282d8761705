"""Compresses answers as whoever asks can read them: Zstandard before gzip, which Django does.

Source: RFC 9110 §12.5.3, RFC 8878.
"""

import re

import zstandard
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

_ZSTD = re.compile(r"(?:^|,)\s*zstd\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?(?:,|$)", re.IGNORECASE)
_SHORTEST = 200
_LEVEL = 3


class Compression(GZipMiddleware):
    """Middleware: compress what is long enough to be worth it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, compressed where the request allows it."""
        if (
            not isinstance(response, HttpResponse)
            or len(response.content) < _SHORTEST
            or response.has_header("Content-Encoding")
            or not _is_taken(request.headers.get("Accept-Encoding", ""))
        ):
            # Django's says itself that the answer depends on the header.
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Encoding",))
        response.content = zstandard.ZstdCompressor(level=_LEVEL).compress(response.content)
        response.headers["Content-Encoding"] = "zstd"
        response.headers["Content-Length"] = str(len(response.content))
        return response


def _is_taken(accepted: str) -> bool:
    """Whether a header Accept-Encoding takes Zstandard by name."""
    found = _ZSTD.search(accepted)
    return bool(found and (found["weight"] or "1").strip("0."))
