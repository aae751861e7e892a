"""Whether a visit may be booked, moved, cancelled or put back: the buttons, the pages, the API and the use cases ask
here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling import states
from scheduling.diary.why_cancelled import NOT_RIGHT, read
from scheduling.models import Appointment, AppointmentChange, Patient
from scheduling.patients.death import check_alive
from scheduling.states import WAITING_OR_BOOKED, Status, WrongState


class TooLate(Conflict):
    """It is too near to the visit, or not in a state, to be changed without speaking to somebody."""

    code = "too-late"
    sentence = "This can no longer be changed here. Phone us."


def notice() -> timedelta:
    """How long before a visit its patient can still change or cancel it by link."""
    return timedelta(hours=settings.PATIENT_NOTICE_HOURS)


def check_may_book(patient: Patient, *, action: str = "book", by: Actor) -> None:
    """Raise Forbidden, or HasDied, unless something may be booked for this patient, or offered to them."""
    check_permitted(action, by)
    check_alive(patient)


def check_may_book_again(cancelled: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, TooLate or HasDied unless its patient may book another time in its place by their link.

    Only after a plain cancellation, by them or by the clinic: what a radiologist ended, what nobody decided, and what
    was not right for them somebody speaks about first; so is a second one while a visit of that kind is to come.
    Two queries.
    """
    check_permitted("book-again", by)
    check_alive(cancelled.patient)
    if cancelled.status != Status.CANCELLED or not _is_plainly_cancelled(cancelled):
        raise TooLate
    coming = Appointment.objects.of_patient(cancelled.patient.kept_id).filter(
        kind=cancelled.kind, status__in=WAITING_OR_BOOKED, end_at__gt=now
    )
    if coming.exists():
        raise TooLate


def _is_plainly_cancelled(appointment: Appointment) -> bool:
    ended = appointment.changes.filter(to_status=Status.CANCELLED).exclude(from_status=Status.CANCELLED)
    last = ended.order_by("-pk").first()
    return last is not None and last.verb == "cancel" and read(last.cancelled_by, last.reason_code) != NOT_RIGHT


def may_replace(appointment_id: int | None, patient_id: int | None) -> bool:
    """Whether a patient can be judged without this visit, which is one of theirs; without none everybody can."""
    if appointment_id is None:
        return True
    return patient_id is not None and Appointment.objects.of_patient(patient_id).filter(pk=appointment_id).exists()


NOT_THEIRS = "This patient has no such visit."
"""Why they cannot."""


def check_may_move(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, TooLate, WrongState or HasDied unless it may be moved; what is looked at, its patient moves by
    phone.
    """
    check_permitted("move", by)
    if by.kind == "patient":
        _check_notice(appointment, (Status.BOOKED,), now=now)
    check_alive(appointment.patient)
    states.check_can("move", appointment.status)


def check_may_cancel(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, TooLate (its patient, without enough notice) or WrongState unless it may be cancelled."""
    check_permitted("cancel", by)
    if by.kind == "patient":
        _check_notice(appointment, WAITING_OR_BOOKED, now=now)
    states.check_transition("cancel", appointment.status, Status.CANCELLED)


def check_may_undo(appointment: Appointment, last: AppointmentChange, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, WrongState or HasDied unless `last`, the newest change that stands, may be taken back."""
    check_permitted("undo", by)
    states.check_can_undo(last.verb, done_at=last.at, now=now)
    if appointment.patient.merged_into_id is not None:
        raise WrongState("This record was merged into another. Book again for that one.")
    check_alive(appointment.patient)


def _check_notice(appointment: Appointment, open_to_them: tuple[Status, ...], *, now: datetime) -> None:
    """Boundary: exactly the notice before the start is still early enough. Of a death a link says nothing."""
    is_early = appointment.start_at - now >= notice()
    if appointment.status not in open_to_them or not is_early or appointment.patient.has_died:
        raise TooLate
