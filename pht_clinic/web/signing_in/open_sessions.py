"""Where people are signed in, as they see it themselves, and ending one of these sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from pht_clinic.audit.record import record
from pht_clinic.errors import Missing
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.permissions import check_permitted
from pht_clinic.web.models import OpenSession
from pht_clinic.web.network import block_of, device_of

_ID: Final = "open_session"
_KEY: Final = "open_session_key"
_LATE: Final = timedelta(minutes=1)
"""So much later than it was the last use is stored."""


def note_begun(request: HttpRequest, user: User) -> None:
    """Somebody signed in."""
    made = _row(request, user)
    made.save(force_insert=True)
    request.session[_ID] = made.pk
    request.session[_KEY] = made.session_key


def note_use(request: HttpRequest, user: User) -> None:
    """Somebody goes on, from wherever they are now; called at most once a minute."""
    if (pk := request.session.get(_ID)) is None:
        return
    now = _row(request, user)
    request.session[_KEY] = now.session_key
    fields = ("session_key", "epoch", "device", "place")
    OpenSession.objects.filter(pk=pk).update(used_at=Now(), **{field: getattr(now, field) for field in fields})


def has_another_key(request: HttpRequest) -> bool:
    """Whether the session got another key since it was noted, as with a new password: it goes on under that."""
    return _ID in request.session and request.session.get(_KEY) != request.session.session_key


def sessions_of(by: Actor) -> QuerySet[OpenSession]:
    """One's own that still let in, the last used one in front. Raises: Forbidden."""
    check_permitted("keep-tokens", by)
    idle = timedelta(seconds=settings.SESSION_IDLE_SECONDS) + _LATE
    rows = OpenSession.objects.filter(
        Exists(Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=Now())),
        user=by.user_id,
        epoch=F("user__session_epoch"),
        used_at__gt=Now() - idle,
        began_at__gt=Now() - timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    return rows.order_by("-used_at", "pk")


def end_one(session_id: int, *, by: Actor, now: datetime) -> None:
    """One of one's own sessions lets nobody in any more. Raises: Forbidden, Missing (somebody else's too)."""
    with transaction.atomic():
        found = sessions_of(by).select_for_update(of=("self",)).filter(pk=session_id).first()
        if found is None:
            raise Missing("There is no such session.")
        Session.objects.filter(session_key=found.session_key).delete()
        detail = {"device": found.device, "place": found.place}
        record("session-ended", by=by, now=now, subject=f"user:{found.user_id}", detail=detail)
        found.delete()


def purge(*, limit: int = 1000) -> int:
    """Remove up to `limit` entries about sessions that are over by the database's clock; returns how many."""
    over = OpenSession.objects.filter(began_at__lt=Now() - timedelta(seconds=settings.SESSION_COOKIE_AGE))
    chosen = over.order_by("began_at").values("pk")[:limit]
    return OpenSession.objects.filter(pk__in=chosen).delete()[0]


def is_this(row: OpenSession, request: HttpRequest) -> bool:
    """Whether it is the session of this request."""
    return row.pk == request.session.get(_ID)


def _row(request: HttpRequest, user: User) -> OpenSession:
    if request.session.session_key is None:
        request.session.save()
    return OpenSession(
        user=user,
        session_key=str(request.session.session_key),
        epoch=user.session_epoch,
        device=device_of(request.headers.get("User-Agent", "")),
        place=block_of(request),
    )
