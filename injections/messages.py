"""What patients are told about an injection: the words of an injection visit, decisions, aftercare and recovery.

Calls the outbox of `scheduling`; when each message is due is decided in `aftercare.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import reduce

from django.db.models import F, Func, JSONField, Value

from injections import aftercare, gather
from injections.aftercare import Given, Step
from injections.gather import ABOUT_THE_INJECTION, History
from injections.models import Call, ImagingReport, Injection, Screening
from injections.policy import effective_policy
from injections.safety.sites import area_of
from pht_clinic import clock
from pht_clinic.people.actors import Actor
from scheduling.kinds import INJECTING
from scheduling.lifecycle import Status
from scheduling.messages import outbox, render
from scheduling.messages.blocks import Block
from scheduling.messages.hours import next_at
from scheduling.messages.kinds import BOOKED, CANCELLED, PENDING, Kind, kind_of, register
from scheduling.messages.plan import REMINDED, Planned
from scheduling.models import Appointment, Message, Patient, PatientQuerySet

GIVEN = (Injection.Status.GIVEN, Injection.Status.PART_GIVEN)
REMINDERS = ("reminder-week", "reminder-2-days")
ONE_VISIT_WITHIN = timedelta(minutes=60)
TEARS = ("partial", "full", "avulsion")
HELD = "Held back while a call about this visit is open."
_AREA_OF_THE_SIT_BONE = "ischial-tuberosity"
_AFTER = frozenset({Status.FULFILLED.value})


def register_kinds() -> None:
    """Make the kinds of this app known to the outbox; called once, when the apps are ready."""
    register(
        [
            _of_a_visit("confirmed", "confirmed", "Your appointment on {day}", calendar="confirmed"),
            _of_a_visit("moved", "moved", "Your appointment has changed", calendar="confirmed"),
            _of_a_visit("reminder-week", "reminder_week", "Your appointment on {day}"),
            _of_a_visit("reminder-2-days", "reminder_2_days", "Your appointment on {weekday} at {time}"),
            Kind(
                "information-needed",
                _template("information_needed"),
                "We need some information from you",
                PENDING,
            ),
            Kind(
                "delayed", _template("delayed"), "We need to change your appointment", CANCELLED, "cancelled"
            ),
            Kind("declined", _template("declined"), "About your appointment", CANCELLED, "cancelled"),
            Kind("aftercare", _template("aftercare"), "Your aftercare information", _AFTER),
            Kind("flare-check", _template("flare_check"), "How are you today?", _AFTER),
            Kind("day-4", _template("day_4"), "How are you today?", _AFTER),
            Kind("rest-over", _template("rest_over"), "Your next steps", _AFTER),
            Kind("recovery", _template("recovery"), "A short question about your recovery", _AFTER),
            Kind(
                "recovery-3-months",
                _template("recovery_3_months"),
                "A short question about your recovery",
                _AFTER,
            ),
        ]
    )


def announce(
    kind: str,
    *,
    appointment: Appointment,
    by: Actor,
    now: datetime,
    tell_patient: bool = True,
    values: Mapping[str, object] | None = None,
    occasion: str = "",
    history: History | None = None,
) -> None:
    """Tell the outbox the news, and what the newest answers change in it: whether reminders ask the questions about the
    patient's health once more, and whether the line about diabetes is left out (after a plain "no" only).

    With the patient's `history` at hand the answers are not read again.
    """
    more = dict(values or {})
    if kind in REMINDED and appointment.kind_of_visit.injects:
        answers = present_answers(appointment, history)
        more |= {"ask_again": _grow_stale(answers, appointment), "diabetes": _may_have_diabetes(answers)}
    outbox.announce(
        kind,
        appointment=appointment,
        by=by,
        now=now,
        tell_patient=tell_patient,
        values=more,
        occasion=occasion,
    )


def answers_grow_stale(appointment: Appointment) -> bool:
    """Whether the answers that count for this injection visit are missing, or will be too old at its start.

    Boundary: answers given exactly 14 × 24 hours before the start are too old, as in `screening-stale`.
    """
    return _grow_stale(present_answers(appointment), appointment)


def _grow_stale(answers: Screening | None, appointment: Appointment) -> bool:
    if answers is None or answers.answered_at is None:
        return True
    valid = timedelta(hours=effective_policy().screening_valid_hours)
    return appointment.start_at - answers.answered_at >= valid


def present_answers(appointment: Appointment, history: History | None = None) -> Screening | None:
    """The newest answers that count for an injection visit."""
    wish = appointment.injection_request
    rows = (
        history.screenings
        if history
        else list(Screening.objects.filter(patient__in=_records(appointment.patient)))
    )
    return gather.newest(rows, area_of(wish.site), wish.side)


def answered(patient: Patient, *, now: datetime) -> None:
    """New answers are there: reminders that still wait ask for them again only if they will be too old after all."""
    rows = Message.objects.filter(patient=patient, kind__in=REMINDERS, status=Message.State.QUEUED)
    for row in rows.select_related("appointment__injection_request", "appointment__patient"):
        if row.appointment is not None and "ask_again" in row.values:
            asks = Value(answers_grow_stale(row.appointment), JSONField())
            set_it = Func(F("values"), Value("{ask_again}"), asks, function="jsonb_set")
            Message.objects.filter(pk=row.pk, status=Message.State.QUEUED).update(values=set_it)


def aftercare_of(appointment: Appointment, *, now: datetime) -> tuple[Block, ...]:
    """The aftercare of a visit as its mail says it, for the patient's page; empty when nothing was given.

    It tells what holds now: of a rest that is over nothing is said any more.
    """
    rows = Injection.objects.current().filter(
        appointment=appointment, status__in=GIVEN, ended_at__isnull=False
    )
    given = [_given(row, row.ended_at) for row in rows if row.ended_at is not None]
    if not given:
        return ()
    shown = aftercare.printed(reduce(aftercare.together, given), now=now, zone=clock.zone())
    return render.content(_template("_aftercare"), shown)


def plan_aftercare(injection: Injection, appointment: Appointment, *, now: datetime) -> None:
    """Plan the messages after an injection, in the caller's transaction: one set for a visit, however many sides.

    What an earlier record of the same visit planned and has not sent is planned again from both. When nothing given
    is left of the visit (a correction), what was planned is only taken back.
    """
    if injection.ended_at is None:
        return
    zone = clock.zone()
    visit_on = _local_date(injection.ended_at)
    subject = _subject(injection.patient)
    outbox.take_back(
        Message.objects.filter(subject=subject, occasion__startswith=visit_on.isoformat()),
        reason="Planned again from a later record of the visit.",
        now=now,
    )
    rows = _given_around(injection.patient, injection.ended_at, visit_on)
    if not rows:
        return
    given = reduce(aftercare.together, [_given(row, ended_at) for row, ended_at in rows])
    shown = aftercare.printed(given, now=now, zone=zone)
    outbox.post(
        [
            _row(step, injection.patient, appointment, shown, now=now)
            for step in aftercare.plan(given, now=now, zone=zone)
        ]
    )
    if Call.objects.filter(
        patient__in=_records(injection.patient), closed_at__isnull=True, why__in=ABOUT_THE_INJECTION
    ).exists():
        hold_back(injection.patient, now=now)


def hold_back(patient: Patient, *, now: datetime) -> None:
    """A call about the patient's injection is open: next steps and recovery questions wait for it."""
    rows = Message.objects.filter(
        patient__in=_records(patient), kind__in=aftercare.HELD_BY_A_CALL, status=Message.State.QUEUED
    )
    rows.update(status=Message.State.CANCELLED, reason=HELD)


