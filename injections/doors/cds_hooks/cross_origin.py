"""Which web pages of other systems may call from a browser: those of listed origins, and at these addresses alone.

No cookie travels along: who calls is said by the signed token. Source: the Fetch standard, CORS protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

ROOT: Final = "/cds-services"
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}


class ListedOrigins:
    """Middleware: answers what a browser asks beforehand, and says to it who may read an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != ROOT and not request.path.startswith(f"{ROOT}/"):
            return self.get_response(request)
        origin = request.headers.get("Origin", "")
        is_listed = origin in settings.CDS_ORIGINS
        asks_beforehand = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if is_listed and asks_beforehand:
            response: HttpResponseBase = HttpResponse(status=204, headers=_PREFLIGHT)
        else:
            response = self.get_response(request)
        if is_listed:
            response.headers["Access-Control-Allow-Origin"] = origin
        patch_vary_headers(response, ["Origin"])
        return response
