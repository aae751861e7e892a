"""What somebody signs in with ends together with what it stood for."""

from __future__ import annotations

from django.db.models import F

from pht_clinic.people.models import User


def end_sessions(user: User) -> None:
    """End every session of this user, for good; a page that goes on takes the new epoch from `user`."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
