"""Offering a free time: it is held for one patient while they decide, one offer at a time in order of waiting.

An offer books nothing. It is told by mail, or by whoever phones; its patient accepts it, by their link or on the phone,
and then it goes through the one gate.
One that is declined, lapses or is taken back sets its time free, and a person offers that to the next (ADR 0032).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from injections.assessment.turns import take_turns
from injections.booking.finder_forms import ChosenTime
from injections.booking.holds.hold import hold_on_offer
from injections.booking.waiting_list import link
from injections.booking.waiting_list.fill import end_offer, give, lock_all, subject_of
from injections.booking.waiting_list.fitting import WaitingRoom
from injections.booking.waiting_list.terms import (
    FEWEST_MINUTES,
    MOST_MINUTES,
    check_may_offer,
    expires_at,
    is_written_to,
)
from injections.booking.waiting_list.wishes import moves, what_of
from injections.models import WaitingOffer, WaitingWish
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid, why_not
from pht_clinic.people.actors import PATIENT, SYSTEM, Actor
from pht_clinic.permissions import check_permitted
from scheduling.availability.slots import Slot
from scheduling.diary.locks import lock, use_case
from scheduling.diary.read import the
from scheduling.messages import hours, outbox, words
from scheduling.messages.drafts import About, row_for
from scheduling.messages.kinds import kind_of
from scheduling.messages.plan import Planned
from scheduling.models import Appointment, Message, Patient


class OutOfTurn(Conflict):
    """Somebody who waits longer fits this time too, or it does not fit any more."""

    code = "out-of-turn"


class OfferOver(Conflict):
    """The offer has ended: it was answered, taken back, or its time is up."""

    code = "offer-over"
    sentence = "This offer has ended. The time may have gone to somebody else."


def make_offer(
    wish_id: int, chosen: ChosenTime, *, minutes: int | None = None, by: Actor, now: datetime
) -> WaitingOffer:
    """Hold a free time for somebody who waits and write to them, or let somebody phone; they have until `expires_at` to
    answer, `minutes` (5 to 10,080) from when they are told, else OFFER_HOURS.

    1. Lock the patient, and what would be left and taken; look once more who fits this time.
    2. Refuse whoever comes after somebody who is written to, or has another offer.
    3. Hold the time, store the offer and plan its message, together.
    Raises: Forbidden, Missing, NotWaiting, HasDied, NotByMail, OutOfTurn, Conflict (another offer), Invalid, Clash,
    Busy.
    """
    if minutes is not None and not FEWEST_MINUTES <= minutes <= MOST_MINUTES:
        raise Invalid.field("minutes", f"Give {FEWEST_MINUTES} to {MOST_MINUTES} minutes.")
    for_ = timedelta(minutes=minutes) if minutes is not None else None
    with use_case():
        wish = lock_all(wish_id, chosen)
        check_may_offer(wish, chosen.start, for_=for_, by=by, now=now)
        patient = wish.patient.kept
        if WaitingOffer.objects.filter(
            wish__patient__in=Patient.objects.records_of(patient.pk), ended_at=None
        ).exists():
            raise Conflict("This patient is already being offered a time.")
        _check_turn(wish, chosen, by=by, now=now)
        until = expires_at(wish, chosen.start, for_=for_, now=now)
        ask = what_of(wish).at(chosen.start, chosen.practitioner_id, chosen.room_id).ask(patient.pk)
        held = hold_on_offer(ask, until=until, by=by, now=now)
        offer = WaitingOffer.objects.create(
            wish=wish,
            start_at=held.start_at,
            practitioner_id=held.practitioner_id,
            room_id=held.room_id,
            made_at=now,
            made_by_id=by.user_id,
            expires_at=until,
        )
        outbox.post([message_of(offer, now=now)] if is_written_to(wish) else [])
        tell("offer-made", offer, by=by, now=now)
        return offer


def would_offer(
    wish: WaitingWish, chosen: ChosenTime, *, by: Actor, now: datetime
) -> tuple[WaitingOffer, Message | None]:
    """What `make_offer` would store, unstored, and the message by which it would be told, None where somebody phones:
    what a page shows beforehand.

    Raises: as `check_may_offer`.
    """
    check_may_offer(wish, chosen.start, by=by, now=now)
    offer = WaitingOffer(wish=wish, start_at=chosen.start, expires_at=expires_at(wish, chosen.start, now=now))
    offer.practitioner_id, offer.room_id = chosen.practitioner_id, chosen.room_id
    return offer, message_of(offer, now=now) if is_written_to(wish) else None


def message_of(offer: WaitingOffer, *, now: datetime) -> Message:
    """The message that tells an offer, as it is stored."""
    zone, wish = clock.zone(), offer.wish
    planned = Planned("offer", hours.next_open(now, zone), offer.expires_at)
    about = About(patient=wish.patient, appointment=None, subject=subject_of(offer), occasion="made")
    later = moves(wish, now=now)
    values = {
        "when": words.when(offer.start_at, zone),
        "day": words.day(clock.local_date(offer.start_at)),
        "weekday": words.weekday(clock.local_date(offer.start_at)),
        "time": words.clock_time(offer.start_at, zone),
        "minutes": KINDS[wish.kind].minutes,
        "practitioner": str(offer.practitioner),
        "until": words.day_and_time(offer.expires_at, zone),
        "was": words.when(later.start_at, zone) if later else "",
        "offer": offer.pk,
    }
    return row_for(kind_of("offer"), planned, about, values=values, now=now)


def _check_turn(wish: WaitingWish, chosen: ChosenTime, *, by: Actor, now: datetime) -> None:
    """Raise OutOfTurn unless they fit, and nobody who is written to and waits longer does. Who is phoned holds up
    nobody: a person knows whether they were reached.
    """
    end = chosen.start + KINDS[wish.kind].duration
    slot = Slot(chosen.start, end, chosen.practitioner_id, chosen.room_id)
    found = WaitingRoom(until_on=clock.local_date(chosen.start), now=now)
    if not any(found.fits(one, slot) for one in found.wishes if one.pk == wish.pk):
        raise OutOfTurn("This time no longer fits. Look at the list again.")
    for one in found.wishes:
        if one.pk == wish.pk:
            return
        is_written = is_written_to(one) and not why_not(check_may_offer, one, chosen.start, by=by, now=now)
        if is_written and found.open_offer(one) is None and found.fits(one, slot):
            raise OutOfTurn("This time also suits somebody who has waited longer. Offer it to them first.")


def open_offer_of(wish_id: int) -> WaitingOffer:
    """What somebody who waits is being offered. Raises: Missing (nobody of this id), OfferOver (nothing)."""
    the(WaitingWish, wish_id)
    found = WaitingOffer.objects.filter(wish=wish_id, ended_at=None).first()
    if found is None:
        raise OfferOver
    return found


def open_offers() -> QuerySet[WaitingOffer]:
    """What is being offered, what ends first first. One query."""
    rows = WaitingOffer.objects.filter(ended_at=None).order_by("expires_at", "pk")
    return rows.select_related("wish__patient__merged_into", "wish__replaces", "practitioner", "room")


def check_open(offer: WaitingOffer, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or OfferOver unless it can still be answered. Boundary: at `expires_at` it is over."""
    check_permitted("answer-offer", by)
    if offer.ended_at is not None or now >= offer.expires_at or offer.wish.patient.kept.has_died:
        raise OfferOver