def release(patient: Patient, *, now: datetime) -> None:
    """The last such call is closed: what was held back is planned again; what is overdue comes the next morning."""
    held = Message.objects.filter(patient__in=_records(patient), status=Message.State.CANCELLED, reason=HELD)
    outbox.post([_again(row, patient, now=now) for row in held.select_related("appointment").order_by("-pk")])


def safety_net() -> tuple[Block, ...]:
    """The block that stands in every message after an injection, for pages and the printed sheet."""
    return render.content(_template("_safety_net"), {})


def _again(row: Message, patient: Patient, *, now: datetime) -> Message:
    due_at = row.due_at if row.due_at > now else next_at(now, aftercare.MORNING, clock.zone())
    planned = Planned(row.kind, due_at, due_at + (row.expires_at - row.due_at))
    return outbox.row_for(
        kind_of(row.kind), planned, patient=patient, appointment=row.appointment, subject=row.subject,
        occasion=row.occasion, values=row.values, now=now,
    )  # fmt: skip


def _row(
    step: Step, patient: Patient, appointment: Appointment, shown: dict[str, object], *, now: datetime
) -> Message:
    return outbox.row_for(
        kind_of(step.planned.kind), step.planned, patient=patient, appointment=appointment, subject=_subject(patient),
        occasion=step.occasion, values=shown, now=now,
    )  # fmt: skip


