"""On which terms a free time is offered to somebody who waits: how they are told, and until when it is held."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from injections.booking.may import check_may_move
from injections.booking.waiting_list.wishes import WRITTEN, moves
from injections.models import WaitingWish
from pht_clinic import clock
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import PATIENT, Actor
from pht_clinic.permissions import check_permitted
from scheduling.messages import hours
from scheduling.messages.recipients import route_of
from scheduling.patients.death import check_alive

LEAST_TO_ANSWER: Final = timedelta(minutes=30)
"""Less time than that to answer is none: somebody phones. Whoever says for how long it is held may say less."""
FEWEST_MINUTES, MOST_MINUTES = 5, 7 * 24 * 60
"""For how long a time is held at least and at most, where somebody says it."""


class NotByMail(Conflict):
    """This patient, or this time, is for a phone call."""

    code = "not-by-mail"


def is_written_to(wish: WaitingWish) -> bool:
    """Whether its patient is written to; else somebody phones."""
    return wish.reach == WaitingWish.Reach.MAIL and route_of(wish.patient.kept).channel in WRITTEN


def told_at(wish: WaitingWish, *, now: datetime) -> datetime:
    """When its patient is told of an offer: a mail goes out while the clinic writes, somebody phones now."""
    return hours.next_open(now, clock.zone()) if is_written_to(wish) else now


def expires_at(wish: WaitingWish, start: datetime, *, for_: timedelta | None = None, now: datetime) -> datetime:
    """Until when a time would be held: as long as somebody says, else OFFER_HOURS, from when its patient is told, never
    nearer to the start than their own notice.
    """
    long = for_ or timedelta(hours=settings.OFFER_HOURS)
    return min(told_at(wish, now=now) + long, start - wish.notice)


def check_may_offer(
    wish: WaitingWish, start: datetime, *, for_: timedelta | None = None, by: Actor, now: datetime
) -> None:
    """Raise Forbidden, HasDied or NotByMail unless this time may be held for this patient until they answer."""
    check_permitted("keep-waiting-list", by)
    check_alive(wish.patient.kept)
    later = moves(wish, now=now)
    if is_written_to(wish) and later is not None and why_not(check_may_move, later, by=PATIENT, now=now):
        raise NotByMail("Their present visit cannot be moved by link. Phone the patient.")
    to_answer = expires_at(wish, start, for_=for_, now=now) - told_at(wish, now=now)
    if to_answer < min(LEAST_TO_ANSWER, for_ or LEAST_TO_ANSWER):
        raise NotByMail("It is too soon to wait for an answer. Phone the patient.")
