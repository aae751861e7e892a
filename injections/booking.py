"""The one gate: every appointment is booked, moved, cancelled and taken back here, through whichever door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from injections import gather, judgement, messages, reassess
from injections.asking import Ask, check_ask, request_for
from injections.judged import keep, keep_and_follow, keep_refusal
from injections.models import Assessment
from injections.policy import effective_policy
from injections.proposal import (
    Proposal,
    last_standing,
    propose_booking,
    propose_cancel,
    propose_move,
    undo_of,
)
from injections.safety.findings import Assessment as Judgement
from injections.safety.findings import Verdict
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from scheduling import diary, lifecycle
from scheduling.availability import Period
from scheduling.diary import Locked, Place
from scheduling.kinds import Kind
from scheduling.lifecycle import Status, WrongState
from scheduling.messages import outbox
from scheduling.models import Appointment, AppointmentChange, Patient, Room
from scheduling.sessions import check_place, default_room


class NotClear(Conflict):
    """A time that must be clear would need review."""

    code = "not-clear"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking: the appointment (None = refused) and its stored assessment (None for kinds without)."""

    appointment: Appointment | None
    assessment: Assessment | None

    @property
    def refused(self) -> bool:
        return self.appointment is None


def book(ask: Ask, *, by: Actor, now: datetime) -> Outcome:
    """Book an appointment: clear is booked, review is pending and holds the time, blocked is refused.

    With an `override_reason` a blocked one is pending too.
    A refusal is returned, not raised, so that its assessment and its audit row stay.
    Raises: Invalid (fields), Clash (who is in the way), Busy.
    """
    kind = check_ask(ask)
    with diary.use_case():
        locked, place = _lock_place(
            kind,
            ask.start,
            patient_id=ask.patient_id,
            practitioner_id=ask.practitioner_id,
            room_id=ask.room_id,
        )
        patient = locked.patients[ask.patient_id]
        _check_stands(place, kind, locked, now=now)
        proposal = propose_booking(ask, kind, patient=patient, room_id=place.room_id, now=now)
        judged = proposal.judged
        if judged is not None and proposal.needs_override and not ask.override_reason.strip():
            return Outcome(None, keep_refusal(judged, "booking", by=by, now=now))
        appointment = _put(proposal, place, locked, kind, note=ask.note, by=by, now=now)
        if judged is None:
            return Outcome(appointment, None)
        return Outcome(appointment, keep(judged, appointment, "booking", ask.override_reason, by=by, now=now))


def check(ask: Ask, *, end: datetime | None = None, now: datetime) -> Judgement:
    """The verdict on a request as a booking would get it now; stores nothing. The practitioner may be left out as 0.

    `end` takes the place of the kind's own end; a room without ultrasound is judged, where booking it is refused.
    Raises: Invalid.
    """
    kind = check_ask(ask)
    patient = Patient.objects.filter(pk=ask.patient_id).first()
    room = Room.objects.filter(pk=ask.room_id).first() if ask.room_id else None
    during = Period(ask.start, end or ask.start + kind.duration)
    problems = [
        FieldError(f"#/{name}", sentence)
        for name, is_wrong, sentence in (
            ("patient", patient is None, f"There is no patient {ask.patient_id}."),
            ("room", ask.room_id and room is None, f"There is no room {ask.room_id}."),
            ("end", during.end <= during.start, "It must end after it starts."),
        )
        if is_wrong
    ]
    if patient is None or problems:
        raise Invalid(problems)
    if not kind.needs_check:
        return Judgement(
            verdict=Verdict.CLEAR, findings=(), review_from=None, clear_from=None,
            rules_version=effective_policy().rules_version,
        )  # fmt: skip
    is_guided = room is None or room.has_ultrasound
    request = replace(request_for(ask, kind, during), ultrasound_guided=is_guided)
    return judgement.judge(gather.history(patient, now=now).facts(request))


