"""Taking back the last change of an appointment: what it would come back to, and whether the patient must be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from injections.judged import Judged, judge_at
from pht_clinic.errors import Missing
from scheduling import lifecycle
from scheduling.diary import Place
from scheduling.lifecycle import Status, WrongState
from scheduling.messages import outbox
from scheduling.models import Appointment, AppointmentChange


@dataclass(frozen=True, slots=True)
class WayBack:
    """What undoing the last change would make of an appointment: where it comes to stand, how, and which `news` that is
    to the patient, "" where they know it already.
    """

    undoes: str
    place: Place
    asked_at: datetime
    asked_by_id: int | None
    judged: Judged | None
    status: Status
    news: str


def way_back(appointment_id: int, *, now: datetime) -> WayBack:
    """What an undo would do now, for a look beforehand; whether the time is still free it does not say.

    Raises: Missing, WrongState.
    """
    last = last_standing(appointment_id)
    appointment = Appointment.objects.select_related("patient", "injection_request").filter(pk=appointment_id)
    found = appointment.first()
    if found is None or last is None:
        raise Missing("There is no such appointment.")
    return way_back_of(found, last, now=now)


def last_standing(appointment_id: int) -> AppointmentChange | None:
    """The newest change that nothing has taken the place of."""
    changes = AppointmentChange.objects.filter(appointment=appointment_id)
    return changes.exclude(verb__in=lifecycle.LEAVE_IT_STANDING).order_by("-pk").first()


def way_back_of(appointment: Appointment, last: AppointmentChange, *, now: datetime) -> WayBack:
    """Where an appointment stood before `last`, and the verdict there now.

    A visit that has begun comes back booked: its concerns stop the procedure, and nobody could decide in time.
    """
    lifecycle.check_can_undo(last.verb, done_at=last.at, now=now)
    if appointment.patient.merged_into_id is not None:
        raise WrongState("This record was merged into another; book again for that one.")
    before = last.before
    asked_at = datetime.fromisoformat(before["asked_at"]) if before else appointment.asked_at
    place = Place.of(
        appointment.kind_of_visit,
        datetime.fromisoformat(before["start_at"]) if before else appointment.start_at,
        patient_id=appointment.patient_id,
        practitioner_id=before.get("practitioner", appointment.practitioner_id),
        room_id=before.get("room", appointment.room_id),
    )
    judged, status = None, Status.BOOKED
    if appointment.kind_of_visit.needs_check:
        judged = judge_at(appointment, place, now=now, as_asked_at=asked_at)
        if judged.waiting_for and place.during.start > now:
            status = Status.PENDING
    asked_by_id = before.get("asked_by", appointment.asked_by_id)
    news = _news_of_undo(appointment, last, place, judged, status, now=now)
    return WayBack(last.verb, place, asked_at, asked_by_id, judged, status, news)


def _news_of_undo(
    appointment: Appointment,
    last: AppointmentChange,
    place: Place,
    judged: Judged | None,
    status: Status,
    *,
    now: datetime,
) -> str:
    """What the patient has to be told when a change is taken back; "" where they know, or were never told of it.

    An arrival takes back whatever has not been sent yet: of a visit to come that may be its confirmation.
    """
    if status is Status.PENDING and judged is not None:
        news = judged.news
        return "" if last.verb == "cancel" and outbox.knows(appointment, news) else news
    if last.verb == "move":
        there = Appointment(pk=appointment.pk, start_at=place.during.start)
        is_same_person = place.practitioner_id == appointment.practitioner_id
        return "" if is_same_person and outbox.knows(there, "moved") else "moved"
    if last.verb == "cancel" or (last.verb == "arrive" and place.during.start > now):
        return "" if outbox.knows(appointment, "confirmed") else "confirmed"
    return ""
