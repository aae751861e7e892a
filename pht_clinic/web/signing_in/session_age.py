"""Ends a session that was idle for too long or has lasted too long in all, and says when that will be."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase

from pht_clinic import clock
from pht_clinic.people.models import User
from pht_clinic.web.pages.fresh import UNATTENDED
from pht_clinic.web.signing_in import open_sessions

WARNED_SECONDS: Final = 120
"""So long before its end a page says that the session ends."""
ASKS: Final = "/account/session/"
"""Where open pages ask when their session ends. Asking is no use of it: a page left open would keep it for ever."""
_STARTED = "started_at_epoch_seconds"
_SEEN = "seen_at_epoch_seconds"
# A session row is written at most this often by mere use.
_WRITE_EVERY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """In how many seconds a session ends if nothing is done; `is_final` where doing something does not help."""

    seconds: int
    is_final: bool

    @property
    def is_soon(self) -> bool:
        return self.seconds <= WARNED_SECONDS

    @property
    def at(self) -> str:
        """On the clinic's wall clock: 14:32."""
        return f"{(clock.now() + timedelta(seconds=self.seconds)).astimezone(clock.zone()):%H:%M}"

    @property
    def asks_again_seconds(self) -> int:
        """When a page asks next: as the warning is due, or just after the end."""
        return self.seconds + 1 if self.is_soon else self.seconds - WARNED_SECONDS


class SessionAge:
    """Middleware. Idle: SESSION_IDLE_SECONDS; in all: SESSION_COOKIE_AGE, counted from the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if has_session(request) and request.user.is_authenticated:
            assert isinstance(request.user, User)  # noqa: S101 - there is no other kind here
            _check_age(request, request.user, time.time())
        return self.get_response(request)


def has_session(request: HttpRequest) -> bool:
    """Whether to look at all: /healthz must answer without a database, whatever cookies it is sent."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.path != "/healthz"


def session_end(request: HttpRequest) -> SessionEnd | None:
    """When the session of whoever is signed in ends, as far as it is stored; None for a stranger."""
    if not request.user.is_authenticated:
        return None
    now = time.time()
    idle = request.session.get(_SEEN, now) + settings.SESSION_IDLE_SECONDS - now
    whole = request.session.get(_STARTED, now) + settings.SESSION_COOKIE_AGE - now
    return SessionEnd(max(0, int(min(idle, whole))), is_final=whole <= idle)


def stay(request: HttpRequest) -> None:
    """Somebody said that they are still there."""
    request.session[_SEEN] = time.time()


def _check_age(request: HttpRequest, user: User, epoch_seconds: float) -> None:
    session = request.session
    started = session.setdefault(_STARTED, epoch_seconds)
    seen = session.setdefault(_SEEN, epoch_seconds)
    if epoch_seconds - seen > settings.SESSION_IDLE_SECONDS or epoch_seconds - started > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif _is_use(request) and epoch_seconds - seen >= min(_WRITE_EVERY_SECONDS, settings.SESSION_IDLE_SECONDS / 2):
        session[_SEEN] = epoch_seconds
        open_sessions.note_use(request, user)
    elif open_sessions.has_another_key(request):
        open_sessions.note_use(request, user)


def _is_use(request: HttpRequest) -> bool:
    """What a page asks for by itself is none."""
    return request.path != ASKS and UNATTENDED not in request.headers