def accept(offer_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient takes the time: the later visit of the wish moves there, else one is booked, by the one gate.

    Raises: Forbidden, Missing, OfferOver, NotClear, TooLate, Clash (the time was lost), Busy.
    """
    with use_case():
        offer = _locked(offer_id)
        check_open(offer, by=by, now=now)
        chosen = ChosenTime(offer.start_at, offer.practitioner_id, offer.room_id)
        end_offer(offer, WaitingOffer.End.ACCEPTED, now=now)
        offer.appointment = give(offer.wish, chosen, action="answer-offer", by=by, now=now)
        offer.save(update_fields=["appointment"])
        tell("offer-accepted", offer, by=by, now=now)
        return offer.appointment


def decline(offer_id: int, *, by: Actor, now: datetime) -> WaitingOffer:
    """The patient does not want it, and stays on the list; its time is free again. Raises: Forbidden, Missing,
    OfferOver, Busy.
    """
    with use_case():
        offer = _locked(offer_id)
        check_open(offer, by=by, now=now)
        end_offer(offer, WaitingOffer.End.DECLINED, now=now)
        tell("offer-declined", offer, by=by, now=now)
        return offer


def take_back(offer_id: int, *, by: Actor, now: datetime) -> WaitingOffer:
    """The clinic does not offer it any more. Raises: Forbidden, Missing, OfferOver, Busy."""
    check_permitted("keep-waiting-list", by)
    with use_case():
        offer = _locked(offer_id)
        if offer.ended_at is not None:
            raise OfferOver
        end_offer(offer, WaitingOffer.End.TAKEN_BACK, now=now)
        tell("offer-taken-back", offer, by=by, now=now)
        return offer


def lapse_offers(*, now: datetime) -> int:
    """End the offers that nobody answered in time, and those to somebody who has died; how many."""
    over = Q(expires_at__lte=now) | Q(wish__patient__death__isnull=False)
    due = WaitingOffer.objects.filter(over | Q(wish__patient__merged_into__death__isnull=False), ended_at=None)
    return take_turns("lapse-offers", due, partial(_lapse, now=now), now=now)


def _lapse(offer_id: int, *, now: datetime) -> int:
    with use_case():
        offer = _locked(offer_id)
        is_over = now >= offer.expires_at or offer.wish.patient.kept.has_died
        if offer.ended_at is not None or not is_over:
            return 0
        end_offer(offer, WaitingOffer.End.LAPSED, now=now)
        tell("offer-lapsed", offer, by=SYSTEM, now=now)
        return 1


def _locked(offer_id: int) -> WaitingOffer:
    """An offer with its wish, under the locks of everybody and everything that answering it would touch.

    Raises: Missing, Busy.
    """
    rows = WaitingOffer.objects.select_related("wish__patient__merged_into", "wish__replaces", "practitioner", "room")
    seen = the(rows, offer_id)
    wish, later = seen.wish, seen.wish.replaces
    lock(
        patients={wish.patient_id, wish.patient.kept_id},
        practitioners={seen.practitioner_id, *([later.practitioner_id] if later else ())},
        rooms={seen.room_id, *([later.room_id] if later else ())},
    )
    return the(rows.select_for_update(of=("self", "wish")), offer_id)


def unlock_offer(offer: WaitingOffer, born_on: date, *, now: datetime) -> bool | None:
    """Whether whoever follows the link knows the date of birth; None when it was tried too often. Audited."""
    is_right = link.is_date_of_birth(offer, born_on)
    verb = {True: "offer-link-opened", False: "offer-link-refused", None: "offer-link-closed"}[is_right]
    tell(verb, offer, by=PATIENT, now=now)
    return is_right


def tell(verb: str, offer: WaitingOffer, *, by: Actor, now: datetime) -> None:
    where = {"start": offer.start_at.isoformat(), "practitioner": offer.practitioner_id, "room": offer.room_id}
    wish = offer.wish
    patients = [wish.patient.kept_id]
    record(verb, by=by, now=now, patients=patients, subject=f"waitingwish:{wish.pk}", detail=where)
