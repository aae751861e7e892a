"""Appointments with their present assessment, as pages and lists read them. A fixed number of queries, however
many rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from injections.assessment.coverage import COVERING, reaches
from injections.facts.alerts import Alerts
from injections.models import Assessment, Decision, InformationAnswer, WaitingFor
from injections.safety.assess import CALL_RULES
from injections.safety.findings import Verdict
from injections.visit_kinds import INJECTING
from pht_clinic import clock
from pht_clinic.people.models import User
from pht_clinic.periods import local_days
from pht_clinic.rows import from_json
from scheduling.diary.read import Places, places_taken, the
from scheduling.models import Appointment, AppointmentChange, OfPatientQuerySet
from scheduling.states import HOLDING, LEAVE_IT_STANDING, Status

OUTCOME_OVERDUE_AFTER = timedelta(hours=2)
"""A visit whose end passed this long ago without an outcome is shown until somebody says what happened."""
WITHOUT_OUTCOME = (Status.BOOKED, Status.ARRIVED)
"""The states of a visit that is to take place, or did, and of which nobody said what happened."""


@dataclass(slots=True)
class Visit:
    """An appointment with what a page says of it: its present assessment, the newest decision on it, its newest change
    that stands, and what is to be known of its patient (`assessment/alerts.py` reads it; None where nobody did).

    `is_answered`: so is the question that the newest decision asks the patient. `reader` is who else opened it for
    review just now; `is_own`: whoever looks may not decide, having asked for it. `places` are those of its class
    (`note_places` reads them).
    """

    appointment: Appointment
    assessment: Assessment | None = None
    decision: Decision | None = None
    is_answered: bool = False
    last_change: AppointmentChange | None = None
    alerts: Alerts | None = None
    reader: str = ""
    is_own: bool = False
    places: Places | None = None

    @property
    def waiting_for(self) -> str:
        """Whose turn it is while it is pending, else nobody's; the patient's while a radiologist's question is open."""
        if self.appointment.status != Status.PENDING:
            return ""
        if self.asked:
            return WaitingFor.ANSWERS
        return (self.assessment.waiting_for if self.assessment else "") or WaitingFor.REVIEW

    @property
    def in_force(self) -> Decision | None:
        """The decision by which it stands as it does: booked by one, asked by one, or ended by one.

        A verdict that is clear by itself needs none.
        """
        status, decision = self.appointment.status, self.decision
        if decision is None or status not in _STANDS_BY.get(decision.outcome, ()):
            return None
        return None if decision.outcome in COVERING and self.verdict == Verdict.CLEAR else decision

    @property
    def asked(self) -> Decision | None:
        """The radiologist's question that the patient has not answered yet."""
        decision = self.in_force
        is_open = decision is not None and decision.outcome == Decision.Outcome.ASK and not self.is_answered
        return decision if is_open else None

    @property
    def has_come_back(self) -> bool:
        """Whether it waits for the radiologist again because the patient has answered."""
        return self.is_answered and self.in_force is not None

    @property
    def lapsed(self) -> Decision | None:
        """Of a pending one the approval or override that does not reach its day."""
        decision = self.decision
        if decision is None or self.appointment.status != Status.PENDING or decision.outcome not in COVERING:
            return None
        return None if reaches(decision, clock.local_date(self.appointment.start_at)) else decision

    @property
    def is_for_the_patient(self) -> bool:
        """Of one that waits for answers: whether only the patient can say what is missing."""
        return bool(self.asked) or not any(finding["owner"] == "reception" for finding in self.standing)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be said of it: it took place, or will not."""
        return self.appointment.status not in HOLDING

    @property
    def here_since(self) -> datetime | None:
        """When the patient came, while nobody has said what happened; None where nobody said that they came, or the
        last change was not read.
        """
        here = self.appointment.status == Status.ARRIVED and self.last_change and self.last_change.verb == "arrive"
        return self.last_change.at if here and self.last_change else None

    def late_by(self, now: datetime) -> timedelta | None:
        """How long ago it should have begun while nobody said that the patient is here, or did not come; else None.

        Boundary: a full minute after its start.
        """
        late = now - self.appointment.start_at
        return late if self.appointment.status == Status.BOOKED and late >= timedelta(minutes=1) else None

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


_STANDS_BY: dict[str, tuple[Status, ...]] = {
    **dict.fromkeys(COVERING, (Status.BOOKED, Status.ARRIVED, Status.FULFILLED, Status.NOSHOW)),
    Decision.Outcome.ASK: (Status.PENDING,),
    Decision.Outcome.DELAY: (Status.CANCELLED,),
    Decision.Outcome.DECLINE: (Status.CANCELLED,),
}
"""In which states a visit stands by the newest decision on it."""


# -- Appointments -----------------------------------------------------------------------------------------


def appointments() -> OfPatientQuerySet[Appointment]:
    """Appointments with everything a page prints of them, in one query."""
    return Appointment.objects.select_related("patient", "practitioner", "room", "injection_request")


def injects_soon(appointment: Appointment) -> bool:
    """Whether an injection is to come at this visit: nobody has said yet that it was given, missed or cancelled."""
    is_open = appointment.status in (Status.PENDING, Status.BOOKED, Status.ARRIVED)
    return is_open and appointment.kind in INJECTING


def find_appointment(appointment_id: int) -> Appointment:
    """One appointment. Raises: Missing."""
    return the(appointments(), appointment_id)


def with_assessments(rows: Iterable[Appointment], *, with_changes: bool = False) -> list[Visit]:
    """These appointments with their present assessments, the newest decisions on them, and if asked their last changes.
    One or two queries.
    """
    found: dict[int | None, Visit] = {row.pk: Visit(row) for row in rows}
    for assessment in newest_assessments(found).annotate(decided=_NEWEST_DECISION):
        visit = found[assessment.appointment_id]
        visit.assessment = assessment
        visit.decision, visit.is_answered = _decision(assessment.decided)
    if with_changes:
        for change in _last_changes(found):
            found[change.appointment_id].last_change = change
    return list(found.values())


def note_places(visits: list[Visit]) -> list[Visit]:
    """The same, those of a class with its places at this moment. One query, none without a class."""
    taken = places_taken({one.appointment.group_id for one in visits if one.appointment.group_id}, now=clock.now())
    for one in visits:
        row = one.appointment
        if row.group_id is not None and row.seats is not None:
            one.places = Places(taken.get(row.group_id, 0), row.seats)
    return visits


def with_places(rows: Iterable[Appointment]) -> list[Visit]:
    """These appointments as the API lists them: as `with_assessments`, with the places of their classes."""
    return note_places(with_assessments(rows))


def case(appointment_id: int) -> Visit:
    """One appointment with its present assessment: one query, or two for a visit that is never assessed.

    Raises: Missing.
    """
    along = [f"appointment__{name}" for name in ("patient", "practitioner", "room", "injection_request")]
    rows = Assessment.objects.filter(appointment=appointment_id).select_related(*along).defer("facts")
    newest = rows.order_by("-pk").first()
    if newest is None or newest.appointment is None:
        return Visit(find_appointment(appointment_id))
    return Visit(newest.appointment, newest)


def rows_of_day(day: date) -> QuerySet[Appointment]:
    """What stands in the diary of a local day, in order of time; mistakes are left out."""
    whole = local_days(day, day, clock.zone())
    rows = appointments().filter(start_at__gte=whole.start, start_at__lt=whole.end)
    return rows.exclude(status=Status.ENTERED_IN_ERROR).order_by("start_at", "pk")


def diary_of_day(day: date) -> list[Visit]:
    """The same, each visit with its verdict, the decision on it and its last change. Three queries."""
    return with_assessments(rows_of_day(day), with_changes=True)


def next_clinic(*, now: datetime) -> Appointment | None:
    """The next visit after today; its day is the next clinic."""
    today = clock.local_date(now)
    over_at = local_days(today, today, clock.zone()).end
    rows = Appointment.objects.filter(status__in=HOLDING, start_at__gte=over_at)
    return rows.order_by("start_at", "pk").first()


def without_outcome(*, now: datetime) -> QuerySet[Appointment]:
    """Visits of every kind of which nobody said what happened, the oldest first.

    Boundary: that ended 2 h ago or more; of an earlier local day as soon as they are over, so that at every moment
    one stands here or among today's.
    """
    today = clock.local_date(now)
    is_late = Q(end_at__lte=now - OUTCOME_OVERDUE_AFTER)
    is_of_before = Q(start_at__lt=local_days(today, today, clock.zone()).start, end_at__lte=now)
    rows = appointments().filter(is_late | is_of_before, status__in=WITHOUT_OUTCOME)
    return rows.order_by("start_at", "pk")


def counted_as_given(*, now: datetime) -> QuerySet[Appointment]:
    """Those of them that the rules take for an injection until somebody says what happened."""
    return without_outcome(now=now).filter(kind__in=INJECTING)


def changes_of(appointment_id: int) -> list[AppointmentChange]:
    """The history of an appointment, newest first."""
    return list(AppointmentChange.objects.filter(appointment=appointment_id).order_by("-pk"))


_OF_DECISION = {field.attname: field.attname for field in Decision._meta.concrete_fields}
_IS_ANSWERED = Exists(InformationAnswer.objects.filter(decision=OuterRef("pk")))
_WHO: Any = JSONObject(id="by_id", name="by__name", email="by__email")
_NEWEST_DECISION: Any = Subquery(
    Decision.objects.filter(appointment=OuterRef("appointment_id"))
    .order_by("-pk")
    .values(shown=JSONObject(**_OF_DECISION, who=_WHO, is_answered=_IS_ANSWERED))[:1]
)
"""The newest decision on the appointment of an assessment, with who made it and whether what it asks the patient is
answered; null where there is none.
"""


def newest_assessments(ids: Iterable[int | None]) -> QuerySet[Assessment]:
    """The present assessment of each of these appointments, without its facts. One query."""
    rows = Assessment.objects.filter(appointment__in=list(ids)).defer("facts")
    return rows.order_by("appointment_id", "-pk").distinct("appointment_id")


def _decision(stored: dict[str, Any] | None) -> tuple[Decision | None, bool]:
    if stored is None:
        return None, False
    row = from_json(Decision, stored)
    row.by = User(**stored["who"]) if stored["by_id"] else None
    return row, stored["is_answered"]


def _last_changes(ids: Iterable[int | None]) -> QuerySet[AppointmentChange]:
    rows = AppointmentChange.objects.filter(appointment__in=list(ids)).exclude(verb__in=LEAVE_IT_STANDING)
    return rows.order_by("appointment_id", "-pk").distinct("appointment_id")