def _given_around(patient: Patient, ended_at: datetime, visit_on: date) -> list[tuple[Injection, datetime]]:
    """Everything given here to this patient on that local day, and when each ended."""
    a_day = timedelta(days=1)
    rows = Injection.objects.current().filter(
        patient__in=_records(patient), status__in=GIVEN, ended_at__range=(ended_at - a_day, ended_at + a_day)
    )
    ends = [(row, row.ended_at) for row in rows]
    return [(row, end) for row, end in ends if end is not None and _local_date(end) == visit_on]


def _given(injection: Injection, ended_at: datetime) -> Given:
    return Given(
        ended_at=ended_at,
        recorded_at=_first_recorded_at(injection),
        rest_hours=injection.rest_hours or effective_policy().rest_hours,
        steroid=injection.steroid is True,
        anaesthetic=bool(injection.local_anaesthetic),
        diabetes=_may_have_diabetes(_newest_answers(injection.patient)),
        ischial=area_of(injection.site) == _AREA_OF_THE_SIT_BONE,
        tear=_has_tear(injection),
        visit_ends_at=_end_of_the_visit(injection.patient, ended_at),
    )


def _first_recorded_at(injection: Injection) -> datetime:
    """When the procedure was recorded, whatever was corrected of it since."""
    if injection.supersedes_id is None:
        return injection.recorded_at
    rows = Injection.objects.filter(appointment=injection.appointment_id, supersedes__isnull=True)
    return rows.values_list("recorded_at", flat=True).first() or injection.recorded_at


def _newest_answers(patient: Patient) -> Screening | None:
    return Screening.objects.filter(patient__in=_records(patient)).order_by("-pk").first()


def _may_have_diabetes(answers: Screening | None) -> bool:
    """Unknown is not "no": only the newest answers' plain "no" leaves a sentence out."""
    return answers is None or (answers.content.get("answers") or {}).get("diabetes") != "no"


def _has_tear(injection: Injection) -> bool:
    reports = ImagingReport.objects.filter(
        patient__in=_records(injection.patient), area=area_of(injection.site), side=injection.side
    )
    return reports.order_by("-performed_on", "-pk").values_list("tear", flat=True).first() in TEARS


def _end_of_the_visit(patient: Patient, ended_at: datetime) -> datetime | None:
    """When the last injection of this visit that is still to come is planned to end: until then the mail waits."""
    to_come = Appointment.objects.filter(
        patient__in=_records(patient),
        kind__in=INJECTING,
        status__in=[Status.BOOKED, Status.ARRIVED],
        start_at__range=(ended_at - timedelta(days=1), ended_at + ONE_VISIT_WITHIN),
    )
    ends = [visit.end_at for visit in to_come if _local_date(visit.start_at) == _local_date(ended_at)]
    return max(ends, default=None)


def _local_date(instant: datetime) -> date:
    return instant.astimezone(clock.zone()).date()


def _of_a_visit(name: str, template: str, subject_line: str, *, calendar: str = "") -> Kind:
    return Kind(name, _template(template), subject_line, BOOKED, calendar, visits=INJECTING)


def _template(name: str) -> str:
    return f"injections/mail/{name}"


def _records(patient: Patient) -> PatientQuerySet:
    return Patient.objects.records_of(patient.kept_id)


def _subject(patient: Patient) -> str:
    return f"patient:{patient.pk}"
