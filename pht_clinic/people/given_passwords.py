"""Passwords that a manager gives: each lets its owner in once, within 24 hours by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Now

from pht_clinic.people.models import User
from pht_clinic.people.passwords import new_password

GOOD_FOR: Final = timedelta(hours=24)


def give(user: User) -> str:
    """Store a made-up password of this user, new or not; returns it, as it is known nowhere else."""
    password = new_password()
    user.set_password(password)
    user.password_is_given = True
    user.given_password_ends_at = Now() + GOOD_FOR
    user.save()
    user.refresh_from_db(fields=["given_password_ends_at"])
    return password


def is_spent(user: User) -> bool:
    """Whether the password was given and lets nobody in any more: used, or too old."""
    return user.password_is_given and not _good(user).exists()


def use_up(user: User) -> bool:
    """Let the owner in by it; of two who come at once with it, one."""
    return bool(_good(user).update(given_password_ends_at=None))


def _good(user: User) -> QuerySet[User]:
    return User.objects.filter(pk=user.pk, password_is_given=True, given_password_ends_at__gt=Now())
