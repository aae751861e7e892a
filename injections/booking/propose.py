"""What booking, moving, cancelling or an undo would make of a visit: pages show this value, use cases do it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from injections.assessment.verdict import JudgedVisit, judge_visit
from injections.booking.may import check_may_undo
from injections.booking.request import BookingRequest, wanted_of, who_and_when
from injections.facts.history import History, history_about, requests_of
from injections.models import Decision, InjectionRequest, WaitingFor
from injections.safety.findings import Verdict
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.errors import Missing
from pht_clinic.people.actors import Actor
from scheduling import states
from scheduling.diary.places import Place
from scheduling.models import Appointment, AppointmentChange, Patient
from scheduling.states import Status


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would come: `visit` as it would stand (unstored, its status included), the verdict on it, and its `news`.

    `judged` is None where nothing is judged. `news` is the kind of message for a patient who knew nothing of it, "" if
    there is nothing to tell; `preview.py` says what is told on top of what they know. What `needs_override` is refused
    unless somebody asks a radiologist to look at it all the same. `undoes` is the verb that an undo takes back, done at
    `undoes_of`. Whether
    the time is free and open it does not say.
    """

    visit: Appointment
    judged: JudgedVisit | None
    news: str
    needs_override: bool = False
    undoes: str = ""
    undoes_of: datetime | None = None

    @property
    def status(self) -> Status:
        return Status(self.visit.status)

    @property
    def place(self) -> Place:
        return place_of(self.visit)

    @property
    def is_clear(self) -> bool:
        """Whether nothing stands in its way and nobody has to look."""
        return self.judged is None or self.judged.judgement.verdict is Verdict.CLEAR

    @property
    def waiting_for(self) -> WaitingFor:
        """Whose turn it would be."""
        return self.judged.waiting_for if self.judged else WaitingFor.NOBODY


def propose_booking(
    ask: BookingRequest,
    kind: VisitKind,
    *,
    patient: Patient,
    room_id: int | None,
    history: History | None = None,
    now: datetime,
) -> Proposal:
    """What booking this would come to; `room_id` is the room asked for, or the session's own if there is one.

    `history` is the patient's, for whoever has read it already.
    """
    _, practitioner_id, start = who_and_when(ask)
    visit = Appointment(
        kind=kind.code,
        patient=patient,
        practitioner_id=practitioner_id,
        start_at=start,
        end_at=start + kind.duration,
        asked_at=now,
    )
    if room_id is not None:
        visit.room_id = room_id
    if kind.injects:
        visit.injection_request = InjectionRequest.of(wanted_of(ask))
    return _proposed(visit, "confirmed", history=history, now=now)


def as_it_happened(proposal: Proposal) -> Proposal:
    """The same of a visit that is over: it is booked whatever the verdict, as one that has begun always is. What is
    critical and nobody covered stops its procedure, and is answered there.
    """
    visit = copy(proposal.visit)
    visit.status = Status.BOOKED
    return replace(proposal, visit=visit, news="confirmed", needs_override=False)


def propose_move(
    appointment: Appointment,
    *,
    start: datetime,
    practitioner_id: int,
    room_id: int,
    history: History | None = None,
    decisions: Sequence[Decision] | None = None,
    now: datetime,
) -> Proposal:
    """What moving an appointment to this time, person and room would come to, asked for now; `history` as above, and
    so `decisions`, those on this visit in order.
    """
    visit = moved_to(appointment, start=start, practitioner_id=practitioner_id, room_id=room_id, now=now)
    return _proposed(visit, "moved", history=history, decisions=decisions, now=now)


def propose_as(visit: Appointment, *, now: datetime) -> Proposal:
    """What a visit of the diary would come to as it is given here, unstored, asked for now where it stands."""
    return _proposed(visit, "confirmed", history=None, now=now)


def moved_to(
    appointment: Appointment, *, start: datetime, practitioner_id: int, room_id: int, now: datetime
) -> Appointment:
    """An appointment as it would stand at another time, with this person, in this room; unstored."""
    visit = _changed(appointment)
    visit.start_at, visit.end_at = start, start + visit.kind_of_visit.duration
    visit.practitioner_id, visit.room_id = practitioner_id, room_id
    visit.asked_at = now
    return visit


def propose_cancel(appointment: Appointment) -> Proposal:
    """What cancelling an appointment would come to."""
    visit = _changed(appointment)
    visit.status = Status.CANCELLED
    return Proposal(visit, None, "cancelled")


