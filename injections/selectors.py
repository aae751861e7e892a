"""What pages and the API read of the policy half. Reads only, in a number of queries that does not grow with rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from injections.models import (
    Assessment,
    Call,
    Decision,
    Pathway,
    Screening,
)
from injections.safety.assess import CALL_RULES
from pht_clinic import clock
from pht_clinic.audit.models import Entry
from scheduling.availability import local_days
from scheduling.bank_holidays import bank_holidays_after
from scheduling.kinds import INJECTING
from scheduling.lifecycle import HOLDING, LEAVE_IT_STANDING, Status, can_undo
from scheduling.messages.hours import next_working_day
from scheduling.models import Appointment, AppointmentChange, Message, Patient
from scheduling.selectors import the

ANSWERS_OVERDUE_WORKING_DAYS = 3
"""What still waits for answers this many working days before the visit goes to the radiologist's queue."""
OUTCOME_OVERDUE_AFTER = timedelta(hours=2)
"""An injection visit whose end passed this long ago without an outcome is shown until somebody says what happened."""
LOOKED_AT_WITHIN = timedelta(minutes=15)
"""Who opened a case for review this recently is taken to be reading it still."""


@dataclass(slots=True)
class Visit:
    """An appointment with what a page says of it: its present assessment and whether its last step can be undone.

    `reader` is who else opened it for review just now; `is_own`: whoever looks may not decide, having asked for it.
    """

    appointment: Appointment
    assessment: Assessment | None = None
    undoable: str = ""
    reader: str = ""
    is_own: bool = False

    @property
    def waiting_for(self) -> str:
        """ "answers" or "review" while it is pending, else ""."""
        if self.appointment.status != Status.PENDING:
            return ""
        return (self.assessment.waiting_for if self.assessment else "") or "review"

    @property
    def verdict(self) -> str:
        return self.assessment.verdict if self.assessment else ""

    @property
    def is_red_flag(self) -> bool:
        """Whether a ☎ rule stands against it."""
        findings = self.assessment.findings if self.assessment else []
        return any(one["rule"] in CALL_RULES and one["severity"] == "critical" for one in findings)

    @property
    def standing(self) -> list[dict[str, Any]]:
        """Findings that hold it back, worst first."""
        findings = self.assessment.findings if self.assessment else []
        return [one for one in findings if one["severity"] != "info"]


# -- Appointments -----------------------------------------------------------------------------------------


def appointments() -> QuerySet[Appointment]:
    """Appointments with everything a page prints of them, in one query."""
    return Appointment.objects.select_related("patient", "practitioner", "room", "injection_request")


def appointment(appointment_id: int) -> Appointment:
    """One appointment. Raises: Missing."""
    return the(appointments(), appointment_id)


def patient(patient_id: int) -> Patient:
    """One patient. Raises: Missing."""
    return the(Patient.objects.select_related("merged_into"), patient_id)


def visits(rows: Iterable[Appointment], *, now: datetime | None = None) -> list[Visit]:
    """These appointments with their present assessments; with `now` also what can be undone. One or two queries."""
    found = {row.pk: Visit(row) for row in rows}
    for assessment in _newest_assessments(list(found)):
        found[assessment.appointment_id or 0].assessment = assessment
    if now is not None:
        for change in _last_changes(list(found)):
            if can_undo(change.verb, done_at=change.at, now=now):
                found[change.appointment_id].undoable = change.verb
    return list(found.values())


def case(appointment_id: int) -> Visit:
    """One appointment with its present assessment: one query, or two for a visit that is never assessed.

    Raises: Missing.
    """
    along = [f"appointment__{name}" for name in ("patient", "practitioner", "room", "injection_request")]
    rows = Assessment.objects.filter(appointment=appointment_id).select_related(*along).defer("facts")
    newest = rows.order_by("-pk").first()
    if newest is None or newest.appointment is None:
        return Visit(appointment(appointment_id))
    return Visit(newest.appointment, newest)


def rows_of_day(day: date) -> QuerySet[Appointment]:
    """What stands in the diary of a local day, in order of time; mistakes are left out."""
    whole = local_days(day, day, clock.zone())
    rows = appointments().filter(start_at__gte=whole.start, start_at__lt=whole.end)
    return rows.exclude(status=Status.ENTERED_IN_ERROR).order_by("start_at", "pk")


def diary_of_day(day: date, *, now: datetime) -> list[Visit]:
    """The same, each visit with its verdict. Three queries."""
    return visits(rows_of_day(day), now=now)


def next_clinic(*, now: datetime) -> Appointment | None:
    """The next visit after today; its day is the next clinic."""
    today = clock.local_date(now)
    over_at = local_days(today, today, clock.zone()).end
    rows = Appointment.objects.filter(status__in=HOLDING, start_at__gte=over_at)
    return rows.order_by("start_at", "pk").first()


# -- Lists that wait --------------------------------------------------------------------------------------


def pending_rows(*, now: datetime) -> QuerySet[Appointment]:
    """What waits for anybody, soonest first."""
    return appointments().filter(status=Status.PENDING, start_at__gt=now).order_by("start_at", "pk")


def pending(*, now: datetime) -> list[Visit]:
    """The same, each visit with its verdict; two queries."""
    return visits(pending_rows(now=now))


def review_queue(*, now: datetime, waiting: Collection[Visit] | None = None) -> list[Visit]:
    """What a radiologist must decide, red flags first, then soonest.

    Boundary: what waits for answers joins it once its day is 3 working days away or nearer.
    """
    until = answers_overdue_from(now)
    found = [
        visit
        for visit in (pending(now=now) if waiting is None else waiting)
        if visit.waiting_for == "review" or clock.local_date(visit.appointment.start_at) <= until
    ]
    return sorted(
        found, key=lambda visit: (not visit.is_red_flag, visit.appointment.start_at, visit.appointment.pk)
    )


