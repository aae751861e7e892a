"""Who was refused stands on the trail: a page or an endpoint that is not theirs, a token that does not let them in."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase

from pht_clinic import clock
from pht_clinic.audit.repeats import note_often
from pht_clinic.people import tokens
from pht_clinic.people.actors import STRANGER, Actor, actor_of

log = logging.getLogger(__name__)

_BEARER = "bearer "


class NotedRefusals:
    """Middleware: notes each 403, and each 401 of somebody who sent a token, once the answer is made.

    Whatever was tried has been rolled back by then, and the note stays. It names the route and never the address, which
    may hold a secret; of a token whose it was, if it ever was anybody's. Where the database takes no note the refusal
    stands all the same, and the log says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        try:
            _note_if_refused(request, response.status_code)
        except (DatabaseError, InterfaceError) as error:
            log.error("a refusal is not on the audit trail: %s", type(error).__name__)
        return response


def _note_if_refused(request: HttpRequest, status: int) -> None:
    if status == 403:
        _note("access-refused", request)
    elif status == 401 and (token := _token_of(request)):
        owner = tokens.whose_it_was(token)
        _note("token-refused", request, subject=f"user:{owner}" if owner else "")


def _note(verb: str, request: HttpRequest, *, subject: str = "") -> None:
    matched = request.resolver_match
    detail = {"method": str(request.method), "route": matched.view_name if matched else ""}
    note_often(verb, by=who_of(request), now=clock.now(), subject=subject, detail=detail)


def who_of(request: HttpRequest) -> Actor:
    """Whoever is signed in, else a stranger; a stranger too where nobody has looked yet."""
    user = getattr(request, "user", None)
    return actor_of(user) if user is not None and user.is_authenticated else STRANGER


def _token_of(request: HttpRequest) -> str:
    given = request.headers.get("Authorization", "")
    return given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""
