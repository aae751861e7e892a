"""What patients are told about an injection: the words of an injection visit, decisions, aftercare and recovery.

Calls the outbox of `scheduling`; when each message is due is decided in `aftercare.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import reduce

from django.db.models import Case, F, Func, JSONField, Q, QuerySet, Value, When

from injections import aftercare, gather
from injections.aftercare import Given, Step
from injections.gather import ABOUT_THE_INJECTION, History
from injections.message_kinds import template_of
from injections.models import Call, ImagingReport, Injection, Screening
from injections.policy import effective_policy
from injections.safety.sites import area_of
from pht_clinic import clock
from pht_clinic.people.actors import Actor
from scheduling.availability import local_days
from scheduling.kinds import INJECTING
from scheduling.lifecycle import Status
from scheduling.messages import outbox, render
from scheduling.messages.blocks import Block
from scheduling.messages.hours import next_at
from scheduling.messages.kinds import kind_of
from scheduling.messages.plan import REMINDED, Planned
from scheduling.models import Appointment, Message, Patient, PatientQuerySet

GIVEN = (Injection.Status.GIVEN, Injection.Status.PART_GIVEN)
REMINDERS = ("reminder-week", "reminder-2-days")
ONE_VISIT_WITHIN = timedelta(minutes=60)
TEARS = ("partial", "full", "avulsion")
PHONE_FIRST = "Phone first: a red flag is open."
_PHONED_FIRST = frozenset({"delayed", "declined"})
"""What a mail must not say to somebody whom a clinician is still to speak to."""
_RELEASED = "Planned again after the call."
_OVER = "Expired while the call was open."
_PLANNED_AGAIN = "Planned again from a later record of the visit."
_AREA_OF_THE_SIT_BONE = "ischial-tuberosity"


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
    """Tell the outbox the news about an appointment, in the transaction of the change; `draft` says what is in it."""
    outbox.announce(
        kind,
        appointment=appointment,
        by=by,
        now=now,
        tell_patient=tell_patient,
        values=_printed(kind, appointment, values, history),
        occasion=occasion,
        phone_first=_phone_first(kind, appointment),
    )


def draft(
    kind: str, *, appointment: Appointment, by: Actor, now: datetime, history: History | None = None
) -> Message:
    """The message that `announce` would store of this news, unstored: what a page shows before the change is made.

    `appointment` is the visit as it would stand.
    """
    values = _printed(kind, appointment, None, history)
    known = outbox.is_in_a_calendar(kind, appointment, now=now)
    [news, *_] = outbox.draft(
        kind, appointment=appointment, by=by, now=now, values=values, is_in_a_calendar=known,
        phone_first=_phone_first(kind, appointment),
    )  # fmt: skip
    return news


def _printed(
    kind: str, appointment: Appointment, values: Mapping[str, object] | None, history: History | None
) -> dict[str, object]:
    """What is printed beside the visit: whether reminders ask the questions about the patient's health once more, and
    whether the line about diabetes is left out (after a plain "no" only).

    With the patient's `history` at hand the answers are not read again.
    """
    more = dict(values or {})
    if kind in REMINDED and appointment.kind_of_visit.injects:
        answers = present_answers(appointment, history)
        more |= {"ask_again": _grow_stale(answers, appointment), "diabetes": _may_have_diabetes(answers)}
    return more


def _phone_first(kind: str, appointment: Appointment) -> str:
    """Why this news is told by phone: while a call about a red flag is open, so are a delay and a decline; or ""."""
    return PHONE_FIRST if kind in _PHONED_FIRST and _red_flag_is_open(appointment.patient) else ""


def red_flag_opened(patient: Patient) -> None:
    """A call about a red flag is opened: of what waits, a delay and a decline are told by phone now."""
    rows = Message.objects.filter(
        patient__in=_records(patient), kind__in=_PHONED_FIRST, status=Message.State.QUEUED
    )
    rows.update(status=Message.State.SKIPPED, phone_task=True, reason=PHONE_FIRST)


def _red_flag_is_open(patient: Patient) -> bool:
    calls = Call.objects.filter(patient__in=_records(patient), closed_at__isnull=True, why=Call.Why.RED_FLAG)
    return calls.exists()


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
    return render.content(template_of("_aftercare"), shown)


def plan_aftercare(injection: Injection, *, now: datetime) -> None:
    """Plan the messages after an injection, in the caller's transaction: one set for a visit, however many sides.

    What an earlier record of the same visit planned and has not sent is planned again from both, also where a
    correction moved the visit to another day. When nothing given is left of it, what was planned is only taken back.
    """
    if injection.ended_at is None:
        return
    days = {clock.local_date(injection.ended_at)} | _day_before_correction(injection)
    records = _records(injection.patient).values_list("pk", flat=True)
    rows = Message.objects.filter(subject__in=list(map(_subject, records)))
    of_the_visit = Q(appointment=injection.appointment_id)
    for day in days:
        of_the_visit |= Q(occasion__startswith=day.isoformat())
    outbox.take_back(rows.filter(of_the_visit), reason=_PLANNED_AGAIN, now=now)
    told = _told(rows.filter(of_the_visit)) if len(days) > 1 else frozenset()
    for day in sorted(days):
        _plan_day(injection.patient, day, told, now=now)
    if Call.objects.filter(
        patient__in=_records(injection.patient), closed_at__isnull=True, why__in=ABOUT_THE_INJECTION
    ).exists():
        hold_back(injection.patient, now=now)


def hold_back(patient: Patient, *, now: datetime) -> None:
    """A call about the patient's injection is open: next steps and recovery questions wait for it."""
    outbox.hold(Message.objects.filter(patient__in=_records(patient), kind__in=aftercare.HELD_BY_A_CALL))