def move(
    appointment_id: int,
    *,
    start: datetime,
    practitioner_id: int | None = None,
    room_id: int | None = None,
    revision: int | None = None,
    override_reason: str = "",
    only_clear: bool = False,
    tell_patient: bool = True,
    by: Actor,
    now: datetime,
) -> Outcome:
    """Move an appointment and judge it afresh; blocked changes nothing and is returned, with its assessment stored.

    Without a practitioner or a room it keeps its own. With `only_clear` a verdict other than clear changes nothing.
    Without `tell_patient` nothing is said of the move; reminders follow the new time all the same.
    Raises: Missing, StaleRevision, WrongState, Invalid, Clash, NotClear, Busy.
    """
    with diary.use_case():
        appointment, locked = diary.lock_appointment(
            appointment_id,
            practitioners=[practitioner_id] if practitioner_id else (),
            rooms=[room_id] if room_id else (),
        )
        diary.check_revision(appointment, revision)
        lifecycle.check_can("move", appointment.status)
        kind = appointment.kind_of_visit
        place = Place.of(
            kind, start,
            patient_id=appointment.patient_id,
            practitioner_id=practitioner_id or appointment.practitioner_id,
            room_id=room_id or appointment.room_id,
        )  # fmt: skip
        _check_stands(place, kind, locked, now=now, excluding=appointment.pk)
        proposal = propose_move(
            appointment, start=start, practitioner_id=place.practitioner_id, room_id=place.room_id, now=now
        )
        if only_clear and not proposal.is_clear:
            raise NotClear("This time is not free for you any more. Choose another.")
        return _take_to(appointment, proposal, override_reason, tell_patient=tell_patient, by=by, now=now)


