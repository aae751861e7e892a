"""API tokens: shown once when issued, stored as a digest, expiring by the database's clock."""

import datetime as dt
import hashlib
import secrets

from django.db.models.functions import Now

from pht_clinic.people.models import ApiToken, User

PREFIX = "pht_"


def issue(user: User, *, days: int) -> str:
    """A new token of this user that expires after `days` days; only its digest is kept.

    Raises:
        ValueError: `days` is not positive.
    """
    if days < 1:
        raise ValueError("a token lives for at least one day")
    secret = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, digest=digest(secret), expires_at=Now() + dt.timedelta(days=days))
    return secret


def user_of(secret: str) -> User | None:
    """The active user whose unexpired token this is; notes once a day that it was used."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=digest(secret), expires_at__gt=Now(), user__is_active=True)
        .first()
    )
    if token is None:
        return None
    _note_use(token)
    return token.user


def digest(secret: str) -> str:
    """What is stored of a token. It is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(token: ApiToken) -> None:
    today = dt.datetime.now(dt.UTC).date()
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