TAKEN_OUT: Final = ("cancel", "end-by-death")
"""The verbs by which a visit leaves the diary while its time is still to come."""
_LEADS_TO: dict[str, tuple[Status, str]] = {
    Decision.Outcome.APPROVE: (Status.BOOKED, "confirmed"),
    Decision.Outcome.OVERRIDE: (Status.BOOKED, "confirmed"),
    Decision.Outcome.ASK: (Status.PENDING, "information-needed"),
    Decision.Outcome.DELAY: (Status.CANCELLED, "delayed"),
    Decision.Outcome.DECLINE: (Status.CANCELLED, "declined"),
}


def propose_decision(appointment: Appointment, outcome: str) -> Proposal:
    """What deciding like this would come to; `outcome` is a Decision.Outcome."""
    visit = _changed(appointment)
    visit.status, news = _LEADS_TO[outcome]
    return Proposal(visit, None, news)


def propose_undo(appointment_id: int, *, by: Actor, now: datetime) -> Proposal:
    """What taking back the last change would come to. Raises: Missing, those of check_may_undo."""
    last = last_standing(appointment_id)
    if last is None:
        raise Missing("There is no such appointment.")
    rows = Appointment.objects.select_related("patient", "practitioner", "injection_request")
    appointment = rows.get(pk=appointment_id)
    check_may_undo(appointment, last, by=by, now=now)
    return undo_of(appointment, last, now=now)


def last_standing(appointment_id: int) -> AppointmentChange | None:
    """The newest change that nothing has taken the place of."""
    changes = AppointmentChange.objects.filter(appointment=appointment_id)
    return changes.exclude(verb__in=states.LEAVE_IT_STANDING).order_by("-pk").first()


def undo_of(appointment: Appointment, last: AppointmentChange, *, now: datetime) -> Proposal:
    """What taking back `last` would come to: where the appointment stood before it, and the verdict there now.

    A visit that has begun comes back booked: its concerns stop the procedure, and nobody could decide in time.
    """
    visit = _before(appointment, last)
    judged = _judged(visit, now=now)
    is_held_back = judged is not None and bool(judged.waiting_for) and visit.start_at > now
    visit.status = Status.PENDING if is_held_back else Status.BOOKED
    return Proposal(visit, judged, _news_of_undo(visit, judged, now=now), undoes=last.verb, undoes_of=last.at)


def place_of(visit: Appointment) -> Place:
    """Where and when a visit is."""
    return Place.of(
        visit.kind_of_visit,
        visit.start_at,
        patient_id=visit.patient_id,
        practitioner_id=visit.practitioner_id,
        room_id=visit.room_id,
    )


def _proposed(
    visit: Appointment,
    news: str,
    *,
    history: History | None,
    decisions: Sequence[Decision] | None = None,
    now: datetime,
) -> Proposal:
    """The proposal of a visit that is asked for now; `news` is what is told where nothing stands in its way."""
    judged = _judged(visit, history=history, known_decisions=decisions, now=now)
    if judged is None or not judged.waiting_for:
        visit.status = Status.BOOKED
        return Proposal(visit, judged, news)
    visit.status = Status.PENDING
    return Proposal(visit, judged, judged.news, needs_override=judged.is_blocked)


def _judged(
    visit: Appointment,
    *,
    history: History | None = None,
    known_decisions: Sequence[Decision] | None = None,
    now: datetime,
) -> JudgedVisit | None:
    """The verdict on a visit as it would stand, with what was decided on it before; None for kinds without a check."""
    if not KINDS[visit.kind].needs_check:
        return None
    decisions = list(known_decisions or ())
    if known_decisions is None and visit.pk:
        decisions = list(Decision.objects.filter(appointment=visit.pk).order_by("pk"))
    known = history or history_about(visit.patient, now=now)
    return judge_visit(known, requests_of(visit), appointment=visit if visit.pk else None, decisions=decisions)


def _changed(appointment: Appointment) -> Appointment:
    """An unstored copy, of the revision that a change makes of it."""
    visit = copy(appointment)
    visit.revision += 1
    return visit


def _before(appointment: Appointment, last: AppointmentChange) -> Appointment:
    """The appointment as it stood before this change; most changes leave it where it is."""
    before = last.before
    visit = _changed(appointment)
    if before:
        start = datetime.fromisoformat(before["start_at"])
        visit.practitioner_id, visit.room_id = before["practitioner"], before["room"]
        visit.asked_at, visit.asked_by_id = datetime.fromisoformat(before["asked_at"]), before["asked_by"]
        visit.start_at, visit.end_at = start, start + visit.kind_of_visit.duration
    return visit


def _news_of_undo(visit: Appointment, judged: JudgedVisit | None, *, now: datetime) -> str:
    """What there is to say when a change is taken back: how the visit stands then; "" of one that has begun."""
    if visit.start_at <= now:
        return ""
    return judged.news if visit.status == Status.PENDING and judged is not None else "confirmed"
