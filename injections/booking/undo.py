"""Taking back the last change of an appointment."""

from __future__ import annotations

from datetime import datetime

from injections.assessment.calls_of_consent import reopen_calls_of_consent
from injections.assessment.reassess import keep_and_follow
from injections.booking.book import BookingOutcome, check_stands
from injections.booking.may import check_may_undo
from injections.booking.propose import TAKEN_OUT, Proposal, last_standing, undo_of
from injections.booking.waiting_list.wishes import bring_back
from injections.messages.news import announce
from injections.models import Assessment
from injections.visit_kinds import KINDS
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.in_the_way import check_free
from scheduling.diary.locks import Locked, lock_appointment, use_case
from scheduling.diary.places import Place, end_holds
from scheduling.messages import outbox
from scheduling.messages.drafts import News
from scheduling.models import Appointment, AppointmentChange
from scheduling.states import Status, WrongState


def undo(appointment_id: int, *, tell_patient: bool = True, by: Actor, now: datetime) -> BookingOutcome:
    """Take back the last move, cancel, arrive or no-show, within 10 minutes; what becomes open again is judged afresh.

    What leaves such a change standing (the patient says that they come, the link is replaced) does not hide it. The
    patient is told where they were told of the change, unless `tell_patient` is False.
    Raises: Missing, those of check_may_undo, WrongState (changed meanwhile), Invalid, Clash (the time is taken).
    """
    with use_case():
        seen = last_standing(appointment_id)
        before = seen.before if seen else {}
        appointment, locked = lock_appointment(
            appointment_id,
            practitioners=[before["practitioner"]] if before else (),
            rooms=[before["room"]] if before else (),
        )
        last = last_standing(appointment_id)
        if last is None or last != seen:
            raise WrongState("It has just been changed. Look at it again.")
        check_may_undo(appointment, last, by=by, now=now)
        return put_back(appointment, last, locked, tell_patient=tell_patient, by=by, now=now)


def put_back(
    appointment: Appointment,
    last: AppointmentChange,
    locked: Locked,
    *,
    tell_patient: bool = True,
    by: Actor,
    now: datetime,
) -> BookingOutcome:
    """Put a visit back where `last`, the newest change that stands, took it from, judged afresh. Whether that may be
    taken back the caller asks; the visit, and what it held before, is locked.

    Raises: Invalid, Clash (the time is taken).
    """
    proposal = undo_of(appointment, last, now=now)
    held = _check_way_back(appointment, proposal.place, last, locked, by=by, now=now)
    end_holds([held] if held else [])
    reopen_calls_of_consent(appointment, since=last.at)
    if last.verb == "move":
        bring_back(appointment, moved_at=last.at, by=by, now=now)
    return _take_back(appointment, proposal, last, tell_patient=tell_patient, by=by, now=now)


def _check_way_back(
    appointment: Appointment, place: Place, last: AppointmentChange, locked: Locked, *, by: Actor, now: datetime
) -> int | None:
    if last.verb in ("move", *TAKEN_OUT):
        # as of the moment that is taken back: what has begun since may still come back
        kind = KINDS[appointment.kind]
        return check_stands(place, kind, locked, by=by, now=now, as_of=last.at, excluding=appointment.pk)
    return check_free(place, excluding=appointment.pk, by=by, now=now)


def _take_back(
    appointment: Appointment,
    proposal: Proposal,
    last: AppointmentChange,
    *,
    tell_patient: bool,
    by: Actor,
    now: datetime,
) -> BookingOutcome:
    """Put an appointment back where it stood, or into the diary again; what was planned for it is planned afresh."""
    writing.move(
        appointment,
        proposal.place,
        status=proposal.status,
        verb="undo",
        asked=writing.Asked(proposal.visit.asked_at, proposal.visit.asked_by_id),
        by=by,
        now=now,
    )
    reason = _reason_before(last) if proposal.status is Status.PENDING else ""
    assessment = keep_and_follow(proposal.judged, appointment, "undo", reason, by=by, now=now)
    if proposal.news:
        announce(News(proposal.news, tell_patient=tell_patient), appointment=appointment, by=by, now=now)
    else:
        outbox.withdraw(appointment, reason="undone", now=now)
    return BookingOutcome(appointment, assessment)


def _reason_before(last: AppointmentChange) -> str:
    """Why it was asked for all the same at the place that it goes back to; "" where nobody had to say."""
    rows = Assessment.objects.filter(appointment=last.appointment_id, at__lt=last.at).order_by("-pk")
    return rows.values_list("override_reason", flat=True).first() or ""
