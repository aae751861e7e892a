"""What waits for a radiologist, what waits for answers, and who is reading which case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from injections.assessment.visits import Visit, appointments, with_assessments
from injections.models import Assessment, WaitingFor
from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.web.metrics import gauge
from scheduling.availability.bank_holidays import working_days_after
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import Appointment
from scheduling.states import Status

ANSWERS_OVERDUE_WORKING_DAYS = 3
"""What still waits for answers this many working days before the visit goes to the radiologist's queue."""
LOOKED_AT_WITHIN = timedelta(minutes=15)
"""Who opened a case for review this recently is taken to be reading it still."""


# -- Lists that wait --------------------------------------------------------------------------------------


def pending_rows(*, now: datetime) -> QuerySet[Appointment]:
    """What waits for anybody, soonest first: what is to begin, and who came without an appointment and waits here."""
    can_be_decided = Q(start_at__gt=now) | Q(decide_by__gt=now)
    return appointments().filter(can_be_decided, status=Status.PENDING).order_by("start_at", "pk")


def pending(*, now: datetime) -> list[Visit]:
    """The same, each visit with its verdict; two queries."""
    return with_assessments(pending_rows(now=now))


def review_queue(*, now: datetime, waiting: Collection[Visit] | None = None) -> list[Visit]:
    """What a radiologist must decide: red flags first, then what the patient has answered, then soonest.

    Boundary: what waits for answers joins it once its day is 3 working days away or nearer.
    """
    until = answers_overdue_from(now)
    found = [
        visit
        for visit in (pending(now=now) if waiting is None else waiting)
        if visit.waiting_for == WaitingFor.REVIEW or clock.local_date(visit.appointment.start_at) <= until
    ]
    return sorted(found, key=_urgency)


@gauge("review_queue_oldest_seconds", "How long the visit that has waited longest for a radiologist waits; 0 for none.")
def oldest_seconds() -> float:
    """Since its present assessment, by the product's clock."""
    now = clock.now()
    newest = Assessment.objects.filter(appointment=OuterRef("pk")).order_by("-pk")
    rows = pending_rows(now=now).annotate(turn=Subquery(newest.values("waiting_for")[:1]))
    waiting = rows.filter(turn=WaitingFor.REVIEW).annotate(since=Subquery(newest.values("at")[:1]))
    oldest = waiting.order_by("since").values_list("since", flat=True).first()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def _urgency(visit: Visit) -> tuple[object, ...]:
    return not visit.is_red_flag, not visit.has_come_back, visit.appointment.start_at, visit.appointment.pk


def waiting_for_answers(*, now: datetime, waiting: Collection[Visit] | None = None) -> list[Visit]:
    """Bookings held for records or answers that reception or the patient can give, or for the answer to a radiologist's
    question; soonest first.
    """
    found = pending(now=now) if waiting is None else waiting
    return [visit for visit in found if visit.waiting_for == WaitingFor.ANSWERS]


def answers_overdue_from(now: datetime) -> date:
    """The last day that is no more than 3 working days away."""
    day = clock.local_date(now)
    return working_days_after(day).after(day, ANSWERS_OVERDUE_WORKING_DAYS)


def readers(visits_read: Collection[Visit], *, besides: int | None, now: datetime) -> None:
    """Note on each visit who opened it for review last, just now, unless it was oneself. One query."""
    by_subject = {f"appointment:{visit.appointment.pk}": visit for visit in visits_read}
    rows = Entry.objects.filter(
        at__gt=now - LOOKED_AT_WITHIN, at__lte=now, verb="review-opened", subject__in=list(by_subject)
    )
    for entry in rows.order_by("pk"):
        by_subject[entry.subject].reader = "" if entry.user_id == besides else entry.actor_name


def check_may_review(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden unless this person reviews; a case can be read whatever became of it."""
    check_permitted("review", by)


class ReadByColleague(Conflict):
    """A colleague opened this case just now; it is theirs until somebody takes it over on purpose."""

    code = "read-by-colleague"


def open_for_review(appointment_id: int, *, take_over: bool = False, by: Actor, now: datetime) -> Appointment:
    """Say that a radiologist looks at this case now.

    Raises: Forbidden, Missing, ReadByColleague (unless it is taken over).
    """
    check_permitted("review", by)
    with use_case():
        appointment = the(Appointment.objects.select_for_update(no_key=True), appointment_id)
        case = Visit(appointment)
        readers([case], besides=by.user_id, now=now)
        if case.reader and not take_over:
            raise ReadByColleague(f"{case.reader} opened this case a few minutes ago and is reading it.")
        subject = f"appointment:{appointment.pk}"
        record("review-opened", by=by, now=now, patients=[appointment.patient_id], subject=subject)
        return appointment
