"""The messages after an injection: planned from what was given, held back while a call is open, released after it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import reduce

from django.db.models import Case, Q, QuerySet, Value, When

from injections.facts import values
from injections.facts.answers import KnownAnswers, known_answers
from injections.facts.history import ABOUT_THE_INJECTION
from injections.facts.policy import effective_policy
from injections.messages import aftercare_plan
from injections.messages.aftercare_plan import Given, Step
from injections.messages.kinds import A_CALL_IS_OPEN, template_of
from injections.messages.news import has_type_1, may_have_diabetes
from injections.models import Call, ImagingReport, Injection, Screening
from injections.safety.scans import newest_of_each
from injections.safety.sites import area_of
from injections.visit_kinds import INJECTING
from pht_clinic import clock
from pht_clinic.periods import local_days
from scheduling.messages import drafts, outbox, render
from scheduling.messages.blocks import Block
from scheduling.messages.hours import next_at
from scheduling.messages.kinds import kind_of
from scheduling.messages.plan import Planned
from scheduling.messages.recipients import DECEASED
from scheduling.models import Appointment, Message, Patient
from scheduling.states import Status

ONE_VISIT_WITHIN = timedelta(minutes=60)
TEARS = ("partial", "full", "avulsion")
FOLLOWED_FOR = timedelta(days=100)
"""Longer ago than this nothing that was planned after an injection still waits."""
_PLANNED_AGAIN = "Planned again from a later record of the visit."
_AREA_OF_THE_SIT_BONE = "ischial-tuberosity"


def aftercare_of(appointment: Appointment, *, now: datetime) -> tuple[Block, ...]:
    """The aftercare of a visit as its mail says it, for the patient's page; empty when nothing was given.

    It tells what holds now: of a rest that is over nothing is said any more.
    """
    rows = Injection.objects.given().filter(appointment=appointment)
    given = [_given(row, row.ended_at) for row in rows if row.ended_at is not None]
    if not given:
        return ()
    shown = aftercare_plan.printed(reduce(aftercare_plan.together, given), now=now, zone=clock.zone())
    return render.content(template_of("_aftercare"), shown)


def plan_aftercare(injection: Injection, *, now: datetime) -> None:
    """Plan the messages after an injection, in the caller's transaction: one set for a visit, however many sides.

    What an earlier record of the same visit planned and has not sent is planned again from both, also where a
    correction moved the visit to another day. When nothing given is left of it, what was planned is only taken back.
    """
    if injection.ended_at is None:
        return
    days = {clock.local_date(injection.ended_at)} | _day_before_correction(injection)
    records = Patient.objects.records_of(injection.patient.kept_id).values_list("pk", flat=True)
    rows = Message.objects.filter(subject__in=list(map(_subject, records)))
    of_the_visit = Q(appointment=injection.appointment_id)
    for day in days:
        of_the_visit |= Q(occasion__startswith=day.isoformat())
    outbox.take_back(rows.filter(of_the_visit), reason=_PLANNED_AGAIN, now=now)
    told = _told(rows.filter(of_the_visit))
    for day in sorted(days):
        _plan_day(injection.patient, day, told, now=now)
    calls = Call.objects.of_patient(injection.patient.kept_id)
    if calls.filter(closed_at__isnull=True, why__in=ABOUT_THE_INJECTION).exists():
        hold_back(injection.patient, now=now)


@contextmanager
def following_reports(patient: Patient, *, now: datetime) -> Iterator[None]:
    """Around a change of a patient's imaging reports: where an injection is one into a torn tendon now, or no longer,
    what was planned after it is planned again. No exercise programme goes to a torn tendon. Hazard H8.
    """
    rows = Injection.objects.given().of_patient(patient.kept_id)
    rows = rows.filter(ended_at__gt=now - FOLLOWED_FOR).select_related("patient", "appointment", "supersedes")
    before = [(row, _has_tear(row)) for row in rows]
    yield
    for row, was_torn in before:
        if _has_tear(row) != was_torn:
            plan_aftercare(row, now=now)


def hold_back(patient: Patient, *, now: datetime) -> None:
    """A call about the patient's injection is open: next steps and recovery questions wait for it."""
    rows = Message.objects.of_patient(patient.kept_id).filter(kind__in=aftercare_plan.HELD_BY_A_CALL)
    outbox.hold(rows, why=A_CALL_IS_OPEN)


def release(patient: Patient, *, now: datetime) -> None:
    """The last such call is closed: what was held back is planned again; what is overdue comes the next morning.

    Boundary: what expires `now` itself or earlier is not planned again.
    """
    _plan_again(patient, A_CALL_IS_OPEN, now=now)


def release_after_death(patient: Patient, *, now: datetime) -> None:
    """A death is taken back: what was to follow an injection is planned again like that, or held back for a call."""
    _plan_again(patient, DECEASED, now=now)
    calls = Call.objects.of_patient(patient.kept_id)
    if calls.filter(closed_at__isnull=True, why__in=ABOUT_THE_INJECTION).exists():
        hold_back(patient, now=now)


def safety_net() -> tuple[Block, ...]:
    """The block that stands in every message after an injection, for pages and the printed sheet."""
    return render.content(template_of("_safety_net"), {})


_SAID_AFTER = {
    A_CALL_IS_OPEN: ("Planned again after the call.", "Expired while the call was open."),
    DECEASED: ("Planned again: the recorded death was undone.", "Expired before the recorded death was undone."),
}
"""By why it was held back: the reason of what is planned again, and of what is too late by then."""


