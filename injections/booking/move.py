"""Moving an appointment to another time, person or room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from injections.assessment.reassess import keep_and_follow
from injections.assessment.verdict import keep_refusal
from injections.booking.book import BookingOutcome, NotClear, check_stands
from injections.booking.may import check_may_move
from injections.booking.propose import Proposal, propose_move
from injections.messages.news import announce
from injections.visit_kinds import KINDS
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import check_revision, lock_appointment, use_case
from scheduling.diary.places import Place, end_holds
from scheduling.messages.drafts import News
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """Where a visit shall go. `start` is aware; without a practitioner or a room it keeps its own.

    With `only_clear` a verdict other than clear changes nothing. Without `tell_patient` nothing is said of the move;
    reminders follow the new time all the same. `override_reason` and `hold_id` are as in BookingRequest.
    """

    start: datetime
    practitioner_id: int | None = None
    room_id: int | None = None
    override_reason: str = ""
    only_clear: bool = False
    tell_patient: bool = True
    hold_id: int | None = None


def move(
    appointment_id: int, ask: MoveRequest, *, revision: int | None = None, by: Actor, now: datetime
) -> BookingOutcome:
    """Move an appointment and judge it afresh; blocked changes nothing and is returned, with its assessment stored.

    Raises: Missing, StaleRevision, those of check_may_move, Invalid, Clash, NotClear, Busy.
    """
    with use_case():
        appointment, locked = lock_appointment(
            appointment_id,
            practitioners=[ask.practitioner_id] if ask.practitioner_id else (),
            rooms=[ask.room_id] if ask.room_id else (),
        )
        check_revision(appointment, revision)
        check_may_move(appointment, by=by, now=now)
        kind = KINDS[appointment.kind]
        place = place_of_move(appointment, ask)
        held = check_stands(place, kind, locked, by=by, now=now, excluding=appointment.pk)
        proposal = propose_move(
            appointment, start=ask.start, practitioner_id=place.practitioner_id, room_id=place.room_id, now=now
        )
        if ask.only_clear and not proposal.is_clear:
            raise NotClear("This time is no longer free. Choose another.")
        return take_to(appointment, proposal, ask, held, by=by, now=now)


def place_of_move(appointment: Appointment, ask: MoveRequest) -> Place:
    """Where a visit would go."""
    place = Place.of(
        KINDS[appointment.kind],
        ask.start,
        patient_id=appointment.patient_id,
        practitioner_id=ask.practitioner_id or appointment.practitioner_id,
        room_id=ask.room_id or appointment.room_id,
    )
    return replace(place, hold=ask.hold_id)


def take_to(
    appointment: Appointment, proposal: Proposal, ask: MoveRequest, held: int | None, *, by: Actor, now: datetime
) -> BookingOutcome:
    """Move a locked appointment to a free place as the verdict there allows."""
    judged = proposal.judged
    if judged is not None and proposal.needs_override and not ask.override_reason.strip():
        return BookingOutcome(None, keep_refusal(judged, "move", appointment=appointment, by=by, now=now))
    end_holds([held] if held else [])
    put_there(appointment, proposal, by=by, now=now)
    assessment = keep_and_follow(judged, appointment, "move", ask.override_reason, by=by, now=now)
    announce(News(proposal.news, tell_patient=ask.tell_patient), appointment=appointment, by=by, now=now)
    return BookingOutcome(appointment, assessment)


def put_there(appointment: Appointment, proposal: Proposal, *, by: Actor, now: datetime) -> None:
    """Write a locked appointment to the place of its proposal, which is free; nobody is told, nothing judged."""
    asked = writing.Asked(now, by.user_id)
    writing.move(appointment, proposal.place, status=proposal.status, asked=asked, by=by, now=now)
