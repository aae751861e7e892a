"""What a provider tells of a mail becomes what is known of its message, of its address, and of what is to be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from pht_clinic.audit.record import record
from pht_clinic.people.actors import SYSTEM
from scheduling.diary.locks import use_case
from scheduling.messages.bounces.addresses import mark
from scheduling.models import MailNews, Message, Patient

if TYPE_CHECKING:  # it needs what only providers need
    from scheduling.messages.bounces.reading import HeardNews

OLDEST: Final = timedelta(days=3)
"""What happened longer ago is told by nobody for the first time: providers try again for a day at most."""
AHEAD: Final = timedelta(hours=1)
"""By how much a provider's clock may be fast."""
ARRIVED: Final = "The mail provider says that it arrived."
_SAYS: Final = {
    MailNews.Kind.BOUNCED: "The email came back:",
    MailNews.Kind.REFUSED: "The mail provider did not send it:",
    MailNews.Kind.COMPLAINED: "It arrived, and the mailbox reported it as unwanted.",
}
_State = Message.State
_HANDED_OVER: Final = Q(status__in=[_State.SENT, _State.UNKNOWN]) | Q(
    status__in=[_State.QUEUED, _State.SENDING], handovers__gt=0
)
"""What the provider may have. A row that was taken back, or whose end is known, stays as it is."""


def take_in(news: HeardNews, *, now: datetime, real_now: datetime) -> bool:
    """Note one piece of news, by the actor `system`; False where it does nothing: told before, too old, of no mail of
    ours. `real_now` is the provider's time, `now` the product's clock.

    1. Delivered: a message whose fate was unknown has arrived, is not sent once more, and nobody phones about it; the
       address works.
    2. Bounced, or refused by the provider: the message has failed, and somebody phones. Where it is the address that
       does not work it is marked, and whatever waits for it becomes a phone task when it is due.
    3. Complained: the patient has read it; the address is marked, and somebody phones and asks.
    Boundary: what happened 3 days ago exactly is still taken, what lies more than an hour ahead is not.
    """
    if not real_now - OLDEST <= news.at <= real_now + AHEAD:
        return False
    with use_case():
        found = _message(news)
        if found is None:
            return False
        patients = list(_whose(found.recipient).select_for_update(no_key=True).order_by("pk"))
        message = Message.objects.select_for_update().get(pk=found.pk)
        told = {"provider": settings.EMAIL_PROVIDER, "kind": news.kind, "message": message, "said": news.said}
        _, is_new = MailNews.objects.get_or_create(key=news.key, defaults={**told, "at": news.at, "heard_at": now})
        if not is_new:
            return False
        _of_the_message(message, news, now=now)
        _of_the_address(message, patients, news, now=now)
        about = {patient.pk for patient in patients} | {pk for pk in (message.patient_id,) if pk}
        subject = f"message:{message.pk}"
        record(f"mail-{news.kind}", by=SYSTEM, now=now, patients=sorted(about), subject=subject)
        return True


def _message(news: HeardNews) -> Message | None:
    """Whose news it is: by our own id, else by the provider's. None for what this clinic never sent."""
    if news.uid is not None:
        return Message.objects.filter(uid=news.uid).first()
    return Message.objects.filter(provider_id=news.provider_id).first() if news.provider_id else None


def _whose(address: str) -> QuerySet[Patient]:
    """Everybody who is written to at this address, merged records too."""
    if not address:
        return Patient.objects.none()
    return Patient.objects.annotate(written_to=Lower("email")).filter(written_to=address.lower())


def _of_the_message(message: Message, news: HeardNews, *, now: datetime) -> None:
    handed_over = Message.objects.filter(_HANDED_OVER, pk=message.pk)
    if news.kind in (MailNews.Kind.DELIVERED, MailNews.Kind.COMPLAINED):
        arrived = handed_over.exclude(status=_State.SENT)
        if arrived.update(status=_State.SENT, sent_at=news.at, reason="", lease_expires_at=None):
            Message.objects.filter(Message.OPEN_TASK, pk=message.pk).update(closed_at=now, closed_reason=ARRIVED)
    if news.kind == MailNews.Kind.DELIVERED:
        return
    ended: dict[str, object] = {"reason": f"{_SAYS[news.kind]} {news.said}".strip()[:200]}
    if not message.subject.startswith("staff:"):  # nobody phones the staff
        ended |= {"phone_task": True}
    if news.kind != MailNews.Kind.COMPLAINED:
        # told counts the content that may have arrived; of this nothing did
        ended |= {"status": _State.FAILED, "lease_expires_at": None, "handovers": 1}
    handed_over.update(**ended)


def _of_the_address(message: Message, patients: list[Patient], news: HeardNews, *, now: datetime) -> None:
    """Mark the address with everybody who has it, or take the mark off again; what waits for them follows."""
    is_bad = news.marks_address
    if news.kind != MailNews.Kind.DELIVERED and not is_bad:
        return
    why = "complained" if news.kind == MailNews.Kind.COMPLAINED else "bounced"
    for patient in patients:
        if patient.is_email_failing == is_bad:
            continue
        mark(patient, why=why if is_bad else "", now=now)
