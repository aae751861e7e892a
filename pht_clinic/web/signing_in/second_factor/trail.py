"""Every event of second factors stands on the trail; what was given is noted in the session."""

from __future__ import annotations

from typing import Final

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.people.account_news import FACTOR_REMOVED, tell
from pht_clinic.people.actors import actor_of
from pht_clinic.people.credentials import end_sessions
from pht_clinic.people.models import User

_METHOD: Final = "mfa"
_RECORDS: Final = "account_authentication_methods"
"""allauth's own name in the session."""


def note_event(verb: str, user: User, *, which: str) -> None:
    """Write down what somebody did with a second factor of theirs; `which`: "totp", "webauthn", "recovery_codes"."""
    record(verb, by=actor_of(user), now=clock.now(), subject=f"user:{user.pk}", detail={"which": which})


def was_given(request: HttpRequest) -> bool:
    """Whether a second factor was given in this session, at its beginning or later."""
    user = request.user if isinstance(request.user, User) else None
    return any(one.get("method") == _METHOD for one in get_authentication_records(request, user))


def which_was_given(request: HttpRequest, user: User) -> str:
    """The newest one given in this session; "" where the password was enough."""
    given = [one for one in get_authentication_records(request, user) if one.get("method") == _METHOD]
    return str(given[-1].get("type", "")) if given else ""


def note_set_up(request: HttpRequest, user: User, *, which: str) -> None:
    """Somebody who sets one up has it in hand: it counts as given. The first one ends what began without any."""
    note_event("second-factor-added", user, which=which)
    if not was_given(request):
        end_sessions(user)
        update_session_auth_hash(request, user)
        record_authentication(request, user, method=_METHOD, type=which)


def note_removed(request: HttpRequest, user: User, *, which: str) -> None:
    """Whoever has to know is told; what was given does not count any more once the last one is gone."""
    note_event("second-factor-removed", user, which=which)
    tell(FACTOR_REMOVED, user, actor_of(user), clock.now())
    if not Authenticator.objects.filter(user=user).exists():
        kept = [one for one in get_authentication_records(request, user) if one.get("method") != _METHOD]
        request.session[_RECORDS] = kept
