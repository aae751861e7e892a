"""Nothing before the second factor: whoever needs one and has none is led to setting one up.

Who has one gave it when the session began: there is no other way in, and setting the first one up ends every other
session of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from pht_clinic.people.models import User
from pht_clinic.people.second_factor.holding import is_required_of
from pht_clinic.web.dialects import is_for_programs
from pht_clinic.web.pages.error_pages import answer
from pht_clinic.web.signing_in.second_factor.trail import was_given
from pht_clinic.web.signing_in.session_age import has_session
from pht_clinic.web.typed_work.arriving import through_door

_OPEN: Final = tuple(
    f"/account/{part}" for part in ("second-factor/", "confirm/", "password/", "sign-in/", "sign-out/", "session/")
)
"""What is needed to set one up, or to leave."""
_SET_UP: Final = "Set up a second factor first, such as an app on your phone. Until then, nothing else is open to you."
_REFUSED: Final = "Set up a second factor first, on the pages."


class SecondFactor:
    """Middleware. Programs with a token have no session and are not asked: a token is no sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user if has_session(request) else None
        if isinstance(user, User) and _must_give(request, user):
            return _led(request)
        return self.get_response(request)


def _must_give(request: HttpRequest, user: User) -> bool:
    return not request.path.startswith(_OPEN) and is_required_of(user) and not was_given(request)


def _led(request: HttpRequest) -> HttpResponseBase:
    if is_for_programs(request.path):
        return answer(request, 403, detail=_REFUSED)
    if request.method == "GET":
        messages.warning(request, _SET_UP)
    return through_door(request, reverse("mfa_index"))