def release(patient: Patient, *, now: datetime) -> None:
    """The last such call is closed: what was held back is planned again; what is overdue comes the next morning.

    Boundary: what expires `now` itself or earlier is not planned again.
    """
    held = outbox.held(Message.objects.filter(patient__in=_records(patient)))
    rows = list(held.select_related("appointment").order_by("-pk"))
    held.update(reason=Case(When(expires_at__gt=now, then=Value(_RELEASED)), default=Value(_OVER)))
    outbox.post([_again(row, patient, now=now) for row in rows if row.expires_at > now])


def safety_net() -> tuple[Block, ...]:
    """The block that stands in every message after an injection, for pages and the printed sheet."""
    return render.content(template_of("_safety_net"), {})


def _again(row: Message, patient: Patient, *, now: datetime) -> Message:
    due_at = row.due_at if row.due_at > now else next_at(now, aftercare.MORNING, clock.zone())
    planned = Planned(row.kind, due_at, due_at + (row.expires_at - row.due_at))
    return outbox.row_for(
        kind_of(row.kind), planned, patient=patient, appointment=row.appointment, subject=row.subject,
        occasion=row.occasion, values=row.values, now=now,
    )  # fmt: skip


def _plan_day(patient: Patient, day: date, told: Collection[tuple[str, str]], *, now: datetime) -> None:
    """Plan what follows from everything given to the patient on that local day, but for the steps told already."""
    zone = clock.zone()
    rows = _given_on(patient, day)
    if not rows:
        return
    given = reduce(aftercare.together, [_given(row, ended_at) for row, ended_at in rows])
    shown = aftercare.printed(given, now=now, zone=zone)
    last, _ = max(rows, key=lambda row: row[1])
    steps = aftercare.plan(given, now=now, zone=zone)
    untold = (step for step in steps if _step(step.planned.kind, step.occasion) not in told)
    outbox.post([_row(step, last, shown, now=now) for step in untold])


def _row(step: Step, injection: Injection, shown: dict[str, object], *, now: datetime) -> Message:
    return outbox.row_for(
        kind_of(step.planned.kind), step.planned, patient=injection.patient, appointment=injection.appointment,
        subject=_subject(injection.patient_id), occasion=step.occasion, values=shown, now=now,
    )  # fmt: skip


def _day_before_correction(injection: Injection) -> set[date]:
    """The local day on which the visit was recorded before this correction, if it is one."""
    ended_at = injection.supersedes.ended_at if injection.supersedes else None
    return {clock.local_date(ended_at)} if ended_at else set()


def _told(rows: QuerySet[Message]) -> frozenset[tuple[str, str]]:
    """Which steps have been sent; the aftercare is not among them, because it names days that were wrong."""
    sent = rows.filter(status__in=[Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN])
    return frozenset(
        _step(kind, occasion)
        for kind, occasion in sent.exclude(kind="aftercare").values_list("kind", "occasion")
    )


def _step(kind: str, occasion: str) -> tuple[str, str]:
    """Which message of a set it is, whatever the day of the visit."""
    return kind, occasion.partition("/")[2]


def _given_on(patient: Patient, day: date) -> list[tuple[Injection, datetime]]:
    """Everything given here to this patient on that local day, and when each ended."""
    there = local_days(day, day, clock.zone())
    rows = Injection.objects.current().filter(
        patient__in=_records(patient), status__in=GIVEN, ended_at__gte=there.start, ended_at__lt=there.end
    )
    ends = [(row, row.ended_at) for row in rows.select_related("appointment", "patient__merged_into")]
    return [(row, end) for row, end in ends if end is not None]


def _given(injection: Injection, ended_at: datetime) -> Given:
    policy = effective_policy()
    return Given(
        ended_at=ended_at,
        recorded_at=_first_recorded_at(injection),
        rest_hours=injection.rest_hours or policy.rest_hours,
        usual_max_hours=policy.rest_max_hours,
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
    ends = [
        visit.end_at for visit in to_come if clock.local_date(visit.start_at) == clock.local_date(ended_at)
    ]
    return max(ends, default=None)


def _records(patient: Patient) -> PatientQuerySet:
    return Patient.objects.records_of(patient.kept_id)


def _subject(patient_id: int) -> str:
    return f"patient:{patient_id}"
