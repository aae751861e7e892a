"""Offering a free time by mail: it is held for one patient while they decide, one offer at a time in order of waiting.

An offer books nothing. Its patient accepts it, by their link or on the phone, and then it goes through the one gate.
One that is declined, lapses or is taken back sets its time free, and a person offers that to the next (ADR 0032).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from injections.booking.finder_forms import ChosenTime
from injections.booking.holds.hold import hold_on_offer
from injections.booking.may import check_may_move
from injections.booking.waiting_list import link
from injections.booking.waiting_list.fill import end_offer, give, lock_all, subject_of
from injections.booking.waiting_list.fitting import WaitingRoom
from injections.booking.waiting_list.wishes import moves, what_of
from injections.models import WaitingOffer, WaitingWish
from injections.turns import take_turns
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import PATIENT, SYSTEM, Actor
from pht_clinic.permissions import check_permitted
from scheduling.availability.slots import Slot
from scheduling.diary.locks import lock, use_case
from scheduling.diary.read import the
from scheduling.messages import hours, outbox, words
from scheduling.messages.drafts import About, row_for
from scheduling.messages.kinds import kind_of
from scheduling.messages.plan import Planned
from scheduling.messages.recipients import route_of
from scheduling.models import Appointment, Message, Patient
from scheduling.patients.death import check_alive

LEAST_TO_ANSWER: Final = timedelta(minutes=30)
"""Less time than that to answer is none: somebody phones."""
_WRITTEN: Final = (Patient.Contact.EMAIL, Patient.Contact.SMS)


class NotByMail(Conflict):
    """This patient, or this time, is for a phone call."""

    code = "not-by-mail"


class OutOfTurn(Conflict):
    """Somebody who waits longer fits this time too, or it does not fit any more."""

    code = "out-of-turn"


class OfferOver(Conflict):
    """The offer has ended: it was answered, taken back, or its time is up."""

    code = "offer-over"
    sentence = "This offer has ended. The time may have gone to somebody else."


def expires_at(wish: WaitingWish, start: datetime, *, now: datetime) -> datetime:
    """Until when a time would be held: OFFER_HOURS from when the mail goes out, never nearer to the start than the
    patient's own notice.
    """
    sent_at = hours.next_open(now, clock.zone())
    return min(sent_at + timedelta(hours=settings.OFFER_HOURS), start - wish.notice)


def check_may_offer(wish: WaitingWish, start: datetime, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, HasDied or NotByMail unless this time may be offered to this patient by mail."""
    check_permitted("keep-waiting-list", by)
    patient = wish.patient.kept
    check_alive(patient)
    if wish.reach != WaitingWish.Reach.MAIL or route_of(patient).channel not in _WRITTEN:
        raise NotByMail("This patient is phoned.")
    later = moves(wish, now=now)
    if later is not None and why_not(check_may_move, later, by=PATIENT, now=now):
        raise NotByMail("The visit that they have cannot be moved by their link. Phone the patient.")
    if expires_at(wish, start, now=now) - hours.next_open(now, clock.zone()) < LEAST_TO_ANSWER:
        raise NotByMail("It is too near for an email. Phone the patient.")


def make_offer(wish_id: int, chosen: ChosenTime, *, by: Actor, now: datetime) -> WaitingOffer:
    """Hold a free time for somebody who waits and write to them; they have until `expires_at` to answer.

    1. Lock the patient, and what would be left and taken; look once more who fits this time.
    2. Refuse whoever is not first among those who are written to, or has another offer.
    3. Hold the time, store the offer and plan its message, together.
    Raises: Forbidden, Missing, NotWaiting, HasDied, NotByMail, OutOfTurn, Conflict (another offer), Invalid, Clash,
    Busy.
    """
    with use_case():
        wish = lock_all(wish_id, chosen)
        check_may_offer(wish, chosen.start, by=by, now=now)
        patient = wish.patient.kept
        if WaitingOffer.objects.filter(
            wish__patient__in=Patient.objects.records_of(patient.pk), ended_at=None
        ).exists():
            raise Conflict("This patient is being offered a time already.")
        _check_turn(wish, chosen, by=by, now=now)
        until = expires_at(wish, chosen.start, now=now)
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
        outbox.post([message_of(offer, now=now)])
        tell("offer-made", offer, by=by, now=now)
        return offer


def would_offer(wish: WaitingWish, chosen: ChosenTime, *, by: Actor, now: datetime) -> Message:
    """The message by which `make_offer` would tell this time, unstored: what a page shows before it is sent.

    Raises: as `check_may_offer`.
    """
    check_may_offer(wish, chosen.start, by=by, now=now)
    offer = WaitingOffer(wish=wish, start_at=chosen.start, expires_at=expires_at(wish, chosen.start, now=now))
    offer.practitioner_id, offer.room_id = chosen.practitioner_id, chosen.room_id
    return message_of(offer, now=now)


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
        raise OutOfTurn("This time does not fit any more. Look at the list again.")
    for one in found.wishes:
        if one.pk == wish.pk:
            return
        is_written = not why_not(check_may_offer, one, chosen.start, by=by, now=now)
        if is_written and found.open_offer(one) is None and found.fits(one, slot):
            raise OutOfTurn("Somebody who waits longer fits this time too. Offer it to them first.")


def open_offers() -> QuerySet[WaitingOffer]:
    """What is being offered, what ends first first. One query."""
    rows = WaitingOffer.objects.filter(ended_at=None).order_by("expires_at", "pk")
    return rows.select_related("wish__patient__merged_into", "wish__instead_of", "practitioner", "room")


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
    rows = WaitingOffer.objects.select_related("wish__patient__merged_into", "wish__instead_of", "practitioner", "room")
    seen = the(rows, offer_id)
    wish, later = seen.wish, seen.wish.instead_of
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
