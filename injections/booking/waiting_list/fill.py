"""Giving a free time to somebody who waits: their later visit moves there, or one is booked, by the one gate."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from injections.booking.book import Coming, NotClear, book
from injections.booking.finder_forms import ChosenTime
from injections.booking.holds.hold import end_on_offer
from injections.booking.move import MoveRequest, move
from injections.booking.waiting_list.wishes import end_wish, locked_wish, moves, what_of
from injections.models import WaitingOffer, WaitingWish
from pht_clinic.audit.record import record
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock, use_case
from scheduling.messages import outbox
from scheduling.models import Appointment, Message


def fill(wish_id: int, chosen: ChosenTime, *, by: Actor, now: datetime) -> Appointment:
    """Book a time for somebody who waits, or move their later visit there, and tell them; the wish ends with it.

    What they are being offered at that moment ends too. A time that is not clear for them any more changes nothing.
    Raises: Forbidden, Missing, NotWaiting, HasDied, Invalid, Clash, NotClear, TooLate, WrongState, Busy.
    """
    check_permitted("keep-waiting-list", by)
    with use_case():
        wish = lock_all(wish_id, chosen)
        offer = WaitingOffer.objects.filter(wish=wish, ended_at=None).first()
        if offer is not None:
            is_it = (offer.start_at, offer.practitioner_id) == (chosen.start, chosen.practitioner_id)
            end_offer(offer, WaitingOffer.End.ACCEPTED if is_it else WaitingOffer.End.TAKEN_BACK, now=now)
        return give(wish, chosen, action="book", by=by, now=now)


def lock_all(wish_id: int, chosen: ChosenTime) -> WaitingWish:
    """Lock the patient of a wish, and everybody and everything that a visit would leave and take, in the one order.

    Raises: Missing, NotWaiting, Invalid.
    """
    seen = WaitingWish.objects.select_related("patient__merged_into", "replaces").filter(pk=wish_id).first()
    if seen is not None:
        later = seen.replaces
        lock(
            patients={seen.patient_id, seen.patient.kept_id},
            practitioners={chosen.practitioner_id, *([later.practitioner_id] if later else ())},
            rooms={chosen.room_id, *([later.room_id] if later else ())},
        )
    return locked_wish(wish_id)


def give(wish: WaitingWish, chosen: ChosenTime, *, action: str, by: Actor, now: datetime) -> Appointment:
    """The same, under the locks and without a look at what is on offer."""
    later = moves(wish, now=now)
    if later is not None:
        to = MoveRequest(
            start=chosen.start, practitioner_id=chosen.practitioner_id, room_id=chosen.room_id, only_clear=True
        )
        outcome = move(later.pk, to, by=by, now=now)
    else:
        ask = what_of(wish).at(chosen.start, chosen.practitioner_id, chosen.room_id).ask(wish.patient.kept_id)
        outcome = book(ask, coming=Coming(action=action, only_clear=True), by=by, now=now)
    visit = outcome.appointment
    if visit is None:
        raise NotClear
    end_wish(wish, WaitingWish.End.BOOKED, visit=visit, by=by, now=now)
    subject = f"waitingwish:{wish.pk}"
    record("wish-fulfilled", by=by, now=now, patients=[wish.patient.kept_id], subject=subject)
    return visit


def end_offer(offer: WaitingOffer, as_what: str, *, now: datetime) -> bool:
    """An open offer of a locked patient ends, and its time is free again; whether it was still held. What was not sent
    of it yet is not sent any more.
    """
    wish = offer.wish
    was_held = end_on_offer({wish.patient_id, wish.patient.kept_id}, offer.start_at, offer.practitioner_id)
    offer.ended_at, offer.ended_as = now, as_what
    offer.save(update_fields=["ended_at", "ended_as"])
    rows = Message.objects.filter(subject=subject_of(offer))
    outbox.take_back(rows, reason=OVER[as_what], now=now)
    return was_held


def subject_of(offer: WaitingOffer) -> str:
    """What its message is about."""
    return f"offer:{offer.pk}"


OVER: Final = {
    "accepted": "The offer was accepted.",
    "declined": "The offer was declined.",
    "lapsed": "The offer ended without an answer.",
    "taken-back": "The offer was withdrawn.",
}
"""Why nothing is sent about an offer any more, by how it ended."""
