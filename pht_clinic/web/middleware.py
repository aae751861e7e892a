"""What every request passes: an id, headers, the gate for bodies, one instant, and refusals turned into answers."""

import logging
import re
import uuid
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase

from pht_clinic import clinic_words, clock
from pht_clinic.audit.door import API, PAGE, way
from pht_clinic.audit.request_id import request_id
from pht_clinic.errors import Refusal
from pht_clinic.start import UNREAD
from pht_clinic.web import problem
from pht_clinic.web.dialects import is_for_programs
from pht_clinic.web.network import way_of
from pht_clinic.web.pages.error_pages import answer, answer_refusal

log = logging.getLogger(__name__)

_Next = Callable[[HttpRequest], HttpResponseBase]

_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # SecurityMiddleware sets these too, but not on the answers it gives itself
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Envelope:
    """Gives the request an id and every response its headers. The id is what the proxy in front gave it, if settings
    name its header; else one of our own.
    """

    _id: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # not taken back afterwards: Django logs a refusal only after the last middleware
        request_id.set(self._given(request) or uuid.uuid4().hex)
        came = way.set(way_of(request, door=API if is_for_programs(request.path) else PAGE))
        try:
            response = self.get_response(request)
        finally:
            way.reset(came)
        response.headers["X-Request-ID"] = request_id.get()
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _given(self, request: HttpRequest) -> str:
        """What is random enough to be nobody's words, and comes from a proxy of ours; "" for anything else."""
        given = request.headers.get(settings.REQUEST_ID_HEADER, "") if settings.REQUEST_ID_HEADER else ""
        return given if settings.TRUSTED_PROXY_COUNT and self._id.fullmatch(given) else ""


class UntrustedProxy:
    """Tells the log, once in a process, that a proxy stands in front while TRUSTED_PROXY_COUNT says that none does.

    All visitors then share one address, and with it one limit of signing in. The request itself is answered: whoever
    asks may write these headers.
    """

    _signs = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED")

    def __init__(self, get_response: _Next) -> None:
        if settings.TRUSTED_PROXY_COUNT:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.is_told = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.is_told and any(sign in request.META for sign in self._signs):
            self.is_told = True
            log.error(
                "a request came through a proxy, and TRUSTED_PROXY_COUNT is 0: limits count its visitors as one;"
                " set it to how many proxies stand in front"
            )
        return self.get_response(request)


class RequestGate:
    """Refuses what no view should have to think about, before anything of the body is read.

    A body over MAX_BODY_BYTES is a 413. A NUL in the address is a 400: PostgreSQL cannot store one. What the web server
    could not read comes with a status (`pht_clinic.start.web_worker`): an address or headers that are too long, or
    no HTTP at all.
    """

    _unread: Final = {
        414: "The address is too long.",
        417: "What the request expects is not offered.",
        431: "The headers of the request are too large.",
        501: "The body is sent in a way that is not understood.",
    }

    _nul = re.compile(r"%00|\x00")

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (unread := request.META.get(UNREAD)) is not None:
            return answer(request, unread, detail=self._unread.get(unread, ""))
        if _content_length(request) > settings.MAX_BODY_BYTES:
            detail = f"The body is larger than {settings.MAX_BODY_BYTES:,} bytes."
            return answer(request, 413, detail=detail)
        if self._nul.search(request.path) or self._nul.search(request.META.get("QUERY_STRING", "")):
            return answer(request, 400, detail="The address contains a NUL character.")
        return self.get_response(request)


class OneInstant:
    """The clock, and what the clinic says of itself, are read once for a request: what it judges, stores and shows is
    of one instant.
    """

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with clock.held(), clinic_words.read_once():
            return self.get_response(request)


class NoStore:
    """Keeps browsers and proxies from storing what may show a patient; static files never come here."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class Refusals:
    """Turns a refusal, or a database that cannot answer, into its page; API views do it themselves."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, Refusal | DatabaseError | InterfaceError):
            return None
        refusal = problem.refusal_of(exception)
        return answer_refusal(request, refusal) if refusal else None


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
