"""Use cases on tokens and sessions: see one's own, end them; managers see everybody's tokens and end them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from pht_clinic.audit.record import record
from pht_clinic.errors import Missing
from pht_clinic.people.actors import Actor
from pht_clinic.people.credentials import end_sessions
from pht_clinic.people.models import ApiToken, User
from pht_clinic.permissions import check_permitted, is_permitted


def tokens_shown_to(by: Actor) -> QuerySet[ApiToken]:
    """The tokens that work, the newest first: one's own, to managers everybody's. Raises: Forbidden."""
    check_permitted("keep-tokens", by)
    rows = ApiToken.objects.filter(expires_at__gt=Now(), user__is_active=True).select_related("user")
    return rows if is_permitted("manage-staff", by) else rows.filter(user=by.user_id)


def revoke(token_id: int, *, by: Actor, now: datetime) -> None:
    """A token works no more from now on. Raises: Forbidden, Missing (also for somebody else's, but to managers)."""
    with transaction.atomic():
        token = tokens_shown_to(by).select_for_update(of=("self",)).filter(pk=token_id).first()
        if token is None:
            raise Missing("There is no such token.")
        record("token-revoked", by=by, now=now, subject=f"user:{token.user_id}", detail={"token": token.pk})
        token.delete()


def sign_out_everywhere(user: User, *, by: Actor, now: datetime) -> None:
    """End every session of one's own, this one too. Raises: Forbidden."""
    check_permitted("keep-tokens", by)
    with transaction.atomic():
        end_sessions(user)
        record("signed-out-everywhere", by=by, now=now, subject=f"user:{user.pk}")
