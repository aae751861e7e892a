"""Ends a session that was idle for too long or has lasted too long in all."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase

_STARTED = "started_at_epoch_seconds"
_SEEN = "seen_at_epoch_seconds"
# A session row is written at most this often by mere use.
_WRITE_EVERY_SECONDS = 60


class SessionAge:
    """Middleware. Idle: SESSION_IDLE_SECONDS; in all: SESSION_COOKIE_AGE, counted from the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _has_session(request) and request.user.is_authenticated:
            _check_age(request, time.time())
        return self.get_response(request)


def _has_session(request: HttpRequest) -> bool:
    """Whether to look at all: /healthz must answer without a database, whatever cookies it is sent."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.path != "/healthz"


def _check_age(request: HttpRequest, epoch_seconds: float) -> None:
    session = request.session
    started = session.setdefault(_STARTED, epoch_seconds)
    seen = session.setdefault(_SEEN, epoch_seconds)
    if epoch_seconds - seen > settings.SESSION_IDLE_SECONDS or epoch_seconds - started > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif epoch_seconds - seen >= min(_WRITE_EVERY_SECONDS, settings.SESSION_IDLE_SECONDS / 2):
        session[_SEEN] = epoch_seconds