def _plan_again(patient: Patient, why: str, *, now: datetime) -> None:
    """Of an injection alone: what a visit has to say is planned with the visit."""
    again, over = _SAID_AFTER[why]
    held = outbox.held(Message.objects.of_patient(patient.kept_id), why=why).filter(subject__startswith="patient:")
    rows = list(held.select_related("appointment").order_by("-pk"))
    held.update(reason=Case(When(expires_at__gt=now, then=Value(again)), default=Value(over)))
    outbox.post([_again(row, patient, now=now) for row in rows if row.expires_at > now])


def _again(row: Message, patient: Patient, *, now: datetime) -> Message:
    due_at = row.due_at if row.due_at > now else next_at(now, aftercare_plan.MORNING, clock.zone())
    planned = Planned(row.kind, due_at, due_at + (row.expires_at - row.due_at))
    about = drafts.About(patient=patient, appointment=row.appointment, subject=row.subject, occasion=row.occasion)
    return drafts.row_for(kind_of(row.kind), planned, about, values=row.values, now=now)


def _plan_day(patient: Patient, day: date, told: Collection[tuple[str, str]], *, now: datetime) -> None:
    """Plan what follows from everything given to the patient on that local day, but for the steps told already."""
    zone = clock.zone()
    rows = _given_on(patient, day)
    if not rows:
        return
    given = reduce(aftercare_plan.together, [_given(row, ended_at) for row, ended_at in rows])
    shown = aftercare_plan.printed(given, now=now, zone=zone)
    last, _ = max(rows, key=lambda row: row[1])
    steps = aftercare_plan.plan(given, now=now, zone=zone)
    untold = (step for step in steps if _step(step.planned.kind, step.occasion) not in told)
    outbox.post([_row(step, last, shown, now=now) for step in untold])


def _row(step: Step, injection: Injection, shown: dict[str, object], *, now: datetime) -> Message:
    return drafts.row_for(
        kind_of(step.planned.kind),
        step.planned,
        drafts.About(
            patient=injection.patient,
            appointment=injection.appointment,
            subject=_subject(injection.patient_id),
            occasion=step.occasion,
        ),
        values=shown,
        now=now,
    )


def _day_before_correction(injection: Injection) -> set[date]:
    """The local day on which the visit was recorded before this correction, if it is one."""
    ended_at = injection.supersedes.ended_at if injection.supersedes else None
    return {clock.local_date(ended_at)} if ended_at else set()


def _told(rows: QuerySet[Message]) -> frozenset[tuple[str, str]]:
    """Which steps have been sent; the aftercare is not among them, because it names days that were wrong."""
    sent = rows.filter(status__in=[Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN])
    return frozenset(
        _step(kind, occasion) for kind, occasion in sent.exclude(kind="aftercare").values_list("kind", "occasion")
    )


def _step(kind: str, occasion: str) -> tuple[str, str]:
    """Which message of a set it is, whatever the day of the visit."""
    return kind, occasion.partition("/")[2]


def _given_on(patient: Patient, day: date) -> list[tuple[Injection, datetime]]:
    """Everything given here to this patient on that local day, and when each ended."""
    there = local_days(day, day, clock.zone())
    rows = Injection.objects.of_patient(patient.kept_id).given()
    rows = rows.filter(ended_at__gte=there.start, ended_at__lt=there.end)
    ends = [(row, row.ended_at) for row in rows.select_related("appointment", "patient__merged_into")]
    return [(row, end) for row, end in ends if end is not None]


def _given(injection: Injection, ended_at: datetime) -> Given:
    policy, answers = effective_policy(), _answers(injection.patient)
    return Given(
        ended_at=ended_at,
        recorded_at=_first_recorded_at(injection),
        rest_hours=injection.rest_hours or policy.rest_hours,
        usual_max_hours=policy.rest_max_hours,
        steroid=injection.steroid is True,
        anaesthetic=bool(injection.local_anaesthetic),
        diabetes=may_have_diabetes(answers),
        type_1=has_type_1(answers),
        ischial=area_of(injection.site) == _AREA_OF_THE_SIT_BONE,
        loaded=area_of(injection.site) in aftercare_plan.LOADED_AREAS,
        joint=area_of(injection.site) in aftercare_plan.JOINT_AREAS,
        tear=_has_tear(injection),
        visit_ends_at=_end_of_the_visit(injection.patient, ended_at),
    )


def _first_recorded_at(injection: Injection) -> datetime:
    """When the procedure was recorded, whatever was corrected of it since."""
    if injection.supersedes_id is None:  # the usual case, which asks nobody
        return injection.recorded_at
    rows = Injection.objects.filter(appointment=injection.appointment_id).order_by("pk")
    return rows.values_list("recorded_at", flat=True).first() or injection.recorded_at


def _answers(patient: Patient) -> KnownAnswers:
    """Those about the person: they count wherever the injection was given."""
    return known_answers(Screening.objects.of_patient(patient.kept_id), "", "")


def _has_tear(injection: Injection) -> bool:
    """Whether the scans that count for this area and side show a tear: the worst of them, as for the rules."""
    rows = ImagingReport.objects.current().of_patient(injection.patient.kept_id)
    rows = rows.filter(area=area_of(injection.site), side=injection.side)
    return any(report.tear in TEARS for report in newest_of_each(map(values.report, rows)))


def _end_of_the_visit(patient: Patient, ended_at: datetime) -> datetime | None:
    """When the last injection of this visit without an outcome is planned to end: until then the mail waits.

    One that should be over when this one is recorded keeps the mail waiting no longer.
    """
    to_come = Appointment.objects.of_patient(patient.kept_id).filter(
        kind__in=INJECTING, status__in=[Status.BOOKED, Status.ARRIVED], start_at__lte=ended_at + ONE_VISIT_WITHIN
    )
    return to_come.order_by("-end_at").values_list("end_at", flat=True).first()


def _subject(patient_id: int) -> str:
    return f"patient:{patient_id}"