def waiting_for_answers(*, now: datetime, waiting: Collection[Visit] | None = None) -> list[Visit]:
    """Bookings held only for records or answers that reception or the patient can give, soonest first."""
    found = pending(now=now) if waiting is None else waiting
    return [visit for visit in found if visit.waiting_for == "answers"]


def answers_overdue_from(now: datetime) -> date:
    """The last day that is no more than 3 working days away."""
    day = clock.local_date(now)
    closed = bank_holidays_after(day)
    for _ in range(ANSWERS_OVERDUE_WORKING_DAYS):
        day = next_working_day(day, bank_holidays=closed)
    return day


def without_outcome(*, now: datetime) -> QuerySet[Appointment]:
    """Injection visits that ended 2 h ago or more and of which nobody said what happened."""
    return (
        appointments()
        .filter(
            status__in=(Status.BOOKED, Status.ARRIVED),
            kind__in=INJECTING,
            end_at__lte=now - OUTCOME_OVERDUE_AFTER,
        )
        .order_by("start_at", "pk")
    )


def open_calls() -> QuerySet[Call]:
    """Who must be phoned, the longest waiting first."""
    return (
        Call.objects.filter(closed_at__isnull=True)
        .select_related("patient", "appointment")
        .order_by("opened_at", "pk")
    )


def open_calls_about(patient_id: int) -> QuerySet[Call]:
    """Those about one patient, on whichever of their records."""
    return open_calls().filter(patient__in=Patient.objects.records_of(patient_id))


def phone_tasks() -> QuerySet[Message]:
    """Messages that did not reach their patient: somebody phones."""
    return Message.objects.filter(Message.OPEN_TASK).select_related("patient")


def counts(**lists: QuerySet[Any]) -> dict[str, int]:
    """How many rows each of these lists has, under its name. One query."""
    numbered = [
        rows.order_by().annotate(of_list=Value(name)).values("of_list").annotate(number=Count("pk"))
        for name, rows in lists.items()
    ]
    found = numbered[0].union(*numbered[1:], all=True).values_list("of_list", "number")
    return {**dict.fromkeys(lists, 0), **dict(found)}


def readers(visits_read: Collection[Visit], *, besides: int | None, now: datetime) -> None:
    """Note on each visit who else opened it for review just now. One query."""
    by_subject = {f"appointment:{visit.appointment.pk}": visit for visit in visits_read}
    rows = Entry.objects.filter(
        at__gt=now - LOOKED_AT_WITHIN, at__lte=now, verb="review-opened", subject__in=list(by_subject)
    )
    for entry in rows.order_by("pk"):
        if entry.user_id != besides:
            by_subject[entry.subject].reader = entry.actor_name


# -- One patient ------------------------------------------------------------------------------------------


def newest_screening(patient_id: int, *, area: str, side: str) -> Screening | None:
    """The answers that count for an area and side now."""
    rows = Screening.objects.fitting(area=area, side=side)
    return rows.filter(patient__in=Patient.objects.records_of(patient_id)).first()


def newest_pathway(patient_id: int, *, area: str, side: str) -> Pathway | None:
    """The pathway that counts for an area and side now."""
    rows = Pathway.objects.fitting(area=area, side=side)
    return rows.filter(patient__in=Patient.objects.records_of(patient_id)).first()


def pathway_versions(patient_id: int) -> list[Pathway]:
    """Every pathway that was recorded of a patient, newest first; merged records count in."""
    rows = Pathway.objects.filter(patient__in=Patient.objects.records_of(patient_id))
    return list(rows.select_related("recorded_by").order_by("-pk"))


# -- One case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overridden:
    """How often a rule stood against a visit that was decided here, and how often it was overridden."""

    decided: int
    overridden: int


def overrides_of(rules: Collection[str]) -> dict[str, Overridden]:
    """For each rule, over all decisions of this clinic. One query."""
    if not rules:
        return {}
    counts: dict[str, Count] = {}
    for number, rule in enumerate(rules):
        stood = Q(assessment__findings__contains=[{"rule": rule}])
        counts[f"decided_{number}"] = Count("pk", filter=stood)
        covered = Q(outcome=Decision.Outcome.OVERRIDE, covers__contains=[{"rule": rule}])
        counts[f"overridden_{number}"] = Count("pk", filter=covered)
    found = Decision.objects.exclude(outcome=Decision.Outcome.ASK).aggregate(**counts)
    return {
        rule: Overridden(found[f"decided_{number}"], found[f"overridden_{number}"])
        for number, rule in enumerate(rules)
    }


def earlier_decisions(appointment_id: int) -> list[Decision]:
    """What was decided on this appointment before, newest first."""
    return list(Decision.objects.filter(appointment=appointment_id).select_related("by").order_by("-pk"))


def changes_of(appointment_id: int) -> list[AppointmentChange]:
    """The history of an appointment, newest first."""
    return list(AppointmentChange.objects.filter(appointment=appointment_id).order_by("-pk"))


def _newest_assessments(ids: list[int]) -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(appointment__in=ids).defer("facts")
    return rows.order_by("appointment_id", "-pk").distinct("appointment_id")


def _last_changes(ids: list[int]) -> QuerySet[AppointmentChange]:
    rows = AppointmentChange.objects.filter(appointment__in=ids).exclude(verb__in=LEAVE_IT_STANDING)
    return rows.order_by("appointment_id", "-pk").distinct("appointment_id")
