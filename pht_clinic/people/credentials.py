"""What somebody signs in with ends together with what it stood for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db.models import F

from pht_clinic.people.models import ApiToken, User

_ENDING: Final[list[Callable[[User], object]]] = []


def ends_with_its_owner(end: Callable[[User], object]) -> None:
    """Make known how to end what another app lets somebody in by; called once, from `ready()`."""
    _ENDING.append(end)


def end_all(user: User) -> None:
    """End every session, API token and whatever else lets this user in, for good, in the caller's transaction.

    As with a new password, a changed role, or somebody who may sign in no more: also if they may again one day.
    """
    end_sessions(user)
    ApiToken.objects.filter(user=user).delete()
    for end in _ENDING:
        end(user)


def end_sessions(user: User) -> None:
    """End every session of this user, for good; a page that goes on takes the new epoch from `user`."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
