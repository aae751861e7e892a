"""Holding a time for 5 minutes while somebody confirms it, and giving it back. No booking: nothing is judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from injections.booking.book import check_stands, lock_place, room_there
from injections.booking.may import check_may_book, check_may_book_again, check_may_move
from injections.booking.move import MoveRequest, place_of_move
from injections.booking.propose import place_of
from injections.booking.request import BookingRequest, check_kind, check_request
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.people.actors import PATIENT, Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import holding
from scheduling.diary.locks import lock, lock_appointment, use_case
from scheduling.diary.places import Place
from scheduling.diary.read import the
from scheduling.models import Appointment
from scheduling.states import WrongState


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """A time that is wanted before anybody says for whom. `start` is aware; without a room that of the session."""

    kind: str
    start: datetime
    practitioner_id: int
    room_id: int | None = None


def hold_time(ask: HoldRequest, *, by: Actor, now: datetime) -> Appointment:
    """Hold a time for nobody yet; what `by` held so before is given back. A booking or a move that names it takes its
    place.

    Raises: Forbidden, Invalid, Clash (who has it, or is booking it, until when), Busy.
    """
    check_permitted("book", by)
    kind = check_kind(ask.kind, ask.start)
    with use_case():
        holding.one_at_a_time(by)
        room_id = room_there(ask.room_id, ask.practitioner_id, ask.start)
        ids = {"practitioner_id": ask.practitioner_id, "room_id": room_id}
        locked = lock(practitioners=[ask.practitioner_id], rooms=[room_id])
        place = Place.of(kind, ask.start, patient_id=None, **ids)
        own = check_stands(place, kind, locked, by=by, now=now)
        return holding.hold(place, kind, instead_of=own, by=by, now=now)


def end_hold(hold_id: int, *, by: Actor, now: datetime) -> None:
    """Give back a time that `by` holds, or as a manager one that any user does.

    Raises: Missing (also: its time is up), Forbidden (somebody else's), WrongState (a patient's own), Busy.
    """
    check_permitted("end-hold", by)
    with use_case():
        row = holding.standing(hold_id, now=now)
        if row.held_by_id != by.user_id:
            check_permitted("end-hold-of-others", by)
        if row.held_by_id is None:
            raise WrongState("A patient has this time: they are choosing it, or it is offered to them.")
        holding.end(row, by=by, now=now)


def hold_to_book(ask: BookingRequest, *, by: Actor, now: datetime) -> Appointment:
    """Hold the time of a request; what `by` held for this patient before is given back.

    Raises: Forbidden, Invalid, HasDied, Clash (who has it, or is booking it, until when), Busy.
    """
    kind = check_request(ask)
    with use_case():
        locked, place = lock_place(ask, kind)
        check_may_book(locked.patient_at(place), by=by)
        own = check_stands(place, kind, locked, by=by, now=now)
        return holding.hold(place, kind, instead_of=own, by=by, now=now)


def hold_to_book_again(cancelled_id: int, ask: BookingRequest, *, by: Actor, now: datetime) -> Appointment:
    """Hold the time that a patient would book by their link in place of a cancelled visit; as `hold_to_book`.

    Raises: those of check_may_book_again, Missing, Invalid, Clash, Busy.
    """
    kind = check_request(ask)
    with use_case():
        locked, place = lock_place(ask, kind)
        patient = locked.patient_at(place)
        check_may_book_again(the(Appointment.objects.of_patient(patient.pk), cancelled_id), by=by, now=now)
        own = check_stands(place, kind, locked, by=by, now=now)
        return holding.hold(place, kind, instead_of=own, by=by, now=now)


def hold_to_move(appointment_id: int, ask: MoveRequest, *, by: Actor, now: datetime) -> Appointment | None:
    """Hold the time that a visit would move to; as `hold_to_book`.

    None, and nothing is held, where that time overlaps the one that the visit keeps until it has moved: a part of it is
    its own already.
    Raises: Missing, those of check_may_move, Invalid, Clash, Busy.
    """
    with use_case():
        appointment, locked = lock_appointment(
            appointment_id,
            practitioners=[ask.practitioner_id] if ask.practitioner_id else (),
            rooms=[ask.room_id] if ask.room_id else (),
        )
        check_may_move(appointment, by=by, now=now)
        kind = KINDS[appointment.kind]
        place = place_of_move(appointment, ask)
        own = check_stands(place, kind, locked, by=by, now=now, excluding=appointment.pk)
        if place.overlaps(place_of(appointment)):
            return None
        return holding.hold(place, kind, instead_of=own, by=by, now=now)


def hold_each(places: Sequence[Place], kind: VisitKind, *, by: Actor, now: datetime) -> datetime | None:
    """Hold these places at once, which `check_stands` found free under the locks; until when. `by` holds nothing else
    for their patients (`end_own`).
    """
    held = [holding.hold(place, kind, instead_of=None, by=by, now=now) for place in places]
    return held[0].held_until


def end_own(patient_ids: Collection[int], *, by: Actor) -> None:
    """End what `by` holds for these patients, who go elsewhere in this transaction. Under their locks."""
    holding.end_own(patient_ids, by=by)


OFFERED = "a patient who is offered it"
"""Who has a time that is on offer, as others are told."""


def hold_on_offer(ask: BookingRequest, *, until: datetime, by: Actor, now: datetime) -> Appointment:
    """Hold the time of a request for its patient, to whom it is offered, until that instant; they take it by their
    link, or `by` for them.

    Raises: Forbidden, Invalid, HasDied, Clash, Busy.
    """
    kind = check_request(ask)
    with use_case():
        locked, place = lock_place(ask, kind)
        check_may_book(locked.patient_at(place), by=by)
        own = check_stands(place, kind, locked, by=PATIENT, now=now)
        on_offer = holding.OnOffer(until, OFFERED)
        return holding.hold(place, kind, instead_of=own, on_offer=on_offer, by=by, now=now)


def end_on_offer(patient_ids: Collection[int], start: datetime, practitioner_id: int) -> bool:
    """A time that was on offer is free again; whether it still was. Under the locks of the patient and the person."""
    return holding.end_on_offer(patient_ids, start, practitioner_id)


def give_back(patient_id: int, *, by: Actor, now: datetime) -> bool:
    """Give back what `by` holds for this patient; whether there was anything. Nobody gives back what others hold."""
    return holding.give_back(patient_id, by=by, now=now)


def held(patient_id: int, *, by: Actor, now: datetime) -> Appointment | None:
    """What `by` holds for this patient at this moment. One query."""
    return holding.held(patient_id, by=by, now=now)


def being_booked(starts_at: datetime, ends_at: datetime, *, now: datetime) -> QuerySet[Appointment]:
    """The times in a stretch of the diary that somebody is booking right now, by whomever, in order. One query."""
    return holding.holds_between(starts_at, ends_at, now=now)
