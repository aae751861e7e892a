"""API tokens: shown once when issued, stored as a digest, expiring by the database's clock."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from pht_clinic.people.models import ApiToken, User

PREFIX = "pht_"


@dataclass(frozen=True, slots=True)
class TokenInUse:
    """By which token somebody came, and what it is narrowed to: "" is nothing less than its owner may."""

    pk: int
    scope: str


def issue(user: User, *, days: int, scope: str = "") -> str:
    """A new token of this user that expires after `days` days; only its digest is kept.

    Without a scope it may do all that its owner's role may. Raises: ValueError (`days` is not positive).
    """
    if days < 1:
        raise ValueError("a token lives for at least one day")
    secret = PREFIX + secrets.token_urlsafe(32)
    ends = Now() + dt.timedelta(days=days)
    ApiToken.objects.create(user=user, digest=digest(secret), expires_at=ends, scope=scope)
    return secret


def owner_of(secret: str) -> tuple[User, TokenInUse] | None:
    """The active user whose unexpired token this is, and the token; notes once a day that it was used."""
    user: Any = next(iter(User.objects.raw(_OF_A_TOKEN, [digest(secret)])), None)
    if user is None:
        return None
    _note_use(user)
    return user, TokenInUse(user.token_id, user.token_scope)


def whose_it_was(secret: str) -> int | None:
    """The user of a token that is kept, also of one that expired or whose owner may not sign in; None of any other."""
    return ApiToken.objects.filter(digest=digest(secret)).values_list("user_id", flat=True).first()


def digest(secret: str) -> str:
    """What is stored of a token. It is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


# our own SQL: every request asks it, and a query set takes three times as long (ADR 0014)
_OF_A_TOKEN = f"""
SELECT owner.*, token.id AS token_id, token.last_used_on AS token_last_used_on,
       token.scope AS token_scope
  FROM {ApiToken._meta.db_table} AS token
  JOIN {User._meta.db_table} AS owner ON owner.id = token.user_id
 WHERE owner.is_active AND token.digest = %s AND token.expires_at > now()
"""  # noqa: S608 - nothing but the tables' own names is put in


def _note_use(user: Any) -> None:
    today = dt.datetime.now(dt.UTC).date()
    if user.token_last_used_on != today:
        ApiToken.objects.filter(pk=user.token_id).update(last_used_on=today)