def cancel(
    appointment_id: int,
    *,
    reason: str,
    revision: int | None = None,
    tell_patient: bool = True,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Cancel an appointment that is pending or booked; its time is free at once.

    Raises: Missing, Invalid (a reason is required), StaleRevision, WrongState.
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say why it is cancelled.")
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        diary.check_revision(appointment, revision)
        news = propose_cancel(appointment).news
        end(appointment, "cancel", Status.CANCELLED, reason=reason, by=by, now=now)
        messages.announce(news, appointment=appointment, by=by, now=now, tell_patient=tell_patient)
        return appointment


def arrive(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient is here. Raises: Missing, WrongState."""
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        diary.change(appointment, "arrive", Status.ARRIVED, by=by, now=now)
        outbox.withdraw(appointment, reason="the patient has arrived", now=now)
        return appointment


def no_show(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient did not come. Boundary: from the start on. Raises: Missing, WrongState."""
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        lifecycle.check_can("no-show", appointment.status)
        if now < appointment.start_at:
            raise WrongState("An appointment can be missed only after its start.")
        end(appointment, "no-show", Status.NOSHOW, reason="", by=by, now=now)
        messages.announce("missed", appointment=appointment, by=by, now=now)
        return appointment


def undo(appointment_id: int, *, tell_patient: bool = True, by: Actor, now: datetime) -> Outcome:
    """Take back the last move, cancel, arrive or no-show, within 10 minutes; what becomes open again is judged afresh.

    What leaves such a change standing (the patient says that they come, the link is replaced) does not hide it. The
    patient is told where they were told of the change, unless `tell_patient` is False.
    Raises: Missing, WrongState (nothing to take back, too late, changed meanwhile), Invalid, Clash (the time is taken).
    """
    with diary.use_case():
        seen = last_standing(appointment_id)
        before = seen.before if seen else {}
        appointment, locked = diary.lock_appointment(
            appointment_id,
            practitioners=[before["practitioner"]] if before else (),
            rooms=[before["room"]] if before else (),
        )
        last = last_standing(appointment_id)
        if last is None or last != seen:
            raise WrongState("It was changed at this very moment. Look at it again.")
        proposal = undo_of(appointment, last, now=now)
        _check_way_back(appointment, proposal.place, last, locked, now=now)
        return _take_back(appointment, proposal, tell_patient=tell_patient, by=by, now=now)


def end(
    appointment: Appointment, verb: str, status: Status, *, reason: str, by: Actor, now: datetime
) -> None:
    """Take a locked appointment out of the diary and judge the patient's other bookings again without it."""
    diary.change(appointment, verb, status, by=by, now=now, reason=reason)
    if appointment.kind_of_visit.needs_check:
        reassess.patients([appointment.patient], occasion=verb, by=by, now=now)


def _lock_place(
    kind: Kind, start: datetime, *, patient_id: int, practitioner_id: int, room_id: int | None
) -> tuple[Locked, Place]:
    room_id = room_id or default_room(practitioner_id=practitioner_id, start=start)
    if room_id is None:
        raise Invalid.field("start", "The practitioner has no open session at that time.")
    locked = diary.lock(patients=[patient_id], practitioners=[practitioner_id], rooms=[room_id])
    if locked.patients[patient_id].merged_into_id is not None:
        raise Invalid.field("patient", "This record was merged into another; book for that one.")
    return locked, Place.of(
        kind, start, patient_id=patient_id, practitioner_id=practitioner_id, room_id=room_id
    )


def _check_stands(
    place: Place, kind: Kind, locked: Locked, *, now: datetime, excluding: int | None = None
) -> None:
    check_place(
        place,
        kind=kind,
        practitioner=locked.practitioners[place.practitioner_id],
        room=locked.rooms[place.room_id],
        now=now,
    )
    diary.check_free(place, excluding=excluding)


def _put(
    proposal: Proposal, place: Place, locked: Locked, kind: Kind, *, note: str, by: Actor, now: datetime
) -> Appointment:
    along = [proposal.visit.injection_request] if kind.injects else []
    appointment = diary.put(
        place, locked, kind=kind, status=proposal.status, note=note, along=along, by=by, now=now
    )
    history = proposal.judged.history if proposal.judged else None
    messages.announce(proposal.news, appointment=appointment, history=history, by=by, now=now)
    return appointment


def _take_to(
    appointment: Appointment,
    proposal: Proposal,
    override_reason: str,
    *,
    tell_patient: bool,
    by: Actor,
    now: datetime,
) -> Outcome:
    """Move a locked appointment to a free place as the verdict there allows."""
    judged = proposal.judged
    if judged is not None and proposal.needs_override and not override_reason.strip():
        return Outcome(None, keep_refusal(judged, "move", appointment=appointment, by=by, now=now))
    diary.move(
        appointment,
        proposal.place,
        status=proposal.status,
        asked_at=now,
        asked_by_id=by.user_id,
        by=by,
        now=now,
    )
    assessment = keep_and_follow(judged, appointment, "move", override_reason, by=by, now=now)
    messages.announce(proposal.news, appointment=appointment, tell_patient=tell_patient, by=by, now=now)
    return Outcome(appointment, assessment)


def _check_way_back(
    appointment: Appointment, place: Place, last: AppointmentChange, locked: Locked, *, now: datetime
) -> None:
    if last.verb in ("move", "cancel"):
        # as of the moment that is taken back: what has begun since may still come back
        kind = appointment.kind_of_visit
        _check_stands(place, kind, locked, now=last.at, excluding=appointment.pk)
    else:
        diary.check_free(place, excluding=appointment.pk)


def _take_back(
    appointment: Appointment, proposal: Proposal, *, tell_patient: bool, by: Actor, now: datetime
) -> Outcome:
    """Put an appointment back where it stood, or into the diary again; what was planned for it is planned afresh."""
    diary.move(
        appointment, proposal.place, status=proposal.status, verb="undo",
        asked_at=proposal.visit.asked_at, asked_by_id=proposal.visit.asked_by_id, by=by, now=now,
    )  # fmt: skip
    assessment = keep_and_follow(proposal.judged, appointment, "undo", "", by=by, now=now)
    if proposal.undoes == "no-show":
        outbox.withdraw(appointment, reason="taken back", now=now)
    else:
        plans = proposal.news or ("confirmed" if proposal.status is Status.BOOKED else "provisional")
        is_told = bool(proposal.news) and tell_patient
        messages.announce(plans, appointment=appointment, tell_patient=is_told, by=by, now=now)
    return Outcome(appointment, assessment)
